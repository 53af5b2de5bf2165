# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is remembered in one place, whatever API and organisation it is of: listed, checked, forgotten, and moved to another place."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import re
import stat
import typing as t
from dataclasses import dataclass

from ..module_utils._core.failure import Failure
from ..module_utils._core.identifiers import normal_identifier
from ..module_utils._core.memory_record import Record, key_id
from ..module_utils._core.printable import printable
from ..module_utils._core.times import utc_time
from ._memory import checked_key, checked_prefix, open_store
from ._memory_cache import SharedCache
from ._memory_file import MemoryFile
from ._memory_folder import FILE, JOURNAL, LOG

CREATING = "creating"  # a creation was begun, and its end was never noted
NAME_ONLY = "name_only"  # nothing but the name is remembered, as of a credential of type none
OTHER_VERSION = "other_version"  # a record that this version does not read, and so counts as forgotten
DAMAGED = "damaged"

_RECORD = re.compile(r".*[0-9a-f]{40}", re.DOTALL)  # the names that records have, whatever their prefix


@dataclass(frozen=True)
class Entry:
    """One thing that is remembered.

    :param key: its name in the memory.
    :param credential_id: ``None`` for a creation that was begun, and where that is not remembered.
    :param time: when a push ended last, in UTC; of what was never pushed, when its creation was begun.
    :param state: the state of its record, or one of the words above.
    :param key_id: which key made its fingerprints; ``None`` where there are none.
    """

    key: str
    state: str
    name: str | None = None
    credential_id: str | None = None
    organisation_id: str | None = None
    api_url: str | None = None
    time: str | None = None
    key_id: str | None = None

    def as_dict(self) -> dict[str, t.Any]:
        """As a result has it: nothing in it names a fingerprint."""
        return {
            "name": self.name,
            "credential_id": self.credential_id,
            "organisation_id": self.organisation_id,
            "api_url": self.api_url,
            "pushed_at": self.time,
            "state": self.state,
        }

    def is_called(self, text: str) -> bool:
        """Whether this is its name, as it is or as it is shown, or its id."""
        is_id = self.credential_id is not None and normal_identifier(self.credential_id) == normal_identifier(text)
        return is_id or (self.name is not None and self.name in (text, printable(text)))


