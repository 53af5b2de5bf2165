# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The five operations, with the switches as they are."""

from __future__ import annotations

import re

import pytest
import requests

from tests.simulator.credential_types import TYPES
from tests.simulator.world import example_data

ULID = re.compile(r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")
TIME = "2024-01-01T00:00:00Z"


def refused_fields(answer):
    assert answer.status_code == 422, answer.text
    assert set(answer.json()) == {"code", "message", "fields"}
    return [field["field"] for field in answer.json()["fields"]]


@pytest.mark.parametrize("type", TYPES)
def test_create_get_update_delete(sim, api, type):
    data = example_data(type, 1)
    created = api.create(type=type, name="first", data=data)
    assert created.status_code == 201
    id = created.json()["id"]
    assert ULID.match(id)
    shown = api.get(id)
    assert shown == created.json()
    assert shown["type"] == type
    assert sim.stored(id)["data"] == data

    updated = api.put(id, name="second", data=example_data(type, 2))
    assert updated.status_code == 200
    assert updated.json()["name"] == "second"
    assert updated.json()["createdAt"] == shown["createdAt"]
    assert updated.json()["updatedAt"] > shown["updatedAt"]
    assert sim.stored(id)["data"] == example_data(type, 2)

    deleted = api.send("DELETE", id)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert api.send("GET", id).status_code == 404
    assert sim.names() == []


def test_ids_only_grow(sim):
    ids = sim.seed(50)
    sim.set_time("2001-01-01T00:00:00Z")
    ids += sim.seed(5)
    assert ids == sorted(set(ids))


def test_ids_are_read_without_regard_to_case(sim, api):
    id = sim.add("string", "a", {"value": "b"}, id="01KK9J6VFKZSB86BQQT8903TMY")
    assert api.get(id.lower())["id"] == id


def test_a_plain_number_is_an_id_too(sim, api):
    sim.add("string", "a", {"value": "b"}, id="4711")
    assert api.get("4711")["name"] == "a"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_not_there_is_404(sim, api, method):
    sim.add_organisation("01ARZ3NDEKTSV4RRFFQ69G5FAV")
    elsewhere = sim.add("none", "x", {}, organisation_id="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    body = {"type": "none", "name": "x", "data": {}, "id": elsewhere, "createdAt": TIME, "updatedAt": TIME}
    answer = api.send(method, elsewhere, json=body)
    assert answer.status_code == 404
    assert answer.json() == {"code": "not_found", "message": "there is no such credential"}
    url = f"{sim.url}/o/01BX5ZZKBKACTAV9WEVGEMMVRZ/credentials/{elsewhere}"
    assert api.session.request(method, url, json=body).json()["message"] == "there is no such organisation"


def test_names_need_not_be_unique(sim, api):
    assert {api.create().status_code, api.create().status_code} == {201}
    assert sim.names() == ["mail", "mail"]


@pytest.mark.parametrize("type", TYPES)
def test_each_required_field_is_required(api, type):
    required = [field.name for field in TYPES[type].fields if field.required]
    answer = api.create(type=type, data={})
    if required:
        assert refused_fields(answer) == ["data." + name for name in required]
    else:
        assert answer.status_code == 201


@pytest.mark.parametrize(
    ("type", "changes", "fields"),
    [
        ("none", {"value": "x"}, ["data.value"]),
        ("string", {"value": 3}, ["data.value"]),
        ("string", {"value": None}, ["data.value"]),
        ("binary", {"valueBase64": "no base64!"}, ["data.valueBase64"]),
        ("binary", {"valueBase64": "AAE"}, ["data.valueBase64"]),
        ("basic-auth", {"user": "x", "pass": "y"}, ["data.pass", "data.user"]),
        ("oauth2-client", {"scopes": "a b"}, ["data.scopes"]),
        ("oauth2-client", {"scopes": ["a", 1]}, ["data.scopes[1]"]),
        ("oauth2-client", {"additionalParams": {"a": {"b": 1}}}, ["data.additionalParams.a"]),
        ("oauth2-client", {"tokenUrl": ""}, ["data.tokenUrl"]),
        ("oauth2-token", {"authorizeUrl": ""}, ["data.authorizeUrl"]),
        ("oauth2-token", {"accessToken": 1}, ["data.accessToken"]),
    ],
)
def test_data_is_judged_by_type(sim, api, type, changes, fields):
    body = {"type": type, "data": {**example_data(type, 1), **changes}}
    assert refused_fields(api.create(**body)) == fields
    id = sim.add(type, "there", example_data(type, 1))
    if changes != {"value": None}:  # what a PUT does with null is a switch
        assert refused_fields(api.put(id, **body)) == fields


@pytest.mark.parametrize(
    ("options", "status", "fields"),
    [
        ({"data": "{", "headers": {"Content-Type": "application/json"}}, 400, None),
        ({"data": b"\xff", "headers": {"Content-Type": "application/json"}}, 400, None),
        ({"data": "name=x"}, 422, ["body"]),
        ({}, 422, ["body"]),
        ({"json": []}, 422, ["body"]),
        ({"json": {}}, 422, ["type"]),
        ({"json": {"type": "ssh", "name": "x", "data": {}}}, 422, ["type"]),
        ({"json": {"type": "none"}}, 422, ["name", "data"]),
        ({"json": {"type": "none", "name": "", "data": []}}, 422, ["name", "data"]),
        ({"json": {"type": "none", "name": "x", "data": {}, "id": "1"}}, 422, ["id"]),
    ],
)
def test_what_cannot_be_read_answers_in_the_documented_shape(api, options, status, fields):
    """Contract, "Errors"."""
    answer = api.send("POST", **options)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    assert {"code", "message"} <= set(answer.json())
    assert [field["field"] for field in answer.json().get("fields", [])] == (fields or [])


@pytest.mark.parametrize("member", ["id", "type", "name", "data", "createdAt", "updatedAt"])
def test_put_wants_the_whole_credential(api, basic, member):
    body = {name: value for name, value in api.get(basic).items() if name != member}
    assert refused_fields(api.send("PUT", basic, json=body)) == [member]


def test_put_wants_the_id_of_the_path(sim, api, basic):
    assert refused_fields(api.put(basic, id="01KK9J6VFKZSB86BQQT8903TMY")) == ["id"]


@pytest.mark.parametrize("moment", ["yesterday", "2024-13-01T00:00:00Z", "2024-01-01", 3])
def test_put_wants_rfc3339(api, basic, moment):
    assert refused_fields(api.put(basic, updatedAt=moment)) == ["updatedAt"]


def test_put_ignores_what_belongs_to_the_server(sim, api, basic):
    before = sim.stored(basic)
    answer = api.put(basic, createdAt=TIME, updatedAt=TIME, usages=[], errors=["no"], name="new")
    assert answer.status_code == 200
    after = sim.stored(basic)
    assert (after["createdAt"], after["usages"], after["errors"]) == (before["createdAt"], [], None)
    assert after["updatedAt"] > before["updatedAt"]


@pytest.mark.parametrize("member", ["usages", "errors"])
def test_null_is_not_left_out(api, basic, member):
    assert refused_fields(api.put(basic, **{member: None})) == [member]


def test_no_secret_comes_back_in_a_refusal(sim, api, basic):
    answer = api.put(basic, data={"username": 3, "password": "do-not-print-me", "do-not": "print-me-either"})
    assert answer.status_code == 422
    assert "print-me" not in answer.text


def test_other_paths_and_methods(sim, api):
    assert api.send("GET", "a/b").json()["code"] == "not_found"
    assert api.session.get(sim.root_url + "/").json()["code"] == "not_found"
    answer = api.send("PATCH")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, POST"
    assert api.send("POST", "a").headers["Allow"] == "DELETE, GET, PUT"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer simulator-api-key"}, 200),
        ({"Authorization": "JWT simulator-jwt"}, 200),
        ({"Cookie": "session=simulator-session"}, 200),
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Bearer simulator-jwt"}, 401),
        ({"Authorization": "JWT simulator-api-key"}, 401),
        ({"Authorization": "Basic simulator-api-key"}, 401),
        ({"Cookie": "session=wrong"}, 401),
        ({"Authorization": "Bearer wrong", "Cookie": "session=simulator-session"}, 401),
        ({"Authorization": "Bearer reader"}, 403),
    ],
)
def test_authentication(sim, headers, status):
    sim.authentication.api_keys.add("reader")
    sim.authentication.forbidden.add("reader")
    answer = requests.get(f"{sim.url}/o/{sim.organisation_id}/credentials", headers=headers)
    assert answer.status_code == status
    if status != 200:
        assert set(answer.json()) == {"code", "message"}


