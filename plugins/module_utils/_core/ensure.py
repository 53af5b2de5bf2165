# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The flow that brings one credential to its desired state: look, decide, mark, push, remember."""

from __future__ import annotations

import contextlib
import json
import typing as t
from dataclasses import replace

from .actions import CREATE, DELETE, FIND, LIST, NOTHING, REPLACE, Flow
from .comparison import differences, seen_otherwise, unseen
from .desired import Desired
from .failure import Failure
from .identifiers import normal_identifier, same_identifier
from .memory_record import PENDING, NameRecord, Record, dated, fingerprints
from .names import is_written_otherwise, plain_name
from .observed import DIFFERENT, SAME, UNSEEN, Observed, hidden_fields
from .plan import SENT, make_plan
from .printable import printable
from .result import make_result
from .times import in_utc, same_time

LONGEST_LAG = 60.0  # seconds for which a new credential may be missing from the list (contract, "List pages")


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

    def utc_now(self) -> str:
        """The time, as ``2026-01-02T03:04:05Z``."""

    def read(self, organisation_id: str, credential_id: str) -> Record | None:
        """The record, or ``None``.

        :raises Failure: when the memory is out of reach.
        """

    def read_name(self, organisation_id: str, name: str) -> NameRecord:
        """What is remembered of a name.

        :raises Failure: when the memory is out of reach.
        """

    def begin_create(self, organisation_id: str, name: str) -> None:
        """Note that a credential of that name is about to be created.

        :raises Failure: when nothing could be written.
        """

    def end_create(self, organisation_id: str, name: str, credential_id: str | None = None, shown: str = "") -> None:
        """Note which credential has that name, and how the platform writes it; without an id, that none was created, or it is gone.

        :raises Failure: when that was not possible.
        """

    def write(self, organisation_id: str, credential_id: str, record: Record | None) -> None:
        """Store a record, or with ``None`` forget it.

        :raises Failure: when that was not possible.
        """


def ensure(
    desired: Desired,
    memory: Memory | None,
    api_url: str,
    check_mode: bool = False,
    diff: bool = False,
    claims: dict[str, str] | None = None,
) -> Flow[dict[str, t.Any]]:
    """Bring one credential to its desired state; its result is the task's (:func:`make_result`).

    :param memory: ``None`` where :attr:`Desired.needs_memory` is false.
    :param diff: whether the result is to hold one.
    :param claims: shared by the flows of a list: which of them each credential is for, by its id.
    :raises Failure: what went wrong. A memory marked pending stays so unless the server surely changed nothing.
    """
    desired, observed = yield from _find(desired, memory)
    if claims is not None and observed:
        first = claims.setdefault(f"{normal_identifier(desired.organisation_id)}/{normal_identifier(observed.id)}", desired.label)
        if first != desired.label:
            raise Failure(f"{desired.label} is the same as {first}, {observed.id}. Nothing was sent for it. Keep one of them.")
    try:
        return (yield from _bring(desired, observed, memory, api_url, check_mode, diff))
    except Failure as failure:
        failure.credential_id = observed.id if observed else None
        raise


def _bring(
    desired: Desired, observed: Observed | None, memory: Memory | None, api_url: str, check_mode: bool, diff: bool
) -> Flow[dict[str, t.Any]]:
    """The same for a credential that was looked for."""
    current = _current(desired, observed, memory, api_url)
    stored = memory.read(desired.organisation_id, observed.id) if memory and observed and current else None
    was_interrupted = False  # while it was created: by its name it is ours, and nobody knows with which secret
    if memory and observed and stored is None and desired.name is not None and not desired.absent:
        was_interrupted = memory.read_name(desired.organisation_id, desired.name).is_pending
        stored = Record(memory.key_id, state=PENDING) if was_interrupted and current else None
    plan = make_plan(desired, observed, current, stored, memory.place if memory else "")
    sent = "would be" if check_mode else "was"
    plan = replace(plan, warnings=tuple(text.replace(SENT, sent) for text in plan.warnings))
    to_remember = plan.record
    if plan.record and observed and plan.action == NOTHING:
        to_remember = dated(plan.record, stored, desired, None, in_utc(observed.updated_at))
        to_remember = replace(to_remember, name=observed.name, pushed_at=stored.pushed_at if stored else None)
    # What is said of its age is of the secret that the server has.
    times = ((to_remember if plan.action == NOTHING else None) or stored or Record("")).secret_times()
    if check_mode:
        return {**make_result(desired, plan, observed, None, diff), **times}
    if observed is None:
        if plan.action == NOTHING:
            return make_result(desired, plan, None, None, diff)
        if memory:
            memory.begin_create(desired.organisation_id, str(desired.name))
        try:
            created: Observed = yield CREATE, desired
        except Failure as failure:
            if memory and not failure.maybe_applied:
                _end_create(desired, memory)
            raise
        # Of a new credential there is no record, and to fail to look for one would hide that it was created.
        warnings, times = _remember_push(desired, memory, None, created, _current(desired, created, memory, api_url), None, api_url)
        if memory:
            _end_create(desired, memory, created)
        return {**make_result(desired, plan, None, created, diff, warnings), **times}
    if plan.action == NOTHING:
        if was_interrupted and memory and (plan.record or not current):
            _end_create(desired, memory, observed)
        remembered = plan.record and plan.record != stored
        warnings = _remember(desired, memory, observed, to_remember) if remembered else []
        return {**make_result(desired, plan, observed, observed, diff, warnings), **times}
    if plan.action == DELETE:
        yield DELETE, desired, observed
        forget(desired, memory, observed)
        return make_result(desired, plan, observed, None, diff)

    if memory and plan.record:
        marked = replace(stored or replace(plan.record, shown={}), state=PENDING, name=observed.name)
        memory.write(desired.organisation_id, observed.id, marked)
    try:
        replaced: Observed = yield REPLACE, desired, observed
    except Failure as failure:
        if plan.record and not failure.maybe_applied:
            _remember(desired, memory, observed, None if was_interrupted else stored)
        raise
    warnings, times = _remember_push(desired, memory, observed, replaced, plan.record, stored, api_url)
    if was_interrupted and memory:
        _end_create(desired, memory, replaced)
    if plan.decision == "rotated" and same_time(observed.updated_at, replaced.updated_at):
        warnings.append(
            f"Organisation {desired.organisation_id}: updatedAt was the same before and after a secret was rotated. It is too coarse, or "
            f"does not move with each update, so a secret that somebody else changes may not be noticed."
        )
    return {**make_result(desired, plan, observed, replaced, diff, warnings), **times}


