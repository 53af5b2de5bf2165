# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that may open few files, write small ones, or have little memory: each change is told, and another run does the rest."""

import resource

import pytest

from tests.acceptance.forks import Forks, values
from tests.acceptance.many import string
from tests.playing import MANY, WAYS

LISTED = [string(f"n{number}") for number in range(20)]
LIMITS = {
    "no files": (resource.RLIMIT_NOFILE, 6),
    "few files": (resource.RLIMIT_NOFILE, 15),
    "empty files": (resource.RLIMIT_FSIZE, 0),
    "small files": (resource.RLIMIT_FSIZE, 60_000),
    "no memory": (resource.RLIMIT_AS, 0),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("limit", LIMITS)
def test_nothing_is_sent_and_forgotten(sim, tmp_path, limit, way):
    forks = Forks(tmp_path, sim)
    args = {"credentials": LISTED, "workers": 10, "results_file": str(tmp_path / "results.json")}
    said = forks.run(MANY, args, way=way, limit=LIMITS[limit])
    assert said["failed"]
    assert {result["name"] for result in said.get("results", ()) if result["changed"]} == set(values(sim))
    assert "This is a bug" not in str(said)
    if limit == "no memory":
        assert "There was not enough memory for this task where it runs." in said["msg"]

    after, quiet = forks.start(MANY, args, times=2).ends()
    assert (after.get("failed"), quiet["changed"]) == (None, False)
    assert len(values(sim)) == len(LISTED)
