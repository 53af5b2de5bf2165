# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control of a simulator in another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from .authentication import API_KEY

BASE_PATH = "/api/connect/v1alpha1"
CONTROL_PATH = "/_simulator"
ORGANISATION_ID = "01HFS2NEAZ6ECZBZMN4FF775P7"


class RemoteControl:
    """`RemoteControl("http://127.0.0.1:PORT")` has those methods of `Simulator` that `control_routes.py` lists."""

    organisation_id = ORGANISATION_ID
    api_key = API_KEY

    def __init__(self, root_url: str):
        self.url = root_url + BASE_PATH
        self._control_url = root_url + CONTROL_PATH

    def _send(self, method: str, name: str, arguments: Any = None) -> Any:
        body = None if arguments is None else json.dumps(arguments).encode()
        request = Request(f"{self._control_url}/{name}", body, method=method)  # noqa: S310
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=60) as answer:  # it asks no proxy of the environment's
                return json.load(answer)["result"]
        except HTTPError as error:
            raise ValueError(json.load(error)["error"]) from None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *arguments, **options: self._send("POST", name, [*arguments, options])

    def clear_requests(self) -> None:
        self._send("DELETE", "requests")

    def state(self) -> list[dict[str, Any]]:
        return self._send("GET", "state")

    def counts(self) -> dict[str, int]:
        return self._send("GET", "counts")

    @property
    def requests(self) -> list[dict[str, Any]]:
        return self._send("GET", "requests")


class NotStarted(Exception):
    """Holds what the simulator has said."""


@contextmanager
def served(*options: str) -> Iterator[RemoteControl]:
    """A simulator in a process of its own, which no Ctrl-C at the terminal reaches."""
    command = [sys.executable, "-m", "tests.simulator", "--port", "0", *options]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    folder = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=folder, text=True, start_new_session=True, **streams) as process:
        try:
            words = process.stdout.readline().split()
            if words[:2] != ["listening", "on"]:
                said = process.stderr.read().strip().splitlines() or ["it said nothing"]
                raise NotStarted(f"the simulator did not start: {said[-1]}")
            yield RemoteControl(words[2])
        finally:
            process.kill()
            process.wait()  # which Popen does not do to its end after Ctrl-C


def environment(simulator: Any, home: Path) -> dict[str, str]:
    """That of a user whose home it is, and whose API is the simulator: no setting of Ansible's or of ours beside that, and no proxy."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ANSIBLE_", "VERSORI_")) and not name.lower().endswith("_proxy") and name != "REQUESTS_CA_BUNDLE"
    }
    return {
        **kept,
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "VERSORI_API_URL": simulator.url,
        "VERSORI_API_KEY": simulator.api_key,
        "VERSORI_ORGANISATION_ID": simulator.organisation_id,
    }
