# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client against a server that misbehaves: a clear failure, no secret in it, and no request repeated that may not be."""

import contextlib
import email.utils
import http.client
import json
import socket
import ssl
import time
from unittest import mock

import pytest
import urllib3
from ansible_collections.versori.platform.plugins.module_utils._api import client as client_module
from ansible_collections.versori.platform.plugins.module_utils._api.client import DEEPEST_ANSWER
from ansible_collections.versori.platform.plugins.module_utils._core.actions import CREATE, DELETE, FIND, REPLACE
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from ansible_collections.versori.platform.plugins.module_utils._core.observed import Observed

from tests.ear import Ear
from tests.unit.plugins.module_utils._api.conftest import SECRET, count

JSON = {"Content-Type": "application/json"}


ERRORS = {"server_error": 500, "unavailable": 503, "bad_gateway": 502, "gateway_timeout": 504}


def answering(status, body="", **rule):
    return {"kind": "answer", "status": status, "body": body, **rule}


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        *(({"kind": kind, "times": None}, status, f"answered {status}") for kind, status in ERRORS.items()),
        ({"kind": "html"}, 200, "not JSON but text/html"),
        ({"kind": "redirect"}, 302, "redirect, which is not followed"),
        ({"kind": "wrong_type"}, None, "not a credential"),
        ({"kind": "other_credential"}, None, "was asked for"),
        *(({"kind": kind, "times": None}, None, "connection to") for kind in ("cut", "long_length", "reset_before")),
        *(({"kind": kind}, 200, "not JSON but application/json") for kind in ("short_length", "invalid_json")),
        (answering(401, {"code": "unauthorised", "message": "no"}), 401, "did not accept api_key: check"),
        (answering(403, {"code": "forbidden", "message": "no"}), 403, "may not do that"),
        (answering(418, "[1"), 418, "answered 418"),
        # Nothing of the following says "there is none": by name, that would make a second one.
        (answering(200, ""), None, "not a credential"),
        (answering(200, "null"), None, "not a credential"),
        (answering(404, "<h1>Not found</h1>"), 404, "answered 404"),
        (answering(404, {"message": "no route"}), 404, "answered 404"),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else None,
)
def test_faults_of_a_get(sim, connect, desired, there, fault, status, words):
    api = connect()
    sim.fault(**fault)
    failure = api(FIND, desired(credential_id=there))
    assert isinstance(failure, Failure) and words in failure.msg and failure.status == status
    assert "\n" not in failure.msg and "Traceback" not in failure.msg
    # What came of it is not read as the answer to the next request.
    sim.clear_faults()
    api.client.breaker.reset()
    assert api(FIND, desired(credential_id=there)).id == there


@pytest.mark.parametrize("kind", ["server_error", "unavailable", "rate_limit", "reset_before", "reset_after", "cut", "long_length"])
def test_a_passing_fault_of_a_get_is_outlived(sim, connect, desired, there, kind):
    sim.fault(kind, times=2)
    assert isinstance(connect()(FIND, desired(credential_id=there)), Observed)
    assert len(sim.requests) == 3


def later(seconds):
    """A Retry-After as a date; that has no fractions of a second."""
    return email.utils.formatdate(time.time() + seconds + 0.999, usegmt=True)


def slow_down(sim, header, **rule):
    header = header(3000) if callable(header) else header
    headers = {} if header is None else {"Retry-After": header}
    sim.fault(**answering(429, {"code": "slow", "message": "slow"}, headers=headers, **rule))


HEADERS = [("3", 3, 3), (later, 2990, 3001), *((header, 0, 0) for header in ("nonsense", "9" * 5000, "-1", None))]


@pytest.mark.parametrize(("header", "least", "most"), HEADERS, ids=lambda value: str(getattr(value, "__name__", value))[:9])
@pytest.mark.parametrize(("method", "action"), [("GET", FIND), ("POST", CREATE)])
def test_retry_after_is_honoured(sim, connect, desired, naps, method, action, header, least, most):
    slow_down(sim, header, method=method)
    wanted = desired() if action == CREATE else desired(credential_id=sim.add("string", "n", {"value": "x"}))
    assert isinstance(connect(timeout=3600)(action, wanted), Observed) and sim.names() == ["n"]
    assert least - 0.5 <= sum(naps) <= most + 0.6 * (most == 0)  # the client's own first pause


