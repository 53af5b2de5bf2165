# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS: the least that is spoken, and a sentence for what was not accepted."""

from __future__ import annotations

import os
import ssl
import typing as t

from .._core.failure import Failure
from .._files import check_regular

try:
    from requests.adapters import HTTPAdapter
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:  # the client says so
    HTTPAdapter = object  # type: ignore[assignment,misc]

LEAST = ssl.TLSVersion.TLSv1_2


class TlsAdapter(HTTPAdapter):
    """The adapter of requests with TLS of :data:`LEAST` or newer, whatever this machine's OpenSSL is set to.

    :param verify: whether certificates are checked; which ones count is requests' own ``verify``.
    """

    def __init__(self, verify: bool, **options: t.Any) -> None:
        log = os.environ.get("SSLKEYLOGFILE")  # which Python's ssl module opens, and would wait for a pipe's other end
        try:
            if log and os.path.exists(log):
                check_regular(log)
            self._context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if verify else ssl.CERT_NONE)
        except OSError as problem:
            raise Failure(
                f"SSLKEYLOGFILE {log} cannot be used on the host that this task runs on: {problem.strerror or problem}."
            ) from None
        self._context.minimum_version = LEAST
        super().__init__(**options)

    def init_poolmanager(self, *args: t.Any, **options: t.Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **options)

    def proxy_manager_for(self, proxy: str, **options: t.Any) -> t.Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **options)


def check_ca_path(path: str | None, given_by: str = "ca_path") -> None:
    """Make sure that certificates can be checked with a file or a folder.

    :param given_by: the option or the environment variable that names it.
    :raises Failure: otherwise; nothing has been sent then.
    """
    if path is None or os.path.isdir(path):
        return
    try:
        check_regular(path)
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError as problem:  # an SSLError too, which is one
        reason = "it holds no certificate in PEM form" if isinstance(problem, ssl.SSLError) else problem.strerror
        raise Failure(f"{given_by} {path} cannot be used on the host that this task runs on: {reason}.") from None


def refusal(what: str, host: str, problem: t.Any, cause: str) -> Failure:
    """The sentence for a connection that TLS did not let come about. Nothing was sent.

    :param problem: what urllib3 or the ssl module raised; what it came from is looked for in it.
    :param cause: its text, already masked.
    """
    inner = problem
    while not isinstance(inner, ssl.SSLError) and getattr(inner, "args", None):
        inner = inner.args[0]
    if isinstance(inner, ssl.SSLCertVerificationError):
        reason = inner.verify_message.rstrip(".")
        return Failure(f"Could not {what}: the certificate of {host} was not accepted: {reason}. {_advice(inner)}", cause=cause)
    return Failure(
        f"Could not {what}: no TLS connection to {host} came about. It must speak TLS 1.2 or newer: check api_url and its port.",
        cause=cause,
    )


def _advice(problem: ssl.SSLCertVerificationError) -> str:
    if "expired" in problem.verify_message or "not yet valid" in problem.verify_message:
        return "It has to be renewed there, unless this host's clock is wrong."
    if "mismatch" in problem.verify_message:
        return "Check the host in api_url, and what stands in between."
    return "If it comes from your own authority, give that as ca_path."
