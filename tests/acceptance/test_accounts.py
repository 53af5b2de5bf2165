# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs in containers as strict ones are: a user id that the system does not know, as OpenShift gives one, a home that is none, and
file systems that cannot be written."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.acceptance.many import many, string
from tests.acceptance.running import Controller, task
from tests.playing import HERE

USER = {"user": 54321, "group": 0, "extra_groups": []}
NO_HOME = "There is no home folder to keep the memory in: neither HOME nor the user database names one, and nothing is sent without it."


@pytest.fixture
def controller(sim):
    """One whose files are that user's: not below pytest's folder, which nobody else may enter."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    try:
        subprocess.run([sys.executable, "-c", "import ansible_collections.versori.platform"], cwd="/", check=True, **USER)
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip("another user may not read what the tests run with")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield Controller(folder / "controller", sim, HERE)
    shutil.rmtree(folder)


def run(controller, home, **env):
    """Two tasks, of which the second one depends on what is remembered."""
    secret = {"type": "string", "data": {"value": "hush-value"}}
    tasks = [task("one", name="one", **secret), many("again", [string("one", "hush-value")])]
    command = controller.command({"hosts": "localhost", "gather_facts": False, "tasks": tasks})
    for path in [controller.folder, *controller.folder.rglob("*")]:
        os.chown(path, USER["user"], USER["group"])
    temporary = {"ANSIBLE_HOME": None, "ANSIBLE_LOCAL_TEMP": str(controller.folder / "tmp")}  # without one Ansible does not even start
    environ = controller.environ({**temporary, **env})
    environ.pop("HOME")
    environ.update({"HOME": home} if home else {})
    return subprocess.run(command, env=environ, cwd=controller.cwd, capture_output=True, text=True, check=False, **USER)


@pytest.mark.parametrize(
    ("home", "message"),
    [
        (None, NO_HOME),
        ("/", "The memory /.ansible/versori_platform/memory.db cannot be used: Permission denied."),
        ("/nowhere", "The memory /nowhere/.ansible/versori_platform/memory.db cannot be used: Permission denied."),
        ("/usr", "The memory /usr/.ansible/versori_platform/memory.db cannot be used: Permission denied."),
    ],
)
def test_without_a_home_that_can_be_written(controller, sim, home, message):
    done = run(controller, home)
    assert done.returncode == 2
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert sim.requests == []
    assert list(controller.folder.rglob("memory.db")) == []

    memory = controller.folder / "kept"
    done = run(controller, home, VERSORI_CACHE_CONNECTION=str(memory))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok=2    changed=1" in done.stdout
    assert (memory / "versori_platform" / "memory.db").stat().st_uid == USER["user"]


READ_ONLY = 'mount --make-rprivate / && mount -t tmpfs tmpfs "$1" && mount -o remount,bind,ro / && shift && exec "$@"'


@pytest.fixture
def only():
    """Not below pytest's folder: from 2.21 on Ansible makes a socket in it, whose path may have some 100 characters."""
    folder = Path(tempfile.mkdtemp())
    yield folder
    shutil.rmtree(folder)


def test_one_folder_that_can_be_written(sim, tmp_path, only):
    """All else is read-only: the memory's place has to be said."""
    controller = Controller(tmp_path / "controller", sim, HERE)
    inside = ["unshare", "-m", "sh", "-c", READ_ONLY, "sh", str(only)]
    try:
        tried = subprocess.run([*inside, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if tried.returncode:
        pytest.skip(f"nothing can be mounted here: {tried.stderr.strip()}")
    secret = {"type": "string", "data": {"value": "hush-value"}}
    results = {"results_file": str(only / "results.json")}
    tasks = [task("one", name="one", **secret), many("again", [string("one", "hush-value")], **results)]
    command = controller.command({"hosts": "localhost", "gather_facts": False, "tasks": tasks})
    strict = {"ANSIBLE_CALLBACKS_ENABLED": None, "ANSIBLE_HOME": None, "ANSIBLE_LOCAL_TEMP": str(only / "tmp"), "TMPDIR": str(only)}
    for place in (None, str(only / "kept")):
        environ = controller.environ({**strict, "VERSORI_CACHE_CONNECTION": place})
        done = subprocess.run([*inside, *command], env=environ, cwd=controller.cwd, capture_output=True, text=True, check=False)
        if place:
            assert "ok=2    changed=1" in done.stdout, done.stdout + done.stderr
        else:
            assert f"The memory {controller.home}/.ansible/versori_platform/memory.db cannot be used: Read-only file system." in done.stdout
            assert sim.requests == []
