# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages take from the code is what the code has now, and their links and names lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.versori.platform.plugins.doc_fragments.connection import ModuleDocFragment
from ansible_collections.versori.platform.plugins.module_utils._api.libraries import BELOW, LEAST
from ansible_collections.versori.platform.plugins.module_utils._core.credential_types import TYPES
from ansible_collections.versori.platform.plugins.plugin_utils import _settings
from ansible_collections.versori.platform.plugins.plugin_utils._action import LEAST_PYTHON

from tests.docs.pages import PAGES, ROOT
from tests.docs.plugins import MODULES, PLUGINS
from tools import docs_sections

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PROSE = {page: re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(), flags=re.MULTILINE | re.DOTALL) for page in PAGES}


@pytest.mark.parametrize("page", docs_sections.pages_with_sections(), ids=lambda page: str(page.relative_to(ROOT)))
def test_sections_are_up_to_date(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == docs_sections.with_sections(page), "run ./dev docs --write"


def test_a_stale_section_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before\n<!-- begin: types -->\n| type | old |\n<!-- end: types -->\nAfter\n")
    text = docs_sections.with_sections(page)
    assert "old" not in text and "`oauth2-token`" in text
    assert text.startswith("Before\n") and text.endswith("\nAfter\n")


def test_index_has_everything() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    patterns = ("modules/[!_]*.py", "filter/*.yml", "lookup/[!_]*.py")
    plugins = {f"versori.platform.{path.stem}" for pattern in patterns for path in (ROOT / "plugins").glob(pattern)}
    plugins.remove("versori.platform.versori_delegate")
    playbooks = {f"versori.platform.{path.stem}" for path in (ROOT / "playbooks").glob("*.yml")}
    roles = {f"versori.platform.{path.name}" for path in (ROOT / "roles").iterdir()}
    assert plugins | playbooks | roles <= set(re.findall(r"`(versori\.platform\.\w+)`", readme))
    assert {page for page in PAGES if page.startswith("docs/")} - {"docs/index.md"} <= set(re.findall(r"\]\(([^)]+)\)", readme))
    rows = [_rows_of_index(page) for page in ("README.md", "docs/index.md")]
    assert rows[0] == rows[1]
    for name, plugin in PLUGINS.items():
        assert any(row.endswith(f"`versori.platform.{name}` | {plugin.documentation['short_description']} |") for row in rows[0])


def _rows_of_index(page: str) -> list[str]:
    """The list of pages, which the site takes its order from, and the table of what is in the collection; without their links."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if re.match(r"- \[.*\.md\): |\| \w+ \| .*`versori\.platform\.", line)]
    return sorted(re.sub(r"\[(.*?)\]\([^)]*\)", r"\1", line) for line in listed)


def test_what_is_needed_is_the_same_everywhere() -> None:
    python = "{}.{}".format(*LEAST_PYTHON)
    lines = (ROOT / "meta/ee-requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [f"{name}>={least},<{BELOW}" for name, least in LEAST.items()]
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["requirements"]
    libraries = [f"{name} >= {least}, < {BELOW}" for name, least in LEAST.items()]
    assert documented == [*libraries, f"python >= {python} on a host that the task is delegated to"]
    pinned = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(f'"{name}=={least}",' in pinned for name, least in LEAST.items())
    for page in ("README.md", "docs/connection.md"):
        said = " ".join(PROSE[page].split())
        assert " and ".join(f"`{name}` {least} or newer" for name, least in LEAST.items()) + f", both below {BELOW}" in said, page
        assert f"Python {python} or newer" in said, page


def test_environment_variables_have_everything() -> None:
    text = (ROOT / "docs/connection.md").read_text(encoding="utf-8")
    for name, variable in {**_settings.AUTHENTICATION_ENVIRONMENT, **_settings.ENVIRONMENT}.items():
        assert f"| `{name}` | `{variable}` | " in text


def test_option_tables_have_everything() -> None:
    text = (ROOT / "docs/options.md").read_text(encoding="utf-8")
    said = {name for row in re.findall(r"^\| (.+?)<br>", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    options = {name: one for module in MODULES.values() for name, one in module.options.items()}
    fields = {name for fields in TYPES.values() for one in fields for name in (one.name, one.snake_name)}
    assert said == set(options) | fields


@pytest.mark.parametrize("page", PAGES)
def test_links(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", PROSE[page]):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _hash, anchor = target.partition("#")
        linked = (ROOT / page).parent / path if path else ROOT / page
        assert linked.exists(), f"{page} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", linked.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w-]", "", text.lower().replace(" ", "-")) for text in headings}, f"{page} links to {target}"


@pytest.mark.parametrize("page", [page for page in PAGES if page != "docs/benchmark.md"])
def test_names_exist(page: str) -> None:
    """Each environment variable of ours, and each name in the form of an option, is one that exists."""
    variables = {*_settings.ENVIRONMENT.values(), *_settings.AUTHENTICATION_ENVIRONMENT.values(), "VERSORI_CONFIG"}
    assert set(re.findall(r"\bVERSORI_[A-Z_]*[A-Z]\b", PROSE[page])) <= variables
    choices = {str(choice) for one in MODULES.values() for option in one.options.values() for choice in option.get("choices", ())}
    known = {"host_vars", "group_vars", "ansible_python_interpreter", *choices, *_role_options(), *_words_of_the_code()}
    named = {word for word in re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", PROSE[page]) if not word.startswith("vault_")}
    assert named <= known, f"{page} names {sorted(named - known)}, which nothing here has"


def _role_options() -> set[str]:
    return set(yaml.safe_load((ROOT / "roles/credentials/meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"])


def _words_of_the_code() -> set[str]:
    """All names that the collection's own files have: options, results, variables, files."""
    paths = [
        path
        for folder in ("plugins", "playbooks", "roles", "tests/simulator", "examples", "tools")
        for path in (ROOT / folder).rglob("*.*")
    ]
    texts = [path.read_text(encoding="utf-8") for path in paths if path.suffix in (".py", ".yml", ".sh")]
    return {word for text in texts for word in re.findall(r"\w+", text)} | set(PLUGINS) | {path.stem for path in paths}


def test_versions() -> None:
    readme = (ROOT / "README.md").read_text()
    assert yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["requires_ansible"] == ">=2.16.0"
    assert "ansible-core 2.16 and newer" in readme
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert version not in readme, "the version stands in galaxy.yml, and pages do without it"


def test_a_redirect_finds_the_action_plugin_of_each_module() -> None:
    modules = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["plugin_routing"]["modules"]
    names = {path.stem for path in (ROOT / "plugins/action").glob("versori_*.py")}
    assert modules == {name: {"action_plugin": f"versori.platform.{name}"} for name in names}


def test_each_named_test_is_there() -> None:
    named = {name for page in PAGES for name in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PROSE[page])}
    assert len(named) > 20
    for path, name in named:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not name or f"\ndef {name}(" in text, f"{path}::{name}"


