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
from .placeholders import ANY, SECRET, TEMPLATE, TYPED, is_blank, placeholder_in
from .printable import printable
from .texts import kind_of, require_text

_SECRETS = {name: one for fields in TYPES.values() for one in fields if one.secret for name in (one.name, one.snake_name)}


@dataclass(frozen=True)
class Desired:
    """One credential as a task wants it.

    :param credential_id: the id, or ``None`` where the credential is found by its name.
    :param name: the name, or ``None`` where a credential with an id keeps the one it has.
    :param type: a key of ``TYPES``; empty for ``state: absent``.
    :param readable: ``data`` fields that the server shows again, by the API's names.
    :param secrets: ``data`` fields that it does not, as they are sent.
    :param removed: optional fields that are not to be there, by the API's names (``remove_fields``).
    """

    organisation_id: str
    credential_id: str | None
    name: str | None
    type: str = ""
    readable: dict[str, t.Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    removed: tuple[str, ...] = ()
    absent: bool = False

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"credential '{printable(self.name)}'" if self.name else f"credential {self.credential_id}"

    @property
    def refreshed(self) -> bool:
        """Whether the platform changes it by itself."""
        return is_refreshed(self.type)

    @property
    def needs_memory(self) -> bool:
        """Whether anything is to be remembered of it, or forgotten; of type ``none``, say, there is nothing."""
        return bool(self.secrets) or self.absent

    def secret_texts(self) -> list[str]:
        """Everything that must never be shown: the secrets, and the text inside a base64 one."""
        return secret_texts(self.secrets)

    def data(self) -> dict[str, t.Any]:
        """The ``data`` object to send."""
        return {**self.readable, **self.secrets}


def secret_texts(data: t.Mapping[str, t.Any]) -> list[str]:
    """The secrets among the fields of any type, by either name, and the text inside base64 ones; a number as it would be written."""
    texts = []
    for name, given in data.items():
        if name in _SECRETS and isinstance(given, (str, int, float)) and not isinstance(given, bool):
            value = str(given)
            texts.append(value)
            if _SECRETS[name].kind == BASE64:
                with contextlib.suppress(ValueError):
                    texts.append(base64.b64decode(value).decode("utf-8", "replace"))
    return texts


def read_desired(options: t.Mapping[str, t.Any], templated: bool = True) -> Desired:
    """Read the options of one credential: ``organisation_id``, ``credential_id``, ``type``, ``name``, ``data``, ``remove_fields``,
    ``allow_placeholder``, ``state``.

    :param templated: whether Ansible has templated the values, so that a template among them was not filled in.
    :raises Failure: one sentence that says what is wrong, where, and what to do.
    """
    organisation_id = options.get("organisation_id")
    if organisation_id in (None, ""):
        raise Failure(
            "organisation_id is missing: give the organisation's id, or set it once for all tasks with "
            "module_defaults, VERSORI_ORGANISATION_ID or context."
        )
    refused: tuple[str, ...] = () if options.get("allow_placeholder") else (ANY, TEMPLATE) if templated else (ANY,)
    organisation_id = identifier(_meant("organisation_id", organisation_id, refused), "organisation_id")
    credential_id = options.get("credential_id")
    if credential_id is not None:
        credential_id = identifier(_meant("credential_id", credential_id, refused), "credential_id")
    name = options.get("name")
    if name is not None and not _meant("name", name, refused).strip():
        raise Failure("name must be a text that is not empty; leave it out only together with a credential_id.")
    if name is None and credential_id is None:
        raise Failure("Either name or credential_id is needed: without an id the credential is found by its name.")
    if options.get("state") == "absent":
        return Desired(organisation_id, credential_id, name, absent=True)

    credential_type = options.get("type")
    if not isinstance(credential_type, str) or credential_type not in TYPES:
        what = "type is missing" if credential_type is None else f"type {credential_type!r} is unknown"
        raise Failure(f"{what}: the platform's types are {', '.join(TYPES)}.")
    removed = _read_removed(credential_type, options.get("remove_fields"))
    readable, secrets = _read_data(credential_type, options.get("data"), removed, refused)
    return Desired(organisation_id, credential_id, name, credential_type, readable, secrets, removed)


def _meant(what: str, value: t.Any, refused: tuple[str, ...]) -> str:
    """A text that is surely what the user means.

    :param refused: which placeholders it must not be, by their scopes; none where the user allows them.
    :raises Failure: for what is no text, or a placeholder; the value is never in it.
    """
    text = require_text(what, value)
    _refuse_placeholder(what, text, refused)
    return text


def _refuse_placeholder(what: str, text: str, refused: tuple[str, ...], *scopes: str) -> None:
    row = placeholder_in(text, *refused, *scopes) if refused else None
    if row:
        harm = "sending it would replace the real secret" if scopes else "it stands for a value and is none"
        raise Failure(
            f"{what} looks like a placeholder, {row.name}: {harm}. Fix the variable or the file that it comes from, or set "
            f"allow_placeholder: true for this credential if it is meant."
        )


def _read_removed(credential_type: str, names: t.Any) -> tuple[str, ...]:
    """``remove_fields`` by the API's names, each once.

    :raises Failure: for what is no optional field of the type.
    """
    removed = []
    optional = [one.name for one in TYPES[credential_type] if not one.required]
    for name in names or ():
        one = field_of(credential_type, name)
        if one is None or one.required:
            what = "is required" if one else "is not a field"
            which = f"can remove {', '.join(optional)}" if optional else "has no optional field"
            raise Failure(f"remove_fields: {name!r} {what} of type {credential_type}, which {which}.")
        removed.append(one.name)
    return tuple(dict.fromkeys(removed))


def _read_data(
    credential_type: str, data: t.Any, removed: tuple[str, ...], refused: tuple[str, ...]
) -> tuple[dict[str, t.Any], dict[str, str]]:
    """Sort the fields of ``data`` into readable ones and secrets."""
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise Failure(f"data must be a mapping of field names to values, not {kind_of(data)}.")
    fields = TYPES[credential_type]
    given: dict[str, t.Any] = {}
    for key, value in data.items():
        one = field_of(credential_type, key)
        if one is None:
            takes = "takes " + ", ".join(f.name for f in fields) if fields else "takes no data at all"
            raise Failure(f"data.{key} is not a field of type {credential_type}, which {takes}.")
        if one.name in given and given[one.name] != value:
            raise Failure(f"data gives {one.name} two different values, as {one.name} and as {one.snake_name}: keep one.")
        if one.name in removed:
            raise Failure(f"data.{key} is given and named in remove_fields too: keep one.")
        if value is None:
            cure = (
                "give it a value" if one.required else "leave it out to keep what the server has, or name it in remove_fields to remove it"
            )
            raise Failure(f"data.{key} is null, which says neither to keep it nor to remove it: {cure}.")
        given[one.name] = value
    readable: dict[str, t.Any] = {}
    secrets: dict[str, str] = {}
    for one in fields:
        if one.name not in given:
            if one.required:
                raise Failure(_missing(one, credential_type))
        elif one.secret:
            secrets[one.name] = _secret(one, given[one.name], refused)
        else:
            readable[one.name] = _readable(one, given[one.name], refused)
    return readable, secrets


def _missing(one: Field, credential_type: str) -> str:
    if one.secret:
        return (
            f"{one.path} is missing: type {credential_type} needs it, also when only something else changes, "
            f"because the API never shows a secret and an update replaces the whole credential."
        )
    return f"{one.path} is missing: type {credential_type} needs it."


def _readable(one: Field, value: t.Any, refused: tuple[str, ...]) -> t.Any:
    if one.kind == TEXTS:
        if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
            raise Failure(f"{one.path} must be a list of texts, like [read, write].")
        return list(dict.fromkeys(_meant(one.path, text, refused) for text in value))
    if one.kind == TEXT_MAP:
        if not isinstance(value, dict):
            raise Failure(f"{one.path} must be a mapping of texts to texts, not {kind_of(value)}.")
        return {_meant(f"A name in {one.path}", key, refused): _meant(f"{one.path}.{key}", text, refused) for key, text in value.items()}
    text = _meant(one.path, value, refused)
    if not text and not one.may_be_empty:
        raise Failure(f"{one.path} is empty.")
    return text


def _secret(one: Field, value: t.Any, refused: tuple[str, ...]) -> str:
    text = require_text(one.path, value)
    if is_blank(text):
        raise Failure(f"{one.path} is empty: sending it would replace the real secret. Give the secret itself, or fix the variable.")
    _refuse_placeholder(one.path, text, refused, SECRET, TYPED)
    if one.kind != BASE64:
        return text
    raw = _bytes_of(one, text)
    if raw.strip() in (b"", b"\xef\xbb\xbf"):
        raise Failure(f"{one.path} is empty: sending it would replace the real secret. Give the secret itself, or fix the variable.")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")  # each byte a character of its own
    _refuse_placeholder(one.path, text, refused, SECRET)
    return base64.b64encode(raw).decode()


def _bytes_of(one: Field, value: str) -> bytes:
    try:
        raw = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Failure(f"{one.path} is not valid base64: use src to give a file, or the b64encode filter for a text.") from None
    if not raw:
        raise Failure(f"{one.path} is empty.")
    return raw
