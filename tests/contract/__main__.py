# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the collection sends, and all that it is answered, held against the OpenAPI document by others' tools.

The document is the simulator's, made from its table of types (tests/unit/simulator/test_openapi.py); Versori's own cannot be copied.
Prism stands between the collection and the simulator, and refuses what is not in the document, either way; jsonschema then judges each
body that was sent by the schema of its type. Prism needs Node, so this is no part of `./dev test`.

Versori's document says `format: uri` of `authorizeUrl`, of which a newer one says that it is empty for client credentials (contract,
"Credential types"). So the document here does not say it.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import urllib3

from tests.acceptance.examples import EXAMPLES
from tests.playing import INFO, MANY, ONE, play
from tests.simulator import Simulator
from tests.simulator.world import BASE_PATH

PRISM = "@stoplight/prism-cli@5.14.2"
READINGS: tuple[dict[str, Any], ...] = (
    {},
    {"redaction": "missing", "errors": "empty"},
    {"redaction": "none", "usages_in_list": True, "errors": "rule"},
    {"empty_optionals": "return", "page_limit": 2, "write_digits": 0, "get_digits": 3, "zone": "+00:00"},
)
SCHEMAS = {"POST": "New{}Credential", "PUT": "Whole{}Credential"}


def main() -> int:
    if not shutil.which("npx"):
        print("skipped: Prism needs Node, and there is no npx")
        return 0
    wrong: list[str] = []
    sent = 0
    with Simulator() as simulator, tempfile.TemporaryDirectory() as folder:
        document = urllib3.request("GET", f"{simulator.root_url}/openapi.json", timeout=60).json()
        path = Path(folder, "openapi.json")
        path.write_text(json.dumps(document), encoding="utf-8")
        with prism(path, simulator.root_url) as url:
            for reading in READINGS:
                simulator.reset()
                simulator.switches.turn(**reading)
                wrong += [f"{reading}: {words}" for words in lives(simulator, url, folder)]
                wrong += [f"{reading}: {words}" for words in bodies(document, simulator)]
                sent += len(simulator.requests)
    print(*wrong, f"{sent} exchanges, {len(wrong)} of them or of their tasks wrong", sep="\n")
    return bool(wrong)


@contextmanager
def prism(document: Path, upstream: str) -> Iterator[str]:
    """Prism in front of the simulator; its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["npx", "--yes", PRISM, "proxy", str(document), upstream, "--errors", "--port", str(port), "--host", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            for _second in range(300):  # npx may have to fetch it
                if process.poll() is not None:
                    sys.exit(f"Prism did not start: {process.stderr.read()[-2000:]}")
                with socket.socket() as connection:
                    if connection.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(1)
            yield f"http://127.0.0.1:{port}{BASE_PATH}"
        finally:
            process.terminate()


def lives(simulator: Simulator, url: str, folder: str) -> Iterator[str]:
    """The life of a credential of each type, alone and in a list, and of the lists; whatever fails is told."""
    options = {"api_url": url, "api_key": simulator.api_key, "organisation_id": simulator.organisation_id, "retries": 0}
    remembering = {**options, "cache_connection": f"{folder}/{time.monotonic_ns()}"}
    tasks: list[tuple[str, dict[str, Any]]] = []
    listed = []
    for kind, example in EXAMPLES.items():
        stages = (example.data, {**example.data, **example.edited}, {**example.data, **example.edited, **example.rotated})
        tasks += [(ONE, {**remembering, "name": kind, "type": kind, "data": data}) for data in stages for _again in range(2)]
        listed.append({"name": f"{kind} in a list", "type": kind, "data": example.data})
    tasks += [(MANY, {**remembering, "credentials": listed}), (INFO, {**options, "full": True}), (INFO, options)]
    tasks += [(MANY, {**remembering, "credentials": listed[:1], "prune": True})]
    tasks += [(ONE, {**remembering, "name": listed[0]["name"], "state": "absent"})]
    for module, args in tasks:
        result = play(module, args)
        if result.get("failed"):
            yield f"{module} {args.get('name', '')}: {result['msg']}"
    if simulator.names():
        yield f"left behind: {simulator.names()}"


def bodies(document: dict[str, Any], simulator: Simulator) -> Iterator[str]:
    """Each body that was sent, by the schema of its type."""
    for request in simulator.requests:
        if request.method in SCHEMAS and request.body:
            name = SCHEMAS[request.method].format(request.json["type"].title().replace("-", ""))
            schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
            for error in jsonschema.Draft202012Validator(schema).iter_errors(request.json):
                yield f"{request.method} of type {request.json['type']}: {error.json_path} {error.message[:200]}"


if __name__ == "__main__":
    sys.exit(main())
