# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For tests: watches each Python process of a run, which finds this on its PYTHONPATH.

Into SPY_FOLDER goes a copy of every file below SPY_WATCHED that is about to go away, so what existed for a moment only can
be looked at too; and every child with its arguments and environment, and every line for the system's log. Each request whose URL
holds SPY_BUG is an exception that nobody has foreseen and that tells everything.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import syslog
import tempfile

FOLDER = os.environ["SPY_FOLDER"]
WATCHED = tuple(os.environ["SPY_WATCHED"].split(os.pathsep))


def keep(kind: str, content: bytes) -> None:
    path = os.path.join(FOLDER, f"{kind}-{hashlib.sha256(content).hexdigest()}")
    if not os.path.exists(path):
        handle, draft = tempfile.mkstemp(dir=os.path.join(FOLDER, "drafts"))
        os.write(handle, content)
        os.close(handle)
        os.link(draft, path) if not os.path.exists(path) else None


def keep_file(path: str) -> None:
    try:
        with open(path, "rb") as file:
            keep("file", file.read())
    except OSError:
        pass  # it went away, or is no plain file


def keep_all(folder: str) -> None:
    for where, _folders, names in os.walk(folder):
        for name in names:
            keep_file(os.path.join(where, name))


def resolved(path: str, folder: int | None) -> str:
    path = os.fsdecode(path)
    return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path) if folder not in (None, -1) else os.path.abspath(path)


busy = False


def watch(event: str, args: tuple) -> None:
    global busy
    if busy or event not in ("os.remove", "shutil.rmtree", "os.rename", "subprocess.Popen"):
        return
    busy = True
    try:
        if event == "subprocess.Popen":
            _executable, command, _cwd, env = args
            keep("child", json.dumps([str(command), {str(key): str(value) for key, value in (env or os.environ).items()}]).encode())
            for folder in WATCHED:
                keep_all(folder)  # a shell may be about to remove it
        elif (path := resolved(args[0], args[-1] if event != "os.rename" else args[2])).startswith(WATCHED):
            keep_all(path) if event == "shutil.rmtree" else keep_file(path)
    finally:
        busy = False


def log(*args: object) -> None:
    keep("syslog", repr(args).encode())


sys.addaudithook(watch)
syslog.syslog = log

if "SPY_BUG" in os.environ:
    import urllib3

    send = urllib3.HTTPConnectionPool.urlopen

    def send_or_tell_everything(self, method, url, body=None, headers=None, *args, **options):
        if os.environ["SPY_BUG"] in url:
            raise RuntimeError(f"{method} {url} {body} {headers}")
        return send(self, method, url, body, headers, *args, **options)

    urllib3.HTTPConnectionPool.urlopen = send_or_tell_everything
