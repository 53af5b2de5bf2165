# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every open reading (contract, "Open readings"): the second run changes nothing, and nothing redacted is ever sent.

Each reading holds for an organisation of its own, so that one task tells the story of all of them: `versori_credentials` with all
types. A reading shows in the server's answers, which are read in one place whatever the module and wherever the task runs; so one
type for each reading is enough to see that its answers survive the way to another host and back, in `versori_credential`.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core import ensure
from ansible_collections.versori.platform.plugins.module_utils._doctor.questions import QUESTIONS

from tests.acceptance.examples import EXAMPLES, TYPES
from tests.acceptance.many import many, none, string
from tests.acceptance.running import Result, Worker, task
from tests.playing import ELSEWHERE, HERE
from tests.simulator import Switches, writing
from tests.simulator.writing import kept_value

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
    "only scopes are visible": {"visible_fields": "scopes", "redaction": "missing"},
    "only scopes are visible, and null": {"visible_fields": "scopes", "redaction": "null"},
    "only scopes are visible, and asterisks": {"visible_fields": "scopes"},
    "only scopes are visible, but in a write's answer": {"visible_fields": "scopes", "write_answer_secrets": "echo"},
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
    "additionalParams is a text": {"additional_params": "text"},
    "redacted fields in the credential": {"extra_fields": {"token": "[REDACTED]"}},
    "fields that mean something to Ansible": {"extra_fields": {"sent": {"__ansible_type": "datetime", "iso8601": "2026-01-02T03:04:05Z"}}},
    "empty collections are shown": {"empty_optionals": "return"},
    "what is empty is null": {"empty_optionals": "null"},
    "values are kept in capitals": {"values_kept": "upper"},
    "values are kept with a slash": {"values_kept": "suffixed"},
    "values are kept in capitals, and no time is shown": {"values_kept": "upper", "times": "absent"},
    "there are no times": {"times": "absent"},
    "times never move": {"times": "constant"},
    "a secret moves nothing": {"secret_put_moves": False},
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
    "PUT answers with what was before": {"put_answer": "before"},
    "PUT answers nothing": {"put_answer": "empty"},
    "POST answers without updatedAt": {"post_answer": "without_updated_at"},
    "writes are answered with other statuses": {"write_status": "other"},
    "no usages": {"usages": "absent"},
    "usages in the list": {"usages_in_list": True},
    "no errors": {"errors": "empty"},
    "errors by a rule": {"errors": "rule"},
    "errors are objects": {"errors": "rule", "errors_form": "object"},
    "errors by a rule, later": {"errors": "rule_later"},
    "cursors by position": {"cursor": "position", "page_limit": 1},
    "small pages": {"page_limit": 2},
    "an optional field that is left out is kept": {"put_without_optional": "keeps"},
    "PUT takes the times of its body": {"put_times": "taken"},
    "names are unique": {"names": "unique"},
    "the list is in order of creation": {"list_order": "created", "page_limit": 2},
    "a large page is refused": {"page_limit": 2, "page_over_limit": "refuse"},
    "totalCount is of the page": {"total_count": "page", "page_limit": 2},
    "what is not valid is 422": {"invalid_status": 422, "page_limit": 2, "page_over_limit": "refuse"},
    "ids are plain numbers": {"id_form": "number"},
    "an id has one spelling": {"id_case": "exact"},
}
# Here the server moves updatedAt by itself, so there may be one push more, and then a warning.
MOVING = {"validation moves", "each GET moves"}
# A token is only adopted: its readable fields are compared, and no push ever follows a refresh.
RUNS = ("create", "again", "third", "push", "after the push", "third after the push")
ORGANISATIONS = {reading: f"01HFS2NEAZ6ECZBZMN4FF{number:05d}" for number, reading in enumerate(READINGS)}


# What these say is about data, so each type may differ; all else is decided by the type's rule for a time that has moved.
_OF_DATA = {"redaction", "visible_fields", "additional_params", "put_without_secret", "put_redacted", "unknown_fields"}
_OF_DATA |= {"put_without_optional", "values_kept"}
_OF_DATA |= {"write_answer_secrets", "type_change", "extra_data_fields", "extra_fields", "empty_optionals", "put_answer"}
CASES = [
    (reading, type)
    for reading, switches in READINGS.items()
    for type in (TYPES if switches.keys() & _OF_DATA else ("none", "basic-auth", "oauth2-token"))
]


_TOLD = ("That is remembered, and is no difference from now on.", "in its own form, as it did right after this task's was sent.")


