# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAPI document says what the simulator does, and the simulator does what it says."""

from __future__ import annotations

import pytest
import requests
from pydantic import TypeAdapter, ValidationError

from tests.simulator import models
from tests.simulator.switches import REDACTIONS
from tests.simulator.world import BASE_PATH

CREDENTIAL = TypeAdapter(models.Credential)
PAGE = TypeAdapter(models.CredentialPage)
ERROR = TypeAdapter(models.ErrorAnswer)


@pytest.fixture(scope="module")
def document(running):
    return requests.get(running.root_url + "/openapi.json").json()


def test_the_five_operations(document):
    """Contract, "Operations"."""
    many = document["paths"][BASE_PATH + "/o/{organisation_id}/credentials"]
    one = document["paths"][BASE_PATH + "/o/{organisation_id}/credentials/{credential_id}"]
    assert len(document["paths"]) == 2
    assert {
        operation["operationId"]: (method, success)
        for path in (many, one)
        for method, operation in path.items()
        for success in operation["responses"]
        if success.startswith("2")
    } == {
        "CreateCredential": ("post", "201"),
        "ListCredentials": ("get", "200"),
        "GetCredential": ("get", "200"),
        "UpdateCredential": ("put", "200"),
        "DeleteCredential": ("delete", "204"),
    }


def test_every_error_answer_has_the_documented_shape(document):
    """Contract, "Errors"."""
    for path in document["paths"].values():
        for operation in path.values():
            errors = {status: answer for status, answer in operation["responses"].items() if not status.startswith("2")}
            assert set(errors) == {"400", "401", "403", "404", "405", "409", "422", "429", "5XX"}
            for answer in errors.values():
                assert answer["content"] == {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}}
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_what_may_be_left_out_is_not_null(document):
    schemas = document["components"]["schemas"]
    assert schemas["ErrorAnswer"]["properties"]["fields"]["type"] == "array"
    assert "default" not in schemas["ErrorAnswer"]["properties"]["fields"]
    assert schemas["ErrorAnswer"]["required"] == ["code", "message"]


def test_what_is_sent_is_closed_and_what_is_shown_is_open(document):
    schemas = document["components"]["schemas"]
    assert schemas["NewNoneData"]["additionalProperties"] is False
    assert schemas["WholeStringCredential"]["additionalProperties"] is False
    assert schemas["StringData"]["additionalProperties"] is True
    assert "value" in schemas["NewStringData"]["required"]
    # What a PUT without it does is a switch.
    assert "required" not in schemas["WholeStringData"]


def test_all_three_ways_to_authenticate(document):
    assert set(document["components"]["securitySchemes"]) == {"apiKey", "jwt", "session"}
    assert len(document["security"]) == 3


@pytest.mark.parametrize("redaction", REDACTIONS)
def test_answers_are_as_documented(sim, api, redaction):
    sim.switches.turn(
        redaction=redaction,
        usages_in_list=True,
        errors="rule",
        extra_fields={"version": 1},
        extra_data_fields={"grantType": "x"},
        empty_optionals="return",
    )
    for id in sim.seed(6, type="mixed"):
        sim.link(id)
        CREDENTIAL.validate_python(api.get(id))
        CREDENTIAL.validate_python(api.put(id, name="new").json())
    PAGE.validate_python(api.list(first=2))
    ERROR.validate_python(api.send("POST", json={}).json())


def test_a_switch_can_leave_the_document(sim, api):
    sim.switches.post_answer = "without_updated_at"
    with pytest.raises(ValidationError, match="updatedAt"):
        CREDENTIAL.validate_python(api.create().json())
