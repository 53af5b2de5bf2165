# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of plain text, as the playbooks print them."""

from __future__ import annotations

import itertools
import typing as t
import unicodedata

from ..module_utils._core.printable import printable
from ..module_utils._core.summary import FINE
from ._audit import FINDINGS

_ALL_SHOWN = 100  # in a table of more results, those that were left unchanged are only counted


def audit_lines(audited: dict[str, t.Any]) -> list[str]:
    """One line for each credential that something was found for, and one that sums up.

    :param audited: what :func:`._audit.make_audit` returned.
    """
    ranks = list(FINDINGS)  # what matters most comes first
    rows = [
        (row["name"], row["id"] or "-", row["type"] or "-", [FINDINGS[finding] for finding in row["findings"]], "; ".join(row["reasons"]))
        for row in sorted(audited["credentials"], key=lambda row: min(map(ranks.index, row["findings"]), default=0))
        if row["findings"]
    ]
    counts = audited["counts"]
    summary = ", ".join(f"{counts[finding]} {label.lower()}" for finding, label in FINDINGS.items() if counts.get(finding))
    lines = _lines(("name", "id", "type", "found", "why"), rows)
    lines.append(f"{counts['credentials']} credential{'' if counts['credentials'] == 1 else 's'}: {summary or 'nothing was found'}.")
    lines += [
        f"versori_audit_max_age has {name!r}, which is no type, and no name of a credential here: check how it is written."
        for name in audited.get("unknown_max_age", ())
    ]
    if not audited["compared"]:
        lines.append("They were compared with no list, because none was given.")
    return lines


def results_lines(result: dict[str, t.Any], credentials: list[dict[str, t.Any]] | None) -> list[str]:
    """One line for each credential, without a secret in any.

    :param result: the registered one of versori_credentials. Why something failed is in its ``msg``, once for all that it struck.
    :param credentials: as the info module returned them afterwards; with them, the lines say what the platform finds, and why one
        failed.
    """
    by_id = {credential["id"]: credential for credential in credentials or ()}
    head = ["result", "platform", "decision", "name", "what"]
    results = [*result["results"], *(result.get("pruned") or ())]
    rows = [
        _result_row(item, by_id.get(item["credential_id"]))
        for item in results
        if len(results) <= _ALL_SHOWN or item["changed"] or item["failed"] or item["decision"] not in FINE
    ]
    if credentials is None:
        head, rows = head[:1] + head[2:], [row[:1] + row[2:-1] + ["" if row[0] == "FAILED" else row[-1]] for row in rows]
    lines = _lines(head, rows)
    if more := len(results) - len(rows) + len(result.get("unchanged", ())):
        how_many = f"{more} more" if rows else f"All {more}"
        lines.append(f"{how_many} {'are as they' if more > 1 else 'is as it'} should be.")
    if waiting := len(result.get("not_tried", ())):
        lines.append(f"{waiting} {'were' if waiting > 1 else 'was'} not tried.")
    return lines


def state_lines(entries: list[dict[str, t.Any]], checks: list[dict[str, t.Any]], place: str, done: str) -> list[str]:
    """What is remembered, one line for each credential, below its organisation; and what was looked at beside it.

    Names come last, so that a long one moves no column. The time is cut to minutes, of UTC.

    :param entries: in the order of their organisations.
    :param done: what they are: ``remembered``, or what was done to them.
    """
    lines = [f"{place}: {len(entries)} credential{'' if len(entries) == 1 else 's'} {done}"]
    for organisation, group in itertools.groupby(entries, lambda entry: (entry["organisation_id"], entry["api_url"])):
        lines.append("organisation {} at {}".format(*(text or "(not remembered)" for text in organisation)))
        rows = [
            (entry["state"], (entry["pushed_at"] or "-")[:10], entry["credential_id"] or "-", entry["name"] or "(name not remembered)")
            for entry in group
        ]
        lines += _lines(("state", "last push", "id", "name"), rows)
    return [
        *map(one_line, lines),
        *_lines(("check", "is", "what"), [(c["check"], "ok" if c["ok"] else "NOT OK", c["detail"]) for c in checks]),
    ]


def one_line(value: t.Any) -> str:
    """A value as a terminal can show it in one line."""
    text = "" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return printable(text)


def _result_row(result: dict[str, t.Any], credential: dict[str, t.Any] | None) -> list[t.Any]:
    errors = credential.get("errors") if credential else None
    return [
        "FAILED" if result["failed"] else "changed" if result["changed"] else "ok",
        "-"
        if result["failed"]
        else "not read"
        if not credential
        else "not validated yet"
        if errors is None
        else "INVALID"
        if errors
        else "valid",
        result["decision"] or "-",
        result["name"] or result["credential_id"],
        result["msg"] if result["failed"] else "; ".join(map(str, errors)) if errors else result.get("changes", []),
    ]


def _lines(head: t.Sequence[str], rows: t.Sequence[t.Sequence[t.Any]]) -> list[str]:
    """Columns as wide as their widest cell; the last one is as long as it likes, and underlined as its head. None without rows."""
    if not rows:
        return []
    table = [list(map(one_line, row)) for row in (head, *rows)]
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    widths[-1] = len(head[-1])
    table.insert(1, ["-" * width for width in widths])
    return ["  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]


def _width(text: str) -> int:
    """How many columns of a terminal it takes: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
