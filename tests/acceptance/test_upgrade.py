# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several versions of ansible-core in turn, over one home or one Redis: an upgrade forgets nothing, and neither contests the other."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.many import many, string
from tests.acceptance.redis_server import KEY, PLUGIN, Redis
from tests.acceptance.running import Controller, task

HERE = Path(sys.executable).parent.parent
OTHERS = [Path(path) for path in os.environ.get("TEST_OTHER_ENVIRONMENTS", "").split(os.pathsep) if path]
COLLECTIONS = os.environ.get("TEST_OTHER_COLLECTIONS")
TOKEN = {"type": "oauth2-token", "data": EXAMPLES["oauth2-token"].data}
pytestmark = pytest.mark.timeout(600)


def version(env: Path) -> tuple[int, ...]:
    [name] = [path.name for path in env.glob("lib/python3*/site-packages/ansible_core-*.dist-info")]
    return tuple(int("".join(filter(str.isdigit, part)) or 0) for part in name.split("-")[1].split(".")[:2])


ENVIRONMENTS = sorted([HERE, *OTHERS], key=version)
if not OTHERS or ENVIRONMENTS[-1] != HERE:
    pytest.skip("the newest ansible-core does this, once ./dev test has made the environments of the others", allow_module_level=True)


class Site:
    """One controller, on which another ansible-core is installed each time; each of its runs has tasks for each memory.

    :param memories: their options, by name.
    """

    def __init__(self, controller: Controller, memories: dict[str, dict[str, str]]) -> None:
        self.controller, self.memories = controller, memories

    def expect(self, env: Path, secret: str, single: str, **decisions: int) -> None:
        tasks = []
        for memory, options in self.memories.items():
            listed = [string(f"{memory} {number}", secret) for number in range(3)] + [{"name": f"{memory} token", **TOKEN}]
            tasks += [task(f"{memory} single", **string(f"{memory} single", secret), **options), many(f"{memory} many", listed, **options)]
        path = f"{env / 'bin'}{os.pathsep}{os.environ['PATH']}"
        run = self.controller.play(*tasks, env={"PATH": path, "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS or None}, diff=False)
        for memory in self.memories:
            said = (run[f"{memory} single"].decision, run[f"{memory} many"].decisions, run[f"{memory} many"].warnings)
            assert said == (single, decisions, None), f"{env.name}, {memory}: {run.printed[-2000:]}"


@pytest.fixture
def site(sim, tmp_path):
    memories: dict[str, dict[str, str]] = {"a file": {}}
    (tmp_path / "redis").mkdir()
    with Redis(tmp_path / "redis") if COLLECTIONS and shutil.which("redis-server") else contextlib.nullcontext() as server:
        if server:
            memories["Redis"] = {"cache_plugin": PLUGIN, "cache_connection": server.connection, "fingerprint_key": KEY}
        yield Site(Controller(tmp_path, sim), memories)


def test_versions_in_turn(site, sim):
    """With Redis where that is installed, and community.general is."""
    assert len({version(env) for env in ENVIRONMENTS}) > 1
    oldest, *newer = ENVIRONMENTS
    newest = newer[-1]
    site.expect(oldest, "hush-1", "created", created=4)
    for env in newer:
        site.expect(env, "hush-1", "unchanged", unchanged=4)
    site.expect(oldest, "hush-1", "unchanged", unchanged=4)

    site.expect(newest, "hush-2", "rotated", rotated=3, unchanged=1)
    site.expect(oldest, "hush-2", "unchanged", unchanged=4)
    singles = [entry["id"] for entry in sim.state() if entry["name"].endswith("single")]
    for id in singles:
        sim.edit(id, data={"value": "somebody else's"})
    site.expect(oldest, "hush-2", "drifted", unchanged=4)
    site.expect(newest, "hush-2", "unchanged", unchanged=4)
    assert {sim.stored(id)["data"]["value"] for id in singles} == {"hush-2"}
    site.expect(oldest, "hush-3", "rotated", rotated=3, unchanged=1)
    site.expect(newest, "hush-3", "unchanged", unchanged=4)
