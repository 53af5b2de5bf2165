# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bounded number of threads over a list."""

import threading
import time

import pytest
from ansible_collections.versori.platform.plugins.module_utils._workers import each


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
    assert not any(thread.is_alive() for thread in started)


@pytest.mark.parametrize("workers", [1, 2, 7, 100])
@pytest.mark.parametrize("items", [0, 1, 2, 30])
def test_results_have_the_order_of_the_items(workers, items):
    assert each(lambda item: -item, range(items), workers) == [-item for item in range(items)]


def test_no_more_than_so_many_at_once():
    working, most = set(), []

    def work(item):
        working.add(item)
        most.append(len(working))
        time.sleep(0.005)
        working.remove(item)

    each(work, range(40), 4)
    assert max(most) <= 4


@pytest.mark.parametrize("after", [0, 1, 10])
def test_an_interruption_of_a_worker_takes_no_new_items(monkeypatch, after):
    refuse_threads(monkeypatch, after)
    done = []

    def work(item):
        done.append(item)
        if item == 5:
            raise KeyboardInterrupt
        time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        each(work, range(1000), 3)
    assert len(done) < 500


def test_an_interruption_of_who_waits_takes_no_new_items(monkeypatch):
    """As Ctrl-C does: it reaches the main thread while the others work."""
    done, join, calls = [], threading.Thread.join, []

    def interrupted(thread, timeout=None):
        calls.append(thread)
        if len(calls) == 1:
            raise KeyboardInterrupt
        join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        each(lambda item: done.append(item) or time.sleep(0.01), range(1000), 3)
    assert len(done) < 500
    assert not any(thread.is_alive() for thread in calls)
