# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One simulator for a module, and a client that talks to it."""

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api.client import Client
from ansible_collections.versori.platform.plugins.module_utils._api.connection import read_connection
from ansible_collections.versori.platform.plugins.module_utils._api.credentials import CredentialsApi

from tests.simulator import Simulator


@pytest.fixture(scope="module")
def simulator():
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def sim(simulator):
    simulator.reset()
    return simulator


@pytest.fixture
def connect(sim):
    """Makes clients that do steps; their connections are closed at the end."""
    made = []

    def make(**options):
        options = {"api_url": sim.url, "api_key": sim.api_key, "retries": 2, "timeout": 5.0, **options}
        api = CredentialsApi(Client(read_connection(options), 2))
        made.append(api)
        return api

    yield make
    for api in made:
        api.client.close()
