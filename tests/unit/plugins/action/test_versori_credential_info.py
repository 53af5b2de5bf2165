# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from tests.playing import INFO, play


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