def _type_alone(reading: str) -> str:
    """Each in turn."""
    types = [type for it, type in CASES if it == reading and type != "none"]
    return types[list(READINGS).index(reading) % len(types)]


def _item(run: str, way: str, reading: str, type: str) -> dict[str, Any]:
    """The first three runs want one state, the others another."""
    example = EXAMPLES[type]
    data = {**example.data, **({**example.edited, **example.rotated} if "push" in run else {})}
    return {"organisation_id": ORGANISATIONS[reading], "name": f"{way}/{reading}/{type}", "type": type, "data": data}


@pytest.fixture(scope="module")
def story(simulators, tmp_path_factory):
    """All runs: what became of each credential, by run and name."""
    sim = simulators()
    for reading, switches in READINGS.items():
        sim.add_organisation(ORGANISATIONS[reading], **switches)
    worker = Worker(tmp_path_factory.mktemp("readings"), sim)
    quiet_recorder = {"RECORDER_CONTROL": None, "RECORDER_MEMORY": str(worker.folder / "none")}
    story: dict[tuple[str, str], Result] = {}
    for run in RUNS:
        readings = [reading for reading in READINGS if "third" not in run or reading in MOVING]
        listed = [_item(run, HERE, reading, type) for reading, type in CASES if reading in readings]
        alone = [_item(run, ELSEWHERE, reading, _type_alone(reading)) for reading in readings]
        tasks = [many("many", listed), *(task(item["name"], {"delegate_to": "bastion"}, **item) for item in alone)]
        results = worker.play(*tasks, env=quiet_recorder).results
        stored = {one["name"]: one for one in sim.state()}
        for result, items in zip(results, [listed, *([item] for item in alone)], strict=True):
            assert result.how == "ok", result.msg
            for item, said in zip(items, result.results or [result.said], strict=True):
                story[run, item["name"]] = _of_one(item["name"], said, result, stored[item["name"]])
    return story


def _of_one(name: str, said: dict[str, Any], result: Result, stored: dict[str, Any]) -> Result:
    """What a task reported and did of one of its credentials."""
    its_own = [
        sent for sent in result.requests if sent.path.endswith(stored["id"]) or (sent.method == "POST" and sent.json["name"] == name)
    ]
    warnings = [text for text in result.warnings or () if f"'{name}'" in text and not any(told in text for told in _TOLD)]
    return dataclasses.replace(result, said={**said, "warnings": warnings}, requests=its_own, state={name: stored})


@pytest.mark.parametrize(
    "name",
    [*(f"{HERE}/{reading}/{type}" for reading, type in CASES), *(f"{ELSEWHERE}/{reading}/{_type_alone(reading)}" for reading in READINGS)],
)
def test_a_run_again_changes_nothing(story, name):
    _way, reading, type = name.split("/")
    create, push = story["create", name], story["push", name]
    assert (create.decision, create.changed, create.writes) == ("created", True, ["POST"])
    if type == "none":
        assert (push.decision, push.changed) == ("unchanged", False)
    else:
        assert (push.decision, push.writes) == ("rotated", ["PUT"]), push.said
        assert push.state[name]["data"] == {**push.state[name]["data"], **EXAMPLES[type].rotated}
    for quiet, last in (("again", "third"), ("after the push", "third after the push")):
        if reading in MOVING:
            now = story[last, name]
            contested = type not in ("none", "oauth2-token")
            assert (now.decision == "contested") is contested, now.said
            assert ("changed elsewhere again" in now.warned) is contested
        else:
            now = story[quiet, name]
            refreshed = type == "oauth2-token" and reading == "tokens are refreshed"
            assert (now.decision, now.warned) == ("drifted" if refreshed else "unchanged", ""), now.said
        assert (now.changed, now.changes or [], now.writes) == (False, [], []), now.said


# --- readings that have a story of their own


def test_linking_costs_one_push(worker, sim):
    sim.switches.turn(linking_moves=True)
    linking = task("linking", **string("linking"))
    worker.play(linking)
    sim.link(sim.ids()[0])
    second, third = (worker.play(linking)["linking"] for _number in range(2))
    assert (second.decision, second.writes) == ("drifted", ["PUT"])
    assert (third.decision, third.changed, third.warnings) == ("unchanged", False, None)


def test_an_optional_field_can_be_let_go_where_a_put_keeps_what_it_leaves_out(worker, sim):
    sim.switches.turn(put_without_optional="keeps")
    client = EXAMPLES["oauth2-client"]
    id = sim.add(client.type, "client", client.data)
    unscoped = {name: value for name, value in client.data.items() if name != "scopes"}
    letting_go = task("client", name="client", type=client.type, data=unscoped, remove_fields=["scopes"], on_unknown="adopt")
    second, third = (worker.play(letting_go)["client"] for _number in range(2))
    assert (second.changes, second.warnings) == (["data.scopes"], None)
    assert not sim.stored(id)["data"]["scopes"]
    assert (third.decision, third.changed) == ("unchanged", False)


