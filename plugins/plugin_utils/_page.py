# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit as one HTML page.

Every element comes from :func:`_tag`, which escapes: nothing that the platform says can become markup. The policy in the
page's head lets only this one style and this one script run, by their digests.
"""

from __future__ import annotations

import base64
import hashlib
import html
import typing as t

from ._audit import FINDINGS
from ._table import one_line

_STYLE = """
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --text: #1b2430; --soft: #566273; --line: #d9dee6;
  --link: #0b5cad; --stripe: #fafbfc; --red: #a3121b; --red-bg: #fdecec; --amber: #7a4a00; --amber-bg: #fdf1d8;
  --blue: #0b4f94; --blue-bg: #e6f1fc; --grey: #4a5565; --grey-bg: #eceff3; --green: #14622f; --green-bg: #e3f5e9; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161c; --card: #1a2028; --text: #e8ecf1; --soft: #a3afbd; --line: #323b47; --link: #7db8f5;
    --stripe: #1e252e; --red: #ffb3b3; --red-bg: #4a1d20; --amber: #f6cf86; --amber-bg: #43310f; --blue: #a9d1fb;
    --blue-bg: #16324f; --grey: #c3ccd7; --grey-bg: #2e3743; --green: #9fe0b5; --green-bg: #153a24; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 84rem; margin: 0 auto; padding: 2rem 1.5rem 3rem; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; letter-spacing: -.01em; }
.made { margin: .25rem 0 1.5rem; color: var(--soft); }
.unread { border: 1px solid var(--red); border-radius: .5rem; background: var(--red-bg); color: var(--red);
  padding: .6rem .9rem; margin: 0 0 1.25rem; }
.sums { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: 0 0 1rem; padding: 0; }
.sums li > * { display: flex; gap: .5rem; align-items: baseline; padding: .4rem .8rem; border: 1px solid var(--line);
  border-radius: .5rem; background: var(--card); color: inherit; font: inherit; }
.sums b { font-size: 1.1rem; font-variant-numeric: tabular-nums; }
.sums button { cursor: pointer; }
.sums button:hover { border-color: var(--link); }
.sums button[aria-pressed=true] { border-color: var(--link); box-shadow: inset 0 0 0 1px var(--link); color: var(--link); }
.search { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: 0 0 .75rem; }
.search[hidden] { display: none; }
.search label { font-weight: 600; }
.search input { flex: 1 1 16rem; max-width: 28rem; padding: .45rem .7rem; border: 1px solid var(--soft); border-radius: .4rem;
  background: var(--card); color: inherit; font: inherit; }
