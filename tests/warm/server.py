# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python that has done its imports and becomes, fork by fork, what it is asked for. Started by tests.warm.

Every run is a process of its own, with its own arguments, environment, folder and streams. What it inherits is what no
setting changes: other people's modules, those of ansible-core that never look at `ansible.constants` (which reads
the configuration), and two caches of what Python and Ansible would compute again from the same text.
"""

from __future__ import annotations

import _imp
import contextlib
import gc
import importlib
import marshal
import os
import pickle
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# What a run, or a module on another host, ends up importing.
MODULES = [
    f"ansible_collections.versori.platform.plugins.modules.versori_{name}" for name in ("credential", "credentials", "credential_info")
]
ROOTS = {
    "playbook": (
        "ansible.cli.playbook",
        "ansible.executor.playbook_executor",
        "ansible.plugins.action.normal",
        "ansible.plugins.callback.default",
        "ansible.plugins.connection.local",
        "ansible.plugins.strategy.linear",
        *MODULES,
    ),
    "module": ("encodings.cp437", "zipfile", *MODULES),
}


def imported_by(roots: Sequence[str]) -> list[str]:
    """The names of all modules that a fresh Python has after importing these, in their order."""
    code = f"import sys, {', '.join(roots)}; print(*(name for name in sys.modules if name != '__main__'))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def load(names: list[str]) -> None:
    for name in names:
        with contextlib.suppress(Exception):  # whatever cannot be imported by itself is left to the run
            importlib.import_module(name)


def load_without_settings(names: list[str]) -> None:
    """Import what does not need `ansible.constants`; whatever does fails here, and is imported by each run."""
    sys.modules["ansible.constants"] = None  # type: ignore[assignment]
    load(names)
    del sys.modules["ansible.constants"]


def remember_code(files: list[Path]) -> Callable[..., types.CodeType]:
    """A `compile` that has done these files: Python keeps no .pyc of what a zip file or a collection holds."""
    known = {text: marshal.dumps(compile(text, str(file), "exec", dont_inherit=True)) for file in files for text in [file.read_bytes()]}

    def compile_once(source: str | bytes, filename: str, mode: str, flags: int = 0, dont_inherit: bool = True) -> types.CodeType:
        found = known.get(source.encode() if isinstance(source, str) else bytes(source))
        if found is None or mode != "exec":
            return compile(source, filename, mode, flags=flags, dont_inherit=dont_inherit)
        code: types.CodeType = marshal.loads(found)  # noqa: S302 - our own dump
        _imp._fix_co_filename(code, filename)
        return code

    return compile_once


def remember_yaml(files: list[Path], load_yaml: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A YAML loader that has read these files."""
    known = {text: pickle.dumps(load_yaml(text)) for file in files for text in [file.read_bytes()]}

    def load_once(stream: Any) -> Any:
        text = stream.read() if hasattr(stream, "read") else stream
        found = known.get(text.encode() if isinstance(text, str) else text)
        return load_yaml(text) if found is None else pickle.loads(found)  # noqa: S301 - our own dump

    return load_once


def prepare(kind: str, collection: Path) -> None:
    names = imported_by(ROOTS[kind])
    load([name for name in names if name.partition(".")[0] not in ("ansible", "ansible_collections")])
    ansible = Path(importlib.util.find_spec("ansible").origin).parent  # type: ignore[union-attr, arg-type]
    plugins = list((collection / "plugins").rglob("*.py"))
    if kind == "module":  # its Ansible comes out of the zip file that the controller sends
        import zipimport

        zipimport.compile = remember_code([*(ansible / "module_utils").rglob("*.py"), *plugins])  # type: ignore[attr-defined]
        return
    from ansible.module_utils.common import yaml

    static = [ansible / "config/base.yml", ansible / "config/ansible_builtin_runtime.yml"]
    yaml.yaml_load = remember_yaml(static, yaml.yaml_load)
    # ansible.cli looks at the streams and the locale, and ends the process where it does not like them.
    load_without_settings([name for name in names if name.startswith("ansible.") and not name.startswith("ansible.cli")])
    sys.modules["ansible.utils.collection_loader._collection_finder"].compile = remember_code(plugins)  # type: ignore[attr-defined]


def receive(connection: socket.socket) -> tuple[list[Any], list[int]]:
    header, files, _flags, _address = socket.recv_fds(connection, 8, 3)
    (length,) = struct.unpack("!Q", header)
    text = b""
    while len(text) < length:
        text += connection.recv(length - len(text))
    return marshal.loads(text), files  # noqa: S302 - from our own tests


def watched(connection: socket.socket) -> None:
    """Return in a new process; stay behind to tell how that ended, or to end it when nobody listens any more."""
    ended, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    if (pid := os.fork()) == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        for one in (ended, told, connection.detach()):
            os.close(one)
        return
    ready, _writable, _failed = select.select([ended, connection], [], [])
    if ended not in ready:
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with contextlib.suppress(OSError):
        connection.sendall(str(code).encode())
    os._exit(0)


def serve(listener: socket.socket) -> list[Any]:
    """Fork for each request, until standard input ends; returns the request in the process that is to become it."""
    while True:
        ready, _writable, _failed = select.select([listener, 0], [], [])
        if 0 in ready:
            os._exit(0)
        connection, _address = listener.accept()
        if os.fork() == 0:
            listener.close()
            request, files = receive(connection)
            watched(connection)
            for target, file in enumerate(files):
                os.dup2(file, target)
            for file in files:
                os.close(file)
            return request
        connection.close()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def become(request: list[Any]) -> None:
    command, environ, folder, umask = request
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    os.umask(umask)
    time.tzset()
    script, *arguments = command or [""]
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).resolve().parent) if script else ""
    if script:
        runpy.run_path(script, run_name="__main__")
    else:
        program = compile(sys.stdin.buffer.read(), "<stdin>", "exec", dont_inherit=True)
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        exec(program, main.__dict__)  # noqa: S102 - as Python does with what it reads from standard input


if __name__ == "__main__":
    kind, collection, address = sys.argv[1:]
    prepare(kind, Path(collection))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    request = serve(listener)
    gc.unfreeze()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    become(request)
