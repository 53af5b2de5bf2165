# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection remembers of one credential after a push: keyed fingerprints, never a secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import typing as t
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field

from .credential_types import BASE64, TYPES
from .desired import Desired
from .identifiers import normal_identifier
from .names import name_digest
from .observed import Observed
from .times import in_utc, is_before

FORMAT = 1  # part of every fingerprint: a new canonical form makes old records read as unknown, never as equal

SETTLED = "settled"  # the server held our secrets when last seen
DRIFTED = "drifted"  # the same, but the push before that answered a drift
CONTESTED = "contested"  # moved again right after that: nobody has seen what the server holds
PENDING = "pending"  # a push was begun, and its end was never noted

_LEFT_OUT_EMPTY = ("shown", "is_adopted", "name", "pushed_at", "changed_at", "held_since")


@dataclass(frozen=True)
class Record:
    """The memory of one credential.

    :param fingerprints: for each field that was sent, and each secret one that was removed, its keyed fingerprint in hex.
    :param key_id: which key made them.
    :param updated_at: the server's ``updatedAt`` when those secrets were there.
    :param state: one of the words above.
    :param shows_secrets: the server showed the very secret that was sent, so what it shows later can be trusted.
    :param shown: for each readable field that the server showed otherwise than it was sent, the fingerprint of what it showed; empty for
        nothing.
    :param is_adopted: since our last push, something else has changed it that was taken as right: there may be more than we have sent.

    The rest is for people to read. No decision depends on it, and by itself it makes no record another one.

    :param name: the credential's, as it was shown last, without any secret of a task's.
    :param pushed_at: when a push ended last, in UTC.
    :param changed_at: for each secret field of which that is known, when it was changed last, in UTC.
    :param held_since: for each other one, since when at least it is the same.
    """

    key_id: str
    fingerprints: dict[str, str] = dataclass_field(default_factory=dict)
    updated_at: str | None = None
    state: str = SETTLED
    shows_secrets: bool = False
    shown: dict[str, str] = dataclass_field(default_factory=dict)
    is_adopted: bool = False
    name: str | None = dataclass_field(default=None, compare=False)
    pushed_at: str | None = dataclass_field(default=None, compare=False)
    changed_at: dict[str, str] = dataclass_field(default_factory=dict, compare=False)
    held_since: dict[str, str] = dataclass_field(default_factory=dict, compare=False)

    def shown_as(self, earlier: Record) -> list[str]:
        """Names of the fields that the server shows otherwise than they are sent, and showed so when the same was sent earlier."""
        same = {name for name, fingerprint in self.fingerprints.items() if earlier.fingerprints.get(name) == fingerprint}
        return [name for name, form in self.shown.items() if form and name in same and earlier.shown.get(name) == form]

    def secret_times(self) -> dict[str, dict[str, str]]:
        """What a result says of them: ``secret_changed_at`` and ``secret_held_since``, where there is anything to say.

        Of an interrupted push nobody knows whether the server holds the secrets of before or the new ones.
        """
        times = {"secret_changed_at": self.changed_at, "secret_held_since": self.held_since}
        return {key: dict(value) for key, value in times.items() if value and self.state != PENDING}

    def as_text(self, of: t.Mapping[str, str] | None = None) -> str:
        """As the memory keeps it: JSON, the same wherever it is kept and whatever wrote it.

        :param of: which credential it is of, for a person to read: the record's name in the memory is a digest.
        """
        members = {name: value for name, value in vars(self).items() if value or name not in _LEFT_OUT_EMPTY}
        return json.dumps({"format": FORMAT, **members, **({"of": of} if of else {})}, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> Record | None:
        """The reverse; ``None`` for a record of another format, which then counts as forgotten.

        :raises ValueError: for what is no record.
        """
        try:
            content = json.loads(text)
            record_format = content.pop("format")
            if record_format != FORMAT and isinstance(record_format, int):
                return None
            content.pop("of", None)
            record = cls(**content)
            if (
                record_format == FORMAT
                and isinstance(record.key_id, str)
                and all(isinstance(fingerprint, str) for fingerprint in (*record.fingerprints.values(), *record.shown.values()))
                and all(isinstance(time, str) for time in (*record.changed_at.values(), *record.held_since.values()))
                and all(isinstance(text, (str, type(None))) for text in (record.updated_at, record.name, record.pushed_at))
                and record.state in (SETTLED, DRIFTED, CONTESTED, PENDING)
                and isinstance(record.shows_secrets, bool)
                and isinstance(record.is_adopted, bool)
            ):
                return record
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # not JSON, or of another shape
            pass
        raise ValueError("no record")


@dataclass(frozen=True)
class NameRecord:
    """The memory of one name, for a credential that is not found by it in the list (contract, "Names"; contract, "List pages").

    :param id: the credential that was last pushed with this name, or ``None``.
    :param shown: a digest of how the platform wrote the name then.
    :param age: how many seconds ago one was begun to be created, or ``None``; less than 0 where the clock was set back since.
    """

    id: str | None = None
    shown: str = ""
    age: float | None = None

    @property
    def is_pending(self) -> bool:
        """Whether a creation was begun whose end was never noted."""
        return self.id is None and self.age is not None

    def is_of(self, observed: Observed) -> bool:
        """Whether a credential is the one of that name; one that somebody has renamed since is not."""
        return (self.id, self.shown) == (observed.id, name_digest(observed.name))


def record_name(api_url: str, organisation_id: str, credential_id: str) -> str:
    """The name of a credential's record, the same on every version of Ansible: 40 hex digits that any cache takes."""
    return hashlib.sha256(_joined(api_url, normal_identifier(organisation_id), normal_identifier(credential_id))).hexdigest()[:40]


def key_id(key: bytes) -> str:
    """Names a fingerprint key without telling anything of it."""
    return hmac.new(key, b"versori.platform key id", hashlib.sha256).hexdigest()[:16]


def fingerprints(key: bytes, api_url: str, credential_id: str, desired: Desired) -> dict[str, str]:
    """HMAC-SHA256 of each desired field, bound to API URL, organisation, credential, type, field and format.

    Base64 counts by its bytes, so another spelling of the same bytes is the same secret. A secret field that is to be removed has
    a fingerprint too: the server may hold it and not show it, so only the memory tells that the removal was pushed. That of a
    readable field counts where a server does not show it.

    :return: in hex, by the fields' names.
    """
    fields = {field.name: field for field in TYPES[desired.type]}
    contents = {name: "removed" for name in desired.removed if fields[name].secret}
    for name, value in desired.secrets.items():
        contents[name] = (base64.b64decode(value) if fields[name].kind == BASE64 else value.encode()).hex()
    for name, value in desired.readable.items():
        plain = fields[name].comparable(value)
        contents[name] = json.dumps(sorted(plain) if isinstance(plain, frozenset) else plain, sort_keys=True)
    bound_to = (str(FORMAT), api_url, normal_identifier(desired.organisation_id), normal_identifier(credential_id), desired.type)
    return {name: hmac.new(key, _joined(*bound_to, name, content), hashlib.sha256).hexdigest() for name, content in contents.items()}


def dated(record: Record, before: Record | None, desired: Desired, now: str | None, since: str | None) -> Record:
    """A record with the times of its secrets, as far as they are known.

    A push changes a secret only where its fingerprint is another one: a drift that is put right, or a change of another field, does not
    make it new. Fingerprints of two keys say nothing of each other, so with another key the times stay. Where nothing is remembered,
    what is pushed may be what was there all the time. ``secret_changed_at`` counts in each of these cases, unless an unchanged
    fingerprint is known to be older.

    :param before: what was remembered; of a credential that is new, an empty record of the same key.
    :param now: when the secrets were pushed, in UTC; ``None`` where they were not.
    :param since: since when at least the server has them, in UTC, or ``None``.
    """
    given = in_utc(desired.secret_changed_at)
    is_comparable = before is not None and before.key_id == record.key_id
    changed_at, held_since = {}, {}
    for name in desired.secrets:
        known = at_least = None
        if before and is_comparable and before.fingerprints.get(name) != record.fingerprints.get(name):
            known = given or now
        elif before:
            known, at_least = before.changed_at.get(name), before.held_since.get(name)
            if given and not (is_comparable and is_before(known or at_least, given)):
                known = given
        else:
            known = given
        if known:
            changed_at[name] = known
        elif at_least or since:
            held_since[name] = str(at_least or since)
    return replace(record, changed_at=changed_at, held_since=held_since)


def _joined(*parts: str) -> bytes:
    """Several texts as one; JSON keeps ``("a", "bc")`` and ``("ab", "c")`` apart."""
    return json.dumps(parts).encode()
