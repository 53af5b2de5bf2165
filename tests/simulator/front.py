# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ASGI application that stands before the API: control, recording, latency, faults and authentication."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import socket
import struct
import time
import traceback
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from .answers import credential
from .app import json_answer
from .errors import ApiError, error_body
from .faults import TOGETHER, Fault, inflate, retype, retype_one
from .recording import RecordedRequest
from .remote import CONTROL_PATH
from .world import World

DOCUMENT_PATH = "/openapi.json"
_numbers = itertools.count(1)


class NumberedProtocol(H11Protocol):
    """Hands on the connection's number, and its transport: no ASGI message drops it, or sends fewer bytes than were promised."""

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


class Answer(NamedTuple):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def sized(self, more: int = 0) -> list[tuple[bytes, bytes]]:
        """The headers with an honest Content-Length, or one of some bytes more."""
        headers = [header for header in self.headers if header[0].lower() != b"content-length"]
        has_none = self.status == HTTPStatus.NO_CONTENT
        return headers if has_none else [*headers, (b"content-length", b"%d" % (len(self.body) + more))]


class Front:
    def __init__(self, world: World, api: Any, control: Any):
        self.world = world
        self.api = api
        self.control = control

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] == DOCUMENT_PATH:
            await self.api(scope, receive, send)
        elif scope["path"].startswith(CONTROL_PATH):
            await self.control(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return  # before all of the request was there
        request = RecordedRequest(
            scope["method"],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            scope["headers"],
            body,
            scope.get("state", {}).get("connection", 0),  # 0: called without a server
        )
        with self.world.lock:
            self.world.recording.begin(request)
            fault = self.world.pick_fault(request.method, request.path)
        request.fault = fault.kind if fault else None
        try:
            await self._answer(scope, receive, send, request, fault)
        finally:
            self.world.recording.end(request)

    async def _answer(self, scope: Any, receive: Any, send: Any, request: RecordedRequest, fault: Fault | None) -> None:
        if self.world.latency:
            await asyncio.sleep(self.world.latency)
        kind = fault.kind if fault else None
        # Faults before the API has done anything.
        if kind == "reset_before":
            return await self._drop(scope, receive, request)
        if fault and kind == "delay_before" and await closed(receive, fault.seconds):
            return None  # the client has lost patience: what it wanted does not happen later, in another test
        if fault and kind == TOGETHER:
            await _together(fault)
        canned = fault.canned if fault else None
        if canned is None or (fault and fault.handled):
            answer = await self._handle(scope, request)
        # Faults after the API has done what was asked.
        if canned is not None:
            status, body, headers = canned
            answer = Answer(status, [(name.encode(), value.encode()) for name, value in headers.items()], body)
        elif kind == "reset_after":
            return await self._drop(scope, receive, request)
        elif fault and kind == "delay_after" and await closed(receive, fault.seconds):
            return None
        elif fault and answer.body:
            answer = answer._replace(body=self._changed(answer.body, fault, request.method))
        if fault and kind in _BROKEN:
            self.world.recording.end(request)
            return await _write_broken(scope["state"]["transport"], receive, answer, fault)
        request.status, request.answer = answer.status, answer.body
        self.world.recording.end(request)
        rest = b""
        if kind == "short_length":  # all of the body comes, but only half of it was promised
            half = len(answer.body) // 2
            answer, rest = answer._replace(body=answer.body[:half]), answer.body[half:]
        await _send(send, answer, fault if kind == "drip" else None)
        if rest:
            scope["state"]["transport"].write(rest)
        return None

    def _changed(self, body: bytes, fault: Fault, method: str) -> bytes:
        if fault.kind == "wrong_type":
            return retype(body)
        if fault.kind == "wrong_field":
            return retype_one(body, fault.chance)
        if fault.kind == "invalid_json":
            return body[: len(body) // 2]
        if fault.kind == "huge":
            return inflate(body, fault.size)
        return self._of_another(body, method) if fault.kind == "other_credential" else body

    async def _handle(self, scope: Any, request: RecordedRequest) -> Answer:
        try:
            self.world.authentication.check(Headers(raw=request.raw_headers), self.world.switches.authentication)
            return await self._call_api(scope, request.body)
        except ApiError as error:
            response = json_answer(error.status, error.body)
        except Exception:
            self.world.crashes.append(traceback.format_exc())
            response = json_answer(500, error_body(500, "the simulator has crashed"))
        return Answer(response.status_code, response.raw_headers, bytes(response.body))

    async def _call_api(self, scope: Any, body: bytes) -> Answer:
        messages: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        await self.api(dict(scope), receive, send)
        start, *rest = messages
        return Answer(start["status"], list(start["headers"]), b"".join(part.get("body", b"") for part in rest))

    def _of_another(self, body: bytes, method: str) -> bytes:
        """What the API shows of another credential; where there is none, the answer with an id that nobody asked for."""
        content = json.loads(body)
        own_id = str(content.get("id", "")).upper()
        with self.world.lock:
            other = next((entry for entry in self.world.store.entries() if entry.id.upper() != own_id), None)
            if other and "credentials" not in content:
                return json.dumps(credential(other, self.world.switches, write=method != "GET")).encode()
            content["id"] = self.world.store.new_id()
        if method == "POST":
            content["name"] = "somebody else's"
        return json.dumps(content).encode()

    async def _drop(self, scope: Any, receive: Any, request: RecordedRequest) -> None:
        self.world.recording.end(request)
        reset(scope["state"]["transport"])
        await closed(receive)


async def _together(fault: Fault) -> None:
    until = time.monotonic() + fault.seconds
    while not fault.all_there and time.monotonic() < until:
        await asyncio.sleep(0.002)


async def _send(send: Any, answer: Answer, drip: Fault | None) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.sized()})
    if drip:
        for piece in _pieces(answer.body, drip):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(drip.seconds)
    await send({"type": "http.response.body", "body": b"" if drip else answer.body})


def _pieces(content: bytes, drip: Fault) -> list[bytes]:
    step = min(drip.size, 16)
    return [content[at : at + step] for at in range(0, len(content), step)]


_BROKEN = ("cut", "long_length", "drip_head")


async def _write_broken(transport: Any, receive: Any, answer: Answer, fault: Fault) -> None:
    """An answer that no ASGI message stands for, byte by byte, and then the end of the connection."""
    head = b"".join(b"%s: %s\r\n" % header for header in answer.sized(100 if fault.kind == "long_length" else 0))
    whole = b"HTTP/1.1 %d Odd\r\n%s\r\n%s" % (answer.status, head, answer.body)
    if fault.kind == "cut":  # in the middle of the body; without one, the headers end too soon
        whole = whole[: -(len(answer.body) + 1) // 2] if answer.body else whole[:-2]
    if fault.kind == "drip_head":
        for piece in _pieces(whole, fault):
            transport.write(piece)
            if await closed(receive, fault.seconds):
                return
    else:
        transport.write(whole)
    transport.close()
    await closed(receive)
