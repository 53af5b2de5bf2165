# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options as they really are: environment, the Versori CLI's config file, Ansible's own string classes; and what is refused of them."""

import datetime
import json
import os

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.versori.platform.plugins.module_utils import _options
from ansible_collections.versori.platform.plugins.module_utils._api.connection import read_connection
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.plugin_utils import _settings
from ansible_collections.versori.platform.plugins.plugin_utils._settings import (
    sources_of,
    with_context,
    with_environment,
    with_texts,
    without_aliases,
)

ONE, INFO = _options.VERSORI_CREDENTIAL, _options.VERSORI_CREDENTIAL_INFO
CONFIG = """
active_context: live
contexts:
  live: {name: live, organisation_id: 01HFS2NEAZ6ECZBZMN4FF775P7, jwt: a.b.c, url_overwrite: https://Platform.versori.com/api/v2}
  staging: {jwt: a.b.c, url_overwrite: https://platform-staging.versori.com/api/v2}
  bare: {jwt: a.b.c, url_overwrite: platform-staging.versori.com}
  odd: {jwt: a.b.c, url_overwrite: [1]}
  empty: {name: empty}
  number: {jwt: a.b.c, organisation_id: 0123}
"""


def test_plain_keeps_what_must_be_refused_later():
    class Text(str):
        pass

    given = {Text("a"): [Text("b"), 1, True, None, 1.5, datetime.date(2026, 1, 2)], "c": (Text("d"),)}
    assert _settings.to_native(given) == {"a": ["b", 1, True, None, 1.5, datetime.date(2026, 1, 2)], "c": ["d"]}
    assert {type(text) for text in (*_settings.to_native(given), _settings.to_native(given)["a"][0])} == {str}


ALL_WAYS = {"VERSORI_API_KEY": "k", "VERSORI_JWT": "j", "VERSORI_SESSION_COOKIE": "c", "VERSORI_CONTEXT": "x"}


SOME = {"VERSORI_API_KEY": "k", "VERSORI_ORGANISATION_ID": "o", "VERSORI_TIMEOUT": "7", "VERSORI_API_URL": "", "OTHER": "x"}
OF_THE_MEMORY = {"VERSORI_CACHE_CONNECTION": "/memory", "VERSORI_FINGERPRINT_KEY": "k"}


@pytest.mark.parametrize(
    ("spec", "options", "environment", "filled"),
    [
        ("INFO", {"organisation_id": "mine"}, SOME, {"organisation_id": "mine", "api_key": "k", "timeout": "7"}),
        # No second way of authentication is added.
        *(("INFO", {name: "mine"}, ALL_WAYS, {name: "mine"}) for name in ("api_key", "jwt", "session_cookie", "context")),
        # The memory's variables hold for a whole job, so also where a task only reads.
        ("INFO", {}, OF_THE_MEMORY, {}),
        ("ONE", {}, OF_THE_MEMORY, {"cache_connection": "/memory", "fingerprint_key": "k"}),
    ],
)
def test_the_environment_stands_in_for_what_is_not_set(spec, options, environment, filled):
    assert with_environment(options, environment, {"INFO": INFO, "ONE": ONE}[spec]) == filled


@pytest.mark.parametrize("variable", ["VERSORI_API_KEY", "VERSORI_JWT", "VERSORI_API_URL", "VERSORI_ORGANISATION_ID", "VERSORI_CA_PATH"])
def test_a_variable_that_is_no_text(variable):
    with pytest.raises(Failure, match=f"^{variable} holds bytes that are not UTF-8"):
        with_environment({}, {variable: os.fsdecode(b"k\xff")}, INFO)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        *(({"GOOD": "x", name: "x"}, "environment has a variable named") for name in ("", "A=B", "=", "A\0", "\udcff")),
        *(({"A_1": value}, "environment gives A_1 a value with") for value in ("a\0b", "\udcff", "\ud800")),
    ],
)
def test_variables_that_no_process_can_have(variables, words):
    with pytest.raises(Failure, match=f"^{words}") as caught:
        _settings.check_variables(variables)
    assert caught.value.msg.isprintable()


def test_variables_that_no_shell_could_set_but_a_process_can_have():
    names = ("APP.MODE", "A-B", "1", "ProgramFiles(x86)", "A", "_a1", "HTTP_PROXY")
    _settings.check_variables({**dict.fromkeys(names, "b=c \u20ac\n"), "A": ""})


