# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task reports, made from the plan and what the server showed before and after."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .credential_types import TYPES
from .desired import Desired
from .observed import Observed
from .placeholders import PUSHED_PLACEHOLDER, SECRET_PLACEHOLDER
from .plan import CREATE, DELETE, NOTHING, Plan
from .printable import printable


@dataclass(frozen=True)
class Outcome:
    """How one credential ended.

    :param before: as it was shown before, ``None`` where there was none.
    :param after: as it was shown afterwards; ``None`` where there is none, or in check mode where nothing was done.
    :param warnings: what is to be said beyond the plan's own warnings.
    """

    desired: Desired
    plan: Plan
    before: Observed | None
    after: Observed | None
    warnings: tuple[str, ...] = ()

    def as_result(self, diff: bool, fail_when_invalid: bool = False) -> dict[str, t.Any]:
        """The result of the task: ``changed``, ``decision``, ``changes``, ``credential``, ``diff``, ``warnings``."""
        plan = self.plan
        observed = self.after or (self.before if plan.action != DELETE else None)
        result: dict[str, t.Any] = {
            "changed": plan.changed,
            "decision": plan.decision,
            "changes": list(plan.changes),
            "credential": observed.view() if observed else None,
        }
        known = self.after or self.before
        result["credential_id"] = known.id if known else self.desired.credential_id
        warnings = [*plan.warnings, *self.warnings]
        # An invalid credential comes with a 200 as well (contract, "Validity").
        errors = observed.errors if observed and plan.action != DELETE else []
        if errors:
            invalid = f"{self.desired.label}: the platform finds it invalid: {'; '.join(errors)}"
            if fail_when_invalid:
                result.update(failed=True, msg=invalid)
            else:
                warnings.append(invalid)
        if warnings:
            result["warnings"] = warnings
        if diff:
            result["diff"] = self.diff()
        return result

    def diff(self) -> dict[str, t.Any]:
        """Before and after, built from readable fields and one fixed word for each secret."""
        plan = self.plan
        name = printable(self.desired.name or (self.before.name if self.before else self.desired.credential_id) or "")
        before: dict[str, t.Any] = _state(self.before) if self.before else {}
        if plan.action == DELETE or self.desired.absent:
            after: dict[str, t.Any] = before if plan.action == NOTHING else {}
        elif plan.action == NOTHING:
            after = before
        else:
            after = self._after(before)
            for name in self.desired.removed:
                if f"data.{name}" in plan.changes and name not in before["data"]:
                    before["data"][name] = SECRET_PLACEHOLDER  # it may be there and not be shown
        return {
            "before": before or "",  # nothing there is an empty text, which a callback shows as no line at all
            "after": after or "",
            "before_header": f"{name} (as the platform has it)",
            "after_header": f"{name} (as the task wants it)",
        }

    def _after(self, before: dict[str, t.Any]) -> dict[str, t.Any]:
        desired = self.desired
        same_type = before.get("type") == desired.type
        data = {key: value for key, value in before.get("data", {}).items() if same_type and key not in desired.removed}
        for name, value in desired.readable.items():
            if f"data.{name}" in self.plan.changes or name not in data:  # scopes in another order are no change
                data[name] = value
        for name in desired.secrets:
            sent_anew = self.plan.action == CREATE or f"data.{name}" in self.plan.changes
            data[name] = PUSHED_PLACEHOLDER if sent_anew else SECRET_PLACEHOLDER
        return {
            "name": desired.name or before.get("name"),
            "type": desired.type,
            "data": dict(sorted(data.items())),
        }


def _state(observed: Observed) -> dict[str, t.Any]:
    """What of a shown credential is compared."""
    names = {one.name for one in TYPES.get(observed.type, ())}
    data = {name: value for name, value in observed.view()["data"].items() if name in names}
    return {"name": observed.name, "type": observed.type, "data": dict(sorted(data.items()))}
