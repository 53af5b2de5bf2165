# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials and summaries read from the server's answers, without what must not be printed, kept or sent back."""

from __future__ import annotations

import json
import typing as t
from dataclasses import asdict, dataclass
from dataclasses import field as dataclass_field

from .credential_types import BASE64, TEXT, TYPES, Field
from .desired import Desired
from .failure import Failure
from .identifiers import identifier, same_identifier
from .masking import SHOWN_AT_MOST, Mask
from .names import is_written_otherwise
from .placeholders import SECRET_PLACEHOLDER, UNKNOWN_FIELD_PLACEHOLDER, may_be_redacted
from .printable import is_printable_as_json, printable
from .times import instant

SAME = "same"  # the server shows the very secret that is desired
DIFFERENT = "different"  # it shows another one
HIDDEN = "hidden"  # it shows a placeholder: a secret is there
UNSEEN = "unseen"  # missing, null or empty: there may be one or not


@dataclass(frozen=True)
class Observed:
    """One credential as the server shows it; safe to print, to keep and to carry between hosts.

    :param credential: its top-level fields except ``data``, free text already masked.
    :param data: the readable fields of ``data``, by the API's names, the server's own additions too.
    :param secrets: for each secret field of its type, one of :data:`SAME`, :data:`DIFFERENT`, :data:`HIDDEN`,
        :data:`UNSEEN` - never the value.
    :param withheld: paths of fields whose value cannot be sent back, because what is shown may be a placeholder.
    :param own: names of fields of ``data`` that surely are what the server has made of our own write.
    """

    credential: dict[str, t.Any]
    data: dict[str, t.Any] = dataclass_field(default_factory=dict)
    secrets: dict[str, str] = dataclass_field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    own: tuple[str, ...] = dataclass_field(default=(), compare=False)

    @property
    def id(self) -> str:
        return str(self.credential["id"])

    @property
    def type(self) -> str:
        return str(self.credential["type"])

    @property
    def name(self) -> str:
        return str(self.credential["name"])

    @property
    def updated_at(self) -> str | None:
        return self.credential.get("updatedAt")

    @property
    def errors(self) -> list[str]:
        """The platform's reasons why the credential is invalid; empty for valid and for not validated yet (contract, "Validity")."""
        return self.credential.get("errors") or []

    @property
    def users(self) -> list[str]:
        """What uses it, as far as the platform says, in either form of ``usages`` (contract, "Usages")."""
        return [place(usage) for usage in self.credential.get("usages") or []]

    def view(self) -> dict[str, t.Any]:
        """The credential for a task's result: as shown, with one fixed word for each secret."""
        fields = {field.name: field for field in TYPES.get(self.type, ())}
        data = {name: value if name in fields else UNKNOWN_FIELD_PLACEHOLDER for name, value in self.data.items()}
        if self.type not in TYPES:
            data = {path.removeprefix("data."): UNKNOWN_FIELD_PLACEHOLDER for path in self.withheld if path.startswith("data.")}
        data |= {name: SECRET_PLACEHOLDER for name, state in self.secrets.items() if state != UNSEEN or fields[name].required}
        printed: dict[str, t.Any] = _as_printed({**self.credential, "data": data})
        return printed

    def as_dict(self) -> dict[str, t.Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, t.Any]) -> Observed:
        members: dict[str, t.Any] = {**plain, "withheld": tuple(plain["withheld"]), "own": tuple(plain["own"])}
        return cls(**members)


