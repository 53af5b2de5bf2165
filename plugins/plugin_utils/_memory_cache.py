# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory in a cache that several controllers share, Redis for one, through its Ansible cache plugin."""

from __future__ import annotations

import contextlib
import queue
import re
import threading
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.cache import BaseFileCacheModule
from ansible.plugins.loader import cache_loader

from ..module_utils._core.failure import Failure
from ..module_utils._core.masking import Mask

ANSWER_TIMEOUT = 60.0  # seconds; plugins have limits of their own, or none
_DAMAGED = (ValueError, TypeError, LookupError, AttributeError)  # what plugins raise for a value that is not what they wrote
# host:port:db:password, with sentinels host:port;db:password, or as a URL ://user:password@host
_PASSWORD = re.compile(r"(?::\d+:|;)\d+:(.+)$|://[^/@]*?:(.+)@")


class SharedCache:
    """Texts by name. Safe to share between threads.

    :param plugin: the plugin's full name.
    :param connection: where it keeps its records; ``None`` for its own default.
    :param prefix: what all names begin with.
    :raises Failure: where it is not installed, or keeps files.
    """

    def __init__(self, plugin: str, connection: str | None, prefix: str) -> None:
        self._name = plugin
        self._where = connection or ""
        self._prefix = prefix
        self._lock = threading.Lock()
        # A server that went away. A client waits seconds for it: once is enough, and not again for each of a thousand credentials.
        self._broken: Failure | None = None
        self._class = self._find()
        self._caller = _Caller()
        self._probe = f"{prefix}probe"

    def connect(self) -> None:
        """:raises Failure: where it cannot be reached."""
        self._cache = self._open()
        # Some plugins say of a server that is down that it has no records. What has been written there before, in check mode too, proves
        # that there is one.
        if self._get(self._cache, self._probe) is None:
            self.set(self._probe, "{}")

    def __str__(self) -> str:
        return f"cache_plugin {self._name}"

    def get(self, name: str) -> str | None:
        """The text of this name, or ``None``.

        :raises Failure: where the cache is out of reach, which does not mean that there is none.
        """
        with self._lock:
            content = self._get(self._cache, name)
            if content is None and self._get(self._open(), self._probe) is None:
                self._broken = self._unusable("it has lost its records, or cannot be reached any more")
                raise self._broken
            return content

    def set(self, name: str, content: str | None) -> None:
        """Keep a text, or with ``None`` forget it.

        :raises Failure: where it did not arrive.
        """
        with self._lock:
            if content is None:
                with contextlib.suppress(KeyError), self._one_sentence(name):
                    self._caller.call(self._cache.get, name)  # the plugin of memcached deletes only what it has read
                    self._caller.call(self._cache.delete, name)
                return
            before = self._get(self._cache, name)
            for _attempt in range(2):  # a plugin that finds no record may delete the one that has just been written
                with self._one_sentence(name):
                    self._caller.call(self._cache.set, name, content)
                # What a plugin holds in its own memory proves nothing: a second one reads what has really been stored.
                stored = self._get(self._open(), name)
                if stored == content or stored not in (None, before):  # another controller wrote at the same time
                    return
        raise self._unusable("what was written could not be read back")

    def damaged(self, reason: str, name: str) -> Failure:
        """What to raise where something else than a record has this name."""
        return Failure(
            f"A record in the memory ({self}) is damaged ({reason}), and nothing is sent without it. Delete the key "
            f"{name} there: then that secret is pushed once more."
        )

    def _find(self) -> type:
        try:
            found = cache_loader.get_with_context(self._name, class_only=True).object
        except Exception:  # a plugin may raise anything
            found = None
        if found is None:
            raise Failure(f"cache_plugin {self._name} is not installed: check its name, and that its collection is.")
        if issubclass(found, BaseFileCacheModule):
            raise Failure(
                f"cache_plugin {self._name} keeps files, which controllers cannot share: leave cache_plugin out, and give the folder as "
                f"cache_connection. It may come from the environment, VERSORI_CACHE_PLUGIN."
            )
        return t.cast(type, found)

    def _open(self) -> t.Any:
        """The plugin itself, from its class: from ansible-core 2.19 on, the loader puts a translation before it, with keys of its own."""
        # The names bring their prefix along. A timeout of 0 never ends. Redis plugins list their keys in a set, usually that of the facts.
        options = {"_prefix": "", "_timeout": 0, "_keyset_name": f"{self._prefix}keys", **({"_uri": self._where} if self._where else {})}
        try:
            return self._caller.call(self._class, **options)
        except Exception as problem:  # a missing library's ImportError for one
            self._broken = self._unusable(problem)
            raise self._broken from None

    def _get(self, cache: t.Any, name: str) -> str | None:
        stored = None
        with contextlib.suppress(KeyError), self._one_sentence(name):
            stored = self._caller.call(cache.get, name)
            if not isinstance(stored, (str, type(None))):  # None is how some plugins say that there is none
                raise self.damaged("a record is not valid", name)
        return stored

    @contextlib.contextmanager
    def _one_sentence(self, name: str) -> t.Iterator[None]:
        """What a plugin raises, which may be anything, as one sentence; but for the KeyError that says "there is none"."""
        if self._broken:
            raise self._broken
        try:
            yield
        except (KeyError, Failure):
            raise
        except Exception as problem:
            if isinstance(problem, _DAMAGED) and not isinstance(problem, UnicodeError):  # that one may be of a host's name
                raise self.damaged(self._without_password(problem), name) from None
            self._broken = self._unusable(problem)
            raise self._broken from None

    def _unusable(self, problem: t.Any) -> Failure:
        return Failure(
            f"The memory ({self}) cannot be used: {self._without_password(problem)}. It is needed to tell later whether "
            f"a secret changed, so nothing is sent without it. Check the server, and cache_connection."
        )

    def _without_password(self, problem: t.Any) -> str:
        """The first line of what a plugin says, without the password that may be in ``cache_connection``."""
        passwords = [text for found in _PASSWORD.findall(self._where) for text in found]
        return Mask([*passwords, self._where]).text(_first_line(problem))


class _Caller:
    """Calls a plugin in a thread of its own, since its library may wait for a server without end.

    It is always the same thread, as some libraries have a connection for each, and one that the end of the process need not wait for.
    """

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[t.Any] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[t.Any] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True).start()

    def call(self, function: t.Callable[..., t.Any], *args: t.Any, **options: t.Any) -> t.Any:
        """:raises TimeoutError: where nothing comes back in time; then this must not be used again.
        :raises Exception: what the function raised.
        """
        self._calls.put(lambda: function(*args, **options))
        try:
            result, problem = self._results.get(timeout=ANSWER_TIMEOUT)
        except queue.Empty:
            raise TimeoutError(f"there was no answer for {ANSWER_TIMEOUT:g} seconds") from None
        if problem is not None:
            raise problem
        return result

    def _work(self) -> None:
        while True:
            call = self._calls.get()
            try:
                self._results.put((call(), None))
            except BaseException as problem:
                self._results.put((None, problem))


def _first_line(problem: t.Any) -> str:
    text = str(getattr(problem, "message", None) or problem) if isinstance(problem, AnsibleError) else str(problem)
    return (text.strip().splitlines() or [type(problem).__name__])[0].rstrip(".")
