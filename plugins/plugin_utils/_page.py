# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit as one HTML page, rendered from the files in ``audit_page``."""

from __future__ import annotations

import base64
import collections
import hashlib
import typing as t
from pathlib import Path

import jinja2
from markupsafe import Markup

from ._audit import FINDINGS
from ._table import one_line

_FOLDER = Path(__file__).parent / "audit_page"


def page(audits: list[dict[str, t.Any]], time: str, unread: list[str]) -> str:
    """The whole page, which needs no other file.

    :param audits: what the filter ``audit`` returned, for each organisation.
    :param time: when they were made, as the page is to say it.
    :param unread: hosts whose organisation could not be read.
    """
    ranks = {finding: rank for rank, finding in enumerate(FINDINGS)}
    rows = [
        {**credential, "audit": audit, "rank": min((ranks[finding] for finding in credential["findings"]), default=len(ranks))}
        for audit in audits
        for credential in audit["credentials"]
    ]
    # What matters most comes first: the worst finding decides, then the name.
    rows.sort(key=lambda row: (row["rank"], str(row["name"]).casefold()))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        finalize=_printable,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["digest"] = _digest
    return environment.get_template("page.html.j2").render(
        audits=audits,
        counts=collections.Counter(finding for row in rows for finding in row["findings"]),
        labels=FINDINGS,
        rows=rows,
        sound=sum(not row["findings"] for row in rows),
        script=(_FOLDER / "script.js").read_text(encoding="utf-8"),
        style=(_FOLDER / "style.css").read_text(encoding="utf-8"),
        time=time,
        unread=unread,
    )


def _printable(value: t.Any) -> t.Any:
    """What the template puts out, before it is escaped: in one line, unless it is markup of our own."""
    return value if isinstance(value, Markup) else one_line(value)


def _digest(text: str) -> str:
    """As a Content-Security-Policy names what may run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
