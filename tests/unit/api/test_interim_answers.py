# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server says before its answer (statuses 100 to 199) is not taken for the answer."""

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


def page(number):
    body = json.dumps({"page": number}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def each_after(before):
    """Answers every request of a connection with the number that it is, after what comes before."""

    def answer(connection: socket.socket, _head: bytes) -> None:
        number = 0
        while True:
            connection.sendall(before + page(number))
            number += 1
            if not connection.recv(65536):
                return

    return answer


def ask(client, method="GET"):
    return client.request(method, "/x", "ask", Mask([]))


@pytest.mark.parametrize(
    "before", [HINTS, PROCESSING, CONTINUE, HINTS * 3, CONTINUE + PROCESSING + HINTS, b"HTTP/1.1 199 Odd\r\n\r\n"], ids=range(6)
)
def test_they_are_passed_over(connect, before):
    with Ear(each_after(before)) as server:
        client = connect(api_url=f"http://127.0.0.1:{server.port}").client
        assert [ask(client)["page"] for _number in range(3)] == [0, 1, 2]
        client.close()


@pytest.mark.parametrize("before", [HINTS, CONTINUE])
def test_too_many_of_them_are_no_answer(connect, before):
    with Ear(before * 1000 + page(0)) as server, pytest.raises(Failure, match="keeps announcing an answer that does not come") as caught:
        ask(connect(api_url=f"http://127.0.0.1:{server.port}", retries=0).client)
    assert caught.value.maybe_applied


def test_they_share_the_time_limit_of_the_answer(connect):
    def drip(connection: socket.socket, _head: bytes) -> None:
        for _number in range(15):
            connection.sendall(PROCESSING)
            time.sleep(0.1)

    with Ear(drip) as server, pytest.raises(Failure, match=r"did not answer within 0\.5 seconds"):
        ask(connect(api_url=f"http://127.0.0.1:{server.port}", retries=0, timeout=0.5).client)


@pytest.mark.parametrize("before", [b"", HINTS])
def test_another_protocol_is_not_spoken(connect, before):
    switching = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
    with Ear(before + switching + page(0)) as server:
        client = connect(api_url=f"http://127.0.0.1:{server.port}").client
        for method in ("GET", "POST"):
            with pytest.raises(Failure, match="Could not ask: the server changed over to another protocol") as caught:
                ask(client, method)
            assert caught.value.maybe_applied
    assert server.heard.count(b"/x HTTP/1.1") == 2  # never tried again
