# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs in a fork (see forks.py). Importing this loads Ansible, once for all forks."""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins import loader as plugins
from ansible.template import Templar

HERE = Path(__file__).parent

plugins.init_plugin_loader()
plugins.connection_loader.add_directory(str(HERE / "connection_plugins"))
for _name in ("versori_credential", "versori_credentials"):
    plugins.action_loader.get(f"versori.platform.{_name}", class_only=True)


def run(sending: Any, plan: dict[str, Any]) -> None:
    """Run the task, as often as wanted, and send the results."""
    os.environ.update(
        HOME=plan["home"],
        ANSIBLE_PIPELINING="1",
        ELSEWHERE_LOG=os.devnull,
        PYTHONPATH=str(HERE / "dying"),  # for modules that are shipped
        DYING=json.dumps({**plan["dying"], "top": os.getpid()}),
    )
    runpy.run_path(str(HERE / "dying/sitecustomize.py"))
    sending.send(json.dumps([_act(plan) for _time in range(plan["times"])], default=str))


def _act(plan: dict[str, Any]) -> dict[str, Any]:
    loader = DataLoader()
    task = Task.load({"name": "in a fork", plan["module"]: plan["args"]}, loader=loader)
    task.check_mode, task.diff = plan["check"], True
    context = PlayContext()
    connection = plugins.connection_loader.get("elsewhere" if plan["shipped"] else "local", context, os.devnull)
    connection.set_options()
    variables = {"inventory_hostname": "somewhere", "ansible_python_interpreter": sys.executable}
    action = plugins.action_loader.get(
        plan["module"],
        task=task,
        connection=connection,
        play_context=context,
        loader=loader,
        templar=Templar(loader=loader, variables=variables),
        shared_loader_obj=plugins,
    )
    return action.run(task_vars=variables)
