# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the playbook `apply`."""

import json

import pytest

from tests.acceptance.leaks import leaks
from tests.playbooks.running import lines, recap, said, table

pytestmark = pytest.mark.timeout(600)  # all cases of a playbook are one run

SECRET = "hunter22-secret"
THREE = [
    {"name": "Nothing", "type": "none"},
    {"name": 'Shop: API "key"', "type": "string", "data": {"value": SECRET}},
    {"name": "ERP user", "type": "basic-auth", "data": {"username": "me", "password": SECRET + "2"}},
]
NAMES = sorted(item["name"] for item in THREE)
TABLE = "What happened to each credential"


def test_check_mode_on_localhost(desk, sim):
    run = desk("apply", "--check", "--diff", "-vvvv", versori_credentials=THREE)
    assert recap(run)["localhost"]["changed"] == 1, run.printed
    assert table(run, TABLE) == [["changed", "created"]] * 3
    assert sim.names() == []
    assert {request.method for request in sim.requests} == {"GET"}
    assert SECRET not in run.printed


def test_organisations_as_hosts_in_parallel(desk, sim):
    """Each host has its own organisation and list; none waits for another, and a failure is shown beside what went well."""
    hosts = {
        "listed": {**desk.organisation(), "versori_credentials_file": "credentials.yml"},
        "failing": {**desk.organisation(), "versori_credentials": [*THREE, {"name": "Twice", "type": "string", "data": {"value": SECRET}}]},
        "pruning": {**desk.organisation(), "versori_credentials": THREE, "versori_prune": True},
        # What Ansible leaves out is no variable that cannot be filled in.
        "omitting": {**desk.organisation(), "versori_credentials": THREE, "versori_cache_prefix": "{{ nothing_such | default(omit) }}"},
    }
    of = {name: variables["versori_organisation_id"] for name, variables in hosts.items()}
    for value in "xy":
        sim.add("string", "Twice", {"value": value}, organisation_id=of["failing"])
    sim.add("string", "Unused", {"value": "x"}, organisation_id=of["pruning"])
    sim.link(sim.add("string", "Used", {"value": "x"}, organisation_id=of["pruning"]))

    first = desk("apply", "--diff", "-vvvv", hosts=hosts, files={"credentials.yml": {"credentials": THREE}})
    created = [["changed", "created"]] * 3
    kept = ["ok", "kept"]
    assert {host: table(first, TABLE, host) for host in hosts} == {
        "listed": created,
        "failing": [*created, ["FAILED", "-"]],
        "pruning": [*created, kept, ["changed", "deleted"]],
        "omitting": created,
    }
    assert "ERP user" in lines(first, TABLE, "listed")[4]
    assert "Twice" in lines(first, TABLE, "failing")[5]
    assert [host for host, counters in recap(first).items() if counters["failed"]] == ["failing"]
    assert {host: sorted(sim.names(id)) for host, id in of.items()} == {
        "listed": NAMES,
        "failing": sorted([*NAMES, "Twice", "Twice"]),
        "pruning": sorted([*NAMES, "Used"]),
        "omitting": NAMES,
    }

    sim.clear_requests()
    barrier = sim.fault("together", times=len(hosts), seconds=100)  # no host's first request is answered before all have come
    second = desk("apply", "--forks", "4", hosts=hosts)
    assert {host: counters["changed"] for host, counters in recap(second).items()} == dict.fromkeys(hosts, 0)
    unchanged = [["ok", "unchanged"]] * 3
    assert [table(second, TABLE, host) for host in ("listed", "pruning")] == [unchanged, [*unchanged, kept]]
    assert barrier.all_there
    assert SECRET not in first.printed + second.printed


def test_hosts_that_mean_one_organisation(desk, sim):
    """Two that list the same credential, or of which one prunes, are refused before anything is sent; others may share an organisation."""
    sim.clear_requests()
    shared = desk.organisation()
    of = shared["versori_organisation_id"]
    hosts = {name: {**shared, "versori_credentials": [THREE[number]]} for number, name in enumerate(("shop", "erp", "both"))}
    hosts["both"]["versori_credentials"] = THREE[1:]
    refused = desk("apply", hosts=hosts)
    assert refused.code == 2, refused.printed
    assert [result.host for result in refused.results if result.how == "failed"] == ["shop"], "one cause is told once"
    assert f"The hosts erp and both mean the same organisation, {of}" in refused.stdout
    assert SECRET not in refused.printed
    del hosts["both"]
    pruning = desk("apply", hosts=hosts, versori_prune=True)
    assert pruning.code == 2 and "shop and erp would delete what only another one lists" in pruning.stdout, pruning.printed
    assert not [request for request in sim.requests if of in request.path]
    run = desk("apply", hosts=hosts)
    assert run.code == 0, run.printed
    assert sorted(sim.names(of)) == sorted(["Nothing", 'Shop: API "key"'])


