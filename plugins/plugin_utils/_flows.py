# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs flows: in this process over a pool of threads, or in rounds with the module on the host that a task is delegated to."""

from __future__ import annotations

import typing as t

from ..module_utils._core.actions import Action, Flow
from ..module_utils._core.failure import Failure, bug
from ..module_utils._workers import each

Callback = t.Callable[[t.Any], None]  # is given the result of each flow as it ends, or its Failure
Compare = t.Callable[[t.Sequence[t.Any]], None]  # is given each flow's first answer, if any, before any goes on; it may raise


def run_local(
    flows: t.Sequence[Flow[t.Any]],
    api: t.Callable[..., t.Any],
    workers: int,
    callback: Callback,
    compare: Compare | None = None,
) -> list[t.Any]:
    """Run each flow in this process; one that fails does not stop the rest.

    :param api: carries out an action; a :class:`Failure` is returned, not raised.
    :return: the result of each flow, or the :class:`Failure` that it ended with.
    """
    results: dict[int, t.Any] = {}

    def begin(number: int) -> t.Any:
        action = _advance(flows[number], None, number, results, callback)
        return action and api(*action)

    def go_on(number: int, answer: t.Any) -> None:
        while number not in results:
            action = _advance(flows[number], answer, number, results, callback)
            answer = action and api(*action)

    numbers = range(len(flows))
    if compare:
        answers = each(begin, numbers, workers)
        compare(answers)
        each(lambda number: go_on(number, answers[number]), numbers, workers)
    else:
        each(lambda number: go_on(number, begin(number)), numbers, workers)
    return [results[number] for number in numbers]


def run_delegated(
    flows: t.Sequence[Flow[t.Any]],
    api: t.Callable[[list[Action]], t.Sequence[t.Any]],
    callback: Callback,
    compare: Compare | None = None,
) -> list[t.Any]:
    """Run all flows in step, so that each round costs one run of the module on the other host; else as :func:`run_local`.

    :param api: carries out all actions of a round.
    """
    results: dict[int, t.Any] = {}
    answers: dict[int, t.Any] = dict.fromkeys(range(len(flows)))
    while answers:
        actions = {number: _advance(flows[number], answer, number, results, callback) for number, answer in answers.items()}
        waiting = {number: action for number, action in actions.items() if action is not None}
        answers = dict(zip(waiting, api(list(waiting.values())), strict=True)) if waiting else {}
        if compare:
            compare([answers.get(number) for number in range(len(flows))])
            compare = None
    return [results[number] for number in range(len(flows))]


def _advance(flow: Flow[t.Any], answer: t.Any, number: int, results: dict[int, t.Any], callback: Callback) -> Action | None:
    """Send an answer into a flow, ``None`` to begin: the next action, or ``None`` once its result is known."""
    try:
        return flow.throw(answer) if isinstance(answer, Failure) else flow.send(answer)
    except StopIteration as end:
        results[number] = end.value
    except Failure as failure:
        results[number] = failure
    except Exception as problem:  # that nobody has foreseen is no reason to lose what came of the others
        results[number] = bug(problem)
    callback(results[number])
    return None
