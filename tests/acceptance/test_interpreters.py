# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python that a task runs in, on the controller and on another host, and requests and urllib3 in it: each kind of them, really run."""

from __future__ import annotations

import functools
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
import urllib3

from tests.acceptance.running import Controller, Run, task
from tests.ear import Ear, tunnel
from tests.playing import ELSEWHERE, HERE
from tests.simulator import Simulator

PACKAGES = Path(requests.__file__).parents[1]
LIBRARIES = ("requests", "urllib3", "idna", "certifi", "chardet", "charset_normalizer")
NEEDS = "and needs requests 2.25.0 or newer with urllib3 1.25.10 or newer, both below 3: install them for that Python. Nothing was sent."
STRING = {"name": "x", "type": "string", "data": {"value": "a-secret-value"}}


@functools.cache
def python(version: str) -> str | None:
    """The path of a Python of that version, on PATH or among pyenv's."""
    homes = [os.environ.get("PYENV_ROOT"), f"{pwd.getpwuid(os.getuid()).pw_dir}/.pyenv"]
    folders = [path for home in homes if home for path in sorted(Path(home).glob(f"versions/{version}.*/bin"))]
    found = shutil.which(f"python{version}", path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))
    works = found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0
    return found if works else None


def environment(folder: Path, base: str = sys.executable, libraries: tuple[str, ...] = ()) -> Path:
    """A virtual environment that has nothing but these packages of this one; the folder of its packages."""
    subprocess.run([base, "-m", "venv", "--without-pip", folder], check=True)
    [packages] = folder.glob("lib/python3*/site-packages")
    for name in libraries:
        if (PACKAGES / name).exists():
            (packages / name).symlink_to(PACKAGES / name)
    return packages


def make_old(packages: Path) -> None:
    (packages / "requests").unlink()
    shutil.copytree(PACKAGES / "requests", packages / "requests")
    version = packages / "requests/__version__.py"
    version.write_text(re.sub("(?m)^__version__ = .*", '__version__ = "2.24.0"', version.read_text()))


def make_broken(packages: Path) -> None:
    (packages / "requests.py").write_text("raise AttributeError('no attribute X509')")


