# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit finds noteworthy about credentials."""

from __future__ import annotations

import typing as t

from ..module_utils._core.identifiers import normal_identifier

# In the order in which they matter, with how a person reads them.
FINDINGS = {
    "invalid": "Invalid",
    "missing": "Missing",
    "differs": "Differs",
    "unchecked": "Not checked",
    "unknown": "Secret unknown",
    "unlisted": "Not listed",
    "unused": "Unused",
}

_WHY = {
    "created": "is in the list, but not on the platform",
    "updated": "other than in the list",
    "rotated": "the list has another secret than was pushed last",
    "drifted": "changed by somebody else since it was pushed",
    "contested": "changed by somebody else again, right after it was restored",
    "deleted": "is there, but should not be",
    "unknown": "nothing is remembered of its secret, so nobody can say whether it is the one in the list",
}


def judge(credentials: list[dict[str, t.Any]], results: list[dict[str, t.Any]] | None) -> list[dict[str, t.Any]]:
    """Everything that was read and everything that is listed, by name, with what was found.

    :param credentials: as the info module shows them.
    :param results: of the list, from a run in check mode; ``None`` without a list.
    """
    by_id = {normal_identifier(one["credential_id"]): one for one in results or () if one["credential_id"]}
    without_id = {one["name"]: one for one in results or () if not one["credential_id"]}
    judged = []
    for shown in credentials:
        listed = by_id.pop(normal_identifier(shown["id"]), None) or without_id.get(shown.get("name"))
        judged.append(_judge_one(shown, listed, results is not None))
    present = {one["name"] for one in judged}
    for listed in [*by_id.values(), *(one for name, one in without_id.items() if name not in present)]:
        if listed["failed"] or listed["changed"]:
            judged.append(_judge_one({}, listed, True))
    return sorted(judged, key=lambda one: (str(one["name"]).casefold(), str(one["id"])))


def _judge_one(shown: dict[str, t.Any], listed: dict[str, t.Any] | None, compared: bool) -> dict[str, t.Any]:
    errors, usages = shown.get("errors"), shown.get("usages")
    findings: dict[str, list[str]] = {}
    if errors:
        findings["invalid"] = [str(one) for one in errors]
    if shown and usages == []:
        findings["unused"] = ["no environment uses it"]
    if compared and listed is None:
        findings["unlisted"] = ["is on the platform, but not in the list"]
    if listed is not None:
        findings.update(_compare(listed))
    return {
        "name": shown.get("name") or (listed or {}).get("name"),
        "id": shown.get("id") or (listed or {}).get("credential_id"),
        "type": shown.get("type"),
        "findings": [one for one in FINDINGS if one in findings],
        "reasons": [reason for one in FINDINGS for reason in findings.get(one, ())],
        # Absent says neither yes nor no (contract, "Validity"; contract, "Usages").
        "valid": None if errors is None else not errors,
        "used": None if usages is None else bool(usages),
        "used_by": [_place(one) for one in usages or ()],
        "listed": (listed is not None) if compared else None,
        "decision": listed["decision"] if listed else None,
        "changes": listed["changes"] if listed else [],
        "updated_at": shown.get("updatedAt"),
    }


def _compare(listed: dict[str, t.Any]) -> dict[str, list[str]]:
    decision = listed["decision"]
    if listed["failed"]:
        return {"unchecked": [listed["msg"]]}
    if decision == "created":
        return {"missing": [_WHY[decision]]}
    if decision == "unknown":
        return {"unknown": [_WHY[decision]]}
    if listed["changed"] or decision in ("drifted", "contested"):
        fields = f": {', '.join(listed['changes'])}" if listed["changes"] and decision != "deleted" else ""
        return {"differs": [_WHY.get(decision, str(decision)) + fields]}
    return {}


def _place(usage: t.Any) -> str:
    """Where it is used: connection and environment, as far as the platform says."""
    environment = usage.get("environment") if isinstance(usage, dict) else None
    if not isinstance(environment, dict):
        return "?"
    connection = environment.get("connection")
    names = [connection.get("name") if isinstance(connection, dict) else None, environment.get("name") or environment.get("slug")]
    return " / ".join(str(one) for one in names if one) or str(environment.get("id") or "?")
