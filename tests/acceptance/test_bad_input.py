# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input and bad answers: one clear sentence, nothing written, nothing changed; the same on the controller and delegated.

Each way into the collection is here, not each mistake: tests/unit has those of one option or one answer, and test_any_input.py tries
anything at all.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests import playing
from tests.acceptance.examples import EXAMPLES
from tests.acceptance.many import none, string
from tests.acceptance.running import Worker
from tests.acceptance.written import Vaulted, encrypted, written
from tests.playing import INFO, MANY, ONE, WAYS
from tests.simulator import Simulator
from tests.simulator.errors import CODES

BASIC, CLIENT, TOKEN = EXAMPLES["basic-auth"], EXAMPLES["oauth2-client"], EXAMPLES["oauth2-token"]
ULID, ORG = "01KK9J6VFKZSB86BQQT8903TMY", Simulator.organisation_id
PRODUCTION, TEST = "01HFS2NEAZ6ECZBZMN4FF00001", "01HFS2NEAZ6ECZBZMN4FF00002"
UNSET = object()


@dataclass(frozen=True)
class Case:
    """What a task gives otherwise than a good one would, the words of its message, and what it sends.

    :param fault: strikes the credential `wrong`, which the task then names.
    :param result: more of what is reported.
    :param list_file: the content of the file LIST.
    """

    words: tuple[str, ...]
    options: dict[str, Any]
    module: str = ONE
    sent: tuple[str, ...] = ()
    environment: dict[str, Any] = field(default_factory=dict)
    fault: dict[str, Any] | None = None
    result: dict[str, Any] = field(default_factory=dict)
    list_file: str | bytes = ""


def bad(*words: str, module=ONE, sent=(), environment=None, result=None, **options: Any) -> Case:
    return Case(words, options, module, sent, environment or {}, result=result or {})


def listed(words: str, *items: Any, **options: Any) -> Case:
    return bad(words, module=MANY, credentials=list(items), **options)


def in_file(words: str, content: str | bytes) -> Case:
    return Case((words,), {"src": "LIST"}, MANY, list_file=content)


def answered(kind: str, *words: str, sent=("GET",), result=None, **rule: Any) -> Case:
    return Case(words, {"retries": 0}, sent=sent, fault={"kind": kind, **rule}, result=result or {})


def by_each_module(label: str, words: str, **options: Any) -> dict[str, Case]:
    return {
        label: bad(words, **options),
        f"{label}, many": listed(words, none("x"), prune=True, **options),
        f"{label}, info": bad(words, module=INFO, **options),
    }


def duplicate(first: str, second: str, *items: dict[str, Any]) -> Case:
    return listed(f"credentials[{first} and credentials[{second}: they have the same ", *items)


LIST, GET, PUT, BOTH = ("GET list",), ("GET",), ("GET", "PUT"), ("GET list", "GET")
A_PIPE, A_NUMBER, ANOTHER_HOST = "PIPE cannot be read on the controller: it is a pipe", "must be a text, not a number", "on the host that"
OPENED_THERE = ("an authority in a pipe", "a bundle in a pipe", "another bundle")  # files that the module reads
HTTPS = {"api_url": "https://127.0.0.1:9", "retries": 0}
LOST = {name: value for name, value in TOKEN.data.items() if name not in ("accessToken", "refreshToken")} | {
    "tokenUrl": "https://new.example"
}
# Which of two names Ansible would take depends on its version, and the other may be production.
TWO_ORGANISATIONS = "organisation_id and org are two names of one option and have different values"
FIELDS = [{"field": "data.clientId", "message": "must not be empty"}, {"field": "a.b[0].c", "message": "is odd"}]

