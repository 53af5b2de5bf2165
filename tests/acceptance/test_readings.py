# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every open reading of the contract: the second run changes nothing, and nothing redacted is ever sent.

Each reading has a simulator of its own, so that one run of ansible-playbook has a task for each of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.examples import EXAMPLES, TYPES, WITH_SECRETS
from tests.acceptance.running import ELSEWHERE, HERE, WAYS, Controller, Result, task

pytestmark = pytest.mark.timeout(1500)  # the first test tells the stories

READINGS: dict[str, dict[str, Any]] = {
    "redaction missing": {"redaction": "missing"},
    "redaction null": {"redaction": "null"},
    "redaction empty": {"redaction": "empty"},
    "redaction asterisks": {"redaction": "asterisks"},
    "redaction word": {"redaction": "word"},
    "redaction bullets": {"redaction": "bullets"},
    "redaction partial": {"redaction": "partial"},
    "no redaction": {"redaction": "none"},
    "a write's answer shows secrets": {"write_answer_secrets": "echo"},
    "PUT keeps what is left out": {"put_without_secret": "keeps", "redaction": "missing"},
    "PUT refuses to go without": {"put_without_secret": "refuses", "redaction": "missing"},
    "PUT keeps for a redacted value": {"put_redacted": "keeps"},
    "PUT refuses a redacted value": {"put_redacted": "refuses"},
    "the type is fixed": {"type_change": "refuses"},
    "unknown fields are kept": {"unknown_fields": "keep", "extra_data_fields": {"hint": "by the server"}},
    "unknown fields are ignored": {"unknown_fields": "ignore", "extra_data_fields": {"hint": "by the server"}},
    "more fields in data": {"extra_data_fields": {"hint": "by the server", "tags": ["a"], "count": 3}},
    "redacted fields in data": {"extra_data_fields": {"otherSecret": "******", "moreSecret": None}},
    "more fields in the credential": {"extra_fields": {"owner": "somebody", "labels": {"a": "b"}, "revision": 7}},
    "redacted fields in the credential": {"extra_fields": {"token": "[REDACTED]"}},
    "empty collections are shown": {"empty_optionals": "return"},
    "an idle PUT moves nothing": {"noop_put_moves": False},
    "validation moves": {"moved_by_read_after_write": True},
    "each GET moves": {"moves_on_every_get": True},
    "tokens are refreshed": {"token_refresh": "on_get"},
    "tokens are refreshed in silence": {"token_refresh": "on_get", "refresh_moves": False},
    "a write shows seconds": {"write_digits": 0},
    "a write rounds to seconds": {"write_digits": 0, "write_rounding": "round"},
    "a write rounds to milliseconds": {"write_digits": 3, "write_rounding": "round"},
    "a GET shows seconds": {"get_digits": 0},
    "a GET rounds to seconds": {"get_digits": 0, "get_rounding": "round"},
    "a GET cuts to microseconds": {"get_digits": 6},
    "a GET rounds to milliseconds": {"get_digits": 3, "get_rounding": "round"},
    "both show seconds": {"write_digits": 0, "get_digits": 0},
    "no zeros at the end": {"trim_zeros": True, "get_digits": 6},
    "the zone in digits": {"zone": "+00:00"},
    "PUT answers without updatedAt": {"put_answer": "without_updated_at"},
    "PUT answers with what was sent": {"put_answer": "echo_request"},
    "PUT answers nothing": {"put_answer": "empty"},
    "POST answers without updatedAt": {"post_answer": "without_updated_at"},
    "no usages": {"usages": "absent"},
    "usages in the list": {"usages_in_list": True},
    "no errors": {"errors": "empty"},
    "errors by a rule": {"errors": "rule"},
    "errors by a rule, later": {"errors": "rule_later"},
    "cursors by position": {"cursor": "position", "page_limit": 1},
    "small pages": {"page_limit": 2},
}
# Here the server moves updatedAt by itself, so there may be one push more, and then a warning.
MOVING = {"validation moves", "each GET moves"}
# A token is only adopted: its readable fields are compared, and no push ever follows a refresh.
RUNS = ("create", "again", "third", "push", "after the push", "third after the push")


