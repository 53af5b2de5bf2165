# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filters refuse, each in a sentence that names the place and no value, and a table that is cut."""

from __future__ import annotations

import datetime

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.versori.platform.plugins.filter.credentials import FilterModule

SECRET = "planted-in-a-filter-5521"
FILTERS = FilterModule().filters()

ONE = {"id": "01KK9J6VFKZSB86BQQT8903TMY", "name": "x", "type": "basic-auth", "data": {"username": "me"}, "errors": []}
TWIN = {**ONE, "id": "01KK9J6VFKZSB86BQQT8903TMZ"}
CLIENT = {**ONE, "type": "oauth2-client", "data": {"clientId": "shown", "tokenUrl": "https://crm.example.com/"}}
FORGED = "a\x1b[2J\x07\r\n\x9b31m\u2028\u202eb"


@pytest.mark.parametrize(
    ("name", "args", "sentence"),
    [
        ("audit", ({"id": SECRET},), "audit wants the credentials that versori_credential_info returned"),
        ("audit_html", ({}, "now"), "audit_html wants a list of what the filter audit returned"),
        ("audit_table", ([SECRET],), "audit_table wants what the filter audit returned"),
        ("audit_table", ({"credentials": SECRET},), "audit_table wants what the filter audit returned"),
        ("export", (SECRET,), "export wants the credentials that versori_credential_info returned"),
        ("results_table", ({"results": SECRET},), "results_table wants the registered result of a versori_credentials task"),
        ("rotation", ([], [ONE]), "versori_rotate must be a list with at least one item"),
        ("rotation", (SECRET, [ONE]), "versori_rotate must be a list with at least one item"),
        ("rotation", ([SECRET], [ONE]), "versori_rotate[0] must be a mapping with name or credential_id, and data or src"),
        (
            "rotation",
            ([{"name": "x", "password": SECRET}], [ONE]),
            "versori_rotate[0] must be a mapping with name or credential_id, and data or src",
        ),
        ("rotation", ([{"name": "x"}], [ONE]), "versori_rotate[0] must give new values, as data or as src"),
        ("rotation", ([{"name": "x", "data": {}}], [ONE]), "versori_rotate[0] must give new values, as data or as src"),
        ("rotation", ([{"name": "x", "data": SECRET}], [ONE]), "versori_rotate[0]: data must be a mapping of field names to values"),
        ("rotation", ([{"data": {"password": SECRET}}], [ONE]), "versori_rotate[0] must name its credential by name or by credential_id"),
        (
            "rotation",
            ([{"name": "x", "src": "a"}, {"name": "y", "src": "a"}], [ONE]),
            "versori_rotate[1]: the organisation has no credential y",
        ),
        (
            "rotation",
            ([{"name": 7, "data": {"password": SECRET}}], [ONE]),
            "versori_rotate[0].name must be a text: quote it where it is defined",
        ),
        (
            "rotation",
            ([{"name": False, "credential_id": ONE["id"], "data": {"password": SECRET}}], [ONE]),
            "versori_rotate[0].name must be a text: quote it where it is defined",
        ),
        (
            "rotation",
            ([{"credential_id": datetime.date(2026, 1, 2), "data": {"password": SECRET}}], [ONE]),
            "versori_rotate[0].credential_id must be a text: quote it where it is defined",
        ),
        (
            "rotation",
            ([{"name": "x", "data": {"clientSecret": SECRET, "client_secret": SECRET + "2"}}], [CLIENT]),
            "versori_rotate[0]: data.clientSecret and data.client_secret are the same field with two values: keep one",
        ),
        (
            "rotation",
            ([{"name": "x", "data": {"client_id": True, "clientId": 1}}], [CLIENT]),
            "versori_rotate[0]: data.client_id and data.clientId are the same field with two values: keep one",
        ),
        ("rotation", ([{"name": "a\x1b[2J\nb", "src": "a"}], [ONE]), "versori_rotate[0]: the organisation has no credential a\\x1b[2J b"),
        (
            "rotation",
            ([{"name": "x", "src": "a"}], [ONE, TWIN]),
            "versori_rotate[0]: 2 credentials are named x: give the credential_id as well",
        ),
    ],
)
def test_what_is_refused(name, args, sentence):
    with pytest.raises(AnsibleFilterError) as refused:
        FILTERS[name](*args)
    assert str(refused.value) == sentence


