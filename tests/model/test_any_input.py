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
from ansible_collections.versori.platform.plugins.module_utils import _options
from ansible_collections.versori.platform.plugins.module_utils._core import ensure
from ansible_collections.versori.platform.plugins.module_utils._core.credential_types import BASE64, TEXT_MAP, TEXTS, TYPES
from ansible_collections.versori.platform.plugins.plugin_utils._settings import AUTHENTICATION_ENVIRONMENT, ENVIRONMENT
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.playing import INFO, MANY, ONE, play
from tests.simulator import Simulator
from tests.thoroughness import FACTOR, examples

MARKED = "marked-hunter2-secret"
BUG = re.compile(r"Traceback|This is a bug|object at 0x|<class|Error\(|NoneType")

# Texts that have broken parsers before: Ansible's, YAML's, URLs, paths, numbers, Unicode that cannot be encoded.
# fmt: off
ODD_TEXTS = [
    "", " ", "\n", "\x00", "\ud800", "\U0001f511", "é", "{{ x }}", "{% raw %}", "!vault x", "$ANSIBLE_VAULT;1.1;AES256\n00", "%s%n",
    "../../etc/passwd", "/dev/null/x", "/", "~nobody/x", "true", "yes", "null", "nan", "inf", "-1", "1e400", "9" * 400, "0x10", "[]", "{}",
    '{"a": 1}', "a=b", "http://", "http://[", "https://[::1]:x/", "http://127.0.0.1:99999999/", "https://a\u2100b/", "https:///x", "******",
    "[REDACTED]", "2026-01-31T12:00:00Z", "9999-99-99T99:99:99Z", "0000-00-00T00:00:00+99:99", "@active",
]
# fmt: on
odd_texts = st.sampled_from(ODD_TEXTS)
numbers = st.one_of(st.integers(), st.integers(-2, 200), st.floats())
scalars = st.one_of(st.none(), st.booleans(), numbers, odd_texts, st.text(max_size=8), st.dates(), st.datetimes(), st.binary(max_size=4))
keys = odd_texts | scalars
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6)


def mostly(good):
    """A good value as often as anything at all."""
    return st.one_of(good, anything)


def some_of(fields):
    """A mapping with some of these fields, mostly good ones, and at times one that nobody knows."""
    known = st.fixed_dictionaries({}, optional={name: mostly(good) for name, good in fields.items()})
    names = st.one_of(st.sampled_from(["nmae", "org", "_request", "with", "no_log"]), odd_texts, st.integers())
    stray = st.dictionaries(names, anything, max_size=1)
    return st.one_of(known, known, known, st.builds(lambda good, odd: {**odd, **good}, known, stray))


IDS = st.sampled_from(["01KK9J6VFKZSB86BQQT8903TMY", "01kk9j6vfkzsb86bqqt8903tmy", "7", "a/b", "%2e"])
MARK = st.just(MARKED)
KINDS = {BASE64: st.just("AAEC"), TEXTS: st.just(["read"]), TEXT_MAP: st.just({"a": "b"})}
FIELDS = {
    name: KINDS.get(field.kind, MARK if field.secret else st.sampled_from(["me", "", "https://t.example"]))
    for fields in TYPES.values()
    for field in fields
    for name in (field.name, field.snake_name)
}
GOOD_CREDENTIALS = st.sampled_from(
    [
        {"type": "string", "data": {"value": MARKED}},
        {"type": "basic-auth", "data": {"username": "me", "password": MARKED}},
        {"type": "none", "data": {}},
        {"state": "absent"},
    ]
)
GOOD = {  # of each option that is no choice and no boolean
    "credential_id": IDS,
    "organisation_id": IDS,
    "name": st.sampled_from(["n", "there"]),
    "data": some_of(FIELDS),
    "remove_fields": st.just(["scopes"]),
    "src": st.sampled_from(["nowhere", "/dev/null", "/"]),
    "hide_src": st.sampled_from(["nowhere", "/dev/null", "/"]),
    "secret_changed_at": st.just("2026-01-31T12:00:00Z"),
    "api_url": st.just("https://127.0.0.1:9/x"),
    "api_key": MARK,
    "jwt": MARK,
    "session_cookie": MARK,
    "fingerprint_key": MARK,
    "context": st.sampled_from(["live", "@active"]),
    "ca_path": st.just("/nowhere"),
    "timeout": st.sampled_from([1, 0.5, "2"]),
    "retries": st.just(0),
    "workers": st.sampled_from([1, 10, 100]),
    "cache_plugin": st.sampled_from(["jsonfile", "memory", "ansible.builtin.jsonfile", "no.such.plugin"]) | st.none(),
    "cache_prefix": st.just("x_"),
    "prune_keep": st.just(["n"]),
}


