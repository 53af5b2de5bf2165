# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task of a play in this process: the real action plugin with Ansible's own task, loader and templar around it.

It proves what a run of ansible-playbook would, in a thousandth of the time; what only a whole run shows (callbacks, forks,
how the command line ends) is left to tests/acceptance.
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins import loader as plugins
from ansible.template import Templar
from ansible.utils.collection_loader import AnsibleCollectionConfig
from ansible_collections.versori.platform.plugins.action import (
    versori_credential,
    versori_credential_info,
    versori_credentials,
)
from ansible_collections.versori.platform.plugins.module_utils._api.credentials import CredentialsApi
from ansible_collections.versori.platform.plugins.plugin_utils import _action

ONE, MANY, INFO = versori_credential, versori_credentials, versori_credential_info


@functools.cache
def _controller() -> tuple[DataLoader, PlayContext, Any]:
    if AnsibleCollectionConfig.collection_finder is None:
        plugins.init_plugin_loader()
    with contextlib.suppress(ImportError, RuntimeError):  # from ansible-core 2.19 on; another test may have been first
        from ansible.parsing.vault import VaultSecretsContext

        VaultSecretsContext.initialize(VaultSecretsContext(secrets=[]))
    context = PlayContext()
    context.connection = "local"
    return DataLoader(), context, plugins.connection_loader.get("local", context, "/dev/null")


def play(
    module: Any,
    args: Any,
    check_mode: bool = False,
    diff: bool = False,
    environment: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The result of one task, as callbacks and ``register`` get it.

    :param module: :data:`ONE`, :data:`MANY` or :data:`INFO`.
    :param args: the module's options; a value that YAML could not give is handed over all the same.
    """
    loader, context, connection = _controller()
    task = Task.load({"name": "a task", "ansible.builtin.debug": {}}, loader=loader)
    task.args, task.check_mode, task.diff = args, check_mode, diff
    task.environment = [environment or {}]
    action = module.ActionModule(task, connection, context, loader, Templar(loader=loader, variables={}), plugins)
    try:
        return action.run(task_vars={"inventory_hostname": "localhost"})
    finally:
        _forget_connections()


def _forget_connections() -> None:
    """A worker process of Ansible's ends with its task; this one does not."""
    for one in _action._kept.values():
        if isinstance(one, CredentialsApi):
            one.client.close()
    _action._kept.clear()
