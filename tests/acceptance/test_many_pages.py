# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding many names costs one reading of the list, and a list that shifts meanwhile (contract, "List pages") neither doubles nor
hides a name."""

from __future__ import annotations

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api.client import Client
from ansible_collections.versori.platform.plugins.module_utils._api.connection import read_connection
from ansible_collections.versori.platform.plugins.module_utils._api.listing import list_credentials
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask

from tests.acceptance.many import before_each_request, info, many, none, outline
from tests.acceptance.running import Controller

LIMIT = 10  # credentials a page; the simulator gives no more, whatever is asked for


def test_one_reading_of_all_pages_for_any_number_of_names(controller, sim):
    sim.switches.turn(page_limit=LIMIT)
    sim.seed(45, "none")
    items = [none(name) for name in sorted(sim.names())[::3]] + [none("new-1"), none("new-2")]
    run = controller.play(many("run", items), many("again", items[:1]), info("read"))
    said = run["run"]
    assert outline(said.results, "decision") == ["unchanged"] * 15 + ["created"] * 2
    assert said.sent.count("GET list") == 5
    assert said.sent.count("GET") == 15
    assert run["again"].sent.count("GET list") == 5
    assert len(run["read"].credentials) == len({one["id"] for one in run["read"].credentials}) == 47
    assert run["read"].sent == ["GET list"] * 5


@pytest.fixture
def client(sim):
    options = {"api_url": sim.url, "api_key": sim.api_key, "retries": 0, "timeout": 10}
    made = Client(read_connection(options))
    yield made
    made.close()


def _names(client, sim):
    return sorted(one["name"] for one in list_credentials(client, sim.organisation_id, Mask([])))


# What others do while page 2 (or a later one) of names n01, n02 … is asked for; n01 is on the first page.
SHIFTS = {
    "an edit moves one from the last page to the front": {2: "edit n25"},
    "edits while each page is read": {2: "edit n25", 3: "edit n28"},
    "an edit on a page that was read": {2: "edit n03"},
    "a new one pushes one to the next page": {2: "add"},
    "one that was read is deleted": {2: "remove n03"},
    "one that was read is deleted, and one that was not is edited": {2: "remove n03, edit n25"},
    "one is deleted, and later one is added": {2: "remove n03", 3: "add"},
    "two are deleted, one is added, one is edited": {2: "remove n03, remove n04, add, edit n25"},
    "one that was not read is deleted": {2: "remove n25"},
    "deleted during the first reading, edited during the second": {2: "remove n03", 5: "edit n25"},
    "edited during the first reading, deleted during the second": {2: "edit n25", 5: "remove n03, edit n28"},
    "edited during the first reading, deleted between them": {2: "edit n25", 4: "remove n03", 5: "edit n28"},
}


@pytest.mark.parametrize("cursor", ["offset", "position"])
@pytest.mark.parametrize("shift", SHIFTS)
def test_nothing_is_missed_while_the_list_shifts(sim, client, monkeypatch, shift, cursor):
    sim.switches.turn(page_limit=LIMIT, cursor=cursor)
    ids = {name: sim.add("none", name, {}) for name in (f"n{number:02}" for number in range(30, 0, -1))}
    always = set(ids)
    for what in SHIFTS[shift].values():
        always -= {one.split()[1] for one in what.split(", ") if one.startswith("remove")}
    asked = iter(range(1, 100))

    def meanwhile(request):
        for one in SHIFTS[shift].get(next(asked), "").split(", "):
            verb, _separator, name = one.partition(" ")
            if verb == "add":
                sim.add("none", "another", {})
            elif verb == "remove":
                sim.remove(ids[name])
            elif verb:
                sim.edit(ids[name])

    before_each_request(monkeypatch, sim, meanwhile)
    listed = _names(client, sim)
    assert len(listed) == len(set(listed))
    assert always <= set(listed)
    assert len(sim.requests) <= 3 * 4


def test_a_list_that_never_rests_is_given_up(sim, client, monkeypatch):
    sim.switches.turn(page_limit=LIMIT)
    ids = sim.seed(30, "none")
    before_each_request(monkeypatch, sim, lambda request: (sim.remove(ids.pop()), sim.edit(ids[0])))
    with pytest.raises(Failure, match="the list kept changing while it was read"):
        _names(client, sim)
    assert len(sim.requests) <= 5 * 3


def test_no_name_is_doubled_by_a_shift(sim, tmp_path, monkeypatch):
    """The same through a play: what slipped off a page is not created a second time."""
    sim.switches.turn(page_limit=LIMIT)
    ids = {name: sim.add("none", name, {}) for name in (f"n{number:02}" for number in range(30, 0, -1))}
    before = sorted(sim.names())
    asked = iter(range(1, 1000))
    events = {2: lambda: sim.edit(ids["n25"]), 5: lambda: sim.remove(ids["n03"])}
    before_each_request(monkeypatch, sim, lambda request: events.get(next(asked), lambda: None)())
    said = Controller(tmp_path, sim).play(many("run", [none(name) for name in before if name != "n03"]))["run"]
    assert outline(said.results, "decision") == ["unchanged"] * 29
    assert said.writes == []
    assert sorted(sim.names()) == [name for name in before if name != "n03"]


def test_renamed_or_deleted_after_it_was_listed(sim, tmp_path, monkeypatch):
    """The list is read once more, and only for those that are not where it said."""
    ids = {name: sim.add("none", name, {}) for name in ("renamed", "deleted", "replaced", "kept")}

    def meanwhile(request):
        if len(sim.requests) == 2:  # after the list
            sim.edit(ids["renamed"], name="other")
            sim.remove(ids["deleted"])
            sim.remove(ids["replaced"])
            sim.add("none", "replaced", {})

    before_each_request(monkeypatch, sim, meanwhile)
    said = Controller(tmp_path, sim).play(many("run", [none(name) for name in ids], workers=1))["run"]
    assert outline(said.results, "decision") == ["created", "created", "unchanged", "unchanged"]
    assert sorted(sim.names()) == ["deleted", "kept", "other", "renamed", "replaced"]
    assert said.sent.count("GET list") <= 4