CANNOT = "The Python that this task runs in, {path}, cannot import requests and urllib3 "
OLD = "{path} is Python {version} on the host that the task runs on, where this collection needs Python 3.9 or newer: set ansible_python"
NONE = "No Python could be started on the host that the task runs on (/bin/sh"
ONE = "): set ansible_python_interpreter of that host to Python 3.9 or newer. Nothing was sent."
# What is told of each, by the name of its task.
KINDS = {
    **{version: OLD.replace("{version}", version) for version in ("3.6", "3.7", "3.8")},
    "3.9": f"{CANNOT}(No module named 'requests'), {NEEDS}",
    "bare": f"{CANNOT}(No module named 'requests'), {NEEDS}",
    "broken": f"{CANNOT}(no attribute X509), {NEEDS}",
    "old": f"The Python that this task runs in, {{path}}, has requests 2.24.0 and urllib3 {urllib3.__version__}, {NEEDS}",
    "missing": f"{NONE}: {{path}}: not found{ONE}",
    "no program": f"{NONE}: {{path}}: Permission denied{ONE}",
    "auto": f"{NONE}: {{path}}: not found{ONE}",
}


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The interpreter that each task is given, where there is one."""
    folder = tmp_path_factory.mktemp("pythons")
    environment(folder / "bare")
    make_broken(environment(folder / "broken"))
    make_old(environment(folder / "old", libraries=LIBRARIES))
    (folder / "none").touch()
    given = {name: f"{folder}/{name}/bin/python" for name in ("bare", "broken", "old")}
    given |= {"missing": f"{folder}/missing", "no program": f"{folder}/none", "auto": "auto"}
    return given | {name: path for name in KINDS if name[0] == "3" and (path := python(name))}


@pytest.fixture(scope="module")
def run(serving: Simulator, tmp_path_factory: pytest.TempPathFactory, paths: dict[str, str]) -> Iterator[Run]:
    serving.reset()
    controller = Controller(tmp_path_factory.mktemp("controller"), serving, ELSEWHERE)
    tasks = [task(name, {"vars": {"ansible_python_interpreter": path}}, **STRING) for name, path in paths.items()]
    return controller.play(*tasks, env={"ELSEWHERE_HAS_NO_PYTHON": "1"})


@pytest.mark.parametrize("kind", KINDS)
def test_the_python_of_another_host(run, paths, kind):
    """Each is told in a sentence, whatever this ansible-core itself wants of a host, and nothing is sent."""
    if kind not in paths:
        pytest.skip(f"there is no Python {kind} on this machine")
    path = paths[kind] if kind != "auto" else "/usr/bin/no-python3"
    said = run[kind].msg.replace("/usr/bin/no-python:", f"{path}:")  # what ansible-core 2.16 falls back on
    said = re.sub(r"(?<=is Python )(\d+\.\d+)\S*", r"\1", said)
    # dash and bash each say it in their way
    said = re.sub(r"(?<=/bin/sh: )(?:line )?\d+: ", "", said).replace("No such file or directory", "not found")
    assert run[kind].how == "failed" and KINDS[kind].format(path=path) in said, said
    assert run[kind].sent == [] and "a-secret-value" not in run.printed


class WithoutLibraries(Controller):
    """A controller whose Ansible has neither of the two."""

    @functools.cached_property
    def python(self) -> str:
        packages = environment(self.folder / "venv")
        for path in PACKAGES.iterdir():
            if not path.name.startswith(("requests", "urllib3")):
                (packages / path.name).symlink_to(path)
        return str(self.folder / "venv/bin/python")

    def command(self, *args: Any) -> list[str]:
        return [self.python, "-m", "ansible.cli.playbook", *super().command(*args)[1:]]


def test_a_controller_without_them(sim, tmp_path):
    """Whatever ansible_python_interpreter says there; a host that has them does what is delegated to it."""
    controller = WithoutLibraries(tmp_path, sim)
    run = controller.play(
        task("here", {"vars": {"ansible_python_interpreter": sys.executable}}, **STRING),
        task("there", {"delegate_to": "bastion"}, **STRING),
    )
    assert run["here"].msg == f"{CANNOT}(No module named 'requests'), {NEEDS}".format(path=controller.python)
    assert run["here"].sent == [] and run["there"].decision == "created"


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[Simulator, dict[str, str]]]:
    """A server that speaks TLS, and the environment that leads there, through a proxy."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    with Simulator(ssl_certfile=str(tmp_path / "server.pem")) as sim, Ear(tunnel) as proxy:
        yield sim, {"VERSORI_CA_PATH": str(tmp_path / "ca.pem"), "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"}


@pytest.mark.parametrize("way", [HERE, ELSEWHERE])
def test_a_whole_run_with_what_is_here(secure, tmp_path, way):
    """On another host with the least Python, which may be too old for these versions of the libraries; those of RHEL 8 run on it."""
    sim, env = secure
    interpreter, is_too_old = sys.executable, False
    if way == ELSEWHERE:
        least = python("3.9")
        if not least:
            pytest.skip("there is no Python 3.9 on this machine")
        environment(tmp_path / "least", least, LIBRARIES)
        interpreter = f"{tmp_path}/least/bin/python"
        is_too_old = subprocess.run([interpreter, "-c", "import requests"], capture_output=True, check=False).returncode != 0
    controller = Controller(tmp_path / "controller", sim, way)
    sim.fault("unavailable", times=1)
    changes = {"created": STRING, "unchanged": STRING, "rotated": {**STRING, "data": {"value": "another-value"}}}
    tasks = [task(decision, {"vars": {"ansible_python_interpreter": interpreter}}, **args) for decision, args in changes.items()]
    run = controller.play(*tasks, env={**env, "RECORDER_CONTROL": None})
    if is_too_old:
        assert all(f"{CANNOT}(".format(path=interpreter) in run[name].msg for name in changes) and sim.ids() == []
    else:
        assert {name: run[name].decision for name in changes} == {name: name for name in changes}, run.printed
        assert [sim.secret(id) for id in sim.ids()] == [{"value": "another-value"}]
