# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variable that says where and how reaches each task of each playbook: what tests/docs/test_options.py reads, seen in a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import certifi
import pytest
from ansible_collections.versori.platform.plugins.module_utils import _options

LIST = [{"name": "Key", "type": "string", "data": {"value": "hunter22-secret"}}]
ENVIRONMENT = {
    "VERSORI_API_URL": None,
    "VERSORI_API_KEY": None,
    "VERSORI_ORGANISATION_ID": None,
    "ANSIBLE_CACHE_PLUGINS": str(Path(__file__).parent / "cache_plugins"),
}
AUTHENTICATION = ("api_key", "jwt", "session_cookie", "context")
READ, ALL = "versori_credential_info", "versori_credentials"
# The tasks of each playbook, with the options that it chooses itself.
PLAYBOOKS: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "apply": {"Bring the credentials to their state": (ALL, {})},
    "audit": {"Read all credentials": (READ, {}), "Compare them with the list, and change nothing": (ALL, {"fail_when_invalid": False})},
    "doctor": {"Examine": ("versori_doctor", {})},
    "export": {"Read all credentials": (READ, {})},
    "rotate": {
        "Read what is there": (READ, {}),
        "Push the new values": (
            ALL,
            {"update_secrets": "auto", "on_drift": "push", "on_unknown": "push", "fail_when_invalid": False},
        ),
    },
}
SPECS = {READ: _options.VERSORI_CREDENTIAL_INFO, ALL: _options.VERSORI_CREDENTIALS, "versori_doctor": _options.VERSORI_DOCTOR}
OWN = {
    "apply": {"versori_credentials": LIST},
    "audit": {"versori_credentials": LIST},
    "doctor": {"versori_doctor_wait": 0},
    "export": {},
    "rotate": {"versori_rotate": [{"name": "Key", "data": {"value": "hunter33-secret"}}], "versori_rotate_wait": 0},
}


def chosen(desk: Any, sim: Any) -> dict[str, Any]:
    """A value for each option that is no default."""
    return {
        "organisation_id": sim.organisation_id,
        "api_url": sim.url,
        "validate_certs": False,
        "ca_path": certifi.where(),
        "timeout": 77.0,
        "retries": 7,
        "cache_plugin": "shared",
        "cache_connection": str(desk.home / "elsewhere"),
        "cache_prefix": "theirs_",
        "fingerprint_key": "kf" * 20,
        "workers": 3,
        "update_secrets": "always",
        "on_drift": "warn",
        "on_unknown": "adopt",
        "fail_when_invalid": True,
    }


@pytest.mark.parametrize(
    ("playbook", "way"),  # the role has a list of its own, the other playbooks share one
    [(playbook, way) for playbook in PLAYBOOKS for way in AUTHENTICATION if playbook in ("apply", "audit") or way == "api_key"],
)
def test_each_option_reaches_each_task(desk, sim, playbook, way):
    sim.add("string", "Key", {"value": "old"})
    (desk.home / ".versori").mkdir()
    (desk.home / ".versori/config.yaml").write_text(json.dumps({"contexts": {"work": {"jwt": sim.jwt}}}))
    keys = {"api_key": sim.api_key, "jwt": sim.jwt, "session_cookie": sim.session_cookie, "context": "work"}
    given = {**chosen(desk, sim), way: keys[way]}
    assert set(given) == {
        name
        for name in {**_options.ORGANISATION, **_options.CONNECTION, **_options.MEMORY, **_options.POLICY}
        if name not in AUTHENTICATION or name == way
    } | {"workers"}

    run = desk(playbook, env=ENVIRONMENT, **OWN[playbook], **{f"versori_{name}": value for name, value in given.items()})
    assert run.code == 0, run.printed
    for label, (module, its_own) in PLAYBOOKS[playbook].items():
        arguments = run[label].invocation["module_args"]
        spec = SPECS[module]
        for name, value in {**given, **its_own}.items():
            if name not in spec:
                continue
            if spec[name].get("no_log"):
                assert arguments[name] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", f"{label}: {name}"
            else:
                assert arguments[name] == value, f"{label}: {name}"
    header, value = {
        "api_key": ("authorization", f"Bearer {sim.api_key}"),
        "session_cookie": ("cookie", sim.session_cookie),
    }.get(way, ("authorization", f"JWT {sim.jwt}"))
    assert {request.headers[header] for request in sim.requests} == {value}
    if playbook in ("apply", "rotate"):
        assert any(path.name.startswith("theirs_") for path in (desk.home / "elsewhere").iterdir())
        assert not desk.memory.exists()


def test_a_file_of_the_users_own_by_that_name_is_not_taken(desk, sim):
    """A playbook of a project imports the collection's, as AWX needs it; the list is found beside the latter."""
    (desk.cwd / "vars").mkdir()
    for folder in (desk.cwd, desk.cwd / "vars"):
        (folder / "options.yml").write_text("versori_group_defaults: {api_url: 'http://127.0.0.1:1'}\n")
    (desk.cwd / "vars/vars").symlink_to(".")
    (desk.cwd / "audit.yml").write_text("- import_playbook: versori.platform.audit\n")
    run = desk.run(str(desk.cwd / "audit.yml"), ["-e", json.dumps({"versori_api_url": sim.url, "versori_retries": 3})])
    assert run.code == 0, run.printed
    assert run["Read all credentials"].invocation["module_args"]["retries"] == 3
