# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bounded number of threads over a list."""

from __future__ import annotations

import threading
import typing as t

Item = t.TypeVar("Item")
Result = t.TypeVar("Result")


def each(function: t.Callable[[Item], Result], items: t.Sequence[Item], workers: int) -> list[Result]:
    """``function`` of every item, in the order of the items, at most ``workers`` at a time.

    Where the system refuses more threads, those that it gave do the work, and the calling one does its part.

    :raises BaseException: what the function raised; then no further item was begun, and those under way have ended.
    """
    if workers == 1 or len(items) < 2:
        return [function(item) for item in items]
    numbers = iter(range(len(items)))
    lock = threading.Lock()
    results: dict[int, Result] = {}
    problems: list[BaseException] = []
    stopped = threading.Event()

    def work() -> None:
        while not stopped.is_set():
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                results[number] = function(items[number])
            except BaseException as problem:  # an interruption too
                problems.append(problem)
                stopped.set()

    threads: list[threading.Thread] = []
    try:
        for _number in range(min(workers, len(items))):
            thread = threading.Thread(target=work)
            try:
                thread.start()
            except RuntimeError:  # a limit on the user's processes, or no memory for one more
                work()
                break
            threads.append(thread)
        for thread in threads:
            thread.join()
    finally:  # an interruption reaches the main thread, and what the others do must be over before anybody goes on
        stopped.set()
        for thread in threads:
            thread.join()
    if problems:
        raise problems[0]
    return [results[number] for number in range(len(items))]
