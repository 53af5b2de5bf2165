# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task asks for, read strictly: every refusal here happens before the first request."""

from __future__ import annotations

import base64
import binascii
import contextlib
import typing as t
from dataclasses import dataclass, field

from .credential_types import BASE64, TEXT_MAP, TEXTS, TYPES, Field, field_of, is_refreshed
from .failure import Failure
from .identifiers import identifier
from .redaction import is_redacted

_SECRETS = {name: one for fields in TYPES.values() for one in fields if one.secret for name in (one.name, one.snake_name)}


@dataclass(frozen=True)
class Wanted:
    """One credential as a task wants it.

    :param credential_id: the id, or ``None`` where the credential is found by its name.
    :param name: the name, or ``None`` where a credential with an id keeps the one it has.
    :param type: a key of ``TYPES``; empty for ``state: absent``.
    :param readable: ``data`` fields that the server shows again, by the API's names.
    :param secrets: ``data`` fields that it does not, as they are sent.
    :param dropped: optional fields given as null: they are not to be there.
    """

    organisation_id: str
    credential_id: str | None
    name: str | None
    type: str = ""
    readable: dict[str, t.Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    dropped: tuple[str, ...] = ()
    absent: bool = False

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"credential '{self.name}'" if self.name else f"credential {self.credential_id}"

    @property
    def refreshed(self) -> bool:
        """Whether the platform changes it by itself."""
        return is_refreshed(self.type)

    def secret_texts(self) -> list[str]:
        """Everything that must never be shown: the secrets, and the text inside a base64 one."""
        return secret_texts(self.secrets)

    def data(self) -> dict[str, t.Any]:
        """The ``data`` object to send."""
        return {**self.readable, **self.secrets}


def secret_texts(data: t.Mapping[str, t.Any]) -> list[str]:
    """The secrets among the fields of any type, by either name, and the text inside base64 ones."""
    texts = []
    for name, value in data.items():
        if name in _SECRETS and isinstance(value, str):
            texts.append(value)
            if _SECRETS[name].kind == BASE64:
                with contextlib.suppress(ValueError):
                    texts.append(base64.b64decode(value).decode("utf-8", "replace"))
    return texts


def read_wanted(options: t.Mapping[str, t.Any]) -> Wanted:
    """Read the options of one credential: ``organisation_id``, ``credential_id``, ``type``, ``name``, ``data``, ``state``.

    :raises Failure: one sentence that says what is wrong, where, and what to do.
    """
    organisation_id = options.get("organisation_id")
    if organisation_id in (None, ""):
        raise Failure(
            "organisation_id is missing: give the organisation's id, or set it once for all tasks with "
            "module_defaults, VERSORI_ORGANISATION_ID or context."
        )
    organisation_id = identifier(organisation_id, "organisation_id")
    credential_id = options.get("credential_id")
    if credential_id is not None:
        credential_id = identifier(credential_id, "credential_id")
    name = options.get("name")
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise Failure("name must be a text that is not empty; leave it out only together with a credential_id.")
    if name is None and credential_id is None:
        raise Failure("Either name or credential_id is needed: without an id the credential is found by its name.")
    if options.get("state") == "absent":
        return Wanted(organisation_id, credential_id, name, absent=True)

    credential_type = options.get("type")
    if not isinstance(credential_type, str) or credential_type not in TYPES:
        what = "type is missing" if credential_type is None else f"type {credential_type!r} is unknown"
        raise Failure(f"{what}: the platform's types are {', '.join(TYPES)}.")
    readable, secrets, dropped = _read_data(credential_type, options.get("data"))
    return Wanted(organisation_id, credential_id, name, credential_type, readable, secrets, dropped)


def _read_data(credential_type: str, data: t.Any) -> tuple[dict[str, t.Any], dict[str, str], tuple[str, ...]]:
    """Sort the fields of ``data`` by what they are: readable, secret, given as null."""
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise Failure(f"data must be a mapping of field names to values, not {_kind(data)}.")
    fields = TYPES[credential_type]
    given: dict[str, t.Any] = {}
    for key, value in data.items():
        one = field_of(credential_type, key)
        if one is None:
            takes = "takes " + ", ".join(f.name for f in fields) if fields else "takes no data at all"
            raise Failure(f"data.{key} is not a field of type {credential_type}, which {takes}.")
        if one.name in given:
            raise Failure(f"data gives {one.name} twice, as {one.name} and as {one.snake_name}: keep one.")
        given[one.name] = value
    readable: dict[str, t.Any] = {}
    secrets: dict[str, str] = {}
    for one in fields:
        value = given.get(one.name)
        if value is None:
            if one.required:
                raise Failure(_missing(one, credential_type))
        elif one.secret:
            secrets[one.name] = _value(one, value)
        else:
            readable[one.name] = _value(one, value)
    return readable, secrets, tuple(name for name, value in given.items() if value is None)


def _missing(one: Field, credential_type: str) -> str:
    if one.secret:
        return (
            f"{one.path} is missing: type {credential_type} needs it, also when only something else changes, "
            f"because the API never shows a secret and an update replaces the whole credential."
        )
    return f"{one.path} is missing: type {credential_type} needs it."


def _value(one: Field, value: t.Any) -> t.Any:
    if one.kind == TEXTS:
        if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
            raise Failure(f"{one.path} must be a list of texts, like [read, write].")
        return list(dict.fromkeys(value))
    if one.kind == TEXT_MAP:
        if not isinstance(value, dict):
            raise Failure(f"{one.path} must be a mapping of texts to texts, not {_kind(value)}.")
        for key, text in value.items():
            if not isinstance(key, str) or not isinstance(text, str):
                raise Failure(f"{one.path}.{key} must be a text: put it in quotes.")
        return dict(value)
    if not isinstance(value, str):
        hint = "put it in quotes" if isinstance(value, (bool, int, float)) else "add '| to_json' if it is meant as JSON text"
        raise Failure(f"{one.path} must be a text, not {_kind(value)}: {hint}.")
    if one.secret and is_redacted(value):
        what = "is empty" if not value.strip() else "looks like a redacted value"
        raise Failure(f"{one.path} {what}: sending it would replace the real secret. Give the secret itself, or fix the variable.")
    if one.kind == BASE64:
        return _canonical_base64(one, value)
    if not value and not one.may_be_empty:
        raise Failure(f"{one.path} is empty.")
    return value


def _canonical_base64(one: Field, value: str) -> str:
    try:
        raw = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Failure(f"{one.path} is not valid base64: use src to give a file, or the b64encode filter for a text.") from None
    if not raw:
        raise Failure(f"{one.path} is empty.")
    return base64.b64encode(raw).decode()


def _kind(value: t.Any) -> str:
    names = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "a mapping",
    }
    return next((word for kind, word in names.items() if isinstance(value, kind)), type(value).__name__)
