# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input and bad answers: one clear sentence, nothing written, nothing changed; both ways."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.many import one_sentence
from tests.acceptance.running import Worker
from tests.playing import INFO, MANY, ONE, WAYS
from tests.simulator.errors import CODES

pytestmark = pytest.mark.timeout(600)  # the first test plays all cases, both ways

LIST, GET, BOTH = ("GET list",), ("GET",), ("GET list", "GET")
BASIC = EXAMPLES["basic-auth"]
UNSET = object()


@dataclass(frozen=True)
class Case:
    """What a task gives otherwise than a good one would, the words of its message, and what it sends."""

    words: tuple[str, ...]
    sent: tuple[str, ...]
    options: dict[str, Any]
    fault: tuple[str, dict[str, Any]] | None = None  # strikes its own credential
    status: int | None = None
    fields: Any = None
    environment: dict[str, str] | None = None
    module: str = ONE


def bad(*words: str, sent=(), environment=None, module=ONE, **options: Any) -> Case:
    return Case(words, sent, options, environment=environment, module=module)


def answered(fault: str, *words: str, sent=GET, status=None, fields=None, **rule: Any) -> Case:
    return Case(words, sent, {"retries": 0}, (fault, rule), status, fields)


def data(**fields: Any) -> dict[str, Any]:
    return {"data": {name: value for name, value in {**BASIC.data, **fields}.items() if value is not UNSET}}


def client(**fields: Any) -> dict[str, Any]:
    return {"type": "oauth2-client", "data": {**EXAMPLES["oauth2-client"].data, **fields}}


BINARY = {"type": "binary", "data": UNSET}
HTTPS = {"api_url": "https://127.0.0.1:9", "retries": 0}
PUT = (*GET, "PUT")
UNPROCESSABLE = [{"field": "data.clientId", "message": "must not be empty"}, {"field": "a.b[0].c", "message": "is odd"}]

