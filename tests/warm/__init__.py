# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that start without importing Ansible first: most of a run's time is Python reading ansible-core.

`run` is `subprocess.run` for a Python command such as ansible-playbook, and `interpreter` is a Python for the hosts of a
play. Both fork off a process that has done its imports (see server.py). TEST_COLD=1 in the environment starts everything as
a user does; tests/warm/test_warm.py holds the two against each other.
"""

from __future__ import annotations

import atexit
import functools
import marshal
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

COLD = bool(os.environ.get("TEST_COLD"))

# Python reads these when it starts; where they differ, only a start of its own will do.
AT_START = ("PYTHON", "LC_", "LANG", "LD_", "OPENSSL_", "MALLOC_", "GLIBC_")

LAUNCHER = """#!{python} -IS
import _socket, marshal, os, struct, sys

def at_start():
    return {{name: value for name, value in os.environ.items() if name.startswith({at_start!r})}}

if sys.argv[1:2] and sys.argv[1].startswith("-") or at_start() != {environ!r}:
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
os.umask(umask := os.umask(0))
request = marshal.dumps([sys.argv[1:], dict(os.environ), os.getcwd(), umask])
connection = _socket.socket(_socket.AF_UNIX)
connection.connect({address!r})
files = struct.pack("3i", 0, 1, 2)
connection.sendmsg([struct.pack("!Q", len(request))], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
connection.sendall(request)
code = int(connection.recv(8) or -9)
if code < 0:
    os.kill(os.getpid(), -code)
os._exit(code)
"""


def at_start(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.startswith(AT_START)}


class Server:
    """A process of server.py.

    :param kind: what it has imported, a key of server.ROOTS.
    """

    def __init__(self, kind: str):
        self.folder = Path(tempfile.mkdtemp(prefix="warm-"))  # not a test's own: a socket's path must be short
        self.address = str(self.folder / "socket")
        here = Path(__file__)
        command = [sys.executable, str(here.with_name("server.py")), kind, str(here.parents[2]), self.address]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(self.close)
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n"

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, command: Sequence[str], environ: Mapping[str, str], folder: Path, files: Sequence[int]) -> int:
        """Run a Python script in a new process; the exit code, negative for a signal."""
        os.umask(umask := os.umask(0))
        request = marshal.dumps([list(command), dict(environ), str(folder), umask])
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.address)
            socket.send_fds(connection, [struct.pack("!Q", len(request))], list(files))
            connection.sendall(request)
            return int(connection.recv(8) or -9)


_servers: dict[str, Server] = {}


def server(kind: str) -> Server:
    """The server of this process; another one where a test of killing has hit it."""
    if kind not in _servers or _servers[kind].process.poll() is not None:
        _servers[kind] = Server(kind)
    return _servers[kind]


def run(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of this Python's environment to its end, without standard input."""
    program = shutil.which(command[0], path=environ["PATH"])
    if COLD or program is None or at_start(environ) != at_start(os.environ):
        return subprocess.run(command, env=environ, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    with open(os.devnull) as stdin, tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        files = [one.fileno() for one in (stdin, stdout, stderr)]
        code = server("playbook").run([program, *command[1:]], environ, folder, files)
        for one in (stdout, stderr):
            one.seek(0)
        return subprocess.CompletedProcess(command, code, stdout.read(), stderr.read())


@functools.cache
def interpreter() -> str:
    """The path of a Python for programs from files and from standard input, as modules arrive on a host."""
    if COLD:
        return sys.executable
    serving = server("module")
    launcher = serving.folder / "python3"
    launcher.write_text(LAUNCHER.format(python=sys.executable, at_start=AT_START, environ=at_start(os.environ), address=serving.address))
    launcher.chmod(0o755)
    return str(launcher)
