# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`./dev release` in a copy of the repository: what it refuses, what it makes, and that it tries out what it made."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from ansible.release import __version__ as core

pytestmark = [
    pytest.mark.timeout(0),  # it makes environments
    pytest.mark.skipif(core.startswith("2.16."), reason="./dev release has environments of its own, whatever the tests run on"),
]


class Copy:
    """The clone as somebody who releases from it; it is given back as it was."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start = self.git("rev-parse", "HEAD").strip()

    def git(self, *args: str) -> str:
        return subprocess.run(["git", *args], cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def release(self, *args: str) -> tuple[int, str]:
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "COVERAGE_", "PYTHONPATH"))}
        done = subprocess.run(["./dev", "release", *args], cwd=self.folder, env=variables, check=False, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "x")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


@pytest.fixture
def copy(clone: Path):
    one = Copy(clone)
    yield one
    one.git("reset", "--quiet", "--hard", one.start)
    one.git("clean", "--quiet", "--force", "-d")
    if tags := one.git("tag").split():
        one.git("tag", "--delete", *tags)


def write_changelog(copy: Copy) -> None:
    (copy.folder / "changelogs/changelog.yaml").write_text("---\nancestor: null\nreleases:\n  2.0.0:\n    release_date: '2026-01-01'\n")
    copy.commit()


def remove_fragments(copy: Copy) -> None:
    copy.git("rm", "--quiet", "changelogs/fragments/*")
    copy.commit()


@pytest.mark.parametrize(
    ("prepare", "version", "words"),
    [
        (lambda copy: None, "v1.0.0", "v1.0.0 is not a version"),
        (lambda copy: None, "1.0.0+build", "1.0.0+build is not a version"),
        (lambda copy: copy.git("tag", "1.0.0-rc.10"), "1.0.0-rc.9", "is not newer than 1.0.0-rc.10"),
        (write_changelog, "1.9.9", "is not newer than 2.0.0"),
        (lambda copy: (copy.folder / "left-over").touch(), "9.0.0", "?? left-over"),
        (remove_fragments, "9.0.0", "no fragment"),
    ],
)
def test_refuses(copy: Copy, prepare: Callable[[Copy], object], version: str, words: str) -> None:
    prepare(copy)
    before = copy.git("status", "--porcelain")
    code, output = copy.release(version)
    assert (code, copy.git("status", "--porcelain")) == (1, before) and words in output


def test_makes_a_release(copy: Copy) -> None:
    code, output = copy.release("9.8.7")
    assert code == 0, output
    assert "git tag --annotate" in output and copy.git("tag") == "" and copy.git("rev-parse", "HEAD").strip() == copy.start

    assert yaml.safe_load(copy.read("galaxy.yml"))["version"] == "9.8.7"
    assert 'USER_AGENT = "versori.platform/9.8.7 (Ansible collection)"' in copy.read("plugins/module_utils/_api/client.py")
    assert "9.8.7" in yaml.safe_load(copy.read("changelogs/changelog.yaml"))["releases"]
    assert "First release" in copy.read("CHANGELOG.md").replace("\\", "")
    assert not list((copy.folder / "changelogs/fragments").glob("*.yml"))

    with tarfile.open(copy.folder / ".dev/release/versori-platform-9.8.7.tar.gz") as artifact:
        names = artifact.getnames()
    tops = {name.split("/")[0] for name in names}
    assert {"plugins", "roles", "playbooks", "meta", "docs", "tests", "LICENSE", "README.md", "CHANGELOG.md"} <= tops
    assert not {"tools", "dev", "noxfile.py", "antsibull-nox.toml", "uv.lock", "pyproject.toml"} & tops
    assert [name for name in names if re.search(r"(^|/)(\.|__pycache__)|\.pyc$", name)] == [".ansible-lint"]

    copy.commit()
    code, output = copy.release("9.8.7")
    assert code == 1 and "is not newer than 9.8.7" in output


def test_tries_out_what_is_in_the_artifact(copy: Copy) -> None:
    """The checkout works, and the artifact lacks a part: were the demo run from the checkout, it would pass."""
    text = copy.read("galaxy.yml")
    (copy.folder / "galaxy.yml").write_text(text.replace("build_ignore:\n", "build_ignore:\n  - plugins/action\n"))
    copy.commit()
    code, output = copy.release("9.8.7")
    assert code == 1 and "demo" in output and "nothing was released" in output, output
    assert copy.git("status", "--porcelain") == ""
