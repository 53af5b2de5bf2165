# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any input gives a sentence: never a traceback, nothing written at the server, nothing lost, no secret in the words (Hypothesis).

Options of the three modules, items of a list, the list file, the Versori CLI's config file, environment variables. Half of the values
are of the right kind, so that the wrong ones are met at every depth. A task that should be able to work does work; the test does
not say which one that is: it holds what is true in any case.

`TEST_EXAMPLES=20 ./dev test tests/model/test_any_input.py` tries twenty times as many, and others each time.
"""

from __future__ import annotations

import datetime
import json
import os
import re

import pytest
import yaml
from ansible.errors import AnsibleError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.playing import INFO, MANY, ONE, play
from tests.simulator import Simulator
from tests.thoroughness import FACTOR, examples

MARKED = "marked-hunter2-secret"
BUG = re.compile(r"Traceback|This is a bug|object at 0x|<class|Error\(|NoneType")


def _hashable(value):
    return value.__hash__ is not None


# Texts that have broken parsers before: Ansible's, YAML's, URLs, paths, numbers, Unicode that cannot be encoded.
odd_texts = st.sampled_from(
    [
        "",
        " ",
        "\n",
        "\x00",
        "\ud800",
        "\U0001f511",
        "é",
        "{{ x }}",
        "{% raw %}",
        "!vault x",
        "$ANSIBLE_VAULT;1.1;AES256\n00",
        "%s%n",
        "../../etc/passwd",
        "/dev/null/x",
        "/",
        "~nobody/x",
        "true",
        "yes",
        "null",
        "nan",
        "inf",
        "-1",
        "1e400",
        "9" * 400,
        "0x10",
        "[]",
        "{}",
        '{"a": 1}',
        "a=b",
        "http://",
        "http://[",
        "https://[::1]:x/",
        "http://127.0.0.1:99999999/",
        "https://a\u2100b/",
        "https:///x",
        "******",
        "[REDACTED]",
        "2026-01-31T12:00:00Z",
        "9999-99-99T99:99:99Z",
        "0000-00-00T00:00:00+99:99",
        "@active",
    ]
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-2, 200),
    st.floats(),
    odd_texts,
    st.text(max_size=8),
    st.dates(),
    st.datetimes(),
    st.binary(max_size=4),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(odd_texts, scalars.filter(_hashable)), inner, max_size=3)
    ),
    max_leaves=6,
)


def mostly(good):
    """A good value as often as anything at all."""
    return st.one_of(good, anything)


def some_of(fields, least=0):
    """A mapping with some of these fields, mostly good ones, and at times one that nobody knows."""
    known = st.fixed_dictionaries({}, optional={name: mostly(good) for name, good in fields.items()})
    stray = st.dictionaries(
        st.one_of(st.sampled_from(["nmae", "org", "_request", "with", "no_log"]), odd_texts, st.integers()), anything, max_size=1
    )
    return st.one_of(known, known, known, st.builds(lambda one, other: {**other, **one}, known, stray))


IDS = st.sampled_from(["01KK9J6VFKZSB86BQQT8903TMY", "01kk9j6vfkzsb86bqqt8903tmy", "7", "a/b", "%2e"])
DATA = {
    "value": st.just(MARKED),
    "username": st.just("me"),
    "password": st.just(MARKED),
    "clientId": st.just("id"),
    "client_id": st.just("id"),
    "clientSecret": st.just(MARKED),
    "authorizeUrl": st.just(""),
    "tokenUrl": st.just("https://t.example"),
    "scopes": st.just(["read"]),
    "additionalParams": st.just({"a": "b"}),
    "accessToken": st.just(MARKED),
    "valueBase64": st.just("AAEC"),
    "value_base64": st.just("AAEC"),
}
GOOD_CREDENTIALS = st.sampled_from(
    [
        {"type": "string", "data": {"value": MARKED}},
        {"type": "basic-auth", "data": {"username": "me", "password": MARKED}},
        {"type": "none", "data": {}},
        {"state": "absent"},
    ]
)
CREDENTIAL = {
    "credential_id": IDS,
    "name": st.sampled_from(["n", "there"]),
    "type": st.sampled_from(["none", "string", "binary", "basic-auth", "oauth2-client", "oauth2-token"]),
    "data": some_of(DATA),
    "src": st.sampled_from(["nowhere", "/dev/null", "/"]),
    "secret_changed_at": st.just("2026-01-31T12:00:00Z"),
    "state": st.sampled_from(["present", "absent"]),
}
POLICY = {
    "update_secrets": st.sampled_from(["auto", "always", "on_create"]),
    "on_drift": st.sampled_from(["auto", "push", "warn", "ignore"]),
    "on_unknown": st.sampled_from(["auto", "push", "adopt", "fail"]),
    "fail_when_invalid": st.booleans(),
}
CONNECTION = {
    "api_url": st.just("https://127.0.0.1:9/x"),
    "jwt": st.just(MARKED),
    "session_cookie": st.just(MARKED),
    "context": st.sampled_from(["live", "@active"]),
    "validate_certs": st.booleans(),
    "ca_path": st.just("/nowhere"),
    "timeout": st.sampled_from([1, 0.5, "2"]),
    "retries": st.just(0),
    "cache_plugin": st.sampled_from(["jsonfile", "memory", "ansible.builtin.jsonfile", "no.such.plugin"]) | st.none(),
    "cache_prefix": st.just("x_"),
    "fingerprint_key": st.just(MARKED),
    "organisation_id": IDS,
}
ITEMS = st.lists(
    st.one_of(
        some_of({**CREDENTIAL, **POLICY}),
        st.builds(lambda name, one: {"name": name, **one}, st.sampled_from("abc"), GOOD_CREDENTIALS),
        anything,
    ),
    max_size=3,
)
ONE_OPTIONS = st.builds(
    lambda good, odd: {**good, **odd},
    st.one_of(st.just({}), st.builds(lambda one: {"name": "n", **one}, GOOD_CREDENTIALS)),
    some_of({**CREDENTIAL, **POLICY, **CONNECTION}),
)
MANY_OPTIONS = some_of(
    {
        "credentials": ITEMS,
        "src": st.just("nowhere"),
        "prune": st.booleans(),
        "workers": st.sampled_from([1, 10, 100]),
        **POLICY,
        **CONNECTION,
    }
)
INFO_OPTIONS = some_of({"credential_id": IDS, "name": st.just("there"), "full": st.booleans(), "workers": st.just(2), **CONNECTION})

quick = settings(max_examples=examples(80), derandomize=FACTOR == 1, database=None)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """A simulator, and a folder for the memory and for files."""
    home = os.environ.get("HOME", "")
    folder = tmp_path_factory.mktemp("any")
    os.environ["HOME"] = str(folder)
    with Simulator() as simulator:
        yield simulator, folder
    os.environ["HOME"] = home


def check(stage, module, options, environment=None, reads_only=False):
    """Play it, in check mode and then really, and hold what must be true whatever came in."""
    sim, folder = stage
    sim.reset()
    there = sim.add("string", "there", {"value": "theirs"})
    good = {"api_url": sim.url, "organisation_id": sim.organisation_id, "retries": 0, "cache_connection": str(folder / "memory")}
    if environment is None and not {"jwt", "session_cookie", "context"} & {key for key in options if isinstance(key, str)}:
        good["api_key"] = sim.api_key
    if module is INFO:
        del good["cache_connection"]
    options = {**good, **options}
    before = sim.state()
    results = []
    for check_mode in (True, False):
        sim.clear_requests()
        try:
            said = play(module, options, check_mode, environment=environment)
        except AnsibleError as problem:  # Ansible prints it as a failed task
            said = {"failed": True, "changed": False, "msg": str(problem)}
        results.append(said)
        writes = [one for one in sim.requests if one.method != "GET"]
        assert not (writes and check_mode)
        if said.get("failed"):
            check_sentence(said)
        if said.get("failed") and "results" not in said and module is not INFO:
            assert not [one for one in writes if one.method != "POST" or one.status != 422], said["msg"]
            assert sim.state() == before, said["msg"]
        text = json.dumps(said, default=repr)  # its keys are all texts, or this fails
        assert MARKED not in text and sim.api_key not in text, text
        if check_mode or module is INFO:
            assert sim.state() == before
    assert there in sim.ids() or not results[1].get("failed")
    return results[1]


def check_sentence(said):
    for msg in [said["msg"], *(one["msg"] for one in said.get("results", ()) if one["failed"])]:
        assert isinstance(msg, str) and msg.strip() and msg.strip() == msg, repr(msg)
        assert "\n" not in msg, msg
        assert not BUG.search(msg), msg
        assert msg[-1] == ".", msg


@quick
@given(ONE_OPTIONS)
def test_options_of_one(stage, options):
    check(stage, ONE, options)


@quick
@given(MANY_OPTIONS)
def test_options_of_many(stage, options):
    check(stage, MANY, options)


@quick
@given(ITEMS)
def test_items_of_a_list(stage, items):
    check(stage, MANY, {"credentials": items})


@quick
@given(INFO_OPTIONS)
def test_options_of_info(stage, options):
    check(stage, INFO, options)


def as_file(value):
    """As a person would have written it, where YAML can say it at all."""
    try:
        return yaml.safe_dump(value, allow_unicode=True).encode("utf-8", "surrogatepass")
    except yaml.YAMLError:
        return repr(value).encode("utf-8", "surrogatepass")


files = st.one_of(
    st.binary(max_size=40),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    odd_texts.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.builds(as_file, st.one_of(ITEMS, st.builds(lambda items: {"credentials": items}, ITEMS), anything)),
    st.builds(lambda file, at: file[: at % (len(file) + 1)], st.builds(as_file, ITEMS), st.integers(0, 10_000)),
    st.sampled_from(
        [
            b"- name: x\n  data: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    3132\n",
            b"- name: x\n  type: !!python/object/apply:os.system ['true']\n",
            b"&a [*a]",
            b"- &a {name: x, data: *a}",
            b"{a: 1, a: 2}",
            b"- !unsafe x",
            b"\xff\xfe[\x00]\x00",
            b"[" * 5000,
            b"- name: 2026-01-31\n  type: string\n  data: {value: 12:30:45}\n",
            b"--- []\n--- []\n",
        ]
    ),
)


# What was found once, each with its own words.
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"credentials": 7}, "credentials must be a list"),
        ({"credentials": [], "prune": None}, None),
        ({"credentials": [], "workers": "many"}, "'workers' is of type"),
        ({"credentials": [], "timeout": {}}, "unable to convert to float: a mapping cannot be"),
        ({"credentials": [], " \n": 1}, "' \\n': there is no such option"),
        ({"credentials": [{"name": datetime.date(2026, 1, 31)}]}, "credentials[0]: "),
    ],
    ids=str,
)
def test_options_that_were_a_bug_once(stage, options, words):
    said = check(stage, MANY, options)
    assert bool(said.get("failed")) is bool(words)
    assert not words or words in said["msg"]


@pytest.mark.parametrize(
    ("content", "words"),
    [("&a [*a]", "contains itself"), ("[" * 5000, "neither YAML nor JSON"), ("- 2026-99-99", "neither YAML nor JSON")],
    ids=["circle", "brackets", "date"],
)
def test_list_files_that_were_a_bug_once(stage, content, words):
    path = stage[1] / "list.yml"
    path.write_text(content)
    assert words in check(stage, MANY, {"src": str(path)})["msg"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("contexts: {}\nactive_context: []", "names no active_context"),
        ("contexts: {}", "names no active_context"),
        ("a: 2026-99-99", "is not YAML"),
        ("[" * 5000, "is not YAML"),
    ],
    ids=["list", "none", "date", "brackets"],
)
def test_config_files_that_were_a_bug_once(stage, content, words):
    path = stage[1] / "config.yaml"
    path.write_text(content)
    said = check(stage, ONE, {"name": "n", "type": "none", "context": "@active"}, environment={"VERSORI_CONFIG": str(path)})
    assert words in said["msg"]


@quick
@given(files)
def test_list_files(stage, content):
    path = stage[1] / "list.yml"
    path.write_bytes(content)
    check(stage, MANY, {"src": str(path)})


@quick
@given(files)
def test_files_of_a_binary(stage, content):
    path = stage[1] / "file.bin"
    path.write_bytes(content)
    said = check(stage, ONE, {"name": "n", "type": "binary", "src": str(path)})
    assert said.get("failed") or content


CONTEXTS = st.dictionaries(
    mostly(st.sampled_from(["live", "other"])).filter(_hashable),
    mostly(some_of({"name": st.just("live"), "organisation_id": IDS, "jwt": st.just(MARKED), "url_overwrite": st.just("https://x")})),
    max_size=2,
)
CONFIGS = st.one_of(files, st.builds(as_file, some_of({"active_context": st.sampled_from(["live", "other"]), "contexts": CONTEXTS})))


@quick
@given(CONFIGS, st.sampled_from(["live", "@active", "missing"]))
def test_config_files_of_the_versori_cli(stage, content, context):
    path = stage[1] / "config.yaml"
    path.write_bytes(content)
    check(stage, ONE, {"name": "n", "type": "none", "context": context}, environment={"VERSORI_CONFIG": str(path)})


VARIABLES = st.dictionaries(
    st.sampled_from(
        [
            "VERSORI_API_KEY",
            "VERSORI_JWT",
            "VERSORI_SESSION_COOKIE",
            "VERSORI_CONTEXT",
            "VERSORI_CONFIG",
            "VERSORI_VALIDATE_CERTS",
            "VERSORI_CA_PATH",
            "VERSORI_TIMEOUT",
            "VERSORI_RETRIES",
            "VERSORI_CACHE_PLUGIN",
            "VERSORI_CACHE_PREFIX",
            "VERSORI_FINGERPRINT_KEY",
            "HTTPS_PROXY",
            "NO_PROXY",
            "REQUESTS_CA_BUNDLE",
        ]
    ),
    st.one_of(odd_texts, st.text(max_size=8)).filter(lambda text: "\x00" not in text and "{" not in text),
    max_size=4,
)


@quick
@given(VARIABLES)
def test_environment_variables(stage, environment):
    check(stage, ONE, {"name": "n", "type": "none"}, environment=environment)
