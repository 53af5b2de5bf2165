# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task desires of one credential, read strictly: every refusal here happens before the first request."""

from __future__ import annotations

import base64
import binascii
import contextlib
import typing as t
from dataclasses import asdict, dataclass
from dataclasses import field as dataclass_field

from .credential_types import BASE64, TEXT_MAP, TEXTS, TYPES, Field, field_of, is_refreshed
from .failure import Failure
from .identifiers import identifier, organisation
from .placeholders import ANY, SECRET, TEMPLATE, TYPED, is_blank, placeholder_in
from .printable import printable
from .texts import kind_of, require_text
from .times import instant

_SECRETS = {name: field for fields in TYPES.values() for field in fields if field.secret for name in (field.name, field.snake_name)}


@dataclass(frozen=True)
class Desired:
    """One credential as a task desires it, and the policy where that leaves a choice.

    :param credential_id: the id, or ``None`` where the credential is found by its name.
    :param name: the name, or ``None`` where a credential with an id keeps the one it has.
    :param shown_name: how the platform is known to write that name, where it is not as it was sent.
    :param type: a key of ``TYPES``; empty for ``state: absent``.
    :param readable: ``data`` fields that the server shows again, by the API's names.
    :param secrets: ``data`` fields that it does not, as they are sent.
    :param removed: optional fields that are not to be there, by the API's names (``remove_fields``).
    :param update_secrets: ``auto``, ``always`` or ``on_create``.
    :param on_drift: ``auto``, ``push``, ``warn``, ``ignore`` or ``fail``.
    :param on_unknown: ``auto``, ``push``, ``adopt`` or ``fail``.
    :param secret_changed_at: when the secret was last changed where it is kept (RFC 3339).
    """

    organisation_id: str
    credential_id: str | None
    name: str | None
    type: str = ""
    readable: dict[str, t.Any] = dataclass_field(default_factory=dict)
    secrets: dict[str, str] = dataclass_field(default_factory=dict, repr=False)
    removed: tuple[str, ...] = ()
    absent: bool = False
    update_secrets: str = "auto"
    on_drift: str = "auto"
    on_unknown: str = "auto"
    secret_changed_at: str | None = None
    fail_when_invalid: bool = False
    shown_name: str | None = None

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
        """Whether anything is to be remembered of it, or forgotten; of a type without secrets that is its name."""
        return bool(self.secrets) or self.absent or self.name is not None

    @property
    def data(self) -> dict[str, t.Any]:
        """The ``data`` object to send."""
        return {**self.readable, **self.secrets}

    def secret_texts(self) -> list[str]:
        """Everything that must never be shown: the secrets, and the text inside a base64 one."""
        return secret_texts(self.secrets)

    def as_dict(self) -> dict[str, t.Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, t.Any]) -> Desired:
        return cls(**{**plain, "removed": tuple(plain["removed"])})

    def paths(self, names: t.Iterable[str]) -> tuple[str, ...]:
        """The paths of some fields of its type, in the order of the table: ``data.clientId``."""
        names = set(names)
        return tuple(field.path for field in TYPES[self.type] if field.name in names)


def secret_texts(data: t.Mapping[str, t.Any]) -> list[str]:
    """The secrets among the fields of any type, by either name, and the text inside base64 ones; a number as it would be written."""
    texts = []
    for name, value in data.items():
        if name in _SECRETS and isinstance(value, (str, int, float)) and not isinstance(value, bool):
            text = str(value)
            texts.append(text)
            if _SECRETS[name].kind == BASE64:
                with contextlib.suppress(ValueError):
                    texts.append(base64.b64decode(text).decode("utf-8", "replace"))
    return texts


def read_desired(options: t.Mapping[str, t.Any], templated: bool = True) -> Desired:
    """Read the options of one credential: ``organisation_id``, ``credential_id``, ``type``, ``name``, ``data``, ``remove_fields``,
    ``allow_placeholder``, ``state``, and those of the policy.

    :param templated: whether Ansible has templated the values, so that a template among them was not filled in.
    :raises Failure: one sentence that says what is wrong, where, and what to do.
    """
    changed_at = options.get("secret_changed_at") or None
    if changed_at is not None and instant(changed_at) is None:
        raise Failure(f"secret_changed_at is no time: {changed_at!r} should be written like 2026-01-31T12:00:00Z.")
    refused: tuple[str, ...] = () if options.get("allow_placeholder") else (ANY, TEMPLATE) if templated else (ANY,)
    organisation_id = organisation(_text("organisation_id", options.get("organisation_id") or "", refused))
    credential_id = options.get("credential_id")
    if credential_id is not None:
        credential_id = identifier(_text("credential_id", credential_id, refused), "credential_id")
    name = options.get("name")
    if name is not None and not _text("name", name, refused).strip():
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
    data = _read_data(credential_type, options.get("data"), removed)
    readable: dict[str, t.Any] = {}
    secrets: dict[str, str] = {}
    for field in TYPES[credential_type]:
        if field.name not in data:
            if field.required:
                raise Failure(_missing(field, credential_type))
        elif field.secret:
            secrets[field.name] = _secret(field, data[field.name], refused)
        else:
            readable[field.name] = _readable(field, data[field.name], refused)
    return Desired(
        organisation_id,
        credential_id,
        name,
        credential_type,
        readable,
        secrets,
        removed,
        update_secrets=options.get("update_secrets", "auto"),
        on_drift=options.get("on_drift", "auto"),
        on_unknown=options.get("on_unknown", "auto"),
        secret_changed_at=changed_at,
        fail_when_invalid=bool(options.get("fail_when_invalid")),
    )


