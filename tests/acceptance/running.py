# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays, in a home of their own, and what came of them as plain data: by the real ansible-playbook, or task by task in this process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from tests.acceptance.callback_plugins.recorder import records
from tests.playing import ELSEWHERE, HERE, ONE, play
from tests.simulator import Simulator

_FOLDER = Path(__file__).parent
_ULID = re.compile(r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_PORT = re.compile(r"127\.0\.0\.1:\d+")
_RECORD = re.compile(r"\b[0-9a-f]{40}\b|(?<=_)[0-9a-f]{40}\b")  # named after the address and the id


def task(label: str, /, keywords: Mapping[str, Any] | None = None, **args: Any) -> dict[str, Any]:
    """A task of a play; `keywords` are Ansible's own (`environment`, `no_log` …)."""
    return {"name": label, ONE: args, **(keywords or {})}


Env = Mapping[str, str | None] | None


@dataclass
class Result:
    """One task: what it reported, what it sent, what the server and the memory held afterwards."""

    label: str
    how: str
    said: dict[str, Any]
    requests: list[Any]
    state: dict[str, dict[str, Any]]  # by name
    memory: dict[str, str]
    folder: str  # of its controller
    arguments: str = ""  # as callback plugins get them
    host: str = "localhost"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.said.get(name)

    @property
    def sent(self) -> list[str]:
        """In short: `GET list`, `POST`, `GET`, `PUT`, `DELETE`."""
        return ["GET list" if sent.method == "GET" and sent.path.endswith("/credentials") else sent.method for sent in self.requests]

    @property
    def writes(self) -> list[str]:
        return [sent for sent in self.sent if not sent.startswith("GET")]

    @property
    def bodies(self) -> list[Any]:
        return [one.json for one in self.requests if one.method in ("POST", "PUT")]

    @property
    def warned(self) -> str:
        return "\n".join(map(str, self.said.get("warnings") or ()))

    @property
    def comparable(self) -> dict[str, Any]:
        """What a play can see of it, without what no two runs share: ids, times, addresses, folders."""
        ids: dict[str, str] = {}
        said = {key: value for key, value in self.said.items() if key != "_ansible_delegated_vars"}
        text = _TIME.sub("<time>", json.dumps(said, sort_keys=True).replace(self.folder, "<folder>"))
        text = _ULID.sub(lambda id: ids.setdefault(id[0], f"<id {len(ids)}>"), text)
        text = _RECORD.sub("<record>", _PORT.sub("<address>", text))
        return {"how": self.how, "sent": self.sent, **json.loads(text)}


@dataclass
class Run:
    code: int
    stdout: str
    stderr: str
    results: list[Result]
    modules_shipped: int

    def __getitem__(self, label: str) -> Result:
        # Ansible puts the role in front of the names of its tasks.
        found = [one for one in self.results if one.label.rpartition(" : ")[2] == label]
        assert len(found) == 1, f"{len(found)} results of {label!r}:\n{self.printed[-4000:]}"
        return found[0]

    @property
    def printed(self) -> str:
        return self.stdout + self.stderr


class Controller:
    """A machine that runs playbooks: its own home, Ansible home and working folder.

    :param way: whether its tasks run in the worker's process, or are delegated to another host.
    """

    def __init__(self, folder: Path, sim: Simulator, way: str = HERE):
        self.sim = sim
        self.way = way
        self.folder = folder
        self.home = folder / "home"
        self.ansible_home = folder / "ansible"
        self.cwd = folder / "cwd"
        self.inputs = folder / "inputs"  # what the user wrote, secrets and all
        self.records = folder / "records"  # what the tests' own plugins wrote
        for one in (self.home, self.ansible_home, self.cwd, self.inputs, self.records):
            one.mkdir(parents=True)
        self.memory = self.ansible_home / "versori_platform"

    def environ(self, env: Mapping[str, str | None]) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("VERSORI_", "ANSIBLE_")) or name == "ANSIBLE_COLLECTIONS_PATH"
        }
        own: dict[str, str | None] = {
            "HOME": str(self.home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "ANSIBLE_HOME": str(self.ansible_home),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_CALLBACK_PLUGINS": str(_FOLDER / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "recorder",
            "ANSIBLE_CONNECTION_PLUGINS": str(_FOLDER / "connection_plugins"),
            "RECORDER_FILE": str(self.records / "results"),
            "RECORDER_MEMORY": str(self.memory),
            "RECORDER_CONTROL": self.sim.control_url,
            "ELSEWHERE_LOG": str(self.records / "elsewhere"),
            "VERSORI_API_URL": self.sim.url,
            "VERSORI_API_KEY": self.sim.api_key,
            "VERSORI_ORGANISATION_ID": self.sim.organisation_id,
        }
        return {**kept, **{name: value for name, value in {**own, **env}.items() if value is not None}}

    def start(self, command: Sequence[str], env: Env = None) -> subprocess.Popen[str]:
        """Start a command as a user does, in a process group of its own, without waiting for it."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, env=self.environ(env or {}), cwd=self.cwd, start_new_session=True, **pipes)

    def command(self, play: Mapping[str, Any] | str, args: Sequence[str] = ()) -> list[str]:
        """What starts a run, once everything that it reads is written."""
        for name in ("results", "elsewhere"):
            (self.records / name).unlink(missing_ok=True)
        inventory = self.inputs / "inventory.yml"
        python = {"ansible_python_interpreter": sys.executable}
        hosts = {"localhost": {"ansible_connection": "local", **python}, "bastion": {"ansible_connection": "elsewhere", **python}}
        inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
        playbook = self.inputs / "playbook.yml"
        playbook.write_text(play if isinstance(play, str) else json.dumps([play]))
        return ["ansible-playbook", "-i", str(inventory), str(playbook), *args]

    def play(
        self, *tasks: Mapping[str, Any], check: bool = False, diff: bool = True, args: Sequence[str] = (), env: Env = None, **keywords: Any
    ) -> Run:
        """Run tasks in one play; one that fails does not stop the rest."""
        where = {"delegate_to": "bastion"} if self.way == ELSEWHERE else {}
        tasks = [{"ignore_errors": True, **where, **one} for one in tasks]
        play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks, **keywords}
        return self.run(play, [*(["--check"] if check else []), *(["--diff"] if diff else []), *args], env)

    def run(self, play: Mapping[str, Any] | str, args: Sequence[str] = (), env: Env = None) -> Run:
        before = len(self.sim.requests)
        process = self.start(self.command(play, args), env)
        stdout, stderr = process.communicate()
        shipped = sum(line["is_module"] for line in _lines(self.records / "elsewhere"))
        return Run(process.returncode, stdout, stderr, self._results(before), shipped)

    def _results(self, before: int) -> list[Result]:
        results = []
        for line in _lines(self.records / "results"):
            until = line.pop("requests", before)
            state = {stored["name"]: stored for stored in line.pop("state", ())}
            results.append(Result(**line, requests=self.sim.requests[before:until], state=state, folder=str(self.folder)))
            before = until
        return results


class Worker(Controller):
    """A controller's worker process, in this process: it runs tasks, and knows of no templates, loops and callbacks."""

    def environ(self, env: Mapping[str, str | None]) -> dict[str, str]:
        # What Ansible reads when it is loaded stays as it is here.
        return super().environ({"VERSORI_CACHE_CONNECTION": str(self.ansible_home), **env})

    def play(self, *tasks: Mapping[str, Any], check: bool = False, diff: bool = True, env: Env = None) -> Run:  # type: ignore[override]
        """Run tasks one after the other; one that fails does not stop the rest."""
        variables = self.environ(env or {})
        run = Run(0, "", "", [], 0)
        with mock.patch.dict(os.environ, variables, clear=True):
            for task in tasks:
                run.results.append(self._act(dict(task), check, diff))
                run.modules_shipped += self.way == ELSEWHERE or "delegate_to" in task
        return run

    def _act(self, task: dict[str, Any], check: bool, diff: bool) -> Result:
        label, check, environment = task.pop("name"), task.pop("check_mode", check), task.pop("environment", None)
        way = ELSEWHERE if task.pop("delegate_to", None) else self.way
        task.pop("ignore_errors", None)
        [(module, args)] = task.items()  # any other keyword needs a Controller
        before = len(self.sim.requests)
        said = play(module, args, check, diff, environment, way)
        how = "failed" if said.get("failed") else "ok"
        state = {one["name"]: one for one in self.sim.state()} if "RECORDER_CONTROL" in os.environ else {}
        return Result(label, how, said, self.sim.requests[before:], state, records(os.environ["RECORDER_MEMORY"]), str(self.folder))


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
