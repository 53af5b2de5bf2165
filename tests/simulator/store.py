# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state: organisations and their credentials, unredacted, with exact times."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass, field, replace
from typing import Any

from .clock import SECOND, Clock, render
from .credential_types import TYPES

_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(number: int) -> str:
    """A number of 128 bits as the 26 characters of a ULID (contract, "Identifiers")."""
    return "".join(_BASE32[(number >> shift) & 31] for shift in range(125, -1, -5))


@dataclass
class Entry:
    id: str
    organisation_id: str
    type: str
    name: str
    data: dict[str, Any]
    created: int
    updated: int
    usages: list[dict[str, Any]] = field(default_factory=list)
    reasons: list[str] | None = None  # what `invalidate` said
    read_since_write: bool = False
    is_dying: bool = False  # it was deleted, and goes once it has been read

    def place(self, order: str) -> tuple[int, str]:
        """What decides where it stands in a list."""
        return (self.created if order == "created" else self.updated), self.id

    @property
    def secrets(self) -> dict[str, Any]:
        names = {secret.name for secret in TYPES[self.type].secrets}
        return {name: value for name, value in self.data.items() if name in names}

    def as_dict(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in ("id", "organisation_id", "type", "name", "data", "usages")}
        times = {"createdAt": render(self.created), "updatedAt": render(self.updated)}
        return copy.deepcopy({**plain, **times, "errors": self.reasons})


class Store:
    """Ids are looked up in upper case: ULIDs are decoded without regard to case (contract, "Identifiers")."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.organisations: dict[str, dict[str, Entry]] = {}
        self._last_ulid = 0
        self._past: dict[str, list[tuple[int, Entry | None]]] = {}  # by id: since when it has been so

    def add_organisation(self, organisation_id: str) -> None:
        self.organisations.setdefault(organisation_id.upper(), {})

    def new_id(self, form: str = "ulid") -> str:
        """A ULID larger than all before, also where the clock was set back; or a plain number as older systems have it."""
        moment = self.clock.tick()
        if form == "number":
            return str(moment // 1_000)
        fresh = (moment // 1_000_000 << 80) | int.from_bytes(os.urandom(10), "big")
        self._last_ulid = max(fresh, self._last_ulid + 1)
        return ulid(self._last_ulid)

    def add(self, organisation_id: str, type: str, name: str, data: dict[str, Any], id: str) -> Entry:
        if type not in TYPES:
            raise ValueError(f"there is no credential type {type!r}")
        if self.find_anywhere(id):
            raise ValueError(f"there already is a credential {id}")
        now = self.clock.tick()
        entry = Entry(id, organisation_id.upper(), type, name, copy.deepcopy(data), now, now)
        self.organisations[entry.organisation_id][id.upper()] = entry
        self._note(entry, entry)
        return entry

    def _note(self, entry: Entry, now: Entry | None) -> None:
        kept = now and replace(now, data=dict(now.data), usages=list(now.usages))
        self._past.setdefault(entry.id.upper(), []).append((self.clock.tick(), kept))

    def as_it_was(self, organisation_id: str, seconds: float) -> list[Entry]:
        """The credentials of an organisation some time ago, as a copy that lags shows them."""
        moment = self.clock.tick() - round(seconds * SECOND)
        pasts = (next((entry for since, entry in reversed(past) if since <= moment), None) for past in self._past.values())
        return [entry for entry in pasts if entry and entry.organisation_id == organisation_id.upper()]

    def entries(self) -> list[Entry]:
        return [entry for organisation in self.organisations.values() for entry in organisation.values()]

    def find(self, organisation_id: str, id: str, case: str = "any") -> Entry | None:
        entry = self.organisations[organisation_id.upper()].get(id.upper())
        return entry if entry and (case == "any" or entry.id == id) else None

    def find_anywhere(self, id: str) -> Entry | None:
        return next((entries[id.upper()] for entries in self.organisations.values() if id.upper() in entries), None)

    def name_is_taken(self, organisation_id: str, name: str, by_another_than: str | None = None) -> bool:
        entries = self.organisations[organisation_id.upper()].values()
        return any(entry.name == name and entry.id != by_another_than for entry in entries)

    def move(self, entry: Entry) -> None:
        entry.updated = self.clock.tick()
        self._note(entry, entry)

    def written(self, entry: Entry) -> None:
        """Something was written: `updatedAt` moves, and validation begins again."""
        self.move(entry)
        entry.read_since_write = False
        entry.reasons = None

    def remove(self, entry: Entry) -> None:
        del self.organisations[entry.organisation_id][entry.id.upper()]
        self._note(entry, None)

    def clear(self) -> None:
        self.organisations.clear()
        self._past.clear()

    def most_recent_first(self, organisation_id: str, order: str = "updated", lag: float = 0.0) -> list[Entry]:
        """The most recently updated first (contract, "List pages"), or by the time of creation.

        :param lag: how many seconds ago.
        """
        entries = self.as_it_was(organisation_id, lag) if lag else self.organisations[organisation_id.upper()].values()
        return sorted(entries, key=lambda entry: entry.place(order), reverse=True)