def _find(desired: Desired, memory: Memory | None) -> Flow[tuple[Desired, Observed | None]]:
    """The credential, and what is desired of it, with its name as the platform is known to write it.

    :raises Failure: where one is there whose name is nearly the same, and nobody knows whether it is this one.
    """
    observed: Observed | None = yield FIND, desired
    if memory is None or desired.name is None or (observed and observed.name == desired.name):
        return desired, observed
    noted = memory.read_name(desired.organisation_id, desired.name)
    if desired.credential_id is None and (observed is None or not noted.is_of(observed)):
        alike = observed
        observed = yield from _find_by_memory(desired, noted)
        if alike and observed is None:
            raise Failure(
                f"{desired.label}: the organisation has {json.dumps(alike.name)}, which differs only in blanks around it or in "
                f"the form of its letters. Nothing was sent for it. Write the name as the platform does, or rename it there."
            )
    if observed and noted.is_of(observed):
        desired = replace(desired, shown_name=observed.name)
    return desired, observed


def _find_by_memory(desired: Desired, noted: NameRecord) -> Flow[Observed | None]:
    """By the id that is remembered for the name: the list may lag behind, or the platform write the name otherwise."""
    found: Observed | None = None
    if noted.id is not None:
        try:
            # As if it were to be absent: that it is not there is no failure then, and said by nobody but the API itself.
            found = yield FIND, replace(desired, credential_id=noted.id, absent=True)
        except Failure as failure:
            if failure.status != 403:
                raise
            # Some say so of what is not there (contract, "Operations"); then no list has it either.
            listed: list[dict[str, t.Any]] = yield LIST, desired.organisation_id
            if any(same_identifier(entry["id"], noted.id) for entry in listed):
                raise
        if found:
            return found if noted.is_of(found) else None
    # A new one may be missing for a while, from the list and by its id.
    wait = 0.0 if noted.age is None else max(0.0, LONGEST_LAG - max(0.0, noted.age))
    if wait or noted.is_pending:
        # Where it may be there under another spelling, only somebody who asks for that makes a second one.
        found = yield FIND, desired, wait, noted.is_pending and not desired.absent and desired.on_unknown != "push"
    return found


def _end_create(desired: Desired, memory: Memory, created: Observed | None = None) -> None:
    """Where that fails, the next run that finds no such name looks for it once more than it would have to."""
    with contextlib.suppress(Failure):
        memory.end_create(desired.organisation_id, str(desired.name), *((created.id, created.name) if created else ()))


def forget(desired: Desired, memory: Memory | None, observed: Observed) -> None:
    """Forget a credential that was deleted; where that fails, its record is never asked for again."""
    if memory:
        with contextlib.suppress(Failure):
            memory.write(desired.organisation_id, observed.id, None)
            name = desired.name or observed.name
            noted = memory.read_name(desired.organisation_id, name)
            if noted.id == observed.id or (noted.id is None and observed.name == name):  # not that of another credential
                memory.end_create(desired.organisation_id, name)


def _current(desired: Desired, observed: Observed | None, memory: Memory | None, api_url: str) -> Record | None:
    """What is to be remembered once the desired secrets are pushed, or ``None`` for a credential without any."""
    if not memory or not observed or not desired.secrets:
        return None
    shown = _shown(desired, observed, memory, api_url)
    return Record(memory.key_id, fingerprints(memory.key, api_url, observed.id, desired), shown=shown)


