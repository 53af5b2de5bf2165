# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A circuit breaker: what fails for all is tried once, and whatever waits ends with the same reason, without a request."""

from __future__ import annotations

import threading
import typing as t

from .._core.actions import FIND, LIST, Action
from .._core.failure import ALL, Failure
from .._core.identifiers import normal_identifier

IN_A_ROW = 5  # credentials that ended because the server was unavailable, and none without a failure in between


class Breaker:
    """What has failed for more than one credential of a task. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, Failure] = {}  # by scope
        self._in_a_row = 0
        self.retrying = threading.Lock()  # held by the one request that is repeated while no other can succeed

    def reset(self) -> None:
        """Forget every failure: this is another attempt."""
        with self._lock:
            self._failures.clear()
            self._in_a_row = 0

    def note(self, failure: Failure) -> None:
        """Remember a failure whose scope is more than one credential."""
        if failure.scope and not failure.not_tried:
            with self._lock:
                self._failures.setdefault(failure.scope, failure)

    def count(self, result: t.Any) -> None:
        """Count one credential that is done, by its result or the :class:`Failure` in its place."""
        failure = result if isinstance(result, Failure) else None
        with self._lock:
            if failure is None:
                self._in_a_row = 0
            elif failure.unavailable and not failure.not_tried:
                self._in_a_row += 1
                if self._in_a_row >= IN_A_ROW:
                    self._failures.setdefault(ALL, failure)

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
        return Failure(f"Not tried: {failure.msg}", status=failure.status, code=failure.code, not_tried=failure.msg)

    def refusal_of(self, action: Action) -> Failure | None:
        """The same for an action; one for a credential whose id is given needs no list."""
        if action[0] == LIST:
            return self.refusal(action[1])
        if action[0] == FIND and action[1].credential_id is None:
            return self.refusal(action[1].organisation_id)
        return self.refusal()
