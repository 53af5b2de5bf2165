# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One credential, reading, the doctor; where an id is empty: in check mode it is that of one that an earlier task would have created."""

import pytest

from tests.playing import DOCTOR, INFO, ONE, play


@pytest.fixture
def options(sim):
    return {"api_url": sim.url, "api_key": sim.api_key, "organisation_id": sim.organisation_id}


@pytest.mark.parametrize("empty", ["", " ", None])
@pytest.mark.parametrize(
    ("module", "more", "expected"),
    [
        (ONE, {"type": "none"}, {"decision": None, "changed": False, "credential_id": None}),
        (ONE, {"type": "none", "name": "new"}, {"decision": "created", "changed": True, "credential_id": None}),
        (INFO, {}, {"credentials": [], "changed": False}),
    ],
)
def test_an_empty_id(sim, options, module, more, expected, empty):
    sim.add("none", "other", {})
    result = play(module, {**options, **more, "credential_id": empty}, check_mode=True)
    assert {name: result[name] for name in expected} == expected
    assert all(request.method == "GET" for request in sim.requests)
    sim.clear_requests()
    for_real = play(module, {**options, **more, "credential_id": ""})
    assert for_real["failed"] and "credential_id" in for_real["msg"] and sim.requests == []


def test_a_name_is_found_as_it_is_and_as_it_is_shown(sim, options):
    id = sim.add("none", "odd\u202ename", {})
    for name in ("odd\u202ename", "odd\\u202ename"):
        [credential] = play(INFO, {**options, "name": name})["credentials"]
        assert (credential["id"], credential["name"]) == (id, "odd\\u202ename")
    assert play(INFO, {**options, "name": "another"})["credentials"] == []
    refused = play(INFO, {**options, "name": "n", "credential_id": id})
    assert refused["msg"] == "credential_id and name are both set: keep one."


def test_the_doctor_looks_at_an_account(sim, options):
    assert play(DOCTOR, options, check_mode=True)["report"]["permissions"]["list"] == "yes"
    assert "wait" in play(DOCTOR, {**options, "wait": -1})["msg"]
