# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many credentials in one task: what goes in, what comes out in which order, and what one failure does to the rest; both ways."""

import pytest
import yaml

from tests.acceptance.many import ITEM_KEYS, info, many, none, organisation, outline, string
from tests.playing import HERE

ULID = "01KK9J6VFKZSB86BQQT8903TMY"


def test_each_outcome_has_its_place_and_the_same_keys(worker, sim):
    ids = {name: sim.add("none", name, {}) for name in ("same", "gone", "renamed", "twin")}
    sim.add("none", "twin", {})
    ids["edited"] = sim.add("basic-auth", "edited", {"username": "old", "password": "hush-edited"})
    ids["refused"] = sim.add("string", "refused", {"value": "hush-before"})
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
        {"credential_id": ULID, "type": "none"},
        none("fresh"),
    ]
    run = worker.play(
        many("run", items, full_results=True), many("again", items, full_results=True), many("checked", items, {"check_mode": True})
    )
    result = run["run"]
    created = {credential["name"]: credential["id"] for credential in sim.state()}
    assert outline(result.results, "name", "credential_id", "decision", "changed", "failed") == [
        ("twin", None, None, False, True),
        ("new", created["new"], "created", True, False),
        ("same", ids["same"], "unchanged", False, False),
        ("edited", ids["edited"], "unknown", True, False),
        ("never-there", None, "absent", False, False),
        ("refused", ids["refused"], None, False, True),
        ("gone", ids["gone"], "deleted", True, False),
        ("moved", ids["renamed"], "updated", True, False),
        (None, ULID, None, False, True),
        ("fresh", created["fresh"], "created", True, False),
    ]
    assert outline(result.results, "changes")[1:4] == [["name", "type", "data.value"], None, ["data.username", "data.password"]]
    for item in result.results + run["again"].results + run["checked"].results:
        assert list(item)[: len(ITEM_KEYS)] == ITEM_KEYS
        assert all(value or key in ITEM_KEYS for key, value in item.items()), item  # no empty keys
        assert item["failed"] == ("msg" in item)
    assert outline(run["checked"].results, "name") == outline([i for i in result.results if i["failed"]], "name")
    assert run["checked"].said["unchanged"] == [i["name"] for i in result.results if not i["failed"]]
    assert result.decisions == {"created": 2, "unchanged": 1, "unknown": 1, "absent": 1, "deleted": 1, "updated": 1}

    # One that fails does not stop the rest.
    assert (result.how, result.changed) == ("failed", True)
    assert result.msg.startswith("3 of 10 credentials failed. ")
    for position in (0, 5, 8):
        assert result.results[position]["msg"] in result.msg
    assert result.msg.endswith(
        "Changed: 2 created ('new' and 'fresh'), 1 unknown ('edited'), 1 deleted ('gone'), 1 updated ('moved'). 2 are as they should be."
    )
    assert (result.results[5]["status"], result.results[8]["status"]) == (422, 404)
    assert [problem["field"] for problem in result.results[5]["fields"]] == ["data.clientId", "a.b[0].c"]
    assert outline(run["again"].results, "changed") == [False] * 10
    assert "hush-" not in str([result.said for result in run.results])


@pytest.mark.parametrize("number", [0, 25])
def test_shape_whatever_the_number(worker, number):
    items = [none(f"n{position}") for position in range(number)]
    result = worker.play(many("it", items))["it"]
    assert (result.how, result.changed, result.decisions) == ("ok", bool(items), {"created": number} if items else {})
    assert outline(result.results, "name", "decision") == [(item["name"], "created") for item in items]
    assert all(list(item)[: len(ITEM_KEYS)] == ITEM_KEYS for item in result.results)
    assert result.sent == (["GET list"] if items else []) + ["POST"] * number