def _shown(desired: Desired, observed: Observed, memory: Memory, api_url: str) -> dict[str, str]:
    """What the server shows otherwise than is desired, as :attr:`Record.shown` has it."""
    if observed.type != desired.type:
        return {}
    forms = fingerprints(memory.key, api_url, observed.id, seen_otherwise(desired, observed))
    return forms | dict.fromkeys(unseen(desired, observed), "")


def _remember_push(
    desired: Desired,
    memory: Memory | None,
    before: Observed | None,
    after: Observed,
    record: Record | None,
    stored: Record | None,
    api_url: str,
) -> tuple[list[str], dict[str, dict[str, str]]]:
    """Remember what was pushed, and say so where the server keeps it otherwise.

    :param before: the credential as it was, ``None`` for a new one.
    :param stored: what was remembered before.
    :return: warnings, and what the result says of the secrets' age.
    """
    warnings = []
    is_otherwise = desired.name is not None and after.name not in (desired.name, desired.shown_name) and "name" not in after.withheld
    # A name that was there before may be one that the server does not let change.
    is_new = before is None or before.name != after.name or plain_name(after.name) == plain_name(str(desired.name))
    if memory and is_otherwise and is_new and is_written_otherwise(str(desired.name), after.name):
        warnings += _note_name(desired, memory, after)
        desired = replace(desired, shown_name=after.name)
    forms = _shown(desired, after, memory, api_url) if memory and record else {}
    known = replace(record, shown=forms).shown_as(stored) if record and stored else []  # told already
    shown = {name: form for name, form in forms.items() if not form or name in (*after.own, *known)}
    told = desired.paths([*unseen(desired, after), *known])
    otherwise = [path for path in differences(desired, after) if path not in told]
    not_shown = desired.paths(set(unseen(desired, after)) - set(hidden_fields(after.type, after.data)))  # of those nothing is expected
    if not_shown:
        warnings.append(
            f"{desired.label}: the platform took the update and does not show {', '.join(not_shown)}. Like a secret, that is from now "
            f"on compared with what was pushed last."
        )
    if otherwise:
        fields = ", ".join(otherwise)
        warnings.append(
            f"{desired.label}: the platform took the update and shows {fields} in its own form. That is remembered, and is no difference "
            f"from now on. Better write it as the platform shows it."
            if set(otherwise) <= set(desired.paths(name for name, form in shown.items() if form))
            else f"{desired.label}: the platform took the update but shows {fields} otherwise than it was sent. Write it in the task as "
            f"the platform shows it, or each run will push again."
        )
    kept = [name for name in desired.removed if after.secrets.get(name, UNSEEN) != UNSEEN]
    if kept:
        warnings.append(
            f"{desired.label}: the update went without {', '.join(kept)}, as remove_fields says, but the platform still shows a value "
            f"there: it may keep what an update leaves out, or show asterisks where nothing is."
        )
    if memory and record:
        now = memory.utc_now()
        record = dated(record, stored if before else Record(memory.key_id), desired, now, now)
        record = replace(record, name=after.name, pushed_at=now)
        states = {name: after.secrets.get(name) for name in desired.secrets}
        record = replace(record, updated_at=after.updated_at, shows_secrets=set(states.values()) == {SAME}, shown=shown)
        # Only where the server is known to show the secrets that it has; else another value may be a hash, say.
        if stored and stored.shows_secrets and (other := desired.paths(name for name, state in states.items() if state == DIFFERENT)):
            record = replace(record, state=PENDING)  # what is there is not what was pushed
            warnings.append(
                f"{desired.label}: right after the update the platform shows another value for {', '.join(other)}: somebody else "
                f"may have changed it at the same time. The next run pushes again."
            )
        warnings += _remember(desired, memory, after, record)
    return warnings, record.secret_times() if record else {}


def _note_name(desired: Desired, memory: Memory, after: Observed) -> list[str]:
    try:
        memory.end_create(desired.organisation_id, str(desired.name), after.id, after.name)
    except Failure as failure:
        return [f"{desired.label} is as wanted, but how the platform writes its name could not be remembered. {failure.msg}"]
    return [
        f"{desired.label}: the platform writes its name as '{printable(after.name)}'. That is remembered: the task finds it by its own "
        f"name, as long as the memory is there. Better write it as the platform does."
    ]


def _remember(desired: Desired, memory: Memory | None, observed: Observed, record: Record | None) -> list[str]:
    """Write to the memory after the fact: what the server did stays done, so a failure here is only a warning."""
    try:
        if memory:
            memory.write(desired.organisation_id, observed.id, record)
    except Failure as failure:
        return [f"{desired.label} is as wanted, but that could not be remembered, so the next run pushes again. {failure.msg}"]
    return []
