# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests made from the simulator's own OpenAPI document: each answer is one that the document has, and none is a crash.

`TEST_EXAMPLES=20 ./dev test tests/unit/simulator/test_schemathesis.py` sends twenty times as many.
"""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.simulator import Simulator
from tests.thoroughness import FACTOR, examples

simulator = Simulator()
schema = schemathesis.openapi.from_asgi("/openapi.json", simulator.app)


@pytest.fixture(autouse=True, scope="module")
def credentials():
    simulator.reset()
    simulator.seed(6, type="mixed")
    simulator.add("string", "mail", {"value": "x"}, id="01KK9J6VFKZSB86BQQT8903TMY")  # the document's example
    yield
    assert simulator.crashes == []
    codes = {request.status for request in simulator.requests}
    assert {200, 404, 422} <= codes, codes  # requests were answered in more ways than with a refusal


few = settings(max_examples=examples(60), deadline=None, derandomize=FACTOR == 1, database=None, suppress_health_check=list(HealthCheck))


def check(case, excluded=()):
    case.call_and_validate(headers={"Authorization": f"Bearer {simulator.api_key}"}, excluded_checks=excluded)
    assert simulator.crashes == []


# A function for each operation: those of one function share a name, and of tests that share one xdist runs one alone.


@schema.include(operation_id="ListCredentials").parametrize()
@few
def test_list(case):
    # Cursors are opaque (contract, "List pages"): which ones there are, and that two exclude each other, no schema can say.
    check(case, [positive_data_acceptance])


@schema.include(operation_id="CreateCredential").parametrize()
@few
def test_create(case):
    check(case)


@schema.include(operation_id="GetCredential").parametrize()
@few
def test_get(case):
    check(case)


@schema.include(operation_id="UpdateCredential").parametrize()
@few
def test_update(case):
    check(case)


@schema.include(operation_id="DeleteCredential").parametrize()
@few
def test_delete(case):
    check(case)


def test_every_operation_has_its_function():
    assert {one.ok().definition.raw["operationId"] for one in schema.get_all_operations()} == {
        "ListCredentials",
        "CreateCredential",
        "GetCredential",
        "UpdateCredential",
        "DeleteCredential",
    }
