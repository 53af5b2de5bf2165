# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks, and so the role, against a platform that repeats secrets in its reasons, names and usages."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.acceptance.leaks import API_KEY, Places, leaks, planted, secrets
from tests.playbooks.running import Desk, lines
from tests.simulator import Simulator

TYPES = ("string", "binary", "basic-auth", "oauth2-client")
PASSWORD = "planted-vault-password-1b7e"


def listed(turn: int) -> list[dict[str, Any]]:
    return [{"name": type, "type": type, "data": planted(type, turn)} for type in TYPES]


def told(sim: Simulator, turn: int) -> None:
    """The platform repeats all secrets of a turn, plain and in base64, about each credential."""
    texts = [text for type in TYPES for text in secrets(type, turn)]
    for entry in sim.state():
        sim.invalidate(
            entry["id"], [f"cannot sign in with {text}" for text in [*texts, API_KEY, base64.b64encode(texts[0].encode()).decode()]]
        )
        sim.unlink(entry["id"])
        sim.link(entry["id"], environment=texts[0], connection=f"{texts[1]} and {API_KEY}")


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """All that the playbooks printed, reported and wrote; and their runs."""
    with Simulator() as sim:
        sim.authentication.api_keys = {API_KEY}
        desk = Desk(tmp_path_factory.mktemp("told"), sim)
        (desk.inputs / "password").write_text(PASSWORD)
        vaulted = desk.inputs / "listed"
        vaulted.write_bytes(VaultLib([("default", VaultSecret(PASSWORD.encode()))]).encrypt(json.dumps(listed(2))))
        places: Places = []
        runs = {}

        def run(label: str, playbook: str, **variables: Any) -> None:
            env = {
                "VERSORI_API_KEY": None,
                "ANSIBLE_VAULT_PASSWORD_FILE": str(desk.inputs / "password"),
                "ANSIBLE_DISPLAY_TRACEBACK": "always",
            }
            done = desk(playbook, "-vvvv", "--diff", env=env, versori_api_key=API_KEY, **variables)
            runs[label] = done
            places.extend([(f"{label}: stdout", done.stdout.encode()), (f"{label}: stderr", done.stderr.encode())])
            places.extend((f"{label}: {one.label}", json.dumps(one.said, default=str, ensure_ascii=False).encode()) for one in done.results)

        reports = {"versori_audit_html": "audit.html", "versori_audit_json": "audit.json"}
        run("apply", "apply", versori_credentials=listed(1))
        told(sim, 1)
        run("audit", "audit", versori_credentials=listed(1), **reports)
        run("apply from a file", "apply", versori_credentials_file=str(vaulted))
        told(sim, 2)
        run("audit from a file", "audit", versori_credentials_file=str(vaulted), versori_audit_html="file.html")
        new = [
            {"name": type, "data": {name: planted(type, 3)[name] for name in ("value", "password") if name in planted(type, 3)}}
            for type in ("string", "basic-auth")
        ]
        before_put = sim.recording.begin

        def begin(request: Any) -> None:
            before_put(request)
            if request.method == "GET" and any(one.method == "PUT" for one in sim.requests):
                told(sim, 3)

        for entry in sim.state():  # a secret that is in none of its lists is unknown to a playbook
            sim.invalidate(entry["id"], None)
            sim.unlink(entry["id"])
        sim.clear_requests()
        sim.recording.begin = begin
        run("rotate", "rotate", versori_rotate=new, versori_rotate_wait=0)
        sim.recording.begin = before_put
        for entry in sim.state():
            sim.invalidate(entry["id"], [API_KEY])
            sim.unlink(entry["id"])
            sim.edit(entry["id"], name=f"{entry['name']} {API_KEY}")
        run("export", "export")
        for folder in (desk.home, desk.ansible_home, desk.cwd):
            places.extend((str(path), path.read_bytes()) for path in folder.rglob("*") if path.is_file())
        yield places, runs, desk


def test_none_is_printed_or_written(said):
    places, _runs, _desk = said
    assert {place.rpartition("/")[2] for place, _content in places} >= {
        "audit.html",
        "audit.json",
        "file.html",
        "credentials.yml",
        "vault.yml",
    }
    texts = [text for turn in (1, 2, 3) for type in TYPES for text in secrets(type, turn)]
    assert leaks(places, [*texts, API_KEY, PASSWORD]) == []


def test_what_surrounds_them_can_be_read(said):
    _places, runs, desk = said
    assert "cannot sign in with ********" in (desk.cwd / "audit.json").read_text()
    assert "cannot sign in with ********" in (desk.cwd / "file.html").read_text()
    assert "cannot sign in with ********" in "".join(lines(runs["rotate"], "What became of them"))
    assert [runs[label].code for label in ("apply", "audit", "apply from a file", "export")] == [0] * 4
