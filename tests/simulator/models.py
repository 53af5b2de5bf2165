# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAPI models, built from the table of types.

Each type has three forms: to create (every required field is there), to update (a secret may be left out or
null: the switches `put_without_secret` and `put_redacted` say what that does) and as read (secrets redacted,
more fields allowed). `data` has no discriminator of its own (contract, "Judging data by type"), so the union
is over the credential.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal, Union

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, WrapValidator, create_model
from pydantic.json_schema import SkipJsonSchema

from . import clock
from .credential_types import AUTH_SCHEME_TYPES, TYPES, CredentialType, DataField
from .redact import looks_redacted

CREDENTIAL_EXAMPLE = "01KK9J6VFKZSB86BQQT8903TMY"


def _is_time(text: str) -> str:
    clock.parse(text)
    return text


def _is_base64(text: str) -> str:
    try:
        base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("is not base64") from None
    return text


def _drop_default(schema: dict[str, Any]) -> None:
    """A field that is left out has no default `null`."""
    schema.pop("default", None)


def _closed(schema: dict[str, Any]) -> None:
    """Unknown fields come through pydantic, because a switch decides on them; the document refuses them."""
    schema["additionalProperties"] = False


Time = Annotated[str, AfterValidator(_is_time), WithJsonSchema({"type": "string", "format": "date-time"})]
_BASE64_SCHEMA = WithJsonSchema({"type": "string", "format": "byte", "contentEncoding": "base64"})
Base64 = Annotated[str, AfterValidator(_is_base64), _BASE64_SCHEMA]
Base64OrRedacted = Annotated[str, AfterValidator(lambda text: text if looks_redacted(text) else _is_base64(text)), _BASE64_SCHEMA]
Absent = SkipJsonSchema[None]  # may be left out, which is not the same as null
TypeName = Literal[tuple(TYPES)]  # type: ignore[valid-type]
AuthSchemeType = Literal[AUTH_SCHEME_TYPES]  # type: ignore[valid-type]
# Whether a text may stand for it is a switch (`additional_params`).
Params = Annotated[dict[str, str], WrapValidator(lambda value, handler: value if isinstance(value, str) else handler(value))]
KINDS: dict[str, Any] = {"string": str, "base64": Base64, "strings": list[str], "params": Params}


def left_out(description: str | None = None) -> Any:
    return Field(default=None, description=description, json_schema_extra=_drop_default)


class Sent(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True, json_schema_extra=_closed)


def _closed_and_whole(schema: dict[str, Any]) -> None:
    """The document requires the times; whether the server does is a switch (`times`)."""
    _closed(schema)
    schema["required"] += ["createdAt", "updatedAt"]


class SentWhole(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True, json_schema_extra=_closed_and_whole)


class Shown(BaseModel):
    model_config = ConfigDict(extra="allow")


class FieldError(BaseModel):
    field: str = Field(examples=["data.clientId"])
    message: str


class ErrorAnswer(BaseModel):
    code: str
    message: str
    fields: list[FieldError] | Absent = left_out()
    cause: Any = left_out()


class Connection(Shown):
    id: str
    organisationId: str
    name: str
    protocol: str
    createdAt: Time
    updatedAt: Time


class Environment(Shown):
    id: str
    name: str
    slug: str
    connection: Connection
    createdAt: Time
    updatedAt: Time


class Usage(Shown):
    environment: Environment


def _data_field(field: DataField, form: str) -> tuple[Any, Any]:
    kind = KINDS[field.kind]
    if field.secret and form == "read":
        return str | None, left_out("Redacted; in which way, or whether it is there at all, is not documented.")
    if field.secret and form == "update":
        return (Base64OrRedacted if kind is Base64 else kind) | None, left_out("Never send back a redacted value.")
    if not field.may_be_empty:
        kind = Annotated[kind, Field(min_length=1)]
    return kind, ... if field.required else left_out()


def _form(credential_type: CredentialType, form: str) -> Any:
    base = Shown if form == "read" else Sent
    stem = {"create": "New", "update": "Whole", "read": ""}[form] + credential_type.name.title().replace("-", "")
    data = create_model(stem + "Data", __base__=base, **{field.name: _data_field(field, form) for field in credential_type.fields})
    # Each form is closed but as read, and `none` takes nothing at all (contract, "Credential types").
    name = str if form == "read" else Annotated[str, Field(min_length=1)]
    members: dict[str, Any] = {"type": (Literal[credential_type.name], ...), "name": (name, ...), "data": (data, ...)}
    if form != "create":
        # They are required in the body of a PUT too (contract, "Credential").
        time: Any = (Time, ...) if form == "read" else (Time, left_out())
        members.update(id=(str, Field(examples=[CREDENTIAL_EXAMPLE])), createdAt=time, updatedAt=time)
        # `usages` and `errors` belong to the server: what a PUT says of them is ignored.
        members["usages"] = (list[Usage], left_out("Absent: not loaded."))
        members["errors"] = (list[str], left_out("Absent: not validated yet; empty: valid."))
    return create_model(stem + "Credential", __base__=SentWhole if form == "update" else base, **members)


def _union(form: str) -> Any:
    members = tuple(_form(credential_type, form) for credential_type in TYPES.values())
    return Annotated[Union[members], Field(discriminator="type")]  # noqa: UP007 (not two, but a tuple of them)


NewCredential = _union("create")
WholeCredential = _union("update")
Credential = _union("read")


class CredentialSummary(Shown):
    id: str
    type: TypeName
    name: str
    authSchemeType: AuthSchemeType
    usages: list[Usage] | Absent = left_out()
    errors: list[str] | Absent = left_out("Only present when invalid.")


class CredentialPage(Shown):
    totalCount: int
    next: str | Absent = left_out("Pass it on as `after`.")
    credentials: list[CredentialSummary]
