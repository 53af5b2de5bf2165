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
from pathlib import Path

FOLDER = "versori_platform"  # below the folder that the user names, or the Ansible home
FILE = "memory.db"
LOG, JOURNAL = f"{FILE}-wal", f"{FILE}-journal"  # beside it while somebody writes, or after somebody was killed
INDEX = f"{FILE}-shm"  # of the log


@contextlib.contextmanager
def own_folder(path: str, make: bool) -> t.Iterator[tuple[int, dict[str, int]]]:
    """Our folder as a descriptor, and the memory's files in it with their sizes in bytes.

    Whoever may write in the folder above it cannot exchange what is behind a descriptor.

    :param make: make the folder and the file where they are missing, and private where they are not.
    :raises OSError: where the folder is missing; where one of them is a link, or somebody else's, who may have put anything into it; with
        ``make`` also where one cannot be made or written, which SQLite itself finds out when requests have been sent.
    """
    if make:
        os.makedirs(path, mode=0o700, exist_ok=True)
    if os.path.islink(path):  # which is not opened anyway; this says why, and so does the next line of a folder that cannot be
        raise OSError(errno.ELOOP, "its folder is a link, which may lead anywhere")
    _check_owner("its folder", os.stat(path))
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _check_owner("its folder", os.fstat(folder))
        if make:
            with contextlib.suppress(FileExistsError):
                # One that is there is opened by SQLite alone: closing it would drop the locks of this process's other connections.
                os.close(os.open(FILE, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder))
        sizes = {}
        for name in (FILE, LOG, JOURNAL, INDEX):
            with contextlib.suppress(FileNotFoundError):
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if not stat.S_ISREG(status.st_mode):
                    raise OSError(errno.EINVAL, f"{name} is not a regular file")
                _check_owner(name, status)
                sizes[name] = status.st_size
        if make:
            _make_private(folder)
            if not os.access(FILE, os.R_OK | os.W_OK, dir_fd=folder) or not os.access(".", os.W_OK, dir_fd=folder):
                raise OSError(errno.EROFS, "it is read-only here")
        yield folder, sizes
    finally:
        os.close(folder)


def _check_owner(what: str, status: os.stat_result) -> None:
    if status.st_uid != os.geteuid():
        raise OSError(errno.EPERM, f"{what} belongs to another user (id {status.st_uid})")


def _make_private(folder: int) -> None:
    """Take from everybody else what an older umask, or a volume's defaults, have given them."""
    for name, mode in ((".", 0o700), (FILE, 0o600)):
        if os.stat(name, dir_fd=folder).st_mode & 0o077:
            try:
                os.chmod(name, mode, dir_fd=folder)
            except OSError as problem:  # not on each file system; what counts is whether the folder is private in the end
                if problem.errno == errno.EROFS:
                    raise
    if os.fstat(folder).st_mode & 0o077:
        raise OSError(errno.EPERM, "its folder cannot be made its owner's alone on this file system")


def check_opened(folder: int, *names: str) -> None:
    """Make sure that SQLite, which opens by path, has opened these files in our folder, whoever exchanged that meanwhile.

    What this process has open tells, as long as it has no other connection to the file: a task closes its own. Where the system does not
    tell what is open, our folder for one, nothing is compared.

    :raises OSError: where it has opened another one.
    """
    opened = []
    with contextlib.suppress(OSError):
        for number in os.listdir("/dev/fd"):
            with contextlib.suppress(OSError):  # the one that listed them is closed by now
                opened.append(os.fstat(int(number)))

    def is_open(status: os.stat_result) -> bool:
        return any(os.path.samestat(status, opened_file) for opened_file in opened)

    if is_open(os.fstat(folder)):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                if is_open(os.stat(name, dir_fd=folder, follow_symlinks=False)):
                    continue
            raise OSError(errno.ELOOP, "somebody exchanged its folder just now")


def file_system(folder: int) -> str:
    """The type of the file system that an opened folder is on, as Linux calls it; empty where that cannot be said."""
    try:
        mount = re.search(r"^mnt_id:\s*(\d+)$", Path(f"/proc/self/fdinfo/{folder}").read_text("ascii"), re.MULTILINE)
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
        kind = re.search(rf"^{mount[1]}\s.*?\s-\s(\S+)\s", mounts, re.MULTILINE) if mount else None
    except (OSError, ValueError):
        return ""
    return kind[1] if kind else ""
