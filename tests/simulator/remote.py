# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control of a simulator in another process; needs nothing but the standard library."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from contextlib import closing
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from .authentication import API_KEY, JWT, SESSION_COOKIE

BASE_PATH = "/api/connect/v1alpha1"
ORGANISATION_ID = "01HFS2NEAZ6ECZBZMN4FF775P7"


class RemoteRequest(SimpleNamespace):
    """A recorded request: `method`, `path`, `query`, `headers` (lower case), `body`, `status`, `answer` …"""

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


class RemoteControl:
    """`RemoteControl("http://127.0.0.1:PORT")` has the methods of `Simulator` that can travel as JSON: ACTIONS of `control_routes.py`."""

    organisation_id = ORGANISATION_ID
    api_key = API_KEY
    jwt = JWT
    session_cookie = SESSION_COOKIE

    def __init__(self, url: str):
        parts = urlsplit(url)
        self._netloc = parts.netloc
        self.root_url = f"{parts.scheme}://{parts.netloc}"
        self.url = self.root_url + BASE_PATH

    def _send(self, method: str, name: str, arguments: Any = None) -> Any:
        with closing(http.client.HTTPConnection(self._netloc, timeout=60)) as connection:
            body = None if arguments is None else json.dumps(arguments)
            connection.request(method, f"/_simulator/{name}", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        if response.status != http.HTTPStatus.OK:
            raise ValueError(answer["error"])
        return answer["result"]

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments, **options: self._send("POST", name, [*arguments, options])

    def turn(self, **switches: Any) -> None:
        """Set several switches at once."""
        self._send("PATCH", "switches", switches)

    def state(self) -> list[dict[str, Any]]:
        return self._send("GET", "state")

    def counts(self) -> dict[str, int]:
        return self._send("GET", "counts")

    @property
    def requests(self) -> list[RemoteRequest]:
        return [RemoteRequest(**request) for request in self._send("GET", "requests")]

    @property
    def switches(self) -> dict[str, Any]:
        """A copy."""
        return self._send("GET", "switches")

    @property
    def crashes(self) -> list[str]:
        return self._send("GET", "crashes")
