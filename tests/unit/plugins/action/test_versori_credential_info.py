# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from tests.playing import INFO, WAYS, play


@pytest.mark.parametrize("empty", ["", " ", None])
def test_an_empty_id_finds_nothing_in_check_mode_alone(sim, options, empty):
    sim.add("none", "other", {})
    result = play(INFO, {**options, "credential_id": empty}, check_mode=True)
    assert (result["credentials"], result["changed"]) == ([], False)
    for_real = play(INFO, {**options, "credential_id": ""})
    assert for_real["failed"] and "credential_id" in for_real["msg"]
    assert sim.requests == []


def test_a_name_is_found_as_it_is_and_as_it_is_shown(sim, options):
    id = sim.add("none", "odd\u202ename", {})
    for name in ("odd\u202ename", "odd\\u202ename"):
        [credential] = play(INFO, {**options, "name": name})["credentials"]
        assert (credential["id"], credential["name"]) == (id, "odd\\u202ename")
    assert play(INFO, {**options, "name": "another"})["credentials"] == []
    refused = play(INFO, {**options, "name": "n", "credential_id": id})
    assert refused["msg"] == "credential_id and name are both set: keep one."


@pytest.mark.parametrize("way", WAYS)
def test_one_that_cannot_be_read_does_not_hide_the_others(sim, options, way):
    ids = {name: sim.add("none", name, {}) for name in ("a", "b", "c")}
    sim.fault("answer", status=403, body='{"code": "forbidden", "message": "no"}', path=ids["b"], times=None)
    result = play(INFO, {**options, "full": True, "retries": 0}, way=way)
    assert result["failed"] and sorted(credential["name"] for credential in result["credentials"]) == ["a", "c"]
    assert result["msg"].startswith("1 of 3 credentials could not be read. Could not read credential ")
    [unread] = result["unread"]
    assert (unread["id"], unread["name"], unread["type"]) == (ids["b"], "b", "none") and "the API answered 403" in unread["msg"]
    sim.fault("bad_gateway", path="credentials/", times=None)
    none = play(INFO, {**options, "full": True, "retries": 0}, way=way)
    assert none["failed"] and "credentials" not in none and "unread" not in none
