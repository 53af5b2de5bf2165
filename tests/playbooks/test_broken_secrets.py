# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that Ansible cannot template, in each playbook and the role: the variable is named, and its value is not shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.acceptance.leaks import Places, leaks
from tests.acceptance.running import Run
from tests.playbooks.running import Desk

SECRET = "planted-91b7-secret"

BROKEN = {
    "a statement": SECRET + "{%!<",
    "an expression": SECRET + "{{",
    "a comment": SECRET + "{#<",
    "an undefined variable": SECRET + "{{ nothing_such }}",
    "an unknown filter": "{{ '" + SECRET + "' | nothing_such }}",
}
ROLE = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.import_role:
        name: versori.platform.credentials
        rolespec_validate: false
"""
AWX = {"versori_awx_organization": "Default", "versori_awx_image": "image", "versori_awx_project_url": "https://git.example.com/x.git"}


def listed(secret: str) -> list[dict[str, Any]]:
    return [{"name": "First", "type": "none"}, {"name": "Key", "type": "string", "data": {"value": secret}}]


def by_inventory(desk: Desk, secret: str, *args: str) -> Run:
    return desk("apply", *args, hosts={"shop": {"versori_credentials": listed(secret)}}, versori_hosts="all")


def by_a_role(desk: Desk, secret: str, *args: str) -> Run:
    playbook, given = desk.inputs / "role.yml", desk.inputs / "given.json"
    playbook.write_text(ROLE)
    given.write_text(json.dumps({"versori_credentials": listed(secret)}))
    return desk.run(str(playbook), ["-e", f"@{given}", *args])


def rotate_file(desk: Desk, secret: str, *args: str) -> Run:
    file = desk.inputs / "rotate.yml"
    file.write_text(yaml.safe_dump({"versori_rotate": [{"name": "Key", "data": {"value": secret}}]}))
    return desk("rotate", *args, versori_rotate_file=str(file))


def variables(playbook: str, **given: Any) -> Callable[..., Run]:
    """A run with these variables; `SECRET` in one of them stands for the secret."""

    def run(desk: Desk, secret: str, *args: str) -> Run:
        return desk(playbook, *args, **json.loads(json.dumps(given).replace('"SECRET"', json.dumps(secret))))

    return run


# Each with the name that the message has to say.
PLACES: dict[str, tuple[str, Callable[..., Run]]] = {
    "apply, the list": ("versori_credentials[1]", variables("apply", versori_credentials=listed("SECRET"))),
    "apply, a list in a variable": ("versori_credentials", variables("apply", versori_credentials="{{ mine }}", mine=listed("SECRET"))),
    "apply, a variable in the list": (
        "versori_credentials[1]",
        variables("apply", versori_credentials=listed("{{ mine }}"), mine="SECRET"),
    ),
    "apply, the inventory's list": ("versori_credentials[1]", by_inventory),
    "apply, the key": ("versori_api_key", variables("apply", versori_credentials=listed("fine"), versori_api_key="SECRET")),
    "apply, the memory": (
        "versori_cache_connection",
        variables("apply", versori_credentials=listed("fine"), versori_cache_connection="SECRET"),
    ),
    "role, the list": ("versori_credentials[1]", by_a_role),
    "audit, the list": ("versori_credentials[1]", variables("audit", versori_credentials=listed("SECRET"))),
    "audit, the memory's key": (
        "versori_fingerprint_key",
        variables("audit", versori_credentials=listed("fine"), versori_fingerprint_key="SECRET"),
    ),
    "rotate, the value": (
        "versori_rotate_value",
        variables("rotate", versori_rotate_name="Key", versori_rotate_field="value", versori_rotate_value="SECRET"),
    ),
    "rotate, the list": ("versori_rotate[0]", variables("rotate", versori_rotate=[{"name": "Key", "data": {"value": "SECRET"}}])),
    "rotate, the file": ("versori_rotate_file", rotate_file),
    "rotate, the session": (
        "versori_session_cookie",
        variables("rotate", versori_rotate=[{"name": "Key", "data": {"value": "fine"}}], versori_session_cookie="SECRET"),
    ),
    "export, the token": ("versori_jwt", variables("export", versori_jwt="SECRET")),
    "doctor, the key": ("versori_api_key", variables("doctor", versori_api_key="SECRET")),
    "awx_setup, the key": ("versori_api_key", variables("awx_setup", **AWX, versori_api_key="SECRET")),
    "awx_setup, AWX's token": ("versori_awx_token", variables("awx_setup", **AWX, versori_api_key="fine", versori_awx_token="SECRET")),
    "awx_setup, AWX's password": (
        "versori_awx_password",
        variables("awx_setup", **AWX, versori_api_key="fine", versori_awx_password="SECRET"),
    ),
    "awx_setup, more variables": (
        "versori_awx_extra_vars",
        variables("awx_setup", **AWX, versori_api_key="fine", versori_awx_extra_vars={"key": "SECRET"}),
    ),
}


def places(desk: Desk, run: Run) -> Places:
    """All that a run printed, reported and wrote."""
    found: Places = [("stdout", run.stdout.encode()), ("stderr", run.stderr.encode())]
    found += [(one.label, json.dumps(one.said, default=str).encode()) for one in run.results]
    found += [(f"arguments of {one.label}", one.arguments.encode()) for one in run.results]
    for folder in (desk.home, desk.ansible_home, desk.cwd):
        found += [(str(path), path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
    return found


@pytest.mark.parametrize(
    ("broken", "verbosity"), [*((broken, "-vvvv") for broken in BROKEN), ("a statement", ""), ("an undefined variable", "")]
)
@pytest.mark.parametrize("place", PLACES)
def test_the_variable_is_named_and_its_value_is_not_shown(desk, sim, place, broken, verbosity):
    name, run_with = PLACES[place]
    run = run_with(desk, BROKEN[broken], *([verbosity] if verbosity else []))
    assert run.code != 0
    assert leaks(places(desk, run), [SECRET]) == []
    assert f"{name} cannot be filled in" in run.printed, run.printed
    assert "!unsafe" in run.printed
    assert sim.requests == []


OTHERS = {
    "apply": ("versori_workers", "versori_results_file", "versori_credentials_file", "versori_organisation_id"),
    "audit": ("versori_audit_html", "versori_audit_json", "versori_on_drift", "versori_api_url"),
    "rotate": ("versori_rotate_wait", "versori_rotate_file", "versori_rotate_name", "versori_timeout"),
    "export": ("versori_export_file", "versori_export_vault_file", "versori_ca_path"),
    "doctor": ("versori_doctor_wait", "versori_doctor_report"),
    "awx_setup": ("versori_awx_host", "versori_awx_name", "versori_awx_image"),
}


@pytest.mark.parametrize(("playbook", "name"), [(playbook, name) for playbook, names in OTHERS.items() for name in names])
def test_lines_beside_a_broken_variable_are_not_shown(desk, sim, playbook, name):
    """ansible-core 2.19 and later print the lines of the file that a broken template stands in."""
    needed = {**AWX, "versori_credentials": listed("fine"), "versori_rotate": [{"name": "Key", "data": {"value": "fine"}}]}
    if name in ("versori_credentials_file", "versori_rotate_file", "versori_rotate_name"):
        del needed["versori_credentials"], needed["versori_rotate"]
    needed.pop(name, None)
    file = desk.inputs / "variables.yml"
    file.write_text(yaml.safe_dump(needed) + f'vault_key: {SECRET}\n{name}: "{{{{ nothing_such }}}}"\n')
    run = desk(playbook, "-vvvv", "-e", f"@{file}")
    assert run.code != 0
    assert leaks(places(desk, run), [SECRET]) == []
    assert f"{name} cannot be filled in" in run.printed, run.printed
    assert sim.requests == []


def test_a_rotate_file_that_is_no_yaml(desk, sim):
    file = desk.inputs / "rotate.yml"
    file.write_text(f"versori_rotate:\n  - name: Key\n    data: {{value: {SECRET}: x: [}}\n")
    for given in (file, desk.inputs / "nowhere.yml"):
        run = desk("rotate", "-vvvv", versori_rotate_file=str(given))
        assert run.code != 0
        assert leaks(places(desk, run), [SECRET]) == []
        assert "versori_rotate_file cannot be used: check that the file is there" in run.printed, run.printed
    assert sim.requests == []


@pytest.mark.parametrize("value", [71034182, 1.5, True, None])
def test_a_value_that_is_no_text(desk, sim, value):
    sim.add("string", "Key", {"value": "old"})
    run = desk("rotate", versori_rotate_name="Key", versori_rotate_field="value", versori_rotate_value=value)
    assert run.code != 0
    told = "neither may be empty" if value is None else "data.value must be a text"
    assert told in run.printed, run.printed
    assert {one.method for one in sim.requests} <= {"GET"}


def test_what_ansible_leaves_out_is_no_trouble(desk, sim):
    run = desk("apply", versori_credentials=listed(SECRET), versori_cache_prefix="{{ nothing_such | default(omit) }}")
    assert run.code == 0, run.printed
    assert sorted(sim.names()) == ["First", "Key"]


@pytest.mark.parametrize("how", ["roles", "import_role"])
def test_a_role_that_is_used_wrongly(desk, sim, how):
    """Ansible's own check of the role's options, and the role's, print no value of the list."""
    role = {"name": "versori.platform.credentials", "rolespec_validate": False}
    wrong = {"versori_workers": "many", "versori_on_drift": "panic", "versori_api_key": [SECRET]}
    playbook = desk.inputs / "role.yml"
    for credentials in (SECRET, {"value": SECRET}, [SECRET], 71034182, listed(SECRET)):
        given = {**wrong, "versori_credentials": credentials}
        named = {name: f"{{{{ my_{name} }}}}" for name in given}
        play: dict[str, Any] = {"hosts": "localhost", "gather_facts": False}
        if how == "roles":
            play["roles"] = [{"role": "versori.platform.credentials", "vars": named}]
        else:
            play["tasks"] = [{"ansible.builtin.import_role": role, "vars": named}]
        playbook.write_text(json.dumps([play]))
        (desk.inputs / "given.json").write_text(json.dumps({f"my_{name}": value for name, value in given.items()}))
        run = desk.run(str(playbook), ["-vvvv", "-e", f"@{desk.inputs / 'given.json'}"])
        assert run.code != 0
        assert leaks(places(desk, run), [SECRET]) == []
        for word in ("versori_workers", "versori_on_drift", "auto, push, warn, ignore"):
            assert word in run.printed, run.printed
    assert sim.requests == []


@pytest.mark.parametrize("verbosity", [[], ["-vvvv"]], ids=["quiet", "loud"])
@pytest.mark.parametrize(
    "data",
    [f"{{value: {SECRET}, value: {SECRET}-2}}", f"{{value: !!set {{{SECRET}}}}}", f"{{value: {SECRET}, value: {SECRET}, : }}"],
    ids=["twice", "set", "no YAML"],
)
def test_what_is_odd_in_the_file_of_a_rotation_is_not_shown(desk, sim, data, verbosity):
    """Ansible warns of such things with lines of the file, whatever the task says about its log."""
    sim.add("string", "Key", {"value": "old"})
    file = desk.inputs / "rotate.yml"
    file.write_text(f"versori_rotate:\n  - name: Key\n    data: {data}\n")
    run = desk("rotate", *verbosity, versori_rotate_file=str(file))
    assert leaks([("printed", run.printed.encode())], [SECRET]) == []
    assert "This is a bug" not in run.printed