# --- the map in CONTRIBUTING.md


def test_each_file_is_on_the_map() -> None:
    rows = re.findall(r"^\| (?:\*\*)?`([^`]+)`(?:\*\*)? \| (.+) \|$", CONTRIBUTING, re.MULTILINE)
    folder, on_map = "", set()
    for name, what in rows:
        assert what.strip("* "), f"nothing is said of {name}"
        if name.endswith("/"):
            folder = name
        elif name.endswith(".py"):
            on_map.add(folder + name)
    there = {
        str(path.relative_to(ROOT)) for top in ("plugins", "tools") for path in (ROOT / top).rglob("*.py") if path.name != "__init__.py"
    }
    assert there - {"tools/site/conf.py"} == on_map


def test_each_folder_of_tests_is_on_the_map() -> None:
    there = {path.name for path in (ROOT / "tests").iterdir() if any(path.glob("**/*.py"))}
    assert there - {"output", "__pycache__"} <= set(re.findall(r"^\| `tests/([\w-]+)` \|", CONTRIBUTING, re.MULTILINE))


def test_every_command_is_told() -> None:
    commands = re.findall(r"default=False\)\n(?:@.*\n)*def (\w+)", (ROOT / "noxfile.py").read_text())
    assert {"test", "lint", "demo", *commands} <= set(re.findall(r"^\./dev (\w+)", CONTRIBUTING, re.MULTILINE))
