# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What README.md and the pages in docs/ take from the code: tables and lists between two comments.

`./dev docs --write` writes them, and tests/docs/test_sections.py fails for one that is stale.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.versori.platform.plugins.module_utils._core.credential_types import TYPES
from ansible_collections.versori.platform.plugins.module_utils._core.masking import ENCODINGS
from ansible_collections.versori.platform.plugins.module_utils._core.placeholders import ANY, PLACEHOLDERS, SECRET, TEMPLATE, TYPED

ROOT = Path(__file__).resolve().parent.parent

# The groups of docs/options.md: a title, and where its options are documented.
OPTIONS = (
    ("Connection", "all modules but versori_state", "plugins/doc_fragments/connection.py"),
    ("One credential", "versori_credential, and each item of versori_credentials", "plugins/doc_fragments/credential.py"),
    ("Many credentials", "versori_credentials", "plugins/modules/versori_credentials.py"),
    ("Reading", "versori_credential_info", "plugins/modules/versori_credential_info.py"),
    ("The doctor", "versori_doctor", "plugins/modules/versori_doctor.py"),
    ("Policy", "versori_credential, versori_credentials, and each item of its list", "plugins/doc_fragments/policy.py"),
    ("Memory", "versori_credential, versori_credentials, versori_state", "plugins/doc_fragments/memory.py"),
    ("What is remembered", "versori_state", "plugins/modules/versori_state.py"),
    ("Workers", "versori_credentials, versori_credential_info", "plugins/doc_fragments/workers.py"),
)

_SECTION = re.compile(r"<!-- begin: ([\w-]+) -->\n.*?<!-- end: \1 -->", re.DOTALL)


def with_sections(page: Path) -> str:
    """The text of a page, with each of its sections as the code has it now.

    :raises KeyError: for a section that nobody knows.
    """

    def section(match: re.Match[str]) -> str:
        return f"<!-- begin: {match[1]} -->\n\n{SECTIONS[match[1]]()}\n\n<!-- end: {match[1]} -->"

    return _SECTION.sub(section, page.read_text(encoding="utf-8"))


def pages_with_sections() -> list[Path]:
    pages = [path for pattern in ("*.md", "docs/*.md", "roles/*/README.md") for path in sorted(ROOT.glob(pattern))]
    return [path for path in pages if _SECTION.search(path.read_text(encoding="utf-8"))]


def _types() -> str:
    def names(kind: str, required: bool) -> str:
        fields = [field for field in TYPES[kind] if field.required is required]
        return ", ".join(f"**`{field.name}`**" if field.secret else f"`{field.name}`" for field in fields)

    return _table(("type", "required", "optional"), [(f"`{kind}`", names(kind, True), names(kind, False)) for kind in TYPES])


def _placeholders() -> str:
    where = {
        ANY: "secrets, names, ids, readable fields",
        TEMPLATE: "the same, where Ansible has templated them",
        SECRET: "secrets",
        TYPED: "secrets that are texts",
    }
    rows = [(row.name if " " in row.name else f"`{row.name}`", row.origin, where[row.scope]) for row in PLACEHOLDERS]
    return _table(("the message names", "where it comes from", "refused in"), rows)


def _options() -> str:
    parts = []
    for title, modules, path in OPTIONS:
        options = documentation(ROOT / path)["options"]
        names = re.sub(r"\bversori_\w+", lambda name: f"`{name[0]}`", modules)
        parts.append(f"## {title}\n\nOf {names}.\n\n{_option_table(options)}")
        for name, option in options.items():
            if "suboptions" in option:
                parts.append(f"### Fields of {name}\n\n{_option_table(option['suboptions'])}")
    return "\n\n".join(parts)


def _role_options() -> str:
    spec = yaml.safe_load((ROOT / "roles/credentials/meta/argument_specs.yml").read_text(encoding="utf-8"))
    return _option_table(spec["argument_specs"]["main"]["options"])


SECTIONS: dict[str, Callable[[], str]] = {
    "encodings": lambda: _table(("a secret comes back", "what that looks like"), ENCODINGS),
    "options": _options,
    "placeholders": _placeholders,
    "role-options": _role_options,
    "types": _types,
}


def documentation(path: Path) -> dict[str, Any]:
    """DOCUMENTATION of a module, a lookup or a fragment, read without importing it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION" and isinstance(node.value, ast.Constant):
            return dict(yaml.safe_load(str(node.value.value)))
    raise ValueError(f"{path} has no DOCUMENTATION")


def _option_table(options: dict[str, Any]) -> str:
    rows = []
    for name, option in options.items():
        kind = f"{option['type']} of {option['elements']}" if "elements" in option else option["type"]
        if (default := option.get("default")) is not None:
            kind += f", `{str(default).lower() if isinstance(default, bool) else default}` by default"
        text = " ".join(_sentences(option["description"]))
        if "choices" in option:
            text += f" One of {', '.join(f'`{choice}`' for choice in option['choices'])}."
        names = " or ".join(f"`{name}`" for name in (name, *option.get("aliases", ())))
        rows.append((f"{names}<br>{kind}{', required' if option.get('required') else ''}", text))
    return _table(("option", "what it is"), rows)


def _sentences(description: str | list[str]) -> list[str]:
    """A description with Ansible's markup as Markdown's; of `versori.platform.versori_credential#module:name` the name is left."""
    texts = [description] if isinstance(description, str) else description
    markup = r"\b(?:O|V|C|M|E|P|RV)\((?:[\w.]+#\w+:|ignore:)?((?:\\.|[^)#])*)(?:#(?:\\.|[^)])*)?\)"
    return [re.sub(markup, r"`\1`", text) for text in texts]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(re.sub(r"\|  (?=\|)", "| ", line) for line in lines)


if __name__ == "__main__":
    for page in pages_with_sections():
        page.write_text(with_sections(page), encoding="utf-8")
