# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of types (contract, "Credential types"), once, for validation, redaction and the OpenAPI document."""

from __future__ import annotations

from typing import NamedTuple


class DataField(NamedTuple):
    name: str
    kind: str = "string"  # string, base64, strings ([string]) or params ({string: string})
    required: bool = False
    secret: bool = False  # redacted when read
    may_be_empty: bool = True


class CredentialType(NamedTuple):
    name: str
    auth_scheme_type: str  # in the summaries; which type shows which of the six is inferred
    fields: tuple[DataField, ...] = ()

    @property
    def secrets(self) -> tuple[DataField, ...]:
        return tuple(field for field in self.fields if field.secret)

    @property
    def optional_collections(self) -> tuple[DataField, ...]:
        return tuple(field for field in self.fields if not field.required and field.kind in ("strings", "params"))


_OAUTH2_CLIENT = (
    DataField("clientId", required=True),
    DataField("clientSecret", required=True, secret=True),
    DataField("authorizeUrl", required=True),  # "" for the grant client_credentials
    DataField("tokenUrl", required=True, may_be_empty=False),
    DataField("scopes", "strings"),
    DataField("additionalParams", "params"),
)

_OAUTH2_TOKEN = (
    *_OAUTH2_CLIENT[:2],
    DataField("authorizeUrl", required=True, may_be_empty=False),
    _OAUTH2_CLIENT[3],
    DataField("scopes", "strings", required=True),
    DataField("accessToken", secret=True),
    DataField("refreshToken", secret=True),
    _OAUTH2_CLIENT[5],
)
_TYPES = (
    CredentialType("none", "none"),
    CredentialType("string", "api-key", (DataField("value", required=True, secret=True),)),
    CredentialType("binary", "google-service-account", (DataField("valueBase64", "base64", required=True, secret=True),)),
    CredentialType("basic-auth", "basic-auth", (DataField("username", required=True), DataField("password", required=True, secret=True))),
    CredentialType("oauth2-client", "oauth2", _OAUTH2_CLIENT),
    CredentialType("oauth2-token", "oauth2", _OAUTH2_TOKEN),
)
TYPES = {credential_type.name: credential_type for credential_type in _TYPES}

AUTH_SCHEME_TYPES = ("none", "api-key", "basic-auth", "oauth2", "google-service-account", "hmac")
