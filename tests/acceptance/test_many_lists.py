# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many credentials in one task: what goes in, what comes out in which order, and what one failure does to the rest."""

from __future__ import annotations

import pytest

from tests.acceptance.many import ITEM_KEYS, connections, many, none, one_sentence, organisation, outline, string
from tests.acceptance.running import Controller
from tests.playing import ELSEWHERE, HERE, WAYS
from tests.simulator import Simulator

UNKNOWN_ID = "01KK9J6VFKZSB86BQQT8903TMY"


def _add(sim: Simulator, type: str, name: str, org: str | None = None, **data):
    return sim.add(type, name, data, organisation_id=org)


# --- order and shape


def test_each_outcome_has_its_place_and_the_same_keys(controller, sim):
    ids = {name: _add(sim, "none", name) for name in ("same", "gone", "renamed", "twin")}
    _add(sim, "none", "twin")
    ids["edited"] = _add(sim, "basic-auth", "edited", username="old", password="hush-edited")
    ids["refused"] = _add(sim, "string", "refused", value="hush-before")
    sim.fault("unprocessable", method="PUT", path=ids["refused"], times=None)
    items = [
        none("twin"),
        string("new"),
        none("same"),
        {"name": "edited", "type": "basic-auth", "data": {"username": "new", "password": "hush-edited"}},
        {"name": "never-there", "state": "absent"},
        string("refused"),
        {"name": "gone", "state": "absent"},
        none("moved", credential_id=ids["renamed"].lower()),
        {"credential_id": UNKNOWN_ID, "type": "none"},
        none("fresh"),
    ]
    run = controller.play(many("run", items), many("again", items), many("checked", items, {"check_mode": True}))
    said = run["run"]
    created = {one["name"]: one["id"] for one in sim.state()}
    assert outline(said.results, "name", "credential_id", "decision", "changed", "failed") == [
        ("twin", None, None, False, True),
        ("new", created["new"], "created", True, False),
        ("same", ids["same"], "unchanged", False, False),
        ("edited", ids["edited"], "unknown", True, False),
        ("never-there", None, "absent", False, False),
        ("refused", None, None, False, True),
        ("gone", ids["gone"], "deleted", True, False),
        ("moved", ids["renamed"], "updated", True, False),
        (None, UNKNOWN_ID, None, False, True),
        ("fresh", created["fresh"], "created", True, False),
    ]
    assert outline(said.results, "changes")[1:4] == [["name", "type", "data.value"], [], ["data.username", "data.password"]]
    for one in said.results + run["again"].results + run["checked"].results:
        assert list(one)[: len(ITEM_KEYS)] == ITEM_KEYS
        assert set(one) == set(said.results[1]), one  # whatever came of it
        assert one["failed"] == bool(one["msg"])
    assert said.decisions == {"created": 2, "unchanged": 1, "unknown": 1, "absent": 1, "deleted": 1, "updated": 1}

    # One that fails does not stop the rest, and is listed with its position.
    assert (said.how, said.changed) == ("failed", True)
    assert said.msg.startswith("3 of 10 credentials failed. ")
    for position in (0, 5, 8):
        assert f"credentials[{position}] {said.results[position]['msg']}" in said.msg
    assert (said.results[5]["status"], said.results[8]["status"]) == (422, 404)
    assert said.results[5]["fields"] == [
        {"field": "data.clientId", "message": "must not be empty"},
        {"field": "a.b[0].c", "message": "is odd"},
    ]
    assert outline(run["again"].results, "changed") == [False] * 10
    assert "hush-" not in run.printed