def test_only_hosts_that_do_the_work_count_and_as_they_mean_it(desk, sim, tmp_path):
    """Whatever gives a host its variables, and whichever hosts the role is for."""
    shop, erp = (desk.organisation()["versori_organisation_id"] for _host in range(2))
    hosts = {"shop": {"mine": shop}, "erp": {"mine": erp}}
    for host, variables in hosts.items():
        (desk.cwd / f"{host}.json").write_text(json.dumps({"versori_organisation_id": variables["mine"]}))
    role, given = {"name": "versori.platform.credentials"}, {"versori_credentials": THREE[:1]}
    play = {"hosts": "all", "gather_facts": False, "vars": given}
    same = {"versori_organisation_id": shop}
    plays = [
        {**play, "name": "own files", "vars_files": [f"{desk.cwd}/{{{{ inventory_hostname }}}}.json"], "tasks": [{"import_role": role}]},
        {**play, "name": "template", "tasks": [{"import_role": role, "vars": {"versori_organisation_id": "{{ mine }}"}}]},
        {**play, "name": "once", "vars": {**given, **same}, "tasks": [{"import_role": role, "run_once": True}]},
        {
            **play,
            "name": "one of them",
            "vars": {**given, **same},
            "tasks": [{"include_role": role, "when": "inventory_hostname == 'erp'"}],
        },
        {**play, "name": "free", "strategy": "free", "tasks": [{"import_role": role, "vars": {"versori_organisation_id": "{{ mine }}"}}]},
        {**play, "name": "the same", "serial": 1, "vars": given, "tasks": [{"include_role": role, "vars": same}]},
    ]
    hosts["shop"]["versori_organisation_id"] = shop  # as the last play says it for both
    run = desk.plays(plays, hosts, "--check")
    parts = run.stdout.split("PLAY [")[1:]
    assert ["fatal:" in part for part in parts] == [False] * 6 + [True], run.printed  # in the second batch
    assert f"The hosts shop and erp mean the same organisation, {shop}" in parts[-1] or "The hosts erp and shop" in parts[-1]


def test_localhost_is_an_organisation_only_by_name(desk, sim):
    """AWX's inventories have it, and `versori_hosts=all` would mean it; the environment says which organisation that is."""
    shop = {**desk.organisation(), "versori_credentials": THREE[:1]}
    hosts = {"localhost": {"versori_credentials": THREE}, "shop": shop, "localhost.old": shop}
    run = desk("apply audit export doctor", "--check", "-e", "versori_hosts=all:!localhost.old", hosts=hosts)
    assert (run.code, set(recap(run))) == (0, {"shop"}), run.printed
    named = desk("apply", "--check", "-e", "versori_hosts=shop,localhost", hosts=hosts)
    assert set(recap(named)) == {"shop", "localhost"}, named.printed
    inventory = desk.inputs / "groups.yml"
    inventory.write_text(json.dumps({"all": {"children": {"team": {"hosts": {"localhost": {}, "till": {}}}}}}))
    for asked, counted in (("team", True), ("all:!nobody", False), ("localhost.old:team", True), (["all", "localhost"], True)):
        listed = desk.run("apply", ["-i", str(inventory), "-e", json.dumps({"versori_hosts": asked}), "--list-hosts"])
        assert ("      localhost\n" in listed.stdout, "      till\n" in listed.stdout) == (counted, True), asked
    alone = desk("apply", "--check", hosts={"localhost": {"versori_credentials": THREE}})
    assert set(recap(alone)) == {"localhost"}, alone.printed


WRONG = {"versori_workers": "many", "versori_on_drift": "panic", "versori_api_key": [SECRET]}
LISTS = [SECRET, {"value": SECRET}, [SECRET], 71034182, [{"name": "Key", "type": "string", "data": {"value": SECRET}}]]
# Hosts that the role refuses, and what is said of each; it is used in three ways.
REFUSED = {
    f"{way}{number}": (
        {**WRONG, "versori_credentials": credentials},
        ["versori_workers", "versori_on_drift", "auto, push, warn, ignore, fail"],
    )
    for way in ("roles", "import", "apply")
    for number, credentials in enumerate(LISTS)
} | {
    "apply-text": ({"versori_credentials": SECRET}, ["credentials must be a list of mappings"]),
    "apply-neither": ({}, ["Give either versori_credentials, a list, or versori_credentials_file"]),
    "apply-inside": (
        {"versori_credentials": [{"name": "x", "type": "string", "data": {"valeu": SECRET}}]},
        ["credentials[0] (x): data.valeu is not a field of type string"],
    ),
}


def test_what_cannot_be_meant_is_refused_and_shows_no_secret(desk, sim):
    """Ansible's own check of a role's options, the role's, and the module's."""
    role = {"name": "versori.platform.credentials", "rolespec_validate": False}
    named = {name: f"{{{{ my_{name} }}}}" for name in (*WRONG, "versori_credentials")}
    plays = [
        {"hosts": "roles*:fine", "gather_facts": False, "roles": [{"role": "versori.platform.credentials", "vars": named}]},
        {"hosts": "import*:fine", "gather_facts": False, "tasks": [{"ansible.builtin.import_role": role, "vars": named}]},
        {"import_playbook": "versori.platform.apply", "vars": {"versori_hosts": "apply*:fine"}},
    ]
    hosts = {
        host: {name if host.startswith("apply") else f"my_{name}": value for name, value in variables.items()}
        for host, (variables, _words) in REFUSED.items()
    }
    # A run ends with the play that has failed for all its hosts.
    fine = {"versori_workers": 1, "versori_on_drift": "auto", "versori_api_key": sim.api_key, "versori_credentials": []}
    hosts["fine"] = {**fine, **{f"my_{name}": value for name, value in fine.items()}, **desk.organisation()}
    run = desk.plays(plays, hosts, "-vvvv")

    assert [host for host, counters in recap(run).items() if not counters["failed"]] == ["fine"], run.printed
    for host, (_variables, words) in REFUSED.items():
        assert [word for word in words if word not in said(run, host)] == [], host
    assert leaks(desk.places(run), [SECRET, "71034182"]) == []
    assert not [request for request in sim.requests if sim.organisation_id in request.path]
