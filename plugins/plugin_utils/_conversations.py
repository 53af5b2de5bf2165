# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running conversations: in this process over a pool of threads, or in rounds with a module on another host."""

from __future__ import annotations

import typing as t

from ..module_utils._core.ensure import converse, resume
from ..module_utils._core.failure import Failure
from ..module_utils._core.steps import Answer, Step
from ..module_utils._workers import each

Conversation = t.Generator[Step, Answer, t.Any]
Ended = t.Any  # what the conversation returns, or the Failure that it ended with
Tell = t.Callable[[Ended], None]
Compare = t.Callable[[t.Sequence[Answer]], None]  # looks at all first answers before any of the conversations goes on


def run_here(
    conversations: t.Sequence[Conversation],
    perform: t.Callable[[Step], Answer],
    workers: int,
    tell: Tell,
    compare: Compare | None = None,
) -> list[Ended]:
    """Run each conversation in this process; one that fails does not stop the rest.

    :param compare: what has to see the first answers of all of them before any goes on; it may raise.
    """

    def run_one(started: tuple[Conversation, Step | None, Answer]) -> Ended:
        conversation, step, answer = started
        try:
            ended = converse(conversation, perform, step, answer)
        except Failure as failure:
            ended = failure
        tell(ended)
        return ended

    started: list[tuple[Conversation, Step | None, Answer]] = [(one, None, None) for one in conversations]
    if compare:
        steps = [next(one) for one in conversations]
        answers = each(perform, steps, workers)
        compare(answers)
        started = list(zip(conversations, steps, answers, strict=True))
    return each(run_one, started, workers)


def run_there(
    conversations: t.Sequence[Conversation],
    perform_all: t.Callable[[list[Step]], list[Answer]],
    tell: Tell,
    compare: Compare | None = None,
) -> list[Ended]:
    """Run all conversations in step, so that each round costs one run of the module on the other host.

    :param compare: as for :func:`run_here`.
    """
    ended: dict[int, Ended] = {}
    waiting: dict[int, Step] = {}
    for number, conversation in enumerate(conversations):
        waiting[number] = next(conversation)  # the first thing that each of them does is to ask
    while waiting:
        answers = dict(zip(waiting, perform_all(list(waiting.values())), strict=True))
        if compare:
            compare(list(answers.values()))
            compare = None
        waiting = {}
        for number, answer in answers.items():
            try:
                waiting[number] = resume(conversations[number], answer)
            except StopIteration as end:
                ended[number] = end.value
            except Failure as failure:
                ended[number] = failure
            if number in ended:
                tell(ended[number])
    return [ended[number] for number in range(len(conversations))]
