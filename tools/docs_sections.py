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
from os.path import relpath
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.versori.platform.plugins.module_utils._core.credential_types import TYPES
from ansible_collections.versori.platform.plugins.module_utils._core.masking import ENCODINGS
from ansible_collections.versori.platform.plugins.module_utils._core.placeholders import ANY, PLACEHOLDERS, SECRET, TEMPLATE, TYPED
from ansible_collections.versori.platform.plugins.plugin_utils import _settings

ROOT = Path(__file__).resolve().parent.parent

# The order in which the pages are listed; one that is not named here comes after them.
ORDER = (
    "first-steps",
    "connection",
    "secrets",
    "values",
    "many",
    "playbooks",
    "migrating",
    "bootstrap",
    "awx",
    "troubleshooting",
    "options",
    "security",
    "doctor",
    "api-contract",
    "api-readings",
    "benchmark",
)

# The groups of docs/options.md: a title, and where its options are documented.
OPTIONS = (
    ("Connection", "all modules", "plugins/doc_fragments/connection.py"),
    ("One credential", "versori_credential, and each item of versori_credentials", "plugins/doc_fragments/credential.py"),
    ("Many credentials", "versori_credentials", "plugins/modules/versori_credentials.py"),
    ("Reading", "versori_credential_info", "plugins/modules/versori_credential_info.py"),
    ("The doctor", "versori_doctor", "plugins/modules/versori_doctor.py"),
    ("Policy", "versori_credential, versori_credentials, and each item of its list", "plugins/doc_fragments/policy.py"),
    ("Memory", "versori_credential, versori_credentials", "plugins/doc_fragments/memory.py"),
    ("Workers", "versori_credentials, versori_credential_info", "plugins/doc_fragments/workers.py"),
)

# The folders of the map in CONTRIBUTING.md, from the outside to the inside.
FOLDERS = {
    "plugins/modules": "what users name in a task: documentation, examples and a short main()",
    "plugins/doc_fragments": "the parts of their documentation that modules share",
    "plugins/action": "what runs on the controller when a task names the module",
    "plugins/filter": "filters, mostly for the playbooks",
    "plugins/lookup": "what a playbook asks with `query`",
    "plugins/plugin_utils": "the shell: everything that needs Ansible, files or a terminal",
    "plugins/module_utils": "what a module needs on the host that it runs on",
    "plugins/module_utils/_api": "HTTP",
    "plugins/module_utils/_core": "the pure core: no sockets, no files, no Ansible",
    "plugins/module_utils/_doctor": "the doctor: what it asks of an account, on throw-away credentials of its own",
    "tools": "what ./dev is made of",
}

_SECTION = re.compile(r"<!-- begin: ([\w-]+) -->\n.*?<!-- end: \1 -->", re.DOTALL)


def pages() -> list[Path]:
    """The guides, in the order in which they are listed."""
    names = {name: number for number, name in enumerate(ORDER)}
    found = [path for path in (ROOT / "docs").glob("*.md") if path.stem != "index"]
    return sorted(found, key=lambda path: (names.get(path.stem, len(names)), path.stem))


def with_sections(page: Path) -> str:
    """The text of a page, with each of its sections as the code has it now.

    :raises KeyError: for a section that nobody knows.
    """
    text = page.read_text(encoding="utf-8")
    return _SECTION.sub(lambda one: f"<!-- begin: {one[1]} -->\n\n{SECTIONS[one[1]](page).strip()}\n\n<!-- end: {one[1]} -->", text)


def pages_with_sections() -> list[Path]:
    candidates = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("roles/*/README.md")]
    return [path for path in sorted(candidates) if _SECTION.search(path.read_text(encoding="utf-8"))]


# --- the sections


def _pages(page: Path) -> str:
    lines = []
    for path in pages():
        title, first = _title_and_first_sentence(path)
        lines.append(f"- [{title}]({_link(page, path)}): {first}")
    return "\n".join(lines)


