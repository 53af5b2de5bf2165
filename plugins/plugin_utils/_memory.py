# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory: records in an Ansible cache plugin on the controller, and the key that makes their fingerprints."""

from __future__ import annotations

import contextlib
import errno
import functools
import itertools
import json
import os
import re
import secrets
import stat
import tempfile
import threading
import time
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.plugins.cache import BaseFileCacheModule
from ansible.plugins.loader import cache_loader
from ansible.utils.display import Display

from ..module_utils._core.failure import Failure
from ..module_utils._core.masking import Mask
from ..module_utils._core.memory_record import Record, key_id, record_key
from ..module_utils._core.placeholders import ANY, SECRET, TEMPLATE, TYPED, placeholder_in
from ..module_utils._files import NO_PATH, check_regular, expanded, read_regular

DEFAULT_PLUGIN = "ansible.builtin.jsonfile"
DEFAULT_PREFIX = "versori_platform_"
KEY_FILE = "fingerprint.key"
SHORTEST_KEY = 32  # characters
DRAFTS = ".versori_drafts"  # the folder, beside the records, of what is being written right now
DRAFT_LASTS = 3600.0  # seconds; a draft that is older was left behind by a run that was killed
_numbers = itertools.count(time.time_ns())  # of drafts; what a fork takes over differs by its process
_RECORD_SIZE = 1024  # bytes that a record takes at least; none is longer today
_PROBE = "probe"  # always the same record, and never deleted: two controllers may check at the same time
_DAMAGED = (ValueError, TypeError, LookupError, AttributeError)  # what comes of a record that is no JSON, or another one's
# host:port:db:password, with sentinels host:port;db:password, or as a URL ://user:password@host
_PASSWORD = re.compile(r"(?::\d+:|;)\d+:(.+)$|://[^/@]*?:(.+)@")

_PREFIX = re.compile(r"[\w:-][\w.:-]{0,99}", re.ASCII)

display = Display()


