# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the API is and how to sign in, from a task's options and its environment variables."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from .._core.failure import Failure
from .._core.masking import BY_CHANCE

DEFAULT_API_URL = "https://platform.versori.com/api/connect/v1alpha1"

# The header that each way to sign in sends (contract, "Authentication").
_SIGN_IN = {
    "api_key": ("Authorization", "Bearer "),
    "jwt": ("Authorization", "JWT "),
    "session_cookie": ("Cookie", ""),
}
SIGN_IN_OPTIONS = tuple(_SIGN_IN)


@dataclass(frozen=True)
class Connection:
    """How to reach the API.

    :param api_url: the base URL without a slash at its end.
    :param header: name of the header that signs in.
    :param token: what the user gave, without the scheme.
    :param timeout: seconds for one try of a request as a whole, and the longest pause that a server may ask for.
    :param retries: how often a request that may be repeated is repeated.
    """

    api_url: str
    header: str
    scheme: str
    token: str = field(repr=False)
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: float = 30.0
    retries: int = 4

    def secret_texts(self) -> list[str]:
        """What must never be shown of it: the token, and each value of a cookie by itself."""
        values = [one.partition("=")[2].strip() for one in self.token.split(";")] if self.header == "Cookie" else []
        return [self.token, *(one for one in values if len(one) >= BY_CHANCE)]


def read_connection(options: t.Mapping[str, t.Any]) -> Connection:
    """Read the connection options; environment variables and ``context`` are already in them.

    :raises Failure: one sentence about the option that is missing or wrong.
    """
    given = _given(options)
    if len(given) > 1:
        raise Failure(f"{' and '.join(given)} are set, but only one of {', '.join(SIGN_IN_OPTIONS)} can sign in: keep one.")
    if not given:
        raise Failure(
            "No way to sign in is set: give one of api_key, jwt, session_cookie or context, or its environment variable "
            "(VERSORI_API_KEY, VERSORI_JWT, VERSORI_SESSION_COOKIE, VERSORI_CONTEXT)."
        )
    header, scheme = _SIGN_IN[given[0]]
    token = str(options[given[0]]).strip()
    if not token.isprintable() or not token.isascii():
        raise Failure(f"{given[0]} holds characters that cannot be sent in a header: check for line breaks or a wrong variable.")
    if scheme and token.lower().startswith(scheme.lower()):
        token = token[len(scheme) :].strip()
    timeout = options.get("timeout") or 30.0
    if not 0 < timeout <= 3600:
        raise Failure("timeout must be more than 0 and at most 3600 seconds.")
    retries = 4 if options.get("retries") is None else options["retries"]
    if not 0 <= retries <= 20:
        raise Failure("retries must be from 0 to 20.")
    return Connection(
        api_url=_read_url(options.get("api_url") or DEFAULT_API_URL),
        header=header,
        scheme=scheme,
        token=token,
        validate_certs=options.get("validate_certs") is not False,
        ca_path=options.get("ca_path") or None,
        timeout=float(timeout),
        retries=retries,
    )


def _given(options: t.Mapping[str, t.Any]) -> list[str]:
    return [name for name in SIGN_IN_OPTIONS if options.get(name) not in (None, "")]


def sign_in_of(options: t.Mapping[str, t.Any]) -> str:
    """The name of the option that signs in; a ``context`` counts as the ``jwt`` that it holds."""
    return _given(options)[0]


def _read_url(text: str) -> str:
    text = text.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        parts, host = None, None
    if parts is None or parts.scheme not in ("http", "https") or not host:
        raise Failure(f"api_url is not a URL of the form {DEFAULT_API_URL}.")
    if parts.username is not None or parts.query or parts.fragment:
        raise Failure("api_url must hold neither a user name nor a query: give the base URL of the Connect API alone.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise Failure(f"api_url is plain http to {host}, which would send secrets in the clear: use https.")
    return text


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
