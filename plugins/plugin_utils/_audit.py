# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit finds noteworthy about credentials."""

from __future__ import annotations

import typing as t

from ..module_utils._core.credential_types import TYPES
from ..module_utils._core.identifiers import normal_identifier
from ..module_utils._core.observed import hidden_fields, place
from ..module_utils._core.times import in_utc, instant, is_before
from ._max_age import MaxAge

# In the order in which they matter, with how a person reads them.
FINDINGS = {
    "invalid": "Invalid",
    "missing": "Missing",
    "differs": "Differs",
    "unchecked": "Not checked",
    "unknown": "Secret unknown",
    "overdue": "Overdue",
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

_DAY = 86_400  # seconds


def make_audit(
    credentials: list[dict[str, t.Any]],
    results: list[dict[str, t.Any]] | None,
    host: str,
    organisation_id: str,
    max_age: t.Any,
    now: float,
) -> dict[str, t.Any]:
    """What the filter ``audit`` returns.

    :param max_age: how old secrets may be, as :class:`MaxAge` reads it. The others are as for :func:`judge`.
    :raises AnsibleFilterError: for a ``max_age`` that is none.
    """
    limit = MaxAge(max_age)
    judged = judge(credentials, results, limit, now)
    counts = {finding: sum(finding in row["findings"] for row in judged) for finding in FINDINGS}
    return {
        "host": host,
        "organisation_id": organisation_id,
        "compared": results is not None,
        "counts": {"credentials": len(judged), **counts},
        "unknown_max_age": limit.unknown((row["name"] for row in judged), (row["type"] for row in judged)),
        "credentials": judged,
    }


def judge(
    credentials: list[dict[str, t.Any]], results: list[dict[str, t.Any]] | None, limit: MaxAge | None = None, now: float = 0.0
) -> list[dict[str, t.Any]]:
    """Everything that was read and everything that is listed, by name, with its findings.

    :param credentials: as the info module shows them, those that it could not read among them, with a ``msg``.
    :param results: of the list, from a run in check mode; ``None`` without a list.
    :param limit: how old secrets may be; ``None`` for as old as they are.
    :param now: in seconds since 1970.
    """
    limit = limit or MaxAge(None)
    by_id = {normal_identifier(result["credential_id"]): result for result in results or () if result["credential_id"]}
    by_name = {result["name"]: result for result in results or () if not result["credential_id"]}
    judged = []
    for credential in credentials:
        result = by_id.pop(normal_identifier(credential["id"]), None) or by_name.get(credential.get("name"))
        judged.append(_audit_row(credential, result, results is not None, limit, now))
    present = {row["name"] for row in judged}
    for result in [*by_id.values(), *(result for name, result in by_name.items() if name not in present)]:
        if result["failed"] or result["changed"]:
            judged.append(_audit_row({}, result, True, limit, now))
    return sorted(judged, key=lambda row: (str(row["name"]).casefold(), str(row["id"])))


def _audit_row(
    credential: dict[str, t.Any], result: dict[str, t.Any] | None, compared: bool, limit: MaxAge, now: float
) -> dict[str, t.Any]:
    """:param credential: empty for one that is only listed. :param result: ``None`` for one that is not."""
    errors, usages, listed = credential.get("errors"), credential.get("usages"), result or {}
    reasons = _compare(result, credential) if result else {}
    max_age = limit.of(credential) if credential else None
    ages = _secret_ages(credential, listed) if credential else []
    if too_old := _overdue(ages, max_age, now):
        reasons["overdue"] = too_old
    if credential.get("msg") and "unchecked" not in reasons:  # it was listed, and could not be read
        reasons["unchecked"] = [str(credential["msg"])]
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
        "secret_changed_at": listed.get("secret_changed_at", {}),
        "secret_held_since": listed.get("secret_held_since", {}),
        "max_age": max_age,
    }


def _compare(result: dict[str, t.Any], credential: dict[str, t.Any]) -> dict[str, list[str]]:
    decision, changes = result["decision"], result.get("changes", [])
    if result["failed"]:
        return {"unchecked": [result.get("msg", "")]}
    if decision == "created":
        return {"missing": [_WHY[decision]]}
    if decision == "unknown":
        differs = [path for path in changes if path not in _hidden_paths(credential)]
        why = {"differs": [f"{_WHY['updated']}: {', '.join(differs)}"]} if differs else {}
        return {**why, "unknown": [_WHY[decision]]}
    if result["changed"] or decision in ("drifted", "contested"):
        fields = f": {', '.join(changes)}" if changes and decision != "deleted" else ""
        return {"differs": [_WHY.get(decision, str(decision)) + fields]}
    return {}


def _hidden_paths(credential: dict[str, t.Any]) -> set[str]:
    """Paths of the fields that cannot be compared by what the platform shows: secrets, and what it hides beside them."""
    kind = credential.get("type", "")
    secrets = {field.path for field in TYPES.get(kind, ()) if field.secret}
    return secrets | {f"data.{name}" for name in hidden_fields(kind, credential.get("data") or {})}


def _secret_ages(credential: dict[str, t.Any], result: dict[str, t.Any]) -> list[tuple[str, str, str]]:
    """For each secret of which something is known: how it is called, since when it is what it is, in UTC, and how that is said.

    What is remembered counts. Of the rest it is only known that nothing has changed it since the credential's ``updatedAt``.

    :param credential: as the info module shows it.
    :param result: of its comparison, which may say when its secrets were changed.
    """
    updated_at = in_utc(credential.get("updatedAt"))
    ages = [(f"data.{name}", time, "it was changed last on") for name, time in result.get("secret_changed_at", {}).items()]
    for name, time in result.get("secret_held_since", {}).items():
        since = updated_at if updated_at and is_before(updated_at, time) else time
        ages.append((f"data.{name}", since, "it is the same at least since"))
    if not ages and updated_at:
        ages = [("its secret", updated_at, "it is the same at least since")]
    return ages


def _overdue(ages: list[tuple[str, str, str]], max_age: float | None, now: float) -> list[str]:
    """A sentence for each secret that is older than it may be.

    :param ages: what :func:`_secret_ages` returned.
    :param max_age: in days; ``None`` for no limit.
    :param now: in seconds since 1970.
    """
    if max_age is None:
        return []
    days = f"{max_age:g} day{'' if max_age == 1 else 's'}"
    return [
        f"{what} is older than {days}: {known} {since[:10]}"
        for what, since, known in ages
        if now - (instant(since) or (now, ""))[0] > max_age * _DAY
    ]
