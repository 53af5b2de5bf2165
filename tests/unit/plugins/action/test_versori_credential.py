# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from tests.playing import ONE, play


@pytest.mark.parametrize("empty", ["", " ", None])
@pytest.mark.parametrize("more", [{}, {"name": "new"}])
def test_an_empty_id_is_none_yet_in_check_mode_alone(sim, options, more, empty):
    sim.add("none", "other", {})
    result = play(ONE, {**options, "type": "none", **more, "credential_id": empty}, check_mode=True)
    assert (result["decision"], result["changed"], result["credential_id"]) == ("created" if more else None, bool(more), None)
    assert all(request.method == "GET" for request in sim.requests)
    sim.clear_requests()
    for_real = play(ONE, {**options, "type": "none", **more, "credential_id": ""})
    assert for_real["failed"] and "credential_id" in for_real["msg"] and sim.requests == []
