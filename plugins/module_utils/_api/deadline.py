# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One time limit for a whole answer. A socket's own is for each read, so a server that sends a byte now and then never meets it."""

from __future__ import annotations

import http.client
import io
import socket
import time
import typing as t


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


def limit_answers(pool: t.Any) -> None:
    """Make the timeout of a pool's requests one for the whole of an answer, its first line included.

    :param pool: urllib3's, before its first connection.
    """
    pool.ConnectionCls = type("LimitedConnection", (pool.ConnectionCls,), {"response_class": _Response})
