# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs on a host that a task is delegated to.

The action plugin on the controller decides and remembers; it ships the module to do single steps from that host's place in
the network.
"""

from __future__ import annotations

import json
import typing as t

from ._api.client import Client
from ._api.connection import read_connection
from ._api.credentials import CredentialsApi
from ._core.failure import Failure, bug
from ._core.masking import OtherSecrets
from ._core.steps import Step, answer_as_dict
from ._doctor.examine import examine_account
from ._workers import each


def run_module(module: t.Any) -> None:
    """Do the shipped steps and exit with their answers."""
    # Ansible masks every no_log value in every string of a result, inside ids and times too: a secret "ab" would turn the id
    # 80AB23 into 80********23, and the controller would go on with that. Every text in an answer has been through our
    # own Mask, which knows which strings are ids and times, so the blanket one is switched off for the answers.
    module.no_log_values = set()
    _exit(module, lambda: _run(module))


def run_doctor(module: t.Any) -> None:
    """Examine the account from this host's place in the network, and exit with the report."""
    _exit(module, lambda: examine_account(module.params, module.check_mode))


def _exit(module: t.Any, do: t.Callable[[], dict[str, t.Any]]) -> None:
    """Exit with a result, or a failure.

    As in an action plugin, that is told after its exception is over: Ansible would add its traceback, if so configured.
    """
    try:
        result = do()
    except Failure as failure:
        result = {"answers": [], **failure.as_result()}  # it comes before the first step: nothing was sent
    except Exception as problem:
        result = bug(problem).as_result()
    if result.pop("failed", False):
        module.fail_json(invocation={}, **result)
    module.exit_json(invocation={}, **result)


def _run(module: t.Any) -> dict[str, t.Any]:
    options = module.params
    if not options["_request"]:
        raise Failure("This module only does steps for its action plugin on the controller: run it with ansible-playbook or ansible.")
    request = json.loads(next(iter(options["_request"])))
    workers = options.get("workers") or 1
    api = CredentialsApi(Client(read_connection(options), workers), OtherSecrets(request["others"]), request["known"])
    steps = [Step.from_dict(plain) for plain in request["steps"]]
    answers = [answer_as_dict(answer) for answer in each(api, steps, workers)]
    return {"answers": answers, "known": api.names.as_dict(), "changed": False}
