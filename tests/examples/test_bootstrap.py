# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`examples/bootstrap.sh`: what it does, each exit code, and that no secret can be seen from outside."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
import time

import pytest

from tests.examples.project import PROGRAMS, ROOT

pytestmark = pytest.mark.timeout(600)  # several runs of Ansible in one test

SECRET = "hunter22-secret"
SCRIPT = "./bootstrap.sh"
LIST = {
    "versori_credentials": [
        {"name": "Shop", "type": "string", "data": {"value": SECRET}},
        {"name": "ERP user", "type": "basic-auth", "data": {"username": "me", "password": SECRET + "-2"}},
    ]
}
SHELLS = [name for name in ("dash", "bash", "busybox") if shutil.which(name)]


def methods(sim):
    return [one.method for one in sim.requests if one.method != "GET"]


def test_from_nothing_to_the_list_and_back_to_nothing_to_do(project, sim):
    project.write("credentials.yml", LIST)
    runs = []

    def run(*args, **env):
        sim.clear_requests()
        runs.append(project.sh(SCRIPT, *args, "credentials.yml", VERSORI_ORGANISATION_ID=None, **env))
        return runs[-1].returncode, runs[-1].stdout.splitlines()[-1], methods(sim)

    where = f"--organisation={sim.organisation_id}"
    assert run("--check", "--diff", "--detailed-exitcode", where) == (10, "2 credentials: 2 created", [])
    assert run("--organisation", sim.organisation_id) == (0, "2 credentials: 2 created", ["POST", "POST"])

    # One cannot be done, the other is; then the one alone is left.
    changed = [{**one, "data": {**one["data"], list(one["data"])[-1]: SECRET + "-3"}} for one in LIST["versori_credentials"]]
    project.write("credentials.yml", {"versori_credentials": changed})
    shop = next(one["id"] for one in sim.state() if one["name"] == "Shop")
    sim.fault("unprocessable", method="PUT", path=shop, times=1)
    assert run("--detailed-exitcode", where) == (5, "2 credentials: 1 failed, 1 rotated", ["PUT", "PUT"])
    assert "some credentials failed, and the others are done" in runs[-1].stderr
    assert run("--detailed-exitcode", where)[::2] == (10, ["PUT"])
    assert {next(iter(reversed(sim.secret(one).values()))) for one in sim.ids()} == {SECRET + "-3"}

    assert run(where, VERSORI_API_KEY="hunter22-wrong")[::2] == (4, [])
    assert "refuses the authentication" in runs[-1].stderr

    seen = "".join(one.stdout + one.stderr for one in runs) + project.seen()
    assert "versori_results_file" in seen and '"decision": "rotated"' in seen  # it was looked at
    assert "hunter22" not in seen
    assert list(project.temporary.iterdir()) == []


def test_a_list_that_cannot_be_used(project, sim):
    """What the collection refuses is 6; what Ansible itself cannot read is 1."""
    project.write("wrong.yml", {"versori_credentials": [{"name": "x", "type": "string", "data": {"valeu": SECRET}}]})
    wrong = project.sh(SCRIPT, "wrong.yml")
    assert wrong.returncode == 6
    assert "credentials[0] (x): data.valeu is not a field of type string" in wrong.stdout + wrong.stderr
    project.write("broken.yml", "versori_credentials: [\n")
    broken = project.sh(SCRIPT, "broken.yml", "--", "--flush-cache")
    assert broken.returncode == 1
    assert "--flush-cache" in project.seen()
    assert sim.requests == []
    assert SECRET not in wrong.stdout + wrong.stderr


def stand_in(project, does=""):
    """An ansible-playbook that says its version as Ansible's does, without the time that starting it takes, and then does this."""
    version = f"echo '  python version = 3.11.7 (main) [GCC] ({sys.executable})'"
    (project.bin / "ansible-playbook").write_text(f'#!/bin/sh\n[ "$1" != --version ] || {{ {version}; exit; }}\n{does}\n')


