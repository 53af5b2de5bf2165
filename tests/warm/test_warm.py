# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process that was forked warm does is what the same command does from a cold start."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import warm
from tests.acceptance.running import ELSEWHERE, WAYS, Controller, task
from tests.simulator import Simulator

pytestmark = pytest.mark.skipif(warm.COLD, reason="TEST_COLD is set: everything starts cold")


@pytest.fixture(scope="module")
def sim():
    with Simulator() as simulator:
        yield simulator


def cold(command, environ, folder):
    return subprocess.run(command, env=environ, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


BOTH = (warm.run, cold)
CFG = "[defaults]\nforks = 3\nfact_caching_timeout = 7\nstdout_callback = minimal\n[privilege_escalation]\nbecome = true\n"
SETTINGS = {
    "none": ({}, None),
    "in the environment": (
        {
            "ANSIBLE_FORKS": "2",
            "ANSIBLE_NOCOLOR": None,
            "ANSIBLE_FORCE_COLOR": "1",
            "ANSIBLE_ROLES_PATH": "/nowhere",
            "ANSIBLE_LOG_PATH": "log",
            "ANSIBLE_COLLECTIONS_PATH": "/nowhere/else",
        },
        None,
    ),
    "ansible.cfg in the working folder": ({}, "cwd/ansible.cfg"),
    "ansible.cfg in the home": ({}, "home/.ansible.cfg"),
    "a file of ANSIBLE_CONFIG": ({"ANSIBLE_CONFIG": "../ansible/mine.cfg"}, "ansible/mine.cfg"),
    "another home for Ansible": ({"ANSIBLE_HOME": None}, None),
}


@pytest.mark.parametrize("settings", SETTINGS)
def test_settings_are_those_of_the_run(sim, tmp_path, settings):
    """All of Ansible's settings, each with where it comes from."""
    more, file = SETTINGS[settings]
    controller = Controller(tmp_path, sim)
    if file:
        (tmp_path / file).write_text(CFG)
    command = ["ansible-config", "dump", "--type", "all"]
    first, second = (run(command, controller.environ(more), controller.cwd) for run in BOTH)
    for one in (first, second):
        one.stdout = re.sub(r"ansible-local-\w+", "<own>", one.stdout)
    assert vars(first) == vars(second)
    assert ("FORKS(" in first.stdout) is (first.returncode == 0) is True
    if file:
        assert str((tmp_path / file).resolve()) in first.stdout


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("args", [[], ["-vvv"], ["--check"], ["--syntax-check"], ["--no-such-option"]], ids=" ".join)
def test_a_run_prints_and_reports_the_same(sim, tmp_path, monkeypatch, way, args):
    runs = []
    for folder, start in zip("ab", BOTH, strict=True):
        monkeypatch.setattr(warm, "run", start)
        sim.reset()
        controller = Controller(tmp_path / folder, sim, way)
        runs.append(
            controller.play(
                task("new", type="string", name="one", data={"value": "secret-1"}),
                task("same", type="string", name="one", data={"value": "secret-1"}),
                task("bad", type="string", name="", data={"value": "secret-1"}),
                {"name": "other", "ansible.builtin.command": "id -un"},
                {"name": "set", "ansible.builtin.set_fact": {"one": "{{ lookup('env', 'HOME') }}"}},
                args=args,
                environment={"VERSORI_TIMEOUT": "7"},
            )
        )
    first, second = runs
    assert first.code == second.code
    assert first.modules_shipped == second.modules_shipped
    assert [one.comparable for one in first.results if one.label != "other"] == [
        one.comparable for one in second.results if one.label != "other"
    ]
    if args != ["-vvv"]:  # which tells process ids and times
        assert _steady(first.printed, tmp_path) == _steady(second.printed, tmp_path)


def _steady(text: str, folder: Path) -> str:
    """Without what no two runs share. Ansible breaks its warnings into lines, in the middle of a path too."""
    text = re.sub(r"\s+", "", text)
    return re.sub(rf"{folder}/[ab]|\d\d\d\d-\d\d-\d\dT[\d:.]+Z|\b01[A-Z0-9]{{24}}\b|[0-9a-f]{{40}}", "<own>", text)


SCRIPT = """#!/usr/bin/env python
import atexit, json, os, sys
atexit.register(print, "at exit")
print(json.dumps({
    "argv": sys.argv, "path": sys.path, "environ": dict(os.environ), "cwd": os.getcwd(), "umask": os.umask(0), "name": __name__,
    "stdin": sys.stdin.read(), "flags": str(sys.flags), "executable": sys.executable, "streams": [
        str(one.encoding) + one.errors + str(one.line_buffering) for one in (sys.stdin, sys.stdout, sys.stderr)
    ],
    "tests": [name for name in sys.modules if name.partition(".")[0] in ("tests", "server", "pytest")],
}))
"""
ENDS = {
    "well": "",
    "with a code": "sys.exit(3)",
    "with words": "sys.exit('words')",
    "with an exception": "raise ValueError('x')",
    "at once": "sys.stdout.flush(); os._exit(4)",
    "by a signal": "import signal; os.kill(os.getpid(), signal.SIGTERM)",
    "interrupted": "import signal; os.kill(os.getpid(), signal.SIGINT)",
}


def _without_trace(text: str) -> str:
    return text.rstrip().rpartition("\n")[2]  # a warm process has more frames


@pytest.mark.parametrize("end", ENDS)
def test_a_script_finds_what_it_would_find_and_ends_as_it_would(tmp_path, end):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT + ENDS[end])
    script.chmod(0o755)
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "ONLY_HERE": "x"}
    old = os.umask(0o027)
    try:
        first, second = (run([str(script), "one", "--two"], environ, tmp_path) for run in BOTH)
    finally:
        os.umask(old)
    assert first.returncode == second.returncode
    assert first.stdout == second.stdout
    assert _without_trace(first.stderr) == _without_trace(second.stderr)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("how", ["file", "stdin"])
