# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory as one SQLite file of the controller's, in a folder of our own that nobody else can enter."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import sys
import threading
import typing as t
from urllib.parse import quote

from ansible import constants as C

from ..module_utils._core.failure import Failure
from ..module_utils._files import NO_PATH, expanded
from ._memory_folder import FILE, FOLDER, INDEX, JOURNAL, LOG, check_opened, file_system, own_folder

try:
    import sqlite3
except ImportError:  # a Python that was built without it
    sqlite3 = None  # type: ignore[assignment]

MIN_SQLITE = (3, 22)  # the first that reads a file in WAL mode where nothing can be written
BUSY_TIMEOUT = 60.0  # seconds to wait for other processes that write; each of them takes milliseconds
MIN_KEY_LENGTH = 32  # characters

_APPLICATION_ID = 0x56505631  # SQLite's: no other program's file is taken for ours
_VERSION = 1  # of the tables (SQLite's user_version)
_TABLES = (
    "CREATE TABLE records (name TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE fingerprint_key (id INTEGER PRIMARY KEY CHECK (id = 1), content TEXT NOT NULL)",
)
# The file systems on which WAL is known to work: its index is shared memory, which two hosts do not share. Everywhere else, a
# network's file systems above all, SQLite's older journal is used, which needs working locks alone.
_LOCAL = {"bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs", "reiserfs", "tmpfs", "xfs", "zfs"}
# What SQLite says of the place that a file is in. Whatever else it says is about what is in the file.
_OF_THE_PLACE = ("readonly", "unable to open", "full", "I/O error", "interrupted")
_LONGEST_PATH = 480  # bytes; SQLite takes 512, and its own files have longer names


