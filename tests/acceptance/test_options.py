# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where options come from, and fields that are to be removed; both ways."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.many import many
from tests.acceptance.running import task

CLIENT, TOKEN, BINARY = EXAMPLES["oauth2-client"], EXAMPLES["oauth2-token"], EXAMPLES["binary"]
STRING = {"type": "string", "data": {"value": "a-secret-value"}}


def test_each_way_of_authentication(worker, sim):
    """From an option, from the controller's environment, from the task's `environment:`, from the Versori CLI's config file."""
    config = worker.inputs / "versori.yaml"
    context = {"name": "work", "organisation_id": sim.organisation_id, "jwt": sim.jwt, "url_overwrite": "http://127.0.0.1:9/"}
    config.write_text(json.dumps({"active_context": "work", "contexts": {"work": context, "other": {"jwt": "wrong"}}}))
    key, jwt, cookie = ("authorization", f"Bearer {sim.api_key}"), ("authorization", f"JWT {sim.jwt}"), ("cookie", sim.session_cookie)
    org = {"organisation_id": sim.organisation_id}
    in_file = {"VERSORI_CONFIG": str(config)}
    cases: dict[str, tuple[Any, dict[str, Any], tuple[str, str]]] = {  # the task's environment and options, the header
        "a key with its scheme": ({}, {**org, "api_key": f"Bearer {sim.api_key}"}, key),
        "environment: api_key": ({"VERSORI_API_KEY": sim.api_key}, org, key),
        "environment: cookie": ({"VERSORI_SESSION_COOKIE": sim.session_cookie}, org, cookie),
        "environment: behind an option": ({"VERSORI_JWT": "wrong"}, {**org, "api_key": sim.api_key}, key),
        "context": (in_file, {"context": "work"}, jwt),
        "the active context": (in_file, {"context": "@active"}, jwt),
        "environment: context": ({**in_file, "VERSORI_CONTEXT": "work"}, {"org": sim.organisation_id}, jwt),
    }
    tasks = [
        task(name, {"environment": environment}, name="x", **STRING, **options) for name, (environment, options, _header) in cases.items()
    ]
    run = worker.play(*tasks, env={"VERSORI_API_KEY": None, "VERSORI_ORGANISATION_ID": None})
    for name, (_environment, _options, (header, value)) in cases.items():
        assert run[name].how == "ok", run[name].said
        for request in run[name].requests:
            assert request.headers[header] == value, name
            assert len({"authorization", "cookie"} & set(request.headers)) == 1, name


@pytest.mark.parametrize("redaction", ["missing", "null", "empty", "asterisks"])
def test_tokens_that_a_task_does_not_give_are_not_lost(worker, sim, redaction):
    """A server may have what it does not show (contract, "Redaction"): nothing is sent, and check mode says so too."""
    sim.switches.turn(redaction=redaction)
    id = sim.add(TOKEN.type, "t", TOKEN.data)
    rest = {name: value for name, value in TOKEN.data.items() if name not in ("accessToken", "refreshToken")}
    wanted = {"type": TOKEN.type, "name": "t"}
    assert worker.play(task("adopted", **wanted, data=rest))["adopted"].decision == "unknown"
    for changes in ({"clientSecret": "rotated-secret"}, {"scopes": ["other"]}):
        for check in (True, False):
            refused = worker.play(task("refused", **wanted, data={**rest, **changes}), check=check)["refused"]
            assert (refused.how, refused.writes) == ("failed", [])
            assert "data.accessToken, data.refreshToken, which this task does not give" in refused.msg
    assert sim.stored(id)["data"] == TOKEN.data
    run = worker.play(task("let go", **wanted, data=rest, remove_fields=["access_token", "refresh_token"]))
    assert run["let go"].changed and sim.stored(id)["data"] == rest


@pytest.mark.parametrize("redaction", ["missing", "null", "empty", "asterisks", "none"])
def test_remove_fields(worker, sim, redaction):
    """Also where nothing is remembered, and where what is there is taken as right."""
    sim.switches.turn(redaction=redaction)
    whole = {**TOKEN.data, "additionalParams": {"audience": "shop"}}
    ids = {name: sim.add(TOKEN.type, name, whole) for name in ("pushed", "adopted")}
    data = {name: value for name, value in TOKEN.data.items() if name != "refreshToken"}
    removing = {"type": TOKEN.type, "data": data, "remove_fields": ["refresh_token", "additionalParams"]}
    tasks = (task("pushed", name="pushed", **removing), task("adopted", name="adopted", on_unknown="adopt", **removing))
    predicted, run, again = worker.play(*tasks, check=True), worker.play(*tasks), worker.play(*tasks)
    for name, id in ids.items():
        assert (predicted[name].changed, predicted[name].writes) == (True, [])
        assert "refreshToken" in str(predicted[name].diff["before"]) and "refreshToken" not in str(predicted[name].diff["after"])
        assert {"data.refreshToken", "data.additionalParams"} <= set(run[name].changes)
        assert (again[name].decision, again[name].changed) == ("unchanged", False)
        held = sim.stored(id)["data"]
        assert "refreshToken" not in held and not held.get("additionalParams")
        assert held["accessToken"] == TOKEN.data["accessToken"]
    assert worker.play(many("many", [{"name": "pushed", **removing}]))["many"].decisions == {"unchanged": 1}