class CacheMemory:
    """Records of credentials in a cache plugin. Safe to share between threads.

    The parameters after the first are the options of these names.

    :param api_url: the API that the credentials belong to.
    :raises Failure: where the cache cannot be used at all; found before the first request.
    """

    def __init__(
        self,
        api_url: str,
        cache_plugin: str | None = None,
        cache_connection: str | None = None,
        cache_prefix: str | None = None,
        fingerprint_key: str | None = None,
    ) -> None:
        self._api_url = api_url
        self._name = cache_plugin or DEFAULT_PLUGIN
        self._where = cache_connection
        self._prefix = cache_prefix or DEFAULT_PREFIX
        self._in_files = self._is_file_cache()
        # A file cache has a file for each credential, so its threads need not wait for each other.
        self._lock: t.Any = contextlib.nullcontext() if self._in_files else threading.Lock()
        self._checked = False
        # A server that went away. A client waits seconds for it: once is enough, and not again for each of a thousand credentials.
        self._broken: Failure | None = None
        if not _PREFIX.fullmatch(self._prefix):
            raise Failure("cache_prefix must be 1 to 100 letters, digits, '_', '-', '.' or ':', and must not begin with a dot.")
        if fingerprint_key:
            _check_key(fingerprint_key)
        elif not self._in_files:
            raise Failure(
                f"fingerprint_key is needed with cache_plugin {self._name}: several controllers may share that cache, and must use "
                f"one key. Make one with 'openssl rand -hex 32' and keep it in your vault."
            )
        if self._in_files:
            self._where = _private_folder(self._where or default_folder())
        self._cache = self._open()
        if not self._in_files:
            self._reach()
        self.key = fingerprint_key.encode() if fingerprint_key else _key_beside(t.cast(str, self._where))
        self.key_id = key_id(self.key)

    def read(self, organisation_id: str, credential_id: str) -> Record | None:
        """The record of a credential, or ``None`` where there is none that can be used.

        :raises Failure: where it is out of reach: what is remembered must not count as unknown, which may be adopted.
        """
        with self._lock:
            return Record.from_dict(self._get(self._cache, self._key_of(organisation_id, credential_id)))

    def check(self) -> None:
        """Make sure that a record could be written.

        :raises Failure: otherwise.
        """
        with self._lock:
            if self._checked:
                return
            if self._in_files:
                try:
                    _make_sure_of_room(t.cast(str, self._where))
                except OSError as problem:
                    raise self._unusable(problem) from None
            else:
                self._set(_PROBE, {"format": 0})
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

    def _is_file_cache(self) -> bool:
        """Whether the plugin is one of Ansible's file caches: jsonfile by any of its names, yaml, pickle."""
        try:
            plugin = cache_loader.get_with_context(self._name, class_only=True).object
        except Exception:  # a plugin may raise anything
            plugin = None
        if plugin is None:
            raise Failure(f"cache_plugin {self._name} is not installed: check its name, and that its collection is.")
        return issubclass(plugin, BaseFileCacheModule)

    def _open(self) -> t.Any:
        # Redis plugins list all of their records in a set, whose usual name is the one of Ansible's own facts.
        options = {"_prefix": self._prefix, "_timeout": 0, "_keyset_name": f"{self._prefix}keys"}
        if self._where:
            options["_uri"] = self._where
        try:
            cache = cache_loader.get(self._name, **options)
        except Exception as problem:  # a missing library's ImportError for one
            raise self._unusable(problem) from None
        if self._in_files:
            plugin = getattr(cache, "__wrapped__", cache)  # from ansible-core 2.19 on, one that translates stands before it
            plugin.get, plugin.set = functools.partial(_get_from_file, plugin), functools.partial(_set_in_file, plugin)
        return cache

    def _reach(self) -> None:
        """Find out that a server is down before anything is sent: a record that cannot be read would count as forgotten."""
        try:
            self._cache.get(_PROBE)
        except KeyError:
            pass
        except Exception as problem:
            raise self._unusable(problem) from None

    def _set(self, name: str, value: dict[str, t.Any]) -> None:
        try:
            if self._in_files:
                self._cache.set(name, value)  # says so itself where it cannot write
                return
            before = self._get(self._cache, name)
            for _attempt in range(2):  # a plugin that finds no record may delete the one that has just been written
                self._cache.set(name, value)
                # What a plugin holds in its own memory proves nothing: a second one reads what has really been stored.
                stored = self._get(self._open(), name)
                if stored == value or stored not in (None, before):  # another controller wrote at the same time
                    return
        except Failure:
            raise
        except Exception as problem:
            raise self._out_of_reach(problem) from None
        raise self._unusable("what was written could not be read back")

    def _forget(self, name: str) -> None:
        try:
            with contextlib.suppress(KeyError):
                self._cache.delete(name)
        except Exception as problem:
            raise self._unusable(problem) from None

    def _get(self, cache: t.Any, name: str) -> t.Any:
        if self._broken:
            raise self._broken
        try:
            return cache.get(name)
        except KeyError:
            return None
        except Exception as problem:
            damaged = not isinstance(problem, OSError) if self._in_files else isinstance(problem, _DAMAGED)
            if not damaged:
                raise self._out_of_reach(problem) from None
            display.warning(f"versori.platform: a record of the memory could not be read and counts as forgotten: {self._told(problem)}")
            return None

    def _out_of_reach(self, problem: Exception) -> Failure:
        """The failure to raise where the place itself fails, and not a record: what was found out about it before no longer holds."""
        failure = self._unusable(problem)
        if self._in_files:
            self._checked = False
        else:
            self._broken = failure
        return failure

    def _unusable(self, problem: t.Any) -> Failure:
        where = f" at {self._where}" if self._in_files and self._where else ""
        return Failure(
            f"The memory (cache_plugin {self._name}{where}) cannot be used: {self._told(problem)}. It is needed to tell later whether "
            f"a secret changed, so nothing is sent without it. Check that the place exists and can be written, or set cache_connection."
        )

    def _told(self, problem: t.Any) -> str:
        """The first line of what a plugin says, without the password that may be in ``cache_connection``."""
        secret = "" if self._in_files else str(self._where or "")
        passwords = [text for found in _PASSWORD.findall(secret) for text in found]
        return Mask([*passwords, secret]).text(_first_line(problem))


def _get_from_file(cache: t.Any, name: str) -> t.Any:
    """What ``get`` of Ansible's file caches does, without its own warnings: up to ansible-core 2.18 for each record that is not there.

    :raises KeyError: where there is none.
    :raises OSError: where there is one that cannot be read; whatever else it raises comes of one that is damaged.
    """
    try:
        path = cache._get_cache_file_name(name)
        check_regular(path)
        return cache._load(path)
    except FileNotFoundError:
        raise KeyError(name) from None


def _set_in_file(cache: t.Any, name: str, value: t.Any) -> None:
    """What ``set`` of Ansible's file caches does, without three of its traits.

    It leaves a file descriptor open at each call, so a long list would run out of them; it only warns when the value
    did not reach the disk, where here that is an OSError; and its drafts stay for ever where it was killed.
    """
    path = cache._get_cache_file_name(name)
    content = _content(cache, value)
    if not _write_over(path, content):
        with _draft(cache._cache_dir) as draft:
            _write_new(draft, content)
            os.replace(draft, path)


def _make_sure_of_room(folder: str) -> None:
    """Write a record that is thrown away; for one that is there already, even a full disk has room."""
    with _draft(folder) as draft:
        _write_new(draft, b" " * _RECORD_SIZE)


