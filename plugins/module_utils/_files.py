# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads files that users name, and refuses pipes, devices and sockets before they are opened: reading one may never end."""

from __future__ import annotations

import contextlib
import errno
import os
import stat

NO_PATH = "its path holds characters that no path has"
_NO_FILE = "it is a pipe, a device or a socket, not a file"


def check_regular(path: str) -> None:
    """:raises OSError: where there is no regular file; its ``strerror`` says what is there instead."""
    try:
        mode = os.stat(path).st_mode
    except ValueError:  # a NUL, or half of a surrogate pair
        raise OSError(errno.EINVAL, NO_PATH) from None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, _NO_FILE)


def read_regular(path: str) -> bytes:
    """The content of a file.

    :raises OSError: where there is none, or it cannot be read; see :func:`check_regular`.
    """
    check_regular(path)
    with open(path, "rb") as file:
        return file.read()


def as_named_here(path: str) -> str:
    """A path beyond ASCII as Python names it where the locale is not UTF-8, on another host say; the file's name is UTF-8 all the same."""
    with contextlib.suppress(UnicodeEncodeError):  # of what can be no path, as is found when it is used
        return os.fsdecode(path.encode("utf-8", "surrogateescape"))
    return path


def expanded(path: str) -> str:
    """A path with the home folder in it filled in.

    :raises OSError: where it can be none.
    """
    try:
        return os.path.expanduser(path)
    except ValueError:  # "~" and a NUL: there is no such user
        raise OSError(errno.EINVAL, NO_PATH) from None
