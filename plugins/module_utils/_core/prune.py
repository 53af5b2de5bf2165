# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The flow that deletes a credential that is not listed, if no environment uses it."""

from __future__ import annotations

import typing as t

from .actions import DELETE, FIND, NOTHING, Flow
from .credential_types import TYPES
from .desired import Desired
from .ensure import Memory, forget
from .identifiers import is_ulid
from .observed import Observed
from .plan import Plan
from .result import make_result

# Whatever else an answer shows of a credential may be what uses it, if it holds more than one value, or an id.
_NO_REFERENCES = {"id", "type", "name", "data", "createdAt", "updatedAt", "usages", "errors"}
_NO_REFERENCES |= {"organisationId", "expiresAt", "authSchemeType"}


def prune(desired: Desired, memory: Memory, check_mode: bool = False, diff: bool = False, is_used: bool = False) -> Flow[dict[str, t.Any]]:
    """Delete a credential, but only if its type is known and a fresh GET shows that no environment uses it.

    ``usages`` that are absent say "not loaded", which is not "unused" (contract, "Usages"). A list cannot name a credential of
    another type than the known ones, so that it lacks one says nothing (contract, "Types of newer APIs").

    :param desired: the credential's absence, by its id.
    :param is_used: whether the list showed usages of it; they may be in the list and not in a GET.
    :raises Failure: what went wrong.
    """
    observed: Observed | None = yield FIND, desired
    if observed is None:
        return make_result(desired, Plan(NOTHING, "absent"), None, None, diff)
    usages = observed.credential.get("usages")
    why = ""
    if observed.type not in TYPES:
        why = "of a type that this collection does not know"
    elif is_used or usages != []:
        why = "in use" if is_used or usages else "the platform does not show what uses it"
    elif references := _references(observed):
        why = f"perhaps in use: the platform shows {', '.join(references)}"
    if why:
        warning = f"{desired.label} ({observed.id}): not listed, but kept: {why}."
        return make_result(desired, Plan(NOTHING, "kept", warnings=(warning,)), observed, observed, diff)
    if not check_mode:
        yield DELETE, desired, observed
        forget(desired, memory, observed)
    return make_result(desired, Plan(DELETE, "deleted"), observed, None, diff)


def _references(observed: Observed) -> list[str]:
    """Members of the credential that may say what uses it, in whatever form."""
    more = {key: value for key, value in observed.credential.items() if key not in _NO_REFERENCES}
    names = [key for key, value in more.items() if value and (isinstance(value, (list, dict)) or is_ulid(value))]
    return names + [path for path in observed.withheld if path != "name" and not path.startswith("data.")]