def read_observed(answer: t.Any, mask: Mask, desired: Desired | None = None, credential_id: str | None = None) -> Observed:
    """Read a Credential that the server sent (contract, "Credential").

    :param answer: the parsed JSON.
    :param mask: takes the task's secrets out of texts that are the server's to choose.
    :param desired: what its secrets are compared with, and whose readable values need no masking.
    :param credential_id: the id that was asked for.
    :raises Failure: when it is no Credential, or another one: nothing may be decided from such an answer.
    """
    if not isinstance(answer, dict):
        raise Failure("The answer is not a credential: a JSON object was expected. Check api_url and what stands between.")
    kinds: dict[str, tuple[type, ...]] = {"id": (str,), "type": (str,), "name": (str,), "data": (dict, type(None))}
    for key, kind in kinds.items():
        if not isinstance(answer.get(key), kind):
            raise Failure(f"The answer is not a credential: its '{key}' is missing or of the wrong type. Nothing was decided from it.")
    for key in ("createdAt", "updatedAt"):
        if not isinstance(answer.get(key), (str, type(None))):
            raise Failure(f"The answer is not a credential: its '{key}' is of the wrong type. Nothing was decided from it.")
    answer = {**answer, "data": answer.get("data") or {}}  # null is how some write what is empty
    if credential_id is not None and same_identifier(answer["id"], credential_id):
        shown_id = identifier(answer["id"], "The id in the answer")
    else:
        shown_id = read_id(answer["id"], "The id in the answer", mask)
    if credential_id is not None and not same_identifier(shown_id, credential_id):
        raise Failure(f"The answer is for credential {shown_id}, but {credential_id} was asked for. Nothing was decided from it.")

    credential: dict[str, t.Any] = {}
    withheld: list[str] = []
    for key, value in answer.items():
        if key == "data":
            continue
        if key in ("createdAt", "updatedAt") and instant(value) is not None:
            credential[key] = value
        elif key == "id":
            credential[key] = shown_id
        elif key == "type":
            credential[key] = value if value in TYPES else mask.word(value, SHOWN_AT_MOST)
        elif key == "name":
            # However the platform writes the name that the task gives, it tells no more than that does.
            given = desired.name if desired else None
            is_given = value == given or (given is not None and is_written_otherwise(given, value) and is_printable_as_json(value))
            credential[key] = value if is_given else _name(value, mask)
            if credential[key] != value:
                withheld.append("name")
        elif key in _LISTS:
            if isinstance(value, list):
                credential[key] = _LISTS[key](value, mask)
        elif _may_travel(value, mask) and mask.word(key) == key:
            credential[key] = value
        elif value not in (None, ""):
            withheld.append(mask.word(key))
    # By its type alone: its form says nothing (contract, "Judging data by type"). Of an unknown type any field may be a
    # secret, and none of them is ever sent back (contract, "Types of newer APIs").
    fields = {field.name: field for field in TYPES.get(answer["type"], ())}
    secrets = {name: _secret_state(field, answer, desired) for name, field in fields.items() if field.secret}
    data: dict[str, t.Any] = {}
    if answer["type"] not in TYPES:
        withheld += [f"data.{mask.word(name)}" for name in answer["data"]]
    for name, value in answer["data"].items() if answer["type"] in TYPES else ():
        field = fields.get(name)
        if name in secrets or value is None:
            continue
        if field is None and mask.word(name) != name:
            withheld.append("data." + mask.word(name))
        elif _may_travel(value, mask) or (field and (value in ("", [], {}) or _is_desired(field, value, desired))):
            data[name] = value
        elif field:
            data[name] = mask.tree(value)
            withheld.append("data." + name)
        elif value not in (None, ""):
            withheld.append("data." + name)
    return Observed(credential, data, secrets, tuple(withheld))


def place(usage: t.Any) -> str:
    """One of the usages for a person: connection and environment, as far as the platform says."""
    usage = usage if isinstance(usage, dict) else {}
    environment = usage["environment"] if isinstance(usage.get("environment"), dict) else {}
    connection = environment.get("connection") or usage.get("connection")
    connection = connection if isinstance(connection, dict) else {}
    names = [connection.get("name"), environment.get("name") or environment.get("slug")]
    return " / ".join(str(name) for name in names if name) or str(environment.get("id") or connection.get("id") or "?")


def hidden_fields(credential_type: str, data: t.Mapping[str, t.Any]) -> list[str]:
    """The readable fields of a credential that its server hides, by the API's names, in the order of the table.

    One that must be there and is not shown is hidden; then all others may be, too, of which nothing is shown (contract,
    "Redaction"). Without such a one, what is not shown is taken as not there.

    :param data: as the server shows it.
    """
    unseen = [
        field
        for field in TYPES.get(credential_type, ())
        if not field.secret and (data.get(field.name) in (None, "", [], {}) or may_be_redacted(data[field.name]))
    ]
    is_hiding = any(field.required and not field.may_be_empty and field.kind in (TEXT, BASE64) for field in unseen)
    return [field.name for field in unseen] if is_hiding else []


