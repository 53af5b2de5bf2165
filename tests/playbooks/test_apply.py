# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the playbook `apply`."""

from __future__ import annotations

from tests.playbooks.running import lines, recap

SECRET = "hunter22-secret"
THREE = [
    {"name": "Nothing", "type": "none"},
    {"name": 'Shop: API "key"', "type": "string", "data": {"value": SECRET}},
    {"name": "ERP user", "type": "basic-auth", "data": {"username": "me", "password": SECRET + "2"}},
]
TOLD = "What happened to each credential"


def test_localhost_check_first_run_second_run(desk, sim):
    checked = desk("apply", "--check", "--diff", "-vvvv", versori_credentials=THREE)
    assert recap(checked)["localhost"]["changed"] == 1, checked.printed
    assert sim.names() == []
    assert {one.method for one in sim.requests} == {"GET"}

    first = desk("apply", "--diff", "-vvvv", files={"credentials.yml": {"credentials": THREE}}, versori_credentials_file="credentials.yml")
    assert first.code == 0, first.printed
    assert recap(first)["localhost"]["changed"] == 1
    assert sorted(sim.names()) == sorted(one["name"] for one in THREE)
    assert [line.split()[:2] for line in lines(first, TOLD)[2:]] == [["changed", "created"]] * 3
    assert "ERP user" in lines(first, TOLD)[4]

    second = desk("apply", versori_credentials=THREE)
    assert recap(second)["localhost"]["changed"] == 0
    assert [line.split()[:2] for line in lines(second, TOLD)[2:]] == [["ok", "unchanged"]] * 3
    for run in (checked, first, second):
        assert SECRET not in run.printed


def test_organisations_as_hosts_in_parallel(desk, sim):
    """Each host has its own organisation and list; none waits for another."""
    organisations = {f"org{number}": sim.add_organisation(f"01HFS2NEAZ6ECZBZMN4FF775A{number}") for number in range(4)}
    hosts = {
        name: {
            "versori_organisation_id": organisation,
            "versori_credentials": [{"name": f"Key of {name}", "type": "string", "data": {"value": f"{SECRET}-{name}"}}],
        }
        for name, organisation in organisations.items()
    }
    run = desk("apply", "--forks", "4", hosts=hosts, versori_hosts="all")
    assert run.code == 0, run.printed
    assert {name: sim.names(organisation) for name, organisation in organisations.items()} == {
        name: [f"Key of {name}"] for name in organisations
    }
    assert SECRET not in run.printed

    sim.clear_requests()
    barrier = sim.fault("together", times=len(hosts), seconds=100)  # no host's first request is answered before all have come
    again = desk("apply", "--forks", "4", hosts=hosts, versori_hosts="all")
    assert {name: one["changed"] for name, one in recap(again).items()} == dict.fromkeys(organisations, 0)
    assert barrier.all_there
    assert sim.max_in_flight == len(hosts)


def test_a_failure_is_shown_beside_what_went_well(desk, sim):
    sim.add("string", "Twice", {"value": "x"})
    sim.add("string", "Twice", {"value": "y"})
    run = desk("apply", versori_credentials=[*THREE, {"name": "Twice", "type": "string", "data": {"value": SECRET}}])
    assert run.code != 0
    shown = [line.split()[0] for line in lines(run, TOLD)[2:]]
    assert shown == ["changed", "changed", "changed", "FAILED"]
    assert "Twice" in lines(run, TOLD)[5]
    assert SECRET not in run.printed


def test_prune(desk, sim):
    sim.add("string", "Unused", {"value": "x"})
    sim.link(sim.add("string", "Used", {"value": "x"}))
    run = desk("apply", versori_credentials=THREE, versori_prune=True)
    assert run.code == 0, run.printed
    assert sorted(sim.names()) == sorted(["Used", *(one["name"] for one in THREE)])
    assert [line.split()[1] for line in lines(run, TOLD)[5:]] == ["kept", "deleted"]


def test_input_is_validated_and_shows_no_secret(desk, sim):
    wrong = desk("apply", "-vvvv", versori_credentials=SECRET, versori_workers="many", versori_on_drift="panic", versori_api_key=[SECRET])
    assert wrong.code != 0
    for word in ("versori_workers", "versori_on_drift", "auto, push, warn, ignore"):
        assert word in wrong.printed
    assert SECRET not in wrong.printed

    text = desk("apply", "-vvvv", versori_credentials=SECRET)
    assert text.code != 0
    assert "credentials must be a list of mappings" in text.printed
    assert SECRET not in text.printed

    neither = desk("apply")
    assert neither.code != 0
    assert "Give either versori_credentials, a list, or versori_credentials_file" in neither.printed

    inside = desk("apply", "-vvvv", versori_credentials=[{"name": "x", "type": "string", "data": {"valeu": SECRET}}])
    assert inside.code != 0
    assert "credentials[0]: data.valeu is not a field of type string" in inside.printed
    assert SECRET not in inside.printed
    assert sim.requests == []


def test_options_reach_the_module(desk, sim):
    run = desk(
        "apply",
        env={"VERSORI_API_URL": None, "VERSORI_API_KEY": None, "VERSORI_ORGANISATION_ID": None},
        versori_credentials=THREE,
        versori_api_url=sim.url,
        versori_jwt=sim.jwt,
        versori_organisation_id=sim.organisation_id,
        versori_workers=1,
        versori_cache_connection=str(desk.home / "elsewhere"),
        versori_fingerprint_key="kf" * 20,
        versori_update_secrets="always",
    )
    assert run.code == 0, run.printed
    assert len(sim.names()) == 3
    assert any((desk.home / "elsewhere").iterdir())
    assert not desk.memory.exists()
