# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints how far a long task is."""

from __future__ import annotations

import threading
import time
import typing as t

from ansible import constants as C
from ansible.utils.display import Display

from ..module_utils._core.failure import Failure

EVERY = 5.0  # seconds between two lines; a task that ends sooner prints nothing

display = Display()


class Progress:
    """Counts the credentials that are done, and prints how many now and then on the terminal.

    Silent under a callback that writes JSON for machines, and under one that writes nothing.

    :param total: how many there are.
    :param no_log: whether nothing is to be told of the task.
    """

    def __init__(self, total: int, no_log: bool) -> None:
        self._total = total
        self._checked = self._changed = self._failed = 0
        self._printed = time.monotonic()
        self._lock = threading.Lock()
        # The callback itself is in another process; this is what was asked for by name, with or without its collection.
        self._silent = no_log or any(word in str(C.DEFAULT_STDOUT_CALLBACK).lower() for word in ("json", "null"))

    def count(self, result: t.Any) -> None:
        """Count one credential more, from any thread, by its result or the Failure in its place."""
        with self._lock:
            self._checked += 1
            self._failed += isinstance(result, Failure) or bool(result.get("failed"))
            self._changed += not isinstance(result, Failure) and result["changed"]
            now = time.monotonic()
            if self._silent or now - self._printed < EVERY or self._checked == self._total:
                return
            self._printed = now
            display.display(f"versori.platform: {self._checked} of {self._total} checked, {self._changed} changed, {self._failed} failed")
