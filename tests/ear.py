# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that speaks no HTTP of its own: it keeps what it hears, and says what a test wants it to say."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable


class Ear:
    """Listens on a port of its own, keeps what comes, and answers each request with the same.

    :param answer: the answer, or a function that takes the connection over.
    """

    def __init__(self, answer: bytes | Callable[[socket.socket, bytes], None]):
        self.heard = b""
        self._answer = answer
        self._connection: socket.socket | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Ear:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _listen(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self._connection = connection
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (piece := connection.recv(65536)):
                    head += piece
                self.heard += head
                with contextlib.suppress(OSError):  # the client has had enough
                    if callable(self._answer):
                        self._answer(connection, head)
                    else:
                        connection.sendall(self._answer)


def tunnel(connection: socket.socket, head: bytes) -> None:
    """What a proxy does: connect, say so, and carry the rest unseen."""
    host, _colon, port = head.split()[1].decode().rpartition(":")
    with socket.create_connection((host, int(port))) as upstream:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")

        def carry(source: socket.socket, target: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while piece := source.recv(65536):
                    target.sendall(piece)
                target.shutdown(socket.SHUT_WR)

        back = threading.Thread(target=carry, args=(upstream, connection), daemon=True)
        back.start()
        carry(connection, upstream)
        back.join()
