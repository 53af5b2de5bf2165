# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is sent that is not surely meant: what Ansible, YAML, Jinja and people really hand to the modules."""

from __future__ import annotations

import json
import subprocess
import textwrap
from typing import Any

import pytest
from ansible.release import __version__ as ansible_version

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.many import info, many, none, organisation, string
from tests.acceptance.running import Controller, task
from tests.playing import HERE, INFO, MANY, ONE
from tests.simulator import Simulator

CORE = tuple(int(part) for part in ansible_version.split(".")[:2])
NATIVE = CORE >= (2, 19)  # templates keep the types of their values
TOKEN = EXAMPLES["oauth2-token"]


@pytest.fixture
def here(sim: Simulator, tmp_path: Any) -> Controller:
    return Controller(tmp_path, sim, HERE)


def secrets_of(sim: Simulator) -> dict[str, Any]:
    return {one["name"]: one["data"] for one in sim.state()}


# --- the right organisation


def test_two_names_of_one_option(controller, sim):
    """Which of them Ansible would take depends on its version, and the other may be production."""
    production, test = organisation(sim, 1), organisation(sim, 2)
    tasks = [
        task("single", **string("x"), org=test),
        many("many", [none("x")], org=test, prune=True),
        info("info", org=test),
        {"name": "doctor", "versori.platform.versori_doctor": {"org": test, "wait": 0}},
        task("same", **string("same"), org=production),
        task("null", **string("null"), org=None),
    ]
    defaults = {"group/versori.platform.versori": {"organisation_id": production}}
    run = controller.play(*tasks, module_defaults=defaults)
    for name in ("single", "many", "info", "doctor"):
        assert run[name].how == "failed" and run[name].sent == [], run[name].said
        assert "organisation_id and org are two names of one option and have different values" in run[name].msg.replace(
            "org and organisation_id", "organisation_id and org"
        )
        assert production not in run[name].msg and test not in run[name].msg
    assert run["same"].decision == run["null"].decision == "created"


def test_two_names_in_an_item(controller, sim):
    first, second = organisation(sim, 1), organisation(sim, 2)
    client = EXAMPLES["oauth2-client"]
    twins = {**client.data, "client_id": "another"}
    run = controller.play(
        many("organisation", [none("a"), none("x", org=first, organisation_id=second)]),
        many("data", [none("a"), {"name": "x", "type": client.type, "data": twins}]),
        many("same", [none("x", org=first, organisation_id=first)]),
        many("own", [none("y", org=first)], organisation_id=second),
        task("single", name="x", type=client.type, data=twins),
    )
    assert run["organisation"].msg.startswith("credentials[1]: org and organisation_id are two names of one option")
    assert run["data"].msg.startswith("credentials[1]: data gives clientId two different values, as clientId and as client_id")
    assert run["single"].msg.startswith("data gives clientId two different values")
    assert all(run[name].sent == [] for name in ("organisation", "data", "single"))
    assert run["same"].decisions == run["own"].decisions == {"created": 1}


@pytest.mark.parametrize("option", ["org", "organisation_id", "api_url"])
@pytest.mark.parametrize("empty", ["", " ", "{{ nothing | default('') }}"])
def test_an_empty_organisation_is_not_the_environment_s(controller, sim, option, empty):
    """A variable that was not filled in must not lead to another organisation, which may be production."""
    sim.add("none", "another", {})
    args = {option: empty}
    run = controller.play(
        task("single", name="x", type="none", **args), many("many", [none("x")], prune=True, **args), info("info", **args)
    )
    for result in run.results:
        assert result.how == "failed" and result.sent == [], result.said
        assert "is given and empty" in result.msg
    assert sim.names() == ["another"]


# --- Ansible's own second attempts


