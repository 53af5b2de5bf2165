# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the HTML site from the pages in docs/ and from what antsibull-docs makes of the modules, the role and the filters."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tools.docs_sections import ROOT, pages_with_sections, with_sections

SITE = ROOT / ".dev/site"
SOURCE = ROOT / ".dev/site-source"
REPOSITORY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"] + "/blob/main/"

# Where a file of the repository is on the site.
PLACES = {
    ROOT / "README.md": "readme.md",
    ROOT / "CONTRIBUTING.md": "contributing.md",
    ROOT / "CHANGELOG.md": "changelog.md",
    ROOT / "roles/credentials/README.md": "role.md",
    **{path: path.name for path in (ROOT / "docs").glob("*.md")},
}
PLACES = {path: place for path, place in PLACES.items() if path.exists()}


def write() -> None:
    for page in pages_with_sections():
        text = with_sections(page)
        if text != page.read_text(encoding="utf-8"):
            page.write_text(text, encoding="utf-8")
            print(f"written: {page.relative_to(ROOT)}")


def build() -> None:
    for folder in (SOURCE, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    collection = SOURCE / "collection"
    collection.mkdir(parents=True, mode=0o755)
    flags = ("--use-current", "--squash-hierarchy", "--fail-on-error", "--no-add-antsibull-docs-version", "--dest-dir", collection)
    subprocess.run(["antsibull-docs", "collection", *flags, "versori.platform"], check=True)
    for rst in collection.glob("*.rst"):
        rst.write_text(trimmed(rst.read_text(encoding="utf-8")), encoding="utf-8")
    for path, place in PLACES.items():
        (SOURCE / place).write_text(with_links_of_the_site(path), encoding="utf-8")
    with (SOURCE / "index.md").open("a", encoding="utf-8") as index:
        index.write(table_of_contents())
    places = ("-c", ROOT / "tools/site", "-d", ROOT / ".dev/cache/site", SOURCE, SITE)
    subprocess.run(["sphinx-build", "-q", "-W", "--keep-going", *places], check=True)
    print(f"The site is in {os.path.relpath(SITE)}/index.html")


def with_links_of_the_site(path: Path) -> str:
    """A page whose links to other files lead to their place on the site, or else into the repository."""

    def link(match: re.Match[str]) -> str:
        target, hash_, anchor = match[1].partition("#")
        if not target or "://" in target:
            return match[0]
        linked = Path(os.path.normpath(path.parent / target))
        return f"]({PLACES.get(linked) or REPOSITORY + str(linked.relative_to(ROOT))}{hash_}{anchor})"

    text = re.sub(r"\]\(([^)\s]+)\)", link, path.read_text(encoding="utf-8"))
    # Modules, filters, lookups and tests have pages of their own here.
    name = r"\| (module|filter|lookup|test) \| \[?(`versori\.platform\.(\w+)`)(?:\]\([^)]*\))?"
    return re.sub(name, r"| \1 | [\2](collection/\3_\1.rst)", text)


def table_of_contents() -> str:
    """What stands at the side of each page; it is no part of docs/index.md, which is read elsewhere too."""
    groups = {"Guides": re.findall(r"^- \[.*?\]\(([\w-]+\.md)\)", (ROOT / "docs/index.md").read_text(encoding="utf-8"), re.MULTILINE)}
    for kind in ("module", "filter", "lookup", "role"):
        files = sorted((SOURCE / "collection").glob(f"*_{kind}.rst"))
        groups[f"{kind.title()}s"] = [f"{path.stem.removesuffix(f'_{kind}')} <collection/{path.stem}>" for path in files]
    groups["Roles"].insert(0, "Examples <role>")
    groups["More"] = ["Overview <collection/index>", "Environment variables <collection/environment_variables>", "README <readme>"]
    groups["More"] += [
        f"{place.title().removesuffix('.Md')} <{place}>" for place in PLACES.values() if place in ("contributing.md", "changelog.md")
    ]
    trees = [f":::{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(lines) + "\n:::\n" for caption, lines in groups.items()]
    return "\n" + "\n".join(trees)


def trimmed(rst: str) -> str:
    """What antsibull-docs wrote, without the contents that the theme shows itself, and without the options that are none of a user's."""
    row_of_options = r"^  \* - \.\. raw:: html\n(?:(?!^  \* - |^\S).*\n)*"
    rst = re.sub(row_of_options, lambda row: "" if re.search('id="parameter-_(?!input|terms)', row[0]) else row[0], rst, flags=re.MULTILINE)
    return re.sub(r"^\.\. contents::\n(?: +.*\n)+|^\.\. toctree::\n(?: +.*\n|\n(?= ))+", "", rst, flags=re.MULTILINE)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--write"]):
        sys.exit("usage: ./dev docs [--write]")
    write() if sys.argv[1:] else build()
