# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each open reading (contract, "Open readings"): what its switch does."""

from __future__ import annotations

import dataclasses

import pytest

from tests.simulator import Simulator, Switches
from tests.simulator.world import example_data

SECRET = "hunter2hunter2"
STARS = "******"


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


# --- redaction


@pytest.mark.parametrize(
    ("redaction", "shown"),
    [
        ("null", None),
        ("empty", ""),
        ("asterisks", STARS),
        ("word", "[REDACTED]"),
        ("bullets", "\u2022" * 8),
        ("none", SECRET),
        ("partial", "hu****r2"),
    ],
)
def test_redaction(sim, api, basic, redaction, shown):
    sim.switches.redaction = redaction
    assert api.get(basic)["data"] == {"username": "postmaster", "password": shown}
    assert api.create().json()["data"]["password"] == shown


def test_redaction_missing(sim, api, basic):
    sim.switches.redaction = "missing"
    assert api.get(basic)["data"] == {"username": "postmaster"}


def test_a_short_secret_is_not_shown_in_part(sim, api):
    sim.switches.redaction = "partial"
    assert api.get(sim.add("string", "x", {"value": "abcdef"}))["data"]["value"] == "****"


def test_only_tokens_that_are_there_are_shown(sim, api):
    data = example_data("oauth2-token", 1)
    del data["refreshToken"]
    shown = api.get(sim.add("oauth2-token", "x", data))["data"]
    assert shown == {**data, "clientSecret": STARS, "accessToken": STARS}


def test_the_answer_to_a_write_may_hold_the_secret(sim, api):
    sim.switches.write_answer_secrets = "echo"
    created = api.create().json()
    assert created["data"]["password"] == SECRET
    assert api.get(created["id"])["data"]["password"] == STARS
    assert api.put(created["id"], data={"username": "x", "password": "other"}).json()["data"]["password"] == "other"


# --- PUT


def test_put_without_secret_wipes(sim, api, basic):
    answer = api.put(basic, data={"username": "x"})
    assert answer.status_code == 200
    assert sim.secret(basic) == {}
    # And nobody sees it.
    assert api.get(basic)["data"]["password"] == STARS


def test_put_without_secret_keeps(sim, api, basic):
    sim.switches.put_without_secret = "keeps"
    assert api.put(basic, data={"username": "x"}).status_code == 200
    assert sim.stored(basic)["data"] == {"username": "x", "password": SECRET}
    # There is nothing to keep for another type.
    assert api.put(basic, type="string", data={}).json()["fields"][0]["field"] == "data.value"


def test_put_without_secret_refuses(sim, api, basic):
    sim.switches.put_without_secret = "refuses"
    answer = api.put(basic, data={"username": "x"})
    assert answer.status_code == 422
    assert answer.json()["fields"] == [{"field": "data.password", "message": "is required"}]
    assert sim.stored(basic)["data"] == {"username": "postmaster", "password": SECRET}


def test_refusing_misses_only_tokens_that_were_there(sim, api):
    sim.switches.put_without_secret = "refuses"
    data = {**example_data("oauth2-token", 1), "clientSecret": "fresh"}
    del data["refreshToken"]
    id = sim.add("oauth2-token", "x", data)
    assert api.put(id, data=data).status_code == 200
    del data["accessToken"]
    assert api.put(id, data=data).json()["fields"][0]["field"] == "data.accessToken"


BLOTTED = [None, "", STARS, "\u2022\u2022", "[REDACTED]", "redacted", "<hidden>", "hu****r2"]


@pytest.mark.parametrize("sent", BLOTTED)
def test_put_redacted(sim, api, basic, sent):
    data = {"username": "x", "password": sent}
    sim.switches.put_redacted = "refuses"
    assert api.put(basic, data=data).json()["fields"][0]["field"] == "data.password"
    sim.switches.put_redacted = "keeps"
    assert api.put(basic, data=data).status_code == 200
    assert sim.stored(basic)["data"] == {"username": "x", "password": SECRET}
    sim.switches.put_redacted = "stores"
    assert api.put(basic, data=data).status_code == 200
    assert sim.secret(basic) == {"password": sent}


def test_stars_destroy_a_binary_too(sim, api):
    id = sim.add("binary", "x", {"valueBase64": "AAEC"})
    assert api.put(id).status_code == 200
    assert sim.secret(id) == {"valueBase64": STARS}


