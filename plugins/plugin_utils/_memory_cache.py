# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory in a cache that several controllers share, Redis for one, through its Ansible cache plugin."""

from __future__ import annotations

import contextlib
import re
import threading
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.cache import BaseFileCacheModule
from ansible.plugins.loader import cache_loader

from ..module_utils._core.failure import Failure
from ..module_utils._core.masking import Mask

_DAMAGED = (ValueError, TypeError, LookupError, AttributeError)  # what plugins raise for a value that is not what they wrote
# host:port:db:password, with sentinels host:port;db:password, or as a URL ://user:password@host
_PASSWORD = re.compile(r"(?::\d+:|;)\d+:(.+)$|://[^/@]*?:(.+)@")


class SharedCache:
    """Texts by name. Safe to share between threads.

    :param plugin: the plugin's full name.
    :param connection: where it keeps its records; ``None`` for its own default.
    :param prefix: what all names begin with.
    :raises Failure: where it is not installed, keeps files, or cannot be reached.
    """

    def __init__(self, plugin: str, connection: str | None, prefix: str) -> None:
        self._name = plugin
        self._where = connection or ""
        self._prefix = prefix
        self._lock = threading.Lock()
        # A server that went away. A client waits seconds for it: once is enough, and not again for each of a thousand credentials.
        self._broken: Failure | None = None
        self._class = self._find()
        self._cache = self._open()
        self._get(self._cache, f"{prefix}probe")  # a server that is down must not look like one that has no records

    def get(self, name: str) -> str | None:
        """The text of this name, or ``None``.

        :raises Failure: where the cache is out of reach, which does not mean that there is none.
        """
        with self._lock:
            return self._get(self._cache, name)

    def set(self, name: str, content: str | None) -> None:
        """Keep a text, or with ``None`` forget it.

        :raises Failure: where it did not arrive.
        """
        with self._lock:
            if content is None:
                with contextlib.suppress(KeyError), self._one_sentence(name):
                    self._cache.get(name)  # the plugin of memcached deletes only what it has read
                    self._cache.delete(name)
                return
            before = self._get(self._cache, name)
            for _attempt in range(2):  # a plugin that finds no record may delete the one that has just been written
                with self._one_sentence(name):
                    self._cache.set(name, content)
                # What a plugin holds in its own memory proves nothing: a second one reads what has really been stored.
                stored = self._get(self._open(), name)
                if stored == content or stored not in (None, before):  # another controller wrote at the same time
                    return
        raise self._unusable("what was written could not be read back")

    def damaged(self, reason: str, name: str) -> Failure:
        """What to raise where something else than a record has this name."""
        return Failure(
            f"A record in the memory (cache_plugin {self._name}) is damaged ({reason}), and nothing is sent without it. Delete the key "
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
                f"cache_plugin {self._name} keeps files on one controller, as the memory does without it: leave cache_plugin out, and give "
                f"the folder as cache_connection."
            )
        return t.cast(type, found)

    def _open(self) -> t.Any:
        """The plugin itself, from its class: from ansible-core 2.19 on, the loader puts a translation before it, with keys of its own."""
        # The names bring their prefix along. A timeout of 0 never ends. Redis plugins list their keys in a set, usually that of the facts.
        options = {"_prefix": "", "_timeout": 0, "_keyset_name": f"{self._prefix}keys", **({"_uri": self._where} if self._where else {})}
        try:
            return self._class(**options)
        except Exception as problem:  # a missing library's ImportError for one
            raise self._unusable(problem) from None

    def _get(self, cache: t.Any, name: str) -> str | None:
        stored = None
        with contextlib.suppress(KeyError), self._one_sentence(name):
            stored = cache.get(name)
        return stored if isinstance(stored, str) else None  # older forms of this collection wrote mappings

    @contextlib.contextmanager
    def _one_sentence(self, name: str) -> t.Iterator[None]:
        """What a plugin raises, which may be anything, as one sentence; but for the KeyError that says "there is none"."""
        if self._broken:
            raise self._broken
        try:
            yield
        except KeyError:
            raise
        except _DAMAGED as problem:
            raise self.damaged(self._without_password(problem), name) from None
        except Exception as problem:
            self._broken = self._unusable(problem)
            raise self._broken from None

    def _unusable(self, problem: t.Any) -> Failure:
        return Failure(
            f"The memory (cache_plugin {self._name}) cannot be used: {self._without_password(problem)}. It is needed to tell later whether "
            f"a secret changed, so nothing is sent without it. Check the server, and cache_connection."
        )

    def _without_password(self, problem: t.Any) -> str:
        """The first line of what a plugin says, without the password that may be in ``cache_connection``."""
        passwords = [text for found in _PASSWORD.findall(self._where) for text in found]
        return Mask([*passwords, self._where]).text(_first_line(problem))


def _first_line(problem: t.Any) -> str:
    text = str(getattr(problem, "message", None) or problem) if isinstance(problem, AnsibleError) else str(problem)
    return (text.strip().splitlines() or [type(problem).__name__])[0].rstrip(".")
