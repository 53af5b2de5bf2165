# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the API is and how to sign in, from a task's options and its environment variables."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from .._core.failure import Failure
from .._core.masking import MIN_MASKED_LENGTH

DEFAULT_API_URL = "https://platform.versori.com/api/connect/v1alpha1"  # contract, "Operations"

# The header that each way to sign in sends (contract, "Authentication").
_SIGN_IN = {
    "api_key": ("Authorization", "Bearer "),
    "jwt": ("Authorization", "JWT "),
    "session_cookie": ("Cookie", ""),
}
SIGN_IN_OPTIONS = tuple(_SIGN_IN)

DEFAULT_PORTS = {"https": 443, "http": 80}
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_HOST_NAME = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# Of this form, "127.1" or "0x7f.1" say, the system's resolver makes an address, and each one another.
_NUMBER_AT_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_HOST_AND_PORT = re.compile(r"(?:\[[^\[\]]+\]|[^:\[\]]+)(?::[0-9]*)?")
_PATH = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*")
_DOT_SEGMENT = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Connection:
    """How to reach the API.

    :param api_url: the base URL as :func:`_read_url` writes it.
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
        return [self.token, *(one for one in values if len(one) >= MIN_MASKED_LENGTH)]


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
    if scheme and f"{token} ".lower().startswith(scheme.lower()):
        token = token[len(scheme) :].strip()
    if not token:
        raise Failure(f"{given[0]} holds nothing that could sign in: check the variable that it comes from.")
    timeout = 30.0 if options.get("timeout") is None else options["timeout"]
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
    """The base URL in its one spelling: scheme and host in small letters, no default port, no slash at the end.

    Libraries read what is odd in a URL each in its own way, and some of them leave parts of it out. All that they are given is
    what has been understood here, so that they cannot understand something else.

    :raises Failure: for everything else than a scheme, a host, a port and a plain path.
    """
    text = text.strip(" ").rstrip("/")
    wrong = Failure(f"api_url is not a URL of the form {DEFAULT_API_URL}.")
    if not text.isascii() or not text.isprintable() or "\\" in text or " " in text:
        raise Failure("api_url holds characters that no URL has: check for blanks, line breaks, backslashes and letters beyond ASCII.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise wrong from None
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise Failure("api_url must hold neither a user name nor a query: give the base URL of the Connect API alone.")
    if parts.scheme not in DEFAULT_PORTS or not _HOST_AND_PORT.fullmatch(parts.netloc) or not host or port == 0:
        raise wrong
    if not _PATH.fullmatch(parts.path) or _DOT_SEGMENT.search(parts.path):
        raise Failure(
            "api_url has a path that servers may read in several ways: give it without '.' or '..' between its slashes, and without "
            "brackets, quotes and a stray '%'."
        )
    in_brackets = parts.netloc.startswith("[")
    try:
        address = None if "%" in host else ip_address(host)
    except ValueError:
        address = None
    if isinstance(address, IPv6Address) is not in_brackets or (
        address is None and (not _HOST_NAME.fullmatch(host) or _NUMBER_AT_END.fullmatch(host))
    ):
        raise wrong
    host = str(address or host)
    if parts.scheme == "http" and host != "localhost" and not (address and any(address in network for network in _LOOPBACK)):
        raise Failure(f"api_url is plain http to {host}, which would send secrets in the clear: use https.")
    shown_port = "" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{f'[{host}]' if in_brackets else host}{shown_port}{parts.path}"
