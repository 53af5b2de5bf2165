# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conversations about what an organisation has: all of it, a part of it, and what nobody needs any more."""

from __future__ import annotations

import contextlib
import typing as t

from .credential_types import TYPES
from .desired import Desired
from .ensure import Memory
from .failure import Failure
from .observed import Observed
from .outcome import Outcome
from .plan import DELETE, NOTHING, Plan
from .steps import DELETE as DELETE_STEP
from .steps import FIND, LIST, Answer, Step

Summaries = list[dict[str, t.Any]]


def look_up(organisation_id: str, credential_id: str) -> t.Generator[Step, Answer, dict[str, t.Any] | None]:
    """One credential as the server shows it, or ``None`` where there is none of that id."""
    observed = t.cast(Observed | None, (yield Step(FIND, _any(organisation_id, credential_id))))
    return observed.view() if observed else None


def list_all(organisation_id: str) -> t.Generator[Step, Answer, Summaries]:
    """The summaries of all credentials of an organisation."""
    return t.cast(Summaries, (yield Step(LIST, _any(organisation_id, None))))


def prune(organisation_id: str, summary: dict[str, t.Any], memory: Memory, check_mode: bool) -> t.Generator[Step, Answer, Outcome]:
    """Delete a credential that is not listed, but only if its type is known and a fresh GET shows it as used by nothing.

    ``usages`` that are absent say "not loaded", which is not "unused" (contract, "Usages"). A list cannot name a credential of
    another type than the known ones, so that it lacks one says nothing (contract, "Types of newer APIs").
    """
    desired = Desired(organisation_id, summary["id"], summary.get("name"), absent=True)
    observed = t.cast(Observed | None, (yield Step(FIND, desired)))
    if observed is None:
        return Outcome(desired, Plan(NOTHING, "absent"), None, None)
    usages = observed.credential.get("usages")
    why = ""
    if observed.type not in TYPES:
        why = "is of a type that this collection does not know"
    elif usages != []:
        why = "is in use" if usages else "may be in use: the platform does not show its usages"
    if why:
        warning = f"{desired.label} ({observed.id}) is not listed, but {why}. It was kept."
        return Outcome(desired, Plan(NOTHING, "kept", warnings=(warning,)), observed, observed)
    if not check_mode:
        yield Step(DELETE_STEP, desired, observed)
        with contextlib.suppress(Failure):  # a record of what is gone is never asked for again
            memory.write(organisation_id, observed.id, None)
    return Outcome(desired, Plan(DELETE, "deleted"), observed, None)


def _any(organisation_id: str, credential_id: str | None) -> Desired:
    """A credential of which nothing is wanted but to see it; ``absent`` makes a missing one an answer."""
    return Desired(organisation_id, credential_id, None, absent=True)
