# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fingerprints tell secrets apart and say nothing of them; records survive any cache's contents."""

import dataclasses
import json

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core import memory_record
from ansible_collections.versori.platform.plugins.module_utils._core.desired import Desired, read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import Record, dated, fingerprints, key_id, record_name
from hypothesis import given
from hypothesis import strategies as st

ORG, ID = "01HFS2NEAZ6ECZBZMN4FF775P7", "01KK9J6VFKZSB86BQQT8903TMY"
URL = "https://platform.versori.com/api/connect/v1alpha1"
KEY = b"kf" * 20


def desired(**changes) -> Desired:
    options = {"organisation_id": ORG, "credential_id": ID, "type": "basic-auth", "data": {"username": "me", "password": "hunter2"}}
    return read_desired({**options, **changes})


def prints(key=KEY, url=URL, credential_id=ID, **changes) -> str:
    return next(iter(fingerprints(key, url, credential_id, desired(**changes)).values()))


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
    first, wrapped, other = (prints(type="binary", data={"valueBase64": text}) for text in ("YWJjZA==", "YWJj\nZA==\n", "YWJjZQ=="))
    assert first == wrapped != other


def test_record_name_is_safe_for_any_cache():
    assert len(record_name(URL, ORG, ID)) == 40
    assert record_name(URL, ORG, ID) == record_name(URL, ORG.lower(), ID.lower())
    assert len({record_name(URL, ORG, ID), record_name(URL, ID, ORG), record_name(URL + "/", ORG, ID)}) == 3


def test_there_and_back_through_json():
    times = {"password": "2026-01-02T03:04:05Z"}
    record = Record(key_id(KEY), {"password": "ab"}, times["password"], "drifted", True, {}, True, "n", times["password"], times, times)
    for of in (None, {"credential_id": ID}):
        assert vars(Record.from_text(record.as_text(of))) == vars(record)
    assert key_id(KEY) != key_id(b"other") and KEY.decode() not in key_id(KEY)


@pytest.mark.parametrize("state", ["settled", "drifted", "contested", "pending"])
def test_the_text_of_a_record_is_as_first_released(state):
    """A later release that reads it otherwise would forget what was pushed, or take it for damaged."""
    text = (
        '{"fingerprints": {"password": "ab"}, "format": 1, "key_id": "id", "shows_secrets": true, '
        f'"state": "{state}", "updated_at": "2026-01-02T03:04:05Z"}}'
    )
    record = Record("id", {"password": "ab"}, "2026-01-02T03:04:05Z", state, True)
    assert (record.as_text(), Record.from_text(text)) == (text, record)
    assert getattr(memory_record, state.upper()) == state


def test_fingerprints_are_as_first_released():
    """Others would make each secret count as rotated once."""
    assert key_id(KEY) == "2874428c8e4315bd"
    assert prints() == "06105c4db197baa8fc590e6e02c5edeccdec1232739c73da19332fef6247d787"
    assert prints(type="binary", data={"valueBase64": "YWJj\nZA=="}) == "d9684223ec6bda7f24fbaa61ee49f4dc2ffc29253eeac4550ffd5568dba4e207"


def test_what_is_removed_has_a_fingerprint_if_it_is_a_secret():
    data = {"clientId": "me", "clientSecret": "hunter2", "authorizeUrl": "https://a", "tokenUrl": "https://t", "scopes": []}
    one = desired(type="oauth2-token", data=data, remove_fields=["refreshToken", "additionalParams"])
    made = fingerprints(KEY, URL, ID, one)
    assert set(made) == {*data, "refreshToken"}
    assert made["refreshToken"] == "641ba1d9ea39f6d3f16aa8928320af95609b15e5d023263784925ef8145b8f2d"


def test_a_readable_field_counts_as_it_is_compared():
    data = {"clientId": "me", "clientSecret": "hunter2", "authorizeUrl": "", "tokenUrl": "https://t"}
    optional = {"scopes": ["b", "a"], "additionalParams": {"b": "1", "a": "2"}}

    def made(**changes):
        return fingerprints(KEY, URL, ID, desired(type="oauth2-client", data={**data, **optional, **changes}))

    same = made(scopes=["a", "b", "a"], additionalParams={"a": "2", "b": "1"})
    assert same == made() and len(set(same.values())) == len(same) == 6
    assert made(scopes=["a"])["scopes"] != same["scopes"]


