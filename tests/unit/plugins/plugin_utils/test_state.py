# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is remembered in one place: listed without its fingerprints, forgotten, and moved so that it is of use there."""

import dataclasses
import json
import os
import stat

import pytest
from ansible.plugins.cache import BaseCacheModule
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import Record
from ansible_collections.versori.platform.plugins.plugin_utils import _memory_cache
from ansible_collections.versori.platform.plugins.plugin_utils._memory import Memory
from ansible_collections.versori.platform.plugins.plugin_utils._memory_file import FILE, FOLDER, MemoryFile
from ansible_collections.versori.platform.plugins.plugin_utils._state import State
from ansible_collections.versori.platform.plugins.plugin_utils._table import state_lines

URL, ORG, OTHER_ORG = "https://platform.versori.com/api/connect/v1alpha1", "01HFS2NEAZ6ECZBZMN4FF775P7", "01HFS2NEAZ6ECZBZMN4FF775P8"
ID, OTHER_ID, THIRD_ID = "01KK9J6VFKZSB86BQQT8903TMY", "01KK9J6VFKZSB86BQQT8903TMZ", "01KK9J6VFKZSB86BQQT8903TM0"
PUSHED, KEY = "2026-01-02T03:04:05Z", "kf" * 20


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "here"


@pytest.fixture
def cache(monkeypatch):
    """What a shared cache holds, by the connection and the name; its plugin lists it as that of Redis does, in bytes."""
    held: dict[str, dict[str, str]] = {}

    class CacheModule(BaseCacheModule):
        def __init__(self, **options):
            self._held = held.setdefault(options.get("_uri", ""), {})

        def get(self, key):
            return self._held[key]

        def set(self, key, value):
            self._held[key] = value

        def delete(self, key):
            del self._held[key]

        def keys(self):
            return [key.encode() for key in self._held]

        contains = copy = flush = keys

    monkeypatch.setattr(_memory_cache, "_class_of", lambda _plugin: CacheModule)
    return held


def memory(folder, **options) -> Memory:
    return Memory(URL, cache_connection=str(folder), **options)


def fill(kept: Memory, state="settled") -> None:
    """One credential that was pushed, one of type none, and a creation that was begun."""
    kept.begin_create(ORG, "n")
    kept.write(ORG, ID, Record(kept.key_id, {"value": "ab" * 32}, PUSHED, state, name="n", pushed_at=PUSHED))
    kept.end_create(ORG, "n", ID, "n")
    kept.end_create(OTHER_ORG, "m", OTHER_ID, "m")
    kept.begin_create(OTHER_ORG, "begun")
    kept.close()


def state(folder=None, plugin=None, key=None, check_mode=False) -> State:
    return State(plugin, None if folder is None else str(folder), None, key, check_mode)


def listed(of: State) -> list[tuple]:
    return [(entry.state, entry.name, entry.credential_id, entry.organisation_id) for entry in of.entries]


ALL = [
    ("settled", "n", ID, ORG),
    ("creating", "begun", None, OTHER_ORG),
    ("name_only", "m", OTHER_ID, OTHER_ORG),
]


def contents(folder) -> dict[str, str]:
    store = MemoryFile(str(folder), check_mode=True)
    return store.items()


def checks(of: State) -> dict[str, tuple[bool, str]]:
    return {check["check"]: (check["ok"], check["detail"]) for check in of.checks()}


def test_what_is_listed(folder):
    fill(memory(folder))
    found = state(folder)
    assert listed(found) == ALL
    first = found.entries[0].as_dict()
    assert first == {
        "name": "n",
        "credential_id": ID,
        "organisation_id": ORG,
        "api_url": URL,
        "pushed_at": PUSHED,
        "state": "settled",
    }
    assert "ab" * 32 not in json.dumps([entry.as_dict() for entry in found.entries])
    assert {name: ok for name, (ok, _detail) in checks(found).items()} == dict.fromkeys(
        ("file", "permissions", "journal", "records", "key"), True
    )


