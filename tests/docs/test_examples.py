# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example is run: the pages block by block, the commands at the head of each playbook, and EXAMPLES of each plugin.

CONTRIBUTING.md, "Examples", says how a page is written so that this can follow it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.versori.platform.plugins.module_utils import _options

from tests.docs.pages import PAGES, ROOT, AnyTag, Block, blocks
from tests.docs.plugins import PLUGINS
from tests.docs.reader import Reader
from tests.simulator import Simulator

pytestmark = pytest.mark.timeout(0)  # how long a page takes depends on the machine

REAL_URL = "https://platform.versori.com/api/connect/v1alpha1"
API_KEY = "your-versori-api-key"
OTHER_ORGANISATION = "01HFS2NEAZ6ECZBZMN4FF775P8"
ITEM = {**_options.ORGANISATION, **_options.CREDENTIAL, **_options.POLICY}
# What stands in another file than a page, but is not shown anywhere: for the commands at the head of playbooks.
FILES = {
    "credentials.yml": "versori_credentials:\n  - name: ERP user\n    type: basic-auth\n"
    "    data: {username: integration, password: '{{ vault_erp_password }}'}\n",
    "organisations.yml": "all:\n  hosts:\n    shop:\n      versori_credentials: []\n",
    "rotate.yml": "versori_rotate:\n  - name: ERP user\n    data: {password: '{{ vault_new_erp_password }}'}\n",
    "vault.yml": "vault_erp_password: the-password-of-the-erp-user\nvault_new_erp_password: the-new-one\n",
}


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with Simulator(errors="empty") as simulator:  # validated at once, so that no rotation waits for it
        simulator.authentication.api_keys.add(API_KEY)
        simulator.add_organisation(OTHER_ORGANISATION)
        yield Reader(tmp_path, simulator)


def in_order(block: Block, output: str) -> None:
    """Every line that a page shows was printed, in the order shown, wrapped or not; `…` stands for anything in a line."""
    end = 0
    for line in filter(str.strip, block.text.splitlines()):
        pattern = r"\s+".join("[^\n]*?".join(map(re.escape, word.split("…"))) for word in line.split())
        ending = "" if line.rstrip().endswith("…") else r"[ \t]*$"
        found = re.compile(rf"^[ \t]*{pattern}{ending}", re.MULTILINE).search(output, end)
        assert found, f"{block.where}: {line!r} is not there, or not in this place:\n{output}"
        end = found.end()


class Page:
    """One page, followed from its top to its end."""

    def __init__(self, reader: Reader, page: str, clone: Path) -> None:
        self.reader = reader
        self.clone = clone
        self.blocks = blocks(page)
        self.typed = "".join(one.text for one in self.blocks if one.kind == "sh")
        self.fragments: list[Block] = []
        self.variables: dict[str, Any] = {}
        self.secrets = {reader.simulator.api_key, API_KEY}

    def follow(self) -> None:
        output, into_editor = "", False
        waiting: list[Block] = []  # commands that open an editor wait for what is typed into it
        for block in self.blocks:
            if "not run" in block.notes:
                continue
            text = block.text.replace(REAL_URL, self.reader.simulator.url)
            if block.kind == "sh":
                into_editor = bool(re.search(r"^ansible-vault (create|edit) ", text, re.MULTILINE))
                if into_editor:
                    waiting.append(block)
                else:
                    output = self.run(block, text)
            elif block.kind == "text":
                in_order(block, output)
            elif into_editor:
                opened = waiting.pop()
                self.reader.type(opened.text, editor=text)
                self.secrets |= set(yaml.safe_load(text).values())
                into_editor = False
            else:
                self.read(block, text)
        assert not waiting, f"{waiting[0].where}: nothing is typed into the editor that this opens"
        if plays := [play for block in self.fragments for play in plays_of(block)]:
            run_plays(self.reader, plays, self.variables)
        for secret in self.secrets:
            assert secret not in self.reader.printed, f"a secret was printed: {secret}"

    def run(self, block: Block, text: str) -> str:
        folder = self.clone if block.notes.get("in") == "a clone" else None
        if folder:
            # What is installed is to be used from here on, not the checkout that the environment has.
            self.reader.more["ANSIBLE_COLLECTIONS_SCAN_SYS_PATH"] = "false"
        return self.reader.type(text, folder, fails="fails" in block.notes)

    def read(self, block: Block, text: str) -> None:
        """A block that is no command: a file, a fragment, or something that happens meanwhile."""
        if block.kind == "file":
            name, _newline, content = text.partition("\n")
            self.reader.write(name, content)
        elif block.kind == "vars":
            self.variables |= yaml.safe_load(text)
        elif block.kind == "meanwhile":
            what, name = text.split(maxsplit=1)
            simulator = self.reader.simulator
            [found] = [one["id"] for one in simulator.state() if one["name"] == name.strip()]
            getattr(simulator, what)(found)
        elif block.kind in ("yaml", "yml"):
            if block.file_name:
                self.reader.write(block.file_name, text)
            if not block.file_name or block.file_name not in self.typed:
                self.fragments.append(block)
        elif block.kind == "json":
            json.loads(text)
        elif block.kind == "ini":
            assert block.file_name, f"{block.where}: name the file in the first line"
            self.reader.write(block.file_name, text)
        else:
            pytest.fail(f"{block.where}: nobody knows how to run {block.kind!r}; see CONTRIBUTING.md, Examples")


