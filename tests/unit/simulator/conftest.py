# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client without opinions."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.simulator import Simulator

SECRET = "hunter2hunter2"
BASIC = {"type": "basic-auth", "name": "mail", "data": {"username": "postmaster", "password": SECRET}}


class Api:
    """Sends what it is told, and follows and retries nothing."""

    def __init__(self, sim: Simulator):
        self.sim = sim
        self.session = requests.Session()
        self.session.headers["Authorization"] = "Bearer " + sim.api_key

    def send(self, method: str, path: str = "", organisation_id: str | None = None, **options: Any) -> requests.Response:
        url = f"{self.sim.url}/o/{organisation_id or self.sim.organisation_id}/credentials{path and '/' + path}"
        return self.session.request(method, url, allow_redirects=False, **{"timeout": 10, **options})

    def create(self, **members: Any) -> requests.Response:
        return self.send("POST", json={**BASIC, **members})

    def get(self, id: str, organisation_id: str | None = None) -> dict[str, Any]:
        answer = self.send("GET", id, organisation_id)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, id: str, /, **members: Any) -> requests.Response:
        """What GET returned, with `members` laid over it (contract, "Update body")."""
        body = {name: value for name, value in self.get(id).items() if name not in ("usages", "errors")}
        return self.send("PUT", id, json={**body, **members})

    def list(self, **query: Any) -> dict[str, Any]:
        answer = self.send("GET", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


def refused(answer: requests.Response) -> list[str]:
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"code", "message", "fields"}
    return [field["field"] for field in answer.json()["fields"]]


@pytest.fixture
def api(sim):
    client = Api(sim)
    yield client
    client.session.close()


@pytest.fixture
def basic(sim):
    return sim.add(**BASIC)
