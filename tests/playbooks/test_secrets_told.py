# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks, and so the role, against a platform that repeats secrets in its reasons, names and usages."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.acceptance.leaks import API_KEY, Places, leaks, planted, secrets
from tests.acceptance.many import before_each_request
from tests.acceptance.written import encrypted
from tests.playbooks.running import Desk, lines
from tests.simulator import Simulator

TYPES = ("string", "binary", "basic-auth", "oauth2-client")
PASSWORD = "planted-vault-password-1b7e"
TURNS = {"listed": 1, "vaulted": 2}  # hosts with their list in a variable, and in a file; each has secrets of its own


def listed(turn: int) -> list[dict[str, Any]]:
    return [{"name": type, "type": type, "data": planted(type, turn)} for type in TYPES]


def tell(sim: Simulator, ids: list[str], turn: int) -> None:
    """The platform repeats all secrets of a turn, plain and in base64, about each of these credentials."""
    texts = [text for type in TYPES for text in secrets(type, turn)]
    encoded = base64.b64encode(texts[0].encode()).decode()
    for id in ids:
        sim.invalidate(id, [f"cannot sign in with {text}" for text in (*texts, API_KEY, encoded)])
        sim.unlink(id)
        sim.link(id, environment=texts[0], connection=f"{texts[1]} and {API_KEY}")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    with Simulator() as sim:
        sim.authentication.api_keys = {API_KEY}
        desk = Desk(tmp_path_factory.mktemp("told"), sim)
        (desk.inputs / "password").write_text(PASSWORD)
        (desk.inputs / "listed").write_text(encrypted(json.dumps(listed(TURNS["vaulted"])), PASSWORD))
        hosts = {name: desk.organisation() for name in TURNS}
        hosts["listed"]["versori_credentials"] = listed(TURNS["listed"])
        hosts["vaulted"]["versori_credentials_file"] = str(desk.inputs / "listed")
        variables = {"ANSIBLE_VAULT_PASSWORD_FILE": str(desk.inputs / "password"), "ANSIBLE_DISPLAY_TRACEBACK": "always"}
        env = {"VERSORI_API_KEY": None, **variables}
        places: Places = []
        runs = {}

        def run(playbook: str, **variables: Any) -> None:
            runs[playbook] = desk(playbook, "-vvvv", "--diff", hosts=hosts, env=env, versori_api_key=API_KEY, **variables)
            places.extend(desk.places(runs[playbook]))

        run("apply")
        ids = {name: sim.ids(hosts[name]["versori_organisation_id"]) for name in hosts}
        for name, turn in TURNS.items():
            tell(sim, ids[name], turn)
        run("audit", versori_audit_html="audit.html", versori_audit_json="audit.json")
        every_id = [id for name in hosts for id in ids[name]]
        for id in every_id:  # a secret that is in none of its lists is unknown to a playbook
            sim.invalidate(id, None)
            sim.unlink(id)
        secret = {"string": "value", "basic-auth": "password"}
        new = [{"name": type, "data": {field: planted(type, 3)[field]}} for type, field in secret.items()]
        sim.clear_requests()

        def tell_after_a_write(request: Any) -> None:
            if request.method == "GET" and any(earlier.method == "PUT" for earlier in sim.requests):
                tell(sim, every_id, 3)

        with pytest.MonkeyPatch.context() as patch:
            before_each_request(patch, sim, tell_after_a_write)
            run("rotate", versori_rotate=new, versori_rotate_wait=0)
        for entry in sim.state():
            sim.invalidate(entry["id"], [API_KEY])
            sim.unlink(entry["id"])
            sim.edit(entry["id"], name=f"{entry['name']} {API_KEY}")
        run("export")
        yield places, runs, desk


def test_none_is_printed_or_written(finished):
    places, _runs, _desk = finished
    names = {place.rpartition("/")[2] for place, _content in places}
    assert names >= {"audit.html", "audit.json", *(f"{host}-{kind}.yml" for host in TURNS for kind in ("credentials", "vault"))}
    texts = [text for turn in (1, 2, 3) for type in TYPES for text in secrets(type, turn)]
    assert leaks(places, [*texts, API_KEY, PASSWORD]) == []


def test_what_surrounds_them_can_be_read(finished):
    _places, runs, desk = finished
    shown = "cannot sign in with ********"
    audits = {audit["host"]: json.dumps(audit) for audit in json.loads((desk.cwd / "audit.json").read_text())["organisations"]}
    assert [host for host in TURNS if shown not in audits[host]] == []
    assert shown in (desk.cwd / "audit.html").read_text()
    assert [host for host in TURNS if shown not in "".join(lines(runs["rotate"], "What became of them", host))] == []
    assert [runs[playbook].code for playbook in ("apply", "audit", "export")] == [0] * 3
