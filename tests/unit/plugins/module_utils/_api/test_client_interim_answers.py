# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server says before its answer (statuses 100 to 199) is not taken for the answer, nor the answer for the next request's."""

import contextlib
import json
import socket
import time

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask

from tests.ear import Ear

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"


def page(number):
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
            connection.sendall(page(self.requests))
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