CASES: dict[str, Case] = {
    # How to authenticate, and where
    "no authentication": bad("No authentication", "api_key", "jwt", "session_cookie", "context", api_key=UNSET),
    "a context without a file": bad("context", "config.yaml", "cannot be read", api_key=UNSET, context="work"),
    "http to another host": bad("plain http", "api.example.com", "https", api_url="http://api.example.com/v1"),
    "http to a host that only begins so": bad("plain http", api_url="http://localhost.example.com/v1"),
    "tries that are no number": bad("retries", "int", retries="many"),
    # What is wanted
    "an unknown option": bad("nmae", "no such option", nmae="mail"),
    "an unknown state": bad("state", "gone", "present", "absent", state="gone"),
    "neither name nor id": bad("name or credential_id", name=UNSET),
    "a required field missing": bad("data.username is missing", **data(username=UNSET)),
    "a secret missing": bad("data.password is missing", "replaces the whole credential", **data(password=UNSET)),
    "no data": bad("data.username is missing", data=UNSET),
    "an unknown field": bad("data.user is not a field", "basic-auth", "username, password", **data(user="x")),
    "params in a list": bad("data.additionalParams must be a mapping", **client(additionalParams=["a"])),
    "a number as a secret": bad("data.password must be a text", "number", "quote it", **data(password=12345)),
    "data in a text": bad("data must be a mapping", data="nothing of the kind"),
    "a redacted secret": bad("data.password looks like a placeholder, a redacted value", **data(password="******")),
    "base64 with other letters": bad("data.valueBase64", "base64", type="binary", data={"valueBase64": "AAE*"}),
    "base64 cut off": bad("data.valueBase64", "base64", type="binary", data={"valueBase64": "AAEC/"}),
    "a time that is none": bad("secret_changed_at is no time", "yesterday", secret_changed_at="yesterday"),
    # Files
    "src missing": bad("src", "not/there", "cannot be read", **BINARY, src="not/there"),
    "src a folder": bad("src", "cannot be read", **BINARY, src="FOLDER"),
    "src empty": bad("src", "empty file", **BINARY, src="EMPTY"),
    "src for another type": bad("src is for type binary only", src="EMPTY"),
    "src and data": bad("src and data are both set", type="binary", data={"valueBase64": "AAEC"}, src="EMPTY"),
    "src a pipe": bad("src PIPE cannot be read on the controller: it is a pipe", **BINARY, src="PIPE"),
    "src a device": bad("src /dev/zero cannot be read on the controller: it is a pipe", **BINARY, src="/dev/zero"),
    "src with a NUL": bad("src", **BINARY, src="a\0b"),
    "a list in a pipe": bad("src PIPE cannot be read on the controller: it is a pipe", module=MANY, src="PIPE"),
    "hidden in a pipe": bad("src PIPE cannot be read on the controller: it is a pipe", module=INFO, hide_src="PIPE"),
    "an authority in a pipe": bad("ca_path PIPE cannot be used", ca_path="PIPE"),
    "a context in a pipe": bad(
        "config file PIPE, which cannot be read: it is a pipe", api_key=UNSET, context="x", environment={"VERSORI_CONFIG": "PIPE"}
    ),
    "REQUESTS_CA_BUNDLE": bad(
        "REQUESTS_CA_BUNDLE PIPE cannot be used on the host that this task runs on: it is a pipe",
        **HTTPS,
        environment={"REQUESTS_CA_BUNDLE": "PIPE"},
    ),
    "CURL_CA_BUNDLE": bad(
        "CURL_CA_BUNDLE /not/there cannot be used on the host that this task runs on: No such file",
        **HTTPS,
        environment={"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": "/not/there"},
    ),
    # Variables and numbers
    "a variable with =": bad("environment has a variable named 'A=B'", environment={"A=B": "x"}),
    "a variable with a NUL": bad("environment gives A a value with a NUL", environment={"A": "x\0"}),
    "400 digits": bad("timeout must be a number of a few digits", timeout=10**400),
    "a boolean": bad("retries must be a number, not a boolean", retries=True),
    "a boolean for many": bad("workers must be a number, not a boolean", module=MANY, credentials=[], workers=True),
    # Ids
    "no organisation": bad("organisation_id is missing", "module_defaults", organisation_id=UNSET),
    "an id that climbs": bad("credential_id is not an id", "ULID", credential_id="../x"),
    "an id with a query": bad("credential_id is not an id", credential_id="a?b=c"),
    "an id with a line": bad("credential_id is not an id", credential_id="a\nb"),
    "an id of nothing": bad(
        "no credential 01KK9J6VFKZSB86BQQT8903TMY",
        "gives ids itself",
        "leave credential_id out",
        sent=GET,
        credential_id="01KK9J6VFKZSB86BQQT8903TMY",
    ),
    "another organisation": bad("404", "no such organisation", sent=LIST, organisation_id="01HFS2NEAZ6ECZBZMN4FF775P8"),
    "a name that two share": bad("2 credentials named 'twin'", "give credential_id", sent=LIST, name="twin"),
    "absent, by a name that two share": bad("2 credentials named 'twin'", sent=LIST, name="twin", state="absent"),
    # What would be lost
    "a token that would be lost": bad(
        "data.accessToken",
        "data.refreshToken",
        "would be lost",
        sent=BOTH,
        name="token",
        type="oauth2-token",
        data={
            **{name: value for name, value in EXAMPLES["oauth2-token"].data.items() if name not in ("accessToken", "refreshToken")},
            "tokenUrl": "https://auth.example.com/other",
        },
    ),
    # The memory
    "a cache that cannot be written": bad(
        "FILE/below", "there is a file where its folder should be", "cache_connection", cache_connection="FILE/below"
    ),
    "a cache in a pipe": bad("cannot be used: memory.db is not a regular file", cache_connection="MEMORY"),
    "a cache with a NUL": bad("characters that no path has", cache_connection="/a\0b"),
    "a cache plugin that is not there": bad("cache_plugin no.such.plugin", cache_plugin="no.such.plugin", fingerprint_key="kf" * 20),
    "a shared cache without a key": bad("fingerprint_key is needed", cache_plugin="ansible.builtin.memory"),
    # What the API says
    "401": Case(("401", "did not accept the authentication", "api_key"), LIST, {"api_key": "not-the-key"}, status=401),
    "403": Case(("403", "may not", "role"), LIST, {"api_key": "forbidden"}, status=403),
    "422 to a PUT": answered(
        "unprocessable", "422", "data.clientId: must not be empty", sent=PUT, status=422, fields=UNPROCESSABLE, method="PUT"
    ),
    "500 to a GET": answered("server_error", "500", "something broke", "server's side", status=500),
    "500 to a PUT": answered("server_error", "500", "something broke", sent=PUT, status=500, method="PUT"),
    "502 in HTML": answered("bad_gateway", "502", "server's side", status=502),
    "504 without a word": answered("gateway_timeout", "504", status=504),
    "429": answered("rate_limit", "429", "try again later", status=429),
    "HTML with 200": answered("html", "not JSON but text/html", "login page", status=200),
    "HTML with 200 to a PUT": answered("html", "not JSON but text/html", sent=PUT, status=200, method="PUT"),
    "a redirect to a login page": answered("redirect", "redirect", "not followed", "login page", status=302),
    "another redirect": Case(("redirect", "not followed"), PUT, {"retries": 0}, ("redirect", {"method": "PUT", "status": 307}), status=307),
    "another credential": answered("other_credential", "answer is for credential", "was asked for"),
    "members of other types": answered("wrong_type", "not a credential", "wrong type"),
    "a connection that ends": answered("reset_before", "connection", "failed"),
    "an answer that ends": answered("cut", "connection", "failed"),
}
# The API's rule answers a PUT in place of the API, or before it has done anything: nothing is changed by these.