def test_nothing_is_made_to_look(folder):
    found = state(folder)
    assert (found.entries, folder.exists()) == ([], False)
    assert checks(found) == {
        "file": (True, "there is none yet"),
        "records": (True, "all 0 can be read"),
        "key": (True, "none is needed yet"),
    }


def test_records_of_before_there_were_names(folder):
    kept = memory(folder)
    kept._store.set(kept._name_of(ORG, ID), Record(kept.key_id).as_text())
    kept._store.set(kept._name_of(ORG, "named n"), json.dumps({"begun": 1.0, "id": ID, "shown": "x"}))
    assert sorted(listed(state(folder))) == [("name_only", None, ID, None), ("settled", None, None, None)]
    assert [entry.time for entry in state(folder).entries if entry.state == "name_only"] == ["1970-01-01T00:00:01Z"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "damaged"),
        ("[]", "damaged"),
        ('{"format": 1}', "damaged"),
        ('{"format": 1, "of": []}', "damaged"),
        ('{"format": 99}', "other_version"),
        ('{"begun": 1e300}', "damaged"),
    ],
)
def test_what_cannot_be_read(folder, text, what):
    kept = memory(folder)
    kept._store.set(kept._name_of(ORG, ID), text)
    found = state(folder)
    assert listed(found) == [(what, None, None, None)]
    assert checks(found)["records"] == (False, "1 of 1 cannot be read, and count as unknown or stop a task: forget them")
    assert found.forget(None) == found.entries and contents(folder) == {}


def test_checks_of_what_is_wrong(folder):
    fill(memory(folder))
    (folder / FOLDER).chmod(0o755)
    found = checks(state(folder, key=KEY))
    assert found["permissions"] == (False, "others may enter: the next task that pushes closes it")
    assert found["key"] == (False, "1 records were made with another key, and count as unknown")
    (folder / FOLDER / f"{FILE}-journal").write_text("")
    assert checks(state(folder))["journal"][1].startswith("memory.db-journal is beside it: a task is running, or was killed")


@pytest.mark.parametrize("called", [["n"], [ID], [ID.lower()], ["n", ID]])
def test_to_forget_one_forgets_what_its_name_is_remembered_for(folder, called):
    fill(memory(folder))
    assert [entry.name for entry in state(folder, check_mode=True).forget(called)] == ["n"]
    assert len(contents(folder)) == 4
    assert [entry.name for entry in state(folder).forget(called)] == ["n"]
    assert listed(state(folder)) == ALL[1:] and len(contents(folder)) == 2
    assert memory(folder).read(ORG, ID) is None and memory(folder).read_name(ORG, "n").id is None


@pytest.mark.parametrize(("called", "left"), [(["begun"], [ALL[0], ALL[2]]), (["m"], ALL[:2]), (None, [])])
def test_what_else_can_be_forgotten(folder, called, left):
    fill(memory(folder))
    key = memory(folder).key
    state(folder).forget(called)
    assert listed(state(folder)) == left and memory(folder).key == key


def test_by_an_earlier_name_the_credential_is_forgotten(folder):
    kept = memory(folder)
    kept.begin_create(ORG, "earlier")
    kept.end_create(ORG, "earlier", ID, "earlier")
    kept.write(ORG, ID, Record(kept.key_id, {"value": "f"}, PUSHED, name="now"))
    kept.close()
    forgotten = State(None, str(folder), None, None, False).forget(["earlier"])
    assert [entry.credential_id for entry in forgotten] == [ID]
    assert State(None, str(folder), None, None, False).entries == []


def test_a_name_that_is_not_remembered_is_misspelt(folder):
    fill(memory(folder))
    with pytest.raises(Failure, match=r"^forget: nothing is remembered of 'x' in .*memory\.db\. Nothing was forgotten\."):
        state(folder).forget(["n", "x"])
    assert listed(state(folder)) == ALL


def test_what_is_written_meanwhile_is_not_forgotten(folder):
    fill(memory(folder))
    found = state(folder)
    kept = memory(folder)
    kept.write(ORG, ID, dataclasses.replace(kept.read(ORG, ID), updated_at="2026-01-03T00:00:00Z"))
    found.forget(None)
    assert listed(state(folder)) == ALL[:1]


