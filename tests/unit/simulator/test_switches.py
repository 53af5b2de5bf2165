# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open readings (contract, "Open readings"): what their switches do behind the API.

What can be seen through the API, of each value of each switch, is what the doctor finds out: the tests of its readings hold that.
"""

from __future__ import annotations

import dataclasses

import pytest

from tests.simulator import Simulator, Switches
from tests.simulator.redact import looks_redacted
from tests.simulator.world import example_data
from tests.unit.simulator.conftest import SECRET, refused

STARS = "******"
TOKEN = example_data("oauth2-token", 1)
CLIENT = example_data("oauth2-client", 1)


@pytest.mark.parametrize("field", dataclasses.fields(Switches), ids=lambda field: field.name)
def test_a_switch_refuses_what_it_does_not_know(field):
    if field.metadata.get("choices") or field.type == "bool":
        with pytest.raises(ValueError, match=field.name):
            Switches(**{field.name: "perhaps"})


def test_there_are_no_other_switches():
    with pytest.raises(AttributeError, match="colour"):
        Switches().colour = "red"
    with pytest.raises(TypeError):
        Simulator(colour="red")


def test_an_organisation_with_a_reading_of_its_own(sim, api):
    other = sim.add_organisation("01HFS2NEAZ6ECZBZMN4FF775A1", redaction="null")
    shown = [api.get(sim.add("string", "x", {"value": SECRET}, organisation_id=id), id)["data"]["value"] for id in (None, other)]
    assert shown == [STARS, None]


# --- redaction


def test_a_short_secret_is_not_shown_in_part(sim, api):
    sim.switches.redaction = "partial"
    assert api.get(sim.add("string", "x", {"value": "abcdef"}))["data"]["value"] == "****"


def test_only_tokens_that_are_there_are_shown(sim, api):
    data = {name: value for name, value in TOKEN.items() if name != "refreshToken"}
    assert api.get(sim.add("oauth2-token", "x", data))["data"] == {**data, "clientSecret": STARS, "accessToken": STARS}


@pytest.mark.parametrize("value", ["hunter2", "*x*", "[old]", "redacted by me", "a", "pass***word"])
def test_what_does_not_look_redacted(value):
    assert not looks_redacted(value)


# --- PUT

BLOTTED = [None, "", STARS, "\u2022\u2022", "[REDACTED]", "redacted", "<hidden>", "hu****r2"]
REFUSED = ["data.password"]


@pytest.mark.parametrize(
    ("switches", "sent", "stored"),
    [
        ({}, {}, {}),  # wiped
        ({"put_without_secret": "keeps"}, {}, {"password": SECRET}),
        ({"put_without_secret": "refuses"}, {}, REFUSED),
        *(({"put_redacted": "stores"}, {"password": text}, {"password": text}) for text in BLOTTED),
        *(({"put_redacted": "keeps"}, {"password": text}, {"password": SECRET}) for text in BLOTTED),
        *(({"put_redacted": "refuses"}, {"password": text}, REFUSED) for text in BLOTTED),
        *(
            ({"put_redacted": how, "put_without_secret": how}, {"password": "new * and [old]"}, {"password": "new * and [old]"})
            for how in ("keeps", "refuses")
        ),
    ],
)
def test_put(sim, api, basic, switches, sent, stored):
    sim.switches.turn(**switches)
    answer = api.put(basic, data={"username": "x", **sent})
    if stored == REFUSED:
        assert refused(answer) == REFUSED
        assert sim.stored(basic)["data"] == {"username": "postmaster", "password": SECRET}
    else:
        assert answer.status_code == 200 and sim.stored(basic)["data"] == {"username": "x", **stored}
        assert api.get(basic)["data"]["password"] == STARS  # nobody sees what became of it


def test_put_keeps_nothing_for_another_type(sim, api, basic):
    sim.switches.put_without_secret = "keeps"
    assert refused(api.put(basic, type="string", data={})) == ["data.value"]


def test_refusing_misses_only_tokens_that_were_there(sim, api):
    sim.switches.put_without_secret = "refuses"
    data = {name: value for name, value in TOKEN.items() if name != "refreshToken"}
    id = sim.add("oauth2-token", "x", data)
    assert api.put(id, data={**data, "clientSecret": "fresh"}).status_code == 200
    del data["accessToken"]
    assert refused(api.put(id, data=data)) == ["data.accessToken"]


def test_stars_destroy_a_binary_too(sim, api):
    id = sim.add("binary", "x", {"valueBase64": "AAEC"})
    assert api.put(id).status_code == 200 and sim.secret(id) == {"valueBase64": STARS}


def test_fields_of_the_servers_own(sim, api, basic):
    sim.switches.turn(extra_data_fields={"grantType": "password"}, extra_fields={"version": 3})
    shown = api.get(basic)
    assert (shown["data"]["grantType"], shown["version"]) == ("password", 3)
    # They may come back in a PUT, and nothing is stored of them.
    assert api.put(basic, data={**shown["data"], "password": "x"}).status_code == 200
    assert sim.stored(basic)["data"] == {"username": "postmaster", "password": "x"}
    assert api.get(sim.add("none", "n", {}))["data"] == {}


# --- updatedAt

ACTS = {
    "get": lambda sim, api, id: api.get(id),
    "the same": lambda sim, api, id: api.put(id),
    "put": lambda sim, api, id: api.put(id, name=sim.stored(id)["name"] + "x"),
    "link": lambda sim, api, id: sim.link(id),
    "unlink": lambda sim, api, id: sim.unlink(id),
    "refresh": lambda sim, api, id: sim.refresh(id),
}


@pytest.mark.parametrize(
    ("switches", "act", "moves"),
    [
        ({}, "get", False),
        ({"moves_on_every_get": True}, "get", True),
        ({"token_refresh": "on_get"}, "get", True),
        ({}, "the same", True),
        ({"noop_put_moves": False}, "the same", False),
        ({"noop_put_moves": False}, "put", True),
        *(({"linking_moves": moves}, act, moves) for act in ("link", "unlink") for moves in (False, True)),
        ({}, "refresh", True),
        ({"refresh_moves": False}, "refresh", False),
    ],
)
def test_what_moves_updated_at(sim, api, switches, act, moves):
    sim.switches.turn(redaction="none", **switches)
    id = sim.add("oauth2-token", "x", TOKEN)
    for _twice in range(2):
        before = sim.stored(id)["updatedAt"]
        ACTS[act](sim, api, id)
        assert (sim.stored(id)["updatedAt"] > before) is moves


def test_validation_moves_once_after_each_write(sim, api, basic):
    sim.switches.moved_by_read_after_write = True
    for write in (lambda: sim.stored(basic), lambda: api.put(basic, name="x").json()):
        written = write()["updatedAt"]
        validated = api.get(basic)["updatedAt"]
        assert validated > written and api.get(basic)["updatedAt"] == validated


@pytest.mark.parametrize("how", ["on_request", "on_get"])
def test_tokens_are_refreshed(sim, api, basic, how):
    sim.switches.token_refresh = how
    id = sim.add("oauth2-token", "x", TOKEN)
    api.get(id) if how == "on_get" else sim.refresh(id)
    after = sim.stored(id)["data"]
    assert {name for name in TOKEN if after[name] != TOKEN[name]} == {"accessToken", "refreshToken"}
    assert api.get(basic)["updatedAt"] == api.get(basic)["updatedAt"]
    with pytest.raises(ValueError, match="basic-auth"):
        sim.refresh(basic)


# --- answers


def test_usages(sim, api, basic):
    assert api.get(basic)["usages"] == []
    sim.link(basic, environment="Test Stage", connection="mailer")
    [usage] = api.get(basic)["usages"]
    environment = usage["environment"]
    assert set(environment) == {"id", "name", "slug", "connection", "createdAt", "updatedAt"}
    assert (environment["name"], environment["slug"]) == ("Test Stage", "test-stage")
    assert (environment["connection"]["name"], environment["connection"]["organisationId"]) == ("mailer", sim.organisation_id)
    assert "usages" not in api.list()["credentials"][0]
    sim.switches.usages_in_list = True
    assert api.list()["credentials"][0]["usages"] == [usage]
    assert api.put(basic, usages=[usage]).status_code == 200  # a PUT may bring them back as they were shown
    sim.switches.usages = "absent"
    assert "usages" not in api.get(basic)


@pytest.mark.parametrize(
    ("how", "written", "read"),
    [
        ("absent", None, None),
        ("empty", [], []),
        ("rule", ["password is missing"], ["password is missing"]),
        ("rule_later", None, ["password is missing"]),
    ],
)
def test_errors(sim, api, basic, how, written, read):
    sim.switches.errors = how
    assert api.put(basic, data={"username": "x"}).json().get("errors") == written
    assert api.get(basic).get("errors") == read
    assert api.list()["credentials"][0].get("errors") == (read or None)  # in a list only when invalid
    api.put(basic, data={"username": "x", "password": "y"})
    assert api.get(basic).get("errors") == (None if how == "absent" else [])
    sim.invalidate(basic, ["no such user"])
    assert api.get(basic)["errors"] == api.list()["credentials"][0]["errors"] == ["no such user"]
    sim.invalidate(basic, None)
    assert "no such user" not in api.get(basic).get("errors", [])
    sim.invalidate(basic)
    assert len(api.get(basic)["errors"]) == 1
    assert api.put(basic, data={"username": "x", "password": "y"}).json().get("errors") in (None, [])


def test_the_rule_looks_at_the_token_url(sim, api):
    sim.switches.errors = "rule"
    answer = api.create(type="oauth2-client", data={**CLIENT, "tokenUrl": "http://auth.example.com"})
    assert (answer.status_code, answer.json()["errors"]) == (201, ["tokenUrl is not an https URL"])


# --- lists, names and ids


@pytest.mark.parametrize(
    ("cursor", "removed", "second_page"),
    [
        ("offset", False, [2, 1]),  # one is repeated when the list shifts
        ("offset", True, [1]),  # one is skipped when it shrinks
        ("position", False, [1]),
        ("position", True, [1]),
    ],
)
def test_what_a_cursor_stands_for(sim, api, cursor, removed, second_page):
    sim.switches.cursor = cursor
    ids = sim.seed(4)
    page = api.list(first=2)
    sim.touch(ids[0])
    if removed:
        sim.remove(ids[3])
        sim.touch(ids[2])
    shown = [entry["id"] for entry in api.list(first=2, after=page["next"])["credentials"]]
    assert shown == [ids[number] for number in second_page]
