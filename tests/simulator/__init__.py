# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator of the credentials API: `switches.py` says what is open, `world.py` what tests can do with it."""

from .faults import Fault, FaultMix
from .remote import RemoteControl
from .server import Simulator
from .switches import Switches

__all__ = ["Fault", "FaultMix", "RemoteControl", "Simulator", "Switches"]
