# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists in files, what is pruned, and what stays in the result whatever happens."""

import json

import pytest

from tests.playing import MANY, WAYS, play


@pytest.fixture
def bring(options, tmp_path):
    """Plays a task that prunes."""
    options = {**options, "retries": 0, "prune": True, "cache_connection": str(tmp_path)}

    def bring(credentials, way, check_mode=False, **more):
        return play(MANY, {**options, "credentials": credentials, **more}, check_mode, way=way)

    return bring


def listed(name):
    return {"name": name, "type": "none"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["kept", "kept\u202e"])
def test_a_listed_name_is_never_pruned(sim, bring, monkeypatch, way, name):
    """Nor is another credential of that name, which somebody has created by the time of the pruning."""
    sim.add("none", name, {})
    sim.add("none", "gone", {})

    def theirs(request):
        if "first=" in request.query and [asked.query for asked in sim.requests].count(request.query) == 2:
            sim.add("none", name, {})

    monkeypatch.setattr(sim.recording, "watchers", [theirs])
    result = bring([listed(name)], way)
    assert [item["name"] for item in result["pruned"]] == ["gone"]
    assert sim.names() == [name, name]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_protected_is_not_pruned(sim, bring, way):
    """By its id, by its name as it is, and by a name that is listed without a secret of the task's."""
    ids = {name: sim.add("none", name, {}) for name in ("a", "b, c", "d\u202e", "named planted-secret-1", "gone", "0123")}
    task = {"name": "kept", "type": "string", "data": {"value": "planted-secret-1"}}
    keep = [ids["a"].lower(), "b, c", "d\u202e", "named planted-secret-1", "0123"]
    for check_mode in (True, False):
        result = bring([task], way, prune_keep=keep, check_mode=check_mode)
        assert [item["name"] for item in result["pruned"]] == ["gone"]
    assert sorted(sim.names()) == sorted({*ids, "kept"} - {"gone"})
    assert result["warnings"] == [f'These were not listed and are deleted: "gone" ({ids["gone"]}).']


@pytest.mark.parametrize("keep", ["a, b", {"a": 1}, [83], [["a"]], [None]])
def test_what_is_to_be_protected_is_said_without_doubt(sim, bring, keep):
    result = bring([listed("kept")], WAYS[0], prune_keep=keep)
    assert result["failed"] and result["msg"].startswith("prune_keep") and sim.requests == []


@pytest.mark.parametrize("way", WAYS)
def test_only_what_this_memory_knows_is_pruned_on_request(sim, bring, way):
    mine = [{"name": name, "type": "string", "data": {"value": f"secret-of-{name}"}} for name in ("mine", "old")]
    bring(mine, way, prune_scope="managed")
    sim.add("string", "theirs", {"value": "x"})
    result = bring(mine[:1], way, prune_scope="managed")
    assert [item["name"] for item in result["pruned"]] == ["old"] and sorted(sim.names()) == ["mine", "theirs"]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_deleted_has_no_errors_any_more(sim, bring, way):
    sim.add("none", "kept", {})
    sim.invalidate(sim.add("none", "gone", {}), ["it has expired"])
    result = bring([listed("kept")], way)
    assert [(item["decision"], item["changed"]) for item in result["pruned"]] == [("deleted", True)]
    assert "it has expired" not in str(result)


def test_a_failed_item_lets_nothing_be_pruned(sim, bring):
    sim.add("none", "other", {})
    sim.fault("unprocessable", method="POST")
    result = bring([listed("new"), listed("newer")], WAYS[0])
    assert result["failed"] and result["pruned"] == []
    assert result["warnings"] == ["Nothing was pruned, because some of the listed credentials failed."]
    assert sorted(sim.names()) in (["new", "other"], ["newer", "other"])


def test_a_list_that_cannot_be_read_leaves_what_was_done_in_the_result(sim, bring):
    sim.fault("server_error", method="GET", path="credentials$", after=1, times=None)
    result = bring([listed("new")], WAYS[0])
    assert result["failed"] and result["status"] == 500 and result["changed"]
    assert [item["decision"] for item in result["results"]] == ["created"]


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        ([], "prune with an empty list would delete every unused credential of the organisation"),
        ([listed("a"), listed("b"), listed("a")], "credentials[0] (a) and credentials[2] (a): they have the same name. Keep one of them."),
        ([listed("a"), "b"], "credentials[1]: an item is a mapping of options"),
        ({"a": 1}, "credentials must be a list of mappings"),
        (None, "Give either credentials, a list, or src, a file that holds one."),
        *(
            (b"credentials: [{name: x}, {name: x\xff}]", "src LIST is not UTF-8."),
            (b"{", "src LIST is neither YAML nor JSON: look at line "),
        ),
        *((b"a: 1", "src LIST must hold a list of credentials"), (b"- name: '{{ x }}'", "src LIST: credentials[0]: name holds a template")),
        (b"credentials: &a [*a]", "src LIST holds a list or a mapping that contains itself."),
    ],
)
def test_what_is_refused_before_the_first_request(sim, bring, tmp_path, credentials, words):
    path = tmp_path / "list.yml"
    if isinstance(credentials, bytes):
        path.write_bytes(credentials)
        result = bring(None, WAYS[0], src=str(path))
    else:
        result = bring(credentials, WAYS[0])
    assert result["failed"] and words.replace("LIST", str(path)) in result["msg"]
    assert sim.requests == []


def test_a_list_in_a_file(sim, bring, tmp_path):
    (tmp_path / "list.yml").write_text("credentials: [{name: new, type: none}]")
    assert bring(None, WAYS[0], src=str(tmp_path / "list.yml"))["decisions"] == {"created": 1}


@pytest.mark.parametrize("way", WAYS)
def test_everything_is_in_the_file_whatever_happens(sim, bring, tmp_path, way):
    """What went wrong before the first request, with a credential, with the list that pruning needs, and nothing."""
    path = tmp_path / "results.json"
    sim.add("none", "old", {})
    by_id = {"credential_id": "01KK9J6VFKZSB86BQQT8903TMY", "type": "none"}
    for credentials, fault, words in (
        ([{"name": "a", "type": "no such type"}], {}, "type"),
        ([listed("a"), by_id], {}, "1 of 2 credentials failed."),
        ([listed("a")], {"path": "credentials$", "after": 1}, "Could not list the credentials of organisation"),
        ([listed("a")], {}, "Changed: 1 deleted ('old'). 1 is as it should be."),
    ):
        if fault:
            sim.fault("bad_gateway", **fault)
        result = bring(credentials, way, results_file=str(path))
        written = json.loads(path.read_text())
        assert words in result["msg"] and written["msg"] == result["msg"]
        assert written["failed"] is result.get("failed", False)
        if "results" in written:
            assert [item["name"] for item in written["results"]] == [item.get("name") for item in credentials]
            assert written["failures"] == result["failures"]
    assert sim.names() == ["a"]


def test_a_credential_that_is_listed_twice_is_refused_before_anything_is_changed(sim, bring):
    there = sim.add("none", "a", {})
    result = bring([listed("a"), {"credential_id": there, "type": "none"}], WAYS[0])
    assert result["failed"] and "are the same credential" in result["msg"] and sim.names() == ["a"]