@pytest.mark.parametrize("how", ["keeps", "refuses"])
def test_a_true_secret_is_stored_in_any_case(sim, api, basic, how):
    sim.switches.turn(put_redacted=how, put_without_secret=how)
    assert api.put(basic, data={"username": "x", "password": "new * and [old]"}).status_code == 200
    assert sim.secret(basic) == {"password": "new * and [old]"}


def test_type_change(sim, api, basic):
    change = {"type": "string", "data": {"value": "x"}}
    sim.switches.type_change = "refuses"
    assert api.put(basic, **change).json()["fields"][0]["field"] == "type"
    sim.switches.type_change = "accepts"
    assert api.put(basic, **change).json()["type"] == "string"


@pytest.mark.parametrize(("how", "stored"), [("keep", {"realm": 1}), ("ignore", {})])
def test_unknown_fields(sim, api, how, stored):
    data = {"username": "x", "password": "y", "realm": 1}
    assert api.create(data=data).status_code == 422
    sim.switches.unknown_fields = how
    id = api.create(data=data, colour="red").json()["id"]
    assert sim.stored(id)["data"] == {"username": "x", "password": "y", **stored}
    assert api.create(type="none", data={"realm": 1}).status_code == 422  # "nothing else allowed"


def test_fields_of_the_servers_own(sim, api, basic):
    sim.switches.extra_data_fields = {"grantType": "password"}
    sim.switches.extra_fields = {"version": 3}
    shown = api.get(basic)
    assert shown["data"]["grantType"] == "password"
    assert shown["version"] == 3
    # They may come back in a PUT, and nothing is stored of them.
    assert api.put(basic, data={**shown["data"], "password": "x"}).status_code == 200
    assert sim.stored(basic)["data"] == {"username": "postmaster", "password": "x"}
    assert api.get(sim.add("none", "n", {}))["data"] == {}


def test_empty_optionals(sim, api):
    data = {**example_data("oauth2-client", 1), "scopes": []}
    id = sim.add("oauth2-client", "x", data)
    assert not {"scopes", "additionalParams"} & set(api.get(id)["data"])
    sim.switches.empty_optionals = "return"
    shown = api.get(id)["data"]
    assert (shown["scopes"], shown["additionalParams"]) == ([], {})
    sim.edit(id, data={"scopes": ["a"]})
    assert api.get(id)["data"]["scopes"] == ["a"]


# --- updatedAt


def test_noop_put_moves(sim, api):
    sim.switches.redaction = "none"
    id = sim.add("string", "x", {"value": "y"})
    before = sim.stored(id)["updatedAt"]
    assert api.put(id).json()["updatedAt"] > before
    sim.switches.noop_put_moves = False
    before = sim.stored(id)["updatedAt"]
    assert api.put(id).json()["updatedAt"] == before
    assert api.put(id, name="z").json()["updatedAt"] > before


def test_validation_moves_once_after_each_write(sim, api, basic):
    sim.switches.moved_by_read_after_write = True
    added = sim.stored(basic)["updatedAt"]
    validated = api.get(basic)["updatedAt"]
    assert validated > added
    assert api.get(basic)["updatedAt"] == validated
    written = api.put(basic, name="x").json()["updatedAt"]
    validated = api.get(basic)["updatedAt"]
    assert validated > written
    assert api.get(basic)["updatedAt"] == validated


def test_a_get_moves_nothing_by_itself(sim, api, basic):
    assert {api.get(basic)["updatedAt"] for _number in range(3)} == {sim.stored(basic)["updatedAt"]}


def test_linking_moves(sim, api, basic):
    before = api.get(basic)
    sim.link(basic)
    assert api.get(basic)["updatedAt"] == before["updatedAt"]
    sim.switches.linking_moves = True
    sim.link(basic)
    linked = api.get(basic)["updatedAt"]
    assert linked > before["updatedAt"]
    sim.unlink(basic)
    assert api.get(basic)["updatedAt"] > linked


def test_tokens_are_refreshed_on_request(sim, api):
    id = sim.add("oauth2-token", "x", example_data("oauth2-token", 1))
    before = sim.stored(id)
    sim.refresh(id)
    after = sim.stored(id)
    assert after["updatedAt"] > before["updatedAt"]
    for name in ("accessToken", "refreshToken"):
        assert after["data"][name] != before["data"][name]
    assert after["data"]["clientSecret"] == before["data"]["clientSecret"]
    sim.switches.refresh_moves = False
    sim.refresh(id)
    assert sim.stored(id)["updatedAt"] == after["updatedAt"]
    assert sim.stored(id)["data"]["accessToken"] != after["data"]["accessToken"]


