# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what a run's tasks returned as JSON, so that the demo judges results and not text."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: demo_record
type: aggregate
short_description: Records the results of a run for the demo
description:
  - Writes them to the file that the environment variable DEMO_RECORD names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "demo_record"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.tasks: dict[str, Any] = {}

    def v2_runner_on_ok(self, result: Any) -> None:
        self._keep(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._keep(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        recap = {host: stats.summarize(host) for host in stats.processed}
        with open(os.environ["DEMO_RECORD"], "w", encoding="utf-8") as file:
            json.dump({"tasks": self.tasks, "recap": recap}, file, default=str)

    def _keep(self, result: Any) -> None:
        # ansible-core 2.19 gave these public names
        task = result.task if hasattr(result, "task") else result._task
        self.tasks[task.get_name()] = dict(result.result if hasattr(result, "result") else result._result)
