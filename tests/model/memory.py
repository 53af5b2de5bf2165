# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A memory for tests: to look into, to lose, and to let die at its next write."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import NameRecord, Record, key_id
from ansible_collections.versori.platform.plugins.module_utils._core.names import name_digest


class Crash(BaseException):
    """The controller dies here."""


class Doom:
    """Kills the controller at its nth step: at a request, before it is sent or when its answer is there, or at a write."""

    def __init__(self) -> None:
        self.avert()

    def avert(self) -> None:
        self._steps = itertools.count()
        self._fatal: int | None = None
        self._dead = False

    def decree(self, step: int) -> None:
        self.avert()
        self._fatal = step

    def strike(self) -> None:
        """A step: who is dead does nothing any more, in no thread."""
        if self._fatal is not None and next(self._steps) >= self._fatal:
            self._dead = True
        if self._dead:
            raise Crash


class Memory:
    """What the shell keeps in a file, kept in a dictionary."""

    def __init__(self, doom: Doom) -> None:
        self.records: dict[str, str] = {}
        self.names: dict[str, tuple[float, str | None, str]] = {}  # when one was begun, its id, and how its name is shown
        self.now: Callable[[], float] = time.monotonic
        self.key = b"first key"
        self.place = "a dictionary"
        self._doom = doom

    def copy(self) -> tuple[dict[str, str], dict[str, tuple[float, str | None, str]]]:
        """What it holds, for :meth:`put_back`."""
        return dict(self.records), dict(self.names)

    def put_back(self, held: tuple[dict[str, str], dict[str, tuple[float, str | None, str]]]) -> None:
        self.records, self.names = map(dict, held)

    @property
    def key_id(self) -> str:
        return key_id(self.key)

    def utc_now(self) -> str:
        return "2026-01-02T03:04:05Z"

    def read(self, organisation_id: str, credential_id: str) -> Record | None:
        record = self.records.get(credential_id)
        return Record.from_text(record) if record else None

    def read_name(self, organisation_id: str, name: str) -> NameRecord:
        if name not in self.names:
            return NameRecord()
        begun, credential_id, shown = self.names[name]
        return NameRecord(credential_id, shown, self.now() - begun)

    def begin_create(self, organisation_id: str, name: str) -> None:
        self._doom.strike()
        self.names[name] = self.now(), None, ""
        self._doom.strike()

    def end_create(self, organisation_id: str, name: str, credential_id: str | None = None, shown: str = "") -> None:
        self._doom.strike()
        noted = self.names.pop(name, None)
        if credential_id:
            self.names[name] = noted[0] if noted else self.now() - 3600, credential_id, name_digest(shown)
        self._doom.strike()

    def close(self) -> None:
        pass

    def write(self, organisation_id: str, credential_id: str, record: Record | None) -> None:
        self._doom.strike()
        if record is None:
            self.records.pop(credential_id, None)
        else:
            self.records[credential_id] = record.as_text()
        self._doom.strike()
