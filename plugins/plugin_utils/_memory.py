# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory: records in an Ansible cache plugin on the controller, and the key that makes their fingerprints."""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import stat
import tempfile
import threading
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.plugins.cache import BaseFileCacheModule
from ansible.plugins.loader import cache_loader
from ansible.utils.display import Display

from ..module_utils._core.failure import Failure
from ..module_utils._core.memory_record import Record, key_id, record_key

DEFAULT_PLUGIN = "ansible.builtin.jsonfile"
DEFAULT_PREFIX = "versori_platform_"
KEY_FILE = "fingerprint.key"

display = Display()


class CacheMemory:
    """Records of credentials in a cache plugin. Safe to share between threads.

    :param api_url: the API that the credentials belong to.
    :param options: ``cache_plugin``, ``cache_connection``, ``cache_prefix``, ``fingerprint_key``.
    :raises Failure: where the cache cannot be used at all; found before the first request.
    """

    def __init__(self, api_url: str, options: t.Mapping[str, t.Any]) -> None:
        self._api_url = api_url
        self._name = options.get("cache_plugin") or DEFAULT_PLUGIN
        self._is_file_cache = self._name in (DEFAULT_PLUGIN, "jsonfile")
        self._where = options.get("cache_connection") or (default_folder() if self._is_file_cache else None)
        self._prefix = options.get("cache_prefix") or DEFAULT_PREFIX
        # A file cache has a file for each credential, so its threads need not wait for each other.
        self._lock: t.Any = contextlib.nullcontext() if self._is_file_cache else threading.Lock()
        self._checked = False
        key = options.get("fingerprint_key")
        if not key and not self._is_file_cache:
            raise Failure(
                f"fingerprint_key is needed with cache_plugin {self._name}: several controllers may share that cache, and must use "
                f"one key. Make one with 'openssl rand -hex 32' and keep it in your vault."
            )
        if self._is_file_cache:
            self._where = _private_folder(os.path.expanduser(os.path.expandvars(t.cast(str, self._where))))
        self._cache = self._open()
        self.key = key.encode() if key else _key_beside(t.cast(str, self._where))
        self.key_id = key_id(self.key)

    def read(self, organisation_id: str, credential_id: str) -> Record | None:
        """The record of a credential, or ``None`` where there is none that can be used."""
        with self._lock:
            return Record.from_dict(self._get(self._cache, self._key_of(organisation_id, credential_id)))

    def check(self) -> None:
        """Make sure that a record could be written.

        :raises Failure: otherwise.
        """
        with self._lock:
            if not self._checked:
                probe = f"probe_{os.getpid()}"  # forks share the cache, and one must not delete another's
                self._set(probe, {"format": 0})
                self._cache.delete(probe)
                self._checked = True

    def write(self, organisation_id: str, credential_id: str, record: Record | None) -> None:
        """Store a record, or with ``None`` forget it.

        :raises Failure: when it did not arrive there; the plugins themselves only print a warning.
        """
        name = self._key_of(organisation_id, credential_id)
        with self._lock:
            if record is not None:
                self._set(name, record.as_dict())
            else:
                self._forget(name)

    def _key_of(self, organisation_id: str, credential_id: str) -> str:
        return record_key(self._api_url, organisation_id, credential_id)

    def _open(self) -> t.Any:
        options = {"_prefix": self._prefix, "_timeout": 0}
        if self._where:
            options["_uri"] = self._where
        try:
            cache = cache_loader.get(self._name, **options)
        except Exception as problem:  # a plugin may raise anything, a missing library's ImportError for one
            raise self._unusable(problem) from None
        if cache is None:
            raise Failure(f"cache_plugin {self._name} is not installed: check its name, and that its collection is.")
        if _is_in_files(cache):
            plugin = getattr(cache, "__wrapped__", cache)  # from ansible-core 2.19 on, one that translates stands before it
            plugin.set = functools.partial(_set_in_file, plugin)
        return cache

    def _set(self, name: str, value: dict[str, t.Any]) -> None:
        try:
            self._cache.set(name, value)
            if _is_in_files(self._cache):
                return  # it has said so itself where it could not write
            # What a plugin holds in its own memory proves nothing: a second one reads what has really been stored.
            stored = self._get(self._open(), name)
        except Failure:
            raise
        except Exception as problem:
            raise self._unusable(problem) from None
        if stored != value:
            raise self._unusable("what was written could not be read back")

    def _forget(self, name: str) -> None:
        try:
            with contextlib.suppress(KeyError):
                self._cache.delete(name)
        except Exception as problem:
            raise self._unusable(problem) from None

    def _get(self, cache: t.Any, name: str) -> t.Any:
        try:
            return cache.get(name)
        except KeyError:
            return None
        except Exception as problem:
            display.warning(f"versori.platform: a record of the memory could not be read and counts as forgotten: {problem}")
            return None

    def _unusable(self, problem: t.Any) -> Failure:
        where = f" at {self._where}" if self._where and "://" not in self._where and "@" not in self._where else ""
        return Failure(
            f"The memory (cache_plugin {self._name}{where}) cannot be used: {_first_line(problem)}. It is needed to tell later whether "
            f"a secret changed, so nothing is sent without it. Check that the place exists and can be written, or set cache_connection."
        )


