# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo plays on: a folder for a while, a simulator, and real runs of ansible-playbook."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.acceptance.callback_plugins import recorder
from tests.simulator.remote import RemoteControl, environment, served

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PLAIN_FILES = ("ansible.cfg", "inventory.yml", "credentials.yml")


class NotAsClaimed(Exception):
    """A step did not do what the demo says it does."""


@dataclass
class Run:
    output: str
    code: int
    tasks: dict[str, dict[str, Any]]
    requests: list[Any]

    @property
    def recap(self) -> tuple[int, int]:
        """How many tasks changed something, and how many failed."""
        changed, failed = re.findall(r"(?:changed|failed)=(\d+)", self.output.partition("PLAY RECAP")[2])
        return int(changed), int(failed)

    @property
    def methods(self) -> dict[str, int]:
        return dict(Counter(request["method"] for request in self.requests))

    @property
    def decisions(self) -> dict[str, str]:
        return {name: result["decision"] for name, result in self.tasks.items() if "decision" in result}


@dataclass
class Stage:
    """The folder, the simulator and the environment of the runs; nothing of the user's is in it."""

    folder: Path
    simulator: RemoteControl
    environment: dict[str, str]
    secrets: set[str] = field(default_factory=set)

    def write_vault(self, variables: dict[str, str]) -> None:
        self.secrets |= set(variables.values())
        plain = "".join(f"{name}: {json.dumps(value)}\n" for name, value in variables.items())
        command = ["ansible-vault", "encrypt", "--output", "vault.yml", "-"]
        done = subprocess.run(command, cwd=self.folder, env=self.environment, input=plain, capture_output=True, text=True, check=False)
        if done.returncode or not (self.folder / "vault.yml").read_text().startswith("$ANSIBLE_VAULT;"):
            raise NotAsClaimed(f"ansible-vault did not encrypt vault.yml: {done.stderr.strip()}")

    def play(self, *words: str, **variables: str) -> Run:
        """Run ansible-playbook; its command line may carry environment variables in front."""
        record = self.folder / "record"
        record.unlink(missing_ok=True)
        self.simulator.clear_requests()
        output, code = call(["ansible-playbook", *words], self.folder, self.environment | variables | {"RECORDER_FILE": str(record)})
        if not record.is_file():
            raise NotAsClaimed(f"ansible-playbook ended before it played anything:\n{output}")
        tasks = [json.loads(line) for line in record.read_text().splitlines()]
        return Run(output, code, {task["label"]: task["said"] for task in tasks}, self.simulator.requests)

    def leaks(self, text: str) -> list[str]:
        """The secrets, the API key among them, that a text holds in any usual spelling."""
        return [secret for secret in sorted(self.secrets) if any(form in text for form in spellings(secret))]

    @property
    def memory(self) -> Path:
        return self.folder / "home/.ansible/versori_platform"


def spellings(secret: str) -> set[str]:
    """A secret as it is, escaped for JSON and for a URL, and in base64 at each of the three offsets."""
    encoded = [base64.b64encode(b"\0" * offset + secret.encode()).decode().rstrip("=") for offset in range(3)]
    return {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), encoded[0][:-1], *(text[4:-1] for text in encoded[1:])}


def call(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[str, int]:
    """Run a command to its end, or on an interruption end it with all that it started."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=folder, env=environment, text=True, start_new_session=True, **streams) as process:
        assert process.stdout is not None
        try:
            output = process.stdout.read()  # communicate() would wait a while when it is interrupted
            process.wait()
        finally:
            stop(process)
    return output, process.returncode


def stop(process: subprocess.Popen[str]) -> None:
    """End what is left of a process that has a session of its own.

    Soon: after Ctrl-C, whoever started the demo may wait for it no longer than an instant.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05 if number == signal.SIGTERM else None)
            return


@contextmanager
def stage(switches: Sequence[str]) -> Iterator[Stage]:
    """Set everything up, and take it away again however this ends."""
    options = [word for switch in switches for word in ("--switch", switch)]
    with tempfile.TemporaryDirectory(prefix="versori-demo-", ignore_cleanup_errors=True) as name, served(*options) as control:
        folder = Path(name)
        for file in PLAIN_FILES:
            shutil.copy(HERE / file, folder / file)
        (folder / "vault-password").write_text(base64.b64encode(os.urandom(24)).decode())
        yield Stage(folder, control, _environment(folder, control), {control.api_key})


def _environment(folder: Path, control: RemoteControl) -> dict[str, str]:
    # Installed from an artifact, the demo shows the collection that it is a part of.
    collections = ROOT.parents[2] if ROOT.parts[-3:-2] == ("ansible_collections",) else folder / "home/.ansible/collections"
    return {
        **environment(control, folder / "home"),
        "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8",
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(recorder.__file__).parent),
        "ANSIBLE_CALLBACKS_ENABLED": "recorder",
        "RECORDER_MEMORY": "",  # not read: the demo shows the files of the memory as runs leave them
        "ANSIBLE_NOCOLOR": "1",  # the demo paints what it shows
    }
