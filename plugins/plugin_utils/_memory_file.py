# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory as one SQLite file of the controller's, in a folder of our own that nobody else can enter."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import sys
import threading
import typing as t
from multiprocessing.util import Finalize
from urllib.parse import quote

from ansible import constants as C

from ..module_utils._core.failure import Failure
from ..module_utils._files import NO_PATH, expanded

try:
    import sqlite3
except ImportError:  # a Python that was built without it
    sqlite3 = None  # type: ignore[assignment]

FOLDER = "versori_platform"  # below the folder that the user names, or the Ansible home
FILE = "memory.db"
OLDEST_SQLITE = (3, 22)  # the first that reads a file in WAL mode where nothing can be written
LOCKED_FOR = 60.0  # seconds to wait for other processes that write; each of them takes milliseconds
SHORTEST_KEY = 32  # characters

_UNFINISHED = (f"{FILE}-wal", f"{FILE}-journal")  # beside it while somebody writes, or after somebody was killed
_FILES = (FILE, *_UNFINISHED, f"{FILE}-shm")
_OURS = 0x56505631  # SQLite's application_id: no other program's file is taken for ours
# Each entry brings a file from one version to the next; a file's version is how many it has been through (SQLite's user_version).
_VERSIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE records (name TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE fingerprint_key (one INTEGER PRIMARY KEY CHECK (one = 1), content TEXT NOT NULL)",
    ),
)
# The file systems on which WAL is known to work: its index is shared memory, which two hosts do not share. Everywhere else, a
# network's file systems above all, SQLite's older journal is used, which needs working locks alone.
_LOCAL = {"apfs", "bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs", "reiserfs", "tmpfs", "xfs", "zfs"}


