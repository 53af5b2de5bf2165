# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every request to the API, so that a test can say what was sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers


@dataclass
class RecordedRequest:
    method: str
    path: str
    query: str
    raw_headers: list[tuple[bytes, bytes]] = field(repr=False)
    body: bytes = field(repr=False)
    connection: int
    status: int | None = None  # None: the connection was dropped, or no answer yet
    answer: bytes = field(default=b"", repr=False)
    fault: str | None = None  # the kind of fault that struck it
    under_way: bool = field(default=True, repr=False)

    @property
    def headers(self) -> Headers:
        return Headers(raw=self.raw_headers)

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    def as_dict(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in ("method", "path", "query", "status")}
        return {**plain, "body": self.body.decode("utf-8", "backslashreplace")}


class Recording:
    def __init__(self) -> None:
        self.requests: list[RecordedRequest] = []
        self.in_flight = 0
        self.max_in_flight = 0  # how many requests were under way at the same time, at most
        self.watchers: list[Callable[[RecordedRequest], None]] = []  # each is called with a request before it is handled

    def begin(self, request: RecordedRequest) -> None:
        self.requests.append(request)
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        for watcher in self.watchers:
            watcher(request)

    def end(self, request: RecordedRequest) -> None:
        """Before the client can see the answer, or its next request would seem to come at the same time."""
        if request.under_way:
            request.under_way = False
            self.in_flight -= 1

    def clear(self) -> None:
        self.requests = []
        self.max_in_flight = self.in_flight
