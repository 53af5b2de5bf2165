# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules themselves, as another host runs them."""

import json
from importlib import import_module

import pytest
from ansible.module_utils import basic

SECRET = "planted-alone-9912"
# Imported before any test can put another finder of collections in the way.
NAMES = ("versori_credential", "versori_credentials", "versori_credential_info", "versori_state", "versori_delegate")
MODULES = {name: import_module(f"ansible_collections.versori.platform.plugins.modules.{name}") for name in NAMES}


@pytest.fixture
def run(monkeypatch, capsys):
    def run(name, /, **args):
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": args}).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        with pytest.raises(SystemExit) as end:
            MODULES[name].main()
        return end.value.code, json.loads(capsys.readouterr().out)

    return run


CREDENTIAL = {"name": "x", "type": "string", "data": {"value": SECRET}}


CONNECTED = {"organisation_id": "01HFS2NEAZ6ECZBZMN4FF775P7", "api_key": "a-key"}
CALLS = [
    (NAMES[0], {**CONNECTED, **CREDENTIAL}),
    (NAMES[1], {**CONNECTED, "credentials": [CREDENTIAL]}),
    (NAMES[2], CONNECTED),
    (NAMES[3], {"forget_all": True}),
]


@pytest.mark.parametrize(("name", "args"), CALLS)
def test_without_its_action_plugin_a_module_does_nothing(run, name, args):
    code, said = run(name, **args)
    assert code == 1 and said["failed"]
    said.pop("_ansible_new_secrets", None)  # how ansible-core 2.22 tells the controller what to hide; it is never shown
    assert said["msg"].startswith("This module is only the documentation of its action plugin: ")
    assert SECRET not in str(said)


def test_an_exception_that_nobody_has_foreseen_is_told_without_its_text(run, monkeypatch):
    def broken(_options, _sources):
        raise ValueError(SECRET)

    monkeypatch.setattr("ansible_collections.versori.platform.plugins.module_utils._module.read_connection", broken)
    code, said = run("versori_delegate", request={'{"connection": {}, "sources": {}, "workers": 1}': None})
    assert code == 1 and said["failed"]
    assert "This is a bug in versori.platform: ValueError at " in said["msg"]
    assert SECRET not in str(said)
