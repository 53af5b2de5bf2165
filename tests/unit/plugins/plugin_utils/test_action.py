# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action plugins share: how a module goes to another host, what is believed of its answer, what each request is given."""

import ast
import copy
import json
from pathlib import Path
from typing import Any

import pytest
import urllib3
from ansible import constants
from ansible.errors import AnsibleConnectionFailure
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


@pytest.mark.parametrize("no_log", [False, True])
@pytest.mark.parametrize("version", ["2.18.1", "2.19.0", "2.20.10", "2.21.5"])
@pytest.mark.parametrize("failed", [{}, {"failed": True}], ids=["fine", "failed"])
def test_no_log_hides_what_ansible_prints_all_the_same(action, monkeypatch, no_log, version, failed):
    """It stays in what is registered. A failure is made of any result later, by `failed_when` for one; of two versions, Ansible takes
    `results` for those of a loop."""
    monkeypatch.setattr(_action, "ansible_version", version)
    lines = []
    monkeypatch.setattr(_action.display, "vvv", lambda line, host: lines.append(line))
    action._task.no_log = no_log
    action.act = lambda: {**failed, "msg": "name", "warnings": ["name"], "results": [{"name": "name"}]}
    result = action.run()
    action._log_request("GET /name")
    marked = no_log and version in ("2.19.0", "2.20.10")
    assert result["results"] == [{"name": "name", "_ansible_no_log": True} if marked else {"name": "name"}]
    if no_log:
        assert (result["msg"], result["hidden"], lines) == (_action.HIDDEN, {"msg": "name", "warnings": ["name"]}, [])
        assert "warnings" not in result
    else:
        assert (result["msg"], result["warnings"], lines) == ("name", ["name"], ["versori.platform: GET /name"])
        assert "hidden" not in result


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


SSH = "Shared connection to bastion closed.\r\n"
TRACEBACK = 'Traceback (most recent call last):\n  File "x", line 1\n'


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (
            {"msg": "MODULE FAILURE\nSee stdout/stderr", "module_stderr": f"{TRACEBACK}OSError: [Errno 28] No space left\n", "rc": 1},
            "OSError: [Errno 28] No space left",
        ),
        ({"msg": "MODULE FAILURE", "module_stderr": SSH, "module_stdout": f"{TRACEBACK}MemoryError\r\n", "rc": 1}, "MemoryError"),
        (
            {"msg": "MODULE FAILURE", "module_stderr": SSH, "module_stdout": '{"answers": "hush"}', "rc": 1},
            "it ended with the code 1, and did not say why",
        ),
        ({"msg": "MODULE FAILURE", "module_stderr": "Killed", "module_stdout": "", "rc": 137}, "Killed"),
        ({"msg": "x", "module_stderr": f"a hush-key b\x1b[2J hush-secret {'y' * 400}"}, f"a ******** b\\x1b[2J ******** {'y' * 271}…"),
        ({"msg": "the line is cut"}, "the line is cut"),
        ({}, "it did not answer"),
    ],
)
def test_what_the_host_said_is_told(action, result, reason):
    action.results = [result]
    [lost] = action._carry_out([(LIST, ORG)], 1, ("hush-secret",))
    began = "The module failed on the host that the task runs on: "
    said = lost.msg.removeprefix(began)
    assert lost.msg == f"{began}{said}" and "hush" not in said
    assert said == f"{reason}."


def test_what_the_module_said_there_is_told_as_it_is(action):
    action.results = [{"msg": f"no hush-secret {'y' * 400}.", "answers": "[]", "failed": True}]
    [lost] = action._carry_out([(LIST, ORG)], 1, ("hush-secret",))
    assert lost.msg == f"no ******** {'y' * 400}." and lost.maybe_applied is False


@pytest.mark.parametrize("code", [126, 127])
def test_a_host_that_starts_no_python_says_why_in_its_first_line(action, code):
    action.results = [
        {"rc": code, "module_stderr": "Shared connection to x closed.\r\npyenv: python3: not found\r\nNote: see elsewhere\r\n"}
    ]
    [lost] = action._carry_out([(LIST, ORG)], 1, ())
    assert lost.msg == (
        "No Python could be started on the host that the task runs on (pyenv: python3: not found): set ansible_python_interpreter of "
        "that host to Python 3.9 or newer. Nothing was sent."
    )
    assert lost.maybe_applied is False
    [again] = action._carry_out([(LIST, ORG)], 1, ())  # the next item of a loop
    assert again.msg == f"Not tried: {lost.msg}" and len(action.requests) == 1


@pytest.mark.parametrize(
    ("stdout", "stderr", "version"),
    [
        ("Python 3.8.18\n", "", "Python 3.8.18"),
        ("", "Python 2.7.5\n", "Python 2.7.5"),
        ("cat (GNU coreutils) 9.1\n", "", "no Python"),
        ("Python 3.9.0\n", "", None),
        ("Python 3.13.0rc1", "", None),
        ("Jython", "", None),
    ],
)
def test_a_python_that_is_too_old_is_named(action, stdout, stderr, version):
    asked = []
    action._low_level_execute_command = lambda command: asked.append(command) or {"stdout": stdout, "stderr": stderr, "rc": 0}
    action._used_interpreter = "#!/usr/bin/python3"
    action.results = [{"msg": "MODULE FAILURE", "module_stderr": "SyntaxError: invalid syntax", "rc": 1}]
    [lost] = action._carry_out([(LIST, ORG)], 1, ())
    assert asked == ["/usr/bin/python3 --version"]
    if version:
        assert lost.msg == (
            f"/usr/bin/python3 is {version} on the host that the task runs on, where this collection needs Python 3.9 or newer: "
            f"set ansible_python_interpreter of that host to one. Nothing was sent."
        )
    else:
        assert lost.msg.endswith("SyntaxError: invalid syntax.")
    assert action.old_python({"answers": "[]"}) == ""  # it has run


def test_a_host_that_is_out_of_reach_is_not_asked_for_its_python(action):
    def cut(command: str) -> None:
        raise AnsibleConnectionFailure("cut")

    action._low_level_execute_command, action._used_interpreter = cut, "#!/usr/bin/python3"
    assert action.old_python({}) == ""


def test_what_runs_on_another_host_can_be_read_by_the_least_python():
    folder = Path(_action.__file__).parents[1]
    for path in [*folder.glob("module_utils/**/*.py"), folder / "modules/versori_delegate.py", folder / "modules/versori_doctor.py"]:
        ast.parse(path.read_text(encoding="utf-8"), feature_version=_action.LEAST_PYTHON)


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


@pytest.mark.parametrize(("retries", "opened"), [(None, 1), (3, 2)])
def test_a_memory_that_is_locked_is_waited_for_once_in_a_loop(action, monkeypatch, retries, opened):
    """But again by each attempt of `until`."""
    made = []

    def locked(*_args):
        made.append(1)
        raise Failure("it has been locked for 60 seconds")

    monkeypatch.setattr(_action, "Memory", locked)
    action.options = {**CONNECTION, **dict.fromkeys(("cache_plugin", "cache_connection", "cache_prefix", "fingerprint_key"))}
    action._task.retries = retries
    for _item in range(2):
        with pytest.raises(Failure, match="it has been locked"):
            action.memory  # noqa: B018
    assert len(made) == opened
