# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator of the credentials API: `switches.py` says what is open, `world.py` what tests can do with it.

Names are loaded when they are used: `RemoteControl` needs nothing but the standard library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .faults import Fault, FaultMix
    from .remote import RemoteControl
    from .server import Simulator
    from .switches import Switches

__all__ = ["Fault", "FaultMix", "RemoteControl", "Simulator", "Switches"]

_HOMES = {"Fault": "faults", "FaultMix": "faults", "RemoteControl": "remote", "Simulator": "server", "Switches": "switches"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