def _places(folder: Path) -> dict[str, str]:
    """What stands for a path in the options and words of a case."""
    paths = {name: folder / name.lower() for name in ("EMPTY", "FILE", "PIPE", "MEMORY")}
    paths["EMPTY"].write_text("")
    paths["FILE"].write_text("x")
    (paths["MEMORY"] / "versori_platform").mkdir(parents=True)
    for path in (paths["PIPE"], paths["MEMORY"] / "versori_platform/memory.db"):
        os.mkfifo(path)
    return {"FOLDER": str(folder), "FILE/below": f"{paths['FILE']}/below", **{name: str(path) for name, path in paths.items()}}


def _play(folder, sim, way):
    sim.reset()
    sim.authentication.forbidden.add("forbidden")
    worker = Worker(folder, sim, way)
    places = _places(worker.cwd)
    for _number in range(2):
        sim.add("basic-auth", "twin", BASIC.data)
    sim.add("oauth2-token", "token", EXAMPLES["oauth2-token"].data)
    tasks = []
    for name, case in CASES.items():
        good = {"api_key": sim.api_key, "organisation_id": sim.organisation_id}
        if case.module == ONE:
            good |= {"type": BASIC.type, "name": "mail", "data": BASIC.data}
        if case.fault:
            kind, rule = case.fault
            good["credential_id"] = sim.add(BASIC.type, name, {**BASIC.data, "username": "other"})
            sim.fault(kind, path=good["credential_id"], times=None, **rule)
        options = {key: places.get(value, value) if isinstance(value, str) else value for key, value in {**good, **case.options}.items()}
        environment = {variable: places.get(value, value) for variable, value in (case.environment or {}).items()}
        options = {key: value for key, value in options.items() if value is not UNSET}
        tasks.append({"name": name, case.module: options, "environment": environment})
    before = sim.state()
    run = worker.play(*tasks, env={"VERSORI_API_KEY": None, "VERSORI_ORGANISATION_ID": None})
    return run, before, sim.state(), places


@pytest.fixture(scope="module")
def played(running, tmp_path_factory):
    return {way: _play(tmp_path_factory.mktemp(way), running, way) for way in WAYS}


@pytest.mark.parametrize("name", CASES)
def test_a_clear_sentence_and_nothing_changed(played, way, name):
    run, _before, _after, places = played[way]
    case, result = CASES[name], run[name]
    assert result.how == "failed", result.said
    assert not result.changed
    for word in case.words:
        for place, path in places.items():
            word = word.replace(place, path)
        assert word in result.msg
    assert one_sentence(result.msg), result.msg
    assert not re.search(r"Traceback|This is a bug|<html|<!doctype", str(result.said))
    assert tuple(result.sent) == case.sent
    if case.status:
        assert result.said.get("status") == case.status
    if case.fields:
        assert result.said["fields"] == case.fields


def test_nothing_has_changed(played, way):
    _run, before, after, _places = played[way]
    assert after == before


def test_the_api_s_own_words(played, way):
    result = played[way][0]["500 to a GET"].said
    assert (result["status"], result["code"], result["cause"]) == (500, CODES[500], "out of luck")


@pytest.mark.parametrize("name", CASES)
def test_both_ways_say_the_same(played, name):
    here, elsewhere = (played[way][0][name].comparable for way in WAYS)
    elsewhere["msg"] = elsewhere["msg"].removeprefix("The module failed on the host that the task runs on: ")
    assert here == elsewhere
