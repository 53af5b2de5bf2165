# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The floor: what a bare script with requests and threads costs. `floor.py THREADS LIST.json`; GET, then PUT if different.

It keeps no memory, masks nothing and checks nothing: no tool that does its work can be faster with the same library.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

URL = os.environ["VERSORI_API_URL"]
own = threading.local()


def start() -> None:
    own.session = requests.Session()
    own.session.headers["Authorization"] = "Bearer " + os.environ["VERSORI_API_KEY"]


def bring(wanted: dict[str, Any]) -> None:
    url = f"{URL}/o/{wanted['organisation_id']}/credentials/{wanted['credential_id']}"
    answer = own.session.get(url, timeout=30)
    answer.raise_for_status()
    found = answer.json()
    if found["name"] != wanted["name"] or found["data"]["username"] != wanted["data"]["username"]:
        body = {**found, "name": wanted["name"], "type": wanted["type"], "data": wanted["data"]}
        own.session.put(url, json=body, timeout=30).raise_for_status()


def main() -> None:
    with open(sys.argv[2], encoding="utf-8") as file:
        wishes = json.load(file)
    with ThreadPoolExecutor(int(sys.argv[1]), initializer=start) as pool:
        list(pool.map(bring, wishes))


if __name__ == "__main__":
    main()
