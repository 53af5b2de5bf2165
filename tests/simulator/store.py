# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state: organisations and their credentials, unredacted, with exact times."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from .clock import Clock, parse, render
from .credential_types import TYPES
from .ulid import UlidFactory


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

    def place(self, order: str) -> tuple[int, str]:
        """What decides where it stands in a list."""
        return (self.created if order == "created" else self.updated), self.id

    @property
    def secrets(self) -> dict[str, Any]:
        names = {secret.name for secret in TYPES[self.type].secrets}
        return {name: value for name, value in self.data.items() if name in names}

    def as_dict(self) -> dict[str, Any]:
        return copy.deepcopy(
            {
                "id": self.id,
                "organisation_id": self.organisation_id,
                "type": self.type,
                "name": self.name,
                "data": self.data,
                "createdAt": render(self.created),
                "updatedAt": render(self.updated),
                "usages": self.usages,
                "errors": self.reasons,
            }
        )


class Store:
    """Ids are looked up in upper case: ULIDs are decoded without regard to case (contract, "Identifiers")."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ulids = UlidFactory()
        self.organisations: dict[str, dict[str, Entry]] = {}
        self._sorted: dict[str, dict[str, list[Entry]]] = {}  # organisation -> order -> entries

    def clear(self) -> None:
        self.organisations.clear()
        self._sorted.clear()

    def add_organisation(self, organisation_id: str) -> None:
        self.organisations.setdefault(organisation_id.upper(), {})

    def new_id(self, form: str = "ulid") -> str:
        """A ULID, or a plain number as older systems have it."""
        moment = self.clock.tick()
        return str(moment // 1_000) if form == "number" else self.ulids.new(moment // 1_000_000)

    def add(
        self,
        organisation_id: str,
        type: str,
        name: str,
        data: dict[str, Any],
        id: str | None = None,
        updated_at: str | None = None,
        created_at: str | None = None,
        id_form: str = "ulid",
    ) -> Entry:
        if type not in TYPES:
            raise ValueError(f"there is no credential type {type!r}")
        organisation = self.organisations[organisation_id.upper()]
        id = id or self.new_id(id_form)
        if self.find_anywhere(id):
            raise ValueError(f"there already is a credential {id}")
        now = self.clock.tick()
        updated = parse(updated_at) if updated_at else now
        created = parse(created_at) if created_at else min(now, updated)
        entry = Entry(id, organisation_id.upper(), type, name, copy.deepcopy(data), created, updated)
        organisation[id.upper()] = entry
        self.resort(entry)
        return entry

    def organisation(self, organisation_id: str) -> dict[str, Entry] | None:
        return self.organisations.get(organisation_id.upper())

    def find(self, organisation_id: str, id: str, case: str = "any") -> Entry | None:
        entry = (self.organisation(organisation_id) or {}).get(id.upper())
        return entry if entry and (case == "any" or entry.id == id) else None

    def name_is_taken(self, organisation_id: str, name: str, by_another_than: str | None = None) -> bool:
        entries = self.organisations[organisation_id.upper()].values()
        return any(entry.name == name and entry.id != by_another_than for entry in entries)

    def find_anywhere(self, id: str) -> Entry | None:
        for organisation in self.organisations.values():
            if id.upper() in organisation:
                return organisation[id.upper()]
        return None

    def resort(self, entry: Entry) -> None:
        """Its place in the list may be another one now."""
        self._sorted.pop(entry.organisation_id, None)

    def others(self, id: str) -> list[Entry]:
        """All but this one, of whatever organisation."""
        entries = [entry for organisation in self.organisations.values() for entry in organisation.values()]
        return [entry for entry in entries if entry.id.upper() != str(id).upper()]

    def move(self, entry: Entry) -> None:
        """Move `updatedAt`."""
        entry.updated = self.clock.tick()
        self.resort(entry)

    def written(self, entry: Entry) -> None:
        """Something was written: `updatedAt` moves, and validation begins again."""
        self.move(entry)
        entry.read_since_write = False
        entry.reasons = None

    def remove(self, entry: Entry) -> None:
        del self.organisations[entry.organisation_id][entry.id.upper()]
        self.resort(entry)

    def most_recent_first(self, organisation_id: str, order: str = "updated") -> list[Entry]:
        """The most recently updated first (contract, "List pages"), or by the time of creation."""
        key = organisation_id.upper()
        orders = self._sorted.setdefault(key, {})
        if order not in orders:
            orders[order] = sorted(self.organisations[key].values(), key=lambda entry: entry.place(order), reverse=True)
        return orders[order]
