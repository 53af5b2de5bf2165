# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every sentence that the collection may say to a person, found in its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.docs.pages import ROOT

# Texts with as many words as a sentence that no person is told.
_DOCUMENTATION = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
_NO_MESSAGES = {"plugins/plugin_utils/_page.py", "plugins/plugin_utils/_export.py", "plugins/plugin_utils/_audit.py"}


def messages() -> dict[str, str]:
    """Where each message is, by its text with `…` in place of what differs."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name not in _NO_MESSAGES and "doc_fragments" not in name:
            for text, line in _texts(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(text, f"{name}:{line}")
    for path in [*sorted((ROOT / "playbooks").glob("*.yml")), *sorted((ROOT / "roles").rglob("tasks/*.yml"))]:
        for text in _fail_messages(path):
            found.setdefault(text, str(path.relative_to(ROOT)))
    return found


def _texts(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Texts of at least four words, whatever is done with them: a message may be put together far from its `raise`."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            skipped.add(body[0].value)  # a docstring
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in _DOCUMENTATION:
            skipped.add(node.value)
        if isinstance(node, ast.JoinedStr):
            skipped.update(node.values)
    for node in ast.walk(tree):
        if node not in skipped and (text := _text(node)) and len(text.replace("…", " ").split()) >= 4:
            yield text, node.lineno  # type: ignore[attr-defined]


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(one) if isinstance(one, ast.Constant) else "…" for one in node.values)
    return ""


def _fail_messages(path: Path) -> Iterator[str]:
    def walk(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for key, one in value.items():
                if key == "fail_msg":
                    import re

                    yield re.sub(r"\{\{.*?\}\}", "…", " ".join(str(one).split()))
                else:
                    yield from walk(one)
        elif isinstance(value, list):
            for one in value:
                yield from walk(one)

    yield from walk(yaml.safe_load(path.read_text(encoding="utf-8")))
