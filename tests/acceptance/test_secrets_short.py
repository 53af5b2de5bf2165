# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of a letter or two: hidden where the server says them, and no id, time, type or field garbled for them.

Nor does Ansible garble the answers of a module for them (test_same_as_ansible.py).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.many import many
from tests.acceptance.running import Worker, task
from tests.playing import WAYS

SHORT = ("ab", "0", "01", "T", "e", "s")
ALONE = ("ab", "T")  # by versori_credential as well
REASON = "not with '{}'"


def wanted(short: str, kind: str) -> dict[str, Any]:
    return {"type": "string", "name": f"{kind} {short}", "data": {"value": short}}


@pytest.fixture(scope="module")
def runs(running, tmp_path_factory):
    """Created, unchanged, and drifted with a server that repeats the secret in its reasons and usages; both ways."""
    return {way: _played(Worker(tmp_path_factory.mktemp(way), running, way), running) for way in WAYS}


def _played(worker, sim):
    sim.reset()

    def play(when: str, **options: Any) -> None:
        tasks = [task(f"{when} {short}", **wanted(short, "one"), **options) for short in ALONE]
        run = worker.play(*tasks, many(f"{when} many", [wanted(short, "many") for short in SHORT], **options))
        results.update({result.label: result for result in run.results})

    results: dict[str, Any] = {}
    play("create")
    play("again")
    for entry in sim.state():
        short = entry["name"].split()[1]
        sim.link(entry["id"], environment=f"in {short}", connection=short)
        sim.invalidate(entry["id"], [REASON.format(short)])
        sim.touch(entry["id"])
    play("told", on_drift="warn")
    play("drift")
    return results


WHEN = {"create": ("created", True), "again": ("unchanged", False), "told": ("drifted", False), "drift": ("drifted", True)}


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("short", ALONE)
def test_one(runs, way, when, short):
    result = runs[way][f"{when} {short}"]
    entry, credential = result.state[f"one {short}"], result.credential
    assert result.how == "ok", result.said
    assert (result.decision, result.changed) == WHEN[when]
    assert (credential["id"], result.credential_id, credential["type"]) == (entry["id"], entry["id"], "string")
    assert (credential["createdAt"], credential["updatedAt"]) == (entry["createdAt"], entry["updatedAt"])
    assert (credential["name"], credential["data"]) == (f"one {short}", {"value": "(secret)"})
    if when in ("told", "drift"):
        [usage] = credential["usages"]
        [held] = entry["usages"]
        environment, connection = usage["environment"], usage["environment"]["connection"]
        assert (environment["id"], environment["createdAt"]) == (held["environment"]["id"], held["environment"]["createdAt"])
        assert connection["organisationId"] == held["environment"]["connection"]["organisationId"]
        assert (environment["name"], connection["name"]) == ("in ********", "********")


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("short", SHORT)
def test_many(runs, way, when, short):
    result = runs[way][f"{when} many"]
    assert result.how == "ok", result.said
    one = result.said["results"][SHORT.index(short)]
    assert (one["decision"], one["changed"]) == WHEN[when]
    assert one["credential_id"] == result.state[f"many {short}"]["id"]
    assert (one["name"], one["changes"]) == (f"many {short}", ["data.value"] if when == "drift" else one["changes"])


@pytest.mark.parametrize("short", SHORT)
def test_what_the_server_says_is_masked(runs, way, short):
    for label in (f"told {short}", "told many"):
        if label in runs[way]:
            assert f"{short}': the platform finds it invalid: not with '********'" in runs[way][label].warned


@pytest.mark.parametrize("when", WHEN)
def test_both_ways_report_the_same(runs, when):
    for label in (*(f"{when} {short}" for short in ALONE), f"{when} many"):
        here, elsewhere = ({**runs[way][label].comparable, "sent": sorted(runs[way][label].sent)} for way in WAYS)
        assert here == elsewhere
