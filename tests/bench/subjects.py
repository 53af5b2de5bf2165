# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is measured: playbooks and the bare script, and the credentials that they are given."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.simulator.remote import RemoteControl

WORKERS = 16
FLOOR = Path(__file__).with_name("floor.py")


class Estate:
    """One organisation with so many credentials, and two lists, ``a`` and ``b``, that differ in every user name and secret.

    The server holds one of the two; a run with that one finds nothing to change, and a run with the other changes all. Both
    kinds come in a JSON file and in a YAML file, with ids; ``names`` leaves the ids out.
    """

    def __init__(self, simulator: RemoteControl, folder: Path, key: str, size: int) -> None:
        self.size = size
        self.organisation_id = simulator.add_organisation(f"bench-{key}-{size}")
        self.ids = simulator.seed(size, organisation_id=self.organisation_id)
        self.folder = folder / self.organisation_id
        self.folder.mkdir()
        self.holds = ""  # neither yet
        for letter in "ab":
            items = [self._item(number, id_, letter) for number, id_ in enumerate(self.ids, 1)]
            by_name = [{key: value for key, value in item.items() if key != "credential_id"} for item in items]
            for kind, chosen in (("ids", items), ("names", by_name)):
                (self.folder / f"{kind}-{letter}.json").write_text(json.dumps(chosen, indent=1))
                (self.folder / f"{kind}-{letter}.yml").write_text(yaml.safe_dump({"credentials": chosen}, sort_keys=False))

    def _item(self, number: int, id_: str, letter: str) -> dict[str, Any]:
        return {
            "organisation_id": self.organisation_id,
            "credential_id": id_,
            "name": f"credential-{number:06d}",
            "type": "basic-auth",
            "data": {"username": f"user-{letter}-{number:06d}", "password": f"bench-password-{letter}-{number:06d}"},
        }

    def list_for(self, changed: bool) -> str:
        """The letter of the list to give for a run that changes all, or nothing."""
        return ("b" if self.holds == "a" else "a") if changed else self.holds


_PLAY = """\
- hosts: localhost
  gather_facts: false
{vars}  tasks:
{tasks}
"""

_VARS_FILES = '  vars_files: ["{folder}/ids-{letter}.yml"]\n'
_NO_OP = "    - ansible.builtin.debug: {msg: done}"
_NO_OP_WITH_VARIABLES = '    - ansible.builtin.debug: {msg: "{{ credentials | length }}"}'

_URI = """\
    - name: Read
      ansible.builtin.uri:
        url: "{{ lookup('env', 'VERSORI_API_URL') }}/o/{{ item.organisation_id }}/credentials/{{ item.credential_id }}"
        headers: {Authorization: "Bearer {{ lookup('env', 'VERSORI_API_KEY') }}"}
      loop: "{{ credentials }}"
      loop_control: {label: "{{ item.name }}"}
      register: found
    - name: Write where it differs
      ansible.builtin.uri:
        url: "{{ lookup('env', 'VERSORI_API_URL') }}/o/{{ item.item.organisation_id }}/credentials/{{ item.item.credential_id }}"
        headers: {Authorization: "Bearer {{ lookup('env', 'VERSORI_API_KEY') }}"}
        method: PUT
        body_format: json
        body: "{{ item.json | combine({'name': item.item.name, 'type': item.item.type, 'data': item.item.data}) }}"
      changed_when: true
      loop: "{{ found.results }}"
      loop_control: {label: "{{ item.item.name }}"}
      when: item.json.name != item.item.name or item.json.data.username != item.item.data.username
"""

_LOOP = """\
    - versori.platform.versori_credential:
        organisation_id: "{{ item.organisation_id }}"
        credential_id: "{{ item.credential_id }}"
        name: "{{ item.name }}"
        type: "{{ item.type }}"
        data: "{{ item.data }}"
      loop: "{{ credentials }}"
      loop_control: {label: "{{ item.name }}"}
"""

_BULK = """\
    - versori.platform.versori_credentials:
        credentials: "{{ credentials }}"
        workers: WORKERS
"""

_BULK_SRC = """\
    - versori.platform.versori_credentials:
        src: FOLDER/LIST
        workers: WORKERS
"""


class Subject(NamedTuple):
    """One way to do the work.

    :param tasks: of its playbook; empty for the bare script.
    :param variables: where the list stands if it comes in variables: ``group_vars`` or ``vars_files``.
    :param writes: which estate it works on: those with a memory share one, and so do those without; "" for none.
    :param list_file: how the file of its list begins, and ends.
    """

    key: str
    title: str
    tasks: str = ""
    variables: str = ""
    writes: str = ""
    list_file: tuple[str, str] = ("ids", "json")


SUBJECTS = {
    subject.key: subject
    for subject in (
        Subject("a", "`ansible.builtin.uri` in a loop", _URI, variables="group_vars", writes="plain"),
        Subject("b", "`versori_credential` in a loop", _LOOP, variables="group_vars", writes="memory"),
        Subject("c", "`versori_credentials`, list from variables in `group_vars`", _BULK, variables="group_vars", writes="memory"),
        Subject("c_files", "`versori_credentials`, list from `vars_files`", _BULK, variables="vars_files", writes="memory"),
        Subject("c'", "`versori_credentials`, `src` in JSON", _BULK_SRC, writes="memory"),
        Subject("c'yaml", "`versori_credentials`, `src` in YAML", _BULK_SRC, writes="memory", list_file=("ids", "yml")),
        Subject("c'name", "`versori_credentials`, `src` in JSON, found by name", _BULK_SRC, writes="memory", list_file=("names", "json")),
        Subject("d", "bare script with requests", writes="plain"),
        Subject("e", "a playbook that does nothing", _NO_OP),
        Subject("e+vars", "the same, with the list in `group_vars`", _NO_OP_WITH_VARIABLES, variables="group_vars"),
    )
}


def command(subject: Subject, estate: Estate, letter: str) -> list[str]:
    """The command to measure; its playbook is written here."""
    kind, ending = subject.list_file
    if not subject.tasks:
        return [sys.executable, str(FLOOR), str(WORKERS), str(estate.folder / f"{kind}-{letter}.{ending}")]
    tasks = subject.tasks
    for word, value in {"FOLDER": estate.folder, "LIST": f"{kind}-{letter}.{ending}", "WORKERS": WORKERS}.items():
        tasks = tasks.replace(word, str(value))
    variables = _VARS_FILES.format(folder=estate.folder, letter=letter) if subject.variables == "vars_files" else ""
    folder = estate.folder / f"{subject.variables or 'plain'}-{letter}"
    if subject.variables == "group_vars" and not folder.exists():
        (folder / "group_vars").mkdir(parents=True)
        (folder / "group_vars/all.yml").write_text((estate.folder / f"ids-{letter}.yml").read_text())
    folder.mkdir(exist_ok=True)
    play = folder / "play.yml"
    play.write_text(_PLAY.format(vars=variables, tasks=tasks))
    return [str(Path(sys.executable).with_name("ansible-playbook")), str(play)]