def test_another_format_counts_as_forgotten():
    assert Record.from_text('{"format": 2, "what": "ever"}') is None
    for incomplete in ('{"what": "ever"}', '{"format": 1}'):
        with pytest.raises(ValueError, match="no record"):
            Record.from_text(incomplete)


DAMAGES = [
    *({"state": "nonsense"}, {"updated_at": 7}, {"fingerprints": ["x"]}, {"fingerprints": {"password": None}}, {"surprise": 1}),
    *({"key_id": None}, {"shows_secrets": "yes"}, {"name": 7}, {"pushed_at": 7}, {"changed_at": {"password": 7}}, {"held_since": []}),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_no_record(damage):
    good = json.loads(Record("id", {"password": "ab"}).as_text())
    assert Record.from_text(json.dumps(good)) is not None
    with pytest.raises(ValueError, match="no record"):
        Record.from_text(json.dumps({**good, **damage}))


ANY_JSON = st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(st.text() | ANY_JSON.map(json.dumps))
def test_any_content_is_a_record_or_none_or_said(content):
    try:
        record = Record.from_text(content)
    except ValueError:
        return
    assert record is None or dataclasses.is_dataclass(record)


# --- when each secret was changed

OLD, GIVEN, PUSHED, SINCE = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-02-15T00:00:00Z"


def before(fingerprint="same", key="k", **times) -> Record:
    return Record(key, {"password": fingerprint}, **{kind: {"password": time} for kind, time in times.items()})


@pytest.mark.parametrize(
    ("stored", "given", "now", "changed_at", "held_since"),
    [
        # a push of another secret, or of a new credential
        (before("other", changed_at=OLD), None, PUSHED, PUSHED, None),
        (before("other", changed_at=OLD), GIVEN, PUSHED, GIVEN, None),
        (Record("k"), None, PUSHED, PUSHED, None),
        # of the same: a drift, another field, update_secrets: always
        (before(changed_at=OLD), None, PUSHED, OLD, None),
        (before(held_since=OLD), None, PUSHED, None, OLD),
        (before(), None, PUSHED, None, SINCE),
        # somebody who says when it was changed is right, unless it is known to be older
        (before(changed_at=PUSHED), GIVEN, PUSHED, GIVEN, None),
        (before(changed_at=OLD), GIVEN, PUSHED, OLD, None),
        (before(held_since=OLD), GIVEN, PUSHED, None, OLD),
        (before(), GIVEN, PUSHED, GIVEN, None),
        # another key says nothing of it
        (before("other", "another key", changed_at=OLD), None, PUSHED, OLD, None),
        (before("other", "another key", held_since=OLD), None, PUSHED, None, OLD),
        (before("other", "another key", changed_at=OLD), GIVEN, PUSHED, GIVEN, None),
        # nothing is remembered
        (None, None, PUSHED, None, SINCE),
        (None, GIVEN, PUSHED, GIVEN, None),
        # nothing is pushed: what is there was adopted, or is shown to be another one than was remembered
        (None, None, None, None, SINCE),
        (before("other", changed_at=OLD), None, None, None, SINCE),
        (before("other", changed_at=OLD), GIVEN, None, GIVEN, None),
    ],
)
def test_when_a_secret_was_changed(stored, given, now, changed_at, held_since):
    made = dated(Record("k", {"password": "same", "username": "x"}), stored, desired(secret_changed_at=given), now, SINCE)
    assert (made.changed_at, made.held_since) == tuple({"password": time} if time else {} for time in (changed_at, held_since))
    assert made == Record("k", {"password": "same", "username": "x"})


def test_times_are_kept_in_utc():
    made = dated(Record("k"), None, desired(secret_changed_at="2026-01-01T01:00:00.5+02:00"), None, None)
    assert made.changed_at == {"password": "2025-12-31T23:00:00Z"}
    assert dated(Record("k"), None, desired(), None, None).secret_times() == {}


@pytest.mark.parametrize("state", ["settled", "pending"])
def test_after_an_interrupted_push_nobody_knows_which_secret_is_there(state):
    times = Record("k", state=state, changed_at={"a": OLD}, held_since={"b": PUSHED}).secret_times()
    assert times == ({"secret_changed_at": {"a": OLD}, "secret_held_since": {"b": PUSHED}} if state == "settled" else {})
