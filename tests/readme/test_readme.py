# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README is true: its commands run and print what it shows, and its tables are those of the code."""

from __future__ import annotations

import os
import pty
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from ansible_collections.versori.platform.plugins.module_utils import _options
from ansible_collections.versori.platform.plugins.module_utils._core.credential_types import TYPES
from ansible_collections.versori.platform.plugins.modules import versori_credential
from ansible_collections.versori.platform.plugins.plugin_utils import _settings

from tests.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
RETURN = yaml.safe_load(versori_credential.RETURN)
OPTIONS = {
    **_options.connection_options(),
    **_options.organisation_option(),
    **_options.credential_options(),
    **_options.memory_options(),
    **_options.policy_options(),
}


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no section {title}"
    return found[1]


def blocks(title: str) -> list[tuple[str, str]]:
    return re.findall(r"^```(\w+)\n(.*?)^```$", section(title), re.MULTILINE | re.DOTALL)


def tables(text: str) -> dict[str, list[list[str]]]:
    """The rows of each table by the name of its first column."""
    found = {}
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()]
        found.setdefault(rows[0][0], []).extend(rows[2:])
    return found


def words(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


# --- its commands


@dataclass
class Reader:
    """Somebody who follows the README: a home and a project folder of their own, and the simulator as the API."""

    home: Path
    simulator: Simulator
    more: dict[str, str] = field(default_factory=dict)

    @property
    def project(self) -> Path:
        path = self.home / "project"
        path.mkdir(exist_ok=True)
        return path

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "VERSORI_"))}
        return {
            **kept,
            "HOME": str(self.home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "NO_PROXY": "127.0.0.1",
            "NO_COLOR": "1",
            "ANSIBLE_NOCOLOR": "1",
            "VERSORI_API_URL": self.simulator.url,
            **self.more,
        }

    def type(self, commands: str, folder: Path | None = None, editor: Path | None = None) -> str:
        """Run commands in a terminal, since ansible-vault opens an editor in no other place."""
        environment = self.environment | ({"EDITOR": f"cp {editor}"} if editor else {})
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            ["bash", "-e", "-c", commands + "\nenv > ~/env"],
            cwd=folder or self.project,
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        output = b""
        try:
            while piece := os.read(ours, 65536):
                output += piece
        except OSError:  # how Linux says that the other side has closed
            pass
        finally:
            os.close(ours)
        text = output.decode().replace("\r\n", "\n")
        assert process.wait() == 0, text
        for line in (self.home / "env").read_text().splitlines():  # what was exported holds for what follows
            if line.startswith("ANSIBLE_VAULT"):
                name, value = line.split("=", 1)
                self.more[name] = value
        return text


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with Simulator() as simulator:
        yield Reader(tmp_path, simulator)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone as a user has it, with what is not committed yet."""
    folder = tmp_path_factory.mktemp("checkout")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "x"]):
        subprocess.run([*git, *command], cwd=folder, check=True)
    return folder


def in_order(shown: str, output: str) -> None:
    """Every line that the README shows was printed, in the order shown."""
    rest = iter([" ".join(line.split()) for line in output.splitlines()])
    for line in shown.splitlines():
        wanted = " ".join(line.split())
        assert not wanted or wanted in rest, f"{wanted!r} is not there, or not in this place:\n{output}"


def install(reader: Reader, checkout: Path, number: int) -> Path:
    commands = [text for kind, text in blocks("Install") if kind == "sh"]
    # The installed collection is to be used, not the checkout that the environment has.
    reader.more["ANSIBLE_COLLECTIONS_SCAN_SYS_PATH"] = "false"
    reader.type(commands[number], checkout)
    return reader.home / ".ansible/collections/ansible_collections/versori/platform"


def test_first_playbook(reader: Reader, checkout: Path) -> None:
    installed = install(reader, checkout, 0)
    assert (installed / "plugins/modules/versori_credential.py").is_file()
    assert not (installed / ".dev").exists() and not (installed / "tools").exists()

    parts = blocks("A first playbook")
    make_vault, vault, playbook = (text for _kind, text in parts[:3])
    assert [kind for kind, _text in parts] == ["sh", "yaml", "yaml"] + ["sh", "text"] * 3
    content = reader.home / "content"
    vault = vault.replace("your-versori-api-key", reader.simulator.api_key)
    content.write_text(vault)
    printed = reader.type(make_vault, editor=content)
    assert (reader.project / "vault.yml").read_text().startswith("$ANSIBLE_VAULT;")
    assert stat.S_IMODE((reader.home / ".versori-vault-password").stat().st_mode) == 0o600
    (reader.project / "site.yml").write_text(playbook)

    for number, expected in enumerate([["POST", "POST"], [], ["PUT"]]):
        if number == 2:
            assert "`ansible-vault edit vault.yml`" in section("A first playbook")
            content.write_text(vault.replace("the-password-of-the-erp-user", "another-password"))
            printed += reader.type("ansible-vault edit vault.yml", editor=content)
        reader.simulator.clear_requests()
        output = reader.type(parts[3 + 2 * number][1])
        in_order(parts[4 + 2 * number][1], output)
        printed += output
        sent = [one.method for one in reader.simulator.requests if one.method != "GET"]
        assert sent == expected

    held = [reader.simulator.secret(one) for one in reader.simulator.ids()]
    secrets = {value for one in held for value in one.values()}
    assert secrets == {"the-key-that-the-shop-gave-you", "another-password"}
    for secret in (*secrets, "the-password-of-the-erp-user", reader.simulator.api_key):
        assert secret not in printed


def test_install_from_git(reader: Reader, checkout: Path) -> None:
    installed = install(reader, checkout, 1)
    assert (installed / "plugins/modules/versori_credential.py").is_file()


def test_loop(reader: Reader) -> None:
    [(_kind, tasks)] = blocks("Loops")
    credentials = [
        {"name": "First", "type": "string", "data": {"value": "planted-one"}},
        {"name": "Second", "type": "basic-auth", "data": {"username": "me", "password": "planted-two"}},
    ]
    play = {"hosts": "localhost", "gather_facts": False, "vars": {"credentials": credentials}}
    (reader.project / "site.yml").write_text(yaml.safe_dump([{**play, "tasks": yaml.safe_load(tasks)}]))
    reader.more |= {
        "VERSORI_API_KEY": reader.simulator.api_key,
        "VERSORI_ORGANISATION_ID": reader.simulator.organisation_id,
    }
    for word in ("changed", "ok"):
        output = reader.type("ansible-playbook site.yml --diff")
        in_order(f"{word}: [localhost] => (item=First)\n{word}: [localhost] => (item=Second)", output)
        assert "planted" not in output


# --- its tables


def test_decisions() -> None:
    said = {words(row[0])[0] for row in tables(section("Decisions"))["decision"]}
    documented = set(re.findall(r"V\((\w+)\)", " ".join(RETURN["decision"]["description"])))
    assert said == documented


def test_policy_options() -> None:
    said: dict[str, list[str]] = {}
    name = ""
    for option, value, _meaning in tables(section("Decisions"))["option"]:
        name = words(option)[0] if option else name
        said.setdefault(name, []).extend(words(value))
    known = {name: one["choices"] for name, one in _options.policy_options().items() if "choices" in one}
    assert said == known
    assert all(_options.policy_options()[name]["default"] == choices[0] for name, choices in said.items())
    assert all(f"`{name}`" in section("Decisions") for name in _options.policy_options())


def test_types() -> None:
    said = {}
    for kind, *cells in tables(section("Types of credentials"))["type"]:
        said[words(kind)[0]] = {
            (name, required, f"**`{name}`**" in cell) for cell, required in zip(cells, (True, False), strict=True) for name in words(cell)
        }
    assert said == {kind: {(one.name, one.required, one.secret) for one in fields} for kind, fields in TYPES.items()}


def test_environment_variables() -> None:
    said = {words(row[0])[0]: words(row[1])[0] for row in tables(section("Signing in"))["option"]}
    assert said == {**_settings.ENVIRONMENT, **_settings.SIGN_IN_ENVIRONMENT}
    mentioned = set(re.findall(r"VERSORI_[A-Z_]+", README))
    assert mentioned == {*said.values(), "VERSORI_CONFIG"}


def test_modules() -> None:
    said = {words(name)[0].rpartition(".")[2]: text for name, text in tables(README)["name"]}
    assert said == {
        path.stem: re.findall(r"^short_description: (.*)$", path.read_text(), re.MULTILINE)[0]
        for path in (ROOT / "plugins/modules").glob("[!_]*.py")
    }


def test_names_exist() -> None:
    """Every name with an underscore that stands alone is an option, a result, a field or a word of Ansible's."""
    fields = {one.snake_name for of_one in TYPES.values() for one in of_one}
    choices = {choice for option in OPTIONS.values() for choice in option.get("choices", ())}
    known = {*OPTIONS, *RETURN, *fields, *choices, "delegate_to", "versori_platform", "versori_platform_"}
    prose = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    named = {word for word in words(prose) if re.fullmatch(r"[a-z]+(_[a-z]*)+", word)}
    assert named <= known


def test_links_and_version() -> None:
    headings = {re.sub(r"[^\w-]", "", text.lower().replace(" ", "-")) for text in re.findall(r"^#+ (.*)$", README, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if target.startswith("#"):
            assert target[1:] in headings
        elif "://" not in target:
            assert (ROOT / target).exists(), target
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    assert re.findall(r"\S+\.tar\.gz", README) == [f"versori-platform-{galaxy['version']}.tar.gz"]
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())
    assert runtime["requires_ansible"] == ">=2.16.0" and "ansible-core 2.16 and newer" in README


def test_defaults() -> None:
    """The defaults of the connection options are those of their documentation."""
    documented = {}
    for name in ("connection", "memory"):
        text = (ROOT / f"plugins/doc_fragments/{name}.py").read_text()
        documented |= yaml.safe_load(re.findall(r'r"""(.*?)"""', text, re.DOTALL)[0])["options"]
    for option, _variable, default in tables(section("Signing in"))["option"]:
        name = words(option)[0]
        if name not in _settings.SIGN_IN_ENVIRONMENT and re.fullmatch("`[^`]+`", default):
            description = " ".join(documented[name]["description"])
            assert f"then V({words(default)[0]})" in description