def _content(page: Path) -> str:
    # Those that a task names; versori_delegate is a part of theirs.
    modules = sorted(path for path in (ROOT / "plugins/modules").glob("*.py") if (ROOT / "plugins/action" / path.name).exists())
    filters = sorted((ROOT / "plugins/filter").glob("*.yml"))
    lookups = sorted((ROOT / "plugins/lookup").glob("[!_]*.py"))
    roles = sorted((ROOT / "roles").glob("*/meta/argument_specs.yml"))
    playbooks = sorted((ROOT / "playbooks").glob("*.yml"))
    rows = [("module", path.stem, documentation(path)["short_description"], _link(page, ROOT / "docs/options.md")) for path in modules]
    for path in roles:
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]
        rows.append(("role", path.parts[-3], spec["short_description"], _link(page, path.parents[1] / "README.md")))
    rows += [("playbook", path.stem, _first_comment(path), _link(page, ROOT / "docs/playbooks.md")) for path in playbooks]
    rows += [("filter", path.stem, documentation(path)["short_description"], "") for path in filters]
    rows += [("lookup", path.stem, documentation(path)["short_description"], "") for path in lookups]
    return _table(
        ("", "name", "what it does"),
        [(kind, f"[`versori.platform.{name}`]({link})" if link else f"`versori.platform.{name}`", text) for kind, name, text, link in rows],
    )


def _types(page: Path) -> str:
    def names(kind: str, required: bool) -> str:
        fields = [one for one in TYPES[kind] if one.required is required]
        return ", ".join(f"**`{one.name}`**" if one.secret else f"`{one.name}`" for one in fields)

    return _table(("type", "required", "optional"), [(f"`{kind}`", names(kind, True), names(kind, False)) for kind in TYPES])


def _placeholders(page: Path) -> str:
    where = {
        ANY: "secrets, names, ids, readable fields",
        TEMPLATE: "the same, where Ansible has templated them",
        SECRET: "secrets",
        TYPED: "secrets that are texts",
    }
    return _table(
        ("the message names", "where it comes from", "refused in"),
        [(row.name if " " in row.name else f"`{row.name}`", row.origin, where[row.scope]) for row in PLACEHOLDERS],
    )


def _authentication(page: Path) -> str:
    options = documentation(ROOT / "plugins/doc_fragments/connection.py")["options"]
    return _table(
        ("option", "environment variable", "what it is"),
        [
            (f"`{name}`", f"`{variable}`", _sentences(options[name]["description"])[0])
            for name, variable in _settings.AUTHENTICATION_ENVIRONMENT.items()
        ],
    )


def _environment(page: Path) -> str:
    options: dict[str, Any] = {}
    for name in ("connection", "memory"):
        options |= documentation(ROOT / f"plugins/doc_fragments/{name}.py")["options"]
    rows = []
    for name, variable in _settings.ENVIRONMENT.items():
        default = re.search(r"is used, then (.*?)\.?$", " ".join(_sentences(options[name]["description"])))
        rows.append((f"`{name}`", f"`{variable}`", default[1].split(". ")[0] if default else ""))
    return _table(("option", "environment variable", "default"), rows)


def _options(page: Path) -> str:
    parts = []
    for title, modules, path in OPTIONS:
        options = documentation(ROOT / path)["options"]
        parts.append(f"## {title}\n\nOf {_code_names(modules)}.\n\n{_option_table(options)}")
        for name, one in options.items():
            if "suboptions" in one:
                parts.append(f"### Fields of {name}\n\n{_option_table(one['suboptions'])}")
    return "\n\n".join(parts)


def _role_options(page: Path) -> str:
    spec = yaml.safe_load((page.parent / "meta/argument_specs.yml").read_text(encoding="utf-8"))
    return _option_table(spec["argument_specs"]["main"]["options"])


def _encodings(page: Path) -> str:
    return _table(("a secret comes back", "what that looks like"), ENCODINGS)


