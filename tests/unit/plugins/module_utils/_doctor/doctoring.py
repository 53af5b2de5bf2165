# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor in this process, against a simulator whose time it may move, and what every run of it must keep."""

import json
from typing import Any
from unittest import mock

from ansible_collections.versori.platform.plugins.module_utils._doctor import account
from ansible_collections.versori.platform.plugins.module_utils._doctor.examine import examine_account

from tests.simulator import Simulator
from tests.simulator.credential_types import TYPES

START = "2026-01-31T12:00:00.678567687Z"  # cut off or rounded anywhere, it is not the same
OTHERS = 3  # credentials of the organisation's own


def organisation(sim: Simulator, start: str = START, **switches: Any) -> list[dict[str, Any]]:
    """Set a simulator up, its clock standing still; returns what is there."""
    sim.switches.turn(**switches)
    sim.set_time(start)
    sim.seed(OTHERS, type="mixed", prefix="Very private name ")
    sim.advance(10)
    sim.clear_requests()
    return sim.state()


def doctor(sim: Simulator, sleep: Any = None, check_mode: bool = False, **options: Any) -> Any:
    """The result of the module."""
    authentication = {} if {"jwt", "session_cookie"} & set(options) else {"api_key": sim.api_key}
    connection = {"api_url": sim.url, "organisation_id": sim.organisation_id, **authentication}
    with mock.patch.object(account, "sleep", sleep or sim.advance):
        return examine_account({**connection, "retries": 2, "timeout": 30.0, "wait": 4, **options}, check_mode)


def findings(result: Any) -> dict[str, tuple[bool, Any]]:
    """Whether each question was settled, and how."""
    return {item["question"]: (item["settled"], item["value"]) for item in result["report"]["findings"]}


def sent_secrets(sim: Simulator) -> set[str]:
    """Every secret in a request."""
    names = {field.name for credential_type in TYPES.values() for field in credential_type.secrets}
    bodies = [request.json for request in sim.requests if request.method in ("POST", "PUT") and request.body]
    return {value for body in bodies for name, value in body["data"].items() if name in names and value and not set(value) <= set("*•")}


def kept_its_word(sim: Simulator, before: list[dict[str, Any]], *printed: Any) -> None:
    """Everything is as it was, nobody else's credential was asked for, and nothing private is in what was printed."""
    assert sim.state() == before
    paths = "\n".join(request.path for request in sim.requests)
    text = "\n".join(item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in printed)
    for credential in before:
        assert credential["id"] not in paths
        assert credential["id"] not in text
        assert credential["name"] not in text
        for secret in credential["data"].values():
            assert secret == "" or secret == ["read"] or str(secret).startswith("http") or secret not in text
    for secret in (sim.api_key, sim.jwt, sim.session_cookie, *sent_secrets(sim) - {"[REDACTED]"}):
        assert secret not in text, text
