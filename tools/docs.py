# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the HTML site from the pages in docs/ and from what antsibull-docs makes of the modules, the role and the filters."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from docs_sections import ROOT, pages, pages_with_sections, with_sections

DEV = ROOT / ".dev"
SITE = DEV / "site"
SOURCE = DEV / "site-source"
REPOSITORY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"] + "/blob/main/"

# Where a file of the repository is on the site.
PLACES = {
    ROOT / "README.md": "readme.md",
    ROOT / "CONTRIBUTING.md": "contributing.md",
    ROOT / "CHANGELOG.md": "changelog.md",
    ROOT / "roles/credentials/README.md": "role.md",
    **{path: path.name for path in (ROOT / "docs").glob("*.md")},
}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev docs", description=__doc__)
    parser.add_argument("--write", action="store_true", help="bring the sections of README.md and docs/ that come from the code up to date")
    if parser.parse_args(argv).write:
        for page in pages_with_sections():
            text = with_sections(page)
            if text != page.read_text(encoding="utf-8"):
                page.write_text(text, encoding="utf-8")
                print(f"written: {page.relative_to(ROOT)}")
        return 0

    for folder in (SOURCE, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    (SOURCE / "collection").mkdir(parents=True, mode=0o755)
    for path, place in PLACES.items():
        if path.exists():
            (SOURCE / place).write_text(with_links_of_the_site(path), encoding="utf-8")
    (SOURCE / "index.md").write_text((SOURCE / "index.md").read_text(encoding="utf-8") + table_of_contents(), encoding="utf-8")

    antsibull = ["collection", "--use-current", "--squash-hierarchy", "--fail-on-error", "--no-add-antsibull-docs-version"]
    run("antsibull-docs", *antsibull, "--dest-dir", SOURCE / "collection", "versori.platform")
    for rst in (SOURCE / "collection").glob("*.rst"):
        rst.write_text(trimmed(rst.read_text(encoding="utf-8")), encoding="utf-8")
    run("sphinx-build", "-q", "-W", "--keep-going", "-c", ROOT / "tools/site", "-d", DEV / "cache/site", SOURCE, SITE)
    print(f"The site is in {SITE.relative_to(Path.cwd()) if SITE.is_relative_to(Path.cwd()) else SITE}/index.html")
    return 0


def run(*command: str | Path) -> None:
    done = subprocess.run(list(map(str, command)), check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def with_links_of_the_site(path: Path) -> str:
    """A page whose links to other files lead to their place on the site, or else into the repository."""

    def link(found: re.Match[str]) -> str:
        target, hash_, anchor = found[1].partition("#")
        if not target or "://" in target:
            return found[0]
        linked = Path(os.path.normpath(path.parent / target))
        place = PLACES.get(linked) if linked.exists() else None
        return f"]({place or REPOSITORY + str(linked.relative_to(ROOT))}{hash_}{anchor})"

    text = re.sub(r"\]\(([^)\s]+)\)", link, path.read_text(encoding="utf-8"))
    # Modules, filters, lookups and tests have pages of their own here.
    return re.sub(
        r"\| (module|filter|lookup|test) \| \[?(`versori\.platform\.(\w+)`)(?:\]\([^)]*\))?", r"| \1 | [\2](collection/\3_\1.rst)", text
    )


def table_of_contents() -> str:
    """What stands at the side of each page; it is no part of docs/index.md, which is read elsewhere too."""
    modules = sorted(path.stem for path in (ROOT / "plugins/modules").glob("[!_]*.py"))
    filters = sorted(path.stem for path in (ROOT / "plugins/filter").glob("*.yml"))
    groups = {
        "Guides": [path.stem for path in pages()],
        "Modules": [f"{name} <collection/{name}_module>" for name in modules],
        "Role": ["Examples <role>", "credentials <collection/credentials_role>"],
        "Filters": [f"{name} <collection/{name}_filter>" for name in filters],
        "Lookups": [f"{path.stem} <collection/{path.stem}_lookup>" for path in sorted((ROOT / "plugins/lookup").glob("[!_]*.py"))],
        "More": ["Overview <collection/index>", "Environment variables <collection/environment_variables>", "README <readme>"]
        + ["Contributing <contributing>"] * (SOURCE / "contributing.md").exists()
        + ["Changes <changelog>"] * (SOURCE / "changelog.md").exists(),
    }
    trees = [f":::{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(lines) + "\n:::\n" for caption, lines in groups.items()]
    return "\n" + "\n".join(trees)


_CONTENTS = re.compile(r"^\.\. contents::\n(?: +.*\n)+", re.MULTILINE)
_TOCTREE = re.compile(r"^\.\. toctree::\n(?: +.*\n|\n(?= ))+", re.MULTILINE)
_OPTION = re.compile(r"^  \* - \.\. raw:: html\n(?:(?!^  \* - |^\S).*\n)*", re.MULTILINE)  # a row of the table of options


def trimmed(rst: str) -> str:
    """What antsibull-docs wrote, without the contents that the theme shows itself, and without the options that are none of a user's."""
    rst = _OPTION.sub(lambda row: "" if re.search('id="parameter-_(?!input|terms)', row[0]) else row[0], rst)
    return _TOCTREE.sub("", _CONTENTS.sub("", rst))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
