# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OpenAPI document says what the simulator does, and the simulator does what it says: requests made from it are answered as it
has it, and none is a crash.

`TEST_EXAMPLES=20 ./dev test tests/unit/simulator/test_openapi.py` sends twenty times as many.
"""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from pydantic import TypeAdapter
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.simulator import Simulator, models
from tests.simulator.switches import REDACTIONS
from tests.simulator.world import BASE_PATH
from tests.thoroughness import FACTOR, examples

CREDENTIAL = TypeAdapter(models.Credential)
PAGE = TypeAdapter(models.CredentialPage)
ERROR = TypeAdapter(models.ErrorAnswer)
ERRORS = {"400", "401", "403", "404", "405", "409", "422", "429", "5XX"}
OPERATIONS = {
    "CreateCredential": ("post", "201"),
    "ListCredentials": ("get", "200"),
    "GetCredential": ("get", "200"),
    "UpdateCredential": ("put", "200"),
    "DeleteCredential": ("delete", "204"),
}

simulator = Simulator()
schema = schemathesis.openapi.from_asgi("/openapi.json", simulator.app)
document = simulator.api.openapi()
schemas = document["components"]["schemas"]


def test_the_five_operations():
    """Contract, "Operations" and "Errors"."""
    path = BASE_PATH + "/o/{organisation_id}/credentials"
    assert set(document["paths"]) == {path, path + "/{credential_id}"}
    shown = {}
    for operations in document["paths"].values():
        for method, operation in operations.items():
            [success] = set(operation["responses"]) - ERRORS
            shown[operation["operationId"]] = (method, success)
            for status in ERRORS:
                content = operation["responses"][status]["content"]
                assert content == {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}}
    assert shown == OPERATIONS
    assert "HTTPValidationError" not in schemas


def test_schemas():
    fields = schemas["ErrorAnswer"]["properties"]["fields"]
    assert fields["type"] == "array" and "default" not in fields  # what may be left out is not null
    assert schemas["ErrorAnswer"]["required"] == ["code", "message"]
    # What is sent is closed, and what is shown is open.
    open_ = {name: schemas[name]["additionalProperties"] for name in ("NewNoneData", "WholeStringCredential", "StringData")}
    assert open_ == {"NewNoneData": False, "WholeStringCredential": False, "StringData": True}
    assert schemas["NewStringData"]["required"] == ["value"]
    assert "required" not in schemas["WholeStringData"]  # what a PUT without it does is a switch


@pytest.mark.parametrize("redaction", REDACTIONS)
def test_answers_are_as_documented(sim, api, redaction):
    more = {"extra_fields": {"version": 1}, "extra_data_fields": {"grantType": "x"}, "empty_optionals": "return"}
    sim.switches.turn(redaction=redaction, usages_in_list=True, errors="rule", **more)
    for id in sim.seed(6, type="mixed"):
        sim.link(id)
        CREDENTIAL.validate_python(api.get(id))
        CREDENTIAL.validate_python(api.put(id, name="new").json())
    PAGE.validate_python(api.list(first=2))
    ERROR.validate_python(api.send("POST", json={}).json())


# --- requests made from the document


@pytest.fixture(scope="module")
def credentials():
    simulator.seed(6, type="mixed")
    simulator.add("string", "mail", {"value": "x"}, id="01KK9J6VFKZSB86BQQT8903TMY")  # the document's example
    yield
    codes = {request.status for request in simulator.requests}
    assert {200, 404, 400} <= codes, codes  # requests were answered in more ways than with a refusal


few = settings(max_examples=examples(30), deadline=None, derandomize=FACTOR == 1, database=None, suppress_health_check=list(HealthCheck))


def made_for(operation_id, *excluded):
    """A test of its own for each operation: those of one function share a name, and of tests that share one xdist runs one alone."""

    @schema.include(operation_id=operation_id).parametrize()
    @few
    def test(case, credentials):
        case.call_and_validate(headers={"Authorization": f"Bearer {simulator.api_key}"}, excluded_checks=excluded)
        assert simulator.crashes == []

    return test


# No schema can say which cursors there are, since they are opaque (contract, "List pages"), nor that the id in a body is the path's.
test_list = made_for("ListCredentials", positive_data_acceptance)
test_create = made_for("CreateCredential")
test_get = made_for("GetCredential")
test_update = made_for("UpdateCredential", positive_data_acceptance)
test_delete = made_for("DeleteCredential")