def test_rotation_of_a_file_and_of_a_field():
    by_file, by_field = FILTERS["rotation"](
        [{"credential_id": ONE["id"].lower(), "src": "new"}, {"name": "x", "credential_id": TWIN["id"], "data": {"password": SECRET}}],
        [ONE, TWIN],
    )
    assert by_file == {"credential_id": ONE["id"], "type": "basic-auth", "src": "new"}
    assert by_field == {"credential_id": TWIN["id"], "type": "basic-auth", "data": {"username": "me", "password": SECRET}}


def test_rotation_takes_a_field_twice_with_one_value_and_leaves_null_to_the_module():
    [item] = FILTERS["rotation"]([{"name": "x", "data": {"clientId": "new", "client_id": "new", "client_secret": None}}], [CLIENT])
    assert item["data"] == {"clientId": "new", "tokenUrl": "https://crm.example.com/", "clientSecret": None}


def test_names_cannot_forge_what_is_printed():
    """Control characters, line breaks and what turns the direction are spelt out; the rest of a name stays as it is."""
    result = {"name": FORGED, "credential_id": "i", "decision": "created", "changed": True, "failed": False, "changes": [], "msg": ""}
    entry = {"name": FORGED, "id": "i", "type": "string", "findings": ["invalid"], "reasons": [FORGED]}
    audited = {"credentials": [entry], "counts": {"credentials": 1, "invalid": 1}, "compared": True}
    printed = [
        *FILTERS["results_table"]({"results": [result, {**result, "failed": True, "msg": FORGED}]}),
        *FILTERS["results_table"]({"results": [result]}, [{"id": "i", "errors": [FORGED]}]),
        *FILTERS["audit_table"](audited),
        *FILTERS["export"]([{**ONE, "name": FORGED, "type": FORGED}])["left_out"],
    ]
    assert sum("a\\x1b[2J\\x07  \\x9b31m \\u202eb" in line for line in printed) == 5
    assert all(line.isprintable() for line in printed)


def test_a_long_table_shows_what_was_done():
    same = {"name": "x", "credential_id": "i", "decision": "unchanged", "changed": False, "failed": False, "changes": [], "msg": ""}
    results = [{**same, "name": f"n{number}"} for number in range(101)]
    short = FILTERS["results_table"]({"results": results[:3]})
    assert len(short) == 5
    results[7] = {**same, "name": "pushed", "changed": True, "decision": "rotated"}
    results[8] = {**same, "name": "wrong", "failed": True, "decision": None, "msg": "it failed."}
    _head, _line, *table, rest = FILTERS["results_table"]({"results": results})
    assert [next(word for word in ("pushed", "wrong") if word in line) for line in table] == ["pushed", "wrong"]
    assert rest == "99 more are as they should be."


TEMPLATED = {"id": "01KK9J6VFKZSB86BQQT8903TMY", "name": "n", "type": "basic-auth", "data": {"username": "{{ braces }}"}}


def test_what_the_platform_has_is_meant_and_a_new_value_is_looked_at():
    """The readable fields that a rotation keeps may look like anything; that is no leave for the new secret."""
    rotation = FILTERS["rotation"]
    [item] = rotation([{"name": "n", "data": {"password": "new-secret"}}], [TEMPLATED])
    assert item["allow_placeholder"] is True and item["data"] == {"username": "{{ braces }}", "password": "new-secret"}
    with pytest.raises(AnsibleFilterError, match=r"data\.password looks like a placeholder") as caught:
        rotation([{"name": "n", "data": {"password": "********"}}], [TEMPLATED])
    assert "****" not in str(caught.value)
    [item] = rotation([{"name": "n", "data": {"password": "********"}, "allow_placeholder": True}], [TEMPLATED])
    assert item["data"]["password"] == "********"
    plain = {**TEMPLATED, "data": {"username": "me"}}
    assert "allow_placeholder" not in rotation([{"name": "n", "data": {"password": "********"}}], [plain])[0]  # the module refuses it


@pytest.mark.parametrize("shown", ["$REDACTED$", "[REDACTED]", "ab****yz", None])
def test_what_is_redacted_does_not_travel_back(shown):
    user = {**TEMPLATED, "data": {"username": shown}}
    [item] = FILTERS["rotation"]([{"name": "n", "data": {"password": "new-secret"}}], [user])
    assert item == {"credential_id": user["id"], "type": "basic-auth", "data": {"password": "new-secret"}}
