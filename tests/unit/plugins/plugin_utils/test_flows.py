# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flows side by side: what one of them comes to does not take the others along."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._workers import each
from ansible_collections.versori.platform.plugins.plugin_utils._flows import run_delegated, run_local

NUMBERS = range(6)


def flow(number, finished):
    """Asks twice; the third of them fails in the middle, the fourth at its beginning."""
    if number == 3:
        raise ZeroDivisionError("hush")
    yield (number,)
    if number == 2:
        raise ZeroDivisionError("hush")
    yield (number,)
    finished.append(number)
    return number


@pytest.fixture(params=["local, one by one", "local", "delegated"])
def run(request):
    def run(flows, api, callback=lambda result: None, compare=None):
        if request.param == "delegated":
            return run_delegated(flows, lambda actions: [api(*action) for action in actions], callback, compare)
        return run_local(flows, api, 1 if "one by one" in request.param else 3, callback, compare)

    return run


def test_an_exception_that_nobody_has_foreseen_is_its_own_item_s(run):
    finished, results = [], []
    ended = run([flow(number, finished) for number in NUMBERS], lambda number: number, results.append)
    assert sorted(finished) == [0, 1, 4, 5]
    assert [result for result in ended if not isinstance(result, Failure)] == [0, 1, 4, 5]
    for number in (2, 3):
        assert "This is a bug in versori.platform: ZeroDivisionError at test_flows.py:" in ended[number].msg
        assert "hush" not in ended[number].msg
    assert len(results) == len(NUMBERS)


def test_a_failure_in_an_answer_s_place_is_raised_in_the_flow(run):
    lost = Failure("lost")

    def patient(number):
        try:
            yield (number,)
        except Failure as failure:
            yield ("again",)
            return failure
        return number

    assert run([patient(number) for number in range(3)], lambda asked: lost if asked == 1 else asked) == [0, lost, 2]
    assert run([flow(number, []) for number in (0, 1)], lambda asked: lost if asked == 1 else asked) == [0, lost]


def test_all_first_answers_are_compared_before_any_flow_goes_on(run):
    asked, finished = [], []

    def compare(answers):
        assert answers == [0, 1, 4] and sorted(asked) == [0, 1, 4]
        raise Failure("the same")

    with pytest.raises(Failure, match="the same"):
        run([flow(number, finished) for number in (0, 1, 4)], lambda number: asked.append(number) or number, compare=compare)
    assert (len(asked), finished) == (3, [])
    assert run([flow(number, finished) for number in (0, 1)], lambda number: number, compare=lambda answers: None) == [0, 1]


def test_they_are_compared_once(run):
    compared = []
    assert run([flow(number, []) for number in (0, 1)], lambda number: number, compare=compared.append) == [0, 1]
    assert compared == [[0, 1]]


def test_an_interruption_ends_everything(run):
    def api(number):
        if number == 1:
            raise KeyboardInterrupt
        return number

    with pytest.raises(KeyboardInterrupt):
        run([flow(number, []) for number in (0, 1, 2)], api)


# --- the threads


def refuse_threads(monkeypatch, after):
    """Let the system have no more than so many threads, as a limit on processes does."""
    start, started = threading.Thread.start, []

    def limited(thread):
        if len(started) >= after:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    return started


@pytest.mark.parametrize("after", [0, 1, 3, 10])
def test_fewer_threads_than_asked_for_do_all_the_same(monkeypatch, after):
    started = refuse_threads(monkeypatch, after)
    assert each(lambda item: item * 2, range(50), 10) == [item * 2 for item in range(50)]
    assert len(started) == after
    assert not any(one.is_alive() for one in started)


@pytest.mark.parametrize("workers", [1, 2, 7, 100])
@pytest.mark.parametrize("items", [0, 1, 2, 30])
def test_results_have_the_order_of_the_items(workers, items):
    assert each(lambda item: -item, range(items), workers) == [-item for item in range(items)]


def test_no_more_than_so_many_at_once():
    lock, now, most = threading.Lock(), [0], [0]

    def work(_item):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.005)
        with lock:
            now[0] -= 1

    each(work, range(40), 4)
    assert most[0] <= 4


@pytest.mark.parametrize("after", [0, 1, 10])
def test_an_interruption_of_a_worker_takes_no_new_items(monkeypatch, after):
    refuse_threads(monkeypatch, after)
    done = []

    def work(item):
        done.append(item)
        if item == 5:
            raise KeyboardInterrupt
        threading.Event().wait(0.01)

    with pytest.raises(KeyboardInterrupt):
        each(work, range(1000), 3)
    assert len(done) < 20


def test_an_interruption_of_who_waits_takes_no_new_items(monkeypatch):
    """As Ctrl-C does: it reaches the main thread while the others work."""
    done, join, calls = [], threading.Thread.join, []

    def interrupted(thread, timeout=None):
        calls.append(thread)
        if len(calls) == 1:
            raise KeyboardInterrupt
        join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupted)

    def work(item):
        done.append(item)
        threading.Event().wait(0.01)

    with pytest.raises(KeyboardInterrupt):
        each(work, range(1000), 3)
    assert len(done) < 20
    assert not any(thread.is_alive() for thread in calls)
