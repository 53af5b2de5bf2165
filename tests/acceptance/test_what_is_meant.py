# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is sent that is not surely meant: what Ansible, YAML and people really hand to the modules; both ways.

What templates make of it: `test_templates.py`."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.many import info, many, none, string
from tests.acceptance.running import task
from tests.playing import INFO, MANY, ONE

CLIENT, TOKEN = EXAMPLES["oauth2-client"], EXAMPLES["oauth2-token"]
PRODUCTION, TEST = "01HFS2NEAZ6ECZBZMN4FF00001", "01HFS2NEAZ6ECZBZMN4FF00002"

Case = tuple[str, dict[str, Any], tuple[str, ...]]  # module, options, words of the message


def refused(module: str, *words: str, **options: Any) -> Case:
    return module, options, words


def by_each_module(label: str, words: str, **options: Any) -> dict[str, Case]:
    return {
        label: refused(ONE, words, **string("x"), **options),
        f"{label}, many": refused(MANY, words, credentials=[none("x")], prune=True, **options),
        f"{label}, info": refused(INFO, words, **options),
    }


def single_and_item(label: str, words: str, **options: Any) -> dict[str, Case]:
    return {
        label: refused(ONE, words, name="x", **options),
        f"{label}, an item": refused(MANY, f"credentials[1]: {words}", credentials=[none("a"), {"name": "x", **options}]),
    }


# Which of two names Ansible would take depends on its version, and the other may be production.
TWO_ORGANISATIONS = "organisation_id and org are two names of one option and have different values"
TWO_IDS = "data gives clientId two different values, as clientId and as client_id"
NO_MAPPING = "data must be a mapping of field names to values, or a text that is one in JSON."
NULL = "data.accessToken is null, which says neither to keep it nor to remove it: leave it out to keep what the server has, or name it in"
TOKENS_NULL = {**TOKEN.data, "refreshToken": None, "accessToken": None}
REFUSED: dict[str, Case] = {
    **by_each_module("two organisations", TWO_ORGANISATIONS, organisation_id=PRODUCTION, org=TEST),
    **single_and_item("two organisations of one", TWO_ORGANISATIONS, organisation_id=PRODUCTION, org=TEST),
    **single_and_item("two client ids", TWO_IDS, type=CLIENT.type, data={**CLIENT.data, "client_id": "another"}),
    **single_and_item("no mapping", NO_MAPPING, type="string", data="value=p\\@ss'hush'"),
    **single_and_item("JSON", "data gives one field twice: keep one.", type="string", data='{"value": "hush-a", "value": "hush-b"}'),
    **single_and_item("null", NULL, type=TOKEN.type, data=TOKENS_NULL),
    **single_and_item("null for what is required", "data.clientId is null", type=CLIENT.type, data={**CLIENT.data, "clientId": None}),
    "a key that could be guessed": refused(ONE, "fingerprint_key is too short", **string("x"), fingerprint_key="hush-guess"),
    "a key for many": refused(MANY, "fingerprint_key is too short", credentials=[string("x")], fingerprint_key="hush-guess"),
}

# A variable that was not filled in must not lead to another organisation, which may be production.
for option in ("org", "organisation_id", "api_url"):
    for empty in ("", " "):
        REFUSED |= by_each_module(f"{option} {empty!r}", "is given and empty", **{option: empty})

# What AWX, no_log, Ansible 2.22 and the collection itself put in a secret's place.
for mark in ("$encrypted$", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "$REDACTED$", "(secret, sent anew)"):
    REFUSED |= single_and_item(mark, "data.value looks like a placeholder", type="string", data={"value": mark})

# What YAML makes of 0123, yes, 1.10, [a, b] and 2026-01-31: no text becomes another one on its way.
NO_TEXTS = {"a number": 83, "a boolean": True, "a list": ["a", "b"], "a date": datetime.date(2026, 1, 31)}
PLACES: dict[str, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    "name": (ONE, lambda value: {"name": value, "type": "none"}),
    "absent": (ONE, lambda value: {"name": value, "state": "absent"}),
    "credential_id": (ONE, lambda value: {"credential_id": value, "type": "none"}),
    "organisation_id": (ONE, lambda value: {"organisation_id": value, "name": "x", "type": "none"}),
    "api_key": (ONE, lambda value: {"name": "x", "type": "none", "api_key": value}),
    "cache_prefix": (ONE, lambda value: {"name": "x", "type": "none", "cache_prefix": value}),
    "item": (MANY, lambda value: {"credentials": [none("kept"), none(value)], "prune": True}),
    "info by name": (INFO, lambda value: {"name": value}),
    "info by id": (INFO, lambda value: {"credential_id": value}),
}
for kind, value in {**NO_TEXTS, "a number ": 1.1}.items():
    for place, (module, options_with) in PLACES.items():
        words = (f"must be a text, not {kind.strip()}", *(() if kind == "a list" else ("quote it where it is defined",)))
        REFUSED[f"{kind} as {place}"] = refused(module, *words, **options_with(value))


@pytest.mark.parametrize("name", REFUSED)
def test_refused_and_nothing_is_sent(worker, sim, name):
    for org in (PRODUCTION, TEST):
        sim.add_organisation(org)
    sim.add("none", "83", {})
    module, options, words = REFUSED[name]
    result = worker.play({"name": "it", module: options})["it"]
    assert (result.how, result.changed, result.sent) == ("failed", False, [])
    for word in words:
        assert word in result.msg
    assert PRODUCTION not in result.msg and TEST not in result.msg
    assert "hush" not in str(result.said)


