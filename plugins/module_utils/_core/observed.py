# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server shows of a credential, with everything taken out that must not be printed, kept or sent back."""

from __future__ import annotations

import base64
import binascii
import typing as t
from dataclasses import asdict, dataclass, field

from .credential_types import BASE64, TEXT_MAP, TEXTS, TYPES, Field
from .desired import Desired
from .failure import Failure
from .identifiers import identifier, same_identifier
from .masking import SHOWN_AT_MOST, Mask
from .placeholders import SECRET_PLACEHOLDER, UNKNOWN_FIELD_PLACEHOLDER, may_be_redacted
from .printable import is_printable_as_json, printable
from .times import instant

SAME = "same"  # the server shows the very secret that is wanted
DIFFERENT = "different"  # it shows another one
HIDDEN = "hidden"  # it shows a stand-in: a secret is there
UNSEEN = "unseen"  # missing, null or empty: there may be one or not


@dataclass(frozen=True)
class Observed:
    """One credential as the server shows it; safe to print, to keep and to carry between hosts.

    :param credential: its top-level fields except ``data``, free text already masked.
    :param data: the readable fields of ``data``, by the API's names, the server's own additions too.
    :param secrets: for each secret field of its type, one of :data:`SAME`, :data:`DIFFERENT`, :data:`HIDDEN`,
        :data:`UNSEEN` - never the value.
    :param withheld: paths of fields whose value cannot be sent back, because what is shown may be a stand-in.
    """

    credential: dict[str, t.Any]
    data: dict[str, t.Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return t.cast(str, self.credential["id"])

    @property
    def type(self) -> str:
        return t.cast(str, self.credential["type"])

    @property
    def name(self) -> str:
        return t.cast(str, self.credential["name"])

    @property
    def updated_at(self) -> str | None:
        return self.credential.get("updatedAt")

    @property
    def errors(self) -> list[str]:
        """The platform's reasons why the credential is invalid; empty for valid and for not validated yet (contract, "Validity")."""
        return [str(one) for one in self.credential.get("errors") or []]

    def view(self) -> dict[str, t.Any]:
        """The credential for a task's result: as shown, with one fixed word for each secret."""
        known = {one.name for one in TYPES.get(self.type, ())}
        data = {name: value if name in known else UNKNOWN_FIELD_PLACEHOLDER for name, value in self.data.items()}
        data.update({name: SECRET_PLACEHOLDER for name, seen in self.secrets.items() if seen != UNSEEN or _required(self.type, name)})
        return t.cast("dict[str, t.Any]", _as_printed({**self.credential, "data": data}))

    def as_dict(self) -> dict[str, t.Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, t.Any]) -> Observed:
        return cls(**{**plain, "withheld": tuple(plain["withheld"])})


def read_observed(answer: t.Any, mask: Mask, desired: Desired | None = None, credential_id: str | None = None) -> Observed:
    """Read a Credential that the server sent.

    :param answer: the parsed JSON.
    :param mask: takes the task's secrets out of texts that are the server's to choose.
    :param desired: what its secrets are compared with, and whose readable values need no masking.
    :param credential_id: the id that was asked for.
    :raises Failure: when it is no Credential, or another one: nothing may be decided from such an answer.
    """
    if not isinstance(answer, dict):
        raise Failure("The answer is not a credential: a JSON object was expected. Check api_url and what stands between.")
    for key, kind in (("id", str), ("type", str), ("name", str), ("data", dict)):
        if not isinstance(answer.get(key), kind):
            raise Failure(f"The answer is not a credential: its '{key}' is missing or of the wrong type. Nothing was decided from it.")
    for key in ("createdAt", "updatedAt"):
        if not isinstance(answer.get(key), (str, type(None))):
            raise Failure(f"The answer is not a credential: its '{key}' is of the wrong type. Nothing was decided from it.")
    if credential_id is not None and same_identifier(answer["id"], credential_id):
        found_id = identifier(answer["id"], "The id in the answer")
    else:
        found_id = read_id(answer["id"], "The id in the answer", mask)
    if credential_id is not None and not same_identifier(found_id, credential_id):
        raise Failure(f"The answer is for credential {found_id}, but {credential_id} was asked for. Nothing was decided from it.")

    open_values = desired.readable if desired else {}
    credential: dict[str, t.Any] = {}
    withheld: list[str] = []
    for key, value in answer.items():
        if key == "data":
            continue
        if key in ("createdAt", "updatedAt") and instant(value) is not None:
            credential[key] = value
        elif key == "id":
            credential[key] = found_id
        elif key == "type":
            credential[key] = value if value in TYPES else mask.word(value, SHOWN_AT_MOST)
        elif key == "name":
            credential[key] = value if desired and value == desired.name else _name(value, mask)
            if credential[key] != value:
                withheld.append("name")
        elif key in ("usages", "errors"):
            if isinstance(value, list):
                credential[key] = mask.tree(value, limit=SHOWN_AT_MOST)
        elif _may_travel(value, mask) and mask.word(key) == key:
            credential[key] = value
        elif value not in (None, ""):
            withheld.append(mask.word(key))
    data, secrets = _read_data(answer["type"], answer["data"], mask, desired, open_values, withheld)
    return Observed(credential, data, secrets, tuple(withheld))


