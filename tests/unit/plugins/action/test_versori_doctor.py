# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from tests.playing import DOCTOR, play


def test_the_doctor_looks_at_an_account(sim, options):
    assert play(DOCTOR, options, check_mode=True)["report"]["permissions"]["list"] == "yes"
    assert "wait" in play(DOCTOR, {**options, "wait": -1})["msg"]
