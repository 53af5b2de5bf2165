# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/troubleshooting.md has each sentence that the collection may say when something is wrong, found in its source, and no other."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

import yaml

from tests.docs.pages import ROOT, AnyTag

PAGE = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
CURES = dict(re.findall(r"^- `([^`]+)`\n\n  (\S.*)$", PAGE, re.MULTILINE))
_FEWEST_WORDS = 4  # of a sentence
_DOCUMENTATION = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
_REPORTS = {
    "_export.py",
    "_audit.py",
    "placeholders.py",
    *("account.py", "examination.py", "probes.py", "questions.py", "report.py"),  # the doctor's
}  # what is written and printed when nothing is wrong, and a table

_SQL = ("CREATE TABLE ", "SELECT ", "INSERT ", "DELETE FROM ", "PRAGMA ", "ALTER TABLE ")

_RAISED = {"Failure", "AnsibleFilterError", "AnsibleLookupError"}

# Parts of other messages, and what is said when nothing is wrong; of those, the ones that look like sentences of their own.
PARTS = {
    ": look at line …, column …",
    "it is not YAML…",
    "it is vaulted, and …",
    "Could not …: …",
    "credential … is in the list, and is not found by its id.",
    "list the credentials of organisation …",
    "perhaps in use: the platform shows …",
    "All … are as they should be.",
    "It is as it should be.",
    "The key … written to …. Encrypt that file with ansible-vault.",
    "From now on, tasks need the new place as cache_plugin and cache_connection, as it was given here.",
    "Left as they are: ….",
    "nothing is remembered of it in …",
    "It arrived as a text, because a date in it is not quoted: quote it where it is defined (secret_changed_at, say).",
    "jwt of context … in …",
    "organisation_id of context … in …",
    "They were compared with no list, because none was given.",
}


def messages() -> dict[str, str]:
    """Where each message is, by its text with `…` in place of what differs."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        if path.name not in _REPORTS and path.parent.name != "doc_fragments":
            for text, line in _texts(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(text, f"{path.relative_to(ROOT)}:{line}")
    for pattern in ("playbooks/*.yml", "playbooks/tasks/*.yml", "roles/*/tasks/*.yml"):
        for path in sorted(ROOT.glob(pattern)):
            for text in _fail_messages(yaml.load(path.read_text(encoding="utf-8"), AnyTag)):  # noqa: S506 - a safe one
                found.setdefault(text, str(path.relative_to(ROOT)))
    return found


def _texts(tree: ast.AST) -> Iterator[tuple[str, int]]:
    not_said: set[ast.AST] = set()
    raised: set[ast.AST] = set()
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
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _RAISED:
            raised.update(node.args[:1])
    for node in ast.walk(tree):
        text = _text(node)
        # It may be far from its `raise`; what ends without a full stop is then a part of another one.
        is_sentence = len(text.replace("…", " ").split()) >= _FEWEST_WORDS and text[-1] in ".…"
        if node not in not_said and not text.startswith(_SQL) and (is_sentence or (node in raised and re.search("[a-z]", text))):
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


def test_each_message_is_there() -> None:
    missing = {text: where for text, where in messages().items() if text not in {*CURES, *PARTS}}
    assert not missing, "write these into docs/troubleshooting.md:\n" + "".join(
        f"\n- `{text}`\n\n  ({where})\n" for text, where in missing.items()
    )


def test_no_other_is_there() -> None:
    said = set(messages())
    assert set(CURES) - said == set(), "nothing in the collection says this"
    assert PARTS - said == set(), "nothing in the collection has this part"


def test_each_has_one_cure() -> None:
    listed = re.findall(r"^- `([^`]+)`$", PAGE, re.MULTILINE)
    assert Counter(listed).most_common(1)[0][1] == 1
    assert set(listed) == set(CURES)
