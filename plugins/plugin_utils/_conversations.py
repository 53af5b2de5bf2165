# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running conversations: in this process over a pool of threads, or in rounds with a module on another host."""

from __future__ import annotations

import functools
import typing as t

from ..module_utils._core.ensure import converse, resume
from ..module_utils._core.failure import Failure, bug
from ..module_utils._core.steps import Answer, Step
from ..module_utils._workers import each

Conversation = t.Generator[Step, Answer, t.Any]
Ended = t.Any  # what the conversation returns, or the Failure that it ended with
Tell = t.Callable[[Ended], None]
Compare = t.Callable[[t.Sequence[Answer]], None]  # looks at all first answers before any of the conversations goes on


def run_local(
    conversations: t.Sequence[Conversation],
    perform: t.Callable[[Step], Answer],
    workers: int,
    tell: Tell,
    compare: Compare | None = None,
) -> list[Ended]:
    """Run each conversation in this process; one that fails does not stop the rest.

    :param compare: what has to see the first answers of all of them before any goes on; it may raise.
    """

    def run_one(conversation: Conversation, begin: t.Callable[[], Step] | None = None) -> Ended:
        try:
            ended = converse(conversation, perform, begin)
        except Failure as failure:
            ended = failure
        except Exception as problem:  # that nobody has foreseen is no reason to lose what came of the others
            ended = bug(problem)
        tell(ended)
        return ended

    if not compare:
        return each(run_one, conversations, workers)
    answers = each(perform, [next(one) for one in conversations], workers)
    compare(answers)
    begun = [(one, functools.partial(resume, one, answer)) for one, answer in zip(conversations, answers, strict=True)]
    return each(lambda one: run_one(*one), begun, workers)


def run_delegated(
    conversations: t.Sequence[Conversation],
    do_all: t.Callable[[list[Step]], list[Answer]],
    tell: Tell,
    compare: Compare | None = None,
) -> list[Ended]:
    """Run all conversations in step, so that each round costs one run of the module on the other host.

    :param compare: as for :func:`run_local`.
    """
    ended: dict[int, Ended] = {}
    waiting: dict[int, Step] = {}

    def go_on(number: int, ask: t.Callable[[], Step]) -> None:
        try:
            waiting[number] = ask()
            return
        except StopIteration as end:
            ended[number] = end.value
        except Failure as failure:
            ended[number] = failure
        except Exception as problem:
            ended[number] = bug(problem)
        tell(ended[number])

    for number, conversation in enumerate(conversations):
        go_on(number, functools.partial(next, conversation))
    while waiting:
        answers = dict(zip(waiting, do_all(list(waiting.values())), strict=True))
        if compare:
            compare(list(answers.values()))
            compare = None
        waiting.clear()
        for number, answer in answers.items():
            go_on(number, functools.partial(resume, conversations[number], answer))
    return [ended[number] for number in range(len(conversations))]
