# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading: by id, by name, all pages, in full; never a change, never a secret."""

from tests.acceptance.many import info, outline

UNKNOWN_ID = "01KK9J6VFKZSB86BQQT8903TMY"
FULL = {"id", "type", "name", "data", "createdAt", "updatedAt", "usages"}


def test_each_way_to_ask(worker, sim):
    sim.switches.turn(page_limit=3)
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


def test_no_secret_is_shown_even_if_the_server_shows_it(worker, sim):
    sim.switches.turn(redaction="none")
    ids = sim.seed(12, "mixed")
    result = worker.play(info("run", full=True))["run"]
    assert len(result.credentials) == 12
    assert [text for id in ids for text in sim.secret(id).values() if text in str(result.said)] == []