ITEM = {**_options.ORGANISATION, **_options.CREDENTIAL}
SPECS = {"one": ONE, "many": _options.VERSORI_CREDENTIALS, "info": INFO, "doctor": _options.VERSORI_DOCTOR, "item": ITEM}
OPTIONS = [(kind, name, option) for kind, spec in SPECS.items() for name, option in spec.items()]
SPECS["data"] = ITEM["data"]["options"]
ALIASES = [(kind, name, alias) for kind, spec in SPECS.items() for name, option in spec.items() for alias in option.get("aliases", ())]
TEXTS = [(kind, name) for kind, name, option in OPTIONS if option["type"] in ("str", "path") and not option.get("choices")]


@pytest.mark.parametrize(("kind", "name", "alias"), ALIASES)
@pytest.mark.parametrize("swapped", [False, True])
def test_each_alias_there_is(kind, name, alias, swapped):
    spec = SPECS[kind]
    first, second = (alias, name) if swapped else (name, alias)
    assert without_aliases({first: "a", second: "a"}, spec) == without_aliases({alias: "a"}, spec) == {name: "a"}
    assert without_aliases({first: None, second: "a"}, spec) == without_aliases({first: "a", second: None}, spec) == {name: "a"}
    for other in ("b", ""):
        with pytest.raises(Failure, match=f"^{first} and {second} are two names of one option") as caught:
            without_aliases({first: "a", second: other}, spec)
        assert "'a'" not in caught.value.msg


@pytest.mark.parametrize(("kind", "name"), TEXTS)
@pytest.mark.parametrize("value", [83, True, 1.5, datetime.date(2026, 1, 31), ["a"], {"a": "b"}, "bytes \udce9"])
def test_each_text_option_there_is(kind, name, value):
    if SPECS[kind][name]["type"] == "path" and isinstance(value, str):
        return  # a file's name may be any bytes
    with pytest.raises(Failure, match=f"^{name} (must be a text, not |holds bytes)") as caught:
        with_texts({name: value}, SPECS[kind])
    assert "83" not in caught.value.msg.replace("0183", "")
    assert with_texts({name: "83"}, SPECS[kind]) == {name: "83"}
    assert with_texts({name: None}, SPECS[kind]) == {name: None}


def test_a_time_of_yaml_is_a_text_where_one_is_meant():
    utc = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc)
    for given, text in ((utc, "2026-01-31T12:00:00+00:00"), (utc.replace(tzinfo=None), "2026-01-31T12:00:00Z")):
        assert with_texts({"secret_changed_at": given}, ITEM) == {"secret_changed_at": text}


def templates_in(item):
    """Of an item as Ansible's own loader reads it from a file."""
    return _settings.templates_in(DataLoader().load(_settings.as_source(json.dumps(item)), file_name="/list.yml", show_content=False))


@pytest.mark.parametrize("allowed", [True, "yes", "true", 1, 1.0])
def test_templates_that_are_allowed(allowed):
    item = {"name": "{{ n }}", "data": {"value": "{{ v }}"}}
    assert templates_in({**item, "allow_placeholder": allowed}) == []
    for other in (False, "no", None, "nonsense", ["yes"], {"a": True}):
        assert templates_in({**item, "allow_placeholder": other}) == ["name", "data.value"]


@pytest.mark.parametrize("value", ["{{ a }}", "x{{a}}y", "{%a%}", "{#a#}", {"a": [{"b": "{{ c }}"}]}, ["{{ a }}"]])
def test_what_is_a_template(value):
    [path] = templates_in({"name": value})
    assert path == {dict: "name.a[0].b", list: "name[0]"}.get(type(value), "name")
    for harmless in ("{{", "}} {{", "{% }}", "{{}", "{#}", {"{{ a }}": "b"}, 7):
        assert templates_in({"name": harmless}) == []


NUMBERS = {**INFO, **_options.VERSORI_DOCTOR}


@pytest.mark.parametrize("name", ["timeout", "retries", "workers", "wait"])
@pytest.mark.parametrize(
    "value", [10**400, -(10**400), "9" * 400, "1" * 5000, "1e999", "-1e999999999", "inf", "nan", float("inf"), float("nan"), True, False]
)
def test_numbers_that_are_none(name, value):
    with pytest.raises(Failure, match=rf"^{name} must be a number"):
        _settings.check_numbers({name: value}, NUMBERS)