@pytest.mark.parametrize("header", ["31", "7200", later])
@pytest.mark.parametrize(("method", "action"), [("GET", FIND), ("POST", CREATE), ("PUT", REPLACE)])
def test_a_longer_pause_than_timeout_is_not_made(sim, connect, desired, naps, method, action, header):
    api = connect(timeout=30)
    wanted = desired() if action == CREATE else desired(credential_id=sim.add("string", "n", {"value": "x"}))
    observed = [api(FIND, wanted)] if action == REPLACE else []
    slow_down(sim, header, method=method, times=None)
    failure = api(action, wanted, *observed)
    assert isinstance(failure, Failure)
    assert (failure.status, failure.code, failure.maybe_applied) == (429, "slow", False)
    assert "It asks for a pause of" in failure.msg and "timeout allows 30." in failure.msg
    assert (count(sim, method), sum(naps)) == (1, 0)


def test_pauses_grow_and_are_not_all_the_same(sim, connect, desired, there, naps):
    sim.fault("server_error", times=None)
    api = connect(retries=5)
    for _run in range(3):
        api(FIND, desired(credential_id=there))
    runs = [naps[at : at + 5] for at in (0, 5, 10)]
    assert len(naps) == 15 and all(run == sorted(run) for run in runs)
    assert all(0.4 <= run[0] <= 0.6 and 3.4 <= run[-1] <= 3.6 for run in runs)
    assert runs[0] != runs[1] or runs[1] != runs[2]


@pytest.mark.parametrize(("kind", "seconds", "size"), [("delay_before", 1000, 0), ("drip", 0.05, 1), ("drip_head", 0.05, 16)])
def test_what_takes_too_long_ends(sim, connect, desired, there, kind, seconds, size):
    """Of a drip each piece comes within the time limit, and all of them do not; of headers, that counts once the body begins."""
    sim.fault(kind, seconds=seconds, size=size, times=None)
    failure = connect(timeout=0.3, retries=0)(FIND, desired(credential_id=there))
    assert "did not answer within 0.3 seconds" in failure.msg and failure.maybe_applied is True


def test_headers_and_body_share_one_time_limit(sim, connect, desired, there):
    sim.latency = 0.25
    sim.fault("drip", seconds=0.02, size=16)
    failure = connect(timeout=0.4, retries=0)(FIND, desired(credential_id=there))
    assert 0.15 < len(sim.requests[0].answer) // 16 * 0.02 < 0.4  # seconds of the body alone
    assert isinstance(failure, Failure) and "did not answer within 0.4 seconds" in failure.msg


def test_a_huge_answer_is_not_read_to_its_end(sim, connect, desired, there, monkeypatch):
    monkeypatch.setattr(client_module, "LARGEST_ANSWER", 1024 * 1024)
    api = connect()
    sim.fault("huge")
    assert "larger than 1048576 bytes" in api(FIND, desired(credential_id=there)).msg
    assert api(FIND, desired(credential_id=there)).id == there


def test_the_servers_words_are_shown_without_our_secrets(sim, connect, desired):
    body = {
        "code": f"code-{SECRET}",
        "message": f"value {SECRET} is weak",
        "fields": [{"field": "data.value", "message": f"{SECRET} was seen"}, "nonsense", {"field": 7}],
        "cause": {"deep": [SECRET, sim.api_key]},
    }
    sim.fault(**answering(422, body))
    failure = connect()(CREATE, desired())
    text = str(failure.as_result())
    assert failure.status == 422 and "data.value" in failure.msg
    assert SECRET not in text and sim.api_key not in text


def test_a_long_error_is_told_in_short(sim, connect, desired):
    fields = [{"field": f"data.f{number}" + "x" * 1000, "message": "m" * 1000} for number in range(50)]
    body = {"code": "c" * 5000, "message": f"{'a' * 995}{SECRET}{'b' * 100_000}", "fields": fields, "cause": [{"text": "d" * 9000}] * 9}
    sim.fault(**answering(422, body))
    failure = connect()(CREATE, desired())
    assert f"{'a' * 995}********…" in failure.msg and "; and 30 more." in failure.msg
    assert len(failure.fields) == 20 and len(failure.msg) < 20 * 450 + 1500
    assert len(failure.code) <= 1001 and len(failure.cause) <= 1001


