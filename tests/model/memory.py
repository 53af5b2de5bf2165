# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A memory for tests: to look into, to lose, and to let die at its next write."""

from __future__ import annotations

import itertools

from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import Record, key_id


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
        self.names: dict[str, tuple[str, ...]] = {}  # empty while one is created
        self.key = b"first key"
        self.place = "a dictionary"
        self._doom = doom

    @property
    def key_id(self) -> str:
        return key_id(self.key)

    def read(self, organisation_id: str, credential_id: str) -> Record | None:
        record = self.records.get(credential_id)
        return Record.from_text(record) if record else None

    def begin_create(self, organisation_id: str, name: str) -> float | None:
        self._doom.strike()
        age = 0.0 if self.names.get(name) == () else None
        self.names[name] = ()
        self._doom.strike()
        return age

    def end_create(self, organisation_id: str, name: str, credential_id: str | None = None, shown: str = "") -> None:
        self._doom.strike()
        self.names.pop(name, None)
        if credential_id:
            self.names[name] = (credential_id, shown)
        self._doom.strike()

    def known_id(self, organisation_id: str, name: str) -> str | None:
        return next(iter(self.names.get(name, ())), None)

    def is_known_as(self, organisation_id: str, name: str, credential_id: str, shown: str) -> bool:
        return self.names.get(name) == (credential_id, shown)

    def close(self) -> None:
        pass

    def write(self, organisation_id: str, credential_id: str, record: Record | None) -> None:
        self._doom.strike()
        if record is None:
            self.records.pop(credential_id, None)
        else:
            self.records[credential_id] = record.as_text()
        self._doom.strike()