def read_summary(entry: dict[str, t.Any], mask: Mask) -> dict[str, t.Any]:
    """Read a CredentialSummary of a list: the fields that are known (contract, "List pages"), free text masked.

    :raises Failure: when it holds no usable id.
    """
    summary: dict[str, t.Any] = {"id": read_id(entry.get("id"), "An id in the list", mask)}
    for key in ("type", "name", "authSchemeType"):
        if isinstance(entry.get(key), str):
            summary[key] = _name(entry[key], mask) if key == "name" else mask.word(entry[key], SHOWN_AT_MOST)
    for key in ("usages", "errors"):
        if isinstance(entry.get(key), list):
            summary[key] = mask.tree(entry[key], limit=SHOWN_AT_MOST)
    return summary


def _as_printed(value: t.Any) -> t.Any:
    """A value as a result has it; what is sent back keeps its characters."""
    if isinstance(value, str):
        return value if is_printable_as_json(value) else printable(value)
    if isinstance(value, dict):
        return {_as_printed(key): _as_printed(one) for key, one in value.items()}
    return [_as_printed(one) for one in value] if isinstance(value, list) else value


def _name(value: str, mask: Mask) -> str:
    """A name as a result may have it: as it is wherever it can be, for people take it from there into their lists."""
    return value if is_printable_as_json(value) and not mask.holds(value) else mask.text(value)


def read_id(value: t.Any, what: str, mask: Mask) -> str:
    """An id that the server chose.

    :raises Failure: when it is none, or holds a secret: it would be printed, and kept in the memory.
    """
    found = identifier(value, what)
    if mask.word(found, is_id=True) != found:
        raise Failure(f"{what} holds a secret that the server was given, so it is not used. Check api_url and what stands between.")
    return found


def _read_data(
    credential_type: str,
    observed: dict[str, t.Any],
    mask: Mask,
    desired: Desired | None,
    open_values: dict[str, t.Any],
    withheld: list[str],
) -> tuple[dict[str, t.Any], dict[str, str]]:
    # By its type alone: its form says nothing (contract, "Judging data by type").
    if credential_type not in TYPES:
        # Any of its fields may be a secret, and none of them is ever sent back (contract, "Types of newer APIs").
        return {}, {}
    fields = {one.name: one for one in TYPES[credential_type]}
    data: dict[str, t.Any] = {}
    secrets: dict[str, str] = {}
    for one in fields.values():
        if one.secret:
            sought = desired.secrets.get(one.name) if desired and desired.type == credential_type else None
            secrets[one.name] = _compare_secret(one, observed.get(one.name), sought)
    for name, value in observed.items():
        if name in secrets:
            continue
        openly_given = (
            name in fields and name in open_values and _comparable(fields[name], value) == _comparable(fields[name], open_values[name])
        )
        if name not in fields and mask.word(name) != name:
            withheld.append("data." + mask.word(name))
        elif openly_given or (_may_travel(value, mask) or (name in fields and value in ("", [], {}))):
            data[name] = value
        elif name in fields:
            data[name] = mask.tree(value)
            withheld.append("data." + name)
        elif value not in (None, ""):
            withheld.append("data." + name)
    return data, secrets