def test_an_id_in_another_spelling_is_found_or_said_to_be_missing(worker, sim):
    sim.switches.turn(id_case="exact")
    id = sim.add("none", "spelling", {})
    shown, missing = worker.play(*(task(label, **none("spelling"), credential_id=label) for label in (id, id.lower()))).results
    assert (shown.decision, shown.changed) == ("unchanged", False)
    assert (missing.how, missing.status, missing.writes) == ("failed", 404, [])
    assert "check the id" in missing.msg
    assert sim.ids() == [id]


def test_a_name_that_is_taken_is_refused_with_the_servers_reason(worker, sim):
    """`details` is read where an answer has no `cause`."""
    sim.switches.turn(names="unique", error_cause="details")
    sim.add("none", "taken", {})
    other = sim.add("none", "other", {})
    renamed = worker.play(task("renamed", **none("taken"), credential_id=other))["renamed"]
    assert (renamed.how, renamed.status, renamed.cause) == ("failed", 409, "PUT was checked by a rule")
    assert "is taken" in renamed.msg
    assert sim.stored(other)["name"] == "other"


USERS = [{"username": name, "password": "hush-1"} for name in ("me", "you")]
BASIC = {"name": "it", "type": "basic-auth"}


@pytest.mark.parametrize("kept", ["upper", "suffixed"])
def test_values_that_are_kept_otherwise_are_no_difference_until_somebody_changes_them(worker, sim, kept):
    """What the answer to our own write shows is the platform's form of what was sent; all else is an edit."""
    sim.switches.turn(values_kept=kept)
    me, you = USERS
    created = worker.play(task("it", **BASIC, data=me))["it"]
    assert "shows data.username in its own form. That is remembered" in created.warned
    pushed = worker.play(task("it", **BASIC, data=you))["it"]
    assert (pushed.decision, pushed.changes) == ("updated", ["data.username"])
    for check in (True, False):
        again = worker.play(task("it", **BASIC, data=you), check=check)["it"]
        assert (again.decision, again.writes) == ("unchanged", [])
        assert "shows data.username in its own form, as it did right after" in again.warned
    for elsewhere in ("ME", "you "):
        sim.edit(sim.ids()[0], data={"username": elsewhere})
        pushed = worker.play(task("it", **BASIC, data=you))["it"]
        assert (pushed.changes[0], sim.state()[0]["data"]["username"]) == ("data.username", kept_value("you", kept))


@pytest.mark.parametrize("put_answer", ["echo_request", "before", "empty"])
def test_what_nobody_saw_in_the_answer_may_be_of_somebody_else(worker, sim, put_answer):
    sim.switches.turn(values_kept="suffixed", put_answer=put_answer)
    worker.play(task("it", **BASIC, data=USERS[0]))
    for _run in range(2):
        pushed = worker.play(task("it", **BASIC, data=USERS[1]))["it"]
        assert pushed.changes == ["data.username"] and "or each run will push again" in pushed.warned


@pytest.mark.parametrize("moves", [True, False])
def test_a_value_that_the_server_does_not_let_change_is_never_called_right(worker, sim, moves, monkeypatch):
    """It shows the old one, in the answer too."""
    sim.switches.turn(noop_put_moves=moves)
    worker.play(task("it", **BASIC, data=USERS[0]))
    monkeypatch.setattr(writing, "kept_value", lambda value, _way: "me")
    for _run in range(3):
        pushed = worker.play(task("it", **BASIC, data=USERS[1]))["it"]
        assert (pushed.changed, pushed.changes) == (True, ["data.username"]) and "or each run will push again" in pushed.warned


def test_a_create_that_is_answered_with_nothing_is_found_by_its_name(worker, sim):
    sim.switches.turn(post_answer="empty")
    first, second = (worker.play(task("it", **string("it")))["it"] for _run in range(2))
    assert (first.decision, first.writes, second.decision) == ("created", ["POST", "PUT"], "unchanged")


@pytest.mark.parametrize("answer", ["empty", "credential", "later"])
def test_what_is_deleted_is_gone_whatever_the_answer_is(worker, sim, answer):
    sim.switches.turn(delete_answer=answer)
    sim.add("none", "it", {})
    gone, again = (worker.play(task("it", name="it", state="absent"))["it"] for _run in range(2))
    assert (gone.decision, gone.how, sim.ids(), again.decision) == ("deleted", "ok", [], "absent")