@pytest.mark.parametrize("number", [2, 15])
def test_interrupted(project, number):
    project.write("credentials.yml", LIST)
    started = project.watched / "started"
    stand_in(project, f"touch {started}; exec sleep 1000")
    with project.start([SCRIPT, "credentials.yml"]) as process:
        while not started.exists() and process.poll() is None:
            time.sleep(0.05)
        assert len(list(project.temporary.iterdir())) == 1
        os.killpg(process.pid, number)
        process.communicate()
    assert process.returncode == 128 + number
    assert list(project.temporary.iterdir()) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_usage(project, shell):
    command = [shell, "sh", SCRIPT] if shell == "busybox" else [shell, SCRIPT]
    asked = project.sh(*command, "--help")
    assert asked.returncode == 0 and asked.stderr == ""
    for args, sentence in {
        (): "no file with a list of credentials was named",
        ("--check", "none.yml"): "the file none.yml is not there",
        ("/",): "the file / is not there or cannot be read",
        ("--organisation",): "--organisation needs a value",
        ("--chekc", "x.yml"): "there is no option --chekc",
        (f"--api-key={SECRET}", "x.yml"): "--api-key would show a secret to all users of this machine",
        ("bootstrap.sh", "--check"): "--check comes too late",
    }.items():
        done = project.sh(*command, *args)
        assert (done.returncode, done.stdout) == (2, "")
        assert sentence in done.stderr
        assert SECRET not in done.stderr
    assert not project.seen()  # Ansible was not even started


def test_exit_codes_are_documented(project):
    said = project.sh(SCRIPT, "--help").stdout.partition("exit codes:\n")[2]
    page = (ROOT / "docs/bootstrap.md").read_text()
    rows = re.findall(r"^\| (\d[\d, ]*) \| (.*) \|$", page.replace("`", ""), re.MULTILINE)
    assert rows == re.findall(r"^  (\d+(?:, \d+)?) +(.*)$", said, re.MULTILINE)
    assert len(rows) == 9


@pytest.mark.parametrize(
    ("modules", "sentence"),
    [
        ({"ansible/__init__.py": "", "ansible/release.py": '__version__ = "2.15.13"'}, "2.15.13 is too old: 2.16 or newer is needed"),
        ({"requests.py": "raise ImportError"}, "the library requests is missing"),
        ({}, "ansible-playbook is not on PATH"),
    ],
)
def test_prerequisites(project, sim, tmp_path, modules, sentence):
    """With other Python modules, or on a PATH where nothing is but what the script itself needs."""
    project.write("credentials.yml", LIST)
    stand_in(project)
    made = tmp_path / "made"
    (made / "ansible").mkdir(parents=True)
    for name, content in modules.items():
        (made / name).write_text(content)
    if not modules:
        for name in ("sh", "sed", "cat"):
            (made / name).symlink_to(shutil.which(name))
    done = project.sh(SCRIPT, "credentials.yml", **{"PYTHONPATH" if modules else "PATH": str(made)})
    assert (done.returncode, sim.requests) == (3, [])
    assert sentence in done.stderr


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    folder = tmp_path_factory.mktemp("artifact")
    subprocess.run([PROGRAMS / "ansible-galaxy", "collection", "build", "--output-path", folder, ROOT], check=True)
    return next(folder.glob("*.tar.gz"))


def test_the_collection_is_installed_where_it_is_missing(project, sim, artifact):
    project.write("credentials.yml", LIST)
    clean = {"ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false", "ANSIBLE_COLLECTIONS_PATH": str(project.home / "collections")}
    installed = project.home / "collections/ansible_collections/versori/platform"

    nowhere = project.sh(SCRIPT, "credentials.yml", **clean)
    assert nowhere.returncode == 3
    assert "versori.platform is not installed: say with --collection where it is" in nowhere.stderr
    nothing = project.sh(SCRIPT, "credentials.yml", **clean, VERSORI_COLLECTION=str(artifact) + "-not")
    assert nothing.returncode == 3
    assert "versori.platform was not installed from" in nothing.stderr
    assert not installed.exists()

    # From a file, then, as it is missing again, from a URL; then there is nothing to do.
    done = project.sh(SCRIPT, "--collection", str(artifact), "credentials.yml", **clean)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "2 credentials: 2 created"), done.stderr
    assert installed.is_dir()
    shutil.rmtree(installed)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=artifact.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/{artifact.name}"
        again = project.sh(SCRIPT, "--detailed-exitcode", "credentials.yml", **clean, VERSORI_COLLECTION=url)
        server.shutdown()
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "2 credentials: 2 unchanged"), again.stderr
    assert (installed / "MANIFEST.json").is_file()
