# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules' files do where they run; the tasks themselves are done by the action plugins on the controller."""

from __future__ import annotations

import json
import typing as t

from ._api.client import Client
from ._api.connection import read_connection
from ._api.credentials import CredentialsApi
from ._core.actions import from_json, to_json
from ._core.failure import Failure, bug
from ._core.masking import OtherSecrets
from ._workers import each


def refuse(module: t.Any) -> None:
    """Exit of a module whose action plugin does the task."""
    msg = "This module is only the documentation of its action plugin: run it with ansible-playbook or ansible."
    module.fail_json(msg=msg, invocation={})  # which would repeat secrets, those of a list's items for example


def carry_out(module: t.Any) -> None:
    """Carry out the actions that an action plugin has sent to this host, and exit with their answers."""
    # Ansible masks every no_log value in every string of a result, inside ids and times too: a secret "ab" would turn the id
    # 80AB23 into 80********23, and the controller would go on with that. Every text in an answer has been through our
    # own Mask, which knows which strings are ids and times, so the blanket one is switched off for the answers.
    module.no_log_values = set()
    exit_with(module, lambda: _carry_out(json.loads(next(iter(module.params["request"])))))


def exit_with(module: t.Any, make_result: t.Callable[[], dict[str, t.Any]]) -> None:
    """Exit with a result, or a failure.

    As in an action plugin, that is told after its exception is over: Ansible would add its traceback, if so configured.
    """
    try:
        result = make_result()
    except Failure as failure:
        result = {"answers": "[]", **failure.as_result()}  # it comes before the first action: nothing was sent
    except Exception as problem:
        result = bug(problem).as_result()
    if result.pop("failed", False):
        module.fail_json(invocation={}, **result)
    module.exit_json(invocation={}, **result)


def _carry_out(request: dict[str, t.Any]) -> dict[str, t.Any]:
    workers = request["workers"]
    lines: list[str] = []
    client = Client(read_connection(request["connection"], request["sources"]), workers, log=lines.append)
    api = CredentialsApi(client, OtherSecrets(request["other_secrets"]), request["known"])
    actions = [[from_json(part) for part in action] for action in request["actions"]]
    answers = each(lambda action: to_json(api(*action)), actions, workers)
    # As a text, in which nothing that the server has sent can mean something to Ansible.
    return {"answers": json.dumps(answers), "known": api.names.as_dict(), "requests": lines, "changed": False}
