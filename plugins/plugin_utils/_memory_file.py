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
import time
import typing as t
from urllib.parse import quote

from ansible import constants as C

from ..module_utils._core.failure import Failure
from ..module_utils._files import NO_PATH, expanded
from ._memory_folder import FILE, FOLDER, INDEX, UNFINISHED, check_opened, file_system, make_file, own_files, own_folder

try:
    import sqlite3
except ImportError:  # a Python that was built without it
    sqlite3 = None  # type: ignore[assignment]

MIN_SQLITE = (3, 22)  # the first that reads a file in WAL mode where nothing can be written
BUSY_TIMEOUT = 60.0  # seconds to wait for other processes that write; each of them takes milliseconds
MIN_KEY_LENGTH = 32  # characters

_APPLICATION_ID = 0x56505631  # SQLite's: no other program's file is taken for ours
# Each entry brings a file from one version to the next; a file's version is how many it has been through (SQLite's user_version).
_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE records (name TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE fingerprint_key (id INTEGER PRIMARY KEY CHECK (id = 1), content TEXT NOT NULL)",
    ),
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
    :param read_only: work on a copy in this process's memory: nothing that is remembered changes, and no file or folder is made.
    :raises Failure: where it cannot be used, or is damaged.
    """

    def __init__(self, folder: str | None = None, read_only: bool = False) -> None:
        self._lock = threading.Lock()
        self._file: os.stat_result | None = None  # what the file is, unless this is a copy
        if sqlite3 is None or sqlite3.sqlite_version_info < MIN_SQLITE:
            raise Failure(
                f"The memory needs Python's sqlite3 module with SQLite {'.'.join(map(str, MIN_SQLITE))} or newer, and {sys.executable} "
                f"has {sqlite3.sqlite_version if sqlite3 else 'none'}: use another Python, or a shared cache (cache_plugin)."
            )
        home = str(C.config.get_config_value("ANSIBLE_HOME") or "~/.ansible")
        base = _full_path(folder) if folder else os.path.abspath(os.path.expanduser(home))
        self._path = os.path.join(base, FOLDER, FILE)
        with contextlib.ExitStack() as on_failure, self._as_failure():
            if read_only:
                self._connection = on_failure.enter_context(contextlib.closing(_sqlite(":memory:")))
                with contextlib.suppress(FileNotFoundError), own_folder(base) as own:
                    self._copy(own)
                self._migrate()
            else:
                os.makedirs(base, mode=0o700, exist_ok=True)
                with contextlib.suppress(FileExistsError):
                    os.mkdir(os.path.join(base, FOLDER), mode=0o700)
                with own_folder(base) as own:
                    make_file(own)
                    self._connection = on_failure.enter_context(contextlib.closing(self._connect("mode=rw")))
                    self._open(own)
            self._version, self._known = self._load()
            on_failure.pop_all()

    def __str__(self) -> str:
        return self._path

    def get(self, name: str) -> str | None:
        """The text of this name, or ``None``.

        :raises Failure: where it cannot be read.
        """
        with self._lock, self._as_failure():
            if self._data_version() == self._version:
                return self._known.get(name)
            # Somebody else has written since all of them were read.
            row = self._connection.execute("SELECT content FROM records WHERE name = ?", (name,)).fetchone()
            return row[0] if row else None

    def set(self, name: str, content: str | None) -> None:
        """Keep a text, or with ``None`` forget it. Once this returns, a process that is killed loses nothing of it.

        :raises Failure: where it cannot be written; then what was there is there still.
        """
        with self._lock, self._as_failure():
            if self._file and not os.path.samestat(self._file, os.stat(self._path)):
                raise OSError(errno.ESTALE, "somebody exchanged it while this task was running")
            if content is None:
                self._connection.execute("DELETE FROM records WHERE name = ?", (name,))
                self._known.pop(name, None)
            else:
                self._connection.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", (name, content))
                self._known[name] = content

    def key(self) -> str:
        """The random key of this file, made when it is first asked for. Of two processes that ask at once, both get the same one.

        :raises Failure: where it cannot be made or read.
        """
        query = "SELECT content FROM fingerprint_key"
        with self._lock, self._as_failure():
            row = self._connection.execute(query).fetchone()
            if row is None:
                self._connection.execute("INSERT OR IGNORE INTO fingerprint_key VALUES (1, ?)", (secrets.token_hex(32),))
                row = self._connection.execute(query).fetchone()
        if not isinstance(row[0], str) or len(row[0]) < MIN_KEY_LENGTH:
            raise self.damaged("its key is not valid")
        return row[0]

    def close(self) -> None:
        """Close it; the last process to do so leaves one file, with everything in it."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def damaged(self, reason: str, _name: str = "") -> Failure:
        """What to raise where something else than a memory is in the file."""
        return Failure(
            f"The memory {self._path} is damaged ({reason}), and nothing is sent without it. Move the file away: then each secret is "
            f"pushed once more."
        )

    def _open(self, own: int) -> None:
        """Judge what is in the file, before anything is written to it, and bring it up to date.

        :param own: the descriptor of our folder.
        """
        check_opened(own, FILE)
        self._migrate()
        self._choose_journal()
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._transaction():
            wal = self._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            check_opened(own, FILE, *((UNFINISHED[0], INDEX) if wal else ()))
        self._file = os.stat(FILE, dir_fd=own)

    def _copy(self, own: int) -> None:
        """Read what is in the file, if there is one: what is done to this copy never reaches the disk."""
        sizes = own_files(own)
        if FILE in sizes:
            # What a run that was killed has left beside the file belongs to it, and is left there. Where nothing can be written and
            # nothing is left, SQLite wants to be told that nobody writes.
            unfinished = any(sizes.get(name) for name in UNFINISHED)
            modes = ("mode=ro", "mode=rw") if unfinished else ("mode=rw", "mode=ro&immutable=1")
            for mode in modes:
                try:
                    with contextlib.closing(self._connect(mode)) as source:
                        source.execute("BEGIN")  # backup() would wait for a lock without end; this does so for BUSY_TIMEOUT
                        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
                        check_opened(own, FILE, *(name for name in (UNFINISHED[0],) if sizes.get(name)))
                        source.backup(self._connection)
                        break
                except sqlite3.OperationalError as problem:
                    if mode == modes[-1] or "locked" in str(problem):
                        raise

    def _connect(self, mode: str) -> sqlite3.Connection:
        return _sqlite(f"file://{quote(os.fsencode(self._path))}?{mode}")

    def _choose_journal(self) -> None:
        if file_system(self._path) in _LOCAL:
            # Refused while others use the file, which then stays as it is and works all the same: nothing to wait for.
            self._connection.execute("PRAGMA busy_timeout = 0")
            with contextlib.suppress(sqlite3.OperationalError):
                self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT * 1000:.0f}")
            return
        until = time.monotonic() + BUSY_TIMEOUT
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = TRUNCATE")
                return
            except sqlite3.OperationalError:  # refused at once while others use the file in WAL mode
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _migrate(self) -> None:
        """Make the tables, or change those of an older version; all of it or nothing, for one process at a time."""
        with self._transaction():
            [(application,)] = self._connection.execute("PRAGMA application_id")
            [(version,)] = self._connection.execute("PRAGMA user_version")
            [(tables,)] = self._connection.execute("SELECT count(*) FROM sqlite_master")
            if application != _APPLICATION_ID and (application or version or tables):
                raise self.damaged("it is another program's")
            if version > len(_MIGRATIONS):
                raise Failure(
                    f"The memory {self._path} was written by a newer version of versori.platform, and nothing is sent without it. Update "
                    f"the collection here too, or set cache_connection to another folder."
                )
            for statements in _MIGRATIONS[version:]:
                for statement in statements:
                    self._connection.execute(statement)
            if version < len(_MIGRATIONS):
                self._connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                self._connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")

    @contextlib.contextmanager
    def _transaction(self) -> t.Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a disk that is full ends it by itself
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _load(self) -> tuple[int, dict[str, str]]:
        """All texts, with one query, and the version of the file that they are of."""
        [(found,), *_more] = self._connection.execute("PRAGMA quick_check")
        if found != "ok":
            raise self.damaged("SQLite finds faults in it")
        version = self._data_version()
        return version, dict(self._connection.execute("SELECT name, content FROM records"))

    def _data_version(self) -> int:
        """A number that is another one as soon as another connection has written."""
        [(version,)] = self._connection.execute("PRAGMA data_version")
        return int(version)

    @contextlib.contextmanager
    def _as_failure(self) -> t.Iterator[None]:
        """What the system and SQLite raise, as one sentence."""
        try:
            yield
        except sqlite3.Error as problem:
            reason = str(problem).rstrip(".")
            if "locked" in reason:
                raise self._locked() from None
            if not any(words in reason for words in _OF_THE_PLACE):
                raise self.damaged(reason) from None
            too_long = "unable to open" in reason and len(os.fsencode(self._path)) > _LONGEST_PATH
            raise self._unusable("its path is too long for SQLite" if too_long else reason) from None
        except UnicodeDecodeError:  # of what SQLite says about a text that is none
            raise self.damaged("it holds bytes that are no text") from None
        except (OSError, ValueError) as problem:
            raise self._unusable(_reason(problem)) from None

    def _locked(self) -> Failure:
        kind = file_system(self._path)
        other = "" if kind in _LOCAL else f", or locks do not work on its file system ({kind or 'of an unknown type'})"
        return Failure(
            f"The memory {self._path} has been locked for {BUSY_TIMEOUT:g} seconds: another process is writing to it{other}. Nothing is "
            f"sent without it. Run this again when that process has ended."
        )

    def _unusable(self, reason: str) -> Failure:
        return Failure(
            f"The memory {self._path} cannot be used: {reason}. It is needed to tell later whether a secret changed, so nothing is sent "
            f"without it. Check its folder and its disk, or set cache_connection to another folder."
        )


def _sqlite(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.text_factory = lambda content: content.decode("utf-8", "replace")  # of a damaged record, whoever reads it says so
    return connection


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


def _reason(problem: OSError | ValueError) -> str:
    if isinstance(problem, (FileExistsError, NotADirectoryError)):
        return "there is a file where its folder should be"
    if isinstance(problem, OSError):
        return str(problem.strerror or problem)
    return NO_PATH if "null" in str(problem) or isinstance(problem, UnicodeEncodeError) else str(problem)
