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
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from .credential_types import BASE64, TYPES
from .desired import Desired
from .identifiers import normal_identifier

FORMAT = 1  # part of every fingerprint: a new canonical form makes old records read as unknown, never as equal

SETTLED = "settled"  # the server held our secrets when last seen
DRIFTED = "drifted"  # the same, but the push before that answered a drift
CONTESTED = "contested"  # moved again right after that: nobody has seen what the server holds
PENDING = "pending"  # a push was begun, and its end was never noted


@dataclass(frozen=True)
class Record:
    """The memory of one credential.

    :param fingerprints: for each secret field that was sent or removed, its keyed fingerprint in hex.
    :param key_id: which key made them.
    :param updated_at: the server's ``updatedAt`` when those secrets were there.
    :param state: one of the words above.
    :param shows_secrets: the server showed the very secret that was sent, so what it shows later can be trusted.
    """

    key_id: str
    fingerprints: dict[str, str] = dataclass_field(default_factory=dict)
    updated_at: str | None = None
    state: str = SETTLED
    shows_secrets: bool = False

    def as_text(self) -> str:
        """As the memory keeps it: JSON, the same wherever it is kept and whatever wrote it."""
        return json.dumps({"format": FORMAT, **vars(self)}, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> Record | None:
        """The reverse; ``None`` for a record of another format, which then counts as forgotten.

        :raises ValueError: for what is no record.
        """
        try:
            plain = json.loads(text)
        except RecursionError:
            raise ValueError("no record") from None
        if not isinstance(plain, dict):
            raise ValueError("no record")
        if not isinstance(plain.get("format"), int):
            raise ValueError("no record")
        if plain.pop("format") != FORMAT:
            return None
        try:
            record = cls(**plain)
        except TypeError:
            raise ValueError("no record") from None
        sound = (
            isinstance(record.key_id, str)
            and isinstance(record.fingerprints, dict)
            and all(isinstance(one, str) for one in record.fingerprints.values())
            and isinstance(record.updated_at, (str, type(None)))
            and record.state in (SETTLED, DRIFTED, CONTESTED, PENDING)
            and isinstance(record.shows_secrets, bool)
        )
        if not sound:
            raise ValueError("no record")
        return record


def record_name(api_url: str, organisation_id: str, credential_id: str) -> str:
    """The name of a credential's record, the same on every version of Ansible: 40 hex digits that any cache takes."""
    return _digest(hashlib.sha256, api_url, normal_identifier(organisation_id), normal_identifier(credential_id))[:40]


def key_id(key: bytes) -> str:
    """Names a fingerprint key without telling anything of it."""
    return hmac.new(key, b"versori.platform key id", hashlib.sha256).hexdigest()[:16]


def fingerprints(key: bytes, api_url: str, credential_id: str, desired: Desired) -> dict[str, str]:
    """HMAC-SHA256 of each desired secret, bound to API URL, organisation, credential, type, field and format.

    Base64 counts by its bytes, so another spelling of the same bytes is the same secret. A secret field that is to be removed has
    a fingerprint too: the server may hold it and not show it, so only the memory tells that the removal was pushed.

    :return: in hex, by the fields' names.
    """

    def fingerprint(name: str, content: str) -> str:
        return _digest(
            lambda message: hmac.new(key, message, hashlib.sha256),
            str(FORMAT),
            api_url,
            normal_identifier(desired.organisation_id),
            normal_identifier(credential_id),
            desired.type,
            name,
            content,
        )

    prints = {}
    for field in TYPES[desired.type]:
        if field.name in desired.secrets:
            value = desired.secrets[field.name]
            content = base64.b64decode(value) if field.kind == BASE64 else value.encode()
            prints[field.name] = fingerprint(field.name, content.hex())
        elif field.secret and field.name in desired.removed:
            prints[field.name] = fingerprint(field.name, "removed")
    return prints


def _digest(function: t.Callable[[bytes], t.Any], *parts: str) -> str:
    """One digest over several texts; JSON keeps ``("a", "bc")`` and ``("ab", "c")`` apart."""
    return str(function(json.dumps(parts).encode()).hexdigest())