def test_tokens_are_refreshed_by_looking(sim, api, basic):
    id = sim.add("oauth2-token", "x", example_data("oauth2-token", 1))
    sim.switches.token_refresh = "on_get"
    first, second = api.get(id), api.get(id)
    assert second["updatedAt"] > first["updatedAt"]
    assert api.get(basic)["updatedAt"] == api.get(basic)["updatedAt"]
    with pytest.raises(ValueError, match="basic-auth"):
        sim.refresh(basic)


def test_every_get_moves(sim, api, basic):
    sim.switches.moves_on_every_get = True
    times = [api.get(basic)["updatedAt"] for _number in range(3)]
    assert times == sorted(set(times))


# --- precision


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
    assert shown["updatedAt"] == "2024-05-06T07:08:09.12+00:00"
    assert shown["createdAt"] == "2024-05-06T07:08:09+00:00"


# --- the answer to a write


def test_put_answers(sim, api, basic):
    sent = "2024-01-01T00:00:00Z"
    sim.switches.put_answer = "without_updated_at"
    assert "updatedAt" not in api.put(basic, updatedAt=sent).json()
    sim.switches.put_answer = "echo_request"
    assert api.put(basic, updatedAt=sent).json()["updatedAt"] == sent
    assert api.get(basic)["updatedAt"] > sent
    sim.switches.put_answer = "empty"
    answer = api.put(basic, name="other")
    assert (answer.status_code, answer.content) == (200, b"")
    assert sim.names() == ["other"]


def test_post_answer(sim, api):
    sim.switches.post_answer = "without_updated_at"
    answer = api.create()
    assert "updatedAt" not in answer.json()
    assert "updatedAt" in api.get(answer.json()["id"])


# --- usages and errors


def test_usages(sim, api, basic):
    assert api.get(basic)["usages"] == []
    sim.link(basic, environment="Test Stage", connection="mailer")
    environment = api.get(basic)["usages"][0]["environment"]
    assert set(environment) == {"id", "name", "slug", "connection", "createdAt", "updatedAt"}
    assert (environment["name"], environment["slug"]) == ("Test Stage", "test-stage")
    assert environment["connection"]["name"] == "mailer"
    assert environment["connection"]["organisationId"] == sim.organisation_id
    assert "usages" not in api.list()["credentials"][0]
    sim.switches.usages_in_list = True
    assert len(api.list()["credentials"][0]["usages"]) == 1
    # A PUT may bring them back as they were shown.
    assert api.put(basic, usages=api.get(basic)["usages"]).status_code == 200
    sim.switches.usages = "absent"
    assert "usages" not in api.get(basic)


def test_errors(sim, api, basic):
    assert "errors" not in api.get(basic)
    sim.switches.errors = "empty"
    assert api.get(basic)["errors"] == []
    sim.switches.errors = "rule"
    assert api.put(basic, data={"username": "x"}).json()["errors"] == ["password is missing"]
    assert api.get(basic)["errors"] == ["password is missing"]
    assert api.put(basic, data={"username": "x", "password": "y"}).json()["errors"] == []
    sim.switches.errors = "rule_later"
    assert "errors" not in api.put(basic, data={"username": "x"}).json()
    assert api.get(basic)["errors"] == ["password is missing"]


def test_the_rule_looks_at_the_token_url(sim, api):
    sim.switches.errors = "rule"
    data = {**example_data("oauth2-client", 1), "tokenUrl": "http://auth.example.com"}
    answer = api.create(type="oauth2-client", data=data)
    assert (answer.status_code, answer.json()["errors"]) == (201, ["tokenUrl is not an https URL"])


def test_invalidate(sim, api, basic):
    sim.invalidate(basic, ["no such user"])
    assert api.get(basic)["errors"] == ["no such user"]
    assert "errors" not in api.put(basic, name="x").json()
    sim.invalidate(basic)
    assert len(api.get(basic)["errors"]) == 1
    sim.invalidate(basic, None)
    assert "errors" not in api.get(basic)


# --- pages


def test_an_offset_repeats_when_the_list_shifts(sim, api):
    ids = sim.seed(4)
    page = api.list(first=2)
    sim.touch(ids[0])
    shifted = api.list(first=2, after=page["next"])
    assert shifted["credentials"][0] == page["credentials"][1]
    sim.touch(page["credentials"][0]["id"])


