# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variable that says where and how reaches each task of each playbook: what tests/docs/test_options.py reads, seen in a run."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import certifi
import pytest
from ansible_collections.versori.platform.plugins.module_utils import _options

from tests.playbooks.running import results
from tests.simulator import Simulator

pytestmark = pytest.mark.timeout(600)  # all cases of a playbook are one run

ENVIRONMENT = {
    "VERSORI_API_URL": None,
    "VERSORI_API_KEY": None,
    "VERSORI_ORGANISATION_ID": None,
    "ANSIBLE_CACHE_PLUGINS": str(Path(__file__).parent / "cache_plugins"),
}
AUTHENTICATION = ("api_key", "jwt", "session_cookie", "context")
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
READ, ALL, DOCTOR = "versori_credential_info", "versori_credentials", "versori_doctor"
SPECS = {READ: _options.VERSORI_CREDENTIAL_INFO, ALL: _options.VERSORI_CREDENTIALS, DOCTOR: _options.VERSORI_DOCTOR}
# The tasks of the playbooks, with the options that a playbook chooses itself.
TASKS: dict[str, tuple[str, dict[str, Any]]] = {
    "Bring the credentials to their state": (ALL, {}),
    "Read all credentials": (READ, {}),  # of audit and of export
    "Compare them with the list, and change nothing": (ALL, {"fail_when_invalid": False}),
    "Examine": (DOCTOR, {}),
    "Read what is there": (READ, {}),
    "Push the new values": (ALL, {"update_secrets": "auto", "on_drift": "push", "on_unknown": "push", "fail_when_invalid": False}),
}
# What the playbooks need themselves.
OWN = {
    "versori_credentials": [{"name": "Key", "type": "string", "data": {"value": "hunter22-secret"}}],
    "versori_doctor_wait": 0,
    "versori_rotate": [{"name": "Key", "data": {"value": "hunter33-secret"}}],
    "versori_rotate_wait": 0,
}


def test_each_option_reaches_each_task(desk, sim):
    """All playbooks in one run, with a host for each way of authentication."""
    (desk.home / ".versori").mkdir()
    (desk.home / ".versori/config.yaml").write_text(json.dumps({"contexts": {"work": {"jwt": sim.jwt}}}))
    elsewhere = desk.home / "elsewhere"
    # A value for each option that is no default.
    chosen = {
        "api_url": sim.url,
        "validate_certs": False,
        "ca_path": certifi.where(),
        "timeout": 77.0,
        "retries": 7,
        "cache_plugin": "shared",
        "cache_connection": str(elsewhere),
        "cache_prefix": "theirs_",
        "fingerprint_key": "kf" * 20,
        "workers": 3,
        "update_secrets": "always",
        "on_drift": "warn",
        "on_unknown": "adopt",
        "fail_when_invalid": True,
    }
    options = {**_options.CONNECTION, **_options.MEMORY, **_options.POLICY, **_options.WORKERS}
    assert {*chosen, *AUTHENTICATION} == set(options)
    hosts = {}
    for way, (value, _header) in authentication(sim).items():
        hosts[way] = {**desk.organisation(), f"versori_{way}": value}
        sim.add("string", "Key", {"value": "old"}, organisation_id=hosts[way]["versori_organisation_id"])
    # A playbook of a project imports the collection's, as AWX needs it; files of the project by the name of ours are not taken.
    (desk.cwd / "vars").mkdir()
    for folder in (desk.cwd, desk.cwd / "vars"):
        (folder / "options.yml").write_text("versori_group_defaults: {api_url: 'http://127.0.0.1:1'}\n")
    (desk.cwd / "vars/vars").symlink_to(".")
    (desk.cwd / "audit.yml").write_text("- import_playbook: versori.platform.audit\n")

    run = desk(
        "apply audit.yml doctor export rotate", hosts=hosts, env=ENVIRONMENT, **OWN, **{f"versori_{name}": chosen[name] for name in chosen}
    )
    assert run.code == 0, run.printed
    for way, variables in hosts.items():
        id, value = variables["versori_organisation_id"], variables[f"versori_{way}"]
        given = {**chosen, "organisation_id": id, way: value}
        for label, (module, its_own) in TASKS.items():
            for result in results(run, way, label):
                assert expected({**given, **its_own}, module).items() <= result.invocation["module_args"].items(), f"{way}: {label}"
        header = authentication(sim)[way][1]
        sent = [request for request in sim.requests if id in request.path]
        assert {(name, request.headers[name]) for request in sent for name in ("authorization", "cookie") if name in request.headers} == {
            header
        }
    found = Counter(result.label.rpartition(" : ")[2] for result in run.results)
    assert {label: found[label] for label in TASKS} == {label: len(hosts) * (1 + (label == "Read all credentials")) for label in TASKS}
    assert any(path.name.startswith("theirs_") for path in elsewhere.iterdir())
    assert not desk.memory.exists()


def authentication(sim: Simulator) -> dict[str, tuple[str, tuple[str, str]]]:
    """Each way: the option's value, and the header that it becomes (contract, "Authentication")."""
    return {
        "api_key": (sim.api_key, ("authorization", f"Bearer {sim.api_key}")),
        "jwt": (sim.jwt, ("authorization", f"JWT {sim.jwt}")),
        "session_cookie": (sim.session_cookie, ("cookie", sim.session_cookie)),
        "context": ("work", ("authorization", f"JWT {sim.jwt}")),
    }


def expected(given: dict[str, Any], module: str) -> dict[str, Any]:
    """The options that a module takes; what is secret is not in what it reports."""
    spec = SPECS[module]
    return {name: HIDDEN if spec[name].get("no_log") else value for name, value in given.items() if name in spec}
