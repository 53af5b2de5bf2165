# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task of a play in this process: the real action plugin with Ansible's own task, loader and templar around it.

It proves what a run of ansible-playbook would, in a thousandth of the time; what only a whole run shows (templates, loops,
callbacks, what is printed, how a module travels to another host) is left to tests that start ansible-playbook. Where a task
has to die, or two have to meet, `Forks` in tests/acceptance/forks.py plays it in a process of its own.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins import loader as plugins
from ansible.template import Templar
from ansible.utils.collection_loader import AnsibleCollectionConfig

if "ansible_collections" not in sys.modules:
    # Once a collection is imported without Ansible's loader, those of other folders cannot be found any more: in a fork they are needed.
    plugins.init_plugin_loader()

from ansible_collections.versori.platform.plugins.action import (
    versori_credential,
    versori_credential_info,
    versori_credentials,
    versori_doctor,
    versori_state,
)
from ansible_collections.versori.platform.plugins.module_utils import _module
from ansible_collections.versori.platform.plugins.module_utils._api.credentials import CredentialsApi
from ansible_collections.versori.platform.plugins.plugin_utils import _action

HERE, ELSEWHERE = "here", "elsewhere"
WAYS = (HERE, ELSEWHERE)  # on the controller, and delegated to another host

ONE, MANY, INFO, DOCTOR, STATE = (
    f"versori.platform.versori_{name}" for name in ("credential", "credentials", "credential_info", "doctor", "state")
)
_ACTIONS = {
    ONE: versori_credential,
    MANY: versori_credentials,
    INFO: versori_credential_info,
    DOCTOR: versori_doctor,
    STATE: versori_state,
}


@functools.cache
def controller() -> tuple[DataLoader, PlayContext]:
    """What a run of Ansible has before its first task."""
    if AnsibleCollectionConfig.collection_finder is None:
        plugins.init_plugin_loader()
    with contextlib.suppress(ImportError, RuntimeError):  # from ansible-core 2.19 on; another test may have been first
        from ansible.parsing.vault import VaultSecretsContext

        VaultSecretsContext.initialize(VaultSecretsContext(secrets=[]))
    context = PlayContext()
    context.connection = "local"
    plugins.connection_loader.get("local", context, os.devnull)  # the first one takes long
    return DataLoader(), context


def play(
    module: str, args: Any, check_mode: bool = False, diff: bool = False, environment: dict[str, str] | None = None, way: str = HERE
) -> dict[str, Any]:
    """The result of one task, as callbacks and ``register`` get it.

    :param module: :data:`ONE`, :data:`MANY`, :data:`INFO` or, on the controller, :data:`DOCTOR` or :data:`STATE`.
    :param args: the module's options; a value that YAML could not give is handed over all the same.
    :param environment: the task's ``environment:``.
    :param way: with :data:`ELSEWHERE`, its requests are made by the module that is sent to another host.
    """
    loader, context = controller()
    task = Task.load({"name": "a task", "ansible.builtin.debug": {}}, loader=loader)
    task.args, task.check_mode, task.diff = args, check_mode, diff
    task.environment = [environment or {}]
    connection = plugins.connection_loader.get("local", context, os.devnull)
    connection.transport = "local" if way == HERE else "elsewhere"
    action = _ACTIONS[module].ActionModule(task, connection, context, loader, Templar(loader=loader, variables={}), plugins)
    action.run_module = functools.partial(_run_module, action)
    try:
        return dict(action.run(task_vars={"inventory_hostname": "localhost"}))
    finally:
        _forget_connections()


class _Exit(Exception):
    """A module has ended."""


class _Module:
    """What a module on another host sees of Ansible: its options came as JSON, and as JSON goes its result."""

    def __init__(self, args: dict[str, Any]) -> None:
        self.params = json.loads(json.dumps(args))
        self.no_log_values: set[str] = set()

    def exit_json(self, **result: Any) -> None:
        self.result = json.loads(json.dumps(result))
        raise _Exit

    def fail_json(self, **result: Any) -> None:
        self.exit_json(failed=True, **result)


def _run_module(action: Any, name: str, args: dict[str, Any]) -> dict[str, Any]:
    """The module of a delegated task, in this process too."""
    assert name == "versori_delegate"
    module = _Module(args)
    with contextlib.suppress(_Exit), action.proxies_of_the_task():
        _module.carry_out(module)
    return module.result


def _forget_connections() -> None:
    """A worker process of Ansible's ends with its task; this one does not."""
    for kept in _action._kept.values():
        if isinstance(kept, CredentialsApi):
            kept.client.close()
    _action._kept.clear()
