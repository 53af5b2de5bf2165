# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a server in a thread of its own."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import threading
import time
from typing import Any

import uvicorn
from typing_extensions import Self

from .app import build_app
from .control_routes import build_control
from .front import Front, NumberedProtocol
from .remote import CONTROL_PATH
from .world import BASE_PATH, World


class Simulator(World):
    """`with Simulator(redaction="null") as sim:` serves on a free loopback port; see `World`.

    `reset()` goes back to the switches that were given here. Without `with`, `app` can be called by ASGI.

    :param tls_version: the only one that it speaks, which may be one that OpenSSL refuses by itself.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        ssl_certfile: str | os.PathLike[str] | None = None,
        ssl_keyfile: str | os.PathLike[str] | None = None,
        tls_version: ssl.TLSVersion | None = None,
        latency: float = 0.0,
        **switches: Any,
    ):
        super().__init__(latency, **switches)
        self.api = build_app(self)
        self.app = Front(self, self.api, build_control(self))
        self._port = port
        self._tls = {"ssl_certfile": ssl_certfile, "ssl_keyfile": ssl_keyfile}
        self._tls_version = tls_version

    @property
    def root_url(self) -> str:
        return f"{'https' if self._tls['ssl_certfile'] else 'http'}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return self.root_url + BASE_PATH

    @property
    def control_url(self) -> str:
        return self.root_url + CONTROL_PATH

    def __enter__(self) -> Self:
        # asyncio switches Nagle's delay off only for sockets that say IPPROTO_TCP.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        self.port: int = listener.getsockname()[1]
        # Connections wait in the listener's queue until the server is up.
        listener.listen(2048)
        config = uvicorn.Config(
            self.app,
            http=NumberedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=120,
            **self._tls,  # type: ignore[arg-type]
        )
        config.load()  # here, so that a bad certificate is the caller's exception
        if config.ssl and self._tls_version:
            config.ssl.set_ciphers("ALL:@SECLEVEL=0")
            config.ssl.minimum_version = config.ssl.maximum_version = self._tls_version
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, args=(self._server, listener), daemon=True, name="simulator")
        self._thread.start()
        return self

    def _run(self, server: uvicorn.Server, listener: socket.socket) -> None:
        async def serve() -> None:
            await server.serve(sockets=[listener])
            for connection in list(server.server_state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)

        asyncio.run(serve())

    def settle(self) -> None:
        """Wait for what clients that are gone, killed ones too, have sent before: it may still be on its way to the API."""
        with socket.create_connection(("127.0.0.1", self.port)) as last:  # connections are accepted in their order
            last.sendall(b"GET /_simulator/counts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            while last.recv(65536):
                pass
        state = self._server.server_state
        until = time.monotonic() + 60
        while state.connections or state.tasks:
            if time.monotonic() > until:
                raise AssertionError("a client of the simulator is still there")
            time.sleep(0.001)

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        self._server.force_exit = True  # do not wait for requests that a fault keeps waiting
        self._server.should_exit = True
        self._thread.join(10)
        if self.crashes and kind is None:
            raise AssertionError("the simulator itself has crashed:\n" + "\n".join(self.crashes))