CASES: dict[str, Case] = {
    # How to authenticate, where, and as whom
    "no authentication": bad("No authentication", "api_key", "jwt", "session_cookie", "context", api_key=UNSET),
    "no organisation": bad("organisation_id is missing", "module_defaults", organisation_id=UNSET),
    "another organisation": bad("404", "no such organisation", sent=LIST, organisation_id="01HFS2NEAZ6ECZBZMN4FF775P8"),
    "401": bad("401", "did not accept api_key:", "api_key", sent=LIST, result={"status": 401}, api_key="not-the-key"),
    "403": bad("403", "may not", "role", sent=LIST, result={"status": 403}, api_key="forbidden"),
    **by_each_module("two organisations", TWO_ORGANISATIONS, organisation_id=PRODUCTION, org=TEST),
    "two organisations of an item": listed(f"credentials[1] (b): {TWO_ORGANISATIONS}", none("a"), none("b", organisation_id=TEST, org=ORG)),
    # What is desired
    "an unknown option": bad("nmae", "no such option", nmae="mail"),
    "an unknown state": bad("state", "gone", "present", "absent", state="gone"),
    "a secret missing": bad("data.password is missing", "replaces the whole credential", data={"username": "me"}),
    "a time that is none": bad("secret_changed_at is no time", "yesterday", secret_changed_at="yesterday"),
    "two client ids": bad("clientId two different values", type=CLIENT.type, data={**CLIENT.data, "client_id": "x"}),
    "a token that would be lost": bad(
        "data.accessToken", "data.refreshToken", "would be lost", sent=BOTH, name="token", type=TOKEN.type, data=LOST
    ),
    "an id with a query": bad("credential_id is not an id", "ULID", credential_id="a?b=c"),
    "an id of nothing": bad("has no credential of that id", "gives ids itself", "leave credential_id out", sent=GET, credential_id=ULID),
    "a name that two share": bad("2 credentials named 'twin'", "give credential_id", sent=LIST, name="twin"),
    "absent, by a name that two share": bad("2 credentials named 'twin'", sent=LIST, name="twin", state="absent"),
    "an empty name to read": bad("is given and empty, which never means all", module=INFO, name=""),
    # Variables and numbers
    "a variable with =": bad("environment has a variable named 'A=B'", environment={"A=B": "x"}),
    "a variable with a NUL": bad("environment gives A a value with a NUL", environment={"A": "x\0"}),
    "a number in a variable": bad(f"VERSORI_JWT in environment {A_NUMBER}", environment={"VERSORI_JWT": 7}),
    "a boolean for many": listed("workers must be a number, not a boolean", workers=True),
    # Files
    "src a pipe": bad(f"src {A_PIPE}", type="binary", data=UNSET, src="PIPE"),
    "a list in a pipe": bad(f"src {A_PIPE}", module=MANY, src="PIPE"),
    "hidden in a pipe": bad(f"src {A_PIPE}", module=INFO, hide_src="PIPE"),
    "an authority in a pipe": bad("ca_path PIPE cannot be used", ca_path="PIPE"),
    "a context in a pipe": bad("PIPE, which cannot be read", api_key=UNSET, context="x", environment={"VERSORI_CONFIG": "PIPE"}),
    "a bundle in a pipe": bad(
        f"REQUESTS_CA_BUNDLE PIPE cannot be used {ANOTHER_HOST}", **HTTPS, environment={"REQUESTS_CA_BUNDLE": "PIPE"}
    ),
    "another bundle": bad(
        f"CURL_CA_BUNDLE /no cannot be used {ANOTHER_HOST}", **HTTPS, environment={"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": "/no"}
    ),
    # The memory
    "a cache that cannot be written": bad("PIPE/below", "there is a file where its folder should be", cache_connection="PIPE/below"),
    "a cache in a pipe": bad("cannot be used: memory.db is not a regular file", cache_connection="MEMORY"),
    "a key that could be guessed": bad("fingerprint_key is too short", environment={"VERSORI_FINGERPRINT_KEY": "ab"}),
    "a key for many": listed("fingerprint_key is too short", string("x"), fingerprint_key="hush-guess"),
    # Lists
    "neither": bad("Give either credentials, a list, or src", module=MANY),
    "both": listed("Give either credentials, a list, or src", src="x.yml"),
    "a mapping": bad("credentials must be a list", module=MANY, credentials={"name": "a"}),
    "an item is a text": listed("credentials[1]: an item is a mapping", none("a"), "b"),
    "an option is unknown": listed("credentials[1] (b): nmae: there is no such option", none("a"), none("b", nmae="x")),
    "a connection option": listed("credentials[0] (a): api_key: there is no such option", none("a", api_key="hush-key")),
    "no secret": listed("credentials[0] (b): data.value is missing", {"name": "b", "type": "string"}),
    "a bad policy": listed("credentials[0] (a): value of on_drift", none("a", on_drift="never")),
    "a bad id": listed("credentials[0] (a): credential_id is not an id", none("a", credential_id="../x")),
    "no workers": listed("workers must be from 1 to 100.", none("a"), workers=0),
    "too many workers": listed("workers must be from 1 to 100.", none("a"), workers=101),
    "prune an empty list": listed("prune with an empty list would delete every unused credential", prune=True),
    "one name": duplicate("0] (a)", "2] (a)", none("a"), none("b"), string("a")),
    "one name, present and absent": duplicate("1] (a)", "2] (a)", none("b"), none("a"), {"name": "a", "state": "absent"}),
    "one name, once by id": duplicate("0] (a)", "1] (a)", none("a"), none("a", credential_id=ULID)),
    "one id": duplicate("0] (a)", "2] (b)", none("a", credential_id=ULID), none("c"), none("b", credential_id=ULID.lower())),
    "one id, present and absent": duplicate("0]", "1] (b)", {"credential_id": ULID, "state": "absent"}, none("b", credential_id=ULID)),
    "one id of digits": duplicate("0] (a)", "1] (b)", none("a", credential_id="7"), none("b", credential_id="7")),
    "one name, organisation in small letters": duplicate("0] (a)", "1] (a)", none("a", org=ORG), none("a", organisation_id=ORG.lower())),
    "one id, organisation in small letters": duplicate(
        "0] (a)", "1] (b)", none("a", org=ORG, credential_id=ULID), none("b", org=ORG.lower(), credential_id=ULID)
    ),
    "several mistakes": listed(
        "3 mistakes in the list credentials. credentials[0] (a), credentials[3] (d): nmae: there is no such option. ",
        *(none("a", nmae="x"), none("b"), string("c"), none("d", nmae="x"), string("c")),
    ),
    # List files
    "missing": bad("src /not/there cannot be read on the controller: it was not found.", module=MANY, src="/not/there"),
    "a folder": bad("src FOLDER cannot be read on the controller: Is a directory.", module=MANY, src="FOLDER"),
    "vaulted": in_file("src LIST cannot be read on the controller: it is vaulted, and no vault password was given", encrypted("hush-0")),
    "a value vaulted": in_file("src LIST: credentials[1].name is vaulted, and no vault", written([none("a"), {"name": Vaulted("hush")}])),
    "two values vaulted": in_file("src LIST: credentials[0].a (and 1 more like it) is vaulted", written([{"a": Vaulted("hush")}] * 2)),
    "not YAML": in_file("src LIST is neither YAML nor JSON: look at line 2, column 3.", "- {name: hush-1\n  ]: x"),
    "binary": in_file("src LIST is not UTF-8.", b"\x00\xff\xfe hush-2"),
    "latin-1": in_file("src LIST is not UTF-8.", "- {name: a, type: string, data: {value: caf\xe9}}".encode("latin-1")),
    "empty": in_file("src LIST must hold a list of credentials", ""),
    "another mapping": in_file("src LIST must hold a list of credentials", "name: hush-4"),
    "no list": in_file("src LIST must hold a list of credentials", "credentials: {name: a}"),
    "an item": in_file("src LIST: credentials[1]: an item is a mapping", "- {name: a, type: none}\n- hush-6"),
    "a number": in_file(
        "src LIST: credentials[0] (a): data.value must be a text, not a number", "- {name: a, type: string, data: {value: 7}}"
    ),
    "an item twice": in_file(
        "src LIST: credentials[0] (a) and credentials[2] (a): they have the same name.",
        "- &a {name: a, type: none}\n- {name: b, type: none}\n- *a",
    ),
    "a template": in_file(
        "src LIST: credentials[0] (a): data.value holds a template", "- {name: a, type: string, data: {value: '{{ hush_10 }}'}}"
    ),
    "a template in a name": in_file("src LIST: credentials[0]: name holds a template", "- {name: 'a {# x #}', type: none}"),
    "a template in an id": in_file(
        "credentials[0] (a): organisation_id holds a template", "- {name: a, type: none, organisation_id: '{{ org }}'}"
    ),
    "a template in JSON": in_file("credentials[0] (a): data.value holds a template", json.dumps([string("a", "{{ hush_11 }}")])),
    # What the API says; where a rule answers a PUT in place of the API, nothing is changed
    "422 to a PUT": answered(
        "unprocessable", "422", "data.clientId: must not be empty", sent=PUT, result={"status": 422, "fields": FIELDS}, method="PUT"
    ),
    "500 to a GET": answered(
        "server_error", "500", "something broke", "server's side", result={"status": 500, "code": CODES[500], "cause": "out of luck"}
    ),
    "500 to a PUT": answered("server_error", "500", "something broke", sent=PUT, result={"status": 500}, method="PUT"),
    "HTML with 200": answered("html", "not JSON but text/html", "login page", result={"status": 200}),
    "a redirect": answered("redirect", "redirect", "not followed", "login page", result={"status": 302}),
    "another redirect": answered("redirect", "not followed", sent=PUT, result={"status": 307}, method="PUT", status=307),
}

