# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator over TLS."""

from __future__ import annotations

import pytest
import requests

from tests.simulator import Simulator

trustme = pytest.importorskip("trustme")


def test_tls(tmp_path):
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    with Simulator(ssl_certfile=tmp_path / "cert.pem", ssl_keyfile=tmp_path / "key.pem") as simulator:
        url = f"{simulator.url}/o/{simulator.organisation_id}/credentials"
        assert url.startswith("https://")
        headers = {"Authorization": "Bearer " + simulator.api_key}
        trusting = {"headers": headers, "verify": str(tmp_path / "ca.pem"), "timeout": 10}
        assert requests.get(url, **trusting).status_code == 200
        simulator.fault("reset_before")
        with pytest.raises(requests.ConnectionError):
            requests.get(url, **trusting)
        simulator.fault("cut")
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            requests.get(url, **trusting)
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, headers=headers, timeout=10)