def test_an_offset_skips_when_the_list_shrinks(sim, api):
    ids = sim.seed(4)
    page = api.list(first=2)
    sim.remove(ids[3])
    assert [entry["id"] for entry in api.list(first=2, after=page["next"])["credentials"]] == [ids[0]]


def test_a_position_repeats_nothing(sim, api):
    sim.switches.cursor = "position"
    ids = sim.seed(5)
    page = api.list(first=2)
    sim.touch(ids[0])
    sim.remove(ids[3])
    assert [entry["id"] for entry in api.list(first=2, after=page["next"])["credentials"]] == [ids[2], ids[1]]


def test_page_limit(sim, api):
    sim.seed(5)
    sim.switches.page_limit = 2
    page = api.list(first=100)
    assert (len(page["credentials"]), page["totalCount"]) == (2, 5)
    assert len(api.list(first=100, after=page["next"])["credentials"]) == 2


# --- lists, names and ids


@pytest.mark.parametrize(("order", "shown"), [("updated", ["a", "c", "b"]), ("created", ["c", "b", "a"])])
@pytest.mark.parametrize("cursor", ["offset", "position"])
def test_the_order_of_a_list(sim, api, order, shown, cursor):
    sim.switches.turn(list_order=order, cursor=cursor)
    first, *_rest = [sim.add("none", name, {}) for name in "abc"]
    api.put(first, name="a")
    pages = [api.list(first=1)]
    while "next" in pages[-1]:
        pages.append(api.list(first=1, after=pages[-1]["next"]))
    assert [one["credentials"][0]["name"] for one in pages] == shown


def test_a_page_above_the_maximum(sim, api):
    sim.seed(5)
    sim.switches.page_limit = 2
    assert len(api.list(first=3)["credentials"]) == 2
    sim.switches.page_over_limit = "refuse"
    assert api.send("GET", params={"first": 3}).json()["fields"] == [{"field": "first", "message": "is more than 2"}]
    assert len(api.list(first=2)["credentials"]) == len(api.list()["credentials"]) == 2


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
    one, other = api.create(), api.create()
    assert one.json()["id"].isdecimal()
    assert one.json()["id"] != other.json()["id"]
    assert api.get(one.json()["id"])["id"] == one.json()["id"]


def test_an_id_is_found_in_its_own_spelling_only(sim, api, basic):
    assert api.get(basic.lower())["id"] == basic
    sim.switches.id_case = "exact"
    assert api.send("GET", basic.lower()).status_code == 404
    assert api.get(basic)["id"] == basic


# --- more of PUT, errors and authentication


def test_put_keeps_an_optional_field_that_it_leaves_out(sim, api):
    data = {**example_data("oauth2-client", 1), "scopes": ["read"]}
    id = sim.add("oauth2-client", "x", data)
    without = {name: value for name, value in data.items() if name != "scopes"}
    sim.switches.put_without_optional = "keeps"
    assert api.put(id, data=without).json()["data"]["scopes"] == ["read"]
    assert "scopes" not in api.put(id, data={**without, "scopes": []}).json()["data"]
    sim.switches.put_without_optional = "drops"
    assert "scopes" not in api.put(id, data=without).json()["data"]


def test_put_takes_the_times_of_its_body(sim, api, basic):
    sim.switches.put_times = "taken"
    times = {"createdAt": "2020-01-01T00:00:00.000000000Z", "updatedAt": "2021-01-01T00:00:00.000000000Z"}
    assert api.put(basic, data={"username": "x", "password": "y"}, **times).status_code == 200
    assert api.get(basic) == {**api.get(basic), **times}


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
    assert [one for one in headers if api.send("GET", headers=headers[one]).status_code == 200] == [way]


def test_an_organisation_with_a_reading_of_its_own(sim, api):
    other = sim.add_organisation("01HFS2NEAZ6ECZBZMN4FF775A1", redaction="null")
    ids = [sim.add("string", "x", {"value": SECRET}, organisation_id=one) for one in (None, other)]
    assert api.get(ids[0])["data"]["value"] == STARS
    answer = api.session.get(f"{sim.url}/o/{other}/credentials/{ids[1]}")
    assert answer.json()["data"]["value"] is None


def test_a_list_may_lag(sim, api):
    sim.switches.list_lag = 5.0
    assert api.create().status_code == 201
    assert api.list() == {"totalCount": 0, "credentials": []}
    sim.advance(5)
    assert [one["name"] for one in api.list()["credentials"]] == ["mail"]