# A variable that was not filled in must not lead to another organisation, which may be production.
for option in ("org", "organisation_id", "api_url"):
    for empty in ("", " "):
        CASES |= by_each_module(f"{option} {empty!r}", "is given and empty", **{option: empty})

# What YAML makes of 0123: no text becomes another one on its way.
for option in ("name", "credential_id", "organisation_id", "api_key", "cache_prefix"):
    CASES[f"a number as {option}"] = bad(f"{option} {A_NUMBER}", "quote it where it is defined", **{option: 83})
    if option != "cache_prefix":
        CASES[f"a number as {option}, info"] = bad(f"{option} {A_NUMBER}", module=INFO, **{option: 83})
for option in ("name", "credential_id", "organisation_id"):
    CASES[f"a number as {option}, many"] = listed(
        f"credentials[1]{'' if option == 'name' else ' (x)'}: {option} {A_NUMBER}", none("kept"), {**none("x"), option: 83}, prune=True
    )


def _play(folder, sim, way, case):
    """One case: its result, and what stands for a path in its options and words."""
    sim.reset()
    sim.authentication.forbidden.add("forbidden")
    for org in (PRODUCTION, TEST):
        sim.add_organisation(org)
    for name in ("twin", "twin", "83"):
        sim.add(BASIC.type, name, BASIC.data)
    sim.add(TOKEN.type, "token", TOKEN.data)
    wrong = sim.add(BASIC.type, "wrong", {**BASIC.data, "username": "other"})
    worker = Worker(folder, sim, way)
    paths = {name: worker.cwd / name.lower() for name in ("LIST", "PIPE", "MEMORY")}
    (paths["MEMORY"] / "versori_platform").mkdir(parents=True)
    for path in (paths["PIPE"], paths["MEMORY"] / "versori_platform/memory.db"):
        os.mkfifo(path)
    paths["LIST"].write_bytes(case.list_file if isinstance(case.list_file, bytes) else case.list_file.encode())
    paths["FOLDER"] = worker.cwd

    def placed(value):
        return re.sub("|".join(paths), lambda name: str(paths[name[0]]), value) if isinstance(value, str) else value

    options = {"api_key": sim.api_key, **({} if "org" in case.options else {"organisation_id": sim.organisation_id})}
    if case.module == ONE:
        options |= {"type": BASIC.type, "name": "mail", "data": BASIC.data}
    if case.fault:
        options["credential_id"] = wrong
        sim.fault(**case.fault, path=wrong, times=None)
    options = {key: placed(value) for key, value in {**options, **case.options}.items() if value is not UNSET}
    environment = {name: placed(value) for name, value in case.environment.items()}
    before = sim.state()
    played = worker.play(
        {"name": "it", case.module: options, "environment": environment}, env={"VERSORI_API_KEY": None, "VERSORI_ORGANISATION_ID": None}
    )["it"]
    assert sim.state() == before
    return played, [placed(word) for word in case.words]


@pytest.mark.parametrize("name", CASES)
def test_a_clear_sentence_and_nothing_changed(running, tmp_path, monkeypatch, name):
    case, shipped, run_module = CASES[name], [], playing._run_module
    monkeypatch.setattr(playing, "_run_module", lambda *call: shipped.append(call) or run_module(*call))
    comparable = []
    for way in WAYS:
        result, words = _play(tmp_path / way, running, way, case)
        assert (result.how, result.changed, tuple(result.sent)) == ("failed", False, case.sent), result.said
        assert [word for word in words if word not in result.msg] == [], result.msg
        assert "\n" not in result.msg and result.msg.endswith(".") and len(result.msg) < 400
        assert not re.search(r"Traceback|This is a bug|<html|<!doctype|hush", str(result.said))
        assert not re.search(f"{PRODUCTION}|{TEST}", result.msg)
        assert {key: result.said.get(key) for key in case.result} == case.result
        comparable.append(result.comparable)
    here, elsewhere = comparable
    assert here == elsewhere
    assert bool(shipped) is bool(case.sent or name in OPENED_THERE)
