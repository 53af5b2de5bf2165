# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one table of credential types (contract, "Credential types").

Argument spec, validation, comparison, fingerprint, diff and the documentation's table all read it, so a
new type or field is added here and nowhere else.
"""

from __future__ import annotations

import base64
import binascii
import re
import typing as t
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl

TEXT = "text"  # a string
BASE64 = "base64"  # a string that holds bytes in base64; compared by its bytes
TEXTS = "texts"  # a list of strings; compared as a set
TEXT_MAP = "text_map"  # strings by strings


@dataclass(frozen=True)
class Field:
    """One field of a credential's ``data``.

    :param name: the API's name, camelCase.
    :param kind: one of :data:`TEXT`, :data:`BASE64`, :data:`TEXTS`, :data:`TEXT_MAP`.
    :param secret: the server redacts it when read, so it can only be compared through the memory.
    :param may_be_empty: an empty string is a value of its own.
    :param refreshed: the platform itself gives it new values (contract, "Token refresh"), so another value
        there is no out-of-band change.
    """

    name: str
    kind: str = TEXT
    required: bool = False
    secret: bool = False
    may_be_empty: bool = False
    refreshed: bool = False

    @cached_property
    def snake_name(self) -> str:
        """The name as Ansible users write it: ``clientId`` is ``client_id``, ``valueBase64`` is ``value_base64``."""
        return re.sub(r"(?<!^)([A-Z])", r"_\1", self.name).lower()

    @property
    def path(self) -> str:
        """Where it stands in a credential, as in the API's own field errors: ``data.clientId``."""
        return "data." + self.name

    def comparable(self, value: t.Any) -> t.Any:
        """A value of this field, as a task or the server has it, in the form in which two of them are compared."""
        if self.kind == TEXTS:
            return frozenset(map(str, value)) if isinstance(value, list) else frozenset() if value is None else value
        if self.kind == TEXT_MAP:
            return {} if value is None else self.as_given(value)
        if self.kind == BASE64 and isinstance(value, str):
            try:
                return base64.b64decode("".join(value.split()))
            except (binascii.Error, ValueError):
                return value
        if self.may_be_empty and value is None:
            return ""
        return value

    def as_given(self, value: t.Any) -> t.Any:
        """A value of the server's as a task gives it. Newer APIs write a mapping as one URL-encoded text (contract, "Types of newer
        APIs")."""
        if self.kind != TEXT_MAP or not isinstance(value, str):
            return value
        pairs = parse_qsl(value, keep_blank_values=True)
        return dict(pairs) if len(dict(pairs)) == len(pairs) else value


_CLIENT_ID = Field("clientId", required=True)
_CLIENT_SECRET = Field("clientSecret", required=True, secret=True)
_TOKEN_URL = Field("tokenUrl", required=True)

TYPES: t.Mapping[str, tuple[Field, ...]] = {
    "none": (),
    "string": (Field("value", required=True, secret=True),),
    "binary": (Field("valueBase64", BASE64, required=True, secret=True),),
    "basic-auth": (
        Field("username", required=True),
        Field("password", required=True, secret=True),
    ),
    "oauth2-client": (
        _CLIENT_ID,
        _CLIENT_SECRET,
        Field("authorizeUrl", required=True, may_be_empty=True),  # "" for the client_credentials grant
        _TOKEN_URL,
        Field("scopes", TEXTS),
        Field("additionalParams", TEXT_MAP),
    ),
    "oauth2-token": (
        _CLIENT_ID,
        _CLIENT_SECRET,
        Field("authorizeUrl", required=True),
        _TOKEN_URL,
        Field("scopes", TEXTS, required=True),
        Field("accessToken", secret=True, refreshed=True),
        Field("refreshToken", secret=True, refreshed=True),
        Field("additionalParams", TEXT_MAP),
    ),
}


def field_of(credential_type: str, name: str) -> Field | None:
    """The field that a type calls ``name`` (either spelling), or ``None``."""
    return next((field for field in TYPES.get(credential_type, ()) if name in (field.name, field.snake_name)), None)


def is_refreshed(credential_type: str) -> bool:
    """Whether the platform changes credentials of this type by itself (``oauth2-token``)."""
    return any(field.refreshed for field in TYPES.get(credential_type, ()))
