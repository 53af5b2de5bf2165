# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes this process die at one of its steps.

A step is anything that another process could notice: a piece of a request that is about to be sent, an operation on a file of
the memory (Python's audit hooks tell of each before it happens, whatever code does it), or a statement that writes and that SQLite
is about to run there. What lies between two steps changes nothing outside, so dying before each of them is dying everywhere; that a
process may die inside a statement too is SQLite's business, and tests/unit/plugins/plugin_utils/test_memory_file.py kills it there.
"""

import os
import signal
import sqlite3
import sys
import threading

FILE_EVENTS = ("open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.chmod", "os.truncate", "os.scandir", "os.listdir")
WRITING = ("os.rename", "os.link", "os.mkdir")
WRITING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT
DONE = ("INSERT", "DELETE", "COMMIT")  # what has changed something once it has run
_PRAGMAS = ("data_version", "application_id", "user_version", "quick_check")  # with ` = ` they would write
READING = ("SELECT", "ROLLBACK", *(f"PRAGMA {name}" for name in _PRAGMAS))
ERRORS = {28: "database or disk is full", 30: "attempt to write a readonly database"}


class Dying:
    """Watches this process from now on.

    :param steps: a file that each step is appended to, with `(writes)` where it writes.
    :param at: the number of the step to die at.
    :param watched: the folder of the memory.
    :param error: a number of errno: nobody dies, but from that step on whatever would write there fails with it, as on a full disk.
    :param once: only that step does.
    """

    def __init__(self, steps, at, watched, error=None, once=False):
        self.steps, self.at, self.error, self.once = steps, at, error, once
        self.watched = os.path.join(watched, "")
        self.lock = threading.RLock()
        connect, execute = sqlite3.connect, self.execute

        class Connection(sqlite3.Connection):
            def execute(self, statement, *args):
                return execute(self, statement, *args)

        sqlite3.connect = lambda *args, **options: connect(*args, factory=Connection, **options)
        sys.addaudithook(self.hook)

    def hook(self, event, args):
        if event == "http.client.send":
            words = bytes(args[1])[:200].split(b"\r\n")[0]
            self.step("send " + (words.decode() if b" HTTP/1." in words else "the body"))
        elif event in FILE_EVENTS:
            path = os.fsdecode(args[0]) if isinstance(args[0], (str, bytes, os.PathLike)) else ""
            if os.path.join(path, "").startswith(self.watched) or path == "memory.db":  # which is opened relative to its folder
                self.step(f"{event} {path}", event in WRITING or (event == "open" and args[2] & WRITING_FLAGS), OSError)

    def execute(self, connection, statement, *args):
        writes = not statement.startswith(READING) or (statement.startswith("PRAGMA") and " = " in statement)
        if not writes or not self.watches(connection):
            return sqlite3.Connection.execute(connection, statement, *args)
        self.step(f"sql {statement}", writes, sqlite3.OperationalError)
        result = sqlite3.Connection.execute(connection, statement, *args)
        if statement.startswith(DONE):
            self.step(f"done {statement}")
        return result

    def watches(self, connection):
        """Only the memory's file: others keep what they measure in SQLite too."""
        return any(row[2].startswith(self.watched) for row in sqlite3.Connection.execute(connection, "PRAGMA database_list"))

    def step(self, what, writes=False, kind=OSError):
        with self.lock:
            handle = os.open(self.steps, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            number = os.pread(handle, 1 << 20, 0).count(b"\n")
            os.write(handle, what.encode() + (b" (writes)\n" if writes else b"\n"))
            os.close(handle)
            if self.error is not None:
                if writes and (number == self.at or (number > self.at and not self.once)):
                    raise OSError(self.error, os.strerror(self.error)) if kind is OSError else kind(ERRORS[self.error])
            elif number == self.at:
                os.kill(os.getpid(), signal.SIGKILL)