def _may_travel(value: t.Any, mask: Mask) -> bool:
    """Whether a value of the server's may be printed and sent back: no secret in it, and no stand-in for one."""
    return not mask.holds(value) and not may_be_redacted(value)  # in this order: what is nested without end ends here


def _compare_secret(one: Field, value: t.Any, sought: str | None) -> str:
    if value is None or value == "":
        return UNSEEN
    if sought is not None and isinstance(value, str) and _comparable(one, value) == _comparable(one, sought):
        return SAME
    if may_be_redacted(value) or not isinstance(value, str) or sought is None or one.refreshed:
        return HIDDEN
    return DIFFERENT


def _comparable(one: Field, value: t.Any) -> t.Any:
    """A value in the form in which two of its kind are compared."""
    if one.kind == TEXTS:
        return frozenset(map(str, value)) if isinstance(value, list) else frozenset() if value is None else value
    if one.kind == TEXT_MAP:
        return {} if value is None else value
    if one.kind == BASE64 and isinstance(value, str):
        try:
            return base64.b64decode("".join(value.split()))
        except (binascii.Error, ValueError):
            return value
    if one.may_be_empty and value is None:
        return ""
    return value


def differences(desired: Desired, observed: Observed) -> list[str]:
    """Paths of the readable fields in which the server holds something else than is wanted.

    Fields that the task does not give, and fields that the server adds, are no difference.
    """
    paths = []
    # Where the name is withheld, the one that is shown was changed to be printed, and is not the one that the server has.
    if desired.name is not None and (desired.name != observed.name or "name" in observed.withheld):
        paths.append("name")
    if desired.type != observed.type:
        paths.append("type")
    for one in TYPES[desired.type]:
        if one.secret:
            continue
        if one.name in desired.readable:
            sought = desired.readable[one.name]
        elif one.name in desired.removed:
            sought = None
        else:
            continue
        if _comparable(one, sought) != _comparable(one, observed.data.get(one.name) if observed.type == desired.type else None):
            paths.append(one.path)
    return paths


def replacement(desired: Desired, observed: Observed) -> dict[str, t.Any]:
    """The body of a PUT: what GET returned with ``name``, ``type`` and ``data`` laid over it (contract, "Update body").

    ``usages`` and ``errors`` are left out, the two times are echoed, nothing that may be redacted is in it. A collection that
    is to go is sent empty: nothing says that a field that is left out is kept, and nothing says that it is not.
    """
    body = {key: value for key, value in observed.credential.items() if key not in ("usages", "errors")}
    kept = {}
    if observed.type == desired.type:
        kept = {
            name: value for name, value in observed.data.items() if name not in desired.removed and "data." + name not in observed.withheld
        }
        empty: dict[str, t.Any] = {TEXTS: [], TEXT_MAP: {}}
        kept |= {one.name: empty[one.kind] for one in TYPES[desired.type] if one.kind in empty and one.name in desired.removed}
    body.update(
        name=observed.name if desired.name is None else desired.name,
        type=desired.type,
        data={**kept, **desired.data()},
    )
    return body


def lost_by_replacing(desired: Desired, observed: Observed) -> list[str]:
    """Paths of fields that are there, that the server does not show, and that a PUT without them might delete."""
    given = {"data." + name for name in (*desired.readable, *desired.removed)}
    if desired.name is not None:
        given.add("name")
    if observed.type != desired.type:  # the data of another type is to go
        return [path for path in observed.withheld if path not in given and not path.startswith("data.")]
    unseen = [
        one.path
        for one in TYPES[desired.type]
        if one.secret
        and observed.secrets.get(one.name) in (HIDDEN, DIFFERENT)
        and one.name not in desired.secrets
        and one.name not in desired.removed
    ]
    return unseen + [path for path in observed.withheld if path not in given]


def _required(credential_type: str, name: str) -> bool:
    return any(one.required for one in TYPES.get(credential_type, ()) if one.name == name)
