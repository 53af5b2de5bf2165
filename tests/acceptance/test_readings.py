# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every open reading (contract, "Open readings"): the second run changes nothing, and nothing redacted is ever sent.

Each reading holds for an organisation of its own, so that one task tells the story of all of them: `versori_credentials` with all
types. A reading shows in the server's answers, which are read in one place whatever the module and wherever the task runs; so one
type for each reading is enough to see that its answers survive the way to another host and back, in `versori_credential`.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.versori.platform.plugins.module_utils._doctor.questions import QUESTIONS

from tests.acceptance.examples import EXAMPLES, TYPES
from tests.acceptance.many import many
from tests.acceptance.running import Result, Worker, task, told
from tests.playing import ELSEWHERE, HERE
from tests.simulator import Switches

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(600)  # the first test tells the story

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
    "fields that mean something to Ansible": {"extra_fields": {"sent": {"__ansible_type": "datetime", "iso8601": "2026-01-02T03:04:05Z"}}},
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
    "an optional field that is left out is kept": {"put_without_optional": "keeps"},
    "PUT takes the times of its body": {"put_times": "taken"},
    "names are unique": {"names": "unique"},
    "the list is in order of creation": {"list_order": "created", "page_limit": 2},
    "a large page is refused": {"page_limit": 2, "page_over_limit": "refuse"},
    "ids are plain numbers": {"id_form": "number"},
    "an id has one spelling": {"id_case": "exact"},
}
# Here the server moves updatedAt by itself, so there may be one push more, and then a warning.
MOVING = {"validation moves", "each GET moves"}
# A token is only adopted: its readable fields are compared, and no push ever follows a refresh.
RUNS = ("create", "again", "third", "push", "after the push", "third after the push")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
ORGANISATIONS = {reading: f"01HFS2NEAZ6ECZBZMN4FF{number:05d}" for number, reading in enumerate(READINGS)}


# What these say is about data, so each type may differ; all else is decided by the type's rule for a time that has moved.
_OF_DATA = {"redaction", "put_without_secret", "put_redacted", "unknown_fields", "put_without_optional"}
_OF_DATA |= {"write_answer_secrets", "type_change", "extra_data_fields", "extra_fields", "empty_optionals", "put_answer"}
CASES = [
    (reading, type)
    for reading, switches in READINGS.items()
    for type in (TYPES if switches.keys() & _OF_DATA else ("none", "basic-auth", "oauth2-token"))
]


def _type_alone(reading: str) -> str:
    """Each in turn."""
    types = [type for it, type in CASES if it == reading and type != "none"]
    return types[list(READINGS).index(reading) % len(types)]


def _item(run: str, way: str, reading: str, type: str) -> dict[str, Any]:
    """The first three runs want one state, the others another."""
    example = EXAMPLES[type]
    data = {**example.data, **({**example.edited, **example.rotated} if "push" in run else {})}
    return {"organisation_id": ORGANISATIONS[reading], "name": f"{way}/{reading}/{type}", "type": type, "data": data}


@dataclass
class Told:
    """What one run reported and did of one credential."""

    said: dict[str, Any]
    warnings: list[str]
    diff: dict[str, Any] | None
    requests: list[Any]
    stored: dict[str, Any]

    @property
    def sent(self) -> list[str]:
        return told(self.requests)


@pytest.fixture(scope="module")
def story(simulators, tmp_path_factory):
    """All runs: what became of each credential, by run and name."""
    sim = simulators()
    for reading, switches in READINGS.items():
        sim.add_organisation(ORGANISATIONS[reading], **switches)
    worker = Worker(tmp_path_factory.mktemp("readings"), sim)
    quiet_recorder = {"RECORDER_CONTROL": None, "RECORDER_MEMORY": str(worker.folder / "none")}
    story: dict[tuple[str, str], Told] = {}
    for run in RUNS:
        readings = [reading for reading in READINGS if "third" not in run or reading in MOVING]
        listed = [_item(run, HERE, reading, type) for reading, type in CASES if reading in readings]
        alone = [_item(run, ELSEWHERE, reading, _type_alone(reading)) for reading in readings]
        tasks = [many("many", listed), *(task(item["name"], {"delegate_to": "bastion"}, **item) for item in alone)]
        results = worker.play(*tasks, env=quiet_recorder).results
        stored = {one["name"]: one for one in sim.state()}
        for result, items in zip(results, [listed, *([item] for item in alone)], strict=True):
            assert result.how == "ok", result.said
            for item, said in zip(items, result.results or [result.said], strict=True):
                story[run, item["name"]] = _told_of(item["name"], said, result, stored[item["name"]])
    return story


