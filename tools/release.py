# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepares a release: version, changelog, artifact, and the demo run from what was installed from it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from environments import DEV, ROOT, environ, environment, fill, newest, say

RELEASE = DEV / "release"
GALAXY = ROOT / "galaxy.yml"
CLIENT = ROOT / "plugins/module_utils/_api/client.py"  # a shipped module has no galaxy.yml to read the version from
CHANGELOG = ROOT / "changelogs/changelog.yaml"

# https://semver.org, without build metadata, which has no order
_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*))?"
)


def main(args: list[str]) -> int:
    if len(args) != 1:
        raise SystemExit("usage: ./dev release VERSION")
    version = args[0]
    refuse(version)
    try:
        artifact = prepare(version)
        try_out(artifact, version)
    except BaseException:
        # The tree was clean, so everything that differs now is ours.
        git("restore", ".")
        git("clean", "--quiet", "--force", "--", "changelogs", "CHANGELOG.md")
        say("nothing was released, and the tree is as it was")
        raise
    print(f"""
{artifact.relative_to(ROOT)} is ready, and the demo passed from what was installed from it. What is left to you:

  git diff HEAD                        # look at it
  git add --all
  git commit --message "Release {version}"
  git tag --annotate --message "{version}" {version}
  git push --follow-tags
  ansible-galaxy collection publish {artifact.relative_to(ROOT)}""")
    return 0


def refuse(version: str) -> None:
    """Stop before anything is changed.

    :raises SystemExit: with the reason.
    """
    if not _SEMVER.fullmatch(version):
        raise SystemExit(f"{version} is not a version like 1.2.3 or 1.2.3-rc.1 (semver.org)")
    if changed := git("status", "--porcelain"):
        raise SystemExit(f"the tree is not clean; commit first:\n{changed}")
    newest = max(released(), key=order, default=None)
    if newest and order(version) <= order(newest):
        raise SystemExit(f"{version} is not newer than {newest}, which was released")
    if not any(path.suffix in (".yml", ".yaml") for path in (ROOT / "changelogs/fragments").glob("*")):
        raise SystemExit("changelogs/fragments has no fragment: write down what is new")


def released() -> list[str]:
    """The versions that were released, by tag or by changelog."""
    releases = CHANGELOG.read_text(encoding="utf-8").partition("\nreleases:")[2]
    noted = re.findall(r"^  [\"']?(\d[^\"':\s]*)[\"']?:", releases, re.MULTILINE)
    return [one for one in [*noted, *git("tag").split()] if _SEMVER.fullmatch(one)]


def order(version: str) -> tuple[object, ...]:
    """What versions are sorted by; a pre-release comes before its release."""
    *numbers, pre = _SEMVER.fullmatch(version).groups()  # type: ignore[union-attr]
    parts = [(not one.isdigit(), int(one) if one.isdigit() else 0, one) for one in (pre or "").split(".")]
    return (*map(int, numbers), pre is None, parts)


def prepare(version: str) -> Path:
    """Write version and changelog, and build the artifact."""
    say(f"writing version {version}")
    replace(GALAXY, r"^version: .*$", f"version: {version}")
    replace(CLIENT, r'^USER_AGENT = "versori\.platform/\S+ ', f'USER_AGENT = "versori.platform/{version} ')
    lint = environment("lint", python=newest())
    run(lint, "antsibull-changelog", "lint")
    run(lint, "antsibull-changelog", "release", "--version", version)

    say("building the artifact")
    shutil.rmtree(RELEASE, ignore_errors=True)
    RELEASE.mkdir(parents=True)
    run(lint, "ansible-galaxy", "collection", "build", "--output-path", RELEASE, ROOT)
    return RELEASE / f"versori-platform-{version}.tar.gz"


def try_out(artifact: Path, version: str) -> None:
    """Install the artifact where nothing else is, and run the demo that is in it."""
    say("installing it into a clean environment")
    env, collections, home = (RELEASE / name for name in ("env", "collections", "home"))
    home.mkdir()
    fill(("core", "test"), sys.executable, env)
    alone = {"HOME": str(home), "ANSIBLE_HOME": str(home / ".ansible"), "ANSIBLE_COLLECTIONS_PATH": str(collections), "PYTHONPATH": ""}
    run(env, "ansible-galaxy", "collection", "install", "--offline", "--collections-path", collections, artifact, more=alone)

    # The checkout can be found from nowhere in there, or the demo would prove nothing.
    listed = json.loads(run(env, "ansible-galaxy", "collection", "list", "versori.platform", "--format", "json", more=alone))
    found = {path: one["versori.platform"]["version"] for path, one in listed.items()}
    if found != {str(collections / "ansible_collections"): version}:
        raise SystemExit(f"these are installed, but {version} alone should be: {found}")

    installed = collections / "ansible_collections/versori/platform"
    say(f"running the demo in {installed.relative_to(ROOT)}")
    run(env, "python", "-m", "tests.demo", folder=installed, more=alone)


def replace(path: Path, pattern: str, text: str) -> None:
    before = path.read_text(encoding="utf-8")
    after, times = re.subn(pattern, text, before, flags=re.MULTILINE)
    if times != 1:
        raise SystemExit(f"{path.relative_to(ROOT)} has {times} lines like {pattern}")
    path.write_text(after, encoding="utf-8")


def git(*args: str) -> str:
    return subprocess.run(["git", *args], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def run(env: Path, program: str, *args: str | Path, folder: Path = ROOT, more: Mapping[str, str] | None = None) -> str:
    """Run a program of an environment and return what it printed.

    :raises SystemExit: with its output, where it fails.
    """
    command = [str(env / "bin" / program), *map(str, args)]
    done = subprocess.run(command, cwd=folder, env=environ(env, **(more or {})), check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{program} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
