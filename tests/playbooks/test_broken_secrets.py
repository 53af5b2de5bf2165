# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that Ansible cannot template, in each playbook and the role: the variable is named, and its value is not shown.

Each place is a host: all playbooks meet theirs in one run, which says all it can.
"""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest
import yaml

from tests.acceptance.leaks import leaks
from tests.playbooks.running import Desk, recap, said
from tests.simulator import Simulator

pytestmark = pytest.mark.timeout(600)  # all cases of a playbook are one run

SECRET = "planted-91b7-secret"

BROKEN = {
    "a statement": SECRET + "{%!<",
    "an expression": SECRET + "{{",
    "a comment": SECRET + "{#<",
    "an undefined variable": SECRET + "{{ nothing_such }}",
    "an unknown filter": "{{ '" + SECRET + "' | nothing_such }}",
}


def listed(secret: str) -> list[dict[str, Any]]:
    return [{"name": "First", "type": "none"}, {"name": "Key", "type": "string", "data": {"value": secret}}]


def rotated(secret: str) -> list[dict[str, Any]]:
    return [{"name": "Key", "data": {"value": secret}}]


# Variables of a host with BROKEN where the secret is to be, and what the message has to name.
PLACES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "apply": [
        *[("versori_credentials[1]", {"versori_credentials": listed("BROKEN")})] * len(BROKEN),
        ("versori_credentials", {"versori_credentials": "{{ mine }}", "mine": listed("BROKEN")}),
        ("versori_credentials[1]", {"versori_credentials": listed("{{ mine }}"), "mine": "BROKEN"}),
        ("versori_api_key", {"versori_credentials": listed("fine"), "versori_api_key": "BROKEN"}),
        ("versori_cache_connection", {"versori_credentials": listed("fine"), "versori_cache_connection": "BROKEN"}),
    ],
    "audit": [
        ("versori_credentials[1]", {"versori_credentials": listed("BROKEN")}),
        ("versori_fingerprint_key", {"versori_credentials": listed("fine"), "versori_fingerprint_key": "BROKEN"}),
    ],
    "rotate": [
        ("versori_rotate_value", {"versori_rotate_name": "Key", "versori_rotate_field": "value", "versori_rotate_value": "BROKEN"}),
        ("versori_rotate[0]", {"versori_rotate": rotated("BROKEN")}),
        *[("versori_rotate_file", {"versori_rotate_file": f"{number}.yml"}) for number in range(len(BROKEN))],
        ("versori_session_cookie", {"versori_rotate": rotated("fine"), "versori_session_cookie": "BROKEN"}),
    ],
    "export": [("versori_jwt", {"versori_jwt": "BROKEN"})],
    "doctor": [("versori_api_key", {"versori_api_key": "BROKEN"})],
}
# Variables without a secret, beside a line of the same file that holds one: ansible-core 2.19 and later print the lines around.
BESIDE = {
    "apply": ("versori_workers", "versori_results_file", "versori_credentials_file", "versori_organisation_id"),
    "audit": ("versori_audit_html", "versori_audit_json", "versori_on_drift", "versori_api_url"),
    "rotate": ("versori_rotate_wait", "versori_rotate_file", "versori_rotate_name", "versori_timeout"),
    "export": ("versori_export_file", "versori_export_vault_file", "versori_ca_path"),
    "doctor": ("versori_doctor_wait", "versori_doctor_report"),
}
# This playbook is for one host, and names all of its variables at once.
AWX = {
    "versori_awx_project_url": "https://git.example.com/x.git",
    "versori_awx_extra_vars": {"key": BROKEN["a statement"]},
    "versori_awx_host": "{{ nothing_such }}",
    "versori_awx_image": "{{ nothing_such }}",
    "versori_awx_name": "{{ nothing_such }}",
    "versori_awx_password": BROKEN["an expression"],
    "versori_awx_token": BROKEN["an undefined variable"],
    "versori_api_key": BROKEN["an unknown filter"],
}
# What Ansible finds odd in a file it warns of, with lines of the file, whatever the task says about its log.
ODD_FILES = {
    "twice": f"{{value: {SECRET}, value: {SECRET}-2}}",
    "set": f"{{value: !!set {{{SECRET}}}}}",
    "no-yaml": f"{{value: {SECRET}, value: {SECRET}, : }}",
    "broken-yaml": f"{{value: {SECRET}: x: [}}",
}
UNUSABLE = {
    "no-yaml": "it is not YAML: look at line 3, column 68",
    "broken-yaml": "it is not YAML: look at line 3, column 38",
    "nowhere": "No such file or directory",
}


def hosts_of(playbook: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Each host of a playbook: what has to be named, and its variables."""
    kinds = itertools.cycle(BROKEN.values())
    hosts = {
        f"{playbook}-{number}": (name, json.loads(json.dumps(variables).replace('"BROKEN"', json.dumps(next(kinds)))))
        for number, (name, variables) in enumerate(PLACES[playbook])
    }
    needed = {"apply": {"versori_credentials": listed("fine")}, "rotate": {"versori_rotate": rotated("fine")}}
    for name in BESIDE[playbook]:
        in_place_of_it = name in ("versori_credentials_file", "versori_rotate_file", "versori_rotate_name")
        variables = {} if in_place_of_it else needed.get(playbook, {})
        hosts[f"{playbook}-beside-{name}"] = (name, {**variables, "vault_key": SECRET, name: "{{ nothing_such }}", "vault_other": SECRET})
    return hosts


