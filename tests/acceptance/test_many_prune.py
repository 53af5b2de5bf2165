# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prune: what is not listed goes, if a fresh look shows that nothing uses it (contract, "Usages"); all else stays; both ways."""

import pytest

from tests.acceptance.many import ITEM_KEYS, many, none, organisation, outline, string


def _fill(sim, org, *names):
    return {name: sim.add("none", name, {}, organisation_id=org) for name in names}


@pytest.mark.parametrize(("usages_in_list", "form"), [(True, "environment"), (False, "connection")])
def test_only_what_is_unused_and_not_listed_goes(worker, sim, usages_in_list, form):
    sim.switches.turn(usages_in_list=usages_in_list, usages_form=form)
    ids = _fill(sim, None, "listed", "by-id", "old-1", "old-2", "unwanted", "used", "listed-used")
    for name in ("used", "listed-used"):
        sim.link(ids[name])
    sim.add("string", "by-id", {"value": "hush-1"})  # of the same name, but not the id that is listed
    elsewhere = organisation(sim, 1)
    _fill(sim, elsewhere, "of another organisation")
    items = [
        none("listed"),
        none("by-id", credential_id=ids["by-id"].lower()),
        none("listed-used"),
        {"name": "unwanted", "state": "absent"},
        string("new"),
    ]
    args = {"prune": True, "org": sim.organisation_id.lower()}  # ids are compared without regard to case
    run = worker.play(many("check", items, {"check_mode": True}, **args), many("run", items, **args), many("again", items, **args))
    check, result, again = run.results
    keys = ("name", "decision", "changed", "failed")
    assert sorted(outline(result.pruned, *keys)) == [
        ("by-id", "deleted", True, False),
        ("old-1", "deleted", True, False),
        ("old-2", "deleted", True, False),
        ("used", "kept", False, False),
    ]
    assert sorted(outline(check.pruned, *keys)) == sorted(outline(result.pruned, *keys))
    assert (check.changed, check.writes) == (True, [])
    assert outline(check.diff, "before_header") == outline(result.diff, "before_header")
    assert all(list(item)[: len(ITEM_KEYS)] == ITEM_KEYS for item in result.pruned)
    assert result.writes.count("DELETE") == 4
    assert result.warned.count("but kept") == check.warned.count("but kept") == 1
    assert f"credential 'used' ({ids['used']}): not listed, but kept: in use." in result.warned
    assert sorted(sim.names()) == ["by-id", "listed", "listed-used", "new", "used"]
    assert sim.stored(ids["by-id"])["name"] == "by-id"
    assert sim.names(elsewhere) == ["of another organisation"]
    assert (again.changed, again.writes, outline(again.pruned, "decision")) == (False, [], ["kept"])
    assert "hush" not in str([result.said for result in run.results])


def test_each_listed_organisation_is_pruned_by_itself(worker, sim):
    orgs = [organisation(sim, number) for number in range(3)]
    for org in orgs:
        _fill(sim, org, "kept", "old")
    items = [none("kept", org=orgs[0]), none("kept", org=orgs[1])]
    result = worker.play(many("run", items, prune=True))["run"]
    assert outline(result.pruned, "name", "decision") == [("old", "deleted")] * 2
    assert [sorted(sim.names(org)) for org in orgs] == [["kept"], ["kept"], ["kept", "old"]]


def test_trouble_while_pruning_is_reported_beside_what_was_done(worker, sim):
    ids = _fill(sim, None, "old-1", "old-2")
    sim.fault("server_error", method="DELETE", path=ids["old-1"], times=None)
    result = worker.play(many("run", [none("new")], prune=True, retries=0))["run"]
    assert (result.how, result.changed, outline(result.results, "decision")) == ("failed", True, ["created"])
    assert sorted(outline(result.pruned, "name", "decision", "changed", "failed", "status")) == [
        ("old-1", None, False, True, 500),
        ("old-2", "deleted", True, False, None),
    ]
    assert result.msg.startswith("1 of 2 credentials could not be pruned. Could not delete credential 'old-1'")
