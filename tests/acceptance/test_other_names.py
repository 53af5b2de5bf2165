# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that another name leads to does the same: redirects of another collection, `collections:`, `action:`, `local_action:`."""

import os

import pytest
import yaml

from tests.acceptance.many import string
from tests.acceptance.running import Controller
from tests.playing import DOCTOR, HERE, INFO, MANY, ONE, STATE, WAYS

MODULES = {"credential": ONE, "credentials": MANY, "credential_info": INFO, "doctor": DOCTOR, "state": STATE}
SECRET = {"name": "one", "type": "string", "data": {"value": "hush-value"}}


@pytest.fixture
def controller(request, sim, tmp_path):
    """One with a second collection, `acme.moved`, whose modules have moved to this one."""
    controller = Controller(tmp_path / "controller", sim, request.param)
    folder = tmp_path / "collections" / "ansible_collections" / "acme" / "moved"
    (folder / "meta").mkdir(parents=True)
    (folder / "galaxy.yml").write_text("namespace: acme\nname: moved\nversion: 1.0.0\n")
    modules = {short: {"redirect": name} for short, name in MODULES.items()}
    # Most collections that move a module redirect nothing else; some redirect the action too.
    routing = {"modules": {**modules, "both": {"redirect": ONE}, "twice": {"redirect": "acme.moved.credential"}}}
    routing["action"] = {"both": {"redirect": ONE}}
    (folder / "meta" / "runtime.yml").write_text(yaml.safe_dump({"requires_ansible": ">=2.16.0", "plugin_routing": routing}))
    path = [str(tmp_path / "collections"), os.environ.get("ANSIBLE_COLLECTIONS_PATH", "")]
    controller.env = {"ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(filter(None, path))}
    return controller


@pytest.mark.parametrize("controller", WAYS, indirect=True)
def test_a_redirect_and_other_ways_to_name_a_module(controller, sim):
    mine = {"versori_credential": SECRET, "collections": ["versori.platform"]}
    run = controller.play(
        {"name": "moved", "acme.moved.credential": SECRET},
        {"name": "many", "acme.moved.credentials": {"credentials": [string("two")]}},
        {"name": "both", "acme.moved.both": SECRET},
        {"name": "twice", "acme.moved.twice": SECRET},
        {"name": "short", **mine},
        {"name": "short and moved", "credential": SECRET, "collections": ["acme.moved"]},
        {"name": "action", "action": {"module": "acme.moved.credential", **SECRET}},
        {"name": "as text", "action": "acme.moved.credential_info name=one"},
        {"name": "short action", "action": "versori_credential_info name=one", "collections": ["versori.platform"]},
        {"name": "doctor", "acme.moved.doctor": {"wait": -1}},
        # for all of its modules; without it there is no API key, and the environment's is not valid
        module_defaults={"group/versori.platform.versori": {"api_key": sim.api_key}},
        env={**controller.env, "VERSORI_API_KEY": "not valid"},
    )
    assert [result.label for result in run.results if result.how != "ok"] == ["doctor"], run.printed
    assert run["doctor"].msg == "wait must be from 0 to 600 seconds."
    assert [run[label].changed for label in ("moved", "many", "both", "twice", "short", "short and moved", "action")] == [
        *(True, True, False, False, False, False, False)
    ]
    assert [one["name"] for label in ("as text", "short action") for one in run[label].credentials] == ["one", "one"]
    assert (run.modules_shipped == 0) is (controller.way == HERE)


@pytest.mark.parametrize("controller", [HERE], indirect=True)
def test_on_the_controller_alone(controller):
    """`local_action` cannot be delegated elsewhere, and what is remembered is the controller's."""
    run = controller.play(
        {"name": "local", "local_action": {"module": "acme.moved.credential", **SECRET}},
        {"name": "local text", "local_action": "versori.platform.versori_credential_info name=one"},
        {"name": "state", "acme.moved.state": {}},
        {"name": "defaults", "acme.moved.credential": {"name": "other", "type": "string"}},
        module_defaults={ONE: {"data": {"value": "hush-default"}}},
        env=controller.env,
    )
    assert [result.how for result in run.results] == ["ok"] * 4, run.printed
    assert [credential["name"] for credential in run["state"].credentials] == ["one"]
    assert run["defaults"].bodies[0]["data"] == {"value": "hush-default"}