def options_of(spec):
    """Some of a module's options: those that the stage gives are left alone, or nothing would ever be reached."""

    def good(name, option):
        if option.get("choices"):
            return st.sampled_from(option["choices"])
        return st.booleans() if option["type"] == "bool" else GOOD[name]

    # (results_file would be written wherever it says; tests/acceptance/test_told_once.py has its odd ones)
    left_alone = ("api_key", "cache_connection", "results_file")
    return some_of({name: good(name, option) for name, option in spec.items() if name not in left_alone})


ITEMS = st.lists(
    st.one_of(
        options_of({**_options.ORGANISATION, **_options.CREDENTIAL, **_options.POLICY}),
        st.builds(lambda name, credential: {"name": name, **credential}, st.sampled_from("abc"), GOOD_CREDENTIALS),
        anything,
    ),
    max_size=3,
)
GOOD |= {"credentials": ITEMS, "hide": ITEMS}
named = st.builds(lambda credential: {"name": "n", **credential}, GOOD_CREDENTIALS)
ONE_OPTIONS = st.builds(lambda good, odd: {**good, **odd}, st.one_of(st.just({}), named), options_of(_options.VERSORI_CREDENTIAL))

quick = settings(max_examples=examples(80), derandomize=FACTOR == 1, database=None)


@pytest.fixture(autouse=True)
def no_lag(monkeypatch):
    monkeypatch.setattr(ensure, "LONGEST_LAG", 0.01)  # each example's server is new, and has nothing of the last one's


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    home = os.environ.get("HOME", "")
    folder = tmp_path_factory.mktemp("any")
    os.environ["HOME"] = str(folder)
    with Simulator() as simulator:
        yield simulator, folder
    os.environ["HOME"] = home


def check(stage, module, options, environment=None):
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
        writes = [request for request in sim.requests if request.method != "GET"]
        assert not (writes and check_mode)
        if said.get("failed"):
            check_sentence(said)
        if said.get("failed") and "results" not in said and module is not INFO:
            assert not [request for request in writes if request.method != "POST" or request.status != 400], said["msg"]
            assert sim.state() == before, said["msg"]
        text = json.dumps(said, default=repr)  # its keys are all texts, or this fails
        assert MARKED not in text and sim.api_key not in text, text
        if check_mode or module is INFO:
            assert sim.state() == before
    assert there in sim.ids() or not results[1].get("failed")
    return results[1]


def check_sentence(said):
    for msg in [said["msg"], *(result["msg"] for result in said.get("results", ()) if result["failed"])]:
        assert isinstance(msg, str) and msg.strip() and msg.strip() == msg, repr(msg)
        assert "\n" not in msg, msg
        assert not BUG.search(msg), msg
        assert msg[-1] == ".", msg


OPTIONS = {
    "one": (ONE, ONE_OPTIONS),
    "many": (MANY, options_of(_options.VERSORI_CREDENTIALS)),
    "items of a list": (MANY, st.builds(lambda items: {"credentials": items}, ITEMS)),
    "info": (INFO, options_of(_options.VERSORI_CREDENTIAL_INFO)),
}


@pytest.mark.parametrize("kind", OPTIONS)
@quick
@given(st.data())
def test_options(stage, kind, data):
    module, options = OPTIONS[kind]
    check(stage, module, data.draw(options))


def as_file(value):
    """As a person would have written it, where YAML can say it at all."""
    try:
        return yaml.safe_dump(value, allow_unicode=True).encode("utf-8", "surrogatepass")
    except yaml.YAMLError:
        return repr(value).encode("utf-8", "surrogatepass")


