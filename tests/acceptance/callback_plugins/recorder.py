# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes down what each task of a run reported, and what server and memory held right after it."""

import contextlib
import json
import os
import sqlite3
import urllib.request
from urllib.parse import quote

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: recorder
type: notification
short_description: Appends each task's result to a file, as one line of JSON
description: For tests. RECORDER_FILE names the file, RECORDER_CONTROL the simulator's control URL, RECORDER_MEMORY a folder.
"""


def records(folder):
    """What the memories below a folder hold, by name; a damaged one holds nothing."""
    held = {}
    for where, _folders, names in os.walk(folder):
        if "memory.db" in names:
            address = f"file:{quote(os.path.join(where, 'memory.db'))}?mode=ro"
            with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(address, uri=True)) as file:
                rows = file.execute("SELECT name, content FROM records WHERE name NOT LIKE '%probe'")
                held.update((os.path.join(where, name), content) for name, content in rows)
    return held


def _plain(value):
    return str(getattr(value, "message", None) or getattr(value, "msg", None) or value)


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "recorder"
    CALLBACK_NEEDS_ENABLED = True

    def _ask(self, what):
        with urllib.request.urlopen(f"{os.environ['RECORDER_CONTROL']}/{what}", timeout=60) as answer:  # noqa: S310
            return json.load(answer)["result"]

    def _note(self, result, how):
        # ansible-core 2.19 took the underscores away and will drop the old names one day.
        content = result.result if hasattr(result, "result") else result._result
        task = result.task if hasattr(result, "task") else result._task
        host = result.host if hasattr(result, "host") else result._host
        # What other callback plugins log of a task: Ansible sends its arguments back beside its result.
        line = {"label": task.get_name(), "how": how, "said": content, "arguments": repr(result._task_fields["args"])}
        line["host"] = host.get_name()
        if "RECORDER_CONTROL" in os.environ:
            line["requests"] = self._ask("counts")["requests"]
            line["state"] = self._ask("state")
        line["memory"] = records(os.environ["RECORDER_MEMORY"])
        with open(os.environ["RECORDER_FILE"], "a") as file:
            file.write(json.dumps(line, default=_plain) + "\n")

    def v2_runner_on_ok(self, result, **kwargs):
        self._note(result, "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False, **kwargs):
        self._note(result, "failed")

    def v2_runner_on_skipped(self, result, **kwargs):
        self._note(result, "skipped")

    def v2_runner_on_unreachable(self, result, **kwargs):
        self._note(result, "unreachable")
