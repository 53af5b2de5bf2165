# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests keep at the API: one credential of each type, and how it changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Example:
    """A credential of one type.

    :param data: what a task first wants.
    :param edited: readable fields that are changed later; without any, the name is changed instead.
    :param rotated: secret fields that are changed later.
    """

    type: str
    data: dict[str, Any] = field(default_factory=dict)
    edited: dict[str, Any] = field(default_factory=dict)
    rotated: dict[str, str] = field(default_factory=dict)

    @property
    def secret_paths(self) -> list[str]:
        names = ("value", "valueBase64", "password", "clientSecret", "accessToken", "refreshToken")
        return [f"data.{name}" for name in names if name in self.data]


EXAMPLES = {
    one.type: one
    for one in (
        Example("none"),
        Example("string", {"value": "string-secret-1"}, rotated={"value": "string-secret-2"}),
        Example("binary", {"valueBase64": "AAEC/w=="}, rotated={"valueBase64": "AAEC/g=="}),
        Example("basic-auth", {"username": "postmaster", "password": "password-1"}, {"username": "root"}, {"password": "password-2"}),
        Example(
            "oauth2-client",
            {
                "clientId": "shop",
                "clientSecret": "client-secret-1",
                "authorizeUrl": "",
                "tokenUrl": "https://auth.example.com/token",
                "scopes": ["read", "write"],
                "additionalParams": {"audience": "shop"},
            },
            {"scopes": ["read"]},
            {"clientSecret": "client-secret-2"},
        ),
        Example(
            "oauth2-token",
            {
                "clientId": "shop",
                "clientSecret": "client-secret-1",
                "authorizeUrl": "https://auth.example.com/authorize",
                "tokenUrl": "https://auth.example.com/token",
                "scopes": ["read", "write"],
                "accessToken": "access-token-1",
                "refreshToken": "refresh-token-1",
            },
            {"tokenUrl": "https://auth.example.com/new-token"},
            {"clientSecret": "client-secret-2", "refreshToken": "refresh-token-2"},
        ),
    )
}
TYPES = list(EXAMPLES)
WITH_SECRETS = [name for name in TYPES if name != "none"]
