# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action plugins share: how a module goes to another host, what is believed of its answer, what each request is given."""

import copy
import json
from typing import Any

import pytest
import urllib3
from ansible import constants
from ansible.playbook.task import Task
from ansible.plugins import loader as plugins
from ansible.template import Templar
from ansible_collections.versori.platform.plugins.module_utils._core.actions import CREATE, LIST, READ
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.plugin_utils import _action

from tests.playing import INFO, WAYS, controller, play

ORG = "01HFS2NEAZ6ECZBZMN4FF775P7"
CONNECTION = {"api_url": "http://127.0.0.1:9/v1", "api_key": "hush-key", "timeout": 7.0, "retries": 0}


@pytest.fixture
def action(monkeypatch):
    """An action plugin of a task that is delegated; what its modules are given is in `requests`, what they answer in `results`."""
    monkeypatch.setattr(_action, "_kept", {})
    loader, context = controller()
    context = copy.copy(context)
    task = Task.load({"name": "a task", "ansible.builtin.debug": {}}, loader=loader)
    connection = plugins.connection_loader.get("local", context, "/dev/null")
    connection.transport = "ssh"
    action = _action.VersoriAction(task, connection, context, loader, Templar(loader=loader, variables={}), plugins)
    action._task_vars, action.options, action._sources = {}, dict(CONNECTION), {}
    action.requests, action.results = [], []

    def execute_module(name: str, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        assert name == "versori.platform.versori_delegate"
        action.environment_of_the_module = task.environment
        action.requests.append(json.loads(next(iter(args["request"]))))
        return action.results.pop(0)

    action._execute_module = execute_module
    return action


def answered(*answers: Any, known: Any = None) -> dict[str, Any]:
    return {"answers": json.dumps(answers), "known": known or {}, "changed": False}


DIFFERENT = ({"become": True}, {"has_pipelining": False}, {"keep_remote_files": True}, {"wrap_async": True}, {"module_style": "old"})


@pytest.mark.parametrize(("differs", "sure"), [({}, True), *((differs, False) for differs in DIFFERENT)], ids=str)
@pytest.mark.parametrize("chosen", [False, True])
def test_secrets_go_over_standard_input_where_that_surely_works(action, monkeypatch, differs, sure, chosen):
    """Whatever the user has chosen; with become it stays the user's choice, for sudo may want a terminal."""
    monkeypatch.setattr(action._connection, "has_pipelining", differs.get("has_pipelining", True))
    monkeypatch.setattr(action._connection, "get_option", lambda name: name == "pipelining" and chosen)
    monkeypatch.setattr(constants, "DEFAULT_KEEP_REMOTE_FILES", differs.get("keep_remote_files", False))
    action._play_context.become = differs.get("become", False)
    expected = sure or (chosen and "become" in differs)
    assert action._is_pipelining_enabled(differs.get("module_style", "new"), differs.get("wrap_async", False)) is expected


def test_with_become_a_module_is_needed_on_the_controller_too(action):
    action._connection.transport = "local"
    assert action.is_local
    action._play_context.become = True
    assert not action.is_local


def test_no_token_is_in_the_environment_of_a_module(action):
    """`environment:` becomes a part of the command line over there; `until` reads the task's own again."""
    action._task.environment = given = [{"VERSORI_API_KEY": "hush-key", "HTTPS_PROXY": "http://proxy:3128"}]
    action.results = [answered([])]
    action._carry_out([(LIST, ORG)], 1, ())
    assert action.environment_of_the_module == [{"HTTPS_PROXY": "http://proxy:3128"}]
    assert action._task.environment is given


KNOWN = {ORG: {"mail": ["01KK9J6VFKZSB86BQQT8903TMY"]}}


LOST = [{}, {"failed": True, "msg": "killed"}, answered(known=KNOWN), {"answers": 7, "known": KNOWN}, "another task"]


@pytest.mark.parametrize("lost", LOST, ids=["no", "dead", "few", "odd", "another task"])
def test_names_that_are_known_are_forgotten_where_a_module_did_not_answer(action, lost):
    """It may have created or deleted by then, so a name that was known before may be another's. Another task starts with none."""
    action.results = [answered([], known=KNOWN), *([] if lost == "another task" else [lost]), answered([])]
    for _request in action.results[:]:
        action._carry_out([(LIST, ORG)], 1, ())
        if lost == "another task":
            action._task = action._task.copy()
            action._task._uuid = lost
    assert [request["known"] for request in action.requests] == ([{}, {}] if lost == "another task" else [{}, KNOWN, {}])


@pytest.mark.parametrize(
    ("kind", "result", "maybe_applied"),
    [
        (CREATE, {"msg": "killed by hush-key"}, True),
        (CREATE, answered(), False),  # it said so before its first action
        (READ, {"msg": "killed by hush-key"}, False),
    ],
)
def test_a_module_that_died_may_have_written(action, kind, result, maybe_applied):
    action.results = [result]
    [lost] = action._carry_out([(kind, ORG)], 1, ("hush-secret",))
    assert isinstance(lost, Failure) and "The module failed on the host that the task runs on" in lost.msg
    assert lost.maybe_applied is maybe_applied
    assert "hush" not in lost.msg


@pytest.mark.parametrize("way", WAYS)
def test_the_task_s_timeout_is_that_of_each_request(monkeypatch, way):
    given = []

    def urlopen(*_args: Any, timeout: urllib3.Timeout, **_options: Any) -> None:
        given.append((timeout.connect_timeout, timeout.total))
        raise urllib3.exceptions.ProtocolError("cut")

    monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", urlopen)
    result = play(INFO, {**CONNECTION, "organisation_id": ORG}, way=way)
    assert result["failed"] and given == [(7.0, 7.0)]


def test_a_warning_can_be_printed_whatever_it_quotes(action):
    action.act = lambda: {"changed": False, "warnings": ["named\x1b[2J\nok: [localhost]"]}
    assert action.run()["warnings"] == ["named\\x1b[2J ok: [localhost]"]
