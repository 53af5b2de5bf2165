# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every sentence that the collection may say to a person when something is wrong, found in its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import yaml

from tests.docs.pages import ROOT

_FEWEST_WORDS = 4  # a text with as many is a sentence, whatever is done with it: it may be far from its `raise`
_DOCUMENTATION = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
_REPORTS = {
    "_export.py",
    "_audit.py",
    "placeholders.py",
    *("account.py", "examination.py", "probes.py", "questions.py", "report.py"),  # the doctor's
}  # what is written and printed when nothing is wrong, and a table

_SQL = ("CREATE TABLE ", "SELECT ", "INSERT ", "DELETE FROM ", "PRAGMA ", "ALTER TABLE ")

# Parts of other messages, and what is said when nothing is wrong.
PARTS = {
    "(too deep to be shown)",
    "a value in the file cannot be filled in",
    "It arrived as a text, because a date in it is not quoted: quote it where it is defined (secret_changed_at, say).",
    "give it a value",
    "has no optional field",
    "is not a field",
    "it stands for a value and is none",
    "jwt of context … in …",
    "leave it out to keep what the server has, or name it in remove_fields to remove it",
    "organisation_id of context … in …",
    "sending it would replace the real secret",
    "src …: credentials[…]",
    "An id in the list",
    "The id in the answer",
    "Could not …: …",
    "They were compared with no list, because none was given.",
    "an earlier push was interrupted",
    "and … more, see results",
    "it did not answer",
    "is of a type that this collection does not know",
    "it holds no certificate in PEM form",
    "a record is not valid",
    "there was no answer for … seconds",
    "it has lost its records, or cannot be reached any more",
    "SQLite finds faults in it",
    "it holds bytes that are no text",
    "credential … is in the list, and is not found by its id.",
    "its path is too long for SQLite",
    "its folder cannot be made its owner's alone on this file system",
    "its folder is a link, which may lead anywhere",
    "its key is not valid",
    "it is read-only here",
    "… is not a regular file",
    "it is another program's",
    "another process has opened it with WAL, which does not work on its file system",
    "… belongs to another user (id …)",
    "somebody exchanged its folder just now",
    "somebody exchanged it while this task was running",
    "there is a file where its folder should be",
    "it is a pipe, a device or a socket, not a file",
    "it was not found, is not readable, or its vault cannot be opened",
    "it was remembered under another fingerprint_key",
    "its path holds characters that no path has",
    "list the credentials of organisation …",
    "may be in use: the platform does not show its usages",
    "nothing is remembered of it in …",
    "takes no data at all",
    "versori.platform: … of … checked, … changed, … failed",
    "versori.platform: … runs in this process",
    "what was written could not be read back",
    "… (as the platform has it)",
    "… (as the task wants it)",
    "… more are as they should be.",
}


def messages() -> dict[str, str]:
    """Where each message is, by its text with `…` in place of what differs."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        if path.name not in _REPORTS and path.parent.name != "doc_fragments":
            for text, line in _texts(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(text, f"{path.relative_to(ROOT)}:{line}")
    for pattern in ("playbooks/*.yml", "roles/*/tasks/*.yml"):
        for path in sorted(ROOT.glob(pattern)):
            for text in _fail_messages(yaml.safe_load(path.read_text(encoding="utf-8"))):
                found.setdefault(text, str(path.relative_to(ROOT)))
    return found


def _texts(tree: ast.AST) -> Iterator[tuple[str, int]]:
    not_said: set[ast.AST] = set()
    failures: set[ast.AST] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            not_said.add(body[0].value)  # a docstring
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in _DOCUMENTATION:
            not_said.add(node.value)
        if isinstance(node, ast.JoinedStr):
            not_said.update(node.values)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Encoding":  # a table for the docs
            not_said.update(node.args)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Failure" and node.args:
            failures.add(node.args[0])
    for node in ast.walk(tree):
        text = _text(node)
        long_enough = len(text.replace("…", " ").split()) >= _FEWEST_WORDS
        if node not in not_said and not text.startswith(_SQL) and (long_enough or (node in failures and re.search("[a-z]", text))):
            yield text, node.lineno  # type: ignore[attr-defined]


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.strip()
    if isinstance(node, ast.JoinedStr):
        pieces = [str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values]
        return re.sub("…+", "…", "".join(pieces)).strip()
    return ""


def _fail_messages(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key in ("fail_msg", "sentence"):
                text = re.sub(r"\{\{.*?\}\}", "…", " ".join(str(one).split()))
                if text != "…":  # it is put together from sentences that stand elsewhere in the file
                    yield text
            else:
                yield from _fail_messages(one)
    elif isinstance(value, list):
        for one in value:
            yield from _fail_messages(one)
