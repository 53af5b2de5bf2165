# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS: the minimum version, the authorities that count, and a sentence for what was not accepted."""

from __future__ import annotations

import contextlib
import os
import ssl
import typing as t

from .._core.failure import Failure
from .._files import as_named_here, check_regular

with contextlib.suppress(ImportError):  # the client says so
    from .libraries import DEFAULT_CA_BUNDLE_PATH, create_urllib3_context

MINIMUM_VERSION = ssl.TLSVersion.TLSv1_2  # whatever this machine's OpenSSL is set to


def pool_options(validate_certs: bool, ca_path: str | None) -> dict[str, t.Any]:
    """What urllib3's pool of connections has to know about TLS.

    :param ca_path: file or folder of the authorities; else the variables that requests looks at name it, else it is requests' own.
    :raises Failure: where the authorities, or the file of ``SSLKEYLOGFILE``, cannot be used. Nothing has been sent then.
    """
    if not validate_certs:
        return {"ssl_context": _context(ssl.CERT_NONE), "cert_reqs": "CERT_NONE"}
    paths = {"ca_path": ca_path, **{name: os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")}}
    given_by = next((name for name, path in paths.items() if path), None)
    given = t.cast(str, paths[given_by]) if given_by else DEFAULT_CA_BUNDLE_PATH
    path = as_named_here(given)
    is_folder = os.path.isdir(path)
    if given_by and not is_folder:
        _check_authorities(path, f"{given_by} {given}")
    return {"ssl_context": _context(ssl.CERT_REQUIRED), "cert_reqs": "CERT_REQUIRED", "ca_cert_dir" if is_folder else "ca_certs": path}


def _context(cert_reqs: ssl.VerifyMode) -> ssl.SSLContext:
    log = os.environ.get("SSLKEYLOGFILE")  # which Python's ssl module opens, and would wait for a pipe's other end
    try:
        if log and os.path.exists(log):
            check_regular(log)
        context = create_urllib3_context(cert_reqs=cert_reqs)
    except OSError as problem:
        raise Failure(f"SSLKEYLOGFILE {log} cannot be used on the host that this task runs on: {problem.strerror or problem}.") from None
    context.minimum_version = MINIMUM_VERSION
    return context


def _check_authorities(path: str, called: str) -> None:
    try:
        check_regular(path)
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError as problem:  # an SSLError too, which is one
        reason = "it holds no certificate in PEM form" if isinstance(problem, ssl.SSLError) else problem.strerror
        raise Failure(f"{called} cannot be used on the host that this task runs on: {reason}.") from None


def explanation(host: str, problem: t.Any) -> str:
    """The sentence for a connection that TLS did not let come about.

    :param problem: what urllib3 raised; what the ssl module raised before is looked for in it.
    """
    reason = (_why_not_accepted(problem) or "").rstrip(".")
    if not reason:
        return f"no TLS connection to {host} came about. It must speak TLS 1.2 or newer: check api_url and its port."
    advice = "If it comes from your own authority, give that as ca_path."
    if "expired" in reason or "not yet valid" in reason:
        advice = "It has to be renewed there, unless this host's clock is wrong."
    elif "match" in reason:
        advice = "Check the host in api_url, and what stands in between."
    return f"the certificate of {host} was not accepted: {reason}. {advice}"


def _why_not_accepted(problem: t.Any) -> str | None:
    """What OpenSSL says of a certificate, or urllib3 before 2.0, which compares the host's name itself; ``None`` where neither did."""
    while not isinstance(problem, str):
        if message := getattr(problem, "verify_message", None):
            return str(message)
        if not getattr(problem, "args", None):
            return None
        problem = problem.args[0]
    return problem if "doesn't match" in problem else None
