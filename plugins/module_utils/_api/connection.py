# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the API is and which authentication it gets, from a task's options and its environment variables."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from .._core.failure import Failure
from .._core.masking import MIN_MASKED_LENGTH

DEFAULT_API_URL = "https://platform.versori.com/api/connect/v1alpha1"  # contract, "Operations"

# The header that each of these options is sent in, and the scheme before it (contract, "Authentication").
_AUTH_HEADERS = {
    "api_key": ("Authorization", "Bearer "),
    "jwt": ("Authorization", "JWT "),
    "session_cookie": ("Cookie", ""),
}
AUTH_OPTIONS = tuple(_AUTH_HEADERS)

_DEFAULT_PORTS = {"https": 443, "http": 80}
_USER_OR_QUERY = re.compile(r"[^/]*//[^/]*@|.*[?#]")
# A colon in brackets makes the address one of IPv6.
_URL = re.compile(r"(https?)://(\[[0-9a-f.]*:[0-9a-f:.]*\]|[^:/\[\]]+)(?::([0-9]{0,5}))?(/.*)?", re.IGNORECASE)
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_HOST_NAME = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# Of this form, "127.1" or "0x7f.1" say, the system's resolver makes an address, and each one another.
_NUMBER_AT_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_PATH = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*")
_DOT_SEGMENT = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Connection:
    """How to reach the API.

    :param api_url: the base URL as :func:`read_url` writes it.
    :param header: name of the header that the token is sent in.
    :param scheme: what stands before the token there, with a blank at its end; or nothing.
    :param token: what the user gave, without the scheme.
    :param source: which option that was, and where it came from if not from the task itself.
    :param timeout: seconds for each wait of one try of a request, for the whole of its answer's body, and the longest pause that a
        server may ask for.
    :param retries: how often a request that may be repeated is repeated.
    """

    api_url: str
    header: str
    scheme: str
    token: str = field(repr=False)
    source: str
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: float = 30.0
    retries: int = 4

    def secret_texts(self) -> list[str]:
        """What must never be shown of it: the token, and each value of a cookie by itself."""
        values = [part.partition("=")[2].strip() for part in self.token.split(";")] if self.header == "Cookie" else []
        return [self.token, *(value for value in values if len(value) >= MIN_MASKED_LENGTH)]


def read_connection(options: t.Mapping[str, t.Any], sources: t.Mapping[str, str] | None = None) -> Connection:
    """Read the connection options; environment variables and ``context`` are already in them.

    :param sources: of those that do not come from the task itself, where they come from.
    :raises Failure: one sentence about the option that is missing or wrong.
    """
    sources = sources or {}
    option = auth_option(options, sources)
    source = f"{option} (from {sources[option]})" if option in sources else option
    header, scheme = _AUTH_HEADERS[option]
    token = str(options[option]).strip()
    if not token.isprintable() or not token.isascii():
        raise Failure(f"{source} holds characters that cannot be sent in a header: check for line breaks or a wrong variable.")
    if scheme and f"{token} ".lower().startswith(scheme.lower()):
        token = token[len(scheme) :].strip()
    if not token:
        raise Failure(f"{source} holds nothing to authenticate with: check the variable that it comes from.")
    settings = {name: options[name] for name in ("validate_certs", "ca_path", "timeout", "retries") if options.get(name) not in (None, "")}
    connection = Connection(read_url(options.get("api_url") or DEFAULT_API_URL), header, scheme, token, source, **settings)
    if not 0 < connection.timeout <= 3600:
        raise Failure("timeout must be more than 0 and at most 3600 seconds.")
    if not 0 <= connection.retries <= 20:
        raise Failure("retries must be from 0 to 20.")
    return connection


def auth_option(options: t.Mapping[str, t.Any], sources: t.Mapping[str, str] | None = None) -> str:
    """The one option of :data:`AUTH_OPTIONS` that is set; a ``context`` counts as the ``jwt`` that it holds.

    :param sources: as for :func:`read_connection`.
    :raises Failure: where it is not exactly one.
    """
    given = [name for name in AUTH_OPTIONS if options.get(name) not in (None, "")]
    if len(given) > 1:
        both = " and ".join((sources or {}).get(name, name) for name in given)
        raise Failure(f"{both} are set, but only one of {', '.join(AUTH_OPTIONS)} can be used for authentication: keep one.")
    if not given:
        raise Failure(
            "No authentication is set: give one of api_key, jwt, session_cookie or context, or its environment variable "
            "(VERSORI_API_KEY, VERSORI_JWT, VERSORI_SESSION_COOKIE, VERSORI_CONTEXT)."
        )
    return given[0]


def read_url(text: str) -> str:
    """The base URL in its one spelling: scheme and host in small letters, no default port, no slash at the end.

    Libraries read what is odd in a URL each in its own way, and some of them leave parts of it out. All that they are given is
    what has been understood here, so that they cannot understand something else.

    :raises Failure: for everything else than a scheme, a host, a port and a plain path.
    """
    text = text.strip(" ").rstrip("/")
    if not text.isascii() or not text.isprintable() or "\\" in text or " " in text:
        raise Failure("api_url holds characters that no URL has: check for blanks, line breaks, backslashes and letters beyond ASCII.")
    if _USER_OR_QUERY.match(text):
        raise Failure("api_url must hold neither a user name nor a query: give the base URL of the Connect API alone.")
    wrong = Failure(f"api_url is not a URL of the form {DEFAULT_API_URL}.")
    match = _URL.fullmatch(text)
    if not match:
        raise wrong
    scheme, host, path = match[1].lower(), match[2].lower(), match[4] or ""
    port = int(match[3] or _DEFAULT_PORTS[scheme])
    try:
        address = ip_address(host.strip("[]"))
        host = f"[{address}]" if ":" in host else str(address)
        is_local = any(address in network for network in _LOOPBACK)
    except ValueError:
        is_local = host == "localhost"
        if not _HOST_NAME.fullmatch(host) or _NUMBER_AT_END.fullmatch(host):
            raise wrong from None
    if not 0 < port < 65536:
        raise wrong
    if not _PATH.fullmatch(path) or _DOT_SEGMENT.search(path):
        raise Failure(
            "api_url has a path that servers may read in several ways: give it without '.' or '..' between its slashes, and without "
            "brackets, quotes and a stray '%'."
        )
    if scheme == "http" and not is_local:
        raise Failure(f"api_url is plain http to {host}, which would send secrets in the clear: use https.")
    return f"{scheme}://{host}{'' if port == _DEFAULT_PORTS[scheme] else f':{port}'}{path}"
