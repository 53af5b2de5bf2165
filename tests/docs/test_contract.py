# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever cites docs/api-contract.md names a section that is there, and each section is cited by code and by tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

PAGE = (ROOT / "docs/api-contract.md").read_text(encoding="utf-8")
# Headings of both levels that code can cite, in their order, with the text below each.
SECTIONS = dict(re.findall(r"^###? (.+)\n((?:(?!##).*\n)*)", PAGE, re.MULTILINE))
MARKS = set(re.findall(r"^\| ([a-z ]+) \|", SECTIONS["Marks"], re.MULTILINE)) - {"mark"}
# Sections that nobody has to cite, and why.
UNCITED = {
    "Marks": "says how to read the page",
    "Times": "holds nothing but sections of its own",
    "State of the API": "history: no code can depend on it",
}
# Sections whose rows and items are no facts.
WITHOUT_MARKS = {"Marks", "Open readings"}

CODE, TESTS = ("plugins", "tools"), ("tests",)
FOLDERS = (*CODE, *TESTS, "docs", "roles", "playbooks", "examples", "extensions")
# This file says what is wrong as well.
FILES = [
    path
    for path in [*ROOT.glob("*.md"), *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")))]
    if path.suffix in (".py", ".md", ".yml", ".yaml", ".toml", ".sh", ".ini") and path != Path(__file__)
]

_WRAP = r"\s*\n[ \t]*(?:#:?[ \t]*)?"  # the end of a line, and how the next one begins in a comment
_CITATION = re.compile(rf'(?<![\w-])contract,(?:[ \t]+|{_WRAP})"([^"]{{1,80}})"', re.IGNORECASE)
_WORD = re.compile(r"(?<![\w-])contracts?(?![\w-])", re.IGNORECASE)


def citations(text: str) -> dict[int, str]:
    """The sections that are cited, by where in the text."""
    return {found.start(): re.sub(_WRAP, " ", found[1]) for found in _CITATION.finditer(text)}


def without_section(text: str) -> list[int]:
    """The lines in which the contract is named without a section."""
    cited = citations(text)
    return [text.count("\n", 0, found.start()) + 1 for found in _WORD.finditer(text) if found.start() not in cited]


def cited_in(*folders: str) -> set[str]:
    paths = [path for path in FILES if path.relative_to(ROOT).parts[0] in folders]
    return {section for path in paths for section in citations(path.read_text(encoding="utf-8")).values()}


def test_a_citation_is_found() -> None:
    cited = ['# a list (contract, "List\n# pages")', '    #: a list (contract,\n    #: "List pages")', '# (contract, "Errors"), as it is']
    named = ['"""\nThe contract\'s words: "a page can shift"."""', '# contract: "Redaction"', "# readings of contracts"]
    named += ['# contract, an "Errors"', '# (contract, "Errors"), and the contract again']
    assert [[*citations(text).values()] for text in (*cited, *named)] == [["List pages"]] * 2 + [["Errors"]] + [[]] * 4 + [["Errors"]]
    assert [without_section(text) for text in (*cited, *named, "# docs/api-contract.md")] == [[]] * 3 + [[2]] + [[1]] * 4 + [[]]


# --- what is cited


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_cited_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(citations(text).values()) <= set(SECTIONS), "no such heading in docs/api-contract.md"
    if path.suffix == ".py":
        assert not without_section(text), 'these lines name no section: write contract, "Heading"'


@pytest.mark.parametrize("section", [section for section in SECTIONS if section not in UNCITED])
def test_each_section_is_cited(section: str) -> None:
    assert section in cited_in(*CODE), "no code depends on it: cite it there, or say in UNCITED why not"
    assert section in cited_in(*TESTS), "no test depends on it: cite it there, or say in UNCITED why not"


# --- the page itself


def test_headings_can_be_cited() -> None:
    headings = re.findall(r"^##+ (.+)$", PAGE, re.MULTILINE)
    assert list(SECTIONS) == headings, "a heading is there twice, or too deep"
    assert [heading for heading in headings if not re.fullmatch(r"[A-Z][A-Za-z ]+", heading)] == []
    assert set(UNCITED) | WITHOUT_MARKS <= set(SECTIONS)


@pytest.mark.parametrize("section", [section for section in SECTIONS if section not in WITHOUT_MARKS])
def test_each_fact_says_how_sure_it_is(section: str) -> None:
    items = [" ".join(item.split()) for item in re.findall(r"^- .+(?:\n  .+)*", SECTIONS[section], re.MULTILINE)]
    assert [item for item in items if (re.search(r"\(([a-z ]+)\)$", item) or [None, None])[1] not in MARKS] == []
    rows = re.findall(r"^\| .+$", SECTIONS[section], re.MULTILINE)
    assert [row for row in rows[1:] if row.strip("| ").rpartition("|")[2].strip() not in MARKS] == []
    assert items or rows or section in UNCITED


def test_open_readings_are_the_same_everywhere() -> None:
    """The page, the table of what the collection does, and the switches name the same sections."""
    listed = set(re.findall(r"^\| \[([^]]+)\]", SECTIONS["Open readings"], re.MULTILINE))
    table = (ROOT / "docs/api-readings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| `", table, re.MULTILINE)
    linked = [re.search(r"\(\[([^]]+)\]\(api-contract\.md#[\w-]+\)\)$", row) for row in rows]
    assert rows and all(linked), "each row names its section"
    switches = (ROOT / "tests/simulator/switches.py").read_text(encoding="utf-8")
    assert listed == {one[1] for one in linked if one} == set(re.findall(r'^    # --- contract, "([^"]+)"', switches, re.MULTILINE))
