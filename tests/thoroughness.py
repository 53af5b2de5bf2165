# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many examples the tests with random input try: `TEST_EXAMPLES=20 ./dev test tests/model` tries twenty times as many."""

import os

FACTOR = int(os.environ.get("TEST_EXAMPLES") or 1)


def examples(number: int) -> int:
    """So many in a usual run, which has to be quick; more where somebody hunts for bugs."""
    return number * FACTOR