def test_shape_whatever_the_number(sim, tmp_path):
    lists = {number: [none(f"n{one}") for one in range(number)] for number in (0, 1, 25)}
    missing = [{"credential_id": UNKNOWN_ID[:-2] + f"{number:02}", "type": "none"} for number in range(12)]
    tasks = [many(f"{number} items", items, org=organisation(sim, number)) for number, items in lists.items()]
    run = Controller(tmp_path, sim).play(*tasks, many("failing", missing))
    for number, items in lists.items():
        said = run[f"{number} items"]
        assert said.how == "ok"
        assert outline(said.results, "name", "decision") == [(one["name"], "created") for one in items]
        assert all(list(one)[: len(ITEM_KEYS)] == ITEM_KEYS for one in said.results)
        assert (said.changed, said.decisions) == (bool(items), {"created": number} if items else {})
        assert said.sent == (["GET list"] if items else []) + ["POST"] * number

    # The message names the first ten failures; the results have them all.
    said = run["failing"]
    assert said.msg.startswith("12 of 12 credentials failed. credentials[0] ")
    assert said.msg.endswith("and 2 more, see results")
    assert outline(said.results, "failed", "status") == [(True, 404)] * 12


# --- refused before the first request

ULID = "01KK9J6VFKZSB86BQQT8903TMY"
ORG = Simulator.organisation_id
DUPLICATES = {
    "name": ([none("a"), none("b"), none("a")], (0, 2)),
    "name, other type": ([none("a"), string("a")], (0, 1)),
    "name, present and absent": ([none("b"), none("a"), {"name": "a", "state": "absent"}], (1, 2)),
    "name, one by id": ([none("a"), none("a", credential_id=ULID)], (0, 1)),
    "id": ([none("a", credential_id=ULID), none("b", credential_id=ULID)], (0, 1)),
    "id in small letters": ([none("a", credential_id=ULID), none("c"), none("b", credential_id=ULID.lower())], (0, 2)),
    "id, present and absent": ([{"credential_id": ULID, "state": "absent"}, none("b", credential_id=ULID)], (0, 1)),
    "id of digits": ([none("a", credential_id="7"), none("b", credential_id="7")], (0, 1)),
    "name, organisation in small letters": ([none("a", org=ORG), none("a", organisation_id=ORG.lower())], (0, 1)),
    "id, organisation in small letters": (
        [none("a", org=ORG, credential_id=ULID), none("b", org=ORG.lower(), credential_id=ULID)],
        (0, 1),
    ),
}
# What each item may be wrong in is the single module's; these are those of the list.
REFUSED = {
    "neither": ({}, "Give either credentials, a list, or src"),
    "both": ({"credentials": [], "src": "x.yml"}, "Give either credentials, a list, or src"),
    "an item is a text": ({"credentials": [none("a"), "b"]}, "credentials[1]: an item is a mapping"),
    "an item is a list": ({"credentials": [[]]}, "credentials[0]: an item is a mapping"),
    "an option is unknown": ({"credentials": [none("a"), none("b", nmae="x")]}, "credentials[1]: nmae: there is no such option"),
    "a connection option": ({"credentials": [none("a", api_key="hush-key")]}, "credentials[0]: api_key: there is no such option"),
    "no name, no id": ({"credentials": [{"type": "none"}]}, "credentials[0]: Either name or credential_id is needed"),
    "no type": ({"credentials": [none("a"), {"name": "b"}]}, "credentials[1]: type is missing"),
    "no secret": ({"credentials": [{"name": "b", "type": "string"}]}, "credentials[0]: data.value is missing"),
    "a bad policy": ({"credentials": [none("a", on_drift="hush-drift")]}, "credentials[0]: "),
    "a redacted secret": (
        {"credentials": [string("a", "******")]},
        "credentials[0]: data.value looks like a placeholder, a redacted value",
    ),
    "an id that is a number": ({"credentials": [none("a", credential_id=7)]}, "credentials[0]: credential_id must be a text, not a number"),
    "a mapping": ({"credentials": {"name": "a"}}, "credentials"),
    "workers 0": ({"credentials": [none("a")], "workers": 0}, "workers must be from 1 to 100."),
    "workers 101": ({"credentials": [none("a")], "workers": 101}, "workers must be from 1 to 100."),
    "prune an empty list": ({"credentials": [], "prune": True}, "prune with an empty list would delete every unused credential"),
    "a bad id": ({"credentials": [none("a", credential_id="../x")]}, "credentials[0]: credential_id is not an id"),
    "a bad organisation": ({"credentials": [none("a", org="x/y")]}, "credentials[0]: organisation_id is not an id"),
}


