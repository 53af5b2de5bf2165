# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of a simulator but its server: state, switches, faults, recording, and what tests can do with them."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .authentication import API_KEY, JWT, SESSION_COOKIE, Authentication
from .clock import Clock, render
from .credential_types import TYPES
from .faults import Fault, FaultMix
from .recording import RecordedRequest, Recording
from .remote import BASE_PATH, ORGANISATION_ID
from .store import Entry, Store
from .switches import Switches

__all__ = ["BASE_PATH", "ORGANISATION_ID", "World", "example_data"]


class World:
    """Every method may be called from any thread while the server runs."""

    organisation_id = ORGANISATION_ID
    api_key = API_KEY
    jwt = JWT
    session_cookie = SESSION_COOKIE

    def __init__(self, latency: float = 0.0, **switches: Any) -> None:
        self.lock = threading.RLock()
        self.clock = Clock()
        self.store = Store(self.clock)
        self.switches = Switches(**switches)
        self.readings: dict[str, Switches] = {}  # of organisations that have switches of their own
        self._defaults = (latency, switches)
        self.authentication = Authentication()
        self.recording = Recording()
        self.crashes: list[str] = []  # tracebacks of errors of the simulator itself
        self.reset()

    def reset(self) -> None:
        """State, requests, switches, faults, authentication and clock as they were at the start."""
        with self.lock:
            self.latency, switches = self._defaults
            self.switches.turn(**vars(Switches(**switches)))
            self.clock.reset()
            self.store.clear()
            self.readings.clear()
            self.store.add_organisation(self.organisation_id)
            self.authentication.reset()
            self.clear_faults()
            self.recording.clear()

    # --- what was sent

    @property
    def requests(self) -> list[RecordedRequest]:
        return list(self.recording.requests)

    def clear_requests(self) -> None:
        self.recording.clear()

    @property
    def connections(self) -> int:
        return len({request.connection for request in self.requests})

    @property
    def max_in_flight(self) -> int:
        return self.recording.max_in_flight

    def counts(self) -> dict[str, int]:
        return {
            "requests": len(self.requests),
            "connections": self.connections,
            "max_in_flight": self.max_in_flight,
            "credentials": len(self.store.entries()),
            **Counter(request.method for request in self.requests),
        }

    # --- the state

    def _entry(self, id: str) -> Entry:
        entry = self.store.find_anywhere(id)
        if entry is None:
            raise KeyError(f"there is no credential {id}")
        return entry

    def add_organisation(self, id: str, **switches: Any) -> str:
        """Another organisation; with `switches`, it has readings of its own (contract, "Open readings"), but for `authentication`."""
        with self.lock:
            self.store.add_organisation(id)
            if switches:
                self.readings[id.upper()] = dataclasses.replace(self.switches, **switches)
        return id

    def switches_of(self, organisation_id: str) -> Switches:
        """The readings that hold for an organisation (contract, "Open readings")."""
        return self.readings.get(organisation_id.upper(), self.switches)

    def add(self, type: str, name: str, data: dict[str, Any], id: str | None = None, organisation_id: str | None = None) -> str:
        """Put a credential there without a request."""
        with self.lock:
            organisation_id = organisation_id or self.organisation_id
            id = id or self.store.new_id(self.switches_of(organisation_id).id_form)
            return self.store.add(organisation_id, type, name, data, id).id

    def seed(self, count: int, type: str = "basic-auth", prefix: str = "credential-", organisation_id: str | None = None) -> list[str]:
        """Put many there: `credential-000001` and on, of one type, or of each in turn (`mixed`)."""
        types = list(TYPES) if type == "mixed" else [type]
        kinds = [(number, types[number % len(types)]) for number in range(1, count + 1)]
        return [self.add(kind, f"{prefix}{number:06d}", example_data(kind, number), None, organisation_id) for number, kind in kinds]

    def stored(self, id: str) -> dict[str, Any]:
        """The credential as it is, unredacted, with exact times."""
        with self.lock:
            return self._entry(id).as_dict()

    def secret(self, id: str) -> dict[str, Any]:
        return dict(self._entry(id).secrets)

    def ids(self, organisation_id: str | None = None) -> list[str]:
        """The most recently updated first."""
        with self.lock:
            return [entry.id for entry in self.in_order(organisation_id or self.organisation_id)]

    def names(self, organisation_id: str | None = None) -> list[str]:
        with self.lock:
            return [entry.name for entry in self.in_order(organisation_id or self.organisation_id)]

    def in_order(self, organisation_id: str, lag: float = 0.0) -> list[Entry]:
        return self.store.most_recent_first(organisation_id, self.switches_of(organisation_id).list_order, lag)

    def state(self) -> list[dict[str, Any]]:
        with self.lock:
            return [entry.as_dict() for entry in self.store.entries()]

    # --- what others do

    def edit(self, id: str, name: str | None = None, data: dict[str, Any] | None = None) -> None:
        """Somebody else's edit: merges `data`, moves `updatedAt`."""
        with self.lock:
            entry = self._entry(id)
            entry.name = entry.name if name is None else name
            entry.data = {**entry.data, **(data or {})}
            self.store.written(entry)

    def touch(self, id: str) -> None:
        """Move `updatedAt`, and nothing else."""
        with self.lock:
            self.store.move(self._entry(id))

    def link(self, id: str, environment: str = "production", connection: str = "connection") -> None:
        """Link it to an environment; whether that moves `updatedAt` is the switch `linking_moves`."""
        with self.lock:
            entry = self._entry(id)
            now = render(self.clock.tick())
            times = {"createdAt": now, "updatedAt": now}
            linked = {"id": self.store.new_id(), "organisationId": entry.organisation_id, "name": connection, "protocol": "http", **times}
            slug = environment.lower().replace(" ", "-")
            usage = {"id": self.store.new_id(), "name": environment, "slug": slug, "connection": linked, **times}
            self._use(entry, [*entry.usages, {"environment": usage}])

    def unlink(self, id: str) -> None:
        with self.lock:
            self._use(self._entry(id), [])

    def _use(self, entry: Entry, usages: list[dict[str, Any]]) -> None:
        entry.usages = usages
        if self.switches_of(entry.organisation_id).linking_moves:
            self.store.move(entry)

    def refresh(self, id: str) -> None:
        """The platform refreshes the tokens of an `oauth2-token`."""
        with self.lock:
            self._refresh(self._entry(id))

    def _refresh(self, entry: Entry) -> None:
        if entry.type != "oauth2-token":
            raise ValueError(f"{entry.id} is of type {entry.type}, which has no tokens to refresh")
        fresh = self.store.new_id()
        entry.data = {**entry.data, "accessToken": f"access-{fresh}", "refreshToken": f"refresh-{fresh}"}
        if self.switches_of(entry.organisation_id).refresh_moves:
            self.store.move(entry)

    def invalidate(self, id: str, reasons: Sequence[str] | None = ("the platform cannot sign in with it",)) -> None:
        """Make it invalid for these reasons until it is written again; None: as the switch `errors` says."""
        with self.lock:
            self._entry(id).reasons = None if reasons is None else list(reasons)

    def remove(self, id: str) -> None:
        with self.lock:
            self.store.remove(self._entry(id))

    def before_get(self, entry: Entry) -> None:
        """What the platform may do by itself until somebody looks."""
        switches = self.switches_of(entry.organisation_id)
        if switches.token_refresh == "on_get" and entry.type == "oauth2-token":
            self._refresh(entry)
        if switches.moves_on_every_get or (switches.moved_by_read_after_write and not entry.read_since_write):
            self.store.move(entry)
        entry.read_since_write = True
        if entry.is_dying:
            self.store.remove(entry)

    # --- time and trouble

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def set_latency(self, seconds: float) -> None:
        self.latency = seconds

    def set_time(self, moment: int | str) -> None:
        """Stop the clock at this time (RFC 3339, or nanoseconds since 1970); writes and `advance` move it."""
        with self.lock:
            self.clock.set(moment)

    def fault(self, kind: str = "answer", **rule: Any) -> Fault:
        fault = Fault(kind, **rule)
        with self.lock:
            self._faults.append(fault)
        return fault

    def fault_mix(self, seed: int, rate: float, kinds: list[Any]) -> FaultMix:
        self._mix = FaultMix(seed, rate, kinds)
        return self._mix

    def clear_faults(self) -> None:
        self._faults: list[Fault] = []
        self._mix: FaultMix | None = None

    def pick_fault(self, method: str, path: str) -> Fault | None:
        """The first rule that strikes counts, then the mix."""
        fault = next((fault for fault in self._faults if fault.strikes(method, path)), None)
        return fault or (self._mix.pick() if self._mix else None)


def data_of(type: str, secret: str, readable: str) -> dict[str, Any]:
    """Data of a type; each of its secrets is this word, which has to be base64 for a `binary`, and all else has the other word in it."""
    urls = {"authorizeUrl": "https://auth.example.com/authorize", "tokenUrl": f"https://auth.example.com/{readable}"}
    client = {"clientId": readable, "clientSecret": secret, **urls, "scopes": ["read", readable]}
    return {
        "none": {},
        "string": {"value": secret},
        "binary": {"valueBase64": secret},
        "basic-auth": {"username": readable, "password": secret},
        "oauth2-client": client,
        "oauth2-token": {**client, "accessToken": secret, "refreshToken": secret},
    }[type]


def example_data(type: str, number: int) -> dict[str, Any]:
    return data_of(type, f"secret0{number:05d}", f"user-{number:06d}")