def test_the_message_groups_by_reason_and_the_results_have_them_all(worker, sim):
    for name in ("same", "other"):
        sim.add("none", name, {})
    refused = [{**none(f"n{number:02}"), "fail_when_invalid": True} for number in range(12)]
    sim.fault("unprocessable", method="POST", times=None)
    result = worker.play(many("failing", [none("same"), *refused, none("other")]))["failing"]
    assert result.msg == (
        "12 of 14 credentials failed. Could not create credentials 'n00', 'n01', 'n02', 'n03', 'n04' and 7 more: the API answered 422. "
        "It says: the request is not valid. Fields: data.clientId: must not be empty; a.b[0].c: is odd. 2 are as they should be."
    )
    assert outline(result.results, "failed", "status") == [(True, 422)] * 12
    assert result.said["unchanged"] == ["same", "other"] and "not_tried" not in result.said


# --- one credential once


def test_one_credential_by_its_id_and_by_its_name(worker, sim):
    first, second = sim.add("string", "first", {"value": "a-secret"}), sim.add("string", "second", {"value": "b-secret"})
    by_id = {"type": "string", "data": {"value": "new-secret"}}
    before = sim.state()
    lists = {
        ("0]", "2] (first)"): [{"credential_id": first, **by_id}, string("second"), string("first")],
        ("0] (first)", "1] (other)"): [string("first"), {"credential_id": first, "name": "other", **by_id}],
        ("1] (second)", "2]"): [none("x"), {"name": "second", "state": "absent"}, {"credential_id": second.lower(), **by_id}],
    }
    for (position, other), items in lists.items():
        result = worker.play(many("it", items, prune=True))["it"]
        assert (result.how, result.writes) == ("failed", []), result.said
        assert result.msg.startswith(f"credentials[{position} and credentials[{other} are the same credential"), result.msg
    assert sim.state() == before
    fine = worker.play(many("fine", [{"credential_id": first, **by_id}, string("second"), string("third")]))["fine"]
    assert fine.changed and len(fine.results) == 3


# --- a list from a file; those that are vaulted or found beside a playbook are in test_whole_runs.py


def test_a_file_and_a_variable_are_the_same(worker, sim):
    """But for templates, which only a variable has."""
    items = [none("a"), string("b"), none("twin"), {"name": "nothing", "state": "absent"}]
    path = worker.cwd / "list.yml"
    path.write_text(yaml.safe_dump(items))
    results = []
    for number, args in enumerate([{"credentials": items}, {"src": str(path)}]):
        org = organisation(sim, number)
        for _twin in range(2):
            sim.add("none", "twin", {}, organisation_id=org)
        results += worker.play(many("it", org=org, **args)).results
    of_variable, of_file = (outline(result.results, "name", "decision", "changed", "changes", "failed") for result in results)
    assert of_variable == of_file
    assert results[0].diff == results[1].diff


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("data: {value: !unsafe '{{ vault_key }}'}", "{{ vault_key }}"),
        ("data: {value: '{{ meant }}'}, allow_placeholder: true", "{{ meant }}"),
        ("data: {value: 'p{{ssw0rd'}", "p{{ssw0rd"),
    ],
)
def test_what_looks_like_a_template_and_is_meant(worker, sim, written, value):
    path = worker.cwd / "list.yml"
    path.write_text(f"- {{name: shop, type: string, {written}}}")
    worker.play(many("it", src=str(path)))
    assert sim.secret(sim.ids()[0]) == {"value": value}


def test_a_template_hides_as_what_it_is(worker):
    """`hide_src` sends nothing: it names what is not to be shown."""
    path = worker.cwd / "list.yml"
    path.write_text("- {name: shop, type: string, data: {value: '{{ vault_key }}'}}")
    assert worker.play(info("it", hide_src=str(path)))["it"].how == "ok"


# --- an item's own options

POLICIES = {  # name: (policy, the same option as it is by default, decision with it, decision without, whether it fails with it)
    "adopt": ({"on_unknown": "adopt"}, {"on_unknown": "push"}, "unknown", "unknown", False),
    "fail": ({"on_unknown": "fail"}, {"on_unknown": "push"}, "unknown", "unknown", True),
    "on_create": ({"update_secrets": "on_create"}, {"update_secrets": "auto"}, "unchanged", "unknown", False),
    "invalid": ({"fail_when_invalid": True}, {"fail_when_invalid": False}, "unchanged", "unchanged", True),
}


