# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer of an error (contract, "Errors"): `{code, message, fields?: [{field, message}], cause?}`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    409: "already_exists",
    422: "invalid_argument",
    429: "rate_limited",
    500: "internal",
    502: "bad_gateway",
    503: "unavailable",
    504: "timeout",
}


def error_body(status: int, message: str, fields: Iterable[tuple[str, str]] = (), cause: Any = None) -> dict[str, Any]:
    body: dict[str, Any] = {"code": CODES.get(status, "unknown"), "message": message}
    if listed := [{"field": field, "message": text} for field, text in fields]:
        body["fields"] = listed
    if cause is not None:
        body["cause"] = cause
    return body


class ApiError(Exception):
    def __init__(self, status: int, message: str, fields: Iterable[tuple[str, str]] = ()):
        super().__init__(message)
        self.status = status
        self.body = error_body(status, message, fields)


def invalid(*fields: tuple[str, str]) -> ApiError:
    return ApiError(422, "the request is not valid", fields)
