# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading: by id, by name, all pages, in full; never a change, never a secret. Finding many names costs one reading of the list, and a
list that shifts meanwhile (contract, "List pages") neither doubles nor hides a name."""

import itertools

import pytest

from tests.acceptance.many import before_each_request, info, many, none, outline
from tests.acceptance.running import Worker

UNKNOWN_ID = "01KK9J6VFKZSB86BQQT8903TMY"
FULL = {"id", "type", "name", "data", "createdAt", "updatedAt", "usages"}
LIMIT = 10  # credentials a page; the simulator gives no more, whatever is asked for


def test_one_reading_of_all_pages_for_any_number_of_names(worker, sim):
    sim.switches.turn(page_limit=LIMIT)
    sim.seed(45, "none")
    items = [none(name) for name in sorted(sim.names())[::3]] + [none("new-1"), none("new-2")]
    result, again, read = worker.play(many("run", items), many("again", items[:1]), info("read")).results
    assert outline(result.results, "decision") == ["unchanged"] * 15 + ["created"] * 2
    assert result.sent.count("GET list") == again.sent.count("GET list") == 5
    assert result.sent.count("GET") == 15
    assert len({credential["id"] for credential in read.credentials}) == len(read.credentials) == 47
    assert read.sent == ["GET list"] * 5


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
def test_nothing_is_missed_while_the_list_shifts(sim, tmp_path, monkeypatch, shift, cursor):
    sim.switches.turn(page_limit=LIMIT, cursor=cursor)
    ids = {name: sim.add("none", name, {}) for name in (f"n{number:02}" for number in range(30, 0, -1))}
    events = {page: [event.split() for event in text.split(", ")] for page, text in SHIFTS[shift].items()}
    removed = {event[1] for page in events.values() for event in page if event[0] == "remove"}
    page = itertools.count(1)

    def happen(_request):
        for verb, *names in events.get(next(page), ()):
            if verb == "add":
                sim.add("none", "another", {})
            else:
                getattr(sim, verb)(ids[names[0]])

    before_each_request(monkeypatch, sim, happen)
    result = Worker(tmp_path, sim).play(info("read"))["read"]
    listed = outline(result.credentials, "name")
    assert len(listed) == len(set(listed))
    assert set(ids) - removed <= set(listed)
    assert len(result.requests) <= 3 * 4


def test_each_way_to_ask(worker, sim):
    sim.switches.turn(page_limit=3, redaction="none")  # not even then is a secret shown
    ids = [sim.add("string", name, {"value": f"hush-{number}"}) for number, name in enumerate(["a", "twin", "twin", "b", "c\td"])]
    tasks = {  # label: (arguments, ids, requests)
        "all": ({}, ids, ["GET list"] * 2),
        "full": ({"full": True}, ids, ["GET list"] * 2 + ["GET"] * 5),
        "id": ({"credential_id": ids[0].lower()}, ids[:1], ["GET"]),
        "name": ({"name": "a"}, ids[:1], ["GET list"] * 2 + ["GET"]),
        "name twice": ({"name": "twin"}, ids[1:3], ["GET list"] * 2 + ["GET"] * 2),
        "name with a tab": ({"name": "c\td"}, ids[4:], ["GET list"] * 2 + ["GET"]),
        "no such id": ({"credential_id": UNKNOWN_ID}, [], ["GET"]),
        "no such name": ({"name": "x"}, [], ["GET list"] * 2),
    }
    run = worker.play(
        *(info(label, **args) for label, (args, *_rest) in tasks.items()),
        info("check full", {"check_mode": True}, full=True),
        info("both", credential_id=ids[0], name="a"),
    )
    for label, (_args, expected, sent) in tasks.items():
        result = run[label]
        assert (result.how, result.changed, result.sent) == ("ok", False, sent), label
        assert sorted(outline(result.credentials, "id")) == sorted(expected), label
        for credential in result.credentials:
            assert label == "all" or set(credential) == FULL
            assert credential.get("data") == (None if label == "all" else {"value": "(secret)"})
    assert run["check full"].credentials == run["full"].credentials
    assert (run["both"].how, run["both"].sent) == ("failed", [])
    assert "hush-" not in str([result.said for result in run.results])
