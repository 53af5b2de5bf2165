# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook `rotate`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.playbooks.running import Desk, lines, recap, said, table
from tests.simulator import Simulator

pytestmark = pytest.mark.timeout(600)  # all cases of a playbook are one run

TABLE = "What became of them"
NEW = "brand-new-secret"
CLIENT = {"clientId": "crm", "clientSecret": "old-3", "authorizeUrl": "", "tokenUrl": "https://crm.example.com/", "scopes": ["a"]}


def written(sim: Simulator) -> list[tuple[str, str]]:
    return sorted((request.method, request.path.rsplit("/", 1)[1]) for request in sim.requests if request.method != "GET")


def host(desk: Desk, credentials: dict[str, tuple[str, dict[str, Any]]], **variables: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The variables of a host whose organisation has these credentials, and their ids."""
    own = desk.organisation(errors="rule_later")
    organisation_id = own["versori_organisation_id"]
    ids = {name: desk.sim.add(type, name, data, organisation_id=organisation_id) for name, (type, data) in credentials.items()}
    return {**own, **variables}, ids


def test_only_the_named_ones_and_only_the_given_fields(desk, sim):
    user = ("basic-auth", {"username": "{{ me }}", "password": "old-2"})
    credentials = {
        "Key": ("string", {"value": "old-1"}),
        "User": user,
        "Client": ("oauth2-client", CLIENT),
        "Other": ("string", {"value": "old-4"}),
    }
    listed, ids = host(desk, credentials, versori_rotate_file="rotate.yml")
    # As a survey gives them.
    survey = {"versori_rotate_name": "User", "versori_rotate_field": "password", "versori_rotate_value": NEW}
    asked, asked_ids = host(desk, {"User": user}, **survey)
    # One that is invalid fails after all were pushed.
    client = ("oauth2-client", {**CLIENT, "tokenUrl": "not a url"})
    both = [{"name": "Client", "data": {"client_secret": NEW}}, {"name": "Key", "data": {"value": NEW}}]
    invalid, invalid_ids = host(desk, {"Client": client, "Key": ("string", {"value": "old"})}, versori_rotate=both)
    hosts = {"listed": listed, "asked": asked, "invalid": invalid}
    unsafe = (
        "versori_rotate:\n"
        f"  - {{name: Key, data: {{value: !unsafe '{NEW}-1 {{{{ braces }}}}'}}}}\n"
        f"  - {{credential_id: {ids['User']}, data: {{password: {NEW}-2}}}}\n"
        f"  - {{name: Client, data: {{client_secret: {NEW}-3}}}}\n"
    )

    checked = desk("rotate", "--check", hosts=hosts, files={"rotate.yml": unsafe})
    assert {name: counters["changed"] for name, counters in recap(checked).items()} == dict.fromkeys(hosts, 1), checked.printed
    assert written(sim) == []

    run = desk("rotate", "-vvvv", "--diff", hosts=hosts)
    assert [name for name, counters in recap(run).items() if counters["failed"]] == ["invalid"], run.printed
    pushed = [*(id for name, id in ids.items() if name != "Other"), *asked_ids.values(), *invalid_ids.values()]
    assert written(sim) == sorted(("PUT", id) for id in pushed)
    assert {name: sim.stored(id)["data"] for name, id in ids.items()} == {
        "Key": {"value": NEW + "-1 {{ braces }}"},
        "User": {"username": "{{ me }}", "password": NEW + "-2"},
        "Client": {**CLIENT, "clientSecret": NEW + "-3"},
        "Other": {"value": "old-4"},
    }
    assert sim.secret(asked_ids["User"]) == {"password": NEW}
    assert sim.secret(invalid_ids["Key"]) == {"value": NEW}
    assert {name: table(run, TABLE, name) for name in hosts} == {
        "listed": [["changed", "valid"]] * 3,
        "asked": [["changed", "valid"]],
        "invalid": [["changed", "INVALID"], ["changed", "valid"]],
    }
    assert "Not every credential was rotated" in said(run, "invalid")

    sim.clear_requests()
    for variables in hosts.values():
        sim.add_organisation(variables["versori_organisation_id"], errors="absent")
    again = desk("rotate", hosts=hosts, versori_rotate_wait=1)
    assert again.code == 0, again.printed  # what the platform has not validated yet is no failure
    assert "not validated yet" in lines(again, TABLE, "asked")[2]
    assert {name: counters["changed"] for name, counters in recap(again).items()} == dict.fromkeys(hosts, 0), again.printed
    assert written(sim) == []
    for finished in (checked, run, again):
        assert NEW not in finished.printed


def test_what_cannot_be_meant_is_refused_before_anything_is_sent(desk, sim):
    for name in ("Key", "Twice", "Twice"):
        sim.add("string", name, {"value": "old"})
    sim.add("basic-auth", "ERP user", {"username": "me", "password": "old"})
    key, survey = {"name": "Key", "data": {"value": NEW}}, {"versori_rotate_name": "ERP user", "versori_rotate_field": "password"}
    wrong_field = {**survey, "versori_rotate_field": "value", "versori_rotate_value": NEW}
    refused = [
        ("versori_rotate[1] (Key!): the organisation has no credential with this name", {"versori_rotate": [key, {**key, "name": "Key!"}]}),
        (
            "2 mistakes in the list versori_rotate. versori_rotate[1] (Twice): 2 credentials have this name: give the credential_id "
            "as well. versori_rotate[2] (Key): an item must give new values",
            {"versori_rotate": [key, {**key, "name": "Twice"}, {"name": "Key"}]},
        ),
        ("versori_rotate_name needs versori_rotate_field and versori_rotate_value", survey),
        ("neither may be empty", {**survey, "versori_rotate_value": None}),
        ("data.value is not a field of type basic-auth, which takes username, password", wrong_field),
        *(("data.password must be a text", {**survey, "versori_rotate_value": value}) for value in (71034182, 1.5, True)),
    ]
    hosts = {f"host{number}": variables for number, (_sentence, variables) in enumerate(refused)}
    run = desk("rotate", "-vvvv", hosts=hosts)
    assert {name: counters["failed"] for name, counters in recap(run).items()} == dict.fromkeys(hosts, 1), run.printed
    assert [sentence for name, (sentence, _variables) in zip(hosts, refused, strict=True) if sentence not in said(run, name)] == []
    assert not any(words in run.printed for words in ("Error while resolving", "Finalization", "rotation' filter", "AnsibleFilterError"))
    assert NEW not in run.printed
    assert written(sim) == []
