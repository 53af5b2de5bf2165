# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fails for all is tried once; what fails for one is that one's alone."""

from __future__ import annotations

import socket
import threading

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api.breaker import IN_A_ROW, Breaker
from ansible_collections.versori.platform.plugins.module_utils._core.actions import CREATE, FIND, LIST, READ, REPLACE
from ansible_collections.versori.platform.plugins.module_utils._core.failure import ALL, Failure
from ansible_collections.versori.platform.plugins.module_utils._core.observed import Observed

ORG = "01HFS2NEAZ6ECZBZMN4FF775P7"
OTHER = "01HFS2NEAZ6ECZBZMN4FF775P8"
DOWN = Failure("down", status=503, unavailable=True)


@pytest.fixture
def refused():
    """The URL of a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize(
    ("results", "is_open"),
    [
        ([DOWN] * IN_A_ROW, True),
        ([DOWN] * (IN_A_ROW - 1), False),
        ([*[DOWN] * (IN_A_ROW - 1), None, *[DOWN] * (IN_A_ROW - 1)], False),
        ([*[DOWN] * (IN_A_ROW - 1), Failure("no", status=422), DOWN], True),  # no success
        ([Failure("no", status=422)] * 100, False),
        ([Failure("down", unavailable=True, not_tried="down")] * 100, False),
    ],
)
def test_a_server_that_fails_one_after_the_other_is_left_alone(results, is_open):
    breaker = Breaker()
    for result in results:
        breaker.count(REPLACE, result)
        breaker.count(FIND, None)  # what is read meanwhile says nothing of updates
    assert (breaker.refusal() is not None) is is_open


def test_a_credential_that_is_as_it_should_be_says_that_the_server_works():
    breaker = Breaker()
    for _number in range(3 * IN_A_ROW):
        breaker.count(FIND, DOWN)
        breaker.count_success()
    assert breaker.refusal() is None


def test_a_refusal_says_why():
    breaker = Breaker()
    breaker.note(Failure("No key.", status=401, code="unauthorised", scope=ALL, maybe_applied=True))
    refusal = breaker.refusal()
    assert refusal.msg == "Not tried: No key." and refusal.not_tried == "No key." and refusal.as_result()["status"] == 401
    assert not refusal.maybe_applied and not refusal.retryable
    breaker.note(Failure("another", scope=ALL))
    assert breaker.refusal().not_tried == "No key."  # the first reason is the one
    breaker.reset()
    assert breaker.refusal() is None


def test_a_list_that_failed_is_asked_for_once(sim, connect, desired):
    api = connect(retries=2)
    there = sim.add("string", "by-id", {"value": "x"})
    sim.fault("server_error", method="GET", path="credentials$", times=None)
    first, second = (api(FIND, desired(name=name)) for name in ("a", "b"))
    assert "Could not list" in first.msg and "tried 3 times" in first.msg and first.not_tried is None
    assert second.not_tried == first.msg and second.status == 500
    assert len(sim.requests) == 3
    assert api(LIST, ORG).not_tried == first.msg
    assert isinstance(api(FIND, desired(credential_id=there)), Observed)  # that needs no list


def test_where_the_list_is_known_it_is_not_needed_again(sim, connect, desired):
    """It failed when it was read once more, for a POST of unknown end; the names in it lead to their credentials all the same."""
    api = connect(retries=0)
    sim.add("string", "b", {"value": "x"})
    assert api(FIND, desired(name="a")) is None
    sim.fault("bad_gateway", method="POST", times=None)
    sim.fault("bad_gateway", method="GET", path="credentials$", times=None)
    assert isinstance(api(CREATE, desired(name="a")), Failure)
    assert isinstance(api(FIND, desired(name="b")), Observed)
    assert api(LIST, ORG).not_tried


def test_another_organisation_has_a_list_of_its_own(sim, connect, desired):
    api = connect()
    sim.add_organisation(OTHER)
    sim.fault("unprocessable", path="credentials$", times=2)  # with and without a page size
    assert isinstance(api(LIST, ORG), Failure)
    assert api(LIST, OTHER) == []
    assert api(LIST, ORG.lower()).not_tried


def test_threads_that_wait_for_a_list_end_with_it(sim, connect, desired):
    api = connect(retries=0)
    sim.fault("unavailable", path="credentials$", times=None)
    answers = []
    threads = [threading.Thread(target=lambda number=number: answers.append(api(FIND, desired(name=f"n{number}")))) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sim.requests) == 1
    assert sorted(answer.not_tried is None for answer in answers) == [False] * 8 + [True]


@pytest.mark.parametrize(("status", "is_all"), [(401, True), (403, False), (404, False), (422, False)])
def test_which_refusals_are_for_all(sim, connect, desired, status, is_all):
    api = connect()
    ids = [sim.add("string", name, {"value": "x"}) for name in ("a", "b")]
    sim.fault("answer", status=status, body='{"code": "c", "message": "m"}', path=ids[0], times=None)
    assert isinstance(api(READ, ORG, ids[0], desired(credential_id=ids[0])), (Failure, type(None)))
    answer = api(READ, ORG, ids[1])
    assert isinstance(answer, Failure) is is_all
    assert len(sim.requests) == (1 if is_all else 2)


def test_a_pause_that_is_too_long_is_for_all(sim, connect, desired):
    api = connect(timeout=5)
    ids = [sim.add("string", name, {"value": "x"}) for name in ("a", "b")]
    sim.fault("answer", status=429, body='{"code": "c", "message": "m"}', headers={"Retry-After": "60"}, times=1)
    assert "asks for a pause of 60 seconds" in api(READ, ORG, ids[0]).msg
    assert api(READ, ORG, ids[1]).not_tried


@pytest.mark.parametrize("action", [FIND, CREATE])
def test_a_refused_connection_is_for_all(refused, connect, desired, action):
    api = connect(api_url=refused, retries=2)
    wanted = desired(credential_id=None if action == CREATE else OTHER)
    failure = api(action, wanted)
    assert failure.msg.endswith("failed: Connection refused. It was tried 3 times.") and failure.cause == "Connection refused"
    assert api(READ, ORG, OTHER).not_tried == failure.msg


def test_of_many_at_once_one_tries_again(refused, connect, desired, monkeypatch):
    api = connect(api_url=refused, retries=3)
    tries = []
    original = api.client._try
    monkeypatch.setattr(api.client, "_try", lambda *args: tries.append(1) or original(*args))
    threads = [threading.Thread(target=api, args=(READ, ORG, OTHER)) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tries) <= 8 + 3


@pytest.mark.parametrize("retries", [0, 4])
def test_a_pause_is_for_all_threads(sim, connect, monkeypatch, retries):
    """Whoever is told of it, and whether that one is repeated or not: another request does not go out before its end."""
    api = connect(timeout=30, retries=retries)
    ids = [sim.add("string", name, {"value": "x"}) for name in ("a", "b")]
    sim.fault("answer", status=429, body='{"code": "c", "message": "m"}', headers={"Retry-After": "3"}, path=ids[0], times=1)
    api(READ, ORG, ids[0])
    assert api.client._resume_at > 0
    asked = []
    monkeypatch.setattr("time.sleep", asked.append)
    api(READ, ORG, ids[1])
    assert asked and 2 < max(asked) <= 3
