# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids of organisations and credentials are ULIDs (contract, "Identifiers")."""

from __future__ import annotations

import os
import threading

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def encode(number: int) -> str:
    """Write a number of 128 bits as the 26 characters of a ULID."""
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


class UlidFactory:
    """Make ULIDs that only ever grow, also within one millisecond and when the clock is set back."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def new(self, milliseconds: int) -> str:
        with self._lock:
            fresh = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
            self._last = max(fresh, self._last + 1)
            return encode(self._last)
