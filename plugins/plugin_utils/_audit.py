# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit finds noteworthy about credentials."""

from __future__ import annotations

import typing as t

from ..module_utils._core.identifiers import normal_identifier
from ..module_utils._core.observed import place

# In the order in which they matter, with how a person reads them.
FINDINGS = {
    "invalid": "Invalid",
    "missing": "Missing",
    "differs": "Differs",
    "unchecked": "Not checked",
    "unknown": "Secret unknown",
    "unlisted": "Not listed",
    "unused": "Unused",
    "expiring": "Expires",
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


def make_audit(
    credentials: list[dict[str, t.Any]], results: list[dict[str, t.Any]] | None, host: str, organisation_id: str
) -> dict[str, t.Any]:
    """What the filter ``audit`` returns. The first two are as for :func:`judge`."""
    judged = judge(credentials, results)
    counts = {finding: sum(finding in row["findings"] for row in judged) for finding in FINDINGS}
    return {
        "host": host,
        "organisation_id": organisation_id,
        "compared": results is not None,
        "counts": {"credentials": len(judged), **counts},
        "credentials": judged,
    }


def judge(credentials: list[dict[str, t.Any]], results: list[dict[str, t.Any]] | None) -> list[dict[str, t.Any]]:
    """Everything that was read and everything that is listed, by name, with its findings.

    :param credentials: as the info module shows them.
    :param results: of the list, from a run in check mode; ``None`` without a list.
    """
    by_id = {normal_identifier(result["credential_id"]): result for result in results or () if result["credential_id"]}
    by_name = {result["name"]: result for result in results or () if not result["credential_id"]}
    judged = []
    for credential in credentials:
        result = by_id.pop(normal_identifier(credential["id"]), None) or by_name.get(credential.get("name"))
        judged.append(_audit_row(credential, result, results is not None))
    present = {row["name"] for row in judged}
    for result in [*by_id.values(), *(result for name, result in by_name.items() if name not in present)]:
        if result["failed"] or result["changed"]:
            judged.append(_audit_row({}, result, True))
    return sorted(judged, key=lambda row: (str(row["name"]).casefold(), str(row["id"])))


def _audit_row(credential: dict[str, t.Any], result: dict[str, t.Any] | None, compared: bool) -> dict[str, t.Any]:
    """:param credential: empty for one that is only listed. :param result: ``None`` for one that is not."""
    errors, usages, listed = credential.get("errors"), credential.get("usages"), result or {}
    reasons = _compare(result) if result else {}
    if errors:
        reasons["invalid"] = [str(error) for error in errors]
    if credential and usages == []:
        reasons["unused"] = ["no environment uses it"]
    if credential.get("expiresAt"):
        reasons["expiring"] = [f"the platform deletes it by itself at {credential['expiresAt']}"]
    if compared and result is None:
        reasons["unlisted"] = ["is on the platform, but not in the list"]
    return {
        "name": credential.get("name") or listed.get("name"),
        "id": credential.get("id") or listed.get("credential_id"),
        "type": credential.get("type"),
        "findings": [finding for finding in FINDINGS if finding in reasons],
        "reasons": [reason for finding in FINDINGS for reason in reasons.get(finding, ())],
        # Absent says neither yes nor no (contract, "Validity"; contract, "Usages").
        "valid": None if errors is None else not errors,
        "used": None if usages is None else bool(usages),
        "used_by": [place(usage) for usage in usages or ()],
        "listed": result is not None if compared else None,
        "decision": listed.get("decision"),
        "changes": listed.get("changes", []),
        "updated_at": credential.get("updatedAt"),
    }


def _compare(result: dict[str, t.Any]) -> dict[str, list[str]]:
    decision = result["decision"]
    if result["failed"]:
        return {"unchecked": [result["msg"]]}
    if decision == "created":
        return {"missing": [_WHY[decision]]}
    if decision == "unknown":
        return {"unknown": [_WHY[decision]]}
    if result["changed"] or decision in ("drifted", "contested"):
        changes = result.get("changes", ())
        fields = f": {', '.join(changes)}" if changes and decision != "deleted" else ""
        return {"differs": [_WHY.get(decision, str(decision)) + fields]}
    return {}