def _told_of(name: str, said: dict[str, Any], result: Result, stored: dict[str, Any]) -> Told:
    diffs = [
        diff for diff in (result.diff if isinstance(result.diff, list) else [result.diff]) if diff["after_header"].startswith(f"{name} (")
    ]
    its_own = [one for one in result.requests if one.path.endswith(stored["id"]) or (one.method == "POST" and one.json["name"] == name)]
    warnings = [text for text in result.warnings or () if f"'{name}'" in text]
    return Told(said, warnings, diffs[0] if diffs else None, its_own, stored)


def _judge(story, name):
    """The same for every reading, type and way."""
    _way, reading, type = name.split("/")
    create, push = story["create", name], story["push", name]
    assert (create.said["decision"], create.said["changed"], _writes(create)) == ("created", True, ["POST"])
    if type == "none":
        assert (push.said["decision"], push.said["changed"]) == ("unchanged", False)
    else:
        assert _writes(push) == ["PUT"], push.said
        assert push.said["decision"] == "rotated", push.said
        assert push.stored["data"] == {**push.stored["data"], **EXAMPLES[type].rotated}
    for quiet, last in (("again", "third"), ("after the push", "third after the push")):
        if reading in MOVING:
            now = story[last, name]
            contested = type not in ("none", "oauth2-token")
            assert (now.said["decision"] == "contested") is contested, now.said
            assert any("changed elsewhere again" in text for text in now.warnings) is contested
        else:
            now = story[quiet, name]
            assert now.warnings == [], now.said
            refreshed = type == "oauth2-token" and reading == "tokens are refreshed"
            assert now.said["decision"] == ("drifted" if refreshed else "unchanged")
        assert (now.said["changed"], now.said["changes"], _writes(now)) == (False, [], []), now.said


def _writes(told):
    return [method for method in told.sent if not method.startswith("GET")]


@pytest.mark.parametrize(("reading", "type"), CASES)
def test_a_run_again_changes_nothing(story, reading, type):
    _judge(story, f"{HERE}/{reading}/{type}")


@pytest.mark.parametrize("reading", READINGS)
def test_a_run_again_changes_nothing_alone(story, reading):
    _judge(story, f"{ELSEWHERE}/{reading}/{_type_alone(reading)}")


@pytest.mark.parametrize("reading", READINGS)
def test_both_ways_report_the_same(story, reading):
    def comparable(way):
        name = f"{way}/{reading}/{_type_alone(reading)}"
        played = [(run, story[run, name]) for run in RUNS if (run, name) in story]
        said = [
            (run, one.said["decision"], one.said["changes"], one.warnings, one.diff if one.said["changed"] else None, one.sent)
            for run, one in played
        ]
        return _TIME.sub("<time>", repr(said)).replace(f"{way}/", "")

    assert comparable(HERE) == comparable(ELSEWHERE)


# --- readings that have a story of their own


@pytest.fixture(scope="module")
def own_stories(simulators, tmp_path_factory):
    """Three runs over four organisations, and what was there at the end."""
    sim = simulators()
    readings = {
        "linking": {"linking_moves": True},
        "optional": {"put_without_optional": "keeps"},
        "spelling": {"id_case": "exact"},
        "names": {"names": "unique", "error_cause": "details"},
    }
    org = {name: sim.add_organisation(f"01HFS2NEAZ6ECZBZMN4FF8{number:04d}", **readings[name]) for number, name in enumerate(readings)}
    controller = Worker(tmp_path_factory.mktemp("own"), sim)
    client = EXAMPLES["oauth2-client"].data
    unscoped = {name: value for name, value in client.items() if name != "scopes"}
    linking = task("linking", organisation_id=org["linking"], name="linking", type="string", data={"value": "hush-linking"})

    def optional(scopes):
        given = {"data": {**client, "scopes": scopes}} if scopes else {"data": unscoped, "remove_fields": ["scopes"]}
        return task("optional", organisation_id=org["optional"], name="optional", type="oauth2-client", **given)

    def none(name, label=None, **more):
        return task(label or name, organisation_id=org["names"], name=name, type="none", **more)

    spelling = {"organisation_id": org["spelling"], "name": "spelling", "type": "string", "data": {"value": "hush-spelling"}}
    first = controller.play(linking, optional(["read"]), task("spelling", **spelling), none("taken"), none("other"))
    ids = {one["name"]: one["id"] for one in sim.state()}
    sim.link(ids["linking"])
    second = controller.play(
        linking,
        optional(None),
        task("as shown", **spelling, credential_id=ids["spelling"]),
        task("lower case", **spelling, credential_id=ids["spelling"].lower()),
        none("taken", "renamed", credential_id=ids["other"]),
    )
    third = controller.play(linking, optional(None))
    return first, second, third, {one["name"]: one for one in sim.state()}