.search input::placeholder { color: var(--soft); opacity: 1; }
.search output { color: var(--soft); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.frame { overflow-x: auto; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .7rem .9rem; color: var(--soft); border-bottom: 1px solid var(--line); }
caption span { display: inline-block; position: sticky; left: .9rem; max-width: calc(100vw - 5rem); }
th, td { padding: .6rem .9rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
tbody tr:nth-child(even) { background: var(--stripe); }
thead th { font-size: .85rem; color: var(--soft); white-space: nowrap; }
thead button { all: unset; cursor: pointer; font-weight: 600; }
thead button:focus-visible { outline: 3px solid var(--link); outline-offset: 3px; border-radius: .2rem; }
thead button::after { content: " \\2195"; content: " \\2195" / ""; }
[aria-sort=ascending] button::after { content: " \\2191"; content: " \\2191" / ""; }
[aria-sort=descending] button::after { content: " \\2193"; content: " \\2193" / ""; }
tbody th { font-weight: 600; min-width: 13rem; overflow-wrap: anywhere; }
td { overflow-wrap: break-word; }
code { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.id { display: block; font-weight: 400; color: var(--soft); white-space: nowrap; }
.kind, .when { white-space: nowrap; }
.why { min-width: 16rem; }
ul.plain { list-style: none; margin: 0; padding: 0; }
.soft { color: var(--soft); }
.badge { display: inline-block; margin: 0 .25rem .25rem 0; padding: .05rem .55rem; border-radius: 1rem; font-size: .85rem;
  font-weight: 600; white-space: nowrap; color: var(--grey); background: var(--grey-bg); }
.invalid, .unchecked { color: var(--red); background: var(--red-bg); }
.differs, .missing { color: var(--amber); background: var(--amber-bg); }
.unlisted, .unknown { color: var(--blue); background: var(--blue-bg); }
.fine { color: var(--green); background: var(--green-bg); }
@media print { .search, .sums { display: none; } body { background: none; } .frame { border: 0; overflow: visible; } }
"""

_SCRIPT = """
(() => {
  'use strict';
  const all = (what) => Array.from(document.querySelectorAll(what));
  const body = document.querySelector('tbody'), search = document.querySelector('form');
  const input = search.querySelector('input'), told = search.querySelector('output');
  const rows = Array.from(body.rows, (row) => (
    {row, text: row.textContent.toLowerCase(), findings: row.dataset.findings.split(' ')}));
  const order = new Intl.Collator(undefined, {numeric: true, sensitivity: 'base'});
  let finding = '';

  const show = () => {
    const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
    for (const one of rows) {
      one.row.hidden = (finding && !one.findings.includes(finding)) || !words.every((word) => one.text.includes(word));
    }
    told.textContent = rows.filter((one) => !one.row.hidden).length + ' of ' + rows.length + ' shown';
  };
  const button = (nodes, act) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.append(...nodes);
    made.addEventListener('click', act);
    return made;
  };

  const filters = all('.sums li').map((item) => {
    const made = button(item.firstElementChild.childNodes, () => {
      finding = item.dataset.finding;
      for (const one of filters) { one.setAttribute('aria-pressed', String(one === made)); }
      show();
    });
    made.setAttribute('aria-pressed', String(item.dataset.finding === ''));
    item.replaceChildren(made);
    return made;
  });

  const heads = all('thead th');
  heads.forEach((head, column) => {
    head.append(button(head.childNodes, () => {
      const up = head.getAttribute('aria-sort') !== 'ascending';
      for (const one of heads) { one.removeAttribute('aria-sort'); }
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      for (const one of rows) {
        const cell = one.row.cells[column];
        one.key = cell.dataset.sort ?? cell.textContent.trim();
      }
      rows.sort((a, b) => (up ? 1 : -1) * order.compare(a.key, b.key));
      body.append(...rows.map((one) => one.row));
    }));
  });

  input.addEventListener('input', show);
  search.addEventListener('submit', (event) => event.preventDefault());
  search.hidden = rows.length === 0;
  show();
})();
"""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def _tag(element: str, /, *content: t.Any, **attributes: t.Any) -> Markup:
    """An element. Content that is no element yet, and every attribute, is escaped; ``None`` leaves an attribute out."""
    said = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{html.escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    inner = "".join(one if isinstance(one, Markup) else html.escape(one_line(one)) for one in content)
    return Markup(f"<{element}{said}>" if element in ("meta", "input") else f"<{element}{said}>{inner}</{element}>")


def page(audits: list[dict[str, t.Any]], time: str, unread: list[str]) -> str:
    """The whole page."""
    several = len(audits) > 1
    rows = [(audit, one) for audit in audits for one in audit["credentials"]]
    # What matters most comes first: the worst finding decides, then the name.
    rows.sort(key=lambda row: (_rank(row[1]), str(row[1]["name"]).casefold()))
    counts = {finding: sum(finding in one["findings"] for _audit, one in rows) for finding in FINDINGS}
    heads = ["Credential", *(["Organisation"] if several else []), "Type", "Found", "Why", "Used by", "Last changed (UTC)"]
    compared = sum(bool(audit["compared"]) for audit in audits)
    caption = f"{_number(len(rows), 'credential')} of {_number(len(audits), 'organisation')}, " + (
        "compared with the list." if compared == len(audits) else "compared with no list." if not compared else "some compared with a list."
    )
    where = "" if several or not audits else f"Organisation {audits[0]['organisation_id'] or audits[0]['host']} · "
    table = _tag(
        "table",
        _tag("caption", _tag("span", caption)),
        _tag("thead", _tag("tr", *(_tag("th", one, scope="col") for one in heads))),
        _tag("tbody", *(_row(audit, one, several) for audit, one in rows)),
    )
    main = _tag(
        "main",
        _tag("h1", "Credentials audit"),
        _tag("p", where + "made " + time, class_="made"),
        *([_tag("p", f"Could not be read: {', '.join(unread)}", class_="unread")] if unread else []),
        _sums(len(rows), counts),
        _tag(
            "form",
            _tag("label", "Search", for_="search"),
            _tag("input", id="search", type="search", autocomplete="off", placeholder="name, id, type, reason …"),
            _tag("output", for_="search", aria_live="polite"),
            class_="search",
            role="search",
            hidden=True,
        ),
        _tag("div", table, class_="frame", tabindex="0", role="region", aria_label="Credentials"),
    )
    policy = f"default-src 'none'; style-src '{_digest(_STYLE)}'; script-src '{_digest(_SCRIPT)}'; base-uri 'none'; form-action 'none'"
    head = _tag(
        "head",
        _tag("meta", charset="utf-8"),
        _tag("meta", http_equiv="Content-Security-Policy", content=policy),
        _tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        _tag("meta", name="referrer", content="no-referrer"),
        _tag("title", "Credentials audit"),
        _tag("style", Markup(_STYLE)),
    )
    document = _tag("html", head, _tag("body", main, _tag("script", Markup(_SCRIPT))), lang="en")
    return f"<!DOCTYPE html>\n{document.replace('<tr', chr(10) + '<tr')}\n"


def _sums(total: int, counts: dict[str, int]) -> Markup:
    """How many there are of each; the script makes them buttons that filter."""
    said = [("", "All", total), *((finding, FINDINGS[finding], count) for finding, count in counts.items() if count)]
    items = []
    for finding, label, count in said:
        items.append(_tag("li", _tag("span", _tag("b", count), Markup(" "), _tag("span", label)), data_finding=finding))
    return _tag("ul", *items, class_="sums", aria_label="Filter by what was found")


def _row(audit: dict[str, t.Any], one: dict[str, t.Any], several: bool) -> Markup:
    found = [_tag("span", FINDINGS[finding], class_=f"badge {finding}") for finding in one["findings"]]
    organisation = _tag("td", audit["host"], _tag("code", audit["organisation_id"], class_="id"))
    return _tag(
        "tr",
        _tag("th", one["name"], _tag("code", one["id"], class_="id") if one["id"] else "", scope="row", data_sort=one["name"]),
        *([organisation] if several else []),
        _tag("td", _tag("code", one["type"]) if one["type"] else _nothing("not there"), class_="kind"),
        _tag("td", *(found or [_tag("span", "Nothing", class_="badge fine")]), data_sort=_rank(one)),
        _tag("td", _lines(one["reasons"]), class_="why"),
        _tag("td", _lines(one["used_by"]) or (_nothing("nothing") if one["used"] is False else _nothing("not known"))),
        _tag("td", _time(one["updated_at"]), class_="when", data_sort=one["updated_at"] or ""),
        data_findings=" ".join(one["findings"]),
    )


def _lines(texts: list[str]) -> Markup:
    return _tag("ul", *(_tag("li", one) for one in texts), class_="plain") if texts else Markup("")


def _nothing(word: str) -> Markup:
    return _tag("span", word, class_="soft")


def _time(text: str | None) -> Markup:
    return _tag("time", text[:16].replace("T", " "), datetime=text, title=text) if text else _nothing("not known")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _rank(one: dict[str, t.Any]) -> int:
    return min((list(FINDINGS).index(finding) for finding in one["findings"]), default=len(FINDINGS))


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
