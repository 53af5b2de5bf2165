# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages for people, and the blocks in them that a test runs; CONTRIBUTING.md has the rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("README.md", "CONTRIBUTING.md", "docs/*.md", "roles/*/README.md", "examples/**/*.md")
    for path in ROOT.glob(pattern)
)
_COMMENT = re.compile(r"<!--\s*(not run|fails|in|file|vars|meanwhile)\b:?[ \t]*(.*?)\s*-->", re.DOTALL)


class AnyTag(yaml.SafeLoader):
    """Reads !vault and !unsafe as what they hold."""


AnyTag.add_multi_constructor("!", lambda loader, _tag, node: loader.construct_scalar(node))


@dataclass(frozen=True)
class Block:
    """A fenced block, or a comment that tells the tests something.

    :param kind: the word after the fence: `yaml`, `sh`, `text`; for a comment its first word.
    :param text: what stands in the block, or after the comment's first word.
    :param line: where it begins on its page, from 1.
    :param notes: what the comments right before it say, by their first word.
    """

    page: str
    kind: str
    text: str
    line: int
    notes: dict[str, str]

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def file_name(self) -> str | None:
        """The file that the block is: named by a comment in its first line, `# site.yml` say."""
        named = re.match(r"# ([\w./-]+\.\w+)\b", self.text)
        return named[1] if named else None


def blocks(page: str, text: str | None = None) -> list[Block]:
    """The blocks of a page in their order.

    :raises ValueError: for an indented block, or one without a language: nobody can say what it is.
    """
    text = (ROOT / page).read_text(encoding="utf-8") if text is None else text
    found: list[Block] = []
    notes: dict[str, str] = {}
    for token in MarkdownIt("commonmark").parse(text):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "code_block" or (token.type == "fence" and not token.info):
            raise ValueError(f"{page}:{line}: write the block between ``` and give it a language")
        if token.type == "html_block":
            for word, rest in _COMMENT.findall(token.content):
                if word in ("file", "vars", "meanwhile"):
                    found.append(Block(page, word, rest + "\n", line, {}))
                else:
                    notes[word] = " ".join(rest.split())
        elif token.type == "fence":
            found.append(Block(page, token.info.split()[0], token.content, line, notes))
            notes = {}
        elif token.type == "inline":
            notes = {}
    return found