def _write_new(path: str, content: bytes, flush: bool = False) -> None:
    """Make a file that is its owner's alone.

    :param flush: wait until it is on the disk.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        if flush:
            file.flush()
            os.fsync(file.fileno())


def _content(cache: t.Any, value: t.Any) -> bytes:
    """What a plugin would write into a file: of the usual one it is known without a file, of the others not."""
    if type(cache).__module__.endswith(".cache.jsonfile"):
        return json.dumps(value).encode()
    with _draft(cache._cache_dir) as draft:
        cache._dump(value, draft)
        with open(draft, "rb") as file:
            return file.read()


def _write_over(path: str, content: bytes) -> bool:
    """Put a content into a file that is there already, in one call; ``False`` where there is none.

    A file that takes another one's name is flushed to the disk by ext4 and others, which costs as much as a request. Blanks
    make all contents equally long, so that nothing of an older one is left behind; JSON, YAML and pickle all ignore them. A
    reader that comes in between meets a record whose digest is wrong.
    """
    try:
        target = os.open(path, os.O_WRONLY | os.O_NONBLOCK)  # a pipe in its place would have us wait for ever
    except FileNotFoundError:
        return False
    try:
        content = content.ljust(max(_RECORD_SIZE, os.fstat(target).st_size))
        if os.pwrite(target, content, 0) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(target)
    return True


@contextlib.contextmanager
def _draft(folder: str) -> t.Iterator[str]:
    """The name of a file to write into before it takes its own; its folder is its owner's alone, and it is gone in the end.

    The file is not there yet: one that is emptied when it is opened would be flushed to the disk, as in :func:`_write_over`.
    """
    path = os.path.join(folder, DRAFTS, f"{os.getpid()}-{next(_numbers)}")
    try:
        yield path
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)


def default_folder() -> str:
    """Where the default cache and its key are: under the Ansible home."""
    return os.path.join(C.config.get_config_value("ANSIBLE_HOME"), "versori_platform")


def _private_folder(path: str) -> str:
    """Make the folder, for its owner alone: jsonfile writes files that everybody may read.

    :param path: with what the user wrote in it, ``~`` and ``$VAR``.
    :return: its full path.
    :raises Failure: when it cannot be made, or cannot be written.
    """
    try:
        path = expanded(os.path.expandvars(path))
        os.makedirs(path, mode=0o700, exist_ok=True)
        if stat.S_IMODE(os.stat(path).st_mode) & 0o077 and path == default_folder():
            os.chmod(path, 0o700)
        # Asking the file system is the only sure test: os.access says yes to root on a read-only mount.
        with tempfile.TemporaryFile(dir=path):
            pass
        _sweep(os.path.join(path, DRAFTS))
    except (OSError, ValueError) as problem:
        raise Failure(
            f"The memory's folder {path} cannot be written ({_reason(problem)}). It is needed to tell later whether a secret "
            f"changed, so nothing is sent without it. Set cache_connection to a folder that can be written."
        ) from None
    return path


def _sweep(drafts: str) -> None:
    """Make the folder of drafts, and throw away what runs that were killed have left in it."""
    os.makedirs(drafts, mode=0o700, exist_ok=True)
    with os.scandir(drafts) as found:
        for one in found:
            with contextlib.suppress(OSError):  # another run may be sweeping too
                if time.time() - one.stat().st_mtime > DRAFT_LASTS:
                    os.unlink(one.path)


def _key_beside(folder: str) -> bytes:
    """The random key kept beside a file cache, made at first use and readable by its owner alone.

    Two processes may make it at once: the one whose hard link comes first wins, and both read that one.
    """
    path = os.path.join(folder, KEY_FILE)
    try:
        if not os.path.exists(path):
            with _draft(folder) as draft:
                _write_new(draft, secrets.token_hex(32).encode(), flush=True)
                with contextlib.suppress(FileExistsError):
                    os.link(draft, path)
        key = read_regular(path).decode("ascii").strip()
    except (OSError, ValueError) as problem:
        raise Failure(
            f"The fingerprint key {path} cannot be used: {_reason(problem)}, and nothing is sent without it. Give fingerprint_key, or "
            f"remove the file."
        ) from None
    if len(key) < SHORTEST_KEY:
        raise Failure(f"The fingerprint key {path} is damaged: remove the file, and each secret is pushed once more.")
    return key.encode()


def _check_key(key: str) -> None:
    """:raises Failure: for a key that could be guessed: then a cache alone would be enough to find it, and with it the secrets."""
    placeholder = placeholder_in(key, ANY, TEMPLATE, SECRET, TYPED)
    if placeholder:
        raise Failure(f"fingerprint_key looks like a placeholder, {placeholder.name}: fix the variable that it comes from.")
    if len(key.strip()) < SHORTEST_KEY:
        raise Failure(
            f"fingerprint_key is too short: whoever reads the cache could guess it, and then the secrets. Give at least {SHORTEST_KEY} "
            f"random characters; 'openssl rand -hex 32' makes some."
        )


def _reason(problem: OSError | ValueError) -> str:
    if isinstance(problem, OSError):
        return str(problem.strerror or problem)
    return NO_PATH if "null" in str(problem) or isinstance(problem, UnicodeEncodeError) else str(problem)


def _first_line(problem: t.Any) -> str:
    text = str(getattr(problem, "message", None) or problem) if isinstance(problem, AnsibleError) else str(problem)
    return (text.strip().splitlines() or [type(problem).__name__])[0].rstrip(".")
