# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The header with the token goes to the API and nowhere else: a second server listens, and writes down all that arrives."""

import urllib.request

import pytest
import requests.utils
from ansible_collections.versori.platform.plugins.module_utils._api.listing import list_credentials
from ansible_collections.versori.platform.plugins.module_utils._core.actions import CREATE, DELETE, FIND, LIST, REPLACE
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask

from tests.ear import Ear, tunnel
from tests.simulator import Simulator
from tests.unit.plugins.module_utils._api.conftest import SECRET

TOKENS = {"api_key": "marked-key-1", "jwt": "marked.jwt.1", "session_cookie": "session=marked-session-1; other=1"}


@pytest.fixture
def ear():
    with Ear(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}") as listening:
        yield listening


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "netrc"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def authentication(sim, option):
    """The connection option, with a token that the server then knows too."""
    known = {"api_key": sim.authentication.api_keys, "jwt": sim.authentication.jwts, "session_cookie": sim.authentication.cookies}
    known[option].add(TOKENS[option])
    return {"api_key": None, option: TOKENS[option]}


@pytest.mark.parametrize("option", TOKENS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(sim, connect, desired, ear, status, option):
    """To another port, another name of this machine, and to the same server, at each kind of request."""
    api = connect(**authentication(sim, option))
    observed = api(CREATE, desired())
    want = desired(credential_id=observed.id)
    for target in (f"http://127.0.0.1:{ear.port}/x", f"//localhost:{ear.port}/x", f"{sim.url}/elsewhere", "/elsewhere"):
        sim.fault("redirect", times=4, status=status, headers={"Location": target})
        sim.clear_requests()
        api.client.breaker.reset()
        for action in ((FIND, want), (LIST, sim.organisation_id), (REPLACE, want, observed), (DELETE, want, observed)):
            answer = api(*action)
            assert isinstance(answer, Failure) and answer.maybe_applied is False
            assert "answered with a redirect, which is not followed" in answer.msg
        assert len(sim.requests) == 4
        assert not any("elsewhere" in request.path for request in sim.requests)
    assert ear.heard == b""
    assert sim.secret(observed.id) == {"value": SECRET}


@pytest.mark.parametrize("option", TOKENS)
@pytest.mark.parametrize("where", ["home", "variable"])
def test_no_netrc_is_used(sim, connect, monkeypatch, tmp_path, option, where):
    netrc = tmp_path / (".netrc" if where == "home" else "other")
    netrc.write_text("machine 127.0.0.1 login thief password thief\ndefault login thief password thief\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path if where == "home" else tmp_path / "nowhere"))
    if where == "variable":
        monkeypatch.setenv("NETRC", str(netrc))
    api = connect(**authentication(sim, option))
    assert api(LIST, sim.organisation_id) == []
    [request] = sim.requests
    header = {"api_key": "Bearer marked-key-1", "jwt": "JWT marked.jwt.1"}.get(option)
    assert request.headers.get("authorization") == header
    assert request.headers.get("cookie") == (TOKENS[option] if option == "session_cookie" else None)


@pytest.mark.parametrize("option", TOKENS)
def test_no_cookie_of_the_server_comes_back(sim, connect, option):
    api = connect(**authentication(sim, option))
    sim.fault("answer", body={"totalCount": 0, "credentials": []}, headers={"Set-Cookie": "theirs=1; Path=/; Domain=127.0.0.1"})
    api(LIST, sim.organisation_id)
    api(LIST, sim.organisation_id)
    assert len(sim.requests) == 2
    assert all("theirs" not in request.headers.get("cookie", "") for request in sim.requests)


def test_no_url_in_an_answer_is_followed(sim, connect, ear):
    """A page's `next` is opaque: it goes back to the same server as a query, whatever it looks like."""
    elsewhere = f"http://127.0.0.1:{ear.port}/steal"
    entry = {"id": "01KK9J6VFKZSB86BQQT8903TMY", "type": "string", "name": "n", "url": elsewhere, "href": elsewhere}
    page = {"totalCount": 1, "next": elsewhere, "prev": elsewhere, "url": elsewhere, "credentials": [entry]}
    links = {"Link": f'<{elsewhere}>; rel="next"', "Refresh": f"0; url={elsewhere}", "Content-Location": elsewhere}
    sim.fault("answer", body=page, headers=links)
    sim.fault("answer", body={"totalCount": 1, "credentials": []}, headers=links)
    list_credentials(connect().client, sim.organisation_id, Mask([]))
    assert ear.heard == b""
    assert [request.path for request in sim.requests] == [f"/api/connect/v1alpha1/o/{sim.organisation_id}/credentials"] * 2
    assert "steal" in sim.requests[1].query


@pytest.mark.parametrize("scheme", ["http", "HTTP", "hTTp"])
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_plain_http_takes_no_proxy(sim, connect, ear, monkeypatch, variable, scheme):
    """It is for the loopback address only; a proxy on another machine would see all of it in the clear."""
    monkeypatch.setenv(variable, f"http://127.0.0.1:{ear.port}")
    monkeypatch.setenv("ftp_proxy", "http://[::1")  # that of another protocol is looked at too, for the password in it
    assert connect(api_url=sim.url.replace("http", scheme, 1))(LIST, sim.organisation_id) == []
    assert ear.heard == b""


@pytest.fixture(scope="module")
def secure(certificates, folder):
    """A server that speaks TLS, and how to connect to it."""
    with Simulator(ssl_certfile=certificates["good"]) as simulator:
        yield simulator, {"api_url": simulator.url, "ca_path": str(folder / "ca.pem")}


@pytest.mark.parametrize("option", TOKENS)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_sees_where_https_goes_and_nothing_else(secure, connect, monkeypatch, variable, option):
    sim, options = secure
    sim.reset()
    with Ear(tunnel) as proxy:
        monkeypatch.setenv(variable, f"http://user:proxy-password@127.0.0.1:{proxy.port}")
        api = connect(**options, **authentication(sim, option))
        assert api(LIST, sim.organisation_id) == []
        api.client.close()
    lines = proxy.heard.decode().split("\r\n")
    assert lines[0].startswith(f"CONNECT 127.0.0.1:{sim.port} HTTP/1.")
    assert {line.partition(":")[0].lower() for line in lines[1:] if line} <= {"host", "proxy-authorization"}
    assert b"marked" not in proxy.heard
    assert all("proxy-authorization" not in request.headers for request in sim.requests)


def test_no_proxy_names_hosts_that_go_without(secure, connect, ear, monkeypatch):
    sim, options = secure
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{ear.port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert connect(**options)(LIST, sim.organisation_id) == []
    assert ear.heard == b""


@pytest.fixture
def mac(monkeypatch):
    """What urllib.request is on macOS: without variables it asks the system, which kills a forked process; requests has its own names."""

    def killed():
        raise BaseException("the system was asked for its proxies")

    def getproxies():
        return urllib.request.getproxies_environment() or killed()

    def proxy_bypass(host):
        proxies = urllib.request.getproxies_environment()
        return urllib.request.proxy_bypass_environment(host, proxies) if proxies else killed()

    for module in (urllib.request, requests.utils):
        monkeypatch.setattr(module, "getproxies", getproxies)
        monkeypatch.setattr(module, "proxy_bypass", proxy_bypass)


@pytest.mark.parametrize("no_proxy", [None, "127.0.0.1", "127.0.0.0/8", "*", "10.0.0.0/8"])
@pytest.mark.parametrize("has_proxy", [False, True])
def test_only_the_environment_is_asked_for_proxies(secure, connect, ear, monkeypatch, mac, has_proxy, no_proxy):
    sim, options = secure
    if has_proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{ear.port}")
    if no_proxy:
        monkeypatch.setenv("no_proxy", no_proxy)
    goes_through = has_proxy and no_proxy in (None, "10.0.0.0/8")
    answer = connect(**options, retries=0)(LIST, sim.organisation_id)
    assert isinstance(answer, Failure) if goes_through else answer == []
    assert ear.heard.startswith(b"CONNECT") is goes_through


@pytest.mark.parametrize(
    "head",
    [b"407 Proxy Authentication Required", b"502 marked-hunter2 proxy-password", b"302 Found\r\nLocation: http://127.0.0.1:9/"],
)
def test_a_proxy_that_does_not_let_us_through(secure, connect, desired, monkeypatch, head):
    """Its password is not printed either."""
    _sim, options = secure
    with Ear(b"HTTP/1.1 " + head + b"\r\nContent-Length: 0\r\n\r\n") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:proxy-password@127.0.0.1:{proxy.port}")
        failure = connect(**options, retries=0)(CREATE, desired())
    assert isinstance(failure, Failure) and failure.maybe_applied is False
    said = failure.msg.removeprefix("Could not create credential 'n': the proxy did not answer: Tunnel connection failed: ")
    assert said.startswith(head[:3].decode()) and said.endswith(". Check the proxy variables of the environment.")
    assert "marked" not in failure.msg or b"hunter2" in head
    assert "proxy-password" not in repr(failure.as_result()) and SECRET not in repr(failure.as_result())
    assert b"marked" not in proxy.heard


@pytest.mark.parametrize("url", ["http://user:proxy-password@127.0.0.1:nonsense", "http://user:proxy-password@", "user:proxy-password@:9"])
def test_a_proxy_variable_that_is_none(secure, connect, monkeypatch, url):
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(Failure, match="The proxy variables of the environment") as caught:
        connect(**secure[1])
    assert "proxy-password" not in repr(caught.value.as_result())


def test_urllib3_writes_nothing_into_a_log(connect, desired, caplog):
    """With ANSIBLE_LOG_PATH the root logger has a handler, and urllib3 quotes headers that it cannot read."""
    caplog.set_level(0)
    head = b"HTTP/1.1 503 Busy\r\nno colon here marked-hunter2\r\nContent-Length: 0\r\n\r\n"
    with Ear(head) as broken:
        failure = connect(api_url=f"http://127.0.0.1:{broken.port}/v1", retries=1)(FIND, desired())
    assert isinstance(failure, Failure) and SECRET not in repr(failure.as_result())
    assert caplog.text == ""