def _story(folder: Path, simulators: dict[str, Any], way: str, wanted: dict[str, list[dict[str, Any]]]):
    """Play all runs; `wanted` holds the tasks of each reading.

    :returns: for each run, the results by reading and name, and what the runs wrote.
    """
    controller = Controller(folder, next(iter(simulators.values())), way)
    quiet_recorder = {"RECORDER_CONTROL": None, "RECORDER_MEMORY": str(folder / "none")}
    story: dict[tuple[str, str, str], Result] = {}
    for run in RUNS:
        tasks = []
        for reading, credentials in wanted.items():
            if RUNS.index(run) % 3 == 2 and reading not in MOVING:
                continue
            for one in credentials:
                example = EXAMPLES[one["type"]]
                later = {**example.edited, **example.rotated} if RUNS.index(run) >= 3 else {}
                args = {**one, "data": {**example.data, **later}, "api_url": simulators[reading].url}
                tasks.append(task(f"{reading}/{one['name']}", **args))
        before = {reading: len(sim.requests) for reading, sim in simulators.items()}
        played = controller.play(*tasks, env=quiet_recorder)
        assert (played.modules_shipped >= len(tasks)) is (way == ELSEWHERE)
        for result in played.results:
            reading, _separator, name = result.label.rpartition("/")
            sim = simulators[reading]
            ids = [one["id"] for one in sim.state() if one["name"] == name]
            result.requests = [
                one
                for one in sim.requests[before[reading] :]
                if (ids and one.path.endswith(ids[0])) or (one.method == "POST" and one.json["name"] == name)
            ]
            result.state = {one["name"]: one for one in sim.state()}
            story[run, reading, name] = result
    return story


@pytest.fixture(scope="module")
def started(simulators):
    return {reading: simulators(**switches) for reading, switches in READINGS.items()}


@pytest.fixture(scope="module")
def all_types(started, tmp_path_factory):
    """All six types, created, pushed, on the controller."""
    wanted = {reading: [{"type": type, "name": type} for type in TYPES] for reading in READINGS}
    return _story(tmp_path_factory.mktemp("types"), started, HERE, wanted)


@pytest.fixture(scope="module")
def one_type(started, tmp_path_factory):
    """One type for each reading, both ways; on another host a run costs a start of Python for each step."""
    stories = {}
    for way in WAYS:
        wanted = {}
        for number, reading in enumerate(READINGS):
            type = "oauth2-token" if "tokens" in reading else WITH_SECRETS[number % len(WITH_SECRETS)]
            wanted[reading] = [{"type": type, "name": f"one {way}"}]
        stories[way] = _story(tmp_path_factory.mktemp(way), started, way, wanted)
    return stories


def _judge(story, reading, name, type):
    """The same for every reading."""

    def told(run):
        result = story[run, reading, name]
        assert result.how == "ok", (run, result.said)
        return result

    create, push = told("create"), told("push")
    assert (create.decision, create.changed, create.writes) == ("created", True, ["POST"])
    if type == "none":
        assert (push.decision, push.changed) == ("unchanged", False)
    else:
        assert push.writes == ["PUT"], push.said
        assert push.decision == "rotated", push.said
        assert push.state[name]["data"] == {**push.state[name]["data"], **EXAMPLES[type].rotated}
    for quiet, last in (("again", "third"), ("after the push", "third after the push")):
        result = told(quiet)
        if reading in MOVING:
            result = told(last)
            contested = type not in ("none", "oauth2-token")
            assert (result.decision == "contested") is contested, result.said
            assert ("changed elsewhere again" in result.warned) is contested
        else:
            assert result.warnings is None, result.said
            assert result.decision == ("drifted" if type == "oauth2-token" and reading == "tokens are refreshed" else "unchanged")
        assert (result.changed, result.changes, result.writes) == (False, [], []), result.said


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("reading", READINGS)
def test_a_run_again_changes_nothing(all_types, reading, type):
    _judge(all_types, reading, type, type)


@pytest.mark.parametrize("reading", READINGS)
def test_a_run_again_changes_nothing_in_either_way(one_type, way, reading):
    name = f"one {way}"
    _judge(one_type[way], reading, name, one_type[way]["create", reading, name].credential["type"])


@pytest.mark.parametrize("reading", READINGS)
def test_both_ways_report_the_same(one_type, reading):
    def comparable(way):
        return [
            {key: str(value).replace(f"one {way}", "one") for key, value in result.comparable.items() if key not in ("invocation", "sent")}
            for (_run, its_reading, _name), result in one_type[way].items()
            if its_reading == reading
        ]

    assert comparable(HERE) == comparable(ELSEWHERE)
