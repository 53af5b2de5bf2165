# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: the example project, ansible-runner, variables from the credential type and from surveys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.acceptance.leaks import leaks
from tests.acceptance.redis_server import COLLECTIONS, KEY, PASSWORD, PLUGIN, Redis, needs_collections
from tests.simulator import Simulator

from .files import PAGE
from .node import VAULT_PASSWORD, Job, Node

pytest.importorskip("ansible_runner", reason="ansible-runner is not in this environment")
pytestmark = pytest.mark.timeout(900)

LISTED = {"Shop API key": "example-shop-api-key", "ERP user": "example-erp-password"}
ROTATED = 'new "secret" {{ of }} the ERP'
APPLY = "Bring the credentials to their state"


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def credential(sim: Simulator, node: Node, **more: str) -> dict[str, str]:
    """The inputs of a credential with a memory on the mount; those that are not filled in become empty variables."""
    inputs = {"organisation_id": sim.organisation_id, "api_url": sim.url, "api_key": sim.api_key, "cache_connection": str(node.mount)}
    return {**inputs, **more}


def assert_no_secret(job: Job, sim: Simulator) -> None:
    places = [(str(path), text.encode()) for path, text in job.left()]
    assert len(places) > 10
    assert leaks(places, [*LISTED.values(), ROTATED, VAULT_PASSWORD, sim.api_key, sim.jwt]) == []


def test_jobs_remember_rotate_and_audit(sim, node):
    """One life of a template: first job, second job, a rotation by survey, an audit."""
    inputs = credential(sim, node)
    first = node.launch("apply", inputs, verbosity=4)
    assert (first.status, first.code, first.changed) == ("successful", 0, 1), first.stdout
    assert {name: list(sim.secret(id).values())[-1] for id in sim.ids() for name in [sim.stored(id)["name"]]} == LISTED
    assert [one["decision"] for one in first.result(APPLY)["results"]] == ["created", "created"]

    second = node.launch("apply", inputs)
    assert (second.status, second.changed) == ("successful", 0), second.stdout
    assert [one["decision"] for one in second.result(APPLY)["results"]] == ["unchanged", "unchanged"]

    one = {"versori_rotate_name": "ERP user", "versori_rotate_field": "password", "versori_rotate_value": ROTATED}
    rotated = node.launch("rotate", inputs, {**one, "versori_rotate_wait": 0}, verbosity=4)
    assert (rotated.status, rotated.changed) == ("successful", 1), rotated.stdout
    [erp] = [id for id in sim.ids() if sim.stored(id)["name"] == "ERP user"]
    assert sim.secret(erp)["password"] == ROTATED

    # The list has the old password still, which the audit finds, and so would the next apply.
    audit = node.launch("audit", inputs)
    assert (audit.status, audit.changed) == ("successful", 0), audit.stdout
    assert "Differs" in audit.stdout
    # A question that is left empty is an empty text: no list, so nothing to compare with.
    alone = node.launch("audit", inputs, {"versori_credentials_file": ""})
    assert alone.status == "successful", alone.stdout
    assert "Differs" not in alone.stdout

    for job in (first, second, rotated, audit, alone):
        assert_no_secret(job, sim)
        assert any("ERP user" in text for _path, text in job.left()), "the same look finds what may be seen"
        assert not (job.artifacts / "fact_cache").exists()


def test_without_a_memory_secret_changed_at_decides_and_the_list_may_be_a_variable(sim, node):
    """Each job's own folder is gone after it. A question that is left empty is no file."""
    item = "{name: A, type: string, data: {value: example-shop-api-key}, secret_changed_at: '2020-01-01T00:00:00Z'}"
    play = f"- import_playbook: versori.platform.apply\n  vars:\n    versori_credentials: [{item}]\n"
    inputs = {name: value for name, value in credential(sim, node).items() if name != "cache_connection"}
    decisions = []
    for _job in range(2):
        job = node.launch("apply", inputs, {"versori_credentials_file": ""}, files={"apply.yml": play})
        assert job.status == "successful", job.stdout
        assert_no_secret(job, sim)
        decisions.append(job.result(APPLY)["results"][0]["decision"])
    assert decisions == ["created", "unchanged"]


@needs_collections
def test_two_slices_at_once_over_one_redis(sim, node, tmp_path):
    """In a container group, of which nothing outlives a job. The inventory has AWX's `localhost` too, which is no organisation."""
    of = {name: sim.add_organisation(f"01HFS2NEAZ6ECZBZMN4FF77{number:03d}") for number, name in enumerate(("erp", "shop", "till", "web"))}
    hosts = {"localhost": {}, **{name: {"versori_organisation_id": id} for name, id in of.items()}}
    with Redis(tmp_path) as redis:
        memory = {"cache_plugin": PLUGIN, "cache_connection": redis.connection, "fingerprint_key": KEY}
        inputs = {"api_url": sim.url, "api_key": sim.api_key, **memory}
        survey = {"versori_hosts": "all"}  # one of the job template's extra variables

        def launch():
            sim.clear_requests()
            barrier = sim.fault("together", times=2, seconds=100)  # no slice's first request is answered before the other's has come
            jobs = node.slices("apply", inputs, hosts, 2, {"ANSIBLE_COLLECTIONS_PATH": COLLECTIONS}, survey)
            assert barrier.all_there
            assert [job.status for job in jobs] == ["successful"] * 2, [job.stdout for job in jobs]
            found = [[event for event in job.events("runner_on_ok") if event["task"] == APPLY] for job in jobs]
            assert [{event["host"] for event in events} for events in found] == [{"erp", "shop", "web"}, {"till"}]
            for job in jobs:
                assert_no_secret(job, sim)
                assert leaks([(str(path), text.encode()) for path, text in job.left()], [PASSWORD, KEY]) == []
            return {event["host"]: event["res"]["decisions"] for events in found for event in events}

        assert launch() == {name: {"created": 2} for name in of}
        assert launch() == {name: {"unchanged": 2} for name in of}
        [erp] = [id for id in sim.ids(of["web"]) if sim.stored(id)["name"] == "ERP user"]
        sim.edit(erp, data={"password": "somebody else's"})
        assert launch() == {name: {"unchanged": 2} for name in of} | {"web": {"unchanged": 1, "drifted": 1}}
        assert not [request for request in sim.requests if sim.organisation_id in request.path]
    assert {name: sorted(sim.names(id)) for name, id in of.items()} == dict.fromkeys(of, sorted(LISTED))


def test_the_pages_own_playbook_fails_a_job_that_pruned_something(sim, node):
    """In a folder of the project, where AWX starts a job in the project's root."""
    [play] = re.findall(r"^```yaml\n# apply.yml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    inputs, files = credential(sim, node), {"apply.yml": play}
    first = node.launch("apply", inputs, files=files, inside="versori/")
    assert (first.status, first.changed) == ("successful", 1), first.stdout
    empty = {**files, "credentials.yml": "[{name: Shop API key, type: string, data: {value: example-shop-api-key}}]"}
    pruned = node.launch("apply", inputs, {"versori_prune": "true"}, files=empty, inside="versori/")
    assert (pruned.status, pruned.changed) == ("failed", 1), pruned.stdout
    assert [sim.stored(id)["name"] for id in sim.ids()] == ["Shop API key"]
    [failed] = pruned.events("runner_on_failed")
    assert failed["res"]["msg"] == pruned.result(APPLY)["msg"]
