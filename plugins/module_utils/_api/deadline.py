# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One time limit for a whole answer, and what comes before one passed over.

A socket's own limit is for each read, so a server that sends a byte now and then never meets it. Of what may come before an
answer, http.client knows status 100 alone: it would take a 103 for the answer, and the answer for that to the next request.
"""

from __future__ import annotations

import http
import http.client
import io
import socket
import time
import typing as t

_MOST_BEFORE = 20  # interim answers


class NoAnswer(Exception):
    """What a server said that no answer follows; the text says what it did."""


class _Reader(io.RawIOBase):
    """Reads a socket, each time for no longer than is left of what its timeout was at the start."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        seconds = sock.gettimeout()
        self._ends = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int | None:
        if self._ends is not None:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Source:
    """What ``HTTPResponse`` takes for a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._sock))


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: t.Any, *args: t.Any, **options: t.Any) -> None:
        super().__init__(t.cast(socket.socket, _Source(sock)), *args, **options)

    def _read_status(self) -> tuple[str, int, str]:
        # Of the methods that http.client has, this one is the only place between two answers of one connection; the one that
        # asks a proxy for a tunnel calls it too.
        for _number in range(_MOST_BEFORE):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                raise NoAnswer("the server changed over to another protocol, which nobody asked for")
            if not 100 <= status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise NoAnswer("the server keeps announcing an answer that does not come")


def limit_answers(pool: t.Any) -> None:
    """Make the timeout of a pool's requests one for the whole of an answer, its first line included.

    :param pool: urllib3's, before its first connection.
    """
    pool.ConnectionCls = type("LimitedConnection", (pool.ConnectionCls,), {"response_class": _Response})
