# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each open reading (contract, "Open readings"): what its switch does."""

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


def test_reset_goes_back_to_the_switches_of_the_start():
    simulator = Simulator(redaction="null", latency=0.5)
    simulator.switches.turn(redaction="word", usages="absent")
    simulator.latency = 0
    simulator.reset()
    assert (simulator.switches.redaction, simulator.switches.usages, simulator.latency) == ("null", "shown", 0.5)


def test_an_organisation_with_a_reading_of_its_own(sim, api):
    other = sim.add_organisation("01HFS2NEAZ6ECZBZMN4FF775A1", redaction="null")
    shown = [api.get(sim.add("string", "x", {"value": SECRET}, organisation_id=id), id)["data"]["value"] for id in (None, other)]
    assert shown == [STARS, None]


# --- redaction


@pytest.mark.parametrize(
    ("redaction", "shown"),
    [
        ("missing", {}),
        ("null", {"password": None}),
        ("empty", {"password": ""}),
        ("asterisks", {"password": STARS}),
        ("word", {"password": "[REDACTED]"}),
        ("bullets", {"password": "\u2022" * 8}),
        ("none", {"password": SECRET}),
        ("partial", {"password": "hu****r2"}),
    ],
)
def test_redaction(sim, api, basic, redaction, shown):
    sim.switches.redaction = redaction
    assert api.get(basic)["data"] == api.create().json()["data"] == {"username": "postmaster", **shown}


def test_a_short_secret_is_not_shown_in_part(sim, api):
    sim.switches.redaction = "partial"
    assert api.get(sim.add("string", "x", {"value": "abcdef"}))["data"]["value"] == "****"


def test_only_tokens_that_are_there_are_shown(sim, api):
    data = {name: value for name, value in TOKEN.items() if name != "refreshToken"}
    assert api.get(sim.add("oauth2-token", "x", data))["data"] == {**data, "clientSecret": STARS, "accessToken": STARS}


def test_the_answer_to_a_write_may_hold_the_secret(sim, api):
    sim.switches.write_answer_secrets = "echo"
    created = api.create().json()
    assert (created["data"]["password"], api.get(created["id"])["data"]["password"]) == (SECRET, STARS)
    assert api.put(created["id"], data={"username": "x", "password": "other"}).json()["data"]["password"] == "other"


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


def test_type_change(sim, api, basic):
    change = {"type": "string", "data": {"value": "x"}}
    sim.switches.type_change = "refuses"
    assert refused(api.put(basic, **change)) == ["type"]
    sim.switches.type_change = "accepts"
    assert api.put(basic, **change).json()["type"] == "string"


def test_put_without_an_optional_field(sim, api):
    id = sim.add("oauth2-client", "x", {**CLIENT, "scopes": ["read"]})
    sim.switches.put_without_optional = "keeps"
    assert api.put(id, data=CLIENT).json()["data"]["scopes"] == ["read"]
    assert "scopes" not in api.put(id, data={**CLIENT, "scopes": []}).json()["data"]
    sim.edit(id, data={"scopes": ["read"]})
    sim.switches.put_without_optional = "drops"
    assert "scopes" not in api.put(id, data=CLIENT).json()["data"]


def test_put_takes_the_times_of_its_body(sim, api, basic):
    sim.switches.put_times = "taken"
    times = {"createdAt": "2020-01-01T00:00:00.000000000Z", "updatedAt": "2021-01-01T00:00:00.000000000Z"}
    assert api.put(basic, **times).status_code == 200
    assert api.get(basic) == {**api.get(basic), **times}


@pytest.mark.parametrize(("how", "stored"), [("keep", {"realm": 1}), ("ignore", {})])
def test_unknown_fields(sim, api, how, stored):
    data = {"username": "x", "password": "y"}
    assert api.create(data={**data, "realm": 1}).status_code == api.create(colour="red").status_code == 422
    sim.switches.unknown_fields = how
    id = api.create(data={**data, "realm": 1}, colour="red").json()["id"]
    assert sim.stored(id)["data"] == {**data, **stored}
    assert api.create(type="none", data={"realm": 1}).status_code == 422  # "nothing else allowed"


def test_fields_of_the_servers_own(sim, api, basic):
    sim.switches.turn(extra_data_fields={"grantType": "password"}, extra_fields={"version": 3})
    shown = api.get(basic)
    assert (shown["data"]["grantType"], shown["version"]) == ("password", 3)
    # They may come back in a PUT, and nothing is stored of them.
    assert api.put(basic, data={**shown["data"], "password": "x"}).status_code == 200
    assert sim.stored(basic)["data"] == {"username": "postmaster", "password": "x"}
    assert api.get(sim.add("none", "n", {}))["data"] == {}


def test_empty_optionals(sim, api):
    id = sim.add("oauth2-client", "x", {**CLIENT, "scopes": []})
    assert not {"scopes", "additionalParams"} & set(api.get(id)["data"])
    sim.switches.empty_optionals = "return"
    assert api.get(id)["data"] == {**CLIENT, "clientSecret": STARS, "scopes": [], "additionalParams": {}}
    sim.edit(id, data={"scopes": ["a"]})
    assert api.get(id)["data"]["scopes"] == ["a"]


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


