# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plugins say of themselves is so: what they return, the version, the action group, the options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible_collections.versori.platform.plugins.filter.credentials import FilterModule
from ansible_collections.versori.platform.plugins.module_utils._api.client import USER_AGENT
from ansible_collections.versori.platform.plugins.plugin_utils._settings import to_native

from tests.acceptance.running import Controller, Result
from tests.docs.plugins import FILTERS, MODULES, ROOT
from tests.playing import INFO, MANY, ONE
from tests.simulator import Simulator

DOCTOR, STATE = "versori.platform.versori_doctor", "versori.platform.versori_state"
USER = {"name": "ERP user", "type": "basic-auth", "data": {"username": "integration", "password": "erp-password-1"}}
# What Ansible itself puts into a result or takes from it.
OF_ANSIBLE = {"changed", "failed", "diff", "invocation", "exception", "ansible_facts", "deprecations", "warnings"}
KINDS: dict[str, type | tuple[type, ...]] = {"str": str, "list": list, "dict": dict, "bool": bool, "int": int, "raw": object}

REFUSAL = {"code": "invalid", "message": "no", "fields": [{"field": "name", "message": "is odd"}], "cause": "a rule"}

PARTLY_READ = "01HFS2NEAZ6ECZBZMN4FF00001"  # an organisation of which one credential cannot be read

# One task for each thing that a result may have in it.
TASKS: list[dict[str, Any]] = [
    {ONE: USER},
    {ONE: USER},
    {ONE: {**USER, "name": "Refused by the API"}},
    {MANY: {"credentials": [{**USER, "name": "Refused by the API"}, USER], "full_results": True}},
    {MANY: {"credentials": [{"credential_id": "01KK9J6VFKZSB86BQQT8903TMY", "type": "none"}, USER]}},
    {ONE: {**USER, "data": {**USER["data"], "password": "erp-password-2"}}},
    {ONE: {"name": "Invalid one", "type": "string", "data": {"value": "odd-secret"}, "on_unknown": "adopt"}},
    {ONE: {**USER, "type": "no-type"}},
    {ONE: {**USER, "credential_id": "01KK9J6VFKZSB86BQQT8903TMY"}},
    {ONE: {**USER, "api_url": "http://127.0.0.1:1", "retries": 0}},
    {ONE: {"name": "Another", "type": "none"}, "check_mode": True},
    {INFO: {}},
    {INFO: {"full": True}},
    {INFO: {"organisation_id": PARTLY_READ, "full": True}},
    {INFO: {"name": "ERP user"}},
    {INFO: {"credential_id": "01KK9J6VFKZSB86BQQT8903TMZ"}},
    {MANY: {"credentials": [USER, {"name": "Another", "type": "none"}], "prune": True}},
    {MANY: {"credentials": [{"name": "Yet another", "type": "none"}]}, "check_mode": True},
    {MANY: {"credentials": [{"name": "Another"}]}},
    {MANY: {"credentials": [USER, {"name": "Another", "type": "none"}], "api_url": "http://127.0.0.1:1", "retries": 0}},
    {ONE: {"name": "ERP user", "state": "absent"}},
    {STATE: {}},
    {STATE: {"forget": ["nobody"]}},
    {STATE: {"move_to": "/nowhere"}, "check_mode": True},
    {DOCTOR: {"wait": 0}},
    {DOCTOR: {"wait": -1}},
]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Result]]]:
    """What each module returned, in one run."""
    with Simulator() as simulator:
        simulator.link(simulator.add("string", "In use", {"value": "odd-value"}))
        simulator.add("none", "Not used", {})
        simulator.invalidate(simulator.add("string", "Invalid one", {"value": "odd-value"}))
        simulator.fault(method="POST", status=422, body=REFUSAL, after=1, times=2)  # the second and the third
        simulator.fault(path="01KK9J6VFKZSB86BQQT8903TMZ", status=422, body=REFUSAL)
        simulator.add_organisation(PARTLY_READ)
        for name in ("Read", "Not read"):
            unread = simulator.add("none", name, {}, organisation_id=PARTLY_READ)
        simulator.fault(path=unread, status=403, body=REFUSAL, times=None)
        controller = Controller(tmp_path_factory.mktemp("returned"), simulator)
        run = controller.play(*({"name": f"task {number}", **task} for number, task in enumerate(TASKS)))
        found: dict[str, list[Result]] = {}
        for task, result in zip(TASKS, run.results, strict=True):
            [action] = [key for key in task if "." in key]
            found.setdefault(action.rpartition(".")[2], []).append(result)
        yield found


