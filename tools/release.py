# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepares a release: version, changelog, artifact, and the demo run from what was installed from it. Called by noxfile.py."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nox
import yaml
from semantic_version import Version, validate

RELEASE = Path(".dev/release").absolute()
# A shipped module has no galaxy.yml to read the version from.
VERSIONS = {"galaxy.yml": r"^(version: ).*$", "plugins/module_utils/_api/client.py": r'^(USER_AGENT = "versori\.platform/)\S+(?= )'}


def main(session: nox.Session) -> None:
    """In the checkout, and with an environment that has no link to it."""
    if len(session.posargs) != 1:
        session.error("usage: ./dev release VERSION")
    [version] = session.posargs
    refuse(session, version)
    try:
        artifact = prepare(session, version)
        try_out(session, artifact, version)
    except BaseException:
        # The tree was clean, so everything that differs now is ours.
        git(session, "restore", ".")
        git(session, "clean", "--quiet", "--force", "--", "changelogs", "CHANGELOG.md")
        session.warn("nothing was released, and the tree is as it was")
        raise
    print(f"""
{artifact} is ready, and the demo passed from what was installed from it. What is left to you:

  git diff HEAD                        # look at it
  git add --all
  git commit --message "Release {version}"
  git tag --annotate --message "{version}" {version}
  git push --follow-tags
  ansible-galaxy collection publish {artifact}""")


def refuse(session: nox.Session, version: str) -> None:
    """Stop before anything is changed, with the reason."""
    if not validate(version) or "+" in version:  # builds of a version have no order
        session.error(f"{version} is not a version like 1.2.3 or 1.2.3-rc.1 (semver.org)")
    if changed := git(session, "status", "--porcelain"):
        session.error(f"the tree is not clean; commit first:\n{changed}")
    released = [*git(session, "tag").split(), *yaml.safe_load(Path("changelogs/changelog.yaml").read_text(encoding="utf-8"))["releases"]]
    newest = max(map(Version, filter(validate, released)), default=None)
    if newest and Version(version) <= newest:
        session.error(f"{version} is not newer than {newest}, which was released")
    if not [*Path("changelogs/fragments").glob("*.y*ml")]:
        session.error("changelogs/fragments has no fragment: write down what is new")


def prepare(session: nox.Session, version: str) -> Path:
    """Write version and changelog, and build the artifact."""
    for name, pattern in VERSIONS.items():
        text, times = re.subn(pattern, rf"\g<1>{version}", Path(name).read_text(encoding="utf-8"), flags=re.MULTILINE)
        if times != 1:
            session.error(f"{name} has {times} lines like {pattern}")
        Path(name).write_text(text, encoding="utf-8")
    session.run("antsibull-changelog", "lint")
    session.run("antsibull-changelog", "release", "--version", version)
    shutil.rmtree(RELEASE, ignore_errors=True)
    session.run("ansible-galaxy", "collection", "build", "--output-path", str(RELEASE))
    return RELEASE / f"versori-platform-{version}.tar.gz"


def try_out(session: nox.Session, artifact: Path, version: str) -> None:
    """Install the artifact where nothing else is, and run the demo that is in it: from there alone can it have the collection."""
    home, collections = RELEASE / "home", RELEASE / "collections"
    home.mkdir()
    session.env.update(HOME=str(home), ANSIBLE_HOME=str(home / ".ansible"), ANSIBLE_COLLECTIONS_PATH=str(collections), PYTHONPATH="")
    session.run("ansible-galaxy", "collection", "install", "--offline", "--collections-path", str(collections), str(artifact))
    with session.chdir(collections / "ansible_collections/versori/platform"):
        session.run("python", "-m", "tests.demo")


def git(session: nox.Session, *args: str) -> str:
    return (session.run("git", *args, external=True, silent=True, log=False) or "").strip()
