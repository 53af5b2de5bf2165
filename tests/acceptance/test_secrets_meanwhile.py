# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""While a request is under way: what everybody on the machine could see of the processes, what lies in temporary files, and
what a worker that dies of a signal leaves behind."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import tempfile
import time
from pathlib import Path

import pytest

from tests.acceptance.leaks import API_KEY, Places, leaks, planted, secrets
from tests.acceptance.running import Controller
from tests.playing import ELSEWHERE, HERE, MANY, ONE

pytestmark = pytest.mark.timeout(600)
TEXTS = [*secrets("basic-auth", 1), *secrets("binary", 1), API_KEY]


@pytest.fixture(autouse=True, scope="module")
def no_core():
    """A core file is the process's memory, secrets and all: who allows them knows."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


def family(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents.setdefault(int(path.read_text().rpartition(")")[2].split()[1]), []).append(int(path.parent.name))
    found = [pid]
    for one in found:
        found.extend(parents.get(one, ()))
    return found


def visible(pids: list[int]) -> Places:
    """Command lines, environments, titles and open files of processes."""
    places = []
    for pid in pids:
        for name in ("cmdline", "environ", "comm"):
            with contextlib.suppress(OSError):
                places.append((f"{name} of {pid}", (Path("/proc") / str(pid) / name).read_bytes()))
    return places


def files(*folders: Path) -> Places:
    places = []
    for folder in folders:
        for path in folder.rglob("*"):
            with contextlib.suppress(OSError):
                places.append((str(path), path.read_bytes() if path.is_file() else b""))
    return places


DUMP = """
import faulthandler, os
faulthandler.enable(open(os.environ["DUMP_FILE"], "a"), all_threads=True)
"""


@pytest.fixture(
    scope="module", params=[(HERE, "0", signal.SIGABRT), (ELSEWHERE, "0", signal.SIGSEGV), (ELSEWHERE, "1", signal.SIGABRT)], ids=str
)
def snapshot(request, running, tmp_path_factory):
    """What was there while a PUT of a secret was under way, and after the processes that were able to say so died of a signal."""
    way, pipelining, number = request.param
    running.reset()
    controller = Controller(tmp_path_factory.mktemp("snapshot"), running, way)
    with tempfile.TemporaryDirectory(prefix="tmp-") as tmp:  # a path that is short enough for the socket that newer Ansible has in there
        return way, *_look(controller, running, Path(tmp), pipelining, number)


def _look(controller: Controller, sim, tmp: Path, pipelining: str, number: int) -> tuple[Places, Places, Places, bytes]:
    sim.authentication.api_keys = {API_KEY}
    credential = sim.add("basic-auth", "slow", planted("basic-auth", 0))
    sim.fault("delay_before", method="PUT", path=credential, times=None, seconds=100_000)
    wanted = [{"name": name, "type": type, "data": planted(type, 1)} for name, type in (("other", "binary"), ("slow", "basic-auth"))]
    where = {"delegate_to": "bastion"} if controller.way == ELSEWHERE else {}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"wanted": wanted, "key": API_KEY},
        "tasks": [{"name": "slow", MANY: {"credentials": "{{ wanted }}", "api_key": "{{ key }}", "timeout": 3000}, **where}],
    }
    # faulthandler writes into a file here: Ansible's workers have no standard error.
    (controller.inputs / "sitecustomize.py").write_text(DUMP)
    dump = controller.records / "dump"
    env = {"PYTHONFAULTHANDLER": "1", "PYTHONPATH": str(controller.inputs), "DUMP_FILE": str(dump), "ANSIBLE_PIPELINING": pipelining}
    env |= {"TMPDIR": str(tmp), "ANSIBLE_REMOTE_TEMP": str(tmp / "remote"), "VERSORI_API_KEY": None}
    folders = (tmp, controller.home, controller.ansible_home, controller.cwd)
    process = controller.start(controller.command(play), env)
    try:
        while not any(request.method == "PUT" for request in sim.requests):
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        pids = family(process.pid)
        before = visible(pids), files(*folders)
        able = [pid for pid in pids[1:] if any(os.readlink(file) == str(dump) for file in Path(f"/proc/{pid}/fd").iterdir())]
        for pid in reversed(able):  # what waits for the answer first
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        stdout, stderr = process.communicate()
    finally:
        for pid in reversed(family(process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.communicate()
    after = [("stdout", stdout.encode()), ("stderr", stderr.encode()), *files(*folders)]
    return *before, after, dump.read_bytes()


def test_processes_and_temporary_files(snapshot):
    way, processes, temporary, _after, _dump = snapshot
    commands = [content for place, content in processes if place.startswith("cmdline")]
    assert len(commands) >= (4 if way == ELSEWHERE else 2)
    assert any(b"ansible-playbook" in command for command in commands)
    assert leaks(processes + temporary, TEXTS) == []


def test_what_a_dying_process_leaves(snapshot):
    """faulthandler writes where each thread was, and no values."""
    *_before, after, dump = snapshot
    assert b"Fatal Python error" in dump and b"client.py" in dump
    assert leaks([("dump", dump), *after], TEXTS) == []


def test_kept_remote_files_hold_the_arguments_by_ansibles_own_design(sim, tmp_path):
    """As docs/security.md says: ANSIBLE_KEEP_REMOTE_FILES is for looking at a module's arguments, and they are there, for their owner."""
    controller = Controller(tmp_path, sim, ELSEWHERE)
    tmp = controller.home / "tmp"
    task = {"name": "kept", ONE: {"name": "kept", "type": "string", "data": {"value": "{{ secret }}"}}, "delegate_to": "bastion"}
    play = {"hosts": "localhost", "gather_facts": False, "vars": {"secret": "planted-and-kept-33"}, "tasks": [task]}
    env = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TEMP": str(tmp)}
    run = controller.run(play, env=env)
    assert run.code == 0, run.printed
    found = leaks(files(tmp), ["planted-and-kept-33"])
    assert found and all("AnsiballZ" in place for place in found)
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp.rglob("ansible-tmp-*"))
    assert leaks([("printed", run.printed.encode()), *files(controller.ansible_home, controller.cwd)], ["planted-and-kept-33"]) == []
