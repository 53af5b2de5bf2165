# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection remembers of one credential after a push: keyed fingerprints, never a secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from .credential_types import BASE64, TYPES
from .desired import Desired
from .identifiers import normal_identifier
from .names import name_digest
from .observed import Observed

FORMAT = 1  # part of every fingerprint: a new canonical form makes old records read as unknown, never as equal

SETTLED = "settled"  # the server held our secrets when last seen
DRIFTED = "drifted"  # the same, but the push before that answered a drift
CONTESTED = "contested"  # moved again right after that: nobody has seen what the server holds
PENDING = "pending"  # a push was begun, and its end was never noted


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
    """

    key_id: str
    fingerprints: dict[str, str] = dataclass_field(default_factory=dict)
    updated_at: str | None = None
    state: str = SETTLED
    shows_secrets: bool = False
    shown: dict[str, str] = dataclass_field(default_factory=dict)
    is_adopted: bool = False

    def shown_as(self, earlier: Record) -> list[str]:
        """Names of the fields that the server shows otherwise than they are sent, and showed so when the same was sent earlier."""
        same = {name for name, fingerprint in self.fingerprints.items() if earlier.fingerprints.get(name) == fingerprint}
        return [name for name, form in self.shown.items() if form and name in same and earlier.shown.get(name) == form]

    def as_text(self) -> str:
        """As the memory keeps it: JSON, the same wherever it is kept and whatever wrote it."""
        return json.dumps(
            {"format": FORMAT, **{name: value for name, value in vars(self).items() if value or name not in ("shown", "is_adopted")}},
            sort_keys=True,
        )

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
            record = cls(**content)
            if (
                record_format == FORMAT
                and isinstance(record.key_id, str)
                and all(isinstance(fingerprint, str) for fingerprint in (*record.fingerprints.values(), *record.shown.values()))
                and isinstance(record.updated_at, (str, type(None)))
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


def _joined(*parts: str) -> bytes:
    """Several texts as one; JSON keeps ``("a", "bc")`` and ``("ab", "c")`` apart."""
    return json.dumps(parts).encode()
