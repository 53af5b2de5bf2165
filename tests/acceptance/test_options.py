# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where options come from, how values are spelt, and what is no difference; both ways."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.many import info, many
from tests.acceptance.running import task
from tests.ear import Ear
from tests.playing import ELSEWHERE, ONE

pytestmark = pytest.mark.timeout(300)

CLIENT, BINARY = EXAMPLES["oauth2-client"], EXAMPLES["binary"]
STRING = {"type": "string", "data": {"value": "a-secret-value"}}


# --- authentication


def test_each_way_of_authentication(controller, sim):
    """From an option, from the controller's environment, from the task's `environment:`, from the Versori CLI's config file."""
    config = controller.inputs / "versori.yaml"
    context = {"name": "work", "organisation_id": sim.organisation_id, "jwt": sim.jwt, "url_overwrite": "http://127.0.0.1:9/"}
    config.write_text(json.dumps({"active_context": "work", "contexts": {"work": context, "other": {"jwt": "wrong"}}}))
    key, jwt, cookie = ("authorization", f"Bearer {sim.api_key}"), ("authorization", f"JWT {sim.jwt}"), ("cookie", sim.session_cookie)
    org = {"organisation_id": sim.organisation_id}
    in_file = {"environment": {"VERSORI_CONFIG": str(config)}}
    cases: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, str]]] = {
        "api_key": ({}, {**org, "api_key": sim.api_key}, key),
        "jwt": ({}, {**org, "jwt": sim.jwt}, jwt),
        "session_cookie": ({}, {**org, "session_cookie": sim.session_cookie}, cookie),
        "a key with its scheme": ({}, {**org, "api_key": f"Bearer {sim.api_key}"}, key),
        "environment: api_key": ({"environment": {"VERSORI_API_KEY": sim.api_key}}, org, key),
        "environment: jwt": ({"environment": [{"VERSORI_JWT": sim.jwt}]}, org, jwt),
        "environment: cookie": ({"environment": {"VERSORI_SESSION_COOKIE": sim.session_cookie}}, org, cookie),
        "environment: behind an option": ({"environment": {"VERSORI_JWT": "wrong"}}, {**org, "api_key": sim.api_key}, key),
        "context": (in_file, {"context": "work"}, jwt),
        "the active context": (in_file, {"context": "@active"}, jwt),
        "environment: context": (
            {"environment": {"VERSORI_CONFIG": str(config), "VERSORI_CONTEXT": "work"}},
            {"org": sim.organisation_id},
            jwt,
        ),
    }
    tasks = [task(name, keywords, name="x", **STRING, **options) for name, (keywords, options, _header) in cases.items()]
    run = controller.play(*tasks, env={"VERSORI_API_KEY": None, "VERSORI_ORGANISATION_ID": None})
    for name, (_keywords, _options, (header, value)) in cases.items():
        assert run[name].how == "ok", run[name].said
        for request in run[name].requests:
            assert request.headers[header] == value, name
            assert len({"authorization", "cookie"} & set(request.headers)) == 1, name
    assert (run.modules_shipped > 0) is (controller.way == ELSEWHERE)
    for variable in ("VERSORI_API_KEY", "VERSORI_JWT", "VERSORI_SESSION_COOKIE"):  # not on another host's command line
        assert (
            not [one for one in (controller.records / "elsewhere").read_text().splitlines() if variable in one]
            if (controller.records / "elsewhere").exists()
            else True
        )


def test_a_repeated_task_has_its_environment_each_time(controller, sim):
    """On another host too, where its tokens are not given to the command line."""
    token = {"environment": {"VERSORI_API_KEY": sim.api_key}}
    keywords = {**token, "until": "result.decision == 'unchanged'", "retries": 3, "delay": 0, "register": "result"}
    run = controller.play(task("repeated", keywords, name="x", **STRING), env={"VERSORI_API_KEY": None})
    said = run["repeated"].said
    assert (said["attempts"], said["decision"]) == (2, "unchanged"), said


def test_each_item_of_a_loop_has_its_own_proxy(controller):
    with Ear(b"HTTP/1.1 403 Forbidden\r\n\r\n") as first, Ear(b"HTTP/1.1 403 Forbidden\r\n\r\n") as second:
        keywords = {
            "environment": {"https_proxy": "http://127.0.0.1:{{ item }}", "no_proxy": ""},
            "loop": [first.port, second.port],
            "ignore_errors": True,
        }
        controller.play(task("through a proxy", keywords, name="x", api_url="https://api.invalid", retries=0, **STRING))
    assert b"CONNECT api.invalid:443" in first.heard and b"CONNECT api.invalid:443" in second.heard


