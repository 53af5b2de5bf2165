# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is used of requests and urllib3, which versions of them will do, and one sentence where they are not there."""

from __future__ import annotations

import re
import sys
import warnings

from .._core.failure import Failure

# What RHEL 8 has for its Python 3.9. Amazon Linux 2023 has the same urllib3; RHEL 9, Debian 11 and Ubuntu 22.04 have newer ones.
LEAST = {"requests": "2.25.0", "urllib3": "1.25.10"}
BELOW = 3  # nobody knows what else a next major version does with a header, a redirect or a certificate

__all__ = [
    "DEFAULT_CA_BUNDLE_PATH",
    "HTTPAdapter",
    "Retry",
    "Timeout",
    "create_urllib3_context",
    "disable_warnings",
    "exceptions",
    "get_auth_from_url",
    "get_environ_proxies",
    "make_headers",
    "prepend_scheme_if_needed",
    "select_proxy",
]

_problem = ""
try:
    # requests prints a warning of versions beside it that are newer than itself, and urllib3 one of other TLS libraries.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import requests
        import urllib3
        from requests.adapters import HTTPAdapter
        from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_auth_from_url, get_environ_proxies, prepend_scheme_if_needed, select_proxy
        from urllib3 import Retry, Timeout, disable_warnings, exceptions, make_headers
        from urllib3.util.ssl_ import create_urllib3_context
except Exception as problem:  # also a TypeError, of one that is too new for this Python, or an AttributeError, of two that do not fit
    _problem = str(problem) or type(problem).__name__


def check() -> None:
    """
    :raises Failure: where the two cannot be imported, or are too old or too new.
    """
    if _problem:
        what = f"cannot import requests and urllib3 ({_problem})"
    else:
        versions = {library.__name__: library.__version__ for library in (requests, urllib3)}
        if all(_numbers(LEAST[name]) <= _numbers(version) < [BELOW] for name, version in versions.items()):
            return
        what = "has " + " and ".join(f"{name} {version}" for name, version in versions.items())
    raise Failure(
        f"The Python that this task runs in, {sys.executable}, {what}, and needs requests {LEAST['requests']} or newer with urllib3 "
        f"{LEAST['urllib3']} or newer, both below {BELOW}: install them for that Python. Nothing was sent."
    )


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:3]]
