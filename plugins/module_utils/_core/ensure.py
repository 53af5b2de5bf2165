# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One credential brought to the state that a task wants: look, decide, mark, push, note.

Written as a generator, so that nothing in here opens a socket: it yields steps and is sent their answers.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .desired import Desired
from .failure import Failure
from .memory_record import PENDING, Record, fingerprints
from .observed import SAME, UNSEEN, Observed, differences
from .outcome import Outcome
from .plan import CREATE, DELETE, NOTHING, Plan, Policy, Remembered, make_plan
from .steps import CREATE as CREATE_STEP
from .steps import DELETE as DELETE_STEP
from .steps import FIND as FIND_STEP
from .steps import REPLACE as REPLACE_STEP
from .steps import Answer, Step

Ended = t.TypeVar("Ended")


class Memory(t.Protocol):
    """What is remembered of credentials; the shell keeps it in a file, or in a cache that controllers share."""

    @property
    def place(self) -> str:
        """Where it is, for a person to read."""

    @property
    def key(self) -> bytes:
        """The fingerprint key."""

    @property
    def key_id(self) -> str:
        """Names the key."""

    def read(self, organisation_id: str, credential_id: str) -> Record | None:
        """The record, or ``None``.

        :raises Failure: when the memory is out of reach.
        """

    def check(self) -> None:
        """:raises Failure: when nothing could be written."""

    def write(self, organisation_id: str, credential_id: str, record: Record | None) -> None:
        """Store a record, or with ``None`` forget it.

        :raises Failure: when that was not possible.
        """


def ensure(
    desired: Desired,
    policy: Policy,
    memory: Memory | None,
    api_url: str,
    check_mode: bool = False,
) -> t.Generator[Step, Answer, Outcome]:
    """Bring one credential to its state.

    :param memory: ``None`` where :attr:`Desired.needs_memory` is false.
    :raises Failure: what went wrong. A memory marked pending stays so unless the server surely changed nothing.
    """
    organisation_id = desired.organisation_id
    observed = t.cast(Observed | None, (yield Step(FIND_STEP, desired)))
    remembered = _recall(desired, observed, memory, api_url) if observed else None
    plan = make_plan(desired, observed, remembered, policy)
    if check_mode:
        return Outcome(desired, plan, observed, None)

    warnings: list[str] = []
    if plan.action == NOTHING:
        if observed and remembered and plan.keep and plan.keep != remembered.record:
            warnings += _try_to_note(memory, desired, observed.id, plan.keep)
        return Outcome(desired, plan, observed, observed, tuple(warnings))

    if plan.action == CREATE:
        if memory and desired.secrets:
            memory.check()
        after = t.cast(Observed, (yield Step(CREATE_STEP, desired)))
        remembered = _recall(desired, after, memory, api_url, new=True)
        warnings += _note_push(memory, desired, plan, after, remembered)
        return Outcome(desired, plan, None, after, tuple(warnings))

    observed = t.cast(Observed, observed)
    if plan.action == DELETE:
        yield Step(DELETE_STEP, desired, observed)
        warnings += _try_to_note(memory, desired, observed.id, None)
        return Outcome(desired, plan, observed, None, tuple(warnings))

    if memory and remembered:
        before = remembered.record
        memory.write(organisation_id, observed.id, replace(before or remembered.settled(None), state=PENDING))
    try:
        after = t.cast(Observed, (yield Step(REPLACE_STEP, desired, observed)))
    except Failure as failure:
        if memory and remembered and not failure.maybe_applied:
            _try_to_note(memory, desired, observed.id, before)
        raise
    warnings += _note_push(memory, desired, plan, after, remembered)
    return Outcome(desired, plan, observed, after, tuple(warnings))


def _recall(desired: Desired, observed: Observed, memory: Memory | None, api_url: str, new: bool = False) -> Remembered | None:
    """What is remembered; of a new credential there is no record, and to fail to look for one would hide that it was created."""
    if not memory or not desired.secrets:
        return None
    record = None if new else memory.read(desired.organisation_id, observed.id)
    return Remembered(fingerprints(memory.key, api_url, observed.id, desired), memory.key_id, record, memory.place)


def _note_push(memory: Memory | None, desired: Desired, plan: Plan, after: Observed, remembered: Remembered | None) -> list[str]:
    """Remember what was pushed; say so where the server keeps it otherwise."""
    warnings = []
    otherwise = differences(desired, after)
    if otherwise:
        warnings.append(
            f"{desired.label}: the platform took the update but shows {', '.join(otherwise)} otherwise than it was sent. "
            f"Write it in the task as the platform shows it, or each run will push again."
        )
    kept = [name for name in desired.removed if after.secrets.get(name, UNSEEN) != UNSEEN]
    if kept:
        warnings.append(
            f"{desired.label}: the update went without {', '.join(kept)}, as remove_fields says, but the platform still shows a value "
            f"there: it may keep what an update leaves out, or show asterisks where nothing is."
        )
    if remembered:
        shows_secrets = all(after.secrets.get(name) == SAME for name in desired.secrets)
        record = remembered.settled(after.updated_at, plan.state_after, shows_secrets)
        warnings += _try_to_note(memory, desired, after.id, record)
    return warnings


def _try_to_note(memory: Memory | None, desired: Desired, credential_id: str, record: Record | None) -> list[str]:
    """Write to the memory after the fact: what the server did stays done, so a failure here is only told."""
    try:
        if memory:
            memory.write(desired.organisation_id, credential_id, record)
    except Failure as failure:
        return [f"{desired.label} is as wanted, but that could not be remembered, so the next run pushes again. {failure.msg}"]
    return []


def converse(
    conversation: t.Generator[Step, Answer, Ended],
    perform: t.Callable[[Step], Answer],
    begin: t.Callable[[], Step] | None = None,
) -> Ended:
    """Run one conversation to its end.

    :param perform: does a step; a :class:`Failure` is returned, not raised.
    :param begin: gives the step to go on with, where the conversation has begun already.
    :raises Failure: what the conversation raises.
    """
    try:
        step = begin() if begin else next(conversation)
        while True:
            step = resume(conversation, perform(step))
    except StopIteration as end:
        return t.cast("Ended", end.value)


def resume(conversation: t.Generator[Step, Answer, t.Any], answer: Answer) -> Step:
    """Send an answer in and get the next step.

    :raises StopIteration: with the outcome, at the end.
    :raises Failure: what the conversation raises.
    """
    if isinstance(answer, Failure):
        return conversation.throw(answer)
    return conversation.send(answer)
