# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fingerprints tell secrets apart and say nothing of them; records survive any cache's contents."""

import dataclasses
import json

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import (
    Record,
    digest_of,
    fingerprints,
    key_id,
    record_key,
)
from ansible_collections.versori.platform.plugins.module_utils._core.wanted import Wanted, read_wanted
from hypothesis import given
from hypothesis import strategies as st

ORG, ID = "01HFS2NEAZ6ECZBZMN4FF775P7", "01KK9J6VFKZSB86BQQT8903TMY"
URL = "https://platform.versori.com/api/connect/v1alpha1"
KEY = b"kf" * 20


def wanted(**changes) -> Wanted:
    options = {"organisation_id": ORG, "credential_id": ID, "type": "basic-auth", "data": {"username": "me", "password": "hunter2"}}
    return read_wanted({**options, **changes})


def prints(key=KEY, url=URL, credential_id=ID, **changes) -> str:
    return fingerprints(key, url, credential_id, wanted(**changes)).popitem()[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"key": b"other" * 8},
        {"url": "https://platform-staging.versori.com/api/connect/v1alpha1"},
        {"credential_id": "01KK9J6VFKZSB86BQQT8903TMZ"},
        {"organisation_id": "01HFS2NEAZ6ECZBZMN4FF775P8"},
        {"data": {"username": "me", "password": "hunter3"}},
        {"type": "string", "data": {"value": "hunter2"}},
    ],
)
def test_bound_to_everything_that_matters(changes):
    assert prints(**changes) != prints()


def test_the_same_again():
    assert prints() == prints(credential_id=ID.lower(), organisation_id=ORG.lower())  # ULIDs have no case
    assert prints() == prints(data={"username": "other", "password": "hunter2"})  # a readable field is no secret
    assert "hunter2" not in prints() and len(prints()) == 64


def test_base64_counts_by_its_bytes():
    def one(text):
        return prints(type="binary", data={"valueBase64": text})

    assert one("YWJjZA==") == one("YWJj\nZA==\n")
    assert one("YWJjZA==") != one("YWJjZQ==")


def test_record_key_is_safe_for_any_cache():
    assert len(record_key(URL, ORG, ID)) == 40
    assert record_key(URL, ORG, ID) == record_key(URL, ORG.lower(), ID.lower())
    assert len({record_key(URL, ORG, ID), record_key(URL, ID, ORG), record_key(URL + "/", ORG, ID)}) == 3


def test_there_and_back_through_json():
    record = Record(key_id(KEY), {"password": "ab"}, "2026-01-02T03:04:05Z", "drifted", True)
    assert Record.from_dict(json.loads(json.dumps(record.as_dict()))) == record
    assert key_id(KEY) != key_id(b"other") and KEY.decode() not in key_id(KEY)


@pytest.mark.parametrize(
    "damage",
    [
        {"format": 2},
        {"state": "nonsense"},
        {"updated_at": 7},
        {"fingerprints": ["x"]},
        {"fingerprints": {"password": None}},
        {"surprise": 1},
        {"key_id": None},
        {"shows_secrets": "yes"},
    ],
)
def test_a_damaged_record_counts_as_forgotten(damage):
    good = Record("id", {"password": "ab"}).as_dict()
    assert Record.from_dict(good) is not None
    damaged = {**good, **damage}
    assert Record.from_dict(damaged) is None
    del damaged["digest"]
    assert Record.from_dict({**damaged, "digest": digest_of(damaged)}) is None, "not by its digest alone"


def test_what_is_half_one_record_and_half_another_is_none():
    """A reader that comes while a record is written over another one (both are filled up to one length) sees such a thing."""
    old = Record("id", {"password": "a" * 64}, "2026-01-02T03:04:05Z")
    new = Record("id", {"password": "b" * 64}, "2026-01-02T03:04:06Z", "drifted")
    texts = [json.dumps(one.as_dict(), sort_keys=True).ljust(1024) for one in (new, old)]
    mixed = 0
    for cut in range(1025):
        try:
            content = json.loads(texts[0][:cut] + texts[1][cut:])
        except ValueError:
            continue
        mixed += content not in (new.as_dict(), old.as_dict())
        assert Record.from_dict(content) in (None, old, new)
    assert mixed > 50


@given(st.none() | st.text() | st.integers() | st.lists(st.integers()) | st.dictionaries(st.text(max_size=9), st.text(max_size=9)))
def test_any_cache_content_is_a_record_or_none(content):
    assert Record.from_dict(content) is None or dataclasses.is_dataclass(Record.from_dict(content))
