# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a task for one credential, and its diff."""

from __future__ import annotations

import typing as t

from .actions import CREATE, DELETE, NOTHING, REPLACE
from .credential_types import TYPES
from .desired import Desired
from .observed import Observed
from .placeholders import PUSHED_PLACEHOLDER, SECRET_PLACEHOLDER
from .plan import Plan
from .printable import printable
from .times import instant


def make_result(
    desired: Desired, plan: Plan, before: Observed | None, after: Observed | None, diff: bool, warnings: t.Sequence[str] = ()
) -> dict[str, t.Any]:
    """``changed``, ``decision``, ``changes``, ``credential_id``, ``credential``, and where there are any ``diff``, ``warnings``.

    :param before: the credential as it was shown before, ``None`` where there was none.
    :param after: as it was shown afterwards; ``None`` where there is none, or in check mode where nothing was done.
    :param diff: whether one is wanted.
    :param warnings: what is to be said beyond the plan's own warnings.
    """
    observed = after or (before if plan.action != DELETE else None)
    known = after or before
    result: dict[str, t.Any] = {
        "changed": plan.changed,
        "decision": plan.decision,
        "changes": list(plan.changes),
        "credential_id": known.id if known else desired.credential_id,
        "credential": observed.view() if observed else None,
    }
    warnings = [*plan.warnings, *warnings]
    # An invalid credential comes with a 200 as well (contract, "Validity").
    if observed and observed.errors:
        invalid = f"{desired.label}: the platform finds it invalid: {'; '.join(observed.errors)}"
        if desired.fail_when_invalid:
            result.update(failed=True, msg=invalid)
        else:
            warnings.append(invalid)
    if observed and instant(observed.credential.get("expiresAt")):  # contract, "Types of newer APIs"
        warnings.append(f"{desired.label}: the platform deletes it by itself at {observed.credential['expiresAt']} (expiresAt).")
    if warnings:
        result["warnings"] = warnings
    if diff:
        result["diff"] = _diff(desired, plan, before)
    return result


def _diff(desired: Desired, plan: Plan, observed: Observed | None) -> dict[str, t.Any]:
    """Before and after, built from readable fields and one fixed word for each secret; a line where only secrets change."""
    if plan.action == REPLACE and set(plan.changes) <= set(desired.paths(desired.secrets)):
        return {"prepared": f"{desired.label}: {', '.join(plan.changes)} (secret): {plan.decision}\n"}
    before: dict[str, t.Any] = {}
    if observed:
        fields = {field.name for field in TYPES.get(observed.type, ())}
        data = {name: value for name, value in observed.view()["data"].items() if name in fields}
        before = {"name": observed.name, "type": observed.type, "data": data}
    if plan.action == NOTHING:
        after = before
    elif plan.action == DELETE:
        after = {}
    else:
        after = _after(desired, plan, before)
        for field in desired.removed:
            if f"data.{field}" in plan.changes:
                before["data"].setdefault(field, SECRET_PLACEHOLDER)  # it may be there and not be shown
    name = printable(desired.name or (observed.name if observed else desired.credential_id) or "")
    return {
        "before": _sorted(before),
        "after": _sorted(after),
        "before_header": f"{name} (as the platform has it)",
        "after_header": f"{name} (as the task wants it)",
    }


def _after(desired: Desired, plan: Plan, before: dict[str, t.Any]) -> dict[str, t.Any]:
    data = {}
    if before.get("type") == desired.type:
        data = {name: value for name, value in before["data"].items() if name not in desired.removed}
    for name, value in desired.readable.items():
        if f"data.{name}" in plan.changes or name not in data:  # scopes in another order are no change
            data[name] = value
    for name in desired.secrets:
        pushed = plan.action == CREATE or f"data.{name}" in plan.changes
        data[name] = PUSHED_PLACEHOLDER if pushed else SECRET_PLACEHOLDER
    return {"name": desired.name or before.get("name"), "type": desired.type, "data": data}


def _sorted(side: dict[str, t.Any]) -> t.Any:
    """One side of a diff; nothing there is an empty text, which a callback shows as no line at all."""
    return {**side, "data": dict(sorted(side["data"].items()))} if side else ""
