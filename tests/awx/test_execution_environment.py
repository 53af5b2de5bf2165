# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-builder with the collection as it is built, as far as it goes without a container engine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .files import EXAMPLE, ROOT

BIN = Path(sys.executable).parent
NEEDED = [line for line in (ROOT / "meta/ee-requirements.txt").read_text().splitlines() if not line.startswith("#")]
VERSION = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]

pytestmark = pytest.mark.skipif(not (BIN / "ansible-builder").exists(), reason="ansible-builder is not in this environment")


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the built collection and the example's file, as a user has them."""
    folder = tmp_path_factory.mktemp("built")
    run(BIN / "ansible-galaxy", "collection", "build", "--output-path", folder, ROOT, cwd=folder)
    shutil.copy(EXAMPLE / "execution-environment.yml", folder)
    return folder


def test_create_makes_a_context_with_the_collection(built):
    run(BIN / "ansible-builder", "create", "--context", "context", "--verbosity", "3", cwd=built)
    context = built / "context"
    [recipe] = [*context.glob("Containerfile"), *context.glob("Dockerfile")]  # by the container engine that is there
    assert "ansible-galaxy collection install" in recipe.read_text()
    wanted = yaml.safe_load((context / "_build/requirements.yml").read_text())["collections"]
    [ours] = [one for one in wanted if one["type"] == "file"]
    # The build runs ansible-galaxy in _build, where this name must lead to the archive.
    assert (context / "_build" / ours["name"]).read_bytes() == (built / f"versori-platform-{VERSION}.tar.gz").read_bytes()


def test_introspect_finds_what_the_collection_needs(built):
    install = ("collection", "install", "--force", "--offline", "--no-deps")  # by force, since the checkout counts as installed
    run(BIN / "ansible-galaxy", *install, "-p", built / "installed", next(built.glob("*.tar.gz")), cwd=built)
    found = yaml.safe_load(run(BIN / "ansible-builder", "introspect", built / "installed", "--write-pip", "pip.txt", cwd=built))
    assert found == {"python": [f"{line}  # from collection versori.platform" for line in NEEDED], "system": []}
    assert (built / "pip.txt").read_text().splitlines() == found["python"]


def test_what_the_collection_needs_is_what_it_imports():
    """Beside what Ansible itself needs."""
    there = {*sys.stdlib_module_names, "ansible", "ansible_collections", "yaml", "jinja2", "markupsafe"}
    imports = re.compile(r"^\s*(?:from|import) (\w+)", re.MULTILINE)
    used = {name for path in (ROOT / "plugins").rglob("*.py") for name in imports.findall(path.read_text())}
    assert used - there == {line.partition(">=")[0] for line in NEEDED}
