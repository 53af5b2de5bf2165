# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook `state`, as an operator runs it; tests/unit/plugins/plugin_utils/test_state.py has the cases."""

from pathlib import Path

import pytest
import yaml

from tests.playbooks.running import lines, recap
from tests.playing import MANY, play

SECRET = "hunter22-secret"
NOTHING = {"VERSORI_API_KEY": None, "VERSORI_API_URL": None, "VERSORI_ORGANISATION_ID": None}  # it needs none of these
CACHES = {**NOTHING, "ANSIBLE_CACHE_PLUGINS": str(Path(__file__).parent / "cache_plugins")}


def item(name):
    return {"name": name, "type": "string", "data": {"value": SECRET}}


@pytest.fixture
def options(desk, sim):
    """With two credentials that are remembered in the Ansible home."""
    options = {"api_url": sim.url, "api_key": sim.api_key, "organisation_id": sim.organisation_id}
    items = [item("ERP user, old"), item(f"holds {SECRET}")]
    assert play(MANY, {"credentials": items, **options, "cache_connection": str(desk.ansible_home)})["changed"]
    return {"credentials": items, **options}


def state(desk, *args, env=None, **variables):
    run = desk("state", "-vv", *args, env=env or NOTHING, **variables)
    assert SECRET not in run.printed
    return run


def test_it_lists_and_forgets(desk, sim, options):
    before = desk.remembered()
    sim.clear_requests()
    run = state(desk)
    assert not sim.requests
    assert recap(run)["localhost"]["changed"] == 0 and desk.remembered() == before
    printed = lines(run, "What is remembered")
    assert printed[0].endswith("memory.db: 2 credentials remembered")
    assert [line.split("  ")[-1] for line in printed if line.startswith("settled")] == ["ERP user, old", "holds ********"]
    assert all(len(line) <= 80 for line in printed[2:])
    fingerprint = next(iter(yaml.safe_load(next(text for text in before.values() if "fingerprints" in text))["fingerprints"].values()))
    assert fingerprint not in run.printed

    run = state(desk, "--check", versori_state_forget_all=True)
    assert lines(run, "What is remembered")[0].endswith("2 credentials would be forgotten") and desk.remembered() == before
    run = state(desk, versori_state_forget="ERP user, old")
    assert (run.code, recap(run)["localhost"]["changed"]) == (0, 1)
    decisions = play(MANY, {**options, "cache_connection": str(desk.ansible_home)}, check_mode=True)["decisions"]
    assert decisions == {"unknown": 1, "unchanged": 1}
    run = state(desk, versori_state_forget=["nobody"], versori_state_move_to="")
    assert run.code != 0 and "forget: nothing is remembered of 'nobody' in" in run.printed
    run = state(desk, versori_state_forget="x", versori_state_key_file="key.yml")
    assert run.code != 0 and "forget, key_file: give one of them at a time." in run.printed


def test_to_a_folder_and_to_a_shared_cache_it_moves_with_its_key(desk, options):
    run = state(desk, versori_state_move_to="moved")
    assert (run.code, recap(run)["localhost"]["changed"], desk.remembered()) == (0, 1, {}), run.printed

    def decisions(**memory):
        return play(MANY, {**options, **memory}, check_mode=True)["decisions"]

    assert decisions(cache_connection=str(desk.cwd / "moved")) == {"unchanged": 2}

    here = {"versori_cache_connection": str(desk.cwd / "moved")}
    run = state(desk, versori_state_key_file="key.yml", **here)
    key = yaml.safe_load((desk.cwd / "key.yml").read_text())
    shared = {"versori_state_move_to": str(desk.home / "shared"), "versori_state_move_to_plugin": "shared"}
    run = state(desk, env=CACHES, **here, **shared)
    assert run.code != 0 and "move_to: a shared cache keeps no key" in run.printed
    run = state(desk, env=CACHES, **here, **shared, **key)
    assert run.code == 0, run.printed
    assert key["versori_fingerprint_key"] not in run.printed and str(desk.home / "shared") not in run.printed
    assert len(list((desk.home / "shared").iterdir())) == 5  # a record and a name of each, and the probe

    # This plugin cannot be listed.
    run = state(desk, env=CACHES, versori_cache_plugin="shared", versori_cache_connection=str(desk.home / "shared"), **key)
    assert run.code != 0 and "cannot be listed: its plugin does not tell which records there are" in run.printed


def test_a_variable_that_cannot_be_filled_in_is_named_without_its_value(desk, options):
    before = desk.remembered()
    run = state(desk, versori_state_move_to_plugin="shared", versori_state_move_to="{{ nothing_such }}:" + SECRET)
    assert run.code != 0 and "versori_state_move_to cannot be filled in" in run.printed and desk.remembered() == before