def _text(what: str, value: t.Any, refused: tuple[str, ...]) -> str:
    """A text that is surely what the user means.

    :param refused: which placeholders it must not be, by their scopes; none where the user allows them.
    :raises Failure: for what is no text, or a placeholder; the value is never in it.
    """
    text = require_text(what, value)
    _refuse_placeholder(what, text, refused)
    return text


def _refuse_placeholder(what: str, text: str, refused: tuple[str, ...], *scopes: str) -> None:
    placeholder = placeholder_in(text, *refused, *scopes) if refused else None
    if placeholder:
        harm = "sending it would replace the real secret" if scopes else "it stands for a value and is none"
        raise Failure(
            f"{what} looks like a placeholder, {placeholder.name}: {harm}. Fix the variable or the file that it comes from, or set "
            f"allow_placeholder: true for this credential if it is meant."
        )


def _read_removed(credential_type: str, names: t.Any) -> tuple[str, ...]:
    """``remove_fields`` by the API's names, each once.

    :raises Failure: for what is no optional field of the type.
    """
    removed = []
    optional = [field.name for field in TYPES[credential_type] if not field.required]
    for name in names or ():
        field = field_of(credential_type, name)
        if field is None or field.required:
            what = "is required" if field else "is not a field"
            which = f"can remove {', '.join(optional)}" if optional else "has no optional field"
            raise Failure(f"remove_fields: {name!r} {what} of type {credential_type}, which {which}.")
        removed.append(field.name)
    return tuple(dict.fromkeys(removed))


def _read_data(credential_type: str, data: t.Any, removed: tuple[str, ...]) -> dict[str, t.Any]:
    """The values of ``data`` by the API's names, as they were given.

    :raises Failure: for what is no field of the type, or is given twice, or null.
    """
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise Failure(f"data must be a mapping of field names to values, not {kind_of(data)}.")
    values: dict[str, t.Any] = {}
    for key, value in data.items():
        field = field_of(credential_type, key)
        if field is None:
            names = ", ".join(known.name for known in TYPES[credential_type])
            takes = f"takes {names}" if names else "takes no data at all"
            raise Failure(f"data.{key} is not a field of type {credential_type}, which {takes}.")
        if field.name in values and values[field.name] != value:
            raise Failure(f"data gives {field.name} two different values, as {field.name} and as {field.snake_name}: keep one.")
        if field.name in removed:
            raise Failure(f"data.{key} is given and named in remove_fields too: keep one.")
        if value is None:
            optional = "leave it out to keep what the server has, or name it in remove_fields to remove it"
            cure = "give it a value" if field.required else optional
            raise Failure(f"data.{key} is null, which says neither to keep it nor to remove it: {cure}.")
        values[field.name] = value
    return values


def _missing(field: Field, credential_type: str) -> str:
    if field.secret:
        return (
            f"{field.path} is missing: type {credential_type} needs it, also when only something else changes, "
            f"because the API does not return secret values and an update replaces the whole credential."
        )
    return f"{field.path} is missing: type {credential_type} needs it."


def _readable(field: Field, value: t.Any, refused: tuple[str, ...]) -> t.Any:
    if field.kind == TEXTS:
        if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
            raise Failure(f"{field.path} must be a list of texts, like [read, write].")
        return list(dict.fromkeys(_text(field.path, text, refused) for text in value))
    if field.kind == TEXT_MAP:
        if not isinstance(value, dict):
            raise Failure(f"{field.path} must be a mapping of texts to texts, not {kind_of(value)}.")
        return {_text(f"A name in {field.path}", key, refused): _text(f"{field.path}.{key}", text, refused) for key, text in value.items()}
    text = _text(field.path, value, refused)
    if not text and not field.may_be_empty:
        raise Failure(f"{field.path} is empty.")
    return text


def _secret(field: Field, value: t.Any, refused: tuple[str, ...]) -> str:
    empty = f"{field.path} is empty: sending it would replace the real secret. Give the secret itself, or fix the variable."
    text = require_text(field.path, value)
    if is_blank(text):
        raise Failure(empty)
    _refuse_placeholder(field.path, text, refused, SECRET, TYPED)
    if field.kind != BASE64:
        return text
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Failure(f"{field.path} is not valid base64: use src to give a file, or the b64encode filter for a text.") from None
    if raw.strip() in (b"", b"\xef\xbb\xbf"):
        raise Failure(empty)
    try:
        content = raw.decode()
    except UnicodeDecodeError:
        content = raw.decode("latin-1")  # each byte a character of its own
    _refuse_placeholder(field.path, content, refused, SECRET)
    return base64.b64encode(raw).decode()
