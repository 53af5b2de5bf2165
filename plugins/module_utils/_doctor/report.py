# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor's report: what was found, for machines and for a terminal."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from .._api.client import USER_AGENT
from .._api.connection import DEFAULT_API_URL
from .._core.failure import Failure
from .observations import Examination
from .questions import QUESTIONS, SET, WRONG, Finding


def make_report(exam: Examination, failures: list[Failure]) -> dict[str, t.Any]:
    """The report of an examination, once everything is clean.

    :param failures: what ended a probe early. Not a word of the server's in them is in the report.
    """
    account = exam.account
    no_answer = "no usable answer came (the warning of this task says more)"
    reasons = [f"the API answered {failure.status}" if failure.status else no_answer for failure in failures]
    if exam.check_mode:
        reasons.append("this run only read")
    why_open = "; ".join(dict.fromkeys(reasons)) or "it could not be observed"
    findings = [exam.findings.get(name) or Finding(name, asks, False, why_open) for name, asks in QUESTIONS.items()]
    # It may be pasted into a public issue, and some of it the server has chosen.
    findings = [item._replace(answer=account.mask.text(item.answer), value=account.mask.tree(item.value)) for item in findings]
    reliable, verdict = _conclusion(account.permissions, findings, exam.check_mode)
    return {
        "collection": USER_AGENT.split()[0].rpartition("/")[2],
        "made": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "api": f"{'the' if account.connection.api_url == DEFAULT_API_URL else 'another address than the'} default",
        "authentication": exam.authentication,
        "check_mode": exam.check_mode,
        "permissions": account.permissions,
        "credentials": "not seen" if exam.count is None else exam.count,
        "requests": account.requests,
        "findings": [item._asdict() for item in findings],
        "cleaning": _cleaning(exam),
        "left_behind": len(account.left),
        "reliable": reliable,
        "verdict": verdict,
    }


def _cleaning(exam: Examination) -> list[str]:
    lines = []
    if exam.account.swept:
        done = "would be deleted" if exam.check_mode else "were deleted"
        lines.append(f"Throw-away credentials that an earlier run had left behind, and that {done}: {exam.account.swept}.")
    if exam.account.kept:
        lines.append(f"Throw-away credentials of an earlier run that are in use by now, and were kept: {exam.account.kept}.")
    if exam.account.left:
        lines.append(f"LEFT BEHIND, because deleting failed: {', '.join(exam.account.left)}.")
        lines.append("Run this playbook again, which deletes them, or delete the credentials of these names by hand.")
    else:
        made = sum(1 for throwaway in exam.account.book if throwaway.id)
        lines.append(f"Throw-away credentials created and deleted: {made}. Nothing was left behind.")
    return lines


def _conclusion(permissions: t.Mapping[str, str], findings: list[Finding], check_mode: bool) -> tuple[bool | None, str]:
    """Whether the collection can be relied on with this account, and the one sentence that says so."""
    if permissions["list"] != "yes":
        return False, "No: the credentials of this organisation could not be listed with this authentication."
    wrong = [item.asks for item in findings if item.level == WRONG]
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        return False, f"No: see what was found for '{wrong[0]}'{more}."
    if check_mode:
        return None, "Not known: this run only read. Run it without --check for the rest."
    missing = [action for action, allowed in permissions.items() if allowed != "yes"]
    if missing:
        return False, f"No, only in part: this account was not seen to be allowed to {', '.join(missing)}."
    to_set, still_open = sum(item.level == SET for item in findings), sum(not item.settled for item in findings)
    words = (
        f"with the settings that are named for {to_set} of the findings" if to_set else "what was found is what the collection is made for"
    )
    open_too = f" {still_open} questions stay open; the collection is made to be right either way." if still_open else ""
    return True, f"Yes: {words}.{open_too}"


def as_lines(report: t.Mapping[str, t.Any]) -> list[str]:
    """The report for a terminal."""
    permissions = ", ".join(f"{action} {allowed}" for action, allowed in report["permissions"].items())
    lines = [
        f"versori.platform {report['collection']}, {report['made']}{', reading only' if report['check_mode'] else ''}",
        f"API: {report['api']}. Authenticated with {report['authentication']}. Credentials: {report['credentials']}.",
        f"Allowed: {permissions}.",
    ]
    for item in report["findings"]:
        lines += ["", item["asks"], f"  {'settled' if item['settled'] else 'not settled'}: {item['answer']}"]
        if item["means"]:
            lines.append(f"  {'SET THIS' if item['level'] == SET else 'WRONG' if item['level'] == WRONG else 'so'}: {item['means']}")
    lines += ["", *report["cleaning"]]
    return [*lines, "", f"Can the collection be relied on with this account? {report['verdict']}"]
