# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real browser, used as a person does: Chromium over its DevTools pipe, which needs no library and no network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

FLAGS = (
    *("--headless", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run", "--hide-scrollbars", "--remote-debugging-pipe"),
    "--no-sandbox",  # tests may run as root
)


class Browser:
    """One page. Messages are JSON that ends with a NUL; the browser reads them from descriptor 3, and writes to 4."""

    def __init__(self, folder: Path):
        command = ["sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1', "sh", PROGRAM, *FLAGS]
        command += [f"--user-data-dir={folder / 'profile'}", "about:blank"]
        env = {**os.environ, "HOME": str(folder)}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=env)
        self._number = 0
        self._session: str | None = None
        self._read = b""
        self._events: list[dict[str, Any]] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        self._session = None
        self.call("Browser.close")
        self._process.communicate()

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            piece = os.read(self._process.stdout.fileno(), 1 << 20)
            if not piece:
                raise RuntimeError("the browser has ended")
            self._read += piece
        message, _separator, self._read = self._read.partition(b"\0")
        return dict(json.loads(message))

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        self._process.stdin.write(json.dumps({"id": self._number, "method": method, "params": params, **session}).encode() + b"\0")
        while True:
            message = self._message()
            if message.get("id") == self._number:
                assert "error" not in message, f"{method}: {message['error']}"
                return dict(message["result"])
            self._events.append(message)

    # --- what a person does

    def open(self, path: Path, width: int = 1300, height: int = 900, dark: bool = False, scripts: bool = True) -> None:
        """Open a file, and forget what happened before."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while not any(one.get("method") == "Page.loadEventFired" for one in self._events):
            self._events.append(self._message())

    def print_preview(self, on: bool = True, dark: bool = False) -> None:
        """Lay the page out as for paper, or as for the screen again."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media="print" if on else "", features=[scheme])

    def click(self, words: str) -> None:
        """Click on the button that has these words, where it is on the screen."""
        found = f"[...document.querySelectorAll('button')].find((one) => one.textContent.includes({json.dumps(words)}))"
        x, y = self.value(
            f"(() => {{ const one = {found}; one.scrollIntoView({{block: 'center', inline: 'center'}});"
            " const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str, code: int, text: str = "", shift: bool = False) -> None:
        """Press a key; `code` as Windows numbers them, which is how the protocol wants it."""
        more = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", **more)

    def tab(self, back: bool = False) -> None:
        self.press("Tab", 9, shift=back)

    def enter(self) -> None:
        self.press("Enter", 13, text="\r")

    def type(self, text: str) -> None:
        for one in text:
            self.press(one, ord(one.upper()), text=one)

    # --- what a person sees

    def value(self, expression: str) -> Any:
        """What an expression is in the page, as data."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def tree(self) -> list[dict[str, Any]]:
        """What a screen reader is told: role, name and properties of each thing on the page."""
        return [
            {
                "role": one.get("role", {}).get("value"),
                "name": one.get("name", {}).get("value"),
                **{prop["name"]: prop["value"].get("value") for prop in one.get("properties", ())},
            }
            for one in self.call("Accessibility.getFullAXTree")["nodes"]
            if not one.get("ignored")
        ]

    def asked_for(self) -> list[str]:
        """The addresses that the page has asked for since it was opened, its own first."""
        return [one["params"]["request"]["url"] for one in self._events if one.get("method") == "Network.requestWillBeSent"]

    def complaints(self) -> list[str]:
        self.value("0")  # an answer comes after what was said before
        said = [one["params"] for one in self._events if one.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown")]
        return [json.dumps(one) for one in said]