def test_list_shows_summaries_most_recent_first(sim, api):
    first, second, third = (sim.add("oauth2-client", name, {}) for name in "abc")
    sim.touch(first)
    page = api.list()
    assert page["totalCount"] == 3
    assert [entry["id"] for entry in page["credentials"]] == [first, third, second]
    assert page["credentials"][0] == {"id": first, "type": "oauth2-client", "name": "a", "authSchemeType": "oauth2"}
    assert "next" not in page
    assert "prev" not in page


def test_errors_in_a_list_only_when_invalid(sim, api, basic):
    sim.switches.errors = "empty"
    assert "errors" not in api.list()["credentials"][0]
    sim.invalidate(basic, ["wrong"])
    assert api.list()["credentials"][0]["errors"] == ["wrong"]


def test_twenty_are_a_page(sim, api):
    sim.seed(21)
    assert len(api.list()["credentials"]) == 20


@pytest.mark.parametrize("cursor", ["offset", "position"])
def test_pages_forth_and_back(sim, api, cursor):
    sim.switches.cursor = cursor
    sim.seed(7)
    pages = [api.list(first=3)]
    while "next" in pages[-1]:
        pages.append(api.list(first=3, after=pages[-1]["next"]))
    assert [[entry["name"] for entry in page["credentials"]] for page in pages] == [sim.names()[:3], sim.names()[3:6], sim.names()[6:]]
    assert {page["totalCount"] for page in pages} == {7}
    assert api.list(first=3, before=pages[2]["prev"])["credentials"] == pages[1]["credentials"]
    assert api.list(first=3, before=pages[1]["prev"])["credentials"] == pages[0]["credentials"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"first": 0}, "first"),
        ({"first": "x"}, "first"),
        ({"after": "x"}, "after"),
        ({"before": "!"}, "before"),
        ({"after": "bzow", "before": "bzow"}, "before"),
    ],
)
def test_a_list_refuses(api, query, field):
    assert refused_fields(api.send("GET", params=query)) == [field]
