# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How old secrets may be, as the audit is told."""

from __future__ import annotations

import contextlib
import math
import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._core.credential_types import TYPES


class MaxAge:
    """How many days old a secret may be.

    :param given: a number for all, or a mapping of names or types of credentials to numbers; ``None`` or an empty text for no limit.
    :raises AnsibleFilterError: for anything else.
    """

    def __init__(self, given: t.Any) -> None:
        self._by_key: dict[str, float] = {}
        self._for_all: float | None = None
        if isinstance(given, t.Mapping):
            self._by_key = {str(key): _days(f"versori_audit_max_age[{str(key)!r}]", days) for key, days in given.items()}
        elif given not in (None, ""):
            self._for_all = _days("versori_audit_max_age", given)

    def of(self, credential: dict[str, t.Any]) -> float | None:
        """For one credential: what is said of its name counts before what is said of its type; ``None`` for no limit."""
        kind = str(credential.get("type"))
        if kind in TYPES and not any(field.secret for field in TYPES[kind]):
            return None
        by_type = self._by_key.get(kind, self._for_all)
        return self._by_key.get(str(credential.get("name")), by_type)

    def unknown(self, names: t.Iterable[t.Any], types: t.Iterable[t.Any]) -> list[str]:
        """Keys of the mapping that are no name and no type."""
        known = {*TYPES, *map(str, names), *map(str, types)}
        return [key for key in self._by_key if key not in known]


def _days(where: str, given: t.Any) -> float:
    """:raises AnsibleFilterError: for what is no number of days."""
    days = math.nan
    if isinstance(given, (int, float, str)) and not isinstance(given, bool):  # on the command line a number is a text
        with contextlib.suppress(ValueError, OverflowError):
            days = float(given)
    if not (math.isfinite(days) and days > 0):
        raise AnsibleFilterError(f"{where} must be a number of days that is greater than 0")
    return days
