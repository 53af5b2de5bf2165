# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bodies of POST and PUT: what is sent, what is sent back, and what must not be."""

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.bodies import create_body, update_body
from ansible_collections.versori.platform.plugins.module_utils._core.desired import read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.observed import Observed

ORG, ID = "01HFS2NEAZ6ECZBZMN4FF775P7", "01KK9J6VFKZSB86BQQT8903TMY"
OAUTH = {"clientId": "id", "clientSecret": "hunter2", "authorizeUrl": "", "tokenUrl": "https://t.example"}
TIMES = {"createdAt": "2026-01-02T03:04:05Z", "updatedAt": "2026-01-02T03:04:06Z"}


def desired(credential_type="oauth2-client", data=None, name="n", **changes):
    options = {"organisation_id": ORG, "credential_id": ID, "name": name, "type": credential_type, "data": data or OAUTH}
    return read_desired({**options, **changes})


def server(credential_type="oauth2-client", data=None, withheld=(), **members):
    return Observed({"id": ID, "type": credential_type, "name": "shown", **TIMES, **members}, data or {}, {}, withheld)


def test_a_post_has_name_type_and_data_and_nothing_else():
    assert create_body(desired()) == {"name": "n", "type": "oauth2-client", "data": OAUTH}


@pytest.mark.parametrize(("name", "sent"), [(None, "shown"), ("n", "n")])
def test_usages_and_errors_are_not_sent_back_and_what_else_is_there_is(name, sent):
    """A name too that the task does not give; over what is shown of the data, what it gives is laid."""
    body = update_body(desired(name=name), server(data={"clientId": "old"}, usages=[], errors=["bad"], version=7))
    assert body == {"id": ID, "name": sent, "type": "oauth2-client", "data": OAUTH, **TIMES, "version": 7}


@pytest.mark.parametrize("given", [{}, {"scopes": ["a"]}])
def test_a_field_that_is_withheld_is_left_out_or_sent_as_the_task_has_it(given):
    shown = {"scopes": ["********"], "additionalParams": {"a": "b"}}
    body = update_body(desired(data={**OAUTH, **given}), server(data=shown, withheld=("data.scopes",)))
    assert body["data"] == {**OAUTH, "additionalParams": {"a": "b"}, **given}


def test_the_data_of_another_type_is_not_kept():
    want = desired("basic-auth", {"username": "me", "password": "hunter2"})
    body = update_body(want, server(data={"clientId": "id", "scopes": ["a"]}))
    assert (body["type"], body["data"]) == ("basic-auth", {"username": "me", "password": "hunter2"})


@pytest.mark.parametrize(
    ("changes", "sent"),
    [
        ({"data": {**OAUTH, "additionalParams": {"a": "b c", "d": ""}}}, "a=b+c&d="),
        ({"remove_fields": ["additionalParams"]}, ""),
        ({}, "x=y"),
    ],
)
def test_a_mapping_that_is_shown_as_a_text_is_sent_as_one(changes, sent):
    want = desired(**changes)
    assert update_body(want, server(data={"additionalParams": "x=y"}))["data"] == {**OAUTH, "additionalParams": sent}
    assert "additionalParams" not in want.readable or isinstance(want.readable["additionalParams"], dict)


@pytest.mark.parametrize(
    ("removed", "sent"),
    [
        (["scopes"], {"scopes": [], "additionalParams": {"a": "b"}}),
        (["additionalParams"], {"scopes": ["a"], "additionalParams": {}}),
        ([], {"scopes": ["a"], "additionalParams": {"a": "b"}}),
    ],
)
def test_a_collection_that_is_removed_is_sent_empty_and_one_that_is_not_is_kept(removed, sent):
    shown = {"scopes": ["a"], "additionalParams": {"a": "b"}}
    assert update_body(desired(remove_fields=removed), server(data=shown))["data"] == {**OAUTH, **sent}


def test_a_text_that_is_removed_is_left_out():
    want = desired("oauth2-token", {**OAUTH, "authorizeUrl": "https://a.example", "scopes": ["a"]}, remove_fields=["refreshToken"])
    assert "refreshToken" not in update_body(want, server("oauth2-token", {"refreshToken": "r"}))["data"]
