# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder that the memory's file is in: its owner's alone, whoever may write in the one above it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import typing as t

FOLDER = "versori_platform"  # below the folder that the user names, or the Ansible home
FILE = "memory.db"
UNFINISHED = (f"{FILE}-wal", f"{FILE}-journal")  # beside it while somebody writes, or after somebody was killed
INDEX = f"{FILE}-shm"  # of the WAL


@contextlib.contextmanager
def own_folder(base: str) -> t.Iterator[int]:
    """Our folder below another one, as a descriptor: whoever may write in ``base`` cannot exchange what is behind that.

    :raises OSError: where it is missing, a link, or somebody else's, who may have put anything into it.
    """
    above = os.open(base, os.O_RDONLY)
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


def own_files(folder: int) -> dict[str, int]:
    """The files of the memory that are there, with their sizes in bytes.

    :param folder: the descriptor of our folder.
    :raises OSError: where one of them is no file, or is somebody else's.
    """
    sizes = {}
    for name in (FILE, *UNFINISHED, INDEX):
        with contextlib.suppress(FileNotFoundError):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, f"{name} is not a regular file")
            if status.st_uid != os.geteuid():
                raise OSError(errno.EPERM, f"{name} belongs to another user (id {status.st_uid})")
            sizes[name] = status.st_size
    return sizes


def make_file(folder: int) -> None:
    """Make the file, if it is not there.

    :raises OSError: where it cannot be made, or not be written, which SQLite itself finds out when requests have been sent.
    """
    with contextlib.suppress(FileExistsError):
        # One that is there is opened by SQLite alone: closing it would drop the locks of this process's other connections.
        os.close(os.open(FILE, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder))
    _make_private(folder)
    if not os.access(FILE, os.R_OK | os.W_OK, dir_fd=folder) or not os.access(".", os.W_OK, dir_fd=folder):
        raise OSError(errno.EROFS, "it is read-only here")


def _make_private(folder: int) -> None:
    """Take from everybody else what an older umask, or a volume's defaults, have given them.

    :raises OSError: where the file system does not know of owners.
    """
    if os.fstat(folder).st_mode & 0o077:
        os.chmod(folder, 0o700)
        if os.fstat(folder).st_mode & 0o077:
            raise OSError(errno.EPERM, "its folder cannot be made its owner's alone on this file system")
    for name in own_files(folder):
        with contextlib.suppress(FileNotFoundError):  # another process has just ended
            if os.stat(name, dir_fd=folder).st_mode & 0o077:
                os.chmod(name, 0o600, dir_fd=folder)


def check_opened(folder: int, *names: str) -> None:
    """Make sure that SQLite, which opens by path, has opened these files in our folder, whoever exchanged that meanwhile.

    What this process has open tells, as long as it has no other connection to the file: a task closes its own. Where the system does not
    tell what is open, nothing is compared.

    :raises OSError: where it has opened another one.
    """
    try:
        numbers = os.listdir("/dev/fd")
    except OSError:
        numbers = []
    if str(folder) not in numbers:  # which is open
        return
    opened = []
    for number in numbers:
        with contextlib.suppress(OSError):  # the one that listed them is closed by now
            opened.append(os.fstat(int(number)))
    for name in names:
        try:
            ours = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            ours = None
        if not ours or not any(os.path.samestat(ours, one) for one in opened):
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