@pytest.mark.parametrize("value", [0, 3, "3", 2.5, "2.5", "1e3", 10**300, "many", [], {}, None])
def test_numbers_and_what_the_validator_refuses(value):
    _settings.check_numbers({"timeout": value, "validate_certs": True, "nobody": True}, NUMBERS)


@pytest.fixture
def environment(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    return {"VERSORI_CONFIG": str(path)}


@pytest.mark.parametrize("name", ["live", "@active"])
def test_context(environment, name):
    """Contract, "Versori CLI"."""
    filled = {"context": name, "jwt": "a.b.c", "organisation_id": "01HFS2NEAZ6ECZBZMN4FF775P7"}
    assert with_context({"context": name}, environment) == filled
    assert with_context({"context": name, "organisation_id": "mine"}, environment)["organisation_id"] == "mine"
    assert with_context({"context": None}, environment) == {"context": None}
    assert with_context({"context": "staging", "api_url": "https://x"}, environment)["jwt"] == "a.b.c"


def test_where_the_authentication_comes_from_is_known(environment):
    """For the message of a 401, and where there are two."""
    sources = {"context": "VERSORI_CONTEXT"}
    filled = with_context({"context": "@active"}, environment, sources)
    assert read_connection(filled, sources).source == f"jwt (from context 'live' of {environment['VERSORI_CONFIG']})"
    with pytest.raises(Failure, match=r"^VERSORI_CONTEXT and VERSORI_JWT are set"):
        with_context({"context": "live", "jwt": "a.b.c"}, environment, {"context": "VERSORI_CONTEXT", "jwt": "VERSORI_JWT"})
    given = {"api_key": None, "jwt": "mine"}
    of_environment = with_environment(given, {"VERSORI_API_KEY": "a-key", "VERSORI_ORGANISATION_ID": "X"}, INFO)
    assert sources_of(given, of_environment) == {"organisation_id": "VERSORI_ORGANISATION_ID"}  # the task's own way counts alone
    both = with_environment({}, {"VERSORI_API_KEY": "a-key", "VERSORI_JWT": "a.b.c"}, INFO)
    with pytest.raises(Failure, match=r"^VERSORI_API_KEY and VERSORI_JWT are set, but only one of"):
        read_connection(both, sources_of({}, both))
    assert read_connection({"api_key": "a-key"}).source == "api_key"
    assert read_connection({"api_key": "a-key"}, {"api_key": "VERSORI_API_KEY"}).source == "api_key (from VERSORI_API_KEY)"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"context": "missing"}, "has no context 'missing': it has bare, empty, live, number, odd, staging"),
        ({"context": "empty"}, "holds no jwt"),
        ({"context": "live", "api_key": "k"}, "context and api_key are set"),
        *(({"context": name}, "is for another platform than platform.versori.com, by its") for name in ("staging", "bare", "odd")),
        ({"context": "number"}, "organisation_id of context 'number' in .* must be a text, not a number"),
    ],
)
def test_context_refusals(environment, options, sentence):
    with pytest.raises(Failure, match=sentence):
        with_context(options, environment)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a:\n  {", r"is not YAML: look at line 2, column 4\."),
        ("a: 2026-99-99", r"is not YAML\."),
        ("[]", "has no contexts"),
        ("contexts: 1", "has no contexts"),
    ],
)
def test_context_files_that_are_none(tmp_path, content, sentence):
    (tmp_path / "config.yaml").write_text(content)
    with pytest.raises(Failure, match=sentence):
        with_context({"context": "live"}, {"VERSORI_CONFIG": str(tmp_path / "config.yaml")})


# What else may be wrong with a file is asked of the one function that reads files, in module_utils/test_files.py.
@pytest.mark.parametrize(("path", "reason"), [("/dev/zero", "it is a pipe"), ("~a\0b/c", "its path holds characters"), ("/", "Is a dir")])
def test_context_files_that_cannot_be_read(path, reason):
    with pytest.raises(Failure, match=f"which cannot be read: {reason}"):
        with_context({"context": "live"}, {"VERSORI_CONFIG": path})
