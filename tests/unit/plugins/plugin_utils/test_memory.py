# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory: records under names that no version of Ansible changes, and the key that makes fingerprints."""

import dataclasses
import json

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import NameRecord, Record, record_name
from ansible_collections.versori.platform.plugins.module_utils._core.observed import Observed
from ansible_collections.versori.platform.plugins.plugin_utils._memory import DEFAULT_PREFIX, Memory
from ansible_collections.versori.platform.plugins.plugin_utils._memory_file import FOLDER

URL, ORG, ID = "https://platform.versori.com/api/connect/v1alpha1", "01HFS2NEAZ6ECZBZMN4FF775P7", "01KK9J6VFKZSB86BQQT8903TMY"
KEY = "kf" * 20
OF = {"api_url": URL, "organisation_id": ORG, "credential_id": ID}


def memory(folder, **options) -> Memory:
    return Memory(URL, cache_connection=str(folder), **options)


def record(kept: Memory, state: str = "settled") -> Record:
    return Record(kept.key_id, {"value": "ab"}, "2026-01-02T03:04:05Z", state)


def test_what_is_written_is_there_for_the_next_process(tmp_path):
    first = memory(tmp_path)
    assert first.key == memory(tmp_path).key != memory(tmp_path / "other").key and len(first.key) == 64
    first.write(ORG, ID, record(first))
    assert memory(tmp_path).read(ORG, ID) == memory(tmp_path).read(ORG, ID.lower()) == record(first)
    assert memory(tmp_path).read(ID, ORG) is memory(tmp_path, cache_prefix="two_").read(ORG, ID) is None
    for _time in range(2):  # forgetting twice is fine
        first.write(ORG, ID, None)
        assert memory(tmp_path).read(ORG, ID) is None


def test_the_names_are_the_same_on_every_version(tmp_path):
    """As they were first released: with others, an upgrade would forget everything."""
    assert record_name(URL, ORG, ID) == "1614e3c977f3b91469188d265e0e3fb590cc9114"
    kept = memory(tmp_path)
    kept.write(ORG, ID, record(kept))
    assert kept._store.get(DEFAULT_PREFIX + record_name(URL, ORG, ID)) == record(kept).as_text(OF)


