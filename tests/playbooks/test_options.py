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

from tests.acceptance.running import Result

pytestmark = pytest.mark.timeout(600)  # all cases of a playbook are one run

AUTHENTICATION = ("api_key", "jwt", "session_cookie", "context")
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
READ, ALL, DOCTOR = "versori_credential_info", "versori_credentials", "versori_doctor"
SPECS = {READ: _options.VERSORI_CREDENTIAL_INFO, ALL: _options.VERSORI_CREDENTIALS, DOCTOR: _options.VERSORI_DOCTOR}
PUSHED = {"update_secrets": "auto", "on_drift": "push", "on_unknown": "push", "fail_when_invalid": False}
# The tasks of the playbooks, with the options that a playbook chooses itself.
TASKS: dict[str, tuple[str, dict[str, Any]]] = {
    "Bring the credentials to their state": (ALL, {}),
    "Read all credentials": (READ, {}),  # of audit and of export
    "Compare them with the list, and change nothing": (ALL, {"fail_when_invalid": False}),
    "Examine": (DOCTOR, {}),
    "Read what is there": (READ, {}),
    "Push the new values": (ALL, PUSHED),
    "Read them again": (READ, {"workers": 10}),  # one credential
    "Read them once more": (READ, {"workers": 10}),
}
# What the playbooks need themselves.
OWN = {
    "versori_credentials": [{"name": "Key", "type": "string", "data": {"value": "hunter22-secret"}}],
    "versori_doctor_wait": 0,
    "versori_rotate": [{"name": "Key", "data": {"value": "hunter33-secret"}}],
    "versori_rotate_wait": 1,
}
OPTIONS = {**_options.CONNECTION, **_options.MEMORY, **_options.POLICY, **_options.WORKERS}


def test_each_option_reaches_each_task(desk, sim):
    """All playbooks in one run, with a host for each way of authentication, and one that sets nothing but its organisation."""
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
    assert {*chosen, *AUTHENTICATION} == set(OPTIONS)
    # Each way: the option's value, and the header that it becomes (contract, "Authentication").
    ways = {
        "api_key": (sim.api_key, ("authorization", f"Bearer {sim.api_key}")),
        "jwt": (sim.jwt, ("authorization", f"JWT {sim.jwt}")),
        "session_cookie": (sim.session_cookie, ("cookie", sim.session_cookie)),
        "context": ("work", ("authorization", f"JWT {sim.jwt}")),
    }
    given = {way: {**chosen, way: value} for way, (value, _header) in ways.items()}
    own_url = "http://127.0.0.1:1"  # of the environment, and of files of the project by the name of ours, which are not taken
    given["nothing"] = {"api_url": sim.url}
    # What a context and the environment say is resolved by what a task reports.
    resolved = {"context": {"jwt": sim.jwt}, "nothing": {"api_key": sim.api_key}}
    ids = {host: desk.organisation()["versori_organisation_id"] for host in given}
    for host, id in ids.items():
        given[host]["organisation_id"] = id
        sim.add("string", "Key", {"value": "old"}, organisation_id=id)
    # A playbook of a project imports the collection's, as AWX needs it.
    (desk.cwd / "vars").mkdir()
    for folder in (desk.cwd, desk.cwd / "vars"):
        (folder / "options.yml").write_text(f"versori_group_defaults: {{api_url: '{own_url}'}}\n")
    (desk.cwd / "vars/vars").symlink_to(".")
    (desk.cwd / "audit.yml").write_text("- import_playbook: versori.platform.audit\n")

    hosts = {host: {f"versori_{name}": value for name, value in options.items()} for host, options in given.items()}
    env = {
        "VERSORI_API_URL": own_url,
        "VERSORI_ORGANISATION_ID": None,
        "ANSIBLE_CACHE_PLUGINS": str(Path(__file__).parent / "cache_plugins"),
    }
    run = desk("apply audit.yml doctor export rotate", hosts=hosts, env=env, **OWN)
    assert run.code == 0, run.printed
    reached = Counter()
    for result in run.results:
        label = result.label.rpartition(" : ")[2]
        for invocation in invocations(result):
            module, its_own = TASKS[label]
            values = {**given[result.host], **resolved.get(result.host, {}), **its_own}
            options = expected(values, module)
            assert {name: invocation.get(name) for name in options} == options, f"{result.host}: {label}"
            reached[label] += 1
    assert reached == {label: len(hosts) * (1 + (label == "Read all credentials")) for label in TASKS}
    for way, (_value, header) in ways.items():
        sent = [request.headers for request in sim.requests if ids[way] in request.path]
        assert {(name, headers[name]) for headers in sent for name in ("authorization", "cookie") if name in headers} == {header}
    assert any(path.name.startswith("theirs_") for path in elsewhere.iterdir())


def invocations(result: Result) -> list[dict[str, Any]]:
    """What the module was given, if it is one of ours: once, or in each turn of a loop."""
    turns = [result.said, *(turn for turn in result.said.get("results", ()) if isinstance(turn, dict))]
    given = [turn["invocation"]["module_args"] for turn in turns if "invocation" in turn]
    return [arguments for arguments in given if "organisation_id" in arguments]


def expected(given: dict[str, Any], module: str) -> dict[str, Any]:
    """A value for each option that a module takes: as it was given, or by default; what is secret is not in what it reports."""
    values = {}
    for name, option in SPECS[module].items():
        if name in OPTIONS or name == "organisation_id":
            secret = option.get("no_log") and name in given
            values[name] = HIDDEN if secret else given.get(name, option.get("default"))
    return values
