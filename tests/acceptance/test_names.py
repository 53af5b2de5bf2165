# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that the platform keeps otherwise than they were sent (contract, "Names"): one credential, found again; both ways."""

import json
import shutil

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core import ensure

from tests.acceptance.many import many, string
from tests.acceptance.running import task

KEPT = {"trimmed": " a name ", "nfc": "Cafe\u0301 key", "cut": f"key of the shop {list(range(30))}", "lower": "Shop Key"}


@pytest.fixture(params=KEPT)
def name(request, sim):
    sim.switches.turn(names_kept=request.param)
    return KEPT[request.param]


def test_it_is_one_credential_and_found_by_the_name_of_the_task(worker, sim, name):
    wanted, rotated = string(name, "hush-1"), string(name, "hush-2")
    created = worker.play(task("it", **wanted))["it"]
    assert (created.decision, created.changed, created.how) == ("created", True, "ok"), created.said
    assert "the platform writes its name as" in created.warned
    [id] = sim.ids()
    assert created.credential_id == id and sim.names() != [name]

    for check in (True, False):
        again = worker.play(task("it", **wanted), check=check)["it"]
        assert (again.decision, again.changes, again.writes, again.warnings) == ("unchanged", [], [], None)
    pushed = worker.play(task("it", **rotated))["it"]
    assert (pushed.decision, pushed.changes, pushed.writes, pushed.warnings) == ("rotated", ["data.value"], ["PUT"], None)
    listed = worker.play(many("listed", [rotated], prune=True))["listed"]
    assert (listed.decisions, listed.pruned, sim.ids()) == ({"unchanged": 1}, [], [id])
    gone = worker.play(task("it", name=name, state="absent"))["it"]
    assert (gone.decision, sim.ids()) == ("deleted", [])
    assert worker.play(task("it", **wanted))["it"].decision == "created"


def test_in_one_task_too(worker, sim, name):
    """A list and a later item of it, or a loop: what the task itself has written is found."""
    renamed = {"name": f"{name} and", "state": "absent"}
    run = worker.play(many("run", [string(name, "hush-1"), renamed, string("z")]), many("again", [string(name, "hush-1"), string("z")]))
    assert run["run"].decisions == {"created": 2, "absent": 1} and run["again"].decisions == {"unchanged": 2}
    assert len(sim.ids()) == 2


def test_without_the_memory_a_name_that_is_nearly_there_is_refused(worker, sim, name):
    worker.play(task("it", **string(name, "hush-1")))
    shutil.rmtree(worker.memory)
    lost = worker.play(task("it", **string(name, "hush-1")))["it"]
    if sim.switches.names_kept in ("trimmed", "nfc"):
        assert (lost.how, lost.writes) == ("failed", []) and json.dumps(sim.names()[0]) in lost.msg
        assert len(sim.ids()) == 1
    else:
        assert lost.decision == "created"  # a documented limit: it may well be another one


def test_two_names_of_one_credential_are_refused(worker, sim):
    """That the platform makes one of both shows only when they are found: neither may undo the other for ever."""
    sim.switches.turn(names_kept="lower")
    worker.play(task("it", **string("Shop Key", "hush-1")))
    both = worker.play(many("both", [string("Shop Key", "hush-1"), string("shop key", "hush-2")], workers=1, full_results=True))["both"]
    assert both.how == "failed" and "is the same as credential" in both.msg and len(sim.ids()) == 1
    assert sorted(item["failed"] for item in both.results) == [False, True]  # whichever was found first


def test_a_page_that_is_not_the_apis_own_is_no_absence(worker, sim):
    sim.switches.turn(names_kept="lower")
    worker.play(task("it", **string("Shop Key", "hush-1")))
    for options in (string("Shop Key", "hush-1"), {"name": "Shop Key", "state": "absent"}):
        sim.fault(status=404, body="<p>not found</p>", method="GET", path=sim.ids()[0])
        failed = worker.play(task("it", **options))["it"]
        assert (failed.how, failed.status, failed.writes, len(sim.ids())) == ("failed", 404, [], 1)


def test_a_kept_name_is_kept_in_any_spelling(worker, sim):
    sim.add("string", "shop key", {"value": "x"})
    pruned = worker.play(many("pruned", [string("another")], prune=True, prune_keep=["Shop Key "]))["pruned"]
    assert pruned.pruned == [] and len(sim.ids()) == 2


def test_what_an_interrupted_run_has_created_is_not_created_again(worker, sim, name, monkeypatch):
    """Nobody knows whether it is ours, and under its own name it is not there."""
    monkeypatch.setattr(ensure, "LONGEST_LAG", 0.1)
    sim.fault("reset_after", method="POST")
    lost = worker.play(task("it", **string(name, "hush-1")))["it"]
    assert lost.how == "failed" and "It may have been created all the same" in lost.msg and len(sim.ids()) == 1
    for check in (True, False):
        again = worker.play(task("it", **string(name, "hush-1")), check=check)["it"]
        assert (again.how, again.writes, len(sim.ids())) == ("failed", [], 1) and json.dumps(sim.names()[0]) in again.msg


def test_one_that_somebody_has_renamed_is_not_the_one_of_that_name(worker, sim):
    sim.switches.turn(names_kept="lower")
    worker.play(task("it", **string("Shop Key", "hush-1")))
    sim.edit(sim.ids()[0], name="theirs")
    created = worker.play(task("it", **string("Shop Key", "hush-1")))["it"]
    assert (created.decision, sorted(sim.names())) == ("created", ["shop key", "theirs"])


def test_a_list_that_lags_leads_to_no_second_one(worker, sim):
    """What is not listed yet is found by the id that is remembered (contract, "List pages")."""
    sim.switches.turn(list_lag=3600.0)
    worker.play(task("it", **string("new")))
    for _run in range(2):
        again = worker.play(task("it", **string("new")))["it"]
        assert (again.decision, again.sent) == ("unchanged", ["GET list", "GET"])
    assert worker.play(task("it", name="new", state="absent"))["it"].decision == "deleted" and sim.ids() == []
