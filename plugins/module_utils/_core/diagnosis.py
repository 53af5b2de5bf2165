# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the doctor asks of an account, how it judges what it saw, and its report.

Each question is one that no document decides (contract, "Open readings"). What is kept of an answer is its form, never a
text of the server's or of the user's: the report may be pasted into a public issue.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import asdict, dataclass

from .failure import Failure
from .placeholders import may_be_redacted
from .times import instant, same_time

FINE = "fine"  # the collection does the right thing by itself
SET = "set"  # an option should be set
WRONG = "wrong"  # the collection cannot be relied on

# In the order of the report.
QUESTIONS: t.Mapping[str, str] = {
    "sign_in": "Which way of signing in was accepted?",
    "types": "Which types of credentials can be created?",
    "redaction": "What does a secret look like when it is read?",
    "write_answer_secrets": "Does the answer to a write show the secret?",
    "put_without_secret": "What does an update do that leaves the secret out?",
    "put_redacted": "What does an update do that sends the stand-in of a secret back?",
    "put_without_optional": "What becomes of an optional field that an update leaves out?",
    "type_change": "May an update change the type?",
    "unknown_fields": "What becomes of a field in data that the type does not have?",
    "extra_data_fields": "Which fields does the server add to data?",
    "extra_fields": "Which fields does the server add to a credential?",
    "empty_optionals": "How are optional lists and maps shown that were not given?",
    "post_answer": "What is in the answer to a create?",
    "put_answer": "What is in the answer to an update?",
    "put_times": "What becomes of the times in the body of an update?",
    "noop_put": "Does an update that changes nothing move updatedAt?",
    "moves": "Does updatedAt move by itself?",
    "tokens": "Does the platform refresh the tokens of an oauth2-token?",
    "linking": "Does linking to an environment move updatedAt?",
    "write_digits": "How precise are the times in the answer to a write?",
    "get_digits": "How precise are the times in the answer to a read?",
    "rounding": "Is a time of lower precision cut off or rounded?",
    "zone": "How is the time zone written?",
    "usages": "Does a credential show its usages?",
    "usages_in_list": "Does the list show usages?",
    "errors": "How does the platform say whether a credential is valid?",
    "total_count": "Is totalCount the number of all credentials?",
    "list_lag": "Is a new credential in the list at once?",
    "list_order": "In which order is the list?",
    "page_limit": "How many entries does a page hold at most?",
    "next_cursor": "Does next, passed on as after, lead to the next page?",
    "cursor": "What does a cursor do when the list shifts?",
    "names": "Must names be unique?",
    "id_form": "What do ids look like?",
    "id_case": "Is an id found in another spelling?",
    "not_found": "What is the answer for a credential that is not there?",
    "error_cause": "Do errors name a cause?",
    "delete": "What are the answers to a delete, and to a second one?",
}

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,40}")


@dataclass(frozen=True)
class Finding:
    """The answer to one question.

    :param settled: whether the server was seen to do one thing and no other.
    :param answer: in words; where nothing is settled, why.
    :param means: what it means for the user's settings, empty where it means nothing.
    :param level: one of :data:`FINE`, :data:`SET`, :data:`WRONG`.
    :param value: the answer for machines.
    """

    question: str
    settled: bool
    answer: str
    means: str = ""
    level: str = FINE
    value: t.Any = None


class Interrupted(BaseException):
    """The person at the terminal, or a supervisor, wants it to end."""


def refused(status: int) -> bool:
    """Whether a status says that the request itself was not liked: not the sign-in, the permission, the pace or a fault."""
    return 400 <= status < 500 and status not in (401, 403, 408, 429)


def reason(failure: Failure) -> str:
    """Why something could not be looked at, without a word of the server's."""
    if failure.status is None:
        return "no usable answer came (the warning of this task says more)"
    return f"the API answered {failure.status}"


def form_of(data: t.Mapping[str, t.Any], name: str, sent: str) -> str:
    """How a secret is shown (contract, "Redaction"): ``none`` for the value itself, ``other`` for what fits no other form."""
    if name not in data:
        return "missing"
    value = data[name]
    if value is None:
        return "null"
    if value == sent:
        return "none"
    if not isinstance(value, str):
        return "other"
    text = value.strip()
    if not text:
        return "empty"
    if not text.strip("*"):
        return "asterisks" if len(sent) != len(text) or len(text) == 6 else "asterisks as long as the secret"
    if not may_be_redacted(text):
        return "other"
    if not re.search(r"[A-Za-z0-9]", text):
        return "bullets"
    return "partial" if any(one in sent for one in re.findall(r"[A-Za-z0-9_-]{2,}", text)) else "word"


FORMS = {
    "missing": "the field is left out",
    "null": "null",
    "empty": "an empty text",
    "asterisks": "asterisks",
    "asterisks as long as the secret": "as many asterisks as the secret has characters",
    "bullets": "bullets or the like",
    "word": "a word in the secret's place",
    "partial": "a part of the secret, the rest blotted out",
    "none": "the secret itself",
    "other": "a text that this collection does not know as a stand-in",
}


