# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator of the credentials API: `switches.py` says what is open, `world.py` what tests can do with it.

Names are loaded when they are used. The benchmark needs `RemoteControl` alone, and has to stay small: what the system tells of a
child's memory is never less than its parent's.
"""

from importlib import import_module
from typing import Any

_HOMES = {"Fault": "faults", "FaultMix": "faults", "RemoteControl": "remote", "Simulator": "server", "Switches": "switches"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
