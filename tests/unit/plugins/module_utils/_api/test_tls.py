# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificates and versions of TLS are accepted, and that nothing is sent to a server whose are not."""

import contextlib
import shutil
import ssl
import subprocess

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api import tls
from ansible_collections.versori.platform.plugins.module_utils._api.client import Client, _may_have_been_sent, _reason
from ansible_collections.versori.platform.plugins.module_utils._api.connection import read_connection
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from urllib3.exceptions import SSLError

from tests.simulator import Simulator

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@pytest.fixture(scope="module")
def servers(certificates):
    """A server with each certificate."""
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(Simulator(ssl_certfile=path)) for name, path in certificates.items()}


@pytest.fixture(autouse=True)
def no_bundle(monkeypatch):
    for name in (*BUNDLES, "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def ask(sim, **options):
    """List the credentials; the answer, or the Failure's text."""
    sim.clear_requests()
    try:
        with contextlib.closing(Client(read_connection({"api_url": sim.url, "api_key": sim.api_key, "retries": 0, **options}))) as client:
            return client.request("GET", f"/o/{sim.organisation_id}/credentials", "list", Mask([]))
    except Failure as failure:
        return failure.msg


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ("of another host", "'127.0.0.1'. Check the host in api_url"),
        ("expired", "certificate has expired. It has to be renewed there"),
        ("of another authority", "unable to get local issuer certificate. If it comes from your own authority, give that as ca_path."),
        ("self-signed", "self-signed certificate. If it comes from your own authority, give that as ca_path."),
    ],
)
def test_a_certificate_that_is_not_accepted(servers, folder, certificate, words, monkeypatch):
    sim = servers[certificate]
    said = ask(sim, ca_path=str(folder / "ca.pem"))
    assert said.startswith(f"Could not list: the certificate of 127.0.0.1:{sim.port} was not accepted: ")
    # Before urllib3 2.0 it says so itself, in other words.
    said = said.replace("hostname '127.0.0.1' doesn't match 'platform.example.org'", "certificate is not valid for '127.0.0.1'")
    assert words in said.replace("self signed", "self-signed")
    assert sim.requests == []
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "ca.pem"))
    assert ask(sim, validate_certs=False)["credentials"] == []


@pytest.mark.parametrize("kind", [ssl.CertificateError, ValueError])
def test_a_name_that_urllib3_compares_itself(kind):
    """Before 2.0 it does, with what the ssl module has for that, or (1.26.8 and later) with a class of its own, which is no SSLError."""
    problem = SSLError(kind("hostname 'a.example.org' doesn't match either of 'b.example.org', 'c.example.org'"))
    said = (
        "the certificate of x was not accepted: hostname 'a.example.org' doesn't match either of 'b.example.org', 'c.example.org'. Check "
    )
    assert tls.explanation("x", problem).startswith(f"{said}the host in api_url")
    assert _reason(problem).startswith("hostname 'a.example.org' doesn't match") and not _may_have_been_sent(problem)


def test_ca_path_is_a_folder(servers, folder, tmp_path):
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl command to name the folder's files by their hashes")
    command = ["openssl", "x509", "-noout", "-subject_hash", "-in", str(folder / "ca.pem")]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    shutil.copy(folder / "ca.pem", tmp_path / f"{name}.0")
    assert ask(servers["good"], ca_path=str(tmp_path))["credentials"] == []
    assert "was not accepted" in ask(servers["self-signed"], ca_path=str(tmp_path))


@pytest.mark.parametrize(("variable", "counts"), [("REQUESTS_CA_BUNDLE", True), ("CURL_CA_BUNDLE", True), ("SSL_CERT_FILE", False)])
def test_which_variables_name_authorities(servers, folder, monkeypatch, variable, counts):
    """As docs/security.md has it: those of requests, which does not look at OpenSSL's own."""
    monkeypatch.setenv(variable, str(folder / "ca.pem"))
    assert (ask(servers["good"]) == {"totalCount": 0, "credentials": []}) is counts


def test_ca_path_comes_before_the_variables(servers, folder, certificates, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificates["self-signed"])
    assert ask(servers["good"], ca_path=str(folder / "ca.pem"))["credentials"] == []
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "ca.pem"))
    assert "was not accepted" in ask(servers["good"], ca_path=certificates["self-signed"])


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
def test_tls_1_1_is_refused_by_our_own_setting(certificates, folder, monkeypatch):
    """Also where OpenSSL and urllib3 would allow it: the very same client with a lower least does speak it."""
    made = tls.create_urllib3_context

    def lax(**options):
        context = made(**options)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        return context

    monkeypatch.setattr(tls, "create_urllib3_context", lax)
    with Simulator(ssl_certfile=certificates["good"], tls_version=ssl.TLSVersion.TLSv1_1) as sim:
        said = ask(sim, ca_path=str(folder / "ca.pem"))
        assert said.endswith("It must speak TLS 1.2 or newer: check api_url and its port.") and sim.requests == []
        monkeypatch.setattr(tls, "MINIMUM_VERSION", ssl.TLSVersion.TLSv1_1)
        assert ask(sim, ca_path=str(folder / "ca.pem"))["credentials"] == []


def test_https_to_a_port_that_speaks_http():
    with Simulator() as sim:
        said = ask(sim, api_url=sim.url.replace("http:", "https:"))
        assert "no TLS connection to 127.0.0.1" in said
        assert sim.requests == []


@pytest.mark.timeout(20)
@pytest.mark.parametrize("given_by", ["ca_path", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("missing", "No such file or directory"),
        ("key", "it holds no certificate in PEM form"),
        ("/dev/zero", "it is a pipe, a device or a socket, not a file"),
    ],
)
def test_who_named_the_file_is_told(tmp_path, monkeypatch, given_by, kind, reason):
    path = str(tmp_path / kind)  # of an absolute one, that itself
    (tmp_path / "key").write_text("no certificate")
    options = {"api_key": "k", "api_url": "https://127.0.0.1:9", "ca_path": path if given_by == "ca_path" else None}
    if given_by != "ca_path":
        monkeypatch.setenv(given_by, path)
    with pytest.raises(Failure) as caught:
        Client(read_connection(options))
    assert caught.value.msg == f"{given_by} {path} cannot be used on the host that this task runs on: {reason}."
    if given_by != "ca_path":  # where certificates are not checked, or with another file, it does not matter
        Client(read_connection({**options, "validate_certs": False})).close()
        Client(read_connection({**options, "ca_path": str(tmp_path)})).close()
