# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook `rotate`."""

from __future__ import annotations

from tests.playbooks.running import lines, recap

TOLD = "What became of them"
NEW = "brand-new-secret"


def written(sim):
    return sorted((item.method, item.path.rsplit("/", 1)[1]) for item in sim.requests if item.method != "GET")


def test_only_the_named_ones_and_only_the_given_fields(desk, sim):
    sim.switches.turn(errors="rule_later")
    key, user, client, untouched = (
        sim.add("string", "Key", {"value": "old-1"}),
        sim.add("basic-auth", "User", {"username": "{{ me }}", "password": "old-2"}),
        sim.add(
            "oauth2-client",
            "Client",
            {"clientId": "crm", "clientSecret": "old-3", "authorizeUrl": "", "tokenUrl": "https://crm.example.com/", "scopes": ["a"]},
        ),
        sim.add("string", "Other", {"value": "old-4"}),
    )
    rotate = [
        {"name": "Key", "data": {"value": NEW + "-1 {{ braces }}"}},
        {"credential_id": user, "data": {"password": NEW + "-2"}},
        {"name": "Client", "data": {"client_secret": NEW + "-3"}},
    ]
    unsafe = "versori_rotate:\n" + "".join(
        f"  - {{{how}: {item[how]}, data: {{{field}: !unsafe '{value}'}}}}\n"
        for item in rotate
        for how in item
        if how != "data"
        for field, value in item["data"].items()
    )
    files = {"rotate.yml": unsafe}
    checked = desk("rotate", "--check", files=files, versori_rotate_file="rotate.yml")
    assert recap(checked)["localhost"]["changed"] == 1, checked.printed
    assert written(sim) == []

    run = desk("rotate", "-vvvv", "--diff", "-e", "@rotate.yml")
    assert run.code == 0, run.printed
    assert written(sim) == sorted(("PUT", item) for item in (key, user, client))
    assert sim.stored(key)["data"] == {"value": NEW + "-1 {{ braces }}"}
    assert sim.stored(user)["data"] == {"username": "{{ me }}", "password": NEW + "-2"}
    assert sim.stored(client)["data"] == {
        "clientId": "crm",
        "clientSecret": NEW + "-3",
        "authorizeUrl": "",
        "tokenUrl": "https://crm.example.com/",
        "scopes": ["a"],
    }
    assert sim.stored(untouched)["data"] == {"value": "old-4"}
    assert [line.split()[:2] for line in lines(run, TOLD)[2:]] == [["changed", "valid"]] * 3

    sim.clear_requests()
    again = desk("rotate", versori_rotate_file="rotate.yml")
    assert recap(again)["localhost"]["changed"] == 0, again.printed
    assert written(sim) == []
    for item in (checked, run, again):
        assert NEW not in item.printed


def test_an_invalid_one_fails_after_all_were_pushed(desk, sim):
    sim.switches.turn(errors="rule_later")
    sim.add("oauth2-client", "Client", {"clientId": "x", "clientSecret": "old", "authorizeUrl": "", "tokenUrl": "not a url"})
    key = sim.add("string", "Key", {"value": "old"})
    rotate = [{"name": "Client", "data": {"client_secret": NEW}}, {"name": "Key", "data": {"value": NEW}}]
    run = desk("rotate", versori_rotate=rotate)
    assert run.code != 0
    assert [line.split()[:2] for line in lines(run, TOLD)[2:]] == [["changed", "INVALID"], ["changed", "valid"]], run.printed
    assert sim.stored(key)["data"]["value"] == NEW
    assert "Not every credential was rotated" in run.printed
    assert NEW not in run.printed


def test_one_that_is_not_validated_yet_is_no_failure(desk, sim):
    sim.add("string", "Key", {"value": "old"})
    run = desk("rotate", versori_rotate=[{"name": "Key", "data": {"value": NEW}}], versori_rotate_wait=1)
    assert run.code == 0, run.printed
    assert "not validated yet" in lines(run, TOLD)[2]


def test_what_cannot_be_meant_is_refused_before_anything_is_sent(desk, sim):
    sim.add("string", "Key", {"value": "old"})
    sim.add("string", "Twice", {"value": "old"})
    sim.add("string", "Twice", {"value": "old"})
    cases = {
        "Key!": "has no credential Key!",
        "Twice": "2 credentials are named Twice",
    }
    for name, sentence in cases.items():
        run = desk("rotate", "-vvvv", versori_rotate=[{"name": "Key", "data": {"value": NEW}}, {"name": name, "data": {"value": NEW}}])
        assert run.code != 0
        assert sentence in run.printed
        assert NEW not in run.printed
    assert written(sim) == []


def test_one_credential_by_three_variables(desk, sim):
    """As a survey gives them; a template in the answer stays what it is."""
    id = sim.add("basic-auth", "ERP user", {"username": "me", "password": "old"})
    survey = {"versori_rotate_name": "ERP user", "versori_rotate_field": "password", "versori_rotate_wait": "0"}
    nothing = desk("rotate", **survey)
    assert nothing.code != 0
    assert "versori_rotate_name needs versori_rotate_field and versori_rotate_value" in nothing.printed
    wrong = desk("rotate", "-vvvv", **{**survey, "versori_rotate_field": "value"}, versori_rotate_value=NEW)
    assert wrong.code != 0
    assert "data.value is not a field of type basic-auth, which takes username, password" in wrong.printed
    assert written(sim) == []
    done = desk("rotate", "-vvvv", **survey, versori_rotate_value=NEW)
    assert done.code == 0, done.printed
    assert sim.secret(id)["password"] == NEW
    for run in (wrong, done):
        assert NEW not in run.printed
