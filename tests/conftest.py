# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for all tests, and the simulator that most of them share."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.simulator import Simulator

# The outcome of a test never depends on how fast the machine is, nor on chance: the same examples in each run.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

# A shell that starts the tests in the background has them ignore an interruption, and with them all that they start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def serving() -> Iterator[Simulator]:
    """One simulator for a module of tests; a folder may have a `sim` of its own."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def sim(serving: Simulator) -> Simulator:
    serving.reset()
    return serving


@pytest.fixture
def untraced() -> Iterator[None]:
    """For what calls so much that it takes minutes where coverage follows each line (its own `no_cover` does nothing in a worker)."""
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)
