# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The five operations, with the switches as they are."""

from __future__ import annotations

import re

import pytest

from tests.simulator.clock import parse, render
from tests.simulator.credential_types import TYPES
from tests.simulator.store import ulid
from tests.simulator.world import example_data
from tests.unit.simulator.conftest import refused

ULID = re.compile(r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")
TIME = "2024-01-01T00:00:00Z"
ELSEWHERE = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.mark.parametrize("type", TYPES)
def test_create_get_update_delete(sim, api, type):
    data = example_data(type, 1)
    created = api.create(type=type, name="first", data=data)
    id = created.json()["id"]
    shown = api.get(id)
    assert (created.status_code, created.json()) == (201, shown)
    assert ULID.match(id) and shown["type"] == type and sim.stored(id)["data"] == data

    updated = api.put(id, name="second", data=example_data(type, 2))
    assert (updated.status_code, updated.json()["name"]) == (200, "second")
    assert updated.json()["createdAt"] == shown["createdAt"] and updated.json()["updatedAt"] > shown["updatedAt"]
    assert sim.stored(id)["data"] == example_data(type, 2)

    deleted = api.send("DELETE", id)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert api.send("GET", id).status_code == 404 and sim.names() == []


def test_ids(sim, api):
    assert (ulid(0), ulid(2**128 - 1)) == ("0" * 26, "7" + "Z" * 25)
    ids = sim.seed(50)
    sim.set_time("2001-01-01T00:00:00Z")
    ids += sim.seed(5)
    assert ids == sorted(set(ids))  # they only grow
    for id in ("01KK9J6VFKZSB86BQQT8903TMY", "4711"):
        sim.add("string", "a", {"value": "b"}, id=id)
        assert api.get(id.lower())["id"] == id


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_not_there_is_404(sim, api, method):
    sim.add_organisation(ELSEWHERE)
    id = sim.add("none", "x", {}, organisation_id=ELSEWHERE)
    body = {"type": "none", "name": "x", "data": {}, "id": id, "createdAt": TIME, "updatedAt": TIME}
    answer = api.send(method, id, json=body)
    assert (answer.status_code, answer.json()) == (404, {"code": "not_found", "message": "there is no such credential"})
    assert api.send(method, id, "01BX5ZZKBKACTAV9WEVGEMMVRZ", json=body).json()["message"] == "there is no such organisation"


@pytest.mark.parametrize("type", TYPES)
def test_each_required_field_is_required(api, type):
    required = [f"data.{field.name}" for field in TYPES[type].fields if field.required]
    answer = api.create(type=type, data={})
    assert refused(answer) == required if required else answer.status_code == 201


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
    assert refused(api.create(**body)) == fields
    if changes != {"value": None}:  # what a PUT does with null is a switch
        assert refused(api.put(sim.add(type, "there", example_data(type, 1)), **body)) == fields


@pytest.mark.parametrize(
    ("options", "status", "fields"),
    [
        ({"data": "{", "headers": {"Content-Type": "application/json"}}, 400, []),
        ({"data": b"\xff", "headers": {"Content-Type": "application/json"}}, 400, []),
        ({"data": "name=x"}, 400, ["body"]),
        ({}, 400, ["body"]),
        ({"json": []}, 400, ["body"]),
        ({"json": {}}, 400, ["type"]),
        ({"json": {"type": "ssh", "name": "x", "data": {}}}, 400, ["type"]),
        ({"json": {"type": "none"}}, 400, ["name", "data"]),
        ({"json": {"type": "none", "name": "", "data": []}}, 400, ["name", "data"]),
        ({"json": {"type": "none", "name": "x", "data": {}, "id": "1"}}, 400, ["id"]),
    ],
)
def test_what_cannot_be_read_answers_in_the_documented_shape(api, options, status, fields):
    """Contract, "Errors"."""
    answer = api.send("POST", **options)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    assert {"code", "message"} <= set(answer.json())
    assert [field["field"] for field in answer.json().get("fields", [])] == fields


@pytest.mark.parametrize(
    ("members", "field"),
    [
        *(({member: ...}, member) for member in ("id", "type", "name", "data", "createdAt", "updatedAt")),
        ({"id": "01KK9J6VFKZSB86BQQT8903TMY"}, "id"),  # not that of the path
        *(({"updatedAt": moment}, "updatedAt") for moment in ("yesterday", "2024-13-01T00:00:00Z", "2024-01-01", 3)),
        ({"usages": None}, "usages"),  # null is not left out
        ({"errors": None}, "errors"),
    ],
)
def test_put_wants_the_whole_credential(api, basic, members, field):
    body = {name: value for name, value in {**api.get(basic), **members}.items() if value is not ...}
    assert refused(api.send("PUT", basic, json=body)) == [field]


def test_other_paths_and_methods(sim, api):
    assert api.send("GET", "a/b").json()["code"] == api.session.get(sim.root_url + "/").json()["code"] == "not_found"
    answer = api.send("PATCH")
    assert (answer.status_code, answer.json()["code"], bool(answer.headers["Allow"])) == (405, "method_not_allowed", True)


def test_list_shows_summaries_most_recent_first(sim, api):
    first, second, third = (sim.add("oauth2-client", name, {}) for name in "abc")
    sim.touch(first)
    page = api.list()
    assert set(page) == {"totalCount", "credentials"} and page["totalCount"] == 3
    assert [entry["id"] for entry in page["credentials"]] == [first, third, second]
    assert page["credentials"][0] == {"id": first, "type": "oauth2-client", "name": "a", "authSchemeType": "oauth2"}
    sim.seed(18)
    assert len(api.list()["credentials"]) == 20


@pytest.mark.parametrize("cursor", ["offset", "position"])
def test_pages(sim, api, cursor):
    sim.switches.cursor = cursor
    sim.seed(7)
    pages = [api.list(first=3)]
    while "next" in pages[-1]:
        pages.append(api.list(first=3, after=pages[-1]["next"]))
    names = [[entry["name"] for entry in page["credentials"]] for page in pages]
    assert names == [sim.names()[:3], sim.names()[3:6], sim.names()[6:]]
    assert {page["totalCount"] for page in pages} == {7}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"first": 0}, "first"),
        ({"first": "x"}, "first"),
        ({"after": "x"}, "after"),
        ({"after": "b2Zmc2V0OjE6MQ=="}, "after"),  # offset:1:1
        ({"after": "!"}, "after"),
    ],
)
def test_a_list_refuses(api, query, field):
    assert refused(api.send("GET", params=query)) == [field]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09.000000000Z"),
        ("2024-05-06T09:08:09.123456789012+02:00", "2024-05-06T07:08:09.123456789Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000000Z"),
    ],
)
def test_times(text, shown):
    assert render(parse(text)) == shown