def test_refused_before_the_first_request(sim, tmp_path):
    """Nothing is shipped for it either."""
    duplicates = [many(label, items) for label, (items, _rest) in DUPLICATES.items()]
    run = Controller(tmp_path, sim, ELSEWHERE).play(*duplicates, *(many(label, **args) for label, (args, _rest) in REFUSED.items()))
    for label, (_rest, (one, other)) in DUPLICATES.items():
        said = run[label]
        assert (said.how, said.sent) == ("failed", []), label
        assert said.msg.startswith(f"credentials[{one}] and credentials[{other}] both "), said.msg
        assert one_sentence(said.msg)
    for label, (_rest, words) in REFUSED.items():
        said = run[label]
        assert (said.how, said.changed, said.sent) == ("failed", False, []), label
        assert words in said.msg, (label, said.msg)
        assert one_sentence(said.msg), (label, said.msg)
    assert "hush-key" not in run.printed
    assert run.modules_shipped == 0


def test_one_name_in_two_organisations_is_no_duplicate(sim, tmp_path):
    other = organisation(sim, 1)
    said = Controller(tmp_path, sim).play(many("run", [none("a"), none("a", org=other)]))["run"]
    assert outline(said.results, "decision") == ["created", "created"]
    assert sim.names() == sim.names(other) == ["a"]


# --- an item's own options


def test_policies_are_inherited_and_overridden(sim, tmp_path):
    """Policy of the task, of the item, of the item against the task's, and nulls, which are as if left out."""
    invalid = {"fail_when_invalid": True}
    cases = {  # name: (policy, decision with it, decision without, failed with it)
        "adopt": ({"on_unknown": "adopt"}, "unknown", "unknown", False),
        "fail": ({"on_unknown": "fail"}, None, "unknown", True),
        "on-create": ({"update_secrets": "on_create"}, "unchanged", "unknown", False),
        "invalid": (invalid, "unchanged", "unchanged", True),
    }
    tasks, seen = [], {}
    for number, (name, (policy, *_rest)) in enumerate(cases.items()):
        other = {
            "on_unknown": {"on_unknown": "push"},
            "update_secrets": {"update_secrets": "auto"},
            "fail_when_invalid": {"fail_when_invalid": False},
        }[next(iter(policy))]
        secret = policy is not invalid
        variants = [(policy, {}), ({}, policy), (other, policy), (other | policy, dict.fromkeys(policy)), (policy, other)]
        for variant, (at_task, at_item) in enumerate(variants):
            org = organisation(sim, 10 * number + variant)
            id = sim.add("string" if secret else "none", name, {"value": "hush-old"} if secret else {}, organisation_id=org)
            if not secret:
                sim.invalidate(id)
            label = f"{name} {variant}"
            tasks.append(many(label, [(string if secret else none)(name, **at_item)], org=org, **at_task))
            seen[label] = (name, variant)
    run = Controller(tmp_path, sim).play(*tasks)
    for label, (name, variant) in seen.items():
        policy, decision, otherwise, failed = cases[name]
        in_force = variant != 4
        one = run[label].results[0]
        assert one["failed"] == (failed and in_force), (label, one)
        assert one["decision"] == (decision if in_force else otherwise), (label, one)
        assert run[label].writes == (["PUT"] if not in_force and otherwise == "unknown" else []), label


def test_update_secrets_always_and_on_drift_of_an_item(sim, tmp_path):
    controller = Controller(tmp_path, sim)
    items = [string("plain"), string("always", update_secrets="always"), string("ignore", on_drift="ignore"), string("drift")]
    controller.play(many("create", items))
    for one in sim.state():
        if one["name"] in ("ignore", "drift"):
            sim.touch(one["id"])
    said = controller.play(many("run", items))["run"]
    assert outline(said.results, "decision", "changed") == [
        ("unchanged", False),
        ("forced", True),
        ("drifted", False),
        ("drifted", True),
    ]