class State:
    """What is remembered in one place. Nothing is made or changed by looking at it.

    The first four parameters are the options of these names.

    :param check_mode: change nothing, and say what would be changed.
    :raises Failure: where it cannot be used.
    """

    def __init__(
        self,
        cache_plugin: str | None,
        cache_connection: str | None,
        cache_prefix: str | None,
        fingerprint_key: str | None,
        check_mode: bool,
    ) -> None:
        self._place = (cache_plugin, cache_connection)
        self._prefix = checked_prefix(cache_prefix)
        self._given_key = checked_key(fingerprint_key, None)
        self._check_mode = check_mode
        with contextlib.closing(self._open(*self._place, check_mode=True)) as store:
            self.place = store.place
            self._is_file = isinstance(store, MemoryFile)
            self._items = {name: text for name, text in store.items().items() if _RECORD.fullmatch(name)}
            self._own_key = store.stored_key() if isinstance(store, MemoryFile) else None
        entries = [_entry(name, text) for name, text in self._items.items()]
        recorded = {_normal(entry) for entry in entries if entry.key_id is not None}
        # Which id a name has is a part of what is remembered of that credential, where there is more.
        self.entries = [entry for entry in entries if entry.state != NAME_ONLY or _normal(entry) not in recorded]
        self.entries.sort(key=lambda entry: (entry.organisation_id or "", entry.api_url or "", str(entry.name).casefold(), entry.key))
        self._all = entries

    def _open(self, plugin: str | None, connection: str | None, check_mode: bool) -> MemoryFile | SharedCache:
        return open_store(plugin, connection, self._prefix, check_mode)

    def checks(self) -> list[dict[str, t.Any]]:
        """What was looked at, whether it is as it should be, and what is to be said of it."""
        counts = collections.Counter(entry.state for entry in self._all)
        useless = counts[DAMAGED] + counts[OTHER_VERSION]
        used = self._key_ids()
        checks = self._file_checks() if self._is_file else [("place", True, "the cache answers")]
        if useless:
            checks.append(
                ("records", False, f"{useless} of {len(self._all)} cannot be read, and count as unknown or stop a task: forget them")
            )
        else:
            checks.append(("records", True, f"all {len(self._all)} can be read"))
        key = self._given_key or self._own_key
        others = sum(count for used_id, count in used.items() if key and used_id != key_id(key.encode()))
        if others:
            checks.append(("key", False, f"{others} records were made with another key, and count as unknown"))
        elif self._given_key:
            checks.append(("key", True, "it is the fingerprint_key that is given"))
        elif self._own_key:
            checks.append(("key", True, "it is the file's own"))
        else:
            checks.append(("key", not used, "none is here: give the fingerprint_key" if used else "none is needed yet"))
        return [{"check": check, "ok": ok, "detail": detail} for check, ok, detail in checks]

    def _key_ids(self) -> collections.Counter[str]:
        return collections.Counter(entry.key_id for entry in self._all if entry.key_id is not None)

    def _file_checks(self) -> list[tuple[str, bool, str]]:
        folder = os.path.dirname(self.place)
        try:
            size = os.stat(self.place).st_size
        except OSError:
            return [("file", True, "there is none yet")]
        wide = [name for name in (folder, self.place) if stat.S_IMODE(os.stat(name).st_mode) & 0o077]
        left = [name for name in (LOG, JOURNAL) if os.path.exists(os.path.join(folder, name))]
        return [
            ("file", True, f"{size} bytes, and SQLite finds no fault in it"),
            ("permissions", not wide, "others may enter: the next task that pushes closes it" if wide else "its owner's alone"),
            (
                "journal",
                True,
                f"{left[0]} is beside it: a task is running, or was killed, which the next one puts right"
                if left
                else f"{FILE} is all there is",
            ),
        ]

    def forget(self, called: t.Sequence[str] | None) -> list[Entry]:
        """Forget the credentials of these names and ids, in whatever organisation, or with ``None`` everything.

        :return: what was forgotten, or would be.
        :raises Failure: for a name or an id that nothing is remembered of; then nothing was forgotten.
        """
        forgotten = self.entries
        doomed = [entry.key for entry in self._all]
        if called is not None:
            for text in called:
                if not any(entry.is_called(text) for entry in self._all):
                    raise Failure(
                        f"forget: nothing is remembered of {printable(text)!r} in {self.place}. Nothing was forgotten. The list without "
                        f"forget has the names and ids."
                    )
            # A credential is also called by each name that it had.
            named = [entry for entry in self._all if any(map(entry.is_called, called))]
            credentials = {_normal(entry) for entry in named if entry.credential_id is not None}
            keys = {entry.key for entry in named}
            doomed = [entry.key for entry in self._all if entry.key in keys or _normal(entry) in credentials]
            forgotten = [entry for entry in self.entries if entry.key in doomed]
        self._remove(doomed)
        return forgotten

    def write_key(self, path: str) -> None:
        """Write the file's own key down, as a variable for playbooks, in a new file that is its owner's alone.

        :raises Failure: where there is no such key, or the file cannot be made.
        """
        if not self._is_file or self._given_key:
            raise Failure(
                "key_file writes down the random key of the memory's own file, which is not used with cache_plugin or fingerprint_key: "
                "leave these out, or use the key that you have."
            )
        if self._own_key is None:
            raise Failure(f"key_file: {self.place} has no key of its own yet. It is made by the first task that pushes.")
        if os.path.lexists(path):
            raise Failure(f"key_file {path} is there already, and no file is overwritten: give another name.")
        if self._check_mode:
            return
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(f'---\n# Keep this in your vault: ansible-vault encrypt\nversori_fingerprint_key: "{self._own_key}"\n')
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or "its path holds characters that no path has"
            raise Failure(f"key_file {path} cannot be written: {reason}.") from None

    def move(self, plugin: str | None, connection: str | None, keep: bool) -> str:
        """Move everything to another place, or with ``keep`` copy it there.

        :return: the other place.
        :raises Failure: where it would be useless there, or something else is there already; then nothing was changed.
        """
        if plugin and self._key_ids() and not self._is_key_given_right():
            raise Failure(
                "move_to: a shared cache keeps no key, and without the key that they were made with the records would be useless there. "
                "Nothing was moved. Give that key as fingerprint_key; key_file writes down the one that a file has."
            )
        with contextlib.closing(self._open(plugin, connection, check_mode=True)) as target:
            place = target.place
            is_same = place == self.place and (self._is_file or self._place == (plugin, connection))
            if is_same or (isinstance(target, MemoryFile) and self._is_file and _same_file(place, self.place)):
                raise Failure(f"move_to: {place} is where the memory is already. Nothing was moved. Give another place.")
            there = {name: target.get(name) for name in self._items}
            others = [name for name, text in there.items() if text not in (None, self._items[name])]
            takes_key = isinstance(target, MemoryFile) and self._given_key is None and self._own_key is not None
            # The key of a file that holds nothing is of no use to anybody.
            if takes_key and isinstance(target, MemoryFile) and target.stored_key() != self._own_key and target.items():
                others.append(target.place)
            if others:
                raise Failure(
                    f"move_to: {place} holds other records of these credentials, or has another key. Nothing was moved. Give an empty "
                    f"place, or forget first what is there."
                )
        if self._check_mode:
            return place
        with contextlib.closing(self._open(plugin, connection, check_mode=False)) as target:
            if takes_key and isinstance(target, MemoryFile):
                target.key(str(self._own_key))
            for name, text in self._items.items():
                if there.get(name) != text:
                    target.set(name, text)
        if not keep:
            self._remove(list(self._items))
        return place

    def _is_key_given_right(self) -> bool:
        """Whether most of the records were made with the key that is given; others count as unknown here already."""
        [(most_used, _count)] = self._key_ids().most_common(1)
        return self._given_key is not None and key_id(self._given_key.encode()) == most_used

    def _remove(self, names: t.Sequence[str]) -> None:
        """Forget these texts, but none that another task has written meanwhile."""
        if self._check_mode or not names:
            return
        with contextlib.closing(self._open(*self._place, check_mode=False)) as store:
            for name in names:
                if store.get(name) == self._items[name]:
                    store.set(name, None)


def _entry(key: str, text: str) -> Entry:
    """What a text of the memory says; whatever is not as it should be is damaged."""
    try:
        content = json.loads(text)
        of = content.get("of") or {}
        about = {name: _text(of.get(name)) for name in ("organisation_id", "api_url", "credential_id")}
        about["name"] = _text(content.get("name"))
        if "format" not in content:
            begun = content.get("begun")
            about["time"] = utc_time(begun) if isinstance(begun, (int, float)) else None
            about["credential_id"] = _text(content.get("id"))
            return Entry(key, NAME_ONLY if about["credential_id"] else CREATING, **about)
        record = Record.from_text(text)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return Entry(key, DAMAGED)
    if record is None:
        return Entry(key, OTHER_VERSION)
    return Entry(key, record.state, time=record.pushed_at, key_id=record.key_id, **about)


def _text(value: t.Any) -> str | None:
    """A text that can be printed; whoever may write in a shared cache may have written anything there."""
    return printable(value) if isinstance(value, str) else None


def _normal(entry: Entry) -> tuple[str | None, str]:
    return entry.api_url, normal_identifier(entry.credential_id or "")


def _same_file(path: str, other: str) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samefile(path, other)
    return False