BRACKETS = "[" * 1000  # more than a parser that calls itself can take; many more cost minutes, the square of their number
FILES = [
    b"- name: x\n  data: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    3132\n",
    b"- name: x\n  type: !!python/object/apply:os.system ['true']\n",
    b"&a [*a]",
    b"- &a {name: x, data: *a}",
    b"{a: 1, a: 2}",
    b"- !unsafe x",
    b"\xff\xfe[\x00]\x00",
    BRACKETS.encode(),
    b"- name: 2026-01-31\n  type: string\n  data: {value: 12:30:45}\n",
    b"--- []\n--- []\n",
]
files = st.one_of(
    st.binary(max_size=40),
    st.one_of(st.text(max_size=40), odd_texts).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.builds(as_file, st.one_of(ITEMS, st.builds(lambda items: {"credentials": items}, ITEMS), anything)),
    st.builds(lambda file, at: file[: at % (len(file) + 1)], st.builds(as_file, ITEMS), st.integers(0, 10_000)),
    st.sampled_from(FILES),
)


# What was found once, each with its own words.
ACTIVE = {"name": "n", "type": "none", "context": "@active"}
FOUND = {
    "a number for a list": (MANY, {"credentials": 7}, "credentials must be a list"),
    "null for a choice": (MANY, {"credentials": [], "prune": None}, None),
    "a text for a number": (MANY, {"credentials": [], "workers": "many"}, "'workers' is of type"),
    "a mapping for a number": (MANY, {"credentials": [], "timeout": {}}, "unable to convert to float: a mapping cannot be"),
    "an option of blanks": (MANY, {"credentials": [], " \n": 1}, "' \\n': there is no such option"),
    "a date for a name": (MANY, {"credentials": [{"name": datetime.date(2026, 1, 31)}]}, "credentials[0]: "),
    "a list file, circle": (MANY, "&a [*a]", "contains itself"),
    "a list file, brackets": (MANY, "[" * 5000, "neither YAML nor JSON"),
    "a list file, date": (MANY, "- 2026-99-99", "neither YAML nor JSON"),
    "a config file, list": (ONE, "contexts: {}\nactive_context: []", "names no active_context"),
    "a config file, none": (ONE, "contexts: {}", "names no active_context"),
    "a config file, date": (ONE, "a: 2026-99-99", "is not YAML"),
    "a config file, brackets": (ONE, BRACKETS, "is not YAML"),
}


@pytest.mark.parametrize("case", FOUND)
def test_what_was_a_bug_once(stage, case):
    module, options, words = FOUND[case]
    path = stage[1] / "file.yml"
    environment = None if module is MANY else {"VERSORI_CONFIG": str(path)}
    if isinstance(options, str):
        path.write_text(options)
        options = {"src": str(path)} if module is MANY else ACTIVE
    said = check(stage, module, options, environment)
    assert bool(said.get("failed")) is bool(words)
    assert not words or words in said["msg"]


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


CONTEXT = some_of({"name": st.just("live"), "organisation_id": IDS, "jwt": MARK, "url_overwrite": st.just("https://x")})
CONTEXTS = st.dictionaries(
    mostly(st.sampled_from(["live", "other"])).filter(lambda key: key.__hash__ is not None), mostly(CONTEXT), max_size=2
)
CONFIGS = st.one_of(files, st.builds(as_file, some_of({"active_context": st.sampled_from(["live", "other"]), "contexts": CONTEXTS})))


@quick
@given(CONFIGS, st.sampled_from(["live", "@active", "missing"]))
def test_config_files_of_the_versori_cli(stage, content, context):
    path = stage[1] / "config.yaml"
    path.write_bytes(content)
    check(stage, ONE, {"name": "n", "type": "none", "context": context}, environment={"VERSORI_CONFIG": str(path)})


VARIABLES = [*ENVIRONMENT.values(), *AUTHENTICATION_ENVIRONMENT.values(), "VERSORI_CONFIG", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"]
VALUES = st.one_of(odd_texts, st.text(max_size=8)).filter(lambda text: "\x00" not in text and "{" not in text)


@quick
@given(st.dictionaries(st.sampled_from(VARIABLES), VALUES, max_size=4))
def test_environment_variables(stage, environment):
    check(stage, ONE, {"name": "n", "type": "none"}, environment=environment)
