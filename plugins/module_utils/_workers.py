# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bounded number of threads over a list."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

One = t.TypeVar("One")
Result = t.TypeVar("Result")


def each(function: t.Callable[[One], Result], items: t.Sequence[One], workers: int) -> list[Result]:
    """``function`` of every item, in the order of the items, at most ``workers`` at a time."""
    if workers == 1 or len(items) < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(workers, len(items))) as pool:
        return list(pool.map(function, items))