def test_a_given_key_is_not_kept(tmp_path):
    """The blanks around it are none of it."""
    assert memory(tmp_path, fingerprint_key=f" {KEY}\n").key == memory(tmp_path, fingerprint_key=KEY).key == KEY.encode()
    for path in (tmp_path / FOLDER).iterdir():
        assert KEY.encode() not in path.read_bytes()
    assert memory(tmp_path).key != KEY.encode()


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format": 1}', '{"format": 1, "key_id": 7}', "[" * 100_000])
def test_a_damaged_record_is_a_failure(tmp_path, content):
    """Who would take it for forgotten might adopt what the server holds."""
    kept = memory(tmp_path)
    kept._store.set(DEFAULT_PREFIX + record_name(URL, ORG, ID), content)
    with pytest.raises(Failure, match=r"db is damaged \(a record is not valid\), and nothing is sent without it\. Move the file away"):
        memory(tmp_path).read(ORG, ID)
    kept.write(ORG, ID, record(kept))
    assert memory(tmp_path).read(ORG, ID) == record(kept)
    kept._store.set(DEFAULT_PREFIX + record_name(URL, ORG, ID), '{"format": 99, "what": "ever"}')
    assert kept.read(ORG, ID) is None  # one of another format counts as forgotten


def test_a_creation_is_noted_before_and_after(tmp_path, monkeypatch):
    """And for as long as nobody knows what became of it."""
    kept, now = memory(tmp_path), 1_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    assert kept.read_name(ORG, "a name") == NameRecord()
    kept.begin_create(ORG, "a name")
    now += 30
    assert memory(tmp_path).read_name(ORG, "a name") == NameRecord(age=30)
    assert kept.read_name(ORG, "another") == kept.read_name(ID, "a name") == NameRecord()
    kept.end_create(ORG, "a name", ID, "a name")
    now -= 90
    assert (kept.read_name(ORG.lower(), "a name").id, kept.read_name(ORG, "a name").age) == (ID, -60)
    kept.end_create(ORG, "a name")
    kept.end_create(ORG, "never begun")
    assert kept.read_name(ORG, "a name") == kept.read_name(ORG, "never begun") == NameRecord()


def test_a_creation_is_not_begun_where_it_cannot_be_noted(tmp_path, monkeypatch):
    """A disk that is full, or a server that only answers, is found out by nothing less."""
    kept = memory(tmp_path)

    def refuse(_name, _content):
        raise Failure("full")

    monkeypatch.setattr(kept._store, "set", refuse)
    with pytest.raises(Failure, match="full"):
        kept.begin_create(ORG, "a name")


def test_which_credential_has_a_name_is_remembered(tmp_path):
    kept = memory(tmp_path)
    kept.end_create(ORG, "A name", ID, "a name")
    kept = memory(tmp_path)

    def is_it(organisation_id=ORG, name="A name", id=ID, shown="a name"):
        return kept.read_name(organisation_id, name).is_of(Observed({"id": id, "name": shown}))

    assert kept.read_name(ORG, "A name").age is None and is_it() and is_it(ORG.lower())
    assert not any([is_it(ID), is_it(name="a name"), is_it(id=ORG), is_it(shown="A"), NameRecord().is_of(Observed({"id": "", "name": ""}))])


def test_names_are_kept_without_secrets(tmp_path):
    """People write tokens into names; what is kept is for a list to be printed."""
    kept = memory(tmp_path)
    kept.mask = Mask(["hunter22-secret"])
    kept.begin_create(ORG, "begun hunter22-secret")
    kept.end_create(ORG, "wanted hunter22-secret", ID, "ended hunter22-secret")
    kept.write(ORG, ID, dataclasses.replace(record(kept), name="named hunter22-secret"))
    names = sorted(json.loads(content)["name"] for content in kept._store.items().values())
    assert names == ["begun ********", "ended ********", "named ********"]
    assert kept.read(ORG, ID).name == "named ********"


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"id": "a/b", "shown": "x"}', '{"id": 7, "shown": "x"}', '{"begun": "x"}'])
def test_what_is_remembered_of_a_name_in_another_form_is_nothing(tmp_path, content):
    kept = memory(tmp_path)
    kept._store.set(kept._name_of(ORG, "named n"), content)
    assert kept.read_name(ORG, "n") == NameRecord()


def test_nothing_is_made_to_be_read(tmp_path):
    """Check mode: no folder, no file, no key."""
    kept = memory(tmp_path / "no" / "such", check_mode=True)
    assert kept.read(ORG, ID) is None
    assert len(kept.key) == 64
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_can_be_read_alone(tmp_path):
    first = memory(tmp_path)
    first.write(ORG, ID, record(first))
    kept = memory(tmp_path, check_mode=True)
    assert (kept.read(ORG, ID), kept.key) == (record(first), first.key)
    kept.write(ORG, ID, None)
    assert kept.read(ORG, ID) is None
    assert memory(tmp_path).read(ORG, ID) == record(first)


@pytest.mark.parametrize("prefix", [".hidden", "a/b", "a b", "x" * 101, "ä"])
def test_a_prefix_that_is_none(tmp_path, prefix):
    with pytest.raises(Failure, match="cache_prefix must be 1 to 100 letters"):
        memory(tmp_path, cache_prefix=prefix)


SHORTEST = "0123456789abcdefghijklmnopqrstuv"


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (SHORTEST[1:], "is too short: .* at least 32"),
        (" " * 40, "blank|too short|placeholder"),
        ("$encrypted$" + "x" * 30, "placeholder"),
        ("{{ vault_fingerprint_key_of_the_team }}", "placeholder, a template"),
        ("*" * 40, "placeholder, a redacted value"),
        ("0123456789abcdef****************0123456789", "placeholder, a value that is masked in part"),
    ],
)
def test_a_key_that_is_none(tmp_path, key, sentence):
    with pytest.raises(Failure, match=f"fingerprint_key .*({sentence})"):
        memory(tmp_path, fingerprint_key=key)
    assert list(tmp_path.iterdir()) == []
    assert memory(tmp_path, fingerprint_key=SHORTEST).key == SHORTEST.encode()
