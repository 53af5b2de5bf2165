# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the controller asks of the host that a task runs on, and what it hears back, as plain data.

A conversation (``ensure.py``) yields steps; whoever runs it has them done, in this process or on another host, and
sends the answers back in. So one piece of code decides for both.
"""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass

from .desired import Desired
from .failure import Failure
from .observed import Observed

FIND = "find"  # look the credential up, by id or by unique name -> Observed, or None where there is none
CREATE = "create"  # POST -> Observed
REPLACE = "replace"  # PUT -> Observed, with an updatedAt that a later GET will show too
DELETE = "delete"  # DELETE -> None
LIST = "list"  # every page -> a list of summaries, free text masked
WRITES = (CREATE, REPLACE, DELETE)


@dataclass(frozen=True)
class Step:
    """One thing to do at the API.

    :param do: one of the words above.
    :param desired: the credential it is about; its secrets travel to the host, never back.
    :param observed: for :data:`REPLACE` and :data:`DELETE`, the credential as :data:`FIND` saw it.
    """

    do: str
    desired: Desired
    observed: Observed | None = None

    def as_dict(self) -> dict[str, t.Any]:
        return {
            "do": self.do,
            "wanted": asdict(self.desired),
            "shown": self.observed.as_dict() if self.observed else None,
        }

    @classmethod
    def from_dict(cls, plain: dict[str, t.Any]) -> Step:
        desired = Desired(**{**plain["wanted"], "removed": tuple(plain["wanted"]["removed"])})
        return cls(plain["do"], desired, Observed.from_dict(plain["shown"]) if plain["shown"] else None)


Answer = t.Union[Observed, t.List[t.Dict[str, t.Any]], None, Failure]  # noqa: UP006,UP007 (evaluated, and the import gate runs older Pythons)


def answer_as_dict(answer: Answer) -> dict[str, t.Any]:
    """An answer as plain data, for the way back from another host."""
    if isinstance(answer, Failure):
        return {"failure": answer.as_dict()}
    if isinstance(answer, list):
        return {"summaries": answer}
    return {"shown": answer.as_dict() if answer else None}


def answer_from_dict(plain: dict[str, t.Any]) -> Answer:
    """The reverse of :func:`answer_as_dict`."""
    if "failure" in plain:
        return Failure.from_dict(plain["failure"])
    if "summaries" in plain:
        return list(plain["summaries"])
    return Observed.from_dict(plain["shown"]) if plain["shown"] else None