def test_a_variable_that_is_no_text_or_a_key_that_could_be_guessed(worker, sim):
    sim.add_organisation("83")
    number, null, key, text = worker.play(
        task("number", {"environment": {"VERSORI_ORGANISATION_ID": 83}}, **string("x")),
        info("null", {"environment": {"VERSORI_ORGANISATION_ID": None}}),
        task("key", {"environment": {"VERSORI_FINGERPRINT_KEY": "ab"}}, **string("x")),
        info("text", {"environment": {"VERSORI_ORGANISATION_ID": "83", "VERSORI_TIMEOUT": 7, "OTHER": 1}}),
    ).results
    assert [result.sent for result in (number, null, key)] == [[]] * 3
    assert "VERSORI_ORGANISATION_ID in environment must be a text, not a number" in number.msg
    assert "VERSORI_ORGANISATION_ID in environment must be a text, not null" in null.msg
    assert key.msg.startswith("fingerprint_key is too short")
    assert text.how == "ok"


def test_two_names_that_agree(worker, sim):
    for org in (PRODUCTION, TEST):
        sim.add_organisation(org)
    run = worker.play(
        task("same", **string("same"), org=TEST, organisation_id=TEST),
        task("null", **string("null"), org=None, organisation_id=TEST),
        many("item", [none("x", org=TEST, organisation_id=TEST)]),
        many("an item's own", [none("y", org=TEST)], organisation_id=PRODUCTION),
    )
    assert [result.decision or result.decisions for result in run.results] == ["created"] * 2 + [{"created": 1}] * 2
    assert sorted(sim.names(TEST)) == ["null", "same", "x", "y"]


# --- removing a field


@pytest.mark.parametrize("redaction", ["missing", "null", "empty", "asterisks", "none"])
def test_remove_fields(worker, sim, redaction):
    """Also where nothing is remembered, and where what is there is taken as right."""
    sim.switches.turn(redaction=redaction)
    whole = {**TOKEN.data, "additionalParams": {"audience": "shop"}}
    ids = {name: sim.add(TOKEN.type, name, whole) for name in ("pushed", "adopted")}
    data = {name: value for name, value in TOKEN.data.items() if name != "refreshToken"}
    removing = {"type": TOKEN.type, "data": data, "remove_fields": ["refresh_token", "additionalParams"]}
    tasks = (task("pushed", name="pushed", **removing), task("adopted", name="adopted", on_unknown="adopt", **removing))
    predicted, run, again = worker.play(*tasks, check=True), worker.play(*tasks), worker.play(*tasks)
    for name, id in ids.items():
        assert (predicted[name].changed, predicted[name].writes) == (True, [])
        assert "refreshToken" in str(predicted[name].diff["before"]) and "refreshToken" not in str(predicted[name].diff["after"])
        assert {"data.refreshToken", "data.additionalParams"} <= set(run[name].changes)
        assert (again[name].decision, again[name].changed) == ("unchanged", False)
        held = sim.stored(id)["data"]
        assert "refreshToken" not in held and not held.get("additionalParams")
        assert held["accessToken"] == TOKEN.data["accessToken"]
    assert worker.play(many("many", [{"name": "pushed", **removing}]))["many"].decisions == {"unchanged": 1}


# --- one credential once


def test_one_credential_by_its_id_and_by_its_name(worker, sim):
    first, second = sim.add("string", "first", {"value": "a-secret"}), sim.add("string", "second", {"value": "b-secret"})
    by_id = {"type": "string", "data": {"value": "new-secret"}}
    before = sim.state()
    lists = {
        (0, 2): [{"credential_id": first, **by_id}, string("second"), string("first")],
        (0, 1): [string("first"), {"credential_id": first, "name": "other", **by_id}],
        (1, 2): [none("x"), {"name": "second", "state": "absent"}, {"credential_id": second.lower(), **by_id}],
    }
    for (position, other), items in lists.items():
        result = worker.play(many("it", items, prune=True))["it"]
        assert (result.how, result.writes) == ("failed", []), result.said
        assert result.msg.startswith(f"credentials[{position}] and credentials[{other}] are the same credential"), result.msg
    assert sim.state() == before
    fine = worker.play(many("fine", [{"credential_id": first, **by_id}, string("second"), string("third")]))["fine"]
    assert fine.changed and len(fine.results) == 3


# --- ids of what is not there yet


@pytest.mark.parametrize("empty", ["", None, " "])
def test_an_empty_id_never_means_all(worker, sim, empty):
    """In check mode it is the id of what another task would have created."""
    sim.add("none", "another", {})
    tasks = (
        info("id", credential_id=empty),
        task("by id alone", type="string", data={"value": "hush-new"}, credential_id=empty),
        task("with a name", **string("new"), credential_id=empty),
        many("many", [{**string("new"), "credential_id": empty}]),
    )
    predicted = worker.play(*tasks, check=True)
    assert [result.how for result in predicted.results] == ["ok"] * 4, [result.said for result in predicted.results]
    assert predicted["id"].credentials == [] and "credential_id is empty" in predicted["id"].warned
    assert "credential_id is empty" in predicted["by id alone"].warned and predicted["with a name"].decision == "created"
    for result in worker.play(tasks[0], info("name", name=empty)).results:
        assert (result.how, result.sent) == ("failed", [])
        assert "is given and empty, which never means all" in result.msg