@pytest.mark.parametrize("name", MODULES)
def test_what_is_documented_is_what_comes_back(name: str, results: dict[str, list[Result]]) -> None:
    documented = MODULES[name].returned
    seen: set[str] = set()
    for result in results[name]:
        said = {key: value for key, value in result.said.items() if not key.startswith("_ansible_")}
        assert set(said) <= {*documented, *OF_ANSIBLE}, result.label
        outcome = "failure" if result.how == "failed" else "success"
        assert {key for key, one in documented.items() if one["returned"] == outcome} <= set(said), result.label
        for key in set(said) & set(documented):
            check(said[key], documented[key], key, seen)
    assert seen == set(paths(documented)), "RETURN tells of something that no task returned"


def test_the_entries_of_results_are_as_the_module_for_one_returns_them(results: dict[str, list[Result]]) -> None:
    """RETURN refers to that for what they mean, and names those that are always there, of which two may be null."""
    always, nullable = {"name", "credential_id", "decision", "changed", "failed"}, {"name", "credential_id", "decision"}
    types = {"str": str, "bool": bool, "int": int, "list": list, "dict": dict}
    known = {key: types[one["type"]] for key, one in MODULES["versori_credential"].returned.items() if one["type"] in types}
    known |= {"name": str, "changed": bool, "failed": bool}
    entries = [entry for result in results["versori_credentials"] for key in ("results", "pruned") for entry in result.said.get(key, ())]
    assert {bool(entry["failed"]) for entry in entries} == {True, False}
    for entry in entries:
        assert always <= set(entry) <= set(known)
        assert all(value or key in always for key, value in entry.items()), "an empty key"
        assert all(isinstance(value, known[key]) or (value is None and key in nullable) for key, value in entry.items()), entry


def test_the_table_of_the_doctors_report(results: dict[str, list[Result]]) -> None:
    text = (ROOT / "docs/doctor.md").read_text()
    rows = re.findall(r"^\| `([a-z_.]+)` \| (any|[a-z]+(?: (?:of|or) [a-z]+)?) \| .+ \|$", text, re.MULTILINE)
    report = results["versori_doctor"][0].said["report"]
    values = {**report, **{f"findings.{key}": value for key, value in report["findings"][0].items()}}
    assert {key for key, _kind in rows} == set(values)
    for key, kind in rows:
        assert kind == "any" or type(values[key]).__name__ in kind.split(" of ")[0].split(" or "), key


def check(value: Any, documented: dict[str, Any], path: str, seen: set[str]) -> None:
    seen.add(path)
    description = documented["description"]
    if value is None:
        assert "null" in str(description).lower(), f"{path} is null"
        return
    kind = documented["type"]
    assert isinstance(value, KINDS[kind]), f"{path} is no {kind}: {value!r}"
    for one in value if kind == "list" else [value]:
        if kind == "list":
            assert isinstance(one, KINDS[documented["elements"]]), f"{path} holds {one!r}"
        if "contains" in documented:
            assert set(one) <= set(documented["contains"]), f"{path} holds more than is documented"
            for key, inner in one.items():
                check(inner, documented["contains"][key], f"{path}.{key}", seen)


def paths(documented: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, one in documented.items():
        yield above + key
        yield from paths(one.get("contains", {}), f"{above}{key}.")


@pytest.mark.parametrize("name", FILTERS)
def test_what_a_filter_returns(name: str, results: dict[str, list[Result]]) -> None:
    """The filters are given what the modules really returned."""
    shown = results["versori_credential_info"][1].said["credentials"]
    applied = results["versori_credentials"][0].said

    def run(what: str, *arguments: Any) -> Any:
        return to_native(FilterModule().filters()[what](*arguments))

    audited = run("audit", shown, applied)
    given: dict[str, tuple[Any, ...]] = {
        "audit": (shown, applied),
        "audit_html": ([audited], "now"),
        "audit_table": (audited,),
        "export": (shown, "01HFS2NEAZ6ECZBZMN4FF775P7"),
        "max_age_problem": ({"basic-auth": "ninety"},),
        "results_table": (applied, shown),
        "rotation": ([{"name": "ERP user", "data": {"password": "another"}}], shown),
    }
    assert set(given) == set(FILTERS) == set(FilterModule().filters())
    seen: set[str] = set()
    check(run(name, *given[name]), FILTERS[name].returned["_value"], "_value", seen)
    assert seen == set(paths(FILTERS[name].returned))


def test_version() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert f"versori.platform/{version} (Ansible collection)" == USER_AGENT


def test_no_option_is_for_action_plugins_alone() -> None:
    """What they send to other hosts is taken by a module of its own."""
    assert all(name.isidentifier() and name[0] != "_" for module in MODULES.values() for name in module.documented_options)
