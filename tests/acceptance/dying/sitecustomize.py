# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a Python process die at one of its steps. Python loads it by itself, from PYTHONPATH, where a test asks for that.

A step is anything that another process could notice: a piece of a request that is about to be sent, or an operation on a
file of the memory, which is also half done. Python's audit hooks tell of each before it happens, whatever code does it; only
of what is written into an open file there is no event. What lies between two steps changes nothing outside, so dying before
each of them is dying everywhere.

DYING, as JSON: `steps`, a file that each step is appended to; `at`, the number of the one to die at, or null; `watched`, the
folder of the memory; `top`, the process with whose death the run ends, children and grandchildren included; `error`, a number
of errno: nobody dies, but from that step on whatever would write below the folder fails with it, as on a full disk, or
with `once` only that step.
"""

import json
import os
import signal
import sys
import threading

FILE_EVENTS = ("open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.chmod", "os.truncate", "os.scandir", "os.listdir")
WRITING = ("os.rename", "os.link", "os.mkdir")
PWRITE = os.pwrite
WRITING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Dying:
    def __init__(self, steps, at, watched, top, error=None, once=False):
        self.steps, self.at, self.top, self.error, self.once = steps, at, top, error, once
        self.watched = os.path.join(watched, "")
        self.lock = threading.RLock()

    def hook(self, event, args):
        if event == "http.client.send":
            words = bytes(args[1])[:200].split(b"\r\n")[0]
            if b"/_simulator/" not in words:
                self.step("send " + (words.decode() if b" HTTP/1." in words else "the body"))
        elif event in FILE_EVENTS:
            path = os.fsdecode(args[0]) if isinstance(args[0], (str, bytes, os.PathLike)) else ""
            if os.path.join(path, "").startswith(self.watched):
                if event == "os.rename":
                    self.step("half written " + path, half=lambda: os.truncate(path, os.stat(path).st_size // 2))
                writes = event in WRITING or (event == "open" and args[2] & WRITING_FLAGS)
                self.step(f"{event} {path}", writes=writes)

    def step(self, what, half=None, writes=False):
        with self.lock:
            handle = os.open(self.steps, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            number = os.pread(handle, 1 << 20, 0).count(b"\n")
            os.write(handle, what.encode() + b"\n")
            os.close(handle)
            if self.error is not None:
                if writes and (number == self.at or (number > self.at and not self.once)):
                    raise OSError(self.error, os.strerror(self.error))
            elif number == self.at:
                if half:
                    half()
                self.die()

    def pwrite(self, handle, content, offset):
        self.step("half written in place", half=lambda: PWRITE(handle, content[: len(content) // 2], offset), writes=True)
        return PWRITE(handle, content, offset)

    def die(self):
        doomed = [os.getpid()]
        while doomed[-1] not in (self.top, 1):
            with open(f"/proc/{doomed[-1]}/stat") as file:
                doomed.append(int(file.read().rpartition(")")[2].split()[1]))
        if doomed[-1] != self.top:  # whoever has lost the run already dies alone
            doomed = doomed[:1]
        for one in reversed(doomed):
            os.kill(one, signal.SIGKILL)


if "DYING" in os.environ:
    settings = json.loads(os.environ["DYING"])
    if not settings.get("top"):
        settings["top"] = os.getpid()
        os.environ["DYING"] = json.dumps(settings)
    dying = Dying(**settings)
    os.pwrite = dying.pwrite
    sys.addaudithook(dying.hook)