def _map(page: Path) -> str:
    rows = []
    for folder, what in FOLDERS.items():
        rows.append((f"**`{folder}/`**", f"**{what}**"))
        for path in sorted((ROOT / folder).glob("*.py")):
            if path.name != "__init__.py":
                rows.append((f"`{path.name}`", _first_line(path)))
    return _table(("file", "what it is for"), rows)


SECTIONS: dict[str, Callable[[Path], str]] = {
    "authentication": _authentication,
    "content": _content,
    "encodings": _encodings,
    "map": _map,
    "options": _options,
    "pages": _pages,
    "placeholders": _placeholders,
    "role-options": _role_options,
    "settings": _environment,
    "types": _types,
}


# --- what they are made of


def documentation(path: Path) -> dict[str, Any]:
    """DOCUMENTATION of a module, a lookup or a fragment, read without importing it, or that of the YAML beside a filter."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".yml":
        return dict(yaml.safe_load(source)["DOCUMENTATION"])
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION" and isinstance(node.value, ast.Constant):
            return dict(yaml.safe_load(str(node.value.value)))
    raise ValueError(f"{path} has no DOCUMENTATION")


def _first_line(path: Path) -> str:
    """What a file says of itself: its docstring's first sentence, or else its documentation's."""
    said = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").replace("``", "`")
    if said:
        return " ".join(said.split("\n\n")[0].split()).rstrip(".")
    about = documentation(path)
    if "short_description" in about:
        return str(about["short_description"])
    return ", ".join(f"`{name}`" for name in about["options"] or about["attributes"])


def _option_table(options: dict[str, Any]) -> str:
    rows = []
    for name, one in options.items():
        kind = f"{one['type']} of {one['elements']}" if "elements" in one else one["type"]
        if one.get("default") is not None:
            default = one["default"]
            kind += f", `{str(default).lower() if isinstance(default, bool) else default}` by default"
        text = " ".join(_sentences(one["description"]))
        if "choices" in one:
            text += f" One of {', '.join(f'`{choice}`' for choice in one['choices'])}."
        names = " or ".join(f"`{name}`" for name in (name, *one.get("aliases", ())))
        rows.append((f"{names}<br>{kind}{', required' if one.get('required') else ''}", text))
    return _table(("option", "what it is"), rows)


def _sentences(description: str | Sequence[str]) -> list[str]:
    """A description with Ansible's markup as Markdown's."""
    texts = [description] if isinstance(description, str) else description
    return [re.sub(r"\b(?:O|V|C|M|E|P|RV)\(((?:\\.|[^)])*)\)", lambda one: f"`{_plain_name(one[1])}`", text) for text in texts]


def _plain_name(text: str) -> str:
    """`versori.platform.versori_credential#module:name` is `name`, `versori.platform.audit#filter` is `versori.platform.audit`."""
    return re.sub(r"^(?:[\w.]+#\w+:|ignore:)", "", text).partition("#")[0]


def _code_names(text: str) -> str:
    return re.sub(r"\bversori_\w+", lambda one: f"`{one[0]}`", text)


def _title_and_first_sentence(path: Path) -> tuple[str, str]:
    text = re.sub(r"<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.search(r"^# (.+)\n+(?:(?!#|```|[|<-])(.+(?:\n.+)*))?", text, re.MULTILINE)
    if not found:
        raise ValueError(f"{path.name} needs a title, and a sentence below it that says what it is for")
    paragraph = " ".join((found[2] or "").split())
    sentence = re.match(r".*?[.:](?= |$)", paragraph)
    plain = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", sentence[0] if sentence else paragraph)
    return found[1], plain.rstrip(":.") + "."


def _first_comment(path: Path) -> str:
    """The first sentence of the comment that a playbook begins with."""
    lines = path.read_text(encoding="utf-8").splitlines()
    text = " ".join(line[2:] for line in lines if line.startswith("# ") and "Copyright" not in line and "License" not in line)
    return re.split(r"(?<=\w)[.;:](?: |$)", text)[0]


def _link(page: Path, target: Path) -> str:
    return relpath(target, page.parent)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(re.sub(r"\|  (?=\|)", "| ", line) for line in lines)