class MemoryFile:
    """Texts by name, and the random key that fingerprints are made with. Safe to share between threads, not across a fork.

    :param folder: the folder that the user names; ``None`` for the Ansible home. The file is in a subfolder of its own.
    :param check_mode: work on a copy in this process's memory: nothing that is remembered changes, and no file or folder is made.
    :raises Failure: where it cannot be used, or is damaged.

    ``place`` is the path of the file.
    """

    def __init__(self, folder: str | None = None, check_mode: bool = False) -> None:
        self._lock = threading.Lock()
        self._file: os.stat_result | None = None  # what the file is, unless this is a copy
        # What was said of a lock that lasted too long, by whether it was to write: no other credential of this task waits again.
        self._locked: dict[bool, str] = {}
        if sqlite3 is None or sqlite3.sqlite_version_info < MIN_SQLITE:
            raise Failure(
                f"The memory needs Python's sqlite3 module with SQLite {'.'.join(map(str, MIN_SQLITE))} or newer, and {sys.executable} "
                f"has {sqlite3.sqlite_version if sqlite3 else 'none'}: use another Python, or a shared cache (cache_plugin)."
            )
        base = _full_path(folder) if folder else _home()
        own_path = os.path.join(base, FOLDER)
        self.place = os.path.join(own_path, FILE)
        with contextlib.ExitStack() as on_failure, self._as_failure():
            if check_mode:
                self._connection = on_failure.enter_context(contextlib.closing(self._connect("memory")))
                with contextlib.suppress(FileNotFoundError), own_folder(own_path, make=False) as (own, sizes):
                    self._copy(own, sizes)
                self._check_content()
            else:
                with own_folder(own_path, make=True) as (own, _sizes):
                    self._connection = on_failure.enter_context(contextlib.closing(self._connect("rw")))
                    check_opened(own, FILE)
                    self._check_content()
                    self._choose_journal(own)
            on_failure.pop_all()

    def get(self, name: str) -> str | None:
        """The text of this name, or ``None``.

        :raises Failure: where it cannot be read.
        """
        with self._lock, self._as_failure():
            row = self._connection.execute("SELECT content FROM records WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set(self, name: str, content: str | None) -> None:
        """Keep a text, or with ``None`` forget it. Once this returns, a process that is killed loses nothing of it.

        :raises Failure: where it cannot be written; then what was there is there still.
        """
        with self._lock, self._as_failure(writes=True):
            if self._file and not os.path.samestat(self._file, os.stat(self.place)):
                raise OSError(errno.ESTALE, "somebody exchanged it while this task was running")
            if content is None:
                self._connection.execute("DELETE FROM records WHERE name = ?", (name,))
            else:
                self._connection.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", (name, content))

    def items(self) -> dict[str, str]:
        """All texts, by their names.

        :raises Failure: where they cannot be read.
        """
        with self._lock, self._as_failure():
            return dict(self._connection.execute("SELECT name, content FROM records"))

    def key(self, moved: str | None = None) -> str:
        """The key of this file, made when it is first asked for. Of two processes that ask at once, both get the same one.

        :param moved: the key of another file whose records move here, in place of the one that is there; without it a new one is random.
        :raises Failure: where it cannot be made or read.
        """
        with self._lock, self._as_failure():
            instead = "REPLACE" if moved else "IGNORE"
            self._connection.execute(f"INSERT OR {instead} INTO fingerprint_key VALUES (1, ?)", (moved or secrets.token_hex(32),))
        return str(self.stored_key())

    def stored_key(self) -> str | None:
        """The same, or ``None`` where there is none yet.

        :raises Failure: where it cannot be read.
        """
        with self._lock, self._as_failure():
            row = self._connection.execute("SELECT content FROM fingerprint_key").fetchone()
        if row and (not isinstance(row[0], str) or len(row[0]) < MIN_KEY_LENGTH):
            raise self.damaged("its key is not valid")
        return row[0] if row else None

    def close(self) -> None:
        """Close it; the last process to do so leaves one file, with everything in it."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def damaged(self, reason: str, _name: str = "") -> Failure:
        """What to raise where something else than a memory is in the file."""
        return Failure(
            f"The memory {self.place} is damaged ({reason}), and nothing is sent without it. Move the file away: then each secret is "
            f"pushed once more."
        )

    def _connect(self, mode: str) -> sqlite3.Connection:
        address = f"file://{quote(os.fsencode(self.place))}?mode={mode}"
        return sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)

    def _copy(self, own: int, sizes: dict[str, int]) -> None:
        """Read what is in the file, if there is one: what is done to this copy never reaches the disk.

        :param own: the descriptor of our folder.
        :param sizes: its files, in bytes.
        """
        if FILE in sizes:
            if sizes.get(LOG):  # of a run that was killed, for the next one
                mode = "ro"
            elif sizes.get(JOURNAL) or os.access(".", os.W_OK, dir_fd=own):
                mode = "rw"
            else:  # SQLite wants to be told that nobody writes
                mode = "ro&immutable=1"
            with contextlib.closing(self._connect(mode)) as source:
                source.execute("BEGIN")  # backup() would wait for a lock without end; this does so for BUSY_TIMEOUT
                source.execute("SELECT count(*) FROM sqlite_master").fetchone()
                check_opened(own, *((FILE, LOG) if sizes.get(LOG) else (FILE,)))
                source.backup(self._connection)

    def _check_content(self) -> None:
        """Judge what is in the file, before anything is written to it, and make the tables of a new one.

        :raises Failure: for anything else than a whole memory of this version.
        """
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            [(application,)] = self._connection.execute("PRAGMA application_id")
            [(version,)] = self._connection.execute("PRAGMA user_version")
            [(tables,)] = self._connection.execute("SELECT count(*) FROM sqlite_master")
            if not (application or version or tables):
                for statement in (*_TABLES, f"PRAGMA application_id = {_APPLICATION_ID}", f"PRAGMA user_version = {_VERSION}"):
                    self._connection.execute(statement)
            elif application != _APPLICATION_ID:
                raise self.damaged("it is another program's")
            elif version > _VERSION:
                raise Failure(
                    f"The memory {self.place} was written by a newer version of versori.platform, and nothing is sent without it. Update "
                    f"the collection here too, or set cache_connection to another folder."
                )
        if self._connection.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
            raise self.damaged("SQLite finds faults in it")
        self._connection.execute("SELECT content FROM records LIMIT 0")  # refused where there is no such table

    def _choose_journal(self, own: int) -> None:
        local = file_system(own) in _LOCAL
        with contextlib.suppress(sqlite3.OperationalError):  # refused while others use the file, which then stays as it is
            self._connection.execute(f"PRAGMA journal_mode = {'WAL' if local else 'TRUNCATE'}")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            wal = self._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            check_opened(own, *((FILE, LOG, INDEX) if wal else (FILE,)))
        if wal and not local:
            raise OSError(errno.EBUSY, "another process has opened it with WAL, which does not work on its file system")
        self._file = os.stat(FILE, dir_fd=own)

    @contextlib.contextmanager
    def _as_failure(self, writes: bool = False) -> t.Iterator[None]:
        """What SQLite or the system says, as one sentence."""
        if said := self._locked.get(False) or (writes and self._locked.get(True)):
            raise Failure(said)
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as problem:
            reason = str(getattr(problem, "strerror", None) or problem).rstrip(".")
            if isinstance(problem, UnicodeDecodeError) or "decode" in reason:  # SQLite repeats the text, which may be the key
                raise self.damaged("it holds bytes that are no text") from None
            if isinstance(problem, ValueError):
                reason = NO_PATH
            elif isinstance(problem, (FileExistsError, NotADirectoryError)):
                reason = "there is a file where its folder should be"
            elif isinstance(problem, sqlite3.Error) and "locked" in reason:
                locked = Failure(
                    f"The memory {self.place} has been locked for {BUSY_TIMEOUT:g} seconds: another process is writing to it, or locks do "
                    f"not work on its file system. Nothing is sent without it. Run this again when that process has ended."
                )
                self._locked[writes] = locked.msg
                raise locked from None
            elif isinstance(problem, sqlite3.Error) and not any(words in reason for words in _OF_THE_PLACE):
                raise self.damaged(reason) from None
            elif "unable to open" in reason and len(os.fsencode(self.place)) > _LONGEST_PATH:
                reason = "its path is too long for SQLite"
            raise Failure(
                f"The memory {self.place} cannot be used: {reason}. It is needed to tell later whether a secret changed, so nothing is "
                f"sent without it. Check its folder and its disk, or set cache_connection to another folder."
            ) from None


def _home() -> str:
    """The Ansible home.

    :raises Failure: where the user has no home, or ANSIBLE_HOME names a user who is not there: Ansible then takes a folder named ``~``
        or ``~user`` in the working directory, and each of those would have a memory of its own.
    """
    home = str(C.config.get_config_value("ANSIBLE_HOME"))
    if any(part.startswith("~") for part in home.split(os.sep)):
        raise Failure(
            "There is no home folder to keep the memory in: neither HOME nor the user database names one, and nothing is sent without "
            "it. Set HOME or ANSIBLE_HOME, or cache_connection."
        )
    return home


def _full_path(folder: str) -> str:
    """A folder that a user names, with ``~`` and variables filled in.

    :raises Failure: where it does not say by itself which folder that is. It is not repeated: without ``cache_plugin``, the connection
        of a server arrives here too, and its password with it.
    """
    try:
        path = os.path.expandvars(expanded(folder))
    except OSError:
        path = ""
    if not os.path.isabs(path) or path != path.strip() or "$" in path or "{{" in path:
        raise Failure(
            "cache_connection must be the full path of a folder where cache_plugin is not set, without blanks around it, and with no "
            "variable that is not set. It is not shown here, since it may hold a password. For Redis and the like, set cache_plugin too."
        )
    return path
