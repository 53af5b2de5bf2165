# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uvicorn's HTTP protocol, with the connection's number and transport in reach of the ASGI application.

A fault has to drop a connection, or to send fewer bytes than it promised: no ASGI message says that.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import struct
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

_numbers = itertools.count(1)


class NumberedProtocol(H11Protocol):
    def connection_made(self, transport: Any) -> None:
        self.app_state = {**self.app_state, "transport": transport, "connection": next(_numbers)}
        super().connection_made(transport)


def reset(transport: asyncio.Transport) -> None:
    """Drop the connection at once: the client sees a TCP reset."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def closed(receive: Any, seconds: float = 5) -> bool:
    """Wait, at most so long, for the end of the connection; whether it came. Uvicorn must not answer then."""

    async def disconnect() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(disconnect(), seconds)
        return True
    return False
