# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contract, "Authentication": a cookie, or `Authorization:` with `Bearer <API key>` or `JWT <token>`."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import ApiError

API_KEY = "simulator-api-key"
JWT = "simulator-jwt"
SESSION_COOKIE = "session=simulator-session"


class Authentication:
    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.api_keys = {API_KEY}
        self.jwts = {JWT}
        self.cookies = {SESSION_COOKIE}  # whole values of the Cookie header: its real name is unpublished
        self.forbidden: set[str] = set()  # known, but without permission

    def check(self, headers: Mapping[str, str], only: str = "any") -> None:
        """Raise 401 or 403. An Authorization header decides alone; the cookie counts where there is none.

        :param only: the one way that is accepted, or "any".
        """
        authorization = headers.get("authorization")
        if authorization is None:
            way, token, accepted = "session_cookie", headers.get("cookie", ""), self.cookies
        else:
            scheme, _separator, token = authorization.partition(" ")
            ways = {"bearer": ("api_key", self.api_keys), "jwt": ("jwt", self.jwts)}
            way, accepted = ways.get(scheme.lower(), ("", set()))
        if token in self.forbidden:
            raise ApiError(403, "this token lacks the permission to manage credentials")
        if token not in accepted or only not in ("any", way):
            raise ApiError(401, "authentication is missing or not valid")
