# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vocabulary of actions at the API, and how they and their answers travel to another host.

An action is a tuple: its name and its arguments. A flow (``ensure.py``, ``prune.py``) yields actions and is sent their
answers, so that one piece of code decides both ways: in this process, and delegated.
"""

from __future__ import annotations

import typing as t

from .desired import Desired
from .failure import Failure
from .observed import Observed

# (FIND, desired) looks it up by id or by unique name -> Observed, one of a name that differs by blanks around it or the form of its
# letters alone, or None where there is none. (FIND, desired, seconds, whether it may have been created) looks for that long.
FIND = "find"
READ = "read"  # (READ, organisation_id, credential_id) -> Observed, or None where there is none
LIST = "list"  # (LIST, organisation_id), every page -> a list of summaries, free text masked
CREATE = "create"  # (CREATE, desired): POST -> Observed
REPLACE = "replace"  # (REPLACE, desired, observed): PUT -> Observed, with an updatedAt that a later GET will show too
DELETE = "delete"  # (DELETE, desired, observed) -> None
NOTHING = "nothing"  # what a plan may come to
WRITES = (CREATE, REPLACE, DELETE)

Action = t.Tuple[t.Any, ...]  # noqa: UP006 (evaluated, and the import gate runs older Pythons)
Result = t.TypeVar("Result")
Flow = t.Generator[Action, t.Any, Result]

_TYPES: t.Mapping[str, t.Any] = {kind.__name__: kind for kind in (Desired, Observed, Failure)}


def request(*action: t.Any) -> Flow[t.Any]:
    """The flow of a single action; its result is the answer."""
    return (yield action)


def to_json(value: t.Any) -> t.Any:
    """An action's argument, or an answer, as JSON has it."""
    kind = type(value).__name__
    return {kind: value.as_dict()} if kind in _TYPES else value


def from_json(value: t.Any) -> t.Any:
    """The reverse of :func:`to_json`."""
    if isinstance(value, dict):
        [(kind, members)] = value.items()
        return _TYPES[kind].from_dict(members)
    return value
