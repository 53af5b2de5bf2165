# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be read, compared: in which fields the server differs from what is desired, and shows something else or nothing."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .credential_types import TYPES
from .desired import Desired
from .observed import Observed


def differences(desired: Desired, observed: Observed) -> list[str]:
    """Paths of the readable fields in which the server holds something else than is desired.

    Fields that the task does not give, and fields that the server adds, are no difference.
    """
    paths = []
    # Where the name is withheld, the one that is shown was changed to be printed, and is not the one that the server has.
    if desired.name is not None and (observed.name not in (desired.name, desired.shown_name) or "name" in observed.withheld):
        paths.append("name")
    if desired.type != observed.type:
        paths.append("type")
    data = observed.data if observed.type == desired.type else {}
    for field in TYPES[desired.type]:
        if not field.secret and (field.name in desired.readable or field.name in desired.removed):
            value = desired.readable.get(field.name)
            if field.comparable(value) != field.comparable(data.get(field.name)):
                paths.append(field.path)
    return paths


def unseen(desired: Desired, observed: Observed) -> list[str]:
    """Names of the readable fields that are given, and in whose place the server shows nothing: they may be hidden, or not there."""
    return [name for name, value in _different(desired, observed) if value in (None, "", [], {})]


def seen_otherwise(desired: Desired, observed: Observed) -> Desired:
    """What is desired, with the values that the server shows in place of others of the readable fields, and nothing else."""
    values = {name: value for name, value in _different(desired, observed) if value not in (None, "", [], {})}
    return replace(desired, readable=values, secrets={}, removed=())


def _different(desired: Desired, observed: Observed) -> list[tuple[str, t.Any]]:
    """The readable fields in which the server differs, with what it surely shows there."""
    different = differences(desired, observed)
    data = {name: value for name, value in observed.data.items() if f"data.{name}" not in observed.withheld}
    return [(field.name, data.get(field.name)) for field in TYPES[desired.type] if field.path in different]