def test_so_does_a_program_that_the_interpreter_gets(tmp_path, end, how):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT + ENDS[end])
    answers = []
    for python in (warm.interpreter(), sys.executable):
        command = [python] if how == "stdin" else [python, str(script), "one"]
        given = script.read_text() if how == "stdin" else "what it reads"
        answers.append(subprocess.run(command, cwd=tmp_path, input=given, capture_output=True, text=True, check=False))
    first, second = answers
    assert first.returncode == second.returncode
    assert first.stdout == second.stdout
    assert _without_trace(first.stderr) == _without_trace(second.stderr)


@pytest.mark.parametrize("name, value", [("PYTHONOPTIMIZE", "1"), ("PYTHONDONTWRITEBYTECODE", "x"), ("LC_ALL", "C")])
def test_what_python_reads_at_its_start_is_not_forgotten(tmp_path, name, value):
    script = tmp_path / "script.py"
    script.write_text("#!/usr/bin/env python\nimport sys, locale; print(sys.flags, locale.setlocale(locale.LC_CTYPE))")
    script.chmod(0o755)
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", name: value}
    expected = cold([str(script)], environ, tmp_path).stdout
    assert warm.run([str(script)], environ, tmp_path).stdout == expected
    assert cold([warm.interpreter(), str(script)], environ, tmp_path).stdout == expected
    assert cold([warm.interpreter(), "-c", "print('as ever')"], environ, tmp_path).stdout == "as ever\n"


def test_nobody_goes_on_who_is_not_waited_for(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import os, time; print(os.getpid(), flush=True); time.sleep(100_000)")
    with subprocess.Popen([warm.interpreter(), str(script)], stdout=subprocess.PIPE, text=True) as process:
        pid = int(process.stdout.readline())
        assert pid != process.pid
        process.kill()
    while Path(f"/proc/{pid}").exists() or (not Path("/proc").exists() and _alive(pid)):
        time.sleep(0.01)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


WHERE = """
import sys
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.versori.platform.plugins.module_utils._core import plan

module = AnsibleModule({})
files = {
    name: getattr(one, "__file__", None)
    for name, one in sys.modules.items()
    if name.startswith("ansible") and one.__name__ == name  # and not a name of Ansible's for something of Python's
}
module.exit_json(files=files, plan=plan.__file__)
"""


def test_a_shipped_module_runs_what_was_shipped(sim, tmp_path):
    """Whatever is Ansible's or ours comes out of the zip file that the controller has packed."""
    controller = Controller(tmp_path, sim, ELSEWHERE)
    (controller.cwd / "where.py").write_text(WHERE)
    result = controller.play({"name": "where", "where": {}}, env={"ANSIBLE_LIBRARY": str(controller.cwd)})["where"]
    files = {name: file for name, file in result.files.items() if file}
    assert len(files) > 10
    assert [file for file in files.values() if "payload.zip/" not in file] == []
    assert result.plan.endswith("payload.zip/ansible_collections/versori/platform/plugins/module_utils/_core/plan.py")


def test_modules_that_are_kept_warm_are_as_cold_ones(tmp_path):
    """Those of ansible-core are complete, and none has read a setting."""
    script = tmp_path / "script.py"
    script.write_text(
        "#!/usr/bin/env python\nimport importlib, json, sys\n"
        "names = sys.argv[1:] or [name for name in sys.modules if name.partition('.')[0] == 'ansible']\n"
        "print(json.dumps({name: sorted(vars(importlib.import_module(name))) for name in names}))\n"
    )
    script.chmod(0o755)
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    kept = json.loads(warm.run([str(script)], environ, tmp_path).stdout)
    assert len(kept) > 20
    assert "ansible.constants" not in kept
    fresh = json.loads(cold([str(script), *kept], environ, tmp_path).stdout)
    kept.pop("ansible.module_utils.six.moves", None)  # fills itself as it is used
    for name, content in kept.items():
        modules = {one.rpartition(".")[2] for one in [*kept, *fresh] if one.rpartition(".")[0] == name}
        assert set(content) - modules - {"compile"} == set(fresh[name]) - modules, name