def test_what_is_in_use_may_not_be_deleted(worker, sim):
    sim.switches.turn(delete_in_use="refuses")
    sim.link(sim.add("none", "it", {}))
    refused = worker.play(task("it", name="it", state="absent"))["it"]
    assert (refused.how, refused.status, len(sim.ids())) == ("failed", 409, 1) and "It says: it is in use." in refused.msg


def test_a_list_that_shows_fewer_than_there_are_is_no_list(worker, sim):
    """What this account may not see, say, would be created once more."""
    sim.switches.turn(total_count="more")
    id = sim.add("string", "it", {"value": "hush-0"})
    by_name, by_id = worker.play(task("name", **string("it", "hush-1")), task("id", **string("it", "hush-1"), credential_id=id)).results
    assert (by_name.how, by_name.writes, by_id.how, sim.ids()) == ("failed", [], "ok", [id])
    assert "the list shows 1 of 4 (totalCount), so a name that is missing may be there" in by_name.msg


def test_a_server_that_tells_nobody_what_is_not_there(worker, sim, monkeypatch):
    """By name the list says it; by its id, nobody can know whether it is gone."""
    sim.switches.turn(missing_status=403)
    id = sim.add("none", "it", {})
    sim.remove(id)
    by_id, by_name, created = worker.play(
        task("id", credential_id=id, state="absent"), task("name", name="it", state="absent"), task("new", **string("it"))
    ).results
    assert (by_id.how, by_id.status, by_name.decision, created.decision) == ("failed", 403, "absent", "created")
    sim.remove(sim.ids()[0])  # of this one, the memory knows the id
    monkeypatch.setattr(ensure, "LONGEST_LAG", 0.0)
    absent, again = worker.play(task("name", name="it", state="absent"), task("new", **string("it"))).results
    assert (absent.decision, again.decision, len(sim.ids())) == ("absent", "created", 1)


def test_a_reading_that_lags_leads_to_no_second_credential(worker, sim, monkeypatch):
    """Neither where the list shows it and its id leads nowhere yet, nor, for a while, where it is in neither."""
    monkeypatch.setattr(ensure, "LONGEST_LAG", 0.3)
    for list_lag in (0.0, 3600.0):
        sim.switches.turn(list_lag=list_lag, get_lag=0.0)
        name = f"after {list_lag:g} s"
        worker.play(task("it", **string(name)))
        sim.switches.turn(get_lag=3600.0)
        for state in ("present", "absent"):
            options = string(name) if state == "present" else {"name": name, "state": state}
            again = worker.play(task("it", **options))["it"]
            assert again.writes in ([], ["POST"] if list_lag else []), again.said
    assert sim.names().count("after 0 s") == 1


def test_a_reading_from_before_our_own_push_costs_one_push(worker, sim):
    sim.add("string", "it", {"value": "hush-0"})
    sim.advance(7200)
    worker.play(task("it", **string("it", "hush-1")))
    sim.switches.turn(get_lag=3600.0)
    pushed = worker.play(task("it", **string("it", "hush-1")))["it"]
    sim.switches.turn(get_lag=0.0)
    last = worker.play(task("it", **string("it", "hush-1")))["it"]
    assert (pushed.changed, last.decision, sim.secret(sim.ids()[0])) == (True, "unchanged", {"value": "hush-1"})


def test_only_the_accepted_authentication_goes_on(simulators, tmp_path):
    ways = ("session_cookie", "api_key", "jwt")
    for accepted in ways:
        sim = simulators(authentication=accepted)
        tasks = [task(way, name="x", type="none", **{way: getattr(sim, way)}) for way in ways]
        for result in Worker(tmp_path / accepted, sim).play(*tasks, env={"VERSORI_API_KEY": None}).results:
            if result.label == accepted:
                assert (result.how, result.decision) == ("ok", "created")
            else:
                assert (result.how, result.status) == ("failed", 401)
                assert f"The API did not accept {result.label}: check whether it has expired" in result.msg


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
    readings = []
    for row in _rows():
        assert _quoted(row[4]), row
        for name in _quoted(row[4]):
            path, function, reading = re.fullmatch(r"([\w/.]+)::(test_\w+)(?:\[(.+)\])?", name).groups()
            assert f"\ndef {function}(" in (ROOT / "tests" / path).read_text(), name
            assert reading is None or reading in READINGS, name
            readings.append(reading)
    assert set(readings) - {None} == set(READINGS)