# --- the key


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_key_is_written_down_once_and_for_its_owner_alone(folder, tmp_path, check_mode):
    fill(memory(folder))
    path = tmp_path / "key.yml"
    state(folder, check_mode=check_mode).write_key(str(path))
    if check_mode:
        assert not path.exists()
        return
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().endswith(f'\nversori_fingerprint_key: "{memory(folder).key.decode()}"\n')
    with pytest.raises(Failure, match=r"key_file .*key\.yml is there already, and no file is overwritten"):
        state(folder).write_key(str(path))


@pytest.mark.parametrize(
    ("path", "key", "sentence"),
    [
        ("no/such/key.yml", None, "cannot be written: No such file or directory"),
        ("a\0b", None, "cannot be written: its path holds characters that no path has"),
        ("key.yml", KEY, "key_file writes down the random key of the memory's own file"),
    ],
)
def test_a_key_that_cannot_be_written_down(folder, tmp_path, path, key, sentence):
    fill(memory(folder))
    with pytest.raises(Failure, match=sentence):
        state(folder, key=key).write_key(str(tmp_path / path))
    with pytest.raises(Failure, match="has no key of its own yet"):
        state(tmp_path / "empty").write_key(str(tmp_path / "other.yml"))


# --- to another place


@pytest.mark.parametrize("keep", [False, True])
def test_to_another_folder(folder, tmp_path, keep):
    fill(memory(folder))
    key, there = memory(folder).key, tmp_path / "there"
    assert state(folder, check_mode=True).move(None, str(there), keep) == str(there / FOLDER / FILE)
    assert not there.exists()
    assert memory(there).key != key  # of a file that was made and never used
    assert state(folder).move(None, str(there), keep) == str(there / FOLDER / FILE)
    assert listed(state(there)) == ALL
    assert listed(state(folder)) == (ALL if keep else [])
    moved = memory(there)
    assert moved.key == key and moved.read(ORG, ID).key_id == moved.key_id
    state(there).move(None, str(folder), False)  # and back: what is there already is no other one
    assert (listed(state(folder)), listed(state(there))) == (ALL, [])


def test_with_a_key_that_is_given_none_is_moved(folder, tmp_path):
    fill(memory(folder, fingerprint_key=KEY))
    state(folder, key=KEY).move(None, str(tmp_path / "there"), False)
    moved = memory(tmp_path / "there", fingerprint_key=KEY)
    assert moved.read(ORG, ID).key_id == moved.key_id
    assert MemoryFile(str(tmp_path / "there"), check_mode=True).stored_key() is None


@pytest.mark.parametrize("what", ["other records", "another key"])
def test_nothing_is_moved_over_something_else(folder, tmp_path, what):
    fill(memory(folder))
    there = tmp_path / "there"
    other = memory(there)
    if what == "other records":
        fill(other, "drifted")
    else:
        other.write(ORG, THIRD_ID, Record(other.key_id))
    before = contents(there)
    with pytest.raises(Failure, match=r"^move_to: .* holds other records of these credentials, or has another key\. Nothing was moved\."):
        state(folder).move(None, str(there), False)
    assert (contents(there), listed(state(folder))) == (before, ALL)


def test_it_is_moved_beside_what_else_is_there(folder, tmp_path):
    """Of other credentials, and with the same key."""
    fill(memory(folder))
    state(folder).move(None, str(tmp_path / "there"), True)
    there = memory(tmp_path / "there")
    there._store.set(there._name_of(ORG, THIRD_ID), "{}")
    state(folder).move(None, str(tmp_path / "there"), False)
    assert len(contents(tmp_path / "there")) == 5