def nested(depth, kind):
    left, right = {"[": ("[", "]"), "{": ('{"a":', "}")}[kind]
    return left * depth + f'"{SECRET}"' + right * depth


@pytest.mark.parametrize("kind", ["[", "{"])
@pytest.mark.parametrize("depth", [DEEPEST_ANSWER, 700, 2_000, 1_000_000])
@pytest.mark.parametrize("status", [200, 422])
def test_a_deep_answer_is_refused_where_it_is_parsed(sim, connect, desired, kind, depth, status):
    sim.fault(**answering(status, f'{{"id": "x", "message": {nested(depth, kind)}}}', headers=JSON))
    failure = connect()(FIND, desired(credential_id="x"))
    assert isinstance(failure, Failure) and failure.status == status and SECRET not in str(failure.as_result())
    assert (f"nested deeper than {DEEPEST_ANSWER} levels" if status == 200 else "the API answered 422") in failure.msg


def test_brackets_that_are_no_levels_and_levels_that_never_close(sim, connect, desired):
    credential_id = sim.add("string", "n" + "[" * 5_000, {"value": "x"})
    assert isinstance(connect()(FIND, desired(credential_id=credential_id)), Observed)
    sim.fault(**answering(200, "[" * 1_000_000, headers=JSON))
    assert "nested deeper than" in connect()(FIND, desired(credential_id="x")).msg


@pytest.mark.parametrize("kind", ["reset_after", "unavailable"])
def test_put_and_delete_may_be_repeated(sim, connect, desired, there, kind):
    api, wanted = connect(), desired(credential_id=there)
    observed = api(FIND, wanted)
    sim.fault(kind, method="PUT")
    assert isinstance(api(REPLACE, wanted, observed), Observed)
    assert sim.secret(there) == {"value": SECRET}
    sim.fault(kind, method="DELETE")
    assert api(DELETE, wanted, observed) is None and sim.ids() == []


@pytest.mark.parametrize(
    ("fault", "maybe_applied"),
    [
        ({"kind": "unprocessable"}, False),
        ({"kind": "redirect"}, False),
        ({"kind": "html"}, True),
        ({"kind": "cut", "times": None}, True),
        ({"kind": "server_error", "times": None}, True),
        ({"kind": "reset_after", "times": None}, True),
        (answering(408, {"code": "timeout", "message": "too slow"}), True),  # said while the request was read, or by a gateway afterwards
        (answering(409, {"code": "taken", "message": "no"}), False),
    ],
    ids=lambda value: f"{value['kind']}-{value.get('status')}" if isinstance(value, dict) else None,
)
def test_whether_a_failed_put_may_have_changed_something(sim, connect, desired, there, fault, maybe_applied):
    api, wanted = connect(), desired(credential_id=there)
    observed = api(FIND, wanted)
    sim.fault(method="PUT", **fault)
    failure = api(REPLACE, wanted, observed)
    assert isinstance(failure, Failure) and failure.maybe_applied is maybe_applied


@pytest.mark.parametrize("last", ["refused", "unprocessable", "rate_limit"])
def test_a_first_try_counts_whatever_the_last_one_says(sim, connect, desired, there, monkeypatch, last):
    """The PUT was carried out and its answer lost; the repetition fails in a way that alone would mean: nothing has happened."""
    api, wanted = connect(retries=1), desired(credential_id=there)
    observed = api(FIND, wanted)
    sim.fault("reset_after", method="PUT")
    if last == "refused":
        monkeypatch.setattr("urllib3.connection.connection.create_connection", mock.Mock(side_effect=ConnectionRefusedError))
    else:
        sim.fault(last, method="PUT")
    failure = api(REPLACE, wanted, observed)
    assert isinstance(failure, Failure) and failure.maybe_applied is True
    assert sim.secret(there) == {"value": SECRET}


@pytest.mark.parametrize(
    ("error", "words"), [(ConnectionRefusedError, "the connection to"), (TimeoutError, "did not answer within 5 seco")]
)
@pytest.mark.parametrize("action", [FIND, CREATE, REPLACE, DELETE])
def test_what_never_left_did_nothing_and_is_tried_again(connect, desired, there, monkeypatch, action, error, words):
    """A creation too, for nothing can have been created: it need not be looked for."""
    wanted = desired(credential_id=there)
    observed = [connect()(FIND, wanted)] if action in (REPLACE, DELETE) else []
    create_connection = mock.Mock(side_effect=error)
    monkeypatch.setattr("urllib3.connection.connection.create_connection", create_connection)
    failure = connect(retries=2)(action, wanted, *observed)
    assert words in failure.msg and "Whether it was created" not in failure.msg
    assert (failure.maybe_applied, failure.retryable, create_connection.call_count) == (False, False, 3)