def test_module_defaults_and_the_controller_s_environment(controller, sim):
    defaults = {
        "group/versori.platform.versori": {
            "api_url": sim.url,
            "session_cookie": sim.session_cookie,
            "organisation_id": sim.organisation_id,
        },
        "group/versori.platform.versori_write": {"fingerprint_key": "kf" * 20, "on_drift": "warn"},
    }
    nothing = {"VERSORI_API_URL": None, "VERSORI_API_KEY": None, "VERSORI_ORGANISATION_ID": None}
    tasks = task("group", name="x", **STRING), many("many", [{"name": "x", **STRING}]), info("info", name="x")
    run = controller.play(*tasks, env=nothing, module_defaults=defaults)
    assert run["group"].decision == "created", run["group"].said
    assert run["many"].decisions == {"unchanged": 1}, run["many"].said
    assert [one["name"] for one in run["info"].said["credentials"]] == ["x"], run["info"].said
    assert run["group"].requests[0].headers["cookie"] == sim.session_cookie
    again = controller.play(task("variables", name="x", **STRING))["variables"]
    assert (again.decision, again.requests[0].headers["authorization"]) == ("unknown", f"Bearer {sim.api_key}")


# --- what is no difference


def test_spelling_is_no_difference(controller, sim):
    snake = {
        "client_id": "shop",
        "client_secret": CLIENT.data["clientSecret"],
        "authorize_url": "",
        "token_url": CLIENT.data["tokenUrl"],
        "scopes": ["write", "read", "write"],
        "additional_params": {"audience": "shop"},
    }
    spelt = {
        "camel": {"type": CLIENT.type, "name": "client", "data": CLIENT.data},
        "snake": {"type": CLIENT.type, "name": "client", "data": snake},
        "left out": {
            "type": CLIENT.type,
            "name": "client",
            "data": {name: value for name, value in CLIENT.data.items() if name not in ("scopes", "additionalParams")},
        },
        "bytes": {"type": "binary", "name": "bytes", "data": BINARY.data},
        "bytes over lines": {"type": "binary", "name": "bytes", "data": {"value_base64": " AAEC\n/w==\n"}},
        "lower case id": {"type": "binary", "data": BINARY.data},
    }
    run = controller.play(*(task(name, **args) for name, args in spelt.items() if name != "lower case id"))
    lower = {**spelt["lower case id"], "credential_id": run["bytes"].credential_id.lower()}
    lower["organisation_id"] = sim.organisation_id.lower()
    results = {one.label: one for one in [*run.results, *controller.play(task("lower case id", **lower)).results]}
    for name, result in results.items():
        created = name in ("camel", "bytes")
        assert (result.decision, result.changed) == (("created", True) if created else ("unchanged", False)), (name, result.said)
        assert result.diff["before"] == result.diff["after"] or created


def test_an_optional_field_is_removed(controller, sim):
    wanted = {"type": CLIENT.type, "name": "client"}
    controller.play(task("first", **wanted, data=CLIENT.data))
    left = {name: value for name, value in CLIENT.data.items() if name != "additionalParams"}
    result = controller.play(task("removed", **wanted, data=left, remove_fields=["additionalParams"]))["removed"]
    assert (result.decision, result.changes) == ("updated", ["data.additionalParams"])
    assert not result.state["client"]["data"].get("additionalParams")  # an empty one where the body must hold the field


def test_the_server_s_own_additions_are_no_difference_and_are_sent_back(controller, sim):
    sim.switches.turn(extra_data_fields={"hint": "by the server"}, extra_fields={"owner": "somebody"})
    wanted = {"type": CLIENT.type, "name": "client"}
    controller.play(task("first", **wanted, data=CLIENT.data))
    assert controller.play(task("again", **wanted, data=CLIENT.data))["again"].decision == "unchanged"
    result = controller.play(task("edit", **wanted, data={**CLIENT.data, **CLIENT.edited}))["edit"]
    [body] = result.bodies
    assert (body["owner"], body["data"]["hint"]) == ("somebody", "by the server")


def test_drift_where_an_idle_put_moves_nothing(controller, sim):
    sim.switches.noop_put_moves = False
    controller.play(task("first", name="x", **STRING))
    sim.touch(sim.ids()[0])
    assert controller.play(task("drift", name="x", **STRING))["drift"].decision == "drifted"
    assert controller.play(task("quiet", name="x", **STRING))["quiet"].decision == "unchanged"


def test_linking_that_moves_updated_at_ends_after_one_push(controller, sim):
    sim.switches.linking_moves = True
    controller.play(task("first", name="x", **STRING))
    sim.link(sim.ids()[0])
    assert controller.play(task("linked", name="x", **STRING))["linked"].decision == "drifted"
    assert controller.play(task("quiet", name="x", **STRING))["quiet"].decision == "unchanged"