@pytest.mark.parametrize("way_of_debugging", ["debugger: on_failed", "ENABLE_TASK_DEBUGGER", "strategy: debug"])
@pytest.mark.parametrize("module", ["single", "many"])
def test_the_debugger_pushes_what_the_task_says(controller, sim, module, way_of_debugging):
    secret = "meant-7731-debugged"
    item = {"name": "mail", "type": "string", "data": {"value": secret}}
    where = {} if controller.way == HERE else {"delegate_to": "bastion"}
    tasks = {"single": {ONE: {**item, "api_key": "wrong"}}, "many": {MANY: {"credentials": [item], "api_key": "wrong"}}}
    play: dict[str, Any] = {"hosts": "localhost", "gather_facts": False, "tasks": [{"name": "it", **where, **tasks[module]}]}
    env = {}
    if way_of_debugging.startswith("debugger"):
        play["tasks"][0]["debugger"] = "on_failed"
    elif way_of_debugging.startswith("strategy"):
        play["strategy"] = "debug"
    else:
        env["ANSIBLE_ENABLE_TASK_DEBUGGER"] = "1"
    typed = f"redo\ntask.args['api_key'] = {sim.api_key!r}\nredo\nquit\n"
    done = subprocess.run(
        controller.command(play),
        env=controller.environ(env),
        cwd=controller.cwd,
        input=typed,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert secrets_of(sim) == {"mail": {"value": secret}}, done.stdout + done.stderr
    assert secret not in done.stdout + done.stderr


# --- placeholders


def test_omit_inside_a_text_or_a_list(here, sim):
    client = EXAMPLES["oauth2-client"]
    data = {**client.data, "scopes": ["read", "{{ nothing | default(omit) }}"]}
    in_text = {"name": "x", "type": "string", "data": {"value": "key-{{ nothing | default(omit) }}"}}
    run = here.play(task("scopes", name="c", type=client.type, data=data), task("text", **in_text), many("many", [in_text]))
    if NATIVE:  # Ansible itself takes it out of a list and out of a text there, so that nobody can see it
        assert secrets_of(sim)["c"]["scopes"] == ["read"]
        assert secrets_of(sim)["x"] == {"value": "key-"}
    else:
        assert run["scopes"].msg.startswith("data.scopes looks like a placeholder, __omit_place_holder__")
        assert run["text"].msg.startswith("data.value looks like a placeholder, __omit_place_holder__")
        assert run["many"].msg.startswith("credentials[0]: data.value looks like a placeholder")
        assert sim.state() == []


def test_what_awx_and_ansible_put_in_a_secret_s_place(controller, sim):
    id = sim.add("string", "mail", {"value": "the-real-one"})
    marks = {"awx": "$encrypted$", "no_log": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "2.22": "$REDACTED$", "ours": "(secret, sent anew)"}
    tasks = [task(name, credential_id=id, type="string", data={"value": mark}) for name, mark in marks.items()]
    tasks += [many(f"many {name}", [string("mail", mark)]) for name, mark in marks.items()]
    run = controller.play(*tasks)
    assert all(one.how == "failed" and one.sent == [] and "looks like a placeholder" in one.msg for one in run.results), run.results
    assert secrets_of(sim) == {"mail": {"value": "the-real-one"}}
    insisted = controller.play(task("insisted", **string("mail", "(horse-battery)"), allow_placeholder=True))["insisted"]
    assert insisted.changed and secrets_of(sim) == {"mail": {"value": "(horse-battery)"}}


# --- templates


SRC = """
- name: shop
  type: string
  data: {value: "{{ vault_shop_api_key }}"}
"""


def test_a_template_in_a_file_that_is_not_templated(controller, sim):
    sim.add("string", "shop", {"value": "the-real-one"})
    files = {
        "whole": SRC,
        "inside": SRC.replace('"{{ vault_shop_api_key }}"', '"key {% if a %}1{% endif %}"'),
        "name": "- {name: 'shop {# x #}', type: none}",
        "parameter": "- {name: shop, type: none, organisation_id: '{{ org }}'}",
        "unsafe": SRC.replace('"{{', '!unsafe "{{'),
        "allowed": SRC.replace("type: string", "type: string\n  allow_placeholder: true").replace("vault_shop", "meant"),
        "half": SRC.replace("{{ vault_shop_api_key }}", "p{{ssw0rd"),
    }
    for name, content in files.items():
        (controller.cwd / f"{name}.yml").write_text(content)
    (controller.cwd / "json.json").write_text(json.dumps([string("shop", "{{ vault_shop_api_key }}")]))
    refused = ("whole", "inside", "name", "parameter", "json")
    tasks = [many(name, src=f"{controller.cwd}/{name}.{'json' if name == 'json' else 'yml'}") for name in refused]
    run = controller.play(*tasks, info("hide", hide_src=f"{controller.cwd}/whole.yml"))
    for name in refused:
        assert run[name].how == "failed" and run[name].sent == [], run[name].said
        assert "credentials[0]" in run[name].msg and "holds a template, and nothing in this file is templated" in run[name].msg
    assert "credentials[0].data.value" in run["whole"].msg and "vault_shop" not in run["whole"].msg
    assert run["hide"].how == "ok"
    for name, value in (
        ("unsafe", "{{ vault_shop_api_key }}"),
        ("allowed", "{{ meant_api_key }}"),
        ("half", "p{{ssw0rd"),
    ):
        result = controller.play(many(name, src=f"{controller.cwd}/{name}.yml"))[name]
        assert result.changed, result.said
        assert secrets_of(sim) == {"shop": {"value": value}}


def test_a_secret_that_is_nothing_but_a_template(controller, sim):
    (controller.cwd / "list.yml").write_text(SRC)
    sim.add("string", "shop", {"value": "the-real-one"})
    by_lookup = "{{ lookup('file', '" + str(controller.cwd / "list.yml") + "') | from_yaml }}"
    playbook = """
    - hosts: localhost
      gather_facts: false
      tasks:
        - name: unsafe
          versori.platform.versori_credential:
            name: shop
            type: string
            data: {value: !unsafe "{{ vault_shop_api_key }}"}
          ignore_errors: true
        - name: meant
          versori.platform.versori_credential:
            name: meant
            type: string
            data: {value: !unsafe "{{ meant }}"}
            allow_placeholder: true
    """
    run = controller.play(many("lookup", by_lookup))
    assert run["lookup"].msg.startswith("credentials[0]: data.value looks like a placeholder, a template"), run["lookup"].said
    run = controller.run(textwrap.dedent(playbook))
    assert run["unsafe"].msg.startswith("data.value looks like a placeholder, a template")
    assert secrets_of(sim) == {"shop": {"value": "the-real-one"}, "meant": {"value": "{{ meant }}"}}


# --- YAML that is no text


@pytest.mark.parametrize(
    ("written", "kind"), [("0123", "a number"), ("yes", "a boolean"), ("1.10", "a number"), ("[a, b]", "a list"), ("2026-01-31", "a date")]
)
def test_no_text_becomes_one(controller, sim, written, kind):
    sim.add("none", "83", {})
    names = ("name", "absent", "id", "organisation", "key", "item", "info", "info by id", "doctor", "cache")
    playbook = f"""
    - hosts: localhost
      gather_facts: false
      vars:
        listed: [{{name: kept, type: none}}, {{name: {written}, type: none}}]
      tasks:
        - {{name: name, {ONE}: {{name: {written}, type: none}}}}
        - {{name: absent, {ONE}: {{name: {written}, state: absent}}}}
        - {{name: id, {ONE}: {{credential_id: {written}, type: none}}}}
        - {{name: organisation, {ONE}: {{organisation_id: {written}, name: x, type: none}}}}
        - {{name: key, {ONE}: {{name: x, type: none, api_key: {written}}}}}
        - {{name: item, {MANY}: {{credentials: [{{name: kept, type: none}}, {{name: {written}, type: none}}], prune: true}}}}
        - {{name: info, {INFO}: {{name: {written}}}}}
        - {{name: info by id, {INFO}: {{credential_id: {written}}}}}
        - {{name: doctor, versori.platform.versori_doctor: {{org: {written}}}}}
        - {{name: cache, {ONE}: {{name: x, type: none, cache_prefix: {written}}}}}
        - {{name: listed, {MANY}: {{credentials: "{{{{ listed }}}}", prune: true}}}}
    """
    where = {"delegate_to": "bastion"} if controller.way != HERE else {}
    text = textwrap.dedent(playbook).replace("gather_facts: false", "gather_facts: false\n  ignore_errors: true")
    for key, value in where.items():
        text = "\n".join(f"{line[:-1]}, {key}: {value}}}" if line.startswith("    - {name:") else line for line in text.splitlines())
    run = controller.run(text)
    for name in (*names, "listed"):
        result = run[name]
        assert result.how == "failed" and result.sent == [], (name, result.said)
        if kind == "a date" and name == "listed" and not NATIVE:
            assert "a date in it is not quoted" in result.msg
        else:
            assert f"must be a text, not {kind}" in result.msg, (name, result.said)
            assert "quote it where it is defined" in result.msg or kind == "a list"
    assert run["item"].msg.startswith("credentials[1]: name must be a text")
    assert [one["name"] for one in sim.state()] == ["83"]


def test_a_number_in_the_environment_of_a_task(controller, sim):
    sim.add_organisation("83")
    run = controller.play(
        task("number", {"environment": {"VERSORI_ORGANISATION_ID": 83}}, **string("x")),
        info("null", {"environment": {"VERSORI_ORGANISATION_ID": None}}),
        info("text", {"environment": {"VERSORI_ORGANISATION_ID": "83", "VERSORI_TIMEOUT": 7, "OTHER": 1}}),
    )
    for name, kind in (("number", "a number"), ("null", "null")):
        assert run[name].how == "failed" and run[name].sent == [], run[name].said
        assert f"VERSORI_ORGANISATION_ID in environment must be a text, not {kind}" in run[name].msg
    assert run["text"].how == "ok"


def test_a_number_of_an_ini_inventory(controller, sim):
    """It is a number there however a play quotes it, and `| string` is the cure."""
    org = sim.add_organisation("12345")
    vars = {"org": 12345}
    run = controller.play(
        task("quoted", **string("x"), organisation_id="{{ org }}"),
        task("string", **string("x"), organisation_id="{{ org | string }}"),
        vars=vars,
    )
    assert run["string"].decision == "created", run["string"].said
    assert "must be a text, not a number" in run["quoted"].msg and "INI inventory, add '| string'" in run["quoted"].msg
    assert org == "12345"


@pytest.mark.parametrize("written", ["2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00", "2026-01-31 12:00:00", '"2026-01-31T12:00:00Z"'])
def test_a_time_of_yaml(controller, sim, written):
    where = "delegate_to: bastion" if controller.way != HERE else "vars: {}"
    sim.add("string", "x", {"value": "hush-x"})
    playbook = f"""
    - hosts: localhost
      gather_facts: false
      tasks:
        - name: it
          {ONE}: {{name: x, type: string, data: {{value: hush-x}}, secret_changed_at: {written}}}
          {where}
    """
    run = controller.run(textwrap.dedent(playbook))
    assert run["it"].decision == "unchanged", run["it"].said


def test_a_time_in_a_list(here, sim):
    """Up to ansible-core 2.18 a list with a date in it arrives as one text; the date is what is blamed."""
    sim.add("string", "x", {"value": "hush-x"})
    playbook = f"""
    - hosts: localhost
      gather_facts: false
      vars:
        listed: [{{name: x, type: string, data: {{value: hush-x}}, secret_changed_at: 2026-01-31T12:00:00Z}}]
      tasks:
        - {{name: it, {MANY}: {{credentials: "{{{{ listed }}}}"}}}}
    """
    result = here.run(textwrap.dedent(playbook))["it"]
    if NATIVE:
        assert result.decisions == {"unchanged": 1}, result.said
    else:
        assert "because a date in it is not quoted" in result.msg and "hush-x" not in str(result.said)


# --- JSON and bytes


DOCUMENT = '{"type": "service_account", "private_key": "hush-document"}'


def test_a_json_document_as_a_secret(controller, sim):
    """The cure that each message names gives the very text, on each version."""
    path = controller.cwd / "sa.json"
    path.write_text(DOCUMENT)
    lookup = f"lookup('file', '{path}')"
    plain, text, mapping = (
        task(name, name="doc", type="string", data={"value": value})
        for name, value in (
            ("plain", f"{{{{ {lookup} }}}}"),
            ("text", f"{{{{ {lookup} | string }}}}"),
            ("mapping", "{{ document | to_json }}"),
        )
    )
    run = controller.play(plain)
    if NATIVE:
        assert run["plain"].decision == "created"
    else:
        assert "must be a text, not a mapping: where it is JSON text already (of a file, say), add '| string'" in run["plain"].msg
        assert "add '| to_json'" in run["plain"].msg and sim.state() == []
    run = controller.play(text)
    assert run["text"].how == "ok" and secrets_of(sim) == {"doc": {"value": DOCUMENT}}
    run = controller.play(mapping, vars={"document": json.loads(DOCUMENT)})
    assert run["mapping"].how == "ok" and json.loads(secrets_of(sim)["doc"]["value"]) == json.loads(DOCUMENT)
    wrong = controller.play(task("wrong", name="doc", type="string", data={"value": {"a": "b"}}))["wrong"]
    assert "to_json" in wrong.msg


@pytest.mark.parametrize("text", ["True", "12345", "2026-01-31", "1e3"])
def test_quoted_scalars_with_native_jinja(here, sim, text):
    run = here.play(
        task("plain", name="x", type="string", data={"value": "{{ given }}"}),
        task("string", name="x", type="string", data={"value": "{{ given | string }}"}),
        vars={"given": text},
        env={"ANSIBLE_JINJA2_NATIVE": "1"},
    )
    assert run["plain"].how == "ok" or "add '| string'" in run["plain"].msg, run["plain"].said
    assert run["string"].how == "ok", run["string"].said
    assert secrets_of(sim) == {"x": {"value": text}}


def test_bytes_that_are_not_utf_8(controller, sim):
    path = controller.cwd / "latin1.txt"
    path.write_bytes("pässwort-4711".encode("latin-1"))
    lookup = f"{{{{ lookup('file', '{path}') }}}}"
    run = controller.play(
        task("value", name="x", type="string", data={"value": lookup}),
        task("name", name=lookup, type="none"),
        many("many", [{"name": "x", "type": "string", "data": {"value": lookup}}]),
        task("binary", name="bytes", type="binary", src=str(path)),
    )
    for name in ("value", "name", "many"):
        assert run[name].how == "failed" and run[name].sent == []
        if CORE < (2, 19) or "not UTF-8" in run[name].msg:
            assert "not UTF-8" in run[name].msg and "binary" in run[name].msg
    assert run["binary"].decision == "created"


def test_key_value_text_is_no_mapping(controller, sim):
    run = controller.play(
        task("text", name="x", type="string", data="value=p\\@ss'w0rd'"),
        task("twins", name="x", type="string", data='{"value": "a-secret", "value": "b-secret"}'),
        task("json", name="x", type="string", data='{"value": "p\\\\@ss\'w0rd\'"}'),
    )
    assert run["text"].msg.startswith("data must be a mapping of field names to values, or a text that is one in JSON.")
    assert run["twins"].msg == "data gives one field twice: keep one."
    assert "w0rd" not in str(run["text"].said)
    if run["json"].how == "ok":
        assert secrets_of(sim) == {"x": {"value": "p\\@ss'w0rd'"}}


# --- removing a field


def test_null_neither_keeps_nor_removes(controller, sim):
    id = sim.add("oauth2-token", "token", TOKEN.data)
    held = sim.stored(id)["data"]
    blank = {**TOKEN.data, "refreshToken": None, "accessToken": None}
    run = controller.play(
        task("single", name="token", type=TOKEN.type, data=blank),
        many("many", [{"name": "token", "type": TOKEN.type, "data": blank}]),
        task("required", name="token", type=TOKEN.type, data={**TOKEN.data, "clientSecret": None}),
    )
    assert "data.accessToken is null, which says neither to keep it nor to remove it" in run["single"].msg
    assert "name it in remove_fields" in run["many"].msg
    assert run["required"].msg.startswith("data.clientSecret is null")
    assert sim.stored(id)["data"] == held
    assert all(one.sent == [] for one in run.results)


def test_remove_fields(controller, sim):
    sim.add("oauth2-token", "token", TOKEN.data)
    data = {name: value for name, value in TOKEN.data.items() if name not in ("refreshToken", "additionalParams")}
    it: dict[str, Any] = {"name": "token", "type": TOKEN.type, "data": data, "remove_fields": ["refresh_token", "additionalParams"]}
    check = controller.play(task("check", **it), check=True)["check"]
    assert check.changed and "data.refreshToken" in check.changes and check.writes == []
    assert "refreshToken" in str(check.diff["before"]) and "refreshToken" not in str(check.diff["after"])
    run = controller.play(task("real", **it), task("again", **it), many("many", [it]))
    assert run["real"].changed and "data.refreshToken" in run["real"].changes
    assert "refreshToken" not in secrets_of(sim)["token"] and not secrets_of(sim)["token"].get("additionalParams")
    assert secrets_of(sim)["token"]["accessToken"] == TOKEN.data["accessToken"]
    assert run["again"].decision == "unchanged" and not run["again"].changed
    assert run["many"].decisions == {"unchanged": 1}


@pytest.mark.parametrize("redaction", ["missing", "null", "empty", "asterisks", "none"])
def test_remove_fields_however_a_secret_is_redacted(simulators, tmp_path, redaction):
    """Also where nothing is remembered, and where what is there is taken as right."""
    sim = simulators(redaction=redaction)
    controller = Controller(tmp_path, sim, HERE)
    data = {name: value for name, value in TOKEN.data.items() if name != "refreshToken"}
    it: dict[str, Any] = {"name": "token", "type": TOKEN.type, "data": data}
    run = controller.play(
        task("created", name="token", type=TOKEN.type, data=TOKEN.data),
        task("removed", **it, remove_fields=["refreshToken"]),
        task("again", **it, remove_fields=["refreshToken"]),
    )
    assert [one.changed for one in run.results] == [True, True, False], [one.said for one in run.results]
    assert "refreshToken" not in secrets_of(sim)["token"]
    sim.add("oauth2-token", "other", TOKEN.data)
    it["name"] = "other"
    run = controller.play(*(task(name, **it, remove_fields=["refreshToken"], on_unknown="adopt") for name in ("first", "second")))
    assert [one.changed for one in run.results] == [True, False], [one.said for one in run.results]
    assert "refreshToken" not in secrets_of(sim)["other"]


# --- one credential once


def test_one_credential_by_its_id_and_by_its_name(controller, sim):
    first, second = sim.add("string", "first", {"value": "a-secret"}), sim.add("string", "second", {"value": "b-secret"})
    by_id = {"type": "string", "data": {"value": "new-secret"}}
    before = sim.state()
    run = controller.play(
        many("both", [{"credential_id": first, **by_id}, string("second"), string("first")]),
        many("renamed", [string("first"), {"credential_id": first, "name": "other", **by_id}]),
        many("absent", [{"name": "second", "state": "absent"}, {"credential_id": second.lower(), **by_id}], prune=True),
    )
    for name, positions in (("both", (0, 2)), ("renamed", (0, 1)), ("absent", (0, 1))):
        assert run[name].how == "failed" and run[name].writes == [], run[name].said
        assert run[name].msg.startswith(f"credentials[{positions[0]}] and credentials[{positions[1]}] are the same credential"), run[
            name
        ].msg
    assert sim.state() == before
    fine = controller.play(many("fine", [{"credential_id": first, **by_id}, string("second"), string("third")]))["fine"]
    assert fine.changed and len(fine.results) == 3


# --- ids of what is not there yet


def test_the_first_check_goes_through(controller, sim):
    tasks = [
        {**task("created", **string("new")), "register": "made"},
        info("by id", credential_id="{{ made.credential_id }}"),
        task("used", **string("new"), credential_id="{{ made.credential_id }}"),
        task("by id alone", type="string", data={"value": "hush-new"}, credential_id="{{ made.credential_id }}"),
        many("many", [{**string("new"), "credential_id": "{{ made.credential_id }}"}]),
    ]
    sim.add("none", "another", {})
    run = controller.play(*tasks, check=True)
    assert [one.how for one in run.results] == ["ok"] * 5, [one.said for one in run.results]
    assert run["by id"].said["credentials"] == [] and "credential_id is empty" in run["by id"].warned
    assert run["used"].decision == "created" and "credential_id is empty" in run["by id alone"].warned
    assert controller.play(*tasks)["by id"].said["credentials"][0]["name"] == "new"


@pytest.mark.parametrize("empty", ["", None, " "])
def test_an_empty_id_never_means_all(controller, sim, empty):
    sim.add("none", "another", {})
    run = controller.play(info("id", credential_id=empty), info("name", name=empty))
    for name in ("id", "name"):
        assert run[name].how == "failed" and run[name].sent == [], run[name].said
        assert "is given and empty, which never means all" in run[name].msg


# --- the key of the fingerprints


@pytest.mark.parametrize(
    "key", ["ab", "kf" * 15, "x" * 40, "<your random key of 32 characters>", " " * 40, "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"]
)
def test_a_fingerprint_key_that_could_be_guessed(controller, sim, key):
    run = controller.play(task("single", **string("x"), fingerprint_key=key), many("many", [string("x")], fingerprint_key=key))
    for result in run.results:
        assert result.how == "failed" and result.sent == []
        assert result.msg.startswith("fingerprint_key ")
    by_environment = controller.play(task("variable", **string("x")), env={"VERSORI_FINGERPRINT_KEY": key})["variable"]
    assert by_environment.msg.startswith("fingerprint_key ")