# What a server says before its answer (statuses 100 to 199) is not taken for the answer, nor the answer for the next request's.

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"


def numbered(number):
    body = json.dumps({"page": number}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class Server:
    """Answers each request of all connections with its number; the first few only after something else, and a pause in seconds."""

    def __init__(self, before, times=10**6, pause=0.0):
        self.requests = self.connections = 0
        self._before, self._times, self._pause = before, times, pause

    def __call__(self, connection: socket.socket, head: bytes) -> None:
        self.connections += 1
        while head:
            self.requests += 1
            if self.requests <= self._times:
                connection.sendall(self._before)
                time.sleep(self._pause)
            connection.sendall(numbered(self.requests))
            head = connection.recv(65536)


@contextlib.contextmanager
def client_of(connect, server):
    with Ear(server) as ear:
        client = connect(api_url=f"http://127.0.0.1:{ear.port}").client
        yield client
        client.close()


def ask(client, method="GET"):
    return client.request(method, "/x", "ask", Mask([]))


@pytest.mark.parametrize("before", [b"", CONTINUE, CONTINUE * 3])
def test_one_connection_is_kept_and_continue_is_passed_over(connect, before):
    server = Server(before)
    with client_of(connect, server) as client:
        assert [ask(client)["page"] for _number in range(3)] == [1, 2, 3]
    assert server.connections == 1


@pytest.mark.parametrize("pause", [0.0, 0.2])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
@pytest.mark.parametrize(
    ("before", "status"), [(HINTS, 103), (PROCESSING, 102), (CONTINUE + HINTS, 103), (SWITCHING, 101), (b"HTTP/1.1 199 Odd\r\n\r\n", 199)]
)
def test_any_other_is_a_failure_whose_connection_is_closed(connect, before, status, method, pause):
    """The answer that follows it, at once or later, is never read as that of the next request."""
    server = Server(before, times=1, pause=pause)
    with client_of(connect, server) as client:
        with pytest.raises(Failure, match=f"Could not ask: the server sent the interim status {status} instead of an answer") as caught:
            ask(client, method)
        assert (caught.value.maybe_applied, server.requests) == (True, 1)  # it was not repeated
        assert [ask(client, method)["page"] for _number in range(2)] == [2, 3]
    assert server.connections == 2


def _raised(error: Exception, cause: Exception) -> Exception:
    try:
        raise error from cause
    except Exception as raised:
        return raised


REFUSED = ConnectionRefusedError(111, "Connection refused")
ABORTED, BROKEN = "Connection aborted.", "Connection broken: IncompleteRead(3 bytes)"
CLOSED = "Remote end closed connection without response"
NEW = urllib3.exceptions.NewConnectionError
PROTOCOL = urllib3.exceptions.ProtocolError
REASONS = [
    (REFUSED, "Connection refused"),
    (_raised(NEW(None, "<urllib3 object at 0x7f>: Failed: [Errno 111] Connection refused"), REFUSED), "Connection refused"),
    (PROTOCOL(ABORTED, ConnectionResetError(104, "Connection reset by peer")), "Connection reset by peer"),
    (PROTOCOL(BROKEN, http.client.IncompleteRead(b"abc")), "the answer ended too soon"),
    (PROTOCOL(ABORTED, http.client.RemoteDisconnected(CLOSED)), CLOSED),
    (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
    (ValueError("HTTPConnectionPool(host='x', port=1): what it says."), "what it says"),
    (ValueError("<object at 0x7f>: what it says"), "what it says"),
    (ValueError(), "ValueError"),
]


@pytest.mark.parametrize(("error", "reason"), REASONS)
def test_a_reason_is_what_the_system_said(error, reason):
    assert client_module._reason(error) == reason


def test_a_reason_of_tls_is_in_words():
    error = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:992)")
    error.reason = "WRONG_VERSION_NUMBER"
    assert client_module._reason(urllib3.exceptions.SSLError(error)) == "wrong version number"