def test_what_the_platform_finds_invalid(controller, sim):
    first = controller.play(task("first", name="x", **STRING))["first"]
    sim.invalidate(first.credential_id, ["it has expired"])
    run = controller.play(task("warned", name="x", **STRING), task("refused", name="x", **STRING, fail_when_invalid=True))
    assert "the platform finds it invalid: it has expired" in run["warned"].warned
    assert (run["refused"].how, run["refused"].writes) == ("failed", [])
    assert "it has expired" in run["refused"].msg


# --- files and vaults

CONTENT = b"\x00\x01planted in a file\xff"


def _vault(controller, *args: str, text: str | None = None) -> str:
    password = controller.inputs / "password"
    password.write_text("open sesame")
    return subprocess.run(
        ["ansible-vault", *args[:1], "--vault-password-file", str(password), *args[1:]],
        input=text,
        env=controller.environ({}),
        cwd=controller.cwd,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_src_and_vault(controller, sim):
    """A file beside the playbook, a vaulted one, one in a role; a vaulted value inline and from a variables file."""
    files = controller.inputs / "files"
    role = controller.inputs / "roles" / "keys"
    for folder in (files, role / "files", role / "tasks"):
        folder.mkdir(parents=True)
    (files / "plain.bin").write_bytes(CONTENT)
    (files / "vaulted.bin").write_bytes(CONTENT)
    (role / "files" / "of-role.bin").write_bytes(CONTENT)
    _vault(controller, "encrypt", str(files / "vaulted.bin"))
    assert b"ANSIBLE_VAULT" in (files / "vaulted.bin").read_bytes()
    variables = controller.inputs / "secrets.yml"
    variables.write_text('from_vars: "a-secret-value"\n')
    _vault(controller, "encrypt", str(variables))
    inline = _vault(controller, "encrypt_string", "a-secret-value").strip().replace("\n", "\n          ")
    delegated = "delegate_to: bastion" if controller.way == ELSEWHERE else "delegate_to: localhost"

    def one(name: str, rest: str) -> str:
        return f"- name: {name}\n      {ONE}:\n        name: {name}\n        {rest}\n      {delegated}\n"

    binary = "type: binary\n        src: "
    string = "type: string\n        data:\n          value: "
    (role / "tasks" / "main.yml").write_text(one("role", binary + "of-role.bin").replace("\n    ", "\n"))
    playbook = f"""
- hosts: localhost
  gather_facts: false
  vars_files: [secrets.yml]
  vars:
    inline: {inline}
  tasks:
    {one("plain", binary + "plain.bin")}
    {one("vaulted", binary + "vaulted.bin")}
    {one("vars", string + '"{{ from_vars }}"')}
    {one("inline", string + inline)}
    {one("inside", string + '"{{ inline }}"')}
    - import_role:
        name: keys
"""
    arguments = ["--vault-password-file", str(controller.inputs / "password"), "-vvvv", "--diff"]
    run = controller.run(playbook, arguments)
    assert run.code == 0, run.printed
    [encoded] = {"AAFwbGFudGVkIGluIGEgZmlsZf8="}
    for name in ("plain", "vaulted", "role"):
        assert run[name].state[name]["data"] == {"valueBase64": encoded}
    for name in ("vars", "inline", "inside"):
        assert run[name].state[name]["data"] == {"value": "a-secret-value"}
    assert [one.decision for one in controller.run(playbook, arguments).results] == ["unchanged"] * 6
    for secret in ("planted in a file", encoded.rstrip("="), "a-secret-value"):
        assert secret not in run.printed
    assert (run.modules_shipped > 0) is (controller.way == ELSEWHERE)
    left = [path for path in (controller.ansible_home / "tmp").rglob("*") if path.is_file()]
    assert left == []


def test_a_task_without_log_and_a_loop(controller, sim):
    names = ["a", "b", "c"]
    looped = task("loop", {"loop": names}, name="{{ item }}", **STRING)
    run = controller.play(task("quiet", {"no_log": True}, name="x", **STRING), looped, args=["-vvvv"])
    assert "censored" in run["quiet"].said
    assert "a-secret-value" not in run.printed
    assert set(names) < set(run["loop"].state)
    if controller.way != ELSEWHERE:  # one listing, one connection for all items
        assert run["loop"].sent == ["GET list", "POST", "POST", "POST"]
        assert len({one.connection for one in run["loop"].requests}) == 1
    again = controller.play(task("quiet", {"no_log": True}, name="x", **STRING), looped)
    assert [one["decision"] for one in again["loop"].said["results"]] == ["unchanged"] * 3
    assert again["quiet"].writes == []