def test_precision_of_writes_and_reads(sim, api):
    sim.switches.turn(write_digits=6, get_digits=0)
    sim.set_time("2024-05-06T07:08:09.876543210Z")
    created = api.create().json()
    shown = api.get(created["id"])
    assert created["updatedAt"].startswith("2024-05-06T07:08:09.8765")
    assert len(created["updatedAt"]) == len("2024-05-06T07:08:09.876543Z")
    assert shown["updatedAt"] == shown["createdAt"] == "2024-05-06T07:08:09Z"
    sim.switches.turn(write_rounding="round", write_digits=0)
    assert api.get(created["id"])["updatedAt"] == "2024-05-06T07:08:09Z"
    sim.switches.get_rounding = "round"
    assert api.get(created["id"])["updatedAt"] == "2024-05-06T07:08:10Z"
    sim.set_time("2024-05-06T23:59:59.600Z")
    assert api.put(created["id"], name="x").json()["updatedAt"] == "2024-05-07T00:00:00Z"


def test_zeros_and_zone(sim, api):
    id = sim.add("none", "x", {}, updated_at="2024-05-06T07:08:09.120Z", created_at="2024-05-06T07:08:09Z")
    assert api.get(id)["updatedAt"] == "2024-05-06T07:08:09.120000000Z"
    sim.switches.turn(trim_zeros=True, zone="+00:00")
    shown = api.get(id)
    assert (shown["updatedAt"], shown["createdAt"]) == ("2024-05-06T07:08:09.12+00:00", "2024-05-06T07:08:09+00:00")


# --- answers


def test_the_answer_to_a_write(sim, api, basic):
    sent = "2024-01-01T00:00:00Z"
    sim.switches.turn(put_answer="without_updated_at", post_answer="without_updated_at")
    created = api.create().json()
    assert "updatedAt" not in created and "updatedAt" in api.get(created["id"])
    assert "updatedAt" not in api.put(basic, updatedAt=sent).json()
    sim.switches.put_answer = "echo_request"
    assert api.put(basic, updatedAt=sent).json()["updatedAt"] == sent
    assert api.get(basic)["updatedAt"] > sent
    sim.switches.put_answer = "empty"
    answer = api.put(basic, name="other")
    assert (answer.status_code, answer.content, sim.stored(basic)["name"]) == (200, b"", "other")


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


@pytest.mark.parametrize("key", ["cause", "details"])
def test_errors_have_a_cause(sim, api, key):
    assert set(api.send("GET", "nobody").json()) == {"code", "message"}
    sim.switches.error_cause = key
    assert api.send("GET", "nobody").json()[key] == "GET was checked by a rule"


@pytest.mark.parametrize("way", ["session_cookie", "api_key", "jwt"])
def test_one_way_of_authentication(sim, api, way):
    sim.switches.authentication = way
    headers = {
        "session_cookie": {"Authorization": None, "Cookie": sim.session_cookie},
        "api_key": {"Authorization": f"Bearer {sim.api_key}"},
        "jwt": {"Authorization": f"JWT {sim.jwt}"},
    }
    assert [each for each in headers if api.send("GET", headers=headers[each]).status_code == 200] == [way]


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


@pytest.mark.parametrize(("order", "shown"), [("updated", ["a", "c", "b"]), ("created", ["c", "b", "a"])])
@pytest.mark.parametrize("cursor", ["offset", "position"])
def test_the_order_of_a_list(sim, api, order, shown, cursor):
    sim.switches.turn(list_order=order, cursor=cursor)
    first, *_rest = [sim.add("none", name, {}) for name in "abc"]
    api.put(first, name="a")
    assert [page["credentials"][0]["name"] for page in api.pages(1)] == shown


def test_page_limit(sim, api):
    sim.seed(5)
    sim.switches.page_limit = 2
    assert [len(page["credentials"]) for page in api.pages(100)] == [2, 2, 1]
    assert api.list(first=100)["totalCount"] == 5
    sim.switches.page_over_limit = "refuse"
    assert api.send("GET", params={"first": 3}).json()["fields"] == [{"field": "first", "message": "is more than 2"}]
    assert len(api.list(first=2)["credentials"]) == len(api.list()["credentials"]) == 2


def test_a_list_may_lag(sim, api):
    sim.switches.list_lag = 5.0
    assert api.create().status_code == 201
    assert api.list() == {"totalCount": 0, "credentials": []}
    sim.advance(5)
    assert [entry["name"] for entry in api.list()["credentials"]] == ["mail"]


def test_names_that_must_be_unique(sim, api, basic):
    other = sim.add("none", "other", {})
    assert api.create().status_code == 201
    sim.switches.names = "unique"
    assert api.create().status_code == 409
    assert api.create(name="free").status_code == 201
    assert api.put(other, name="free").status_code == 409
    assert api.put(other, name="other").status_code == 200


def test_ids_are_plain_numbers(sim, api):
    sim.switches.id_form = "number"
    ids = [api.create().json()["id"] for _number in range(2)]
    assert all(id.isdecimal() and api.get(id)["id"] == id for id in ids) and ids[0] != ids[1]


def test_an_id_is_found_in_its_own_spelling_only(sim, api, basic):
    sim.switches.id_case = "exact"
    assert api.send("GET", basic.lower()).status_code == 404
    assert api.get(basic)["id"] == basic
