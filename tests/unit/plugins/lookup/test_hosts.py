# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hosts of a play claim for themselves, and which of them would undo each other's work."""

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api.connection import DEFAULT_API_URL
from ansible_collections.versori.platform.plugins.plugin_utils._settings import as_source

SECRET = "marked-hush-1"
ULID = "01HFS2NEAZ6ECZBZMN4FF775P7"
ONE, OTHER = {"versori_organisation_id": ULID}, {"versori_organisation_id": "01HFS2NEAZ6ECZBZMN4FF775P8"}


@pytest.fixture
def claim(look, monkeypatch):
    monkeypatch.setenv("VERSORI_CONFIG", "/nowhere")
    for variable in ("ORGANISATION_ID", "API_URL", "API_KEY", "CONTEXT"):
        monkeypatch.delenv(f"VERSORI_{variable}", raising=False)

    def claim(host="a", **variables):
        [claimed] = look("host_claim", [], {"inventory_hostname": host, **variables})
        return claimed

    return claim


@pytest.fixture
def refused(look, claim):
    return lambda **hosts: look("conflicting_hosts", [claim(host, **variables) for host, variables in hosts.items()])


def named(*names):
    data = {"value": as_source(f"{SECRET} {{{{ no }}}}")}
    return {"versori_credentials": [{"name": name, "type": "string", "data": data} for name in names]}


def test_a_claim(claim):
    one = claim(**ONE, **named("x", as_source("{{ mine }}"), as_source("{{ no }}")), mine="y", versori_prune=as_source("{{ mine == 'y' }}"))
    listed = [{"name": name, "id": None} for name in ("x", "y", None)]
    assert one == {"host": "a", "play": None, "organisation": ULID, "api_url": DEFAULT_API_URL, "prune": True, "listed": listed}


@pytest.mark.parametrize(("prune", "expected"), [(False, False), ("no", False), ({}, False), (None, False), ("yes", True), (1, True)])
def test_who_prunes(claim, prune, expected):
    assert claim(versori_prune=prune)["prune"] is expected


@pytest.mark.parametrize("listed", [SECRET, {"name": "x"}, None, ["x"], as_source("{{ no }}")])
def test_what_is_no_list(claim, listed):
    assert claim(versori_credentials=listed)["listed"] == []


def test_one_spelling_of_an_organisation(claim, monkeypatch):
    one = claim(**ONE, versori_api_url="https://api.example.com/v1")
    for url in ("HTTPS://API.example.com:443/v1/", "https://api.example.com/v1"):
        assert claim(versori_organisation_id=ULID.lower(), versori_api_url=url) == one
    monkeypatch.setenv("VERSORI_ORGANISATION_ID", ULID)
    monkeypatch.setenv("VERSORI_API_URL", "https://api.example.com/v1")
    assert claim() == one
    monkeypatch.setenv("VERSORI_CONTEXT", "nowhere")
    assert claim()["organisation"] is None  # the module says why
    assert claim(versori_api_key="given") == one


@pytest.mark.parametrize(
    "wrong", [{"versori_organisation_id": as_source("{{ no }}")}, {**ONE, "versori_context": "no"}, {}, {"versori_api_url": 1}]
)
def test_an_organisation_that_nobody_can_tell(claim, wrong):
    assert claim(**wrong)["organisation"] is None


@pytest.mark.parametrize(
    "hosts",
    [
        {"a": {**ONE, **named("x")}},
        {"a": {**ONE, **named("x")}, "b": {**OTHER, **named("x"), "versori_prune": True}},
        {"a": {**ONE, **named("x", "x")}, "b": {**ONE, **named("y")}},
        {"a": {**ONE, **named("x")}, "b": {**ONE, **named("x"), "versori_api_url": "https://staging.example.com"}},
        {"a": named("x"), "b": named("x")},
    ],
)
def test_nothing_to_refuse(refused, hosts):
    assert refused(**hosts) == []


def test_what_an_earlier_play_has_noted(look, claim):
    claims = [claim("a", **ONE, **named("x"), ansible_play_name="one"), claim("b", **ONE, **named("x"), ansible_play_name="two")]
    assert look("conflicting_hosts", claims, {"ansible_play_name": "two"}) == []


def test_a_run_once_that_noted_the_same_for_all(look, claim):
    assert look("conflicting_hosts", [claim(**ONE, **named("x"))] * 2) == []


def test_names_on_several_lists(refused):
    hosts = {"a": named("x", "y"), "b": named("z", "w"), "c": named("y", "x"), "d": named("w")}
    ending = "which would be created twice, or overwritten. List a credential for one host only, or leave the others out (versori_hosts)."
    assert refused(**{host: {**ONE, **listed} for host, listed in hosts.items()}, e={**OTHER, **named("y")}) == [
        f"The hosts a and c mean the same organisation, {ULID}, and each of them lists 'x' and 'y', {ending}",
        f"The hosts b and d mean the same organisation, {ULID}, and each of them lists 'w', {ending}",
    ]


def test_one_that_prunes(refused):
    [sentence] = refused(a={**ONE, **named("x")}, b={**ONE, **named("y"), "versori_prune": True})
    assert f"The hosts a and b mean the same organisation, {ULID}, and b would delete what only another one lists" in sentence
    assert SECRET not in sentence


def test_an_id_counts_as_well_as_a_name(refused):
    both, alone = {"name": "x", "credential_id": ULID}, {"credential_id": ULID.lower()}
    [sentence] = refused(a={**ONE, "versori_credentials": [both]}, b={**ONE, "versori_credentials": [alone]})
    assert "each of them lists 'x'," in sentence


def test_a_file_is_data(refused, tmp_path):
    """Nothing in it is filled in, as the module fills in nothing."""
    path, made = tmp_path / "list.yml", tmp_path / "made"
    path.write_text("credentials:\n- {name: x}\n- odd\n- {name: \"{{ lookup('pipe', 'touch " + str(made) + "; echo x') }}\"}\n")
    file = {**ONE, "versori_credentials_file": as_source("{{ folder }}/list.yml"), "folder": str(tmp_path)}
    missing = {**ONE, "versori_credentials_file": str(tmp_path / "missing.yml")}
    [sentence] = refused(a=file, b={**ONE, **named("x")}, c=missing)
    assert "The hosts a and b mean" in sentence and "lists 'x'," in sentence
    [sentence] = refused(a=file, b=file)
    assert "lists 'x' and \"{{ lookup" in sentence
    assert not made.exists()
