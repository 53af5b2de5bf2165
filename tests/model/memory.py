# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A memory for tests: to look into, to lose, and to let die at its next write."""

from __future__ import annotations

from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import Record, key_id


class Crash(BaseException):
    """The controller dies here."""


class Memory:
    """What the shell keeps in a cache plugin, kept in a dictionary."""

    def __init__(self) -> None:
        self.records: dict[str, dict] = {}
        self.key = b"first key"
        self.dies_at_write: int | None = None

    @property
    def key_id(self) -> str:
        return key_id(self.key)

    def read(self, organisation_id: str, credential_id: str) -> Record | None:
        return Record.from_dict(self.records.get(credential_id))

    def check(self) -> None:
        pass

    def write(self, organisation_id: str, credential_id: str, record: Record | None) -> None:
        if self.dies_at_write is not None:
            self.dies_at_write -= 1
            if self.dies_at_write < 0:
                raise Crash
        if record is None:
            self.records.pop(credential_id, None)
        else:
            self.records[credential_id] = record.as_dict()