class MemoryFile:
    """Texts by name, and the random key that fingerprints are made with. Safe to share between threads, not across a fork.

    :param folder: the folder that the user names; ``None`` for the Ansible home. The file is in a subfolder of ours.
    :param read_only: read what is there into this process's own memory, and write nothing to the disk, not even a folder.
    :raises Failure: where it cannot be used, or is damaged.
    """

    def __init__(self, folder: str | None = None, read_only: bool = False) -> None:
        self._path = folder or str(C.config.get_config_value("ANSIBLE_HOME"))
        self._lock = threading.RLock()
        if sqlite3 is None or sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise Failure(
                f"The memory needs Python's sqlite3 module with SQLite {'.'.join(map(str, OLDEST_SQLITE))} or newer, and {sys.executable} "
                f"has {sqlite3.sqlite_version if sqlite3 else 'none'}: use another Python, or a shared cache (cache_plugin)."
            )
        with self._one_sentence():
            base = os.path.abspath(expanded(os.path.expandvars(self._path)))
            self._path = os.path.join(base, FOLDER, FILE)
            self._connection = self._copy(base) if read_only else self._open(base)
            Finalize(self, self._connection.close, exitpriority=0)  # at the end of one of Ansible's workers nothing else closes it
            self._bring_up_to_date()
            self._version, self._known = self._load()

    def get(self, name: str) -> str | None:
        """The text of this name, or ``None``.

        :raises Failure: where it cannot be read.
        """
        with self._lock, self._one_sentence():
            if self._data_version() == self._version:
                return self._known.get(name)
            # Somebody else has written since all of them were read.
            row = self._connection.execute("SELECT content FROM records WHERE name = ?", (name,)).fetchone()
            return row[0] if row else None

    def set(self, name: str, content: str | None) -> None:
        """Keep a text, or with ``None`` forget it. Once this returns, a process that is killed loses nothing of it.

        :raises Failure: where it cannot be written; then what was there is there still.
        """
        with self._lock, self._one_sentence():
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
        with self._lock, self._one_sentence():
            row = self._connection.execute(query).fetchone()
            if row is None:
                self._connection.execute("INSERT OR IGNORE INTO fingerprint_key VALUES (1, ?)", (secrets.token_hex(32),))
                row = self._connection.execute(query).fetchone()
        if not isinstance(row[0], str) or len(row[0]) < SHORTEST_KEY:
            raise self.damaged("its key is none")
        return row[0]

    def close(self) -> None:
        """Close the file; the last process to do so leaves one file alone."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def damaged(self, reason: str, _name: str = "") -> Failure:
        """What to raise where something else than a memory is in the file."""
        return Failure(
            f"The memory {self._path} is damaged ({reason}), and nothing is sent without it. Move the file away: then each secret is "
            f"pushed once more."
        )

    def _open(self, base: str) -> sqlite3.Connection:
        os.makedirs(base, mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(os.path.join(base, FOLDER), mode=0o700)
        with _own_folder(base) as folder, contextlib.ExitStack() as on_failure:
            with contextlib.suppress(FileExistsError):
                # A file that is there is never opened but by SQLite: closing it would drop the locks of this process's other connections.
                os.close(os.open(FILE, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder))
            _make_private(folder)
            connection = on_failure.enter_context(contextlib.closing(self._connect("mode=rw")))
            if file_system(self._path) in _LOCAL:
                # Refused at once, without waiting, while others open the file too: it stays as it is then, and works all the same.
                with contextlib.suppress(sqlite3.OperationalError):
                    connection.execute("PRAGMA journal_mode = WAL")
            else:
                connection.execute("PRAGMA journal_mode = TRUNCATE")
            connection.execute("PRAGMA synchronous = NORMAL")
            _check_same(folder, self._path)
            on_failure.pop_all()
        return connection

    def _copy(self, base: str) -> sqlite3.Connection:
        """What is in the file, if there is one, in this process's own memory: what is done to that never reaches the disk."""
        copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        with contextlib.suppress(FileNotFoundError), _own_folder(base) as folder:
            files = _own_files(folder)
            if FILE in files:
                # Where nothing can be written, SQLite wants its own files to be there already, or to be told that nobody writes. Told
                # so, it would pass over what a run that was killed has left in them.
                whole = not any(files.get(name) for name in _UNFINISHED)
                self._first_that_opens(["mode=rw", "mode=ro", *(["mode=ro&immutable=1"] if whole else [])], copy)
                _check_same(folder, self._path)
        return copy

    def _first_that_opens(self, ways: list[str], copy: sqlite3.Connection) -> None:
        for way in ways:
            try:
                with contextlib.closing(self._connect(way)) as source:
                    source.backup(copy)
                    return
            except sqlite3.OperationalError:
                if way == ways[-1]:
                    raise

    def _connect(self, way: str) -> sqlite3.Connection:
        address = f"file:{quote(os.fsencode(self._path))}?{way}"
        connection = sqlite3.connect(address, uri=True, timeout=LOCKED_FOR, isolation_level=None, check_same_thread=False)
        connection.text_factory = lambda content: content.decode("utf-8", "replace")  # of a damaged record, whoever reads it says so
        return connection

    def _bring_up_to_date(self) -> None:
        """Make the tables, or change those of an older version; all of it or nothing, for one process at a time."""
        with self._transaction():
            [(application,)] = self._connection.execute("PRAGMA application_id")
            [(version,)] = self._connection.execute("PRAGMA user_version")
            [(tables,)] = self._connection.execute("SELECT count(*) FROM sqlite_master")
            if application != _OURS and (application or version or tables):
                raise self.damaged("it is another program's")
            if version > len(_VERSIONS):
                raise Failure(
                    f"The memory {self._path} was written by a newer version of versori.platform, and nothing is sent without it. Update "
                    f"the collection here too, or set cache_connection to another folder."
                )
            for statements in _VERSIONS[version:]:
                for statement in statements:
                    self._connection.execute(statement)
            if version < len(_VERSIONS):
                self._connection.execute(f"PRAGMA application_id = {_OURS}")
                self._connection.execute(f"PRAGMA user_version = {len(_VERSIONS)}")

    @contextlib.contextmanager
    def _transaction(self) -> t.Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")  # refused where nothing can be written, so that is found out before any request
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _load(self) -> tuple[int, dict[str, str]]:
        """All texts, with one query, and the version of the file that they are of."""
        version = self._data_version()
        return version, dict(self._connection.execute("SELECT name, content FROM records"))

    def _data_version(self) -> int:
        """A number that is another one as soon as another connection has written."""
        [(version,)] = self._connection.execute("PRAGMA data_version")
        return int(version)

    @contextlib.contextmanager
    def _one_sentence(self) -> t.Iterator[None]:
        """What the system and SQLite raise, as one sentence."""
        try:
            yield
        except sqlite3.Error as problem:
            # Of a file that is none of SQLite's, or is broken, there is the base class alone.
            if type(problem) is sqlite3.DatabaseError:
                raise self.damaged(str(problem)) from None
            raise self._unusable(f"{problem}{self._why_locked() if 'locked' in str(problem) else ''}") from None
        except (OSError, ValueError) as problem:
            raise self._unusable(_reason(problem)) from None

    def _why_locked(self) -> str:
        kind = file_system(self._path)
        other = "" if kind in _LOCAL else f", or locks do not work on its file system ({kind or 'of an unknown type'})"
        return f", for {LOCKED_FOR:g} seconds: another process is writing{other}"

    def _unusable(self, reason: str) -> Failure:
        return Failure(
            f"The memory {self._path} cannot be used: {reason}. It is needed to tell later whether a secret changed, so nothing is sent "
            f"without it. Check its folder and its disk, or set cache_connection to another folder."
        )