# --- check mode and diff


def test_check_mode_predicts_and_diff_hides(sim, tmp_path):
    ids = {name: sim.add("string", name, {"value": f"hush-old-{name}"}) for name in ("known", "other")}
    _add(sim, "none", "gone")
    _add(sim, "none", "same")
    items = [string("known"), none("same"), {"name": "gone", "state": "absent"}, string("new"), string("other", on_unknown="adopt")]
    run = Controller(tmp_path, sim).play(
        many("check", items, {"check_mode": True}, prune=True),
        many("run", items, prune=True),
        many("again", items, prune=True),
        many("quiet", items, {"diff": False}, prune=True),
    )
    before, after = run["check"], run["run"]
    assert (before.writes, before.memory) == ([], {})
    keys = ("name", "decision", "changed", "changes", "failed", "msg")
    assert outline(before.results, *keys) == outline(after.results, *keys)
    for key in ("changed", "diff", "warnings", "decisions"):
        assert before.said.get(key) == after.said.get(key), key
    assert before.results[3]["credential_id"] is None
    assert sorted(after.writes) == ["DELETE", "POST", "PUT"]
    assert sim.secret(ids["known"]) == {"value": "hush-known"}

    # One diff for each that is changed; a fixed word for each secret.
    diffs = {one["after_header"].split(" ")[0]: one for one in after.diff}
    assert list(diffs) == ["known", "gone", "new"]
    assert diffs["known"]["before"]["data"] == {"value": "(secret)"}
    assert diffs["known"]["after"]["data"] == diffs["new"]["after"]["data"] == {"value": "(secret, sent anew)"}
    assert (diffs["new"]["before"], diffs["gone"]["after"]) == ("", "")
    assert "hush-" not in run.printed
    assert (run["again"].changed, run["again"].diff) == (False, [])
    assert (run["quiet"].changed, run["quiet"].diff) == (False, None)


def test_both_ways_are_the_same(sim, tmp_path):
    """What a play sees of it, whether it runs on the controller or elsewhere."""
    said = []
    for way in WAYS:
        sim.reset()
        controller = Controller(tmp_path / way, sim, way)
        id = _add(sim, "none", "twin")
        _add(sim, "none", "twin")
        sim.link(_add(sim, "string", "linked", value="hush-x"))
        sim.invalidate(id)
        items = [string("b"), none("twin"), none("a"), {"name": "nothing", "state": "absent"}]
        ends = [items[:1] + items[2:], items]
        times = [("check", True), ("run", False), ("again", False)]
        run = controller.play(
            *(
                many(f"{time} {number}", one, {"check_mode": check}, prune=True, workers=1)
                for time, check in times
                for number, one in enumerate(ends)
            )
        )
        assert (run.modules_shipped == 0) == (way == HERE)
        said.append([{**one.comparable, "sent": sorted(one.sent)} for one in run.results])
    assert said[0] == said[1]


# --- workers


@pytest.mark.parametrize("way", WAYS)
def test_workers_are_bounded_and_keep_their_connections(sim, tmp_path, way):
    sim.set_latency(0.02)
    sim.seed(20)
    data = {"username": "new", "password": "hush"}
    items = [{"name": name, "type": "basic-auth", "data": data} for name in sorted(sim.names())]
    said = Controller(tmp_path, sim, way).play(many("run", items, workers=3, prune=True))["run"]
    assert outline(said.results, "name") == [one["name"] for one in items]
    assert sorted(said.sent) == ["GET"] * 20 + ["GET list"] * 2 + ["PUT"] * 20
    assert sim.max_in_flight == 3
    if way == HERE:  # for listing, reading, writing and pruning together; elsewhere each round has its own
        assert connections(said) == 3
