# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients that talk to the simulator, and what they are asked for."""

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api import client as client_module
from ansible_collections.versori.platform.plugins.module_utils._api.client import Client
from ansible_collections.versori.platform.plugins.module_utils._api.connection import read_connection
from ansible_collections.versori.platform.plugins.module_utils._api.credentials import CredentialsApi
from ansible_collections.versori.platform.plugins.module_utils._core.desired import read_desired

SECRET = "marked-hunter2"


@pytest.fixture
def naps(monkeypatch):
    """No test waits between two tries: how long that would be is noted instead."""
    naps = []
    monkeypatch.setattr(client_module.time, "sleep", naps.append)
    return naps


@pytest.fixture
def connect(sim, naps):
    """Makes clients that carry out actions; their connections are closed at the end."""
    made = []

    def make(**options):
        options = {"api_url": sim.url, "api_key": sim.api_key, "retries": 2, "timeout": 5.0, **options}
        made.append(CredentialsApi(Client(read_connection(options), 2)))
        return made[-1]

    yield make
    for api in made:
        api.client.close()


@pytest.fixture
def desired(sim):
    """Makes what is desired of a credential `n`."""
    options = {"organisation_id": sim.organisation_id, "name": "n", "type": "string", "data": {"value": SECRET}}
    return lambda **changes: read_desired({**options, **changes})


@pytest.fixture
def there(sim):
    """The id of a credential `n` that is there, with another secret."""
    return sim.add("string", "n", {"value": "x"})


def count(sim, method):
    """How often the simulator was asked in that way."""
    return [request.method for request in sim.requests].count(method)