def read_summary(entry: dict[str, t.Any], mask: Mask) -> dict[str, t.Any]:
    """Read a CredentialSummary of a list: the fields that are known (contract, "List pages"), free text masked.

    :raises Failure: when it holds no usable id.
    """
    summary: dict[str, t.Any] = {"id": read_id(entry.get("id"), "An id in the list", mask)}
    for key in ("type", "name", "authSchemeType"):
        if isinstance(entry.get(key), str):
            summary[key] = _name(entry[key], mask) if key == "name" else mask.word(entry[key], SHOWN_AT_MOST)
    for key, read in _LISTS.items():
        if isinstance(entry.get(key), list):
            summary[key] = read(entry[key], mask)
    return summary


def _usages(value: list[t.Any], mask: Mask) -> t.Any:
    return mask.tree(value, limit=SHOWN_AT_MOST)


def _reasons(value: list[t.Any], mask: Mask) -> list[str]:
    """Texts, whatever a reason is; one like those of an error's ``fields`` as its field and message (contract, "Validity")."""
    texts = []
    for reason in mask.tree(value, limit=SHOWN_AT_MOST):
        parts = [reason[key] for key in ("field", "message") if isinstance(reason.get(key), str)] if isinstance(reason, dict) else []
        texts.append(reason if isinstance(reason, str) else ": ".join(parts) or json.dumps(reason))
    return texts


_LISTS: t.Mapping[str, t.Callable[[list[t.Any], Mask], t.Any]] = {"usages": _usages, "errors": _reasons}


def read_id(value: t.Any, what: str, mask: Mask) -> str:
    """An id that the server chose.

    :raises Failure: when it is none, or holds a secret: it would be printed, and kept in the memory.
    """
    checked = identifier(value, what)
    if mask.word(checked, is_id=True) != checked:
        raise Failure(f"{what} holds a secret that the server was given, so it is not used. Check api_url and what stands between.")
    return checked


def _as_printed(value: t.Any) -> t.Any:
    """A value as a result has it; what is sent back keeps its characters."""
    if isinstance(value, str):
        return value if is_printable_as_json(value) else printable(value)
    if isinstance(value, dict):
        return {_as_printed(key): _as_printed(member) for key, member in value.items()}
    return [_as_printed(item) for item in value] if isinstance(value, list) else value


def _name(value: str, mask: Mask) -> str:
    """A name as a result may have it: as it is wherever it can be, for people take it from there into their lists."""
    return value if is_printable_as_json(value) and not mask.holds(value) else mask.text(value)


def _may_travel(value: t.Any, mask: Mask) -> bool:
    """Whether a value of the server's may be printed and sent back: no secret in it, and no placeholder for one."""
    return not mask.holds(value) and not may_be_redacted(value)  # in this order: what is nested without end ends here


def _is_desired(field: Field, value: t.Any, desired: Desired | None) -> bool:
    """Whether a readable value is the very one that the task gives, which may be printed whatever it looks like."""
    return desired is not None and field.name in desired.readable and _same(field, value, desired.readable[field.name])


def _secret_state(field: Field, answer: dict[str, t.Any], desired: Desired | None) -> str:
    value = answer["data"].get(field.name)
    secret = desired.secrets.get(field.name) if desired and desired.type == answer["type"] else None
    if value is None or value == "":
        return UNSEEN
    if secret is not None and isinstance(value, str) and _same(field, value, secret):
        return SAME
    if may_be_redacted(value) or not isinstance(value, str) or secret is None or field.refreshed:
        return HIDDEN
    return DIFFERENT


def _same(field: Field, value: t.Any, desired_value: t.Any) -> bool:
    return bool(field.comparable(value) == field.comparable(desired_value))
