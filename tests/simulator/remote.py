# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control of a simulator in another process; needs nothing but the standard library."""

from __future__ import annotations

import http.client
import json
import threading
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

BASE_PATH = "/api/connect/v1alpha1"


class RemoteRequest(SimpleNamespace):
    """A recorded request: `method`, `path`, `query`, `headers` (lower case), `body`, `status`, `answer` …"""

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


class RemoteControl:
    """`RemoteControl("http://127.0.0.1:PORT")` has the methods of `Simulator` that can travel as JSON."""

    organisation_id = "01HFS2NEAZ6ECZBZMN4FF775P7"
    api_key = "simulator-api-key"
    jwt = "simulator-jwt"
    session_cookie = "session=simulator-session"

    def __init__(self, url: str):
        parts = urlsplit(url)
        self.root_url = f"{parts.scheme}://{parts.netloc}"
        self.url = self.root_url + BASE_PATH
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        self._lock = threading.Lock()

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> RemoteControl:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, method: str, name: str, arguments: dict[str, Any] | None = None) -> Any:
        with self._lock:
            body = None if arguments is None else json.dumps(arguments)
            try:
                self._connection.request(method, f"/_simulator/{name}", body, {"Content-Type": "application/json"})
                response = self._connection.getresponse()
                answer = json.loads(response.read())
            finally:
                self._connection.close()  # the server ends one that is not used for a while
        if response.status != http.HTTPStatus.OK:
            raise ValueError(answer["error"])
        return answer["result"]

    # What can be looked at.

    @property
    def requests(self) -> list[RemoteRequest]:
        return [RemoteRequest(**request) for request in self._send("GET", "requests")]

    @property
    def switches(self) -> dict[str, Any]:
        """A copy; turn them with `turn`."""
        return cast("dict[str, Any]", self._send("GET", "switches"))

    @property
    def connections(self) -> int:
        return self.counts()["connections"]

    @property
    def max_in_flight(self) -> int:
        return self.counts()["max_in_flight"]

    @property
    def crashes(self) -> list[str]:
        return cast("list[str]", self._send("GET", "crashes"))

    def state(self) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self._send("GET", "state"))

    def counts(self) -> dict[str, int]:
        return cast("dict[str, int]", self._send("GET", "counts"))

    # What can be done.

    def turn(self, **switches: Any) -> None:
        self._send("PATCH", "switches", switches)

    def reset(self) -> None:
        self._send("POST", "reset")

    def clear_requests(self) -> None:
        self._send("POST", "clear_requests")

    def clear_faults(self) -> None:
        self._send("POST", "clear_faults")

    def set_latency(self, seconds: float) -> None:
        self._send("POST", "set_latency", {"seconds": seconds})

    def set_time(self, moment: int | str) -> None:
        self._send("POST", "set_time", {"moment": moment})

    def advance(self, seconds: float) -> None:
        self._send("POST", "advance", {"seconds": seconds})

    def fault(self, kind: str = "answer", **rule: Any) -> None:
        self._send("POST", "fault", {"kind": kind, **rule})

    def fault_mix(self, seed: int, rate: float, kinds: list[str], **settings: Any) -> None:
        self._send("POST", "fault_mix", {"seed": seed, "rate": rate, "kinds": kinds, **settings})

    def add_organisation(self, id: str) -> str:
        return cast("str", self._send("POST", "add_organisation", {"id": id}))

    def add(self, type: str, name: str, data: dict[str, Any], **more: Any) -> str:
        return cast("str", self._send("POST", "add", {"type": type, "name": name, "data": data, **more}))

    def seed(self, count: int, **more: Any) -> list[str]:
        return cast("list[str]", self._send("POST", "seed", {"count": count, **more}))

    def ids(self, organisation_id: str | None = None) -> list[str]:
        return cast("list[str]", self._send("POST", "ids", {"organisation_id": organisation_id}))

    def names(self, organisation_id: str | None = None) -> list[str]:
        return cast("list[str]", self._send("POST", "names", {"organisation_id": organisation_id}))

    def stored(self, id: str) -> dict[str, Any]:
        return cast("dict[str, Any]", self._send("POST", "stored", {"id": id}))

    def secret(self, id: str) -> dict[str, Any]:
        return cast("dict[str, Any]", self._send("POST", "secret", {"id": id}))

    def edit(self, id: str, name: str | None = None, data: dict[str, Any] | None = None) -> None:
        self._send("POST", "edit", {"id": id, "name": name, "data": data})

    def touch(self, id: str) -> None:
        self._send("POST", "touch", {"id": id})

    def link(self, id: str, **more: Any) -> None:
        self._send("POST", "link", {"id": id, **more})

    def unlink(self, id: str) -> None:
        self._send("POST", "unlink", {"id": id})

    def refresh(self, id: str) -> None:
        self._send("POST", "refresh", {"id": id})

    def invalidate(self, id: str, *reasons: list[str] | None) -> None:
        self._send("POST", "invalidate", {"id": id, **({"reasons": reasons[0]} if reasons else {})})

    def remove(self, id: str) -> None:
        self._send("POST", "remove", {"id": id})
