# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planted secrets, and the search for them in everything that runs print, write and start."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.running import Controller

API_KEY = "planted-api-key/+5f2c8a71"
# Characters that JSON, URLs, YAML and a terminal each write in their own way.
STRANGE = 'planted-"é\\/+%20&=\n'
SPY = Path(__file__).parent / "spy"

Places = list[tuple[str, bytes]]


def planted(type: str, turn: object) -> dict[str, Any]:
    data = dict(EXAMPLES[type].data)
    for path in EXAMPLES[type].secret_paths:
        name = path.removeprefix("data.")
        text = f"{STRANGE}{name}-{type}-{turn}-7d1f"
        data[name] = base64.b64encode(text.encode()).decode() if name == "valueBase64" else text
    return data


def secrets(type: str, turn: object) -> list[str]:
    data = planted(type, turn)
    texts = [data[path.removeprefix("data.")] for path in EXAMPLES[type].secret_paths]
    return [*texts, *(base64.b64decode(text).decode() for text in texts if type == "binary")]


def forms(secret: str) -> set[bytes]:
    """A secret plain, in base64 at any alignment, in hex, and escaped for URLs, JSON and HTML in part, as a whole and twice."""
    raw, in_json = secret.encode(), json.dumps(secret)[1:-1]
    units = [secret.encode("utf-16-be").hex()[at : at + 4] for at in range(0, len(secret.encode("utf-16-be").hex()), 4)]
    texts = [secret, in_json, json.dumps(in_json)[1:-1], json.dumps(in_json, ensure_ascii=False)[1:-1], repr(secret)[1:-1]]
    texts += [json.dumps(secret, ensure_ascii=False)[1:-1], quote(secret), quote(secret, safe=""), quote_plus(secret)]
    texts += [quote(quote(secret, safe=""), safe=""), raw.hex(), raw.hex().upper(), "".join(f"&#{ord(letter)};" for letter in secret)]
    for change in (str.lower, str.upper):
        texts.append("".join(f"%{change(f'{byte:02x}')}" for byte in raw))
        texts.append("".join(f"\\u{change(unit)}" for unit in units))
        texts.append("".join(f"&#x{change(f'{ord(letter):x}')};" for letter in secret))
    for shift in range(3):  # without the characters that also hold bits of a neighbour
        body = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")[2 * bool(shift) + (shift == 2) : -1]
        texts += [body, body.replace("+", "-").replace("/", "_")]
    lines = base64.encodebytes(raw).decode().strip()
    return {text.encode() for text in (*texts, lines, lines.replace("\n", "\\n"))}


def leaks(places: Places, texts: Iterable[str]) -> list[str]:
    """Where any of the texts stands in any of its forms."""
    found = []
    everything = b"\0".join(content for _place, content in places)
    for text in texts:
        for form in forms(text):
            if form in everything:
                found += [
                    f"{place}: {text!r} as {form!r} after {content[max(0, content.find(form) - 200) : content.find(form)]!r}"
                    for place, content in places
                    if form in content
                ]
    return found


class Watch:
    """What a controller's runs print and write, for a moment only too, and what they start; see `spy/sitecustomize.py`."""

    def __init__(self, controller: Controller) -> None:
        self.controller = controller
        self.places: Places = []
        self._folder = controller.records / "spy"
        (self._folder / "drafts").mkdir(parents=True)
        self._tmp = controller.home / "tmp"
        self._tmp.mkdir()
        self._folders = (controller.home, controller.ansible_home, controller.cwd)
        self.log = controller.records / "log"  # which only grows, so that it is enough to read it in the end

    @property
    def environ(self) -> dict[str, str]:
        return {
            "PYTHONPATH": str(SPY),
            "SPY_FOLDER": str(self._folder),
            "SPY_WATCHED": os.pathsep.join(map(str, self._folders)),
            "TMPDIR": str(self._tmp),
            "ANSIBLE_REMOTE_TEMP": str(self._tmp / "remote"),
            "ANSIBLE_LOG_PATH": str(self.log),
            "ANSIBLE_CALLBACKS_ENABLED": "recorder,ansible.builtin.junit,ansible.builtin.tree",
            "JUNIT_OUTPUT_DIR": str(self.controller.home / "junit"),
            "ANSIBLE_CALLBACK_TREE_DIR": str(self.controller.home / "tree"),
            "ANSIBLE_DISPLAY_TRACEBACK": "always",
        }

    @staticmethod
    def by_variables(task: dict[str, Any]) -> dict[str, Any]:
        """The task with its values in a variable, as secrets are given: Ansible itself shows what stands in a task literally."""
        if "loop" in task:
            return task
        given = {key: args for key, args in task.items() if "." in key}
        named = {
            key: {name: f"{{{{ given.{name} }}}}" if value is not None else None for name, value in args.items()}
            for key, args in given.items()
        }
        return {**task, **named, "vars": {"given": next(iter(given.values()))}}

    def play(self, *tasks: Any, env: dict[str, str] | None = None, **options: Any) -> Any:
        """Run tasks, and keep what they printed and reported."""
        run = self.controller.play(*map(self.by_variables, tasks), args=["-vvvv"], env={**self.environ, **(env or {})}, **options)
        labels = ", ".join(one.label for one in run.results)
        self.places += [(f"stdout of {labels}", run.stdout.encode()), (f"stderr of {labels}", run.stderr.encode())]
        self.places += [(f"result of {one.label}", json.dumps(one.said, default=str, ensure_ascii=False).encode()) for one in run.results]
        commands = self.controller.records / "elsewhere"
        if commands.exists():
            self.places.append((f"commands of {labels}", commands.read_bytes()))
        return run

    def everything(self) -> Places:
        """With every file below the homes and the working folder, and the spy's copies of those that are gone."""
        places = [*self.places, (str(self.log), self.log.read_bytes())]
        for folder in (*self._folders, self._folder):
            for where, _folders, names in os.walk(folder):
                for path in (Path(where) / name for name in names):
                    places += [(str(path), path.read_bytes()), ("a name", str(path).encode())]
        return places

    def seen(self, kind: str) -> list[bytes]:
        return [path.read_bytes() for path in self._folder.glob(f"{kind}-*")]
