# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A circuit breaker: what fails for all is tried once, and whatever waits ends with the same reason, without a request."""

from __future__ import annotations

import threading
import typing as t

from .._core.actions import FIND, LIST, Action
from .._core.failure import ALL, MAYBE_APPLIED, Failure
from .._core.identifiers import normal_identifier

IN_A_ROW = 5  # credentials that ended because the server was unavailable, and none that came to a good end in between


class Breaker:
    """What has failed for more than one credential of a task. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, Failure] = {}  # by scope
        self._in_a_row: dict[str, int] = {}  # by action: a server that fails at each update may well answer what is read before
        self.retrying = threading.Lock()  # held by the one request that is repeated while no other can succeed

    def reset(self) -> None:
        """Forget every failure: this is another attempt."""
        with self._lock:
            self._failures.clear()
            self._in_a_row.clear()

    def note(self, failure: Failure) -> None:
        """Remember a failure whose scope is more than one credential."""
        if failure.scope and not failure.not_tried:
            with self._lock:
                self._failures.setdefault(failure.scope, failure)

    def count(self, action: str, answer: t.Any) -> None:
        """Count the answer to an action, or the :class:`Failure` in its place."""
        if not isinstance(answer, Failure):
            with self._lock:
                self._in_a_row.pop(action, None)
            return
        self.note(answer)
        if answer.unavailable and not answer.not_tried:
            with self._lock:
                self._in_a_row[action] = self._in_a_row.get(action, 0) + 1
                if self._in_a_row[action] >= IN_A_ROW:
                    self._failures.setdefault(ALL, answer)

    def count_success(self) -> None:
        """Count a credential that has come to a good end: the server does its work."""
        with self._lock:
            self._in_a_row.clear()

    def refusal(self, organisation_id: str | None = None) -> Failure | None:
        """What to say instead of trying, or ``None`` where nothing is known against it.

        :param organisation_id: of whose list it needs.
        """
        with self._lock:
            failure = self._failures.get(ALL)
            if failure is None and organisation_id is not None:
                failure = self._failures.get(normal_identifier(organisation_id))
        if failure is None:
            return None
        why = failure.msg.removesuffix(MAYBE_APPLIED).rstrip()  # of this one nothing can have been carried out
        # Five of them said so where none could say it of all.
        msg = (
            f"Not tried: {why}"
            if failure.scope
            else f"Not tried, because the server was unavailable for five credentials in a row. The last: {why}"
        )
        return Failure(msg, status=failure.status, code=failure.code, not_tried=why, unavailable=failure.unavailable and not failure.scope)

    def refusal_of(self, action: Action, listed: t.Container[str]) -> Failure | None:
        """The same for an action.

        :param listed: organisations whose list is known: of a credential that is in it, no other is needed.
        """
        if action[0] == LIST:
            return self.refusal(action[1])
        if action[0] == FIND and action[1].credential_id is None and normal_identifier(action[1].organisation_id) not in listed:
            return self.refusal(action[1].organisation_id)
        return self.refusal()
