# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.simulator --port 0` prints `listening on http://127.0.0.1:PORT`, then serves."""

from __future__ import annotations

import argparse
import json
import signal
import threading

from .server import Simulator


def _switch(text: str) -> tuple[str, object]:
    name, _separator, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="how long each answer takes")
    parser.add_argument("--switch", type=_switch, action="append", default=[], metavar="NAME=VALUE", help="see switches.py")
    options = parser.parse_args()

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with Simulator(port=options.port, latency=options.latency, **dict(options.switch)) as simulator:
        print(f"listening on {simulator.root_url}", flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
