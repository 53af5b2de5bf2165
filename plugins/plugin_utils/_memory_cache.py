# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory in a cache that several controllers share, Redis for one, through its Ansible cache plugin."""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import queue
import threading
import typing as t

from ansible.plugins.cache import BaseFileCacheModule
from ansible.plugins.loader import cache_loader

from ..module_utils._core.failure import Failure
from ..module_utils._core.masking import Mask
from ._secrets import passwords_in

ANSWER_TIMEOUT = 60.0  # seconds; plugins have limits of their own, or none
_DAMAGED = (ValueError, TypeError, LookupError, AttributeError)  # what plugins raise for a value that is not what they wrote


class SharedCache:
    """Texts by name. Safe to share between threads.

    :param plugin: the plugin's full name.
    :param connection: where it keeps its records; ``None`` for its own default.
    :param prefix: what all names begin with.
    :raises Failure: where it is not installed, keeps files, or cannot be reached.
    """

    def __init__(self, plugin: str, connection: str | None, prefix: str) -> None:
        self.place = f"cache_plugin {plugin}"
        self._connection = connection or ""
        self._prefix = prefix
        # The names bring their prefix along. A timeout of 0 never ends. Redis plugins list their keys in a set, usually that of the facts.
        options = {"_prefix": "", "_timeout": 0, "_keyset_name": f"{prefix}keys", **({"_uri": connection} if connection else {})}
        self._open = functools.partial(_class_of(plugin), **options)
        # A server that went away. A client waits seconds for it: once is enough, and not again for each of a thousand credentials.
        self._broken: Failure | None = None
        # A library may wait for a server without end, so it has a thread that the end of the process does not wait for. It is always the
        # same one, as some libraries have a connection for each, and does one thing at a time, as no plugin promises more.
        self._lock = threading.Lock()
        self._calls: queue.SimpleQueue[tuple[concurrent.futures.Future[t.Any], t.Callable[[], t.Any]]] = queue.SimpleQueue()
        try:
            threading.Thread(target=self._work, daemon=True).start()
        except RuntimeError:  # a limit on the user's processes
            raise self._unusable("no thread can be started for it on the controller (ulimit -u)") from None
        self._cache = self._call(None, self._open)
        # Some plugins say of a server that is down that it has no records. What has been written there before, in check mode too, proves
        # that there is one.
        self._probe = f"{prefix}probe"
        if self._call(self._probe, self._cache.get, self._probe) is None:
            self.set(self._probe, "{}")

    def get(self, name: str) -> str | None:
        """The text of this name, or ``None``. Who wrote it may have left anything else there: whoever reads it as a record says so.

        :raises Failure: where the cache is out of reach, which does not mean that there is none.
        """
        content: str | None = self._call(name, self._cache.get, name)
        if content is None and self._stored(self._probe) is None:
            self._broken = self._unusable("it has lost its records, or cannot be reached any more")
            raise self._broken
        return content

    def set(self, name: str, content: str | None) -> None:
        """Keep a text, or with ``None`` forget it.

        :raises Failure: where it did not arrive.
        """
        if content is None:
            self._call(name, self._cache.get, name)  # the plugin of memcached deletes only what it has read
            self._call(name, self._cache.delete, name)
            return
        before = self._call(name, self._cache.get, name)
        for _attempt in range(2):  # a plugin that finds no record may delete the one that has just been written
            self._call(name, self._cache.set, name, content)
            stored = self._stored(name)
            if stored == content or stored not in (None, before):  # another controller wrote at the same time
                return
        raise self._unusable("what was written could not be read back")

    def items(self) -> dict[str, str]:
        """All texts whose name begins with the prefix, by their names.

        :raises Failure: where the cache is out of reach, and where its plugin cannot list what is there, as not every one can.
        """

        def keys() -> list[str]:
            with contextlib.suppress(NotImplementedError, AttributeError, TypeError):
                listed = self._cache.keys()
                return [key.decode() if isinstance(key, bytes) else str(key) for key in listed]
            return []

        names = self._call(None, keys)
        if self._probe not in names:  # it is there: who does not list it lists nothing
            raise Failure(
                f"The memory ({self.place}) cannot be listed: its plugin does not tell which records there are. Nothing was changed. What "
                f"is remembered there is used all the same."
            )
        texts = {name: self.get(name) for name in names if name.startswith(self._prefix) and name != self._probe}
        return {name: text for name, text in texts.items() if text is not None}

    def close(self) -> None:
        """Nothing: a plugin has no way to end."""

    def damaged(self, reason: str, name: str) -> Failure:
        """What to raise where something else than a record has this name."""
        return Failure(
            f"A record in the memory ({self.place}) is damaged ({reason}), and nothing is sent without it. Delete the key "
            f"{name} there: then that secret is pushed once more."
        )

    def _stored(self, name: str) -> t.Any:
        """What the server has. What a plugin holds in its own memory proves nothing, so another one is asked."""
        return self._call(name, self._call(None, self._open).get, name)

    def _call(self, name: str | None, function: t.Callable[..., t.Any], *args: t.Any) -> t.Any:
        """What a function of the plugin's returns; ``None`` for the KeyError that says that there is no record.

        :param name: the record that it is about; ``None`` where it is about none.
        :raises Failure: for whatever else it raises, which may be anything, and where it does not return in time.
        """
        with self._lock:
            if self._broken:
                raise self._broken
            call: concurrent.futures.Future[t.Any] = concurrent.futures.Future()  # of its own: a late answer is nobody else's
            self._calls.put((call, functools.partial(function, *args)))
            concurrent.futures.wait([call], ANSWER_TIMEOUT)
            problem = call.exception() if call.done() else TimeoutError(f"there was no answer for {ANSWER_TIMEOUT:g} seconds")
            if problem is None:
                return call.result()
            if name and isinstance(problem, KeyError):
                return None
            if name and isinstance(problem, _DAMAGED) and not isinstance(problem, UnicodeError):  # that one may be of a host's name
                raise self.damaged(self._without_password(problem), name)
            self._broken = self._unusable(self._without_password(problem))
            raise self._broken

    def _work(self) -> None:
        while True:
            call, function = self._calls.get()
            try:
                call.set_result(function())
            except BaseException as problem:
                call.set_exception(problem)

    def _unusable(self, reason: str) -> Failure:
        return Failure(
            f"The memory ({self.place}) cannot be used: {reason}. It is needed to tell later whether "
            f"a secret changed, so nothing is sent without it. Check the server, and cache_connection."
        )

    def _without_password(self, problem: BaseException) -> str:
        """The first line of what a plugin says, without the password that may be in ``cache_connection``."""
        line = (str(problem).strip().splitlines() or [type(problem).__name__])[0].rstrip(".")
        return Mask([*passwords_in(self._connection), self._connection]).text(line)


def _class_of(plugin: str) -> type:
    """The class itself: from ansible-core 2.19 on, the loader puts a translation before its objects, with keys of its own.

    :raises Failure: where it is not installed, or keeps files.
    """
    try:
        cache_class = cache_loader.get_with_context(plugin, class_only=True).object
    except Exception:  # a plugin may raise anything
        cache_class = None
    if cache_class is None:
        raise Failure(f"cache_plugin {plugin} is not installed: check its name, and that its collection is.")
    if issubclass(cache_class, BaseFileCacheModule):
        raise Failure(
            f"cache_plugin {plugin} keeps files, which controllers cannot share: leave cache_plugin out, and give the folder as "
            f"cache_connection. It may come from the environment, VERSORI_CACHE_PLUGIN."
        )
    return t.cast(type, cache_class)
