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

from .credential_types import BASE64, TYPES, Field
from .identifiers import normal_identifier
from .wanted import Wanted

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

    def as_dict(self) -> dict[str, t.Any]:
        """As plain data, for a cache plugin; with a digest, so that what is half another record counts as none."""
        plain = {"format": FORMAT, **vars(self)}
        return {**plain, "digest": digest_of(plain)}

    @classmethod
    def from_dict(cls, plain: t.Any) -> Record | None:
        """The reverse; ``None`` for anything that is no record of this format, which then counts as forgotten."""
        if not isinstance(plain, dict) or plain.get("format") != FORMAT:
            return None
        rest = {key: value for key, value in plain.items() if key != "digest"}
        if plain.get("digest") != digest_of(rest):
            return None
        del rest["format"]
        try:
            record = cls(**rest)
        except TypeError:
            return None
        sound = (
            isinstance(record.key_id, str)
            and isinstance(record.fingerprints, dict)
            and all(isinstance(one, str) for one in record.fingerprints.values())
            and isinstance(record.updated_at, (str, type(None)))
            and record.state in (SETTLED, DRIFTED, CONTESTED, PENDING)
            and isinstance(record.shows_secrets, bool)
        )
        return record if sound else None


def record_key(api_url: str, organisation_id: str, credential_id: str) -> str:
    """The name of a credential's record: 40 hex digits that any cache plugin takes."""
    return _digest(hashlib.sha256, api_url, normal_identifier(organisation_id), normal_identifier(credential_id))[:40]


def key_id(key: bytes) -> str:
    """Names a fingerprint key without telling anything of it."""
    return hmac.new(key, b"versori.platform key id", hashlib.sha256).hexdigest()[:16]


def fingerprints(key: bytes, api_url: str, credential_id: str, wanted: Wanted) -> dict[str, str]:
    """HMAC-SHA256 of each wanted secret, bound to API URL, organisation, credential, type, field and format.

    Base64 counts by its bytes, so another spelling of the same bytes is the same secret. A secret field that is to be removed has
    a fingerprint too: the server may hold it and not show it, so only the memory tells that the removal was pushed.
    """
    fields = {one.name: one for one in TYPES[wanted.type]}

    def fingerprint(name: str, content: str) -> str:
        return _digest(
            lambda message: hmac.new(key, message, hashlib.sha256),
            str(FORMAT),
            api_url,
            normal_identifier(wanted.organisation_id),
            normal_identifier(credential_id),
            wanted.type,
            name,
            content,
        )

    prints = {name: fingerprint(name, _bytes_of(fields[name], value).hex()) for name, value in wanted.secrets.items()}
    return prints | {name: fingerprint(name, "removed") for name in wanted.removed if fields[name].secret}


def _bytes_of(field: Field, value: str) -> bytes:
    return base64.b64decode(value) if field.kind == BASE64 else value.encode()


def digest_of(plain: dict[str, t.Any]) -> str:
    """What a record's content comes down to; no key is in it, for it only tells a whole record from half of one."""
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _digest(function: t.Callable[[bytes], t.Any], *parts: str) -> str:
    """One digest over several texts; JSON keeps ``("a", "bc")`` and ``("ab", "c")`` apart."""
    return str(function(json.dumps(parts).encode()).hexdigest())