@contextlib.contextmanager
def _own_folder(base: str) -> t.Iterator[int]:
    """Our folder below another one, as a descriptor: whoever may write in ``base`` cannot exchange what is behind that.

    :raises OSError: where it is missing, a link, or somebody else's, who may have put anything into it.
    """
    above = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if stat.S_ISLNK(os.stat(FOLDER, dir_fd=above, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, "its folder is a link, which may lead anywhere")
        folder = os.open(FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
    finally:
        os.close(above)
    try:
        if os.fstat(folder).st_uid != os.geteuid():
            raise OSError(errno.EPERM, f"its folder belongs to another user (id {os.fstat(folder).st_uid})")
        yield folder
    finally:
        os.close(folder)


def _own_files(folder: int) -> dict[str, int]:
    """The files of the memory that are there, with their sizes in bytes.

    :param folder: the descriptor of our folder.
    :raises OSError: where one of them is no file, or is somebody else's.
    """
    sizes = {}
    for name in _FILES:
        with contextlib.suppress(FileNotFoundError):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, f"{name} is no file")
            if status.st_uid != os.geteuid():
                raise OSError(errno.EPERM, f"{name} belongs to another user (id {status.st_uid})")
            sizes[name] = status.st_size
    return sizes


def _make_private(folder: int) -> None:
    """Take from everybody else what an older umask, or a volume's defaults, have given them.

    :raises OSError: where the file system does not know of owners.
    """
    if os.fstat(folder).st_mode & 0o077:
        os.chmod(folder, 0o700)
        if os.fstat(folder).st_mode & 0o077:
            raise OSError(errno.EPERM, "its folder cannot be made its owner's alone on this file system")
    for name in _own_files(folder):
        with contextlib.suppress(FileNotFoundError):  # another process has just ended
            if os.stat(name, dir_fd=folder).st_mode & 0o077:
                os.chmod(name, 0o600, dir_fd=folder)


def _check_same(folder: int, path: str) -> None:
    """:raises OSError: where the file that SQLite has opened by its path is not the one in our folder."""
    ours = os.fstat(folder), os.stat(FILE, dir_fd=folder, follow_symlinks=False)
    opened = os.stat(os.path.dirname(path), follow_symlinks=False), os.stat(path, follow_symlinks=False)
    if not all(os.path.samestat(*pair) for pair in zip(ours, opened, strict=True)):
        raise OSError(errno.ELOOP, "somebody exchanged its folder just now")


def file_system(path: str) -> str:
    """The type of the file system that a path is on, as Linux calls it; empty where that cannot be said."""
    path = os.path.realpath(path)
    best, kind = "", ""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as mounts:
            for line in mounts:
                before, _separator, after = line.partition(" - ")
                place = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), before.split()[4])
                if len(place) >= len(best) and os.path.commonpath([place, path]) == place:  # the last one covers those before it
                    best, kind = place, after.split()[0]
    except (OSError, ValueError, IndexError):
        return ""
    return kind


def _reason(problem: OSError | ValueError) -> str:
    if isinstance(problem, OSError):
        return str(problem.strerror or problem)
    return NO_PATH if "null" in str(problem) or isinstance(problem, UnicodeEncodeError) else str(problem)