def _is_in_files(cache: t.Any) -> bool:
    """Whether the plugin is one of Ansible's file caches, whose ``set`` is :func:`_set_in_file` here."""
    return isinstance(cache, BaseFileCacheModule)


def _set_in_file(cache: t.Any, name: str, value: t.Any) -> None:
    """What ``set`` of Ansible's file caches does, without two of its traits.

    It leaves a file descriptor open at each call, so a long list would run out of them, and it only warns when the value
    did not reach the disk; here that is an OSError.
    """
    path = cache._get_cache_file_name(name)
    handle, draft = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".draft-")  # readable by its owner alone
    os.close(handle)
    try:
        cache._dump(value, draft)
        os.replace(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
    cache._cache.pop(name, None)


def default_folder() -> str:
    """Where the default cache and its key are: under the Ansible home."""
    return os.path.join(C.config.get_config_value("ANSIBLE_HOME"), "versori_platform")


def _private_folder(path: str) -> str:
    """Make the folder, for its owner alone: jsonfile writes files that everybody may read.

    :raises Failure: when it cannot be made, or cannot be written.
    """
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
        if stat.S_IMODE(os.stat(path).st_mode) & 0o077 and path == default_folder():
            os.chmod(path, 0o700)
        # Asking the file system is the only sure test: os.access says yes to root on a read-only mount.
        with tempfile.NamedTemporaryFile(dir=path, prefix=".writable-"):
            pass
    except OSError as problem:
        raise Failure(
            f"The memory's folder {path} cannot be written ({problem.strerror or problem}). It is needed to tell later whether a secret "
            f"changed, so nothing is sent without it. Set cache_connection to a folder that can be written."
        ) from None
    return path


def _key_beside(folder: str) -> bytes:
    """The random key kept beside a file cache, made at first use and readable by its owner alone.

    Two processes may make it at once: the one whose hard link comes first wins, and both read that one.
    """
    path = os.path.join(folder, KEY_FILE)
    try:
        if not os.path.exists(path):
            handle, draft = tempfile.mkstemp(dir=folder, prefix=".key-")  # mkstemp makes it 0600
            try:
                with os.fdopen(handle, "w") as file:
                    file.write(secrets.token_hex(32))
                    file.flush()
                    os.fsync(file.fileno())
                with contextlib.suppress(FileExistsError):
                    os.link(draft, path)
            finally:
                os.unlink(draft)
        with open(path, encoding="ascii") as file:
            key = file.read().strip()
    except (OSError, ValueError) as problem:
        raise Failure(f"The fingerprint key {path} cannot be used: {problem}. Give fingerprint_key, or remove the file.") from None
    if len(key) < 32:
        raise Failure(f"The fingerprint key {path} is damaged: remove the file, and each secret is pushed once more.")
    return key.encode()


def _first_line(problem: t.Any) -> str:
    text = str(getattr(problem, "message", None) or problem) if isinstance(problem, AnsibleError) else str(problem)
    return (text.strip().splitlines() or [type(problem).__name__])[0].rstrip(".")