@pytest.mark.parametrize("name", POLICIES)
def test_policies_are_inherited_and_overridden(worker, sim, name):
    """Policy of the task, of the item, of the item against the task's, and nulls, which are as if left out."""
    policy, default, decision, otherwise, fails = POLICIES[name]
    variants = [(policy, {}), ({}, policy), (default, policy), (policy, dict.fromkeys(policy)), (policy, default)]
    for variant, (of_task, of_item) in enumerate(variants):
        org = organisation(sim, variant)
        item = none(name) if name == "invalid" else string(name)
        id = sim.add(item["type"], name, item.get("data", {}), organisation_id=org)
        if name == "invalid":
            sim.invalidate(id)
        played = worker.play(many("it", [{**item, **of_item}], org=org, **of_task))["it"]
        result, in_force = played.results[0], of_item is not default
        assert result["failed"] == (fails and in_force), (variant, result)
        assert result["decision"] == (decision if in_force else otherwise), (variant, result)
        assert played.writes == (["PUT"] if not in_force and otherwise != "unchanged" else []), variant


# --- check mode and diff


def test_check_mode_predicts_and_diff_hides(worker, sim):
    ids = {name: sim.add("string", name, {"value": f"hush-old-{name}"}) for name in ("known", "other")}
    sim.add("none", "gone", {})
    sim.add("none", "same", {})
    items = [string("known"), none("same"), {"name": "gone", "state": "absent"}, string("new"), string("other", on_unknown="adopt")]
    pruning = many("it", items, prune=True)
    predicted = worker.play(pruning, check=True)["it"]
    result, again = worker.play(pruning)["it"], worker.play(pruning)["it"]
    assert (predicted.writes, predicted.memory) == ([], {})
    keys = ("name", "decision", "changed", "changes", "failed")
    assert predicted.msg.replace("Would change", "Changed") == result.msg
    assert outline(predicted.results, *keys) == outline(result.results, *keys)
    for key in ("changed", "diff", "decisions"):
        assert predicted.said.get(key) == result.said.get(key), key
    assert [
        text.replace("would be sent", "was sent").replace("not listed and would be", "were not listed") for text in predicted.warnings
    ] == (result.warnings)
    assert predicted.results[3]["credential_id"] is None
    assert sorted(result.writes) == ["DELETE", "POST", "PUT"]
    assert sim.secret(ids["known"]) == {"value": "hush-known"}

    # One diff for each that is changed, and a line for each of which only a secret is; a fixed word for each secret.
    *diffs, lines = result.diff
    diffs = {diff["after_header"].split(" ")[0]: diff for diff in diffs}
    assert list(diffs) == ["gone", "new"]
    assert lines == {"prepared": "credential 'known': data.value (secret): unknown\n"}
    assert diffs["new"]["after"]["data"] == {"value": "(secret, sent anew)"}
    assert (diffs["new"]["before"], diffs["gone"]["after"]) == ("", "")
    assert "hush-" not in str((predicted.said, result.said))
    assert (again.changed, again.diff) == (False, [])
    assert worker.play(pruning, diff=False)["it"].diff is None


# --- workers


def test_workers_are_bounded_and_keep_their_connections(worker, sim):
    sim.set_latency(0.02)
    sim.seed(20)
    data = {"username": "new", "password": "hush"}
    items = [{"name": name, "type": "basic-auth", "data": data} for name in sorted(sim.names())]
    result = worker.play(many("run", items, workers=3, prune=True))["run"]
    assert outline(result.results, "name") == [item["name"] for item in items]
    assert sorted(result.sent) == ["GET"] * 20 + ["GET list"] * 2 + ["PUT"] * 20
    assert sim.max_in_flight == 3
    if worker.way == HERE:  # for listing, reading, writing and pruning together; elsewhere each round has its own
        assert len({request.connection for request in result.requests}) == 3
