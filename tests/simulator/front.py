# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ASGI application that stands before the API: control, recording, latency, faults and authentication."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import traceback
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.datastructures import Headers

from .answers import credential
from .app import json_answer
from .errors import ApiError, error_body
from .faults import TOGETHER, Fault, inflate, retype, retype_one
from .recording import RecordedRequest
from .transport import closed, reset
from .world import World

CONTROL_PATH = "/_simulator"
DOCUMENT_PATH = "/openapi.json"


class Answer(NamedTuple):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def _answer(response: Any) -> Answer:
    return Answer(response.status_code, response.raw_headers, bytes(response.body))


class Front:
    def __init__(self, world: World, api: Any, control: Any):
        self.world = world
        self.api = api
        self.control = control
        # Without a server (tests that call the ASGI application) there is no number of a connection.
        self._numbers = itertools.count(-1, -1)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] == DOCUMENT_PATH:
            await self.api(scope, receive, send)
        elif scope["path"].startswith(CONTROL_PATH):
            await self.control(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        world, recording = self.world, self.world.recording
        body = await _read(receive)
        if body is None:
            return  # the client has gone before all of its request was there
        request = RecordedRequest(
            scope["method"],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            scope["headers"],
            body,
            (scope.get("client") or ("", 0))[1],
            scope.get("state", {}).get("connection") or next(self._numbers),
        )
        with world.lock:
            recording.begin(request)
            fault = world.faults.pick(request.method, request.path)
        request.fault = fault.kind if fault else None
        try:
            await self._answer(scope, receive, send, request, fault)
        finally:
            recording.end(request)

    async def _answer(self, scope: Any, receive: Any, send: Any, request: RecordedRequest, fault: Fault | None) -> None:
        if self.world.latency:
            await asyncio.sleep(self.world.latency)
        kind = fault.kind if fault else None
        # Faults before the API has done anything.
        if kind == "reset_before":
            self.world.recording.end(request)
            await _drop(scope, receive)
            return
        if fault and kind == "delay_before" and await closed(receive, fault.seconds):
            return  # the client has lost patience: what it wanted does not happen later, in another test
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
            self.world.recording.end(request)
            await _drop(scope, receive)
            return
        elif fault and kind == "delay_after" and await closed(receive, fault.seconds):
            return
        elif not answer.body:
            pass  # what follows changes a body
        elif kind == "wrong_type":
            answer = answer._replace(body=retype(answer.body))
        elif fault and kind == "wrong_field":
            answer = answer._replace(body=retype_one(answer.body, fault.chance))
        elif kind == "invalid_json":
            answer = answer._replace(body=answer.body[: len(answer.body) // 2])
        elif fault and kind == "huge":
            answer = answer._replace(body=inflate(answer.body, fault.size))
        elif kind == "other_credential":
            answer = answer._replace(body=self._of_another(answer.body, request.method))
        if fault and kind in RAW:
            self.world.recording.end(request)
            await RAW[kind](_transport(scope), receive, answer, fault)
            return
        request.status, request.answer = answer.status, answer.body
        self.world.recording.end(request)
        rest = b""
        if kind == "short_length":  # all of the body comes, but only half of it was promised
            half = len(answer.body) // 2
            answer, rest = answer._replace(body=answer.body[:half]), answer.body[half:]
        await _send(send, answer, fault if kind == "drip" else None)
        if rest:
            _transport(scope).write(rest)

    async def _handle(self, scope: Any, request: RecordedRequest) -> Answer:
        """The API's own answer."""
        try:
            self.world.authentication.check(Headers(raw=request.raw_headers), self.world.switches.authentication)
            return await self._call_api(scope, request.body)
        except ApiError as error:
            return _answer(json_answer(error.status, error.body, error.headers))
        except Exception:
            self.world.crashes.append(traceback.format_exc())
            return _answer(json_answer(500, error_body(500, "the simulator has crashed")))

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
        content = json.loads(body) if body else {}
        others = [] if "credentials" in content else self.world.store.others(content.get("id", ""))
        if others:
            content = credential(others[0], self.world.switches, write=method != "GET")
        else:
            content["id"] = self.world.store.new_id()
            if method == "POST":
                content["name"] = "somebody else's"
        return json.dumps(content).encode()


async def _together(fault: Fault) -> None:
    """Wait until all requests that belong together have come."""
    until = time.monotonic() + fault.seconds
    while not fault.all_there and time.monotonic() < until:
        await asyncio.sleep(0.002)


async def _read(receive: Any) -> bytes | None:
    """The whole body, or None where the connection ended before."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _sized(answer: Answer) -> list[tuple[bytes, bytes]]:
    headers = [header for header in answer.headers if header[0].lower() != b"content-length"]
    if answer.status != HTTPStatus.NO_CONTENT:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    return headers


async def _send(send: Any, answer: Answer, drip: Fault | None) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": _sized(answer)})
    if drip:
        step = min(drip.size, 16)
        for at in range(0, len(answer.body), step):
            await send({"type": "http.response.body", "body": answer.body[at : at + step], "more_body": True})
            await asyncio.sleep(drip.seconds)
        await send({"type": "http.response.body", "body": b""})
    else:
        await send({"type": "http.response.body", "body": answer.body})


def _transport(scope: Any) -> Any:
    transport = scope.get("state", {}).get("transport")
    if transport is None:  # called without a server
        raise ConnectionResetError("the simulator has broken the connection")
    return transport


async def _drop(scope: Any, receive: Any) -> None:
    reset(_transport(scope))
    await closed(receive)


def _raw(answer: Answer, length: int | None = None) -> bytes:
    """The answer as bytes for the wire, with an honest Content-Length or another one."""
    headers = _sized(answer)
    if length is not None:
        headers = [(name, value) for name, value in headers if name != b"content-length"]
        headers.append((b"content-length", str(length).encode()))
    head = b"".join(b"%s: %s\r\n" % header for header in headers)
    return b"HTTP/1.1 %d Odd\r\n%s\r\n%s" % (answer.status, head, answer.body)


async def _cut(transport: Any, receive: Any, answer: Answer, _fault: Fault) -> None:
    """Promise all of the body, send half of it and close. Without a body, the headers end too soon."""
    whole = _raw(answer)
    transport.write(whole[: -(len(answer.body) + 1) // 2] if answer.body else whole[:-2])
    transport.close()
    await closed(receive)


async def _long_length(transport: Any, receive: Any, answer: Answer, _fault: Fault) -> None:
    """Send all of the body, but promise more, and close."""
    transport.write(_raw(answer, len(answer.body) + 100))
    transport.close()
    await closed(receive)


async def _drip_head(transport: Any, receive: Any, answer: Answer, fault: Fault) -> None:
    """Send a few bytes now and then, from the first one on."""
    whole = _raw(answer)
    step = min(fault.size, 16)
    for at in range(0, len(whole), step):
        transport.write(whole[at : at + step])
        if await closed(receive, fault.seconds):
            return
    transport.close()
    await closed(receive)


RAW = {"cut": _cut, "long_length": _long_length, "drip_head": _drip_head}
