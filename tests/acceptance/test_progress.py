# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that says how far a long task is, under the callbacks that are really there."""

import os

import pytest

from tests.acceptance.many import many, organisation, string
from tests.acceptance.running import Controller

COLLECTIONS = os.environ.get("TEST_COLLECTIONS")
pytestmark = pytest.mark.skipif(not COLLECTIONS, reason="TEST_COLLECTIONS names no folder with community.general")


def test_which_callbacks_are_silent(sim, tmp_path):
    """Four runs at the same time: each waits until the line would have been printed."""
    config = tmp_path / "ansible.cfg"
    config.write_text("[defaults]\nstdout_callback = community.general.null\n")
    settings = {
        "default": {},
        "null": {"ANSIBLE_STDOUT_CALLBACK": "null"},
        "full": {"ANSIBLE_STDOUT_CALLBACK": "community.general.null"},
        "config": {"ANSIBLE_CONFIG": str(config)},
    }
    started = {}
    for number, (name, env) in enumerate(settings.items()):
        org = organisation(sim, number)
        sim.fault("delay_before", method="POST", path=org, seconds=5.1)
        controller = Controller(tmp_path / name, sim)
        listed = [string(f"{name} {which}", organisation_id=org) for which in range(3)]
        play = {"hosts": "localhost", "gather_facts": False, "tasks": [many("long", listed, workers=1)]}
        started[name] = controller.start(controller.command(play), {"ANSIBLE_COLLECTIONS_PATH": COLLECTIONS, **env})
    printed = {name: process.communicate() for name, process in started.items()}
    assert {name: process.returncode for name, process in started.items()} == dict.fromkeys(settings, 0), printed
    assert "versori.platform: 1 of 3 checked, 1 changed, 0 failed" in printed["default"][0]
    assert [printed[name] for name in ("null", "full", "config")] == [("", "")] * 3