def test_linking_costs_one_push(own_stories):
    _first, second, third, _state = own_stories
    assert (second["linking"].decision, second["linking"].writes) == ("drifted", ["PUT"])
    assert (third["linking"].decision, third["linking"].changed, third["linking"].warnings) == ("unchanged", False, None)


def test_an_optional_field_can_be_let_go_where_a_put_keeps_what_it_leaves_out(own_stories):
    _first, second, third, state = own_stories
    assert (second["optional"].changes, second["optional"].warnings) == (["data.scopes"], None)
    assert not state["optional"]["data"]["scopes"]
    assert (third["optional"].decision, third["optional"].changed) == ("unchanged", False)


def test_an_id_in_another_spelling_is_found_or_said_to_be_missing(own_stories):
    _first, second, _third, state = own_stories
    assert (second["as shown"].decision, second["as shown"].changed) == ("unchanged", False)
    missing = second["lower case"]
    assert (missing.how, missing.status, missing.writes) == ("failed", 404, [])
    assert "check the id" in missing.msg
    assert len([name for name in state if name == "spelling"]) == 1


def test_a_name_that_is_taken_is_refused_with_the_servers_reason(own_stories):
    """`details` is read where an answer has no `cause`."""
    _first, second, _third, state = own_stories
    assert (second["renamed"].how, second["renamed"].status) == ("failed", 409)
    assert second["renamed"].cause == "PUT was checked by a rule"
    assert "is taken" in second["renamed"].msg
    assert "other" in state


def test_only_the_accepted_authentication_goes_on(simulators, tmp_path_factory):
    ways = ("session_cookie", "api_key", "jwt")
    sims = {way: simulators(authentication=way) for way in ways}
    controller = Worker(tmp_path_factory.mktemp("ways"), sims["jwt"])
    tasks = [
        task(f"{way} of {accepted}", api_url=sims[accepted].url, name="x", type="none", **{way: getattr(sims[accepted], way)})
        for accepted in ways
        for way in ways
    ]
    run = controller.play(*tasks, env={"VERSORI_API_KEY": None})
    for accepted in ways:
        for way in ways:
            result = run[f"{way} of {accepted}"]
            if way == accepted:
                assert (result.how, result.decision) == ("ok", "created")
            else:
                assert (result.how, result.status) == ("failed", 401)
                assert "did not accept the authentication: check api_key, jwt or session_cookie" in result.msg


# --- docs/api-readings.md


def _rows():
    text = (ROOT / "docs/api-readings.md").read_text()
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines() if re.match(r"\| [^|-]", line)][1:]


def _quoted(text):
    return re.findall(r"`([^`]+)`", text)


def test_the_table_has_every_switch_and_every_question():
    rows = _rows()
    assert {len(row) for row in rows} == {5}
    switches = [name for row in rows for name in _quoted(row[1])]
    assert sorted(switches) == sorted(field.name for field in dataclasses.fields(Switches))
    assert {name for row in rows for name in _quoted(row[3])} == set(QUESTIONS)


def test_the_table_names_tests_that_exist():
    known: dict[str, set[str]] = {}
    readings = []
    for row in _rows():
        names = _quoted(row[4])
        assert names, row
        for name in names:
            path, _separator, rest = name.partition("::")
            function, _bracket, reading = rest.rstrip("]").partition("[")
            if path not in known:
                tree = ast.parse((ROOT / "tests" / path).read_text())
                known[path] = {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}
            assert function.startswith("test_"), name
            assert function in known[path], name
            if reading:
                assert reading in READINGS, name
                readings.append(reading)
    assert set(readings) == set(READINGS)