def plays_of(block: Block) -> list[dict[str, Any]]:
    """The plays that a block is; none for data, which is checked here."""
    content = yaml.load(block.text, AnyTag)  # noqa: S506
    items = content if isinstance(content, list) else []
    if items and all(isinstance(one, dict) and {"hosts", "import_playbook", "ansible.builtin.import_playbook"} & set(one) for one in items):
        return [{"name": block.where, **one} if "name" not in one else one for one in items]
    if items and any("." in key for one in items if isinstance(one, dict) for key in one):
        return [{"name": block.where, "hosts": "localhost", "gather_facts": False, "tasks": items}]
    for credentials in _lists_of_credentials(content):
        for one in credentials:
            validated = ArgumentSpecValidator({**ITEM, "data": {"type": "dict"}}).validate(one)
            assert not validated.error_messages, f"{block.where}: {validated.error_messages}"
    return []


def _lists_of_credentials(content: Any) -> Iterator[list[Any]]:
    if isinstance(content, list):
        yield content
    elif isinstance(content, dict):
        for key, value in content.items():
            if key in ("credentials", "versori_credentials") and isinstance(value, list):
                yield value
            elif isinstance(value, dict):
                yield from _lists_of_credentials(value)


def run_plays(reader: Reader, plays: list[dict[str, Any]], variables: dict[str, Any]) -> None:
    """Run plays, with a value for each variable of a vault."""
    text = yaml.safe_dump(plays, sort_keys=False, width=1000)
    vault = {name: f"value-of-{name.replace('_', '-')}" for name in sorted(set(re.findall(r"\bvault_\w+", text)))}
    reader.write("fragments.yml", text)
    reader.write("fragments-variables.yml", yaml.safe_dump({**vault, **variables}))
    inventory = " -i inventory.yml" if (reader.project / "inventory.yml").exists() else ""
    reader.type(f"ansible-playbook fragments.yml{inventory} -e @fragments-variables.yml --diff")
    for secret in vault.values():
        assert secret not in reader.printed


@pytest.mark.parametrize("page", PAGES)
def test_page(page: str, reader: Reader, clone: Path) -> None:
    Page(reader, page, clone).follow()


@pytest.mark.parametrize("block", [one for page in PAGES for one in blocks(page) if "not run" in one.notes], ids=lambda block: block.where)
def test_not_run(block: Block) -> None:
    """Skipped, so that the list of what is not run, with the reasons, stands in the output of the tests."""
    reason = block.notes["not run"]
    assert len(reason.split()) > 2, f"{block.where}: say why it is not run"
    pytest.skip(f"{block.where}: {reason}")


def test_heads_of_playbooks(reader: Reader) -> None:
    """One after the other, on what the first has applied."""
    for name, content in FILES.items():
        reader.write(name, content)
    playbooks = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))
    assert playbooks[0] == "apply"
    playbooks.remove("awx_setup")  # there is no AWX here; tests/awx/test_setup.py runs it against a fake of its API
    for playbook in playbooks:
        text = (ROOT / f"playbooks/{playbook}.yml").read_text()
        commands = re.findall(r"^#   (ansible-playbook .*)$", text, re.MULTILINE)
        assert commands, f"the head of {playbook} shows no command"
        if playbook == "export":  # it overwrites no file
            for name in ("credentials.yml", "vault.yml"):
                (reader.project / name).unlink()
        for command in commands:
            if playbook == "export" and "apply" in command:  # in between a person fills in the secrets
                vault = (reader.project / "vault.yml").read_text()
                reader.write("vault.yml", vault.replace('""', '"the-password-of-the-erp-user"'))
            elif "@vault.yml" not in command and playbook != "export":
                command += " -e @vault.yml"  # the secrets, which the head leaves out
            reader.type(command)
        if playbook == "export":
            reader.write("vault.yml", FILES["vault.yml"])


def test_examples_of_plugins(reader: Reader) -> None:
    """All in one run: what one filter's example takes is what a module really returned."""
    simulator = reader.simulator
    simulator.add("string", "Shop API key (old)", {"value": "x"}, id="01KK9J6VFKZSB86BQQT8903TMY")
    reader.write("bank-client.p12", "bytes")
    reader.write("credentials.yml", yaml.safe_dump([{"name": "Kept", "type": "string", "data": {"value": "one-secret"}}]))
    listed = [{"name": "ERP user", "type": "basic-auth", "data": {"username": "integration", "password": "{{ vault_erp_password }}"}}]
    many = "versori.platform.versori_credentials"
    prepared = [
        {many: {"credentials": listed}, "register": "applied"},
        {many: {"credentials": listed}, "register": "checked", "check_mode": True},
        {many: {"credentials": listed}, "register": "pushed"},
        {"versori.platform.versori_credential_info": {"full": True}, "register": "shown"},
        {"ansible.builtin.set_fact": {"audited": "{{ shown.credentials | versori.platform.audit(checked) }}"}},
    ]
    plays = [{"name": "What the examples take", "hosts": "localhost", "gather_facts": False, "tasks": prepared}]
    for name, one in PLUGINS.items():
        tasks = yaml.safe_load(one.examples)
        assert tasks, f"{name} has no example"
        # The list from a file prunes what is not in it, so it comes last.
        plays.append({"name": f"EXAMPLES of {name}", "hosts": "localhost", "gather_facts": False, "tasks": tasks})
    plays.sort(key=lambda play: "versori_credentials" in play["name"])
    run_plays(reader, plays, {})
    assert simulator.names() == ["Kept"], "the last example prunes"