def fate_of_secret(
    before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any], name: str, secret: str, sent: str | None, newly_invalid: bool
) -> str | None:
    """What an update that did not send a secret has done to it: ``keeps``, ``wipes``, or ``None`` where that cannot be seen.

    :param before: ``data`` as read before, when the server surely held ``secret``.
    :param after: as read afterwards.
    :param sent: the stand-in that was sent in its place.
    :param newly_invalid: whether the platform has found it invalid since.
    """
    was, now = form_of(before, name, secret), form_of(after, name, secret)
    if now == "none":
        return "keeps"
    if was == "none" or newly_invalid:
        return "wipes"
    if before.get(name) != after.get(name) and (was != now or was == "partial"):
        return "wipes"
    # A part of the secret is still shown; but the stand-in that was sent would look the same.
    return "keeps" if was == "partial" and sent is None else None


def digits_of(times: t.Iterable[t.Any]) -> tuple[int, ...]:
    """How many digits of a second times are written with, each number once."""
    return tuple(sorted({len(found[1]) for found in map(instant, times) if found}))


def zones_of(times: t.Iterable[t.Any]) -> tuple[str, ...]:
    """How the zone is written at the end of times."""
    written = (re.search(r"(Z|z|[+-]\d\d:?\d\d)$", str(one)) for one in times if instant(one))
    return tuple(sorted({found[0] if found else "nothing" for found in written}))


def rounding_of(pairs: t.Iterable[tuple[t.Any, t.Any]]) -> str | None:
    """``cut`` or ``round``, from pairs of one time with less and with more precision; ``None`` where they do not tell."""
    possible = {"cut", "round"}
    for coarse, fine in pairs:
        one, other = instant(coarse), instant(fine)
        if one is None or other is None or len(one[1]) >= len(other[1]) or not same_time(coarse, fine):
            continue
        unit = 10 ** (len(other[1]) - len(one[1]))
        shown = int(str(one[0]) + one[1])
        whole, rest = divmod(int(str(other[0]) + other[1]), unit)
        possible &= {"cut"} if shown == whole and 2 * rest >= unit else {"round"} if shown != whole else possible
    return possible.pop() if len(possible) == 1 else None


def schema_names(names: t.Iterable[str]) -> list[str]:
    """Names of fields that the server has added; whatever is not surely the name of a field is only counted."""
    listed = sorted(names)
    plain = [name for name in listed if _NAME.fullmatch(name)]
    return plain + ([f"{len(listed) - len(plain)} more"] if len(plain) < len(listed) else [])


def conclusion(permissions: t.Mapping[str, str], findings: t.Sequence[Finding], reading_only: bool) -> tuple[bool | None, str]:
    """Whether the collection can be relied on with this account, and the one sentence that says so."""
    if permissions["list"] != "yes":
        return False, "No: the credentials of this organisation could not be listed with this sign-in."
    wrong = [one for one in findings if one.level == WRONG]
    if wrong:
        return False, f"No: see what was found for '{QUESTIONS[wrong[0].question]}'" + (
            f" and {len(wrong) - 1} more." if len(wrong) > 1 else "."
        )
    if reading_only:
        return None, "Not known: this run only read. Run it without --check for the rest."
    missing = [what for what, may in permissions.items() if may != "yes"]
    if missing:
        return False, f"No, only in part: this account was not seen to be allowed to {', '.join(missing)}."
    to_set = [one for one in findings if one.level == SET]
    still_open = [one for one in findings if not one.settled]
    open_too = f" {len(still_open)} questions stay open; the collection is made to be right either way." if still_open else ""
    if to_set:
        return True, f"Yes, with the settings that are named for {len(to_set)} of the findings.{open_too}"
    return True, f"Yes: what was seen is what the collection is made for.{open_too}"


def report_lines(report: t.Mapping[str, t.Any]) -> list[str]:
    """The report for a terminal."""
    permissions = ", ".join(f"{what} {may}" for what, may in report["permissions"].items())
    lines = [
        f"versori.platform {report['collection']}, {report['made']}{', reading only' if report['check_mode'] else ''}",
        f"API: {report['api']}. Signed in with {report['signed_in_with']}. Credentials: {report['credentials']}.",
        f"Allowed: {permissions}.",
    ]
    for one in report["findings"]:
        lines += ["", one["asks"], f"  {'settled' if one['settled'] else 'not settled'}: {one['answer']}"]
        if one["means"]:
            lines.append(f"  {'SET THIS' if one['level'] == SET else 'WRONG' if one['level'] == WRONG else 'so'}: {one['means']}")
    lines += ["", *report["cleaning"]]
    lines += ["", f"Can the collection be relied on with this account? {report['verdict']}"]
    return lines


def as_plain(finding: Finding) -> dict[str, t.Any]:
    """A finding for the report."""
    plain = asdict(finding)
    return {"question": plain.pop("question"), "asks": QUESTIONS[finding.question], **plain}
