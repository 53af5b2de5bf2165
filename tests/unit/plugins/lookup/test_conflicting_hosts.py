# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.versori.platform.plugins.plugin_utils._settings import as_source

SECRET = "marked-hush-1"
ONE, OTHER = {"versori_organisation_id": "01A"}, {"versori_organisation_id": "01B"}


class HostVars:
    """Ansible's, which a play has: the variables of each host, as they are written."""

    def __init__(self, hosts):
        self.hosts = hosts

    def raw_get(self, host):
        return {"inventory_hostname": host, **self.hosts[host]}


@pytest.fixture
def refused(look, monkeypatch):
    monkeypatch.setenv("VERSORI_CONFIG", "/nowhere")
    for variable in ("ORGANISATION_ID", "API_URL", "CONTEXT"):
        monkeypatch.delenv(f"VERSORI_{variable}", raising=False)

    def refused(hosts, **given):
        """The sentences for a play with these hosts, and what the play or the role gives to all of them."""
        first = next(iter(hosts))
        hostvars = HostVars(hosts)
        variables = {**hostvars.raw_get(first), "ansible_play_hosts_all": list(hosts), "hostvars": hostvars, **given}
        return look("conflicting_hosts", [], variables)

    return refused


def named(*names):
    return {
        "versori_credentials": [{"name": name, "type": "string", "data": {"value": as_source(f"{SECRET} {{{{ no }}}}")}} for name in names]
    }


@pytest.mark.parametrize(
    "hosts",
    [
        {"a": {**ONE, **named("x")}},
        {"a": {**ONE, **named("x")}, "b": {**OTHER, **named("x"), "versori_prune": True}},
        {"a": {**ONE, **named("x")}, "b": {**ONE, **named("y")}},
        {"a": {**ONE, **named("x")}, "b": {**ONE, **named("x"), "versori_api_url": "https://staging.example.com"}},
        {"a": {**ONE, **named("x"), "versori_prune": "false"}, "b": {**ONE, "versori_credentials": "no list"}},
        {"a": named("x"), "b": named("x")},  # no organisation at all, which the module refuses
        {"a": {**ONE, **named("x"), "versori_context": "none"}, "b": {**ONE, **named("x"), "versori_context": "none"}},
        {"a": {**ONE, **named("x")}, "b": {"versori_organisation_id": as_source("{{ no }}"), **named("x")}},
    ],
)
def test_nothing_to_refuse(refused, hosts):
    assert refused(hosts) == []


def test_a_name_on_two_lists(refused):
    hosts = {"a": {**ONE, **named("x", "y")}, "b": {**ONE, **named("z")}, "c": {**ONE, **named("y")}, "d": {**OTHER, **named("y")}}
    assert refused(hosts) == [
        "The hosts a and c mean the same organisation, 01A, and each of them lists 'y': they would undo each other's work. List a "
        "credential for one host only, or leave the others out (versori_hosts). Nothing was sent."
    ]


@pytest.mark.parametrize("prune", [True, "yes", as_source("{{ mine }}")])
def test_one_that_prunes(refused, prune):
    hosts = {"a": {**ONE, **named("x")}, "b": {**ONE, **named("y"), "versori_prune": prune, "mine": True}}
    [sentence] = refused(hosts)
    assert "The hosts a and b mean the same organisation, 01A, and b would delete what only another one lists" in sentence
    assert SECRET not in sentence


def test_what_the_environment_or_the_play_gives_to_all(refused, monkeypatch):
    own = {"a": {"mine": "01A", **named("x")}, "b": {"mine": "01B", **named("x")}}
    assert refused(own, versori_organisation_id=as_source("{{ mine }}")) == []
    [sentence] = refused(own, versori_organisation_id="01C")
    assert "the same organisation, 01C" in sentence
    monkeypatch.setenv("VERSORI_ORGANISATION_ID", "01E")
    [sentence] = refused(own)
    assert "the same organisation, 01E" in sentence
    assert refused({"a": named("x"), "b": {**ONE, **named("x")}}) == []


def test_lists_in_files_and_in_templates(refused, tmp_path):
    path = tmp_path / "list.yml"
    path.write_text("credentials:\n- {name: x}\n- {credential_id: 01X}\n- odd\n")
    hosts = {
        "a": {**ONE, "versori_credentials_file": str(path)},
        "b": {**ONE, "versori_credentials": as_source("{{ mine }}"), "mine": [{"credential_id": "01X"}, {"name": ["x"]}]},
        "c": {**ONE, "versori_credentials_file": str(tmp_path / "missing.yml")},
    }
    [sentence] = refused(hosts)
    assert "The hosts a and b mean" in sentence and "lists '01X':" in sentence
