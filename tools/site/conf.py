# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site that ./dev docs builds: the pages for people, and in collection/ what antsibull-docs makes of modules, role and filters.

Nothing is fetched: neither while it is built nor by its pages.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes

ROOT = Path(__file__).resolve().parents[2]
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))

project = "versori.platform"
extensions = ["myst_parser", "sphinx_antsibull_ext"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = f"{project} {GALAXY['version']}"
html_show_copyright = html_show_sphinx = html_copy_source = html_use_index = False
html_static_path, html_css_files = ["static"], ["site.css"]

# What antsibull-docs refers to in Ansible's own documentation; without a network there is no list of its labels.
ANSIBLE = "https://docs.ansible.com/ansible/latest"
LABELS = {
    "action_plugins": f"{ANSIBLE}/plugins/action.html",
    "ansible_configuration_settings": f"{ANSIBLE}/reference_appendices/config.html",
    "common_return_values": f"{ANSIBLE}/reference_appendices/common_return_values.html",
}
PAGES = {path: path.stem for path in sorted((ROOT / "docs").glob("*.md"))} | {ROOT / "roles/credentials/README.md": "role"}
PAGES |= {path: path.stem.lower() for name in ("README", "CONTRIBUTING", "CHANGELOG") if (path := ROOT / f"{name}.md").exists()}


def setup(app: Any) -> None:
    for path, page in PAGES.items():
        shutil.copy(path, app.srcdir / f"{page}.md")
    app.connect("source-read", adapt)
    app.connect("missing-reference", link_to_ansible)


def adapt(app: Any, page: str, source: list[str]) -> None:
    """What a page has only here, or not here."""
    path = next((path for path, name in PAGES.items() if name == page), None)
    if path:
        source[0] = re.sub(r"\]\(([^)\s]+)\)", lambda match: f"]({link(path, match[1])})", source[0])
        source[0] += contents(app.srcdir, source[0]) if page == "index" else ""
        return
    # The options that are none of a user's, and the contents that the theme shows itself.
    row = r"^  \* - \.\. raw:: html\n(?:(?!^  \* - |^\S).*\n)*"
    internal = 'id="parameter-_(?!input|terms)'
    source[0] = re.sub(row, lambda match: "" if re.search(internal, match[0]) else match[0], source[0], flags=re.MULTILINE)
    source[0] = re.sub(r"^\.\. contents::\n(?: +.*\n)+|^\.\. toctree::\n(?: +.*\n|\n(?= ))+", "", source[0], flags=re.MULTILINE)


def link(path: Path, target: str) -> str:
    """Where a link leads to on the site, or else in the repository."""
    name, hash_, anchor = target.partition("#")
    if not name or "://" in name:
        return target
    linked = Path(os.path.normpath(path.parent / name))
    place = f"{PAGES[linked]}.md" if linked in PAGES else f"{GALAXY['repository']}/blob/main/{linked.relative_to(ROOT)}"
    return f"{place}{hash_}{anchor}"


def contents(folder: Path, index: str) -> str:
    """What stands at the side of each page; it is no part of docs/index.md, which is read elsewhere too."""
    groups = {"Guides": re.findall(r"^- \[.*?\]\(([\w-]+\.md)\)", index, re.MULTILINE)}
    for kind in ("module", "role", "filter", "lookup"):
        names = [path.stem.removesuffix(f"_{kind}") for path in sorted(folder.glob(f"collection/*_{kind}.rst"))]
        groups[f"{kind.title()}s"] = [f"{name} <collection/{name}_{kind}>" for name in names]
    groups["Roles"].insert(0, "Examples <role>")
    groups["More"] = ["Overview <collection/index>", "Environment variables <collection/environment_variables>"]
    groups["More"] += [f"{path.stem.title()} <{page}>" for path, page in PAGES.items() if path.stem.isupper() and page != "role"]
    return "".join(f"\n:::{{toctree}}\n:hidden:\n:caption: {title}\n\n" + "\n".join(pages) + "\n:::\n" for title, pages in groups.items())


def link_to_ansible(_app: Any, _env: Any, node: Any, contnode: Any) -> Any:
    target = node.get("reftarget", "")
    url = LABELS.get(target)
    if target.startswith("ansible_collections.ansible.builtin."):
        url = f"{ANSIBLE}/collections/ansible/builtin/{target.split('.')[3]}.html"
    return nodes.reference("", "", contnode, refuri=url, internal=False) if url else None
