# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory: what is remembered of each credential after a push, and the key that makes its fingerprints."""

from __future__ import annotations

import contextlib
import json
import re
import time
import typing as t
from dataclasses import replace

from ..module_utils._core.failure import Failure
from ..module_utils._core.identifiers import identifier
from ..module_utils._core.masking import Mask
from ..module_utils._core.memory_record import NameRecord, Record, key_id, record_name
from ..module_utils._core.names import name_digest
from ..module_utils._core.placeholders import ANY, SECRET, TEMPLATE, TYPED, placeholder_in
from ..module_utils._core.times import utc_time
from ._memory_cache import SharedCache
from ._memory_file import MIN_KEY_LENGTH, MemoryFile

DEFAULT_PREFIX = "versori_platform_"
_PREFIX = re.compile(r"[\w:-][\w.:-]{0,99}", re.ASCII)


class Memory:
    """The records of one API's credentials. Safe to share between threads.

    The parameters after the first two are the options of these names.

    :param api_url: the API that the credentials belong to.
    :param check_mode: nothing is to be written, be it a folder or a key.
    :raises Failure: where the place cannot be used at all; found before the first request.

    ``mask`` takes the task's secrets out of the names of credentials that are kept.
    """

    def __init__(
        self,
        api_url: str,
        check_mode: bool = False,
        cache_plugin: str | None = None,
        cache_connection: str | None = None,
        cache_prefix: str | None = None,
        fingerprint_key: str | None = None,
    ) -> None:
        self._api_url = api_url
        self._prefix = checked_prefix(cache_prefix)
        key = checked_key(fingerprint_key, cache_plugin)
        self._store = open_store(cache_plugin, cache_connection, self._prefix, check_mode)
        self.key = (self._store.key() if isinstance(self._store, MemoryFile) and not key else str(key)).encode()
        self.mask = Mask([])
        self.key_id = key_id(self.key)
        self.place = self._store.place

    def utc_now(self) -> str:
        """The time, as ``2026-01-02T03:04:05Z``."""
        return utc_time(time.time())

    def read(self, organisation_id: str, credential_id: str) -> Record | None:
        """The record of a credential, or ``None`` where there is none that can be used.

        :raises Failure: where it is out of reach or damaged: what is remembered must not count as unknown, which may be adopted.
        """
        name = self._name_of(organisation_id, credential_id)
        content = self._store.get(name)
        try:
            return None if content is None else Record.from_text(content)
        except ValueError:
            raise self._store.damaged("a record is not valid", name) from None

    def read_name(self, organisation_id: str, name: str) -> NameRecord:
        """What is remembered of a name.

        :raises Failure: where it is out of reach.
        """
        noted = self._noted(organisation_id, name)
        begun, known, shown = noted.get("begun"), noted.get("id"), noted.get("shown")
        with contextlib.suppress(Failure):
            known = identifier(known, "The id")
            return NameRecord(known, str(shown), _age(begun))
        return NameRecord(age=_age(begun))

    def begin_create(self, organisation_id: str, name: str) -> None:
        """Note that a credential of that name is about to be created: of a new one, no record can be written before it has an id.

        :raises Failure: when it did not arrive there: nothing could be remembered of what is created.
        """
        self._note(organisation_id, name, {"begun": time.time(), "name": self.mask.text(name)})

    def end_create(self, organisation_id: str, name: str, credential_id: str | None = None, shown: str = "") -> None:
        """Note which credential has that name, and how the platform writes it; without an id, that none was created, or it is gone.

        Of how it is written, a digest is compared; the name itself is kept for people to read.

        :raises Failure: when it did not arrive there.
        """
        begun = self._noted(organisation_id, name).get("begun") if credential_id else None
        noted = {"begun": begun, "id": credential_id, "shown": name_digest(shown), "name": self.mask.text(shown)}
        self._note(organisation_id, name, noted if credential_id else {})

    def _noted(self, organisation_id: str, name: str) -> dict[str, t.Any]:
        content = self._store.get(self._name_of(organisation_id, f"named {name}"))
        with contextlib.suppress(ValueError):  # of another version
            noted = json.loads(content or "{}")
            return noted if isinstance(noted, dict) else {}
        return {}

    def _note(self, organisation_id: str, name: str, content: dict[str, t.Any]) -> None:
        of = {"api_url": self._api_url, "organisation_id": organisation_id}
        self._store.set(self._name_of(organisation_id, f"named {name}"), json.dumps({**content, "of": of}) if content else None)

    def write(self, organisation_id: str, credential_id: str, record: Record | None) -> None:
        """Store a record, or with ``None`` forget it.

        :raises Failure: when it did not arrive there.
        """
        text = None
        if record:
            of = {"api_url": self._api_url, "organisation_id": organisation_id, "credential_id": credential_id}
            text = replace(record, name=record.name and self.mask.text(record.name)).as_text(of)
        self._store.set(self._name_of(organisation_id, credential_id), text)

    def close(self) -> None:
        """Close what is closed for each task; another task opens it again."""
        self._store.close()

    def _name_of(self, organisation_id: str, credential_id: str) -> str:
        return self._prefix + record_name(self._api_url, organisation_id, credential_id)


def _age(begun: t.Any) -> float | None:
    return time.time() - begun if isinstance(begun, (int, float)) else None


def open_store(cache_plugin: str | None, cache_connection: str | None, prefix: str, check_mode: bool) -> MemoryFile | SharedCache:
    """Where records are kept, from the options of these names.

    :raises Failure: where it cannot be used.
    """
    return SharedCache(cache_plugin, cache_connection, prefix) if cache_plugin else MemoryFile(cache_connection, check_mode)


def checked_prefix(cache_prefix: str | None) -> str:
    """:raises Failure: for a prefix that not every cache takes."""
    prefix = cache_prefix or DEFAULT_PREFIX
    if not _PREFIX.fullmatch(prefix):
        raise Failure("cache_prefix must be 1 to 100 letters, digits, '_', '-', '.' or ':', and must not begin with a dot.")
    return prefix


def checked_key(fingerprint_key: str | None, cache_plugin: str | None) -> str | None:
    """The key that is given; ``None`` where there is none, and the file has its own.

    :raises Failure: for a key that is none, and where a shared cache has none.
    """
    if fingerprint_key:
        fingerprint_key = fingerprint_key.strip()  # of a file's last line, YAML and lookups may leave the end
        _check_key(fingerprint_key)
    elif cache_plugin:
        raise Failure(
            f"fingerprint_key is needed with cache_plugin {cache_plugin}: several controllers may share that cache, and must use "
            f"one key. Make one with 'openssl rand -hex 32' and keep it in your vault."
        )
    return fingerprint_key or None


def _check_key(key: str) -> None:
    """:raises Failure: for a key that could be guessed: then a cache alone would be enough to find it, and with it the secrets."""
    placeholder = placeholder_in(key, ANY, TEMPLATE, SECRET, TYPED)
    if placeholder:
        raise Failure(f"fingerprint_key looks like a placeholder, {placeholder.name}: fix the variable that it comes from.")
    if len(key) < MIN_KEY_LENGTH:
        raise Failure(
            f"fingerprint_key is too short: whoever reads the memory could guess it, and then the secrets. Give at least {MIN_KEY_LENGTH} "
            f"random characters; 'openssl rand -hex 32' makes some."
        )