HOSTS = {playbook: hosts_of(playbook) for playbook in PLACES}
NAMED = {host: name for hosts in HOSTS.values() for host, (name, _variables) in hosts.items()}
PLAYBOOKS = [
    {"import_playbook": f"versori.platform.{playbook}", "vars": {"versori_hosts": f"{playbook}-*:fine"}}
    for playbook in (*HOSTS, "awx_setup")
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """All playbooks, each for its hosts and for one where nothing is wrong, without which Ansible would not go on to the next."""
    with Simulator(errors="empty") as sim:
        desk = Desk(tmp_path_factory.mktemp("broken"), sim)
        own = desk.organisation()
        sim.add("string", "Key", {"value": "old"}, organisation_id=own["versori_organisation_id"])
        hosts = {host: dict(variables) for of_playbook in HOSTS.values() for host, (_name, variables) in of_playbook.items()}
        hosts |= {f"rotate-odd-{name}": {**own, "versori_rotate_file": f"{name}.yml"} for name in (*ODD_FILES, *UNUSABLE)}
        hosts["fine"] = {**own, "versori_credentials": listed("fine"), "versori_rotate": rotated("new"), "versori_doctor_wait": 0}
        hosts["localhost"] = AWX
        for variables in hosts.values():
            if variables.get("versori_rotate_file", "").endswith(".yml"):
                variables["versori_rotate_file"] = str(desk.inputs / variables["versori_rotate_file"])
        for number, broken in enumerate(BROKEN.values()):
            (desk.inputs / f"{number}.yml").write_text(yaml.safe_dump({"versori_rotate": rotated(broken)}))
        for name, data in ODD_FILES.items():
            (desk.inputs / f"{name}.yml").write_text(f"versori_rotate:\n  - name: Key\n    data: {data}\n")
        run = desk.plays(PLAYBOOKS, hosts, "-vvvv")
        assert [host for host, counters in recap(run).items() if not counters["failed"] and "odd" not in host] == ["fine"], run.printed
        yield run, desk


def test_the_variable_is_named_and_its_value_is_not_shown(finished):
    """That nothing is shown, `test_no_secret_is_printed_or_written_and_nothing_is_sent` looks at for all hosts together."""
    run, _desk = finished
    unnamed = [host for host, name in NAMED.items() if f"{name} cannot be filled in" not in said(run, host)]
    unprinted = [host for host, name in NAMED.items() if f"failed: [{host}] (item={name}) => " not in run.stdout]
    assert unnamed == unprinted == []


def test_variables_for_awx_are_named_too(finished):
    run, _desk = finished
    named = set(re.findall(r"(versori_\w+) cannot be filled in", said(run, "localhost")))
    assert named == set(AWX) - {"versori_awx_project_url"}


def test_what_is_odd_in_the_file_of_a_rotation_is_not_shown(finished):
    run, _desk = finished
    for name, why in UNUSABLE.items():
        assert f"versori_rotate_file cannot be used: {why}." in said(run, f"rotate-odd-{name}"), name
    assert "This is a bug" not in run.printed


def test_no_secret_is_printed_or_written_and_nothing_is_sent(finished):
    """By none of these runs' hosts; but those with an odd file and the one where nothing is wrong have an organisation of their own."""
    run, desk = finished
    refused = [result for result in run.results if result.host in (*NAMED, "localhost")]
    arguments = [(f"{result.host}: arguments of {result.label}", result.arguments.encode()) for result in refused]
    assert leaks([*desk.places(run), *arguments], [SECRET]) == []
    assert [request for request in desk.sim.requests if desk.sim.organisation_id in request.path] == []


def test_an_extra_variable(desk, sim):
    run = desk("apply", versori_credentials=listed(BROKEN["an expression"]), versori_jwt=BROKEN["an undefined variable"])
    assert run.code != 0
    for name in ("versori_credentials[1]", "versori_jwt"):
        assert f"{name} cannot be filled in" in run.printed
    assert leaks(desk.places(run), [SECRET]) == []
    assert sim.requests == []
