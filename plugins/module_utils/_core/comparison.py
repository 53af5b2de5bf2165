# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be read, compared: in which fields the server differs from what is desired, and shows something else or nothing."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .credential_types import TYPES
from .desired import Desired
from .names import plain_name
from .observed import Observed
from .times import has_moved


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


def own_forms(desired: Desired, before: Observed | None, answered: Observed | None, after: Observed) -> tuple[str, ...]:
    """Names of the fields that are shown otherwise than they were sent, and surely are what the server has made of that.

    One is not what was there before, for a server may ignore what it does not let change; and not what somebody else has written since
    the write was answered. What differs only in blanks around texts or their Unicode form is, whatever was there.

    :param before: the credential before it was written, ``None`` for a new one.
    :param answered: as the answer to the write shows it, ``None`` where that is no credential.
    :param after: as a reading after it shows it.
    """
    shown = seen_otherwise(desired, after).readable
    old = before.data if before and before.type == after.type else {}
    new = answered.data if answered and not has_moved(answered.updated_at, after.updated_at) else {}
    return tuple(
        name
        for name, value in shown.items()
        if is_nearly_same(desired.readable.get(name), value) or new.get(name) == value != old.get(name)
    )


def is_nearly_same(given: t.Any, shown: t.Any) -> bool:
    """Whether two values differ in no more than blanks around texts and their Unicode form."""
    return bool(_plain(given) == _plain(shown))


def _plain(value: t.Any) -> t.Any:
    if isinstance(value, str):
        return plain_name(value)
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    return sorted(map(_plain, value), key=repr) if isinstance(value, list) else value


def _different(desired: Desired, observed: Observed) -> list[tuple[str, t.Any]]:
    """The readable fields in which the server differs, with what it surely shows there."""
    different = differences(desired, observed)
    data = {name: value for name, value in observed.data.items() if f"data.{name}" not in observed.withheld}
    return [(field.name, data.get(field.name)) for field in TYPES[desired.type] if field.path in different]