def test_to_where_it_is(folder, tmp_path, cache):
    fill(memory(folder))
    (tmp_path / "link").symlink_to(folder)
    for place in (folder, tmp_path / "link"):
        with pytest.raises(Failure, match="is where the memory is already"):
            state(folder).move(None, str(place), False)
    fill(memory("one:6379:0", cache_plugin="some.redis", fingerprint_key=KEY))
    with pytest.raises(Failure, match=r"^move_to: cache_plugin some\.redis is where the memory is already"):
        state("one:6379:0", "some.redis", KEY).move("some.redis", "one:6379:0", False)


def test_to_a_shared_cache_with_its_own_key(folder, tmp_path, cache):
    fill(memory(folder))
    for key in (None, KEY):
        with pytest.raises(
            Failure, match=r"^move_to: a shared cache keeps no key, .* Nothing was moved\. Give that key as fingerprint_key"
        ):
            state(folder, key=key).move("some.redis", "one:6379:0", False)
    key = memory(folder).key.decode()
    assert state(folder, key=key).move("some.redis", "one:6379:0", False) == "cache_plugin some.redis"
    assert (listed(state(folder)), listed(state("one:6379:0", "some.redis"))) == ([], ALL)
    shared = memory("one:6379:0", cache_plugin="some.redis", fingerprint_key=key)
    assert shared.read(ORG, ID).key_id == shared.key_id
    # from there to another one, and back into a folder
    state("one:6379:0", "some.redis", key).move("some.redis", "two:6379:0", False)
    state("two:6379:0", "some.redis", key).move(None, str(tmp_path / "back"), True)
    assert [listed(state(*place)) for place in (("one:6379:0", "some.redis"), ("two:6379:0", "some.redis"), (tmp_path / "back",))] == [
        [],
        ALL,
        ALL,
    ]
    assert key not in json.dumps(cache)


def test_a_cache_that_cannot_be_listed(cache, monkeypatch):
    def refuse(_self):
        raise NotImplementedError

    fill(memory("one:6379:0", cache_plugin="some.redis", fingerprint_key=KEY))
    for keys in (refuse, lambda _self: [], lambda _self: None):
        monkeypatch.setattr(_memory_cache._class_of(""), "keys", keys)
        with pytest.raises(Failure, match=r"^The memory \(cache_plugin some\.redis\) cannot be listed: its plugin does not tell"):
            state("one:6379:0", "some.redis")


def test_checks_of_a_cache(cache):
    fill(memory("one:6379:0", cache_plugin="some.redis", fingerprint_key=KEY))
    assert checks(state("one:6379:0", "some.redis")) == {
        "place": (True, "the cache answers"),
        "records": (True, "all 4 can be read"),
        "key": (False, "none is here: give the fingerprint_key"),
    }
    assert checks(state("one:6379:0", "some.redis", KEY))["key"] == (True, "it is the fingerprint_key that is given")


# --- for a terminal


def test_the_table(folder):
    fill(memory(folder))
    found = state(folder)
    entries = [{**entry.as_dict(), "pushed_at": PUSHED} for entry in found.entries]
    entries[2]["name"] = "m\u202e" + "x" * 100
    lines = state_lines(entries, found.checks()[:1], "/place", "remembered")
    assert lines[:-3] == [
        "/place: 3 credentials remembered",
        f"organisation {ORG} at {URL}",
        "state    last push   id                          name",
        "-------  ----------  --------------------------  ----",
        f"settled  2026-01-02  {ID}  n",
        f"organisation {OTHER_ORG} at {URL}",
        "state      last push   id                          name",
        "---------  ----------  --------------------------  ----",
        "creating   2026-01-02  -                           begun",
        f"name_only  2026-01-02  {OTHER_ID}  m\\u202e{'x' * 100}",
    ]
    assert lines[-1].startswith("file   ok  ") and os.path.exists(found.place)
    assert state_lines([{**entries[0], "name": None, "pushed_at": None, "organisation_id": None}], [], "p", "forgotten") == [
        "p: 1 credential forgotten",
        f"organisation (not remembered) at {URL}",
        "state    last push  id                          name",
        "-------  ---------  --------------------------  ----",
        f"settled  -          {ID}  (name not remembered)",
    ]
