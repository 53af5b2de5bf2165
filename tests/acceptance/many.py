# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of many credentials share: tasks, items, and a hook into the simulator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.playing import INFO, MANY
from tests.simulator import Simulator

ITEM_KEYS = ["name", "credential_id", "decision", "changed", "failed"]


def many(label: str, credentials: Any = None, /, keywords: Mapping[str, Any] | None = None, **args: Any) -> dict[str, Any]:
    listed = {} if credentials is None else {"credentials": credentials}
    return {"name": label, MANY: {**listed, **args}, **(keywords or {})}


def info(label: str, /, keywords: Mapping[str, Any] | None = None, **args: Any) -> dict[str, Any]:
    return {"name": label, INFO: args, **(keywords or {})}


def string(name: str, value: str | None = None, **more: Any) -> dict[str, Any]:
    """An item with a secret that no other item has."""
    return {"name": name, "type": "string", "data": {"value": value or f"hush-{name}"}, **more}


def none(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "none", **more}


def organisation(sim: Simulator, number: int) -> str:
    """Another organisation, so that the cases of one play do not meet."""
    return sim.add_organisation(f"01HFS2NEAZ6ECZBZMN4FF{number:05d}")


def outline(results: list[dict[str, Any]], *keys: str) -> list[Any]:
    """Some keys of each result; empty ones are not there."""
    return [result.get(keys[0]) if len(keys) == 1 else tuple(result.get(key) for key in keys) for result in results]


def before_each_request(monkeypatch: pytest.MonkeyPatch, sim: Simulator, hook: Callable[[Any], None]) -> None:
    """Call `hook` with each request before the simulator handles it: what others do meanwhile happens right there."""
    monkeypatch.setattr(sim.recording, "watchers", [*sim.recording.watchers, hook])
