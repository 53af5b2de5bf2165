# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients that talk to the simulator, and what they are asked for."""

import datetime

import pytest
import trustme
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def certificates(folder):
    """Files of a key and a certificate, of each kind one, signed by the authority in `ca.pem` unless its name says otherwise."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=2)
    made = {
        "good": authority.issue_cert("127.0.0.1"),
        "of another host": authority.issue_cert("platform.example.org"),
        "expired": authority.issue_cert("127.0.0.1", not_after=past),
        "of another authority": trustme.CA().issue_cert("127.0.0.1"),
    }
    files = {name: str(folder / f"{name}.pem") for name in (*made, "self-signed")}
    for name, certificate in made.items():
        certificate.private_key_and_cert_chain_pem.write_to_path(files[name])
    other = trustme.CA()
    (folder / "self-signed.pem").write_bytes(other.private_key_pem.bytes() + other.cert_pem.bytes())
    return files


def count(sim, method):
    """How often the simulator was asked in that way."""
    return [request.method for request in sim.requests].count(method)
