# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A memory that cannot be written: said before anything is sent, or as a warning after it, and never the one for the other."""

import errno
import re
import subprocess

import pytest

from tests.acceptance.forks import Forks, values
from tests.acceptance.many import string
from tests.playing import MANY, ONE

OLD, NEW = string("mail", "hush-old"), string("mail", "hush-new")
FRESH = string("fresh")
MANY_OLD = [string(f"n{number}", f"hush-old-{number}") for number in range(3)]
MANY_NEW = [string(f"n{number}", f"hush-new-{number}") for number in range(3)]
BEFORE, AFTER = "nothing is sent without it", "could not be remembered"


@pytest.fixture
def forks(sim, tmp_path):
    return Forks(tmp_path, sim)


def writes(sim):
    return [one.method for one in sim.requests if one.method != "GET"]


def judge(said, held, wanted, sent):
    """One credential's result against what the server holds: never a push that is told as failed, nor the reverse."""
    if said.get("failed"):
        assert BEFORE in said["msg"]
        assert (held, said["changed"], sent) == (held if held != wanted else None, False, False), said["msg"]
        return "before"
    assert (held, said["changed"]) == (wanted, True)
    return "after" if AFTER in " ".join(said.get("warnings") or ()) else "unnoticed"


@pytest.mark.timeout(0)
@pytest.mark.parametrize(
    ("wanted", "error", "once"),
    [(NEW, errno.ENOSPC, False), (NEW, errno.ENOSPC, True), (FRESH, errno.ENOSPC, True), (FRESH, errno.EROFS, False)],
    ids=["rotated-full", "rotated-full-once", "created-full-once", "created-read-only"],
)
def test_each_operation_that_fails(forks, sim, wanted, error, once):
    """Each operation below the memory's folder fails in turn, in a folder that is there already and in one that is not."""
    seen = set()

    def prepare(first):
        sim.reset()
        forks.forget()
        if first:
            assert forks.run(ONE, first)["changed"]
        sim.clear_requests()

    for first in (OLD, None):
        prepare(first)
        calm = forks.start(ONE, wanted)
        assert not calm.end().get("failed")
        for number in [number for number, step in enumerate(calm.steps) if step.endswith("(writes)")] + [len(calm.steps)]:
            prepare(first)
            fork = forks.start(ONE, wanted, die_at=number, error=error, once=once)
            said = fork.end()
            seen.add(judge(said, values(sim).get(wanted["name"]), wanted["data"]["value"], bool(writes(sim))))

            after, quiet = forks.start(ONE, wanted, times=2).ends()
            assert not after.get("failed"), after["msg"]
            assert after["changed"] or not said.get("failed")
            assert values(sim)[wanted["name"]] == wanted["data"]["value"]
            assert (quiet["changed"], quiet.get("warnings")) == (False, None)
    assert seen == {"before", "after", "unnoticed"}


@pytest.fixture
def small_disk(forks):
    forks.memory.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", str(forks.memory)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount here")
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
    yield forks.memory
    subprocess.run(["mount", "-o", "remount,rw", str(forks.memory)], check=True)
    subprocess.run(["umount", str(forks.memory)], check=True)


def fill(folder):
    with open(folder / "filler", "wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(b"x" * 1024)


def make_read_only(folder):
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(make_read_only, "read-only here"), (fill, "disk is full|disk I/O error|unable to open")],
    ids=["read-only", "full"],
)
def test_a_disk_that_cannot_be_written_before(forks, sim, small_disk, spoil, reason):
    """Every push is marked before it is sent, and that needs room."""
    assert forks.run(ONE, OLD)["changed"]
    assert forks.run(MANY, {"credentials": MANY_OLD})["changed"]
    before = values(sim)
    spoil(small_disk)
    sim.clear_requests()
    wanted = {"credentials": [*MANY_NEW, FRESH]}
    if spoil is make_read_only:  # check mode only reads, and says what a run elsewhere would do
        assert forks.run(ONE, OLD, check=True)["decision"] == "unchanged"
        assert forks.run(MANY, wanted, check=True)["decisions"] == {"rotated": 3, "created": 1}
    for module, args in ((ONE, NEW), (ONE, FRESH), (MANY, wanted)):
        said = forks.run(module, args)
        assert said["failed"] and not said["changed"], said
        assert BEFORE in said["msg"] and re.search(reason, said["msg"]), said["msg"]
    assert (values(sim), writes(sim)) == (before, [])

    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    (small_disk / "filler").unlink(missing_ok=True)
    after, quiet = forks.start(MANY, wanted, times=2).ends()
    assert (after["changed"], after.get("failed"), quiet["changed"], quiet.get("warnings")) == (True, None, False, None)
    assert after["decisions"] == {"rotated": 3, "created": 1}


def test_what_has_no_secret_and_no_name_needs_no_memory(forks, sim):
    """Nothing is made for it, and a place that cannot be used is no trouble."""
    (forks.folder / "file").write_text("")
    nothing, other = ({"credential_id": sim.add("none", name, {}), "type": "none"} for name in ("nothing", "other"))
    for connection in (str(forks.folder / "file" / "below"), str(forks.memory)):
        for module, args in ((ONE, nothing), (MANY, {"credentials": [nothing, other]})):
            said = forks.run(module, {**args, "cache_connection": connection})
            assert not said.get("failed"), said["msg"]
    assert not forks.memory.exists()
    named = {"name": "nothing", "type": "none"}
    absent, pruned = {"name": "nothing", "state": "absent"}, {"credentials": [nothing], "prune": True}
    for module, args in ((ONE, OLD), (ONE, named), (ONE, absent), (MANY, pruned)):
        said = forks.run(module, {**args, "cache_connection": str(forks.folder / "file" / "below")})
        assert said["failed"] and BEFORE in said["msg"]
    assert sorted(sim.names()) == ["nothing", "other"]
