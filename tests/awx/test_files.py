# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that AWX is set up from, against what the playbooks take and what docs/awx.md says; test_setup.py gives them to AWX's rules."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.versori.platform.plugins.module_utils import _options
from ansible_collections.versori.platform.plugins.module_utils._core.credential_types import TYPES
from ansible_collections.versori.platform.plugins.plugin_utils import _settings

from .files import CREDENTIAL_TYPE, JOB_TEMPLATES, PAGE, PROJECT, ROOT, SURVEYS, documented_variables
from .rules import answers, injected_environment, launch_problems

ROLE = yaml.safe_load((ROOT / "roles/credentials/meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
SECRETS = [[field.name for field in fields if field.secret] for fields in TYPES.values()]
# What rotate alone takes; all else is the role's.
ROTATE = {
    "versori_rotate_name": {"type": "str"},
    "versori_rotate_field": {"type": "str", "choices": sorted({name for names in SECRETS for name in names})},
    "versori_rotate_value": {"type": "str", "no_log": True},
    "versori_rotate_wait": {"type": "int"},
}
# What has no default, so AWX must insist on an answer.
NEEDED = {"apply": set(), "audit": set(), "rotate": {"versori_rotate_name", "versori_rotate_value"}}
QUESTIONS = [pytest.param(name, question, id=f"{name}-{question['variable']}") for name, survey in SURVEYS.items() for question in survey]


# --- the credential type (tests/docs/test_options.py holds its inputs against the options)


def test_the_kind_is_one_that_awx_takes():
    assert set(CREDENTIAL_TYPE) == {"name", "description", "kind", "inputs", "injectors"}
    assert CREDENTIAL_TYPE["kind"] in ("cloud", "net"), "AWX takes no other kind for a custom type"


@pytest.mark.parametrize("way", ["api_key", "jwt", "session_cookie"])
def test_an_empty_variable_counts_as_not_set(way):
    """AWX injects all variables, empty ones too; the collection must see but those that are filled in."""
    given = {way: "a-secret", "organisation_id": "01HFS2NEAZ6ECZBZMN4FF775P7"}
    environment = injected_environment(CREDENTIAL_TYPE, {**given, "api_url": ""})
    assert set(environment) == set(CREDENTIAL_TYPE["injectors"]["env"])
    assert environment["VERSORI_API_URL"] == ""
    options = {**_options.CONNECTION, **_options.ORGANISATION, **_options.MEMORY}
    assert _settings.with_environment({}, environment, options) == given
    assert _settings.with_environment({"jwt": "the task's own"}, environment, options).get("jwt") == "the task's own"


# --- the surveys


def test_there_is_one_for_each_playbook_of_the_example_project():
    assert [template["name"] for template in JOB_TEMPLATES] == ["apply", "audit", "rotate"]
    for name in SURVEYS:
        assert (ROOT / f"playbooks/{name}.yml").is_file()
        [play] = yaml.safe_load((PROJECT / f"{name}.yml").read_text())
        assert play["import_playbook"] == f"versori.platform.{name}"
        assert f"`{name}.yml`" in PAGE


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_the_playbook_takes_each_answer(name, question):
    """A survey's answers are texts and integers; Ansible's own validator judges them by the spec of the variable, which is documented."""
    assert question["variable"] in (ROLE if name == "apply" else documented_variables(name))
    spec = {**ROLE, **ROTATE}[question["variable"]]
    assert spec["type"] not in ("list", "dict")
    assert (question["type"] == "password") == bool(spec.get("no_log")), "a secret, and only that, is asked for as a password"
    possible = question.get("choices") or [question.get("default", 1 if question["type"] == "integer" else "some text")]
    if question["type"] == "multiplechoice":
        choices = {"false", "true"} if spec["type"] == "bool" else set(spec["choices"])
        assert set(possible) <= choices
        assert name == "rotate" or set(possible) == choices
    if question["type"] == "text" and not question["required"]:
        possible.append("")
    judged = {key: value for key, value in spec.items() if key in ("type", "choices", "elements", "no_log")}
    for answer in possible:
        assert ArgumentSpecValidator({question["variable"]: judged}).validate({question["variable"]: answer}).error_messages == []


@pytest.mark.parametrize("name", SURVEYS)
def test_only_what_has_no_default_is_required(name):
    """AWX fills no default in for a required question when a job is launched through its API, or by a schedule."""
    required = {question["variable"] for question in SURVEYS[name] if question["required"]}
    assert required == NEEDED[name] == {question["variable"] for question in SURVEYS[name] if "default" not in question}
    assert set(answers(SURVEYS[name], dict.fromkeys(NEEDED[name], "x"))) == {question["variable"] for question in SURVEYS[name]}


@pytest.mark.parametrize("name", SURVEYS)
def test_what_is_left_empty_is_no_number_and_no_choice(name):
    """A default fills in for what is not sent; what is sent empty is refused by AWX, but for a text that may be."""
    for question in SURVEYS[name]:
        given = {**dict.fromkeys(NEEDED[name], "x"), question["variable"]: ""}
        assert bool(launch_problems(SURVEYS[name], given)) == (question["variable"] != "versori_credentials_file")


def test_the_fields_that_rotate_offers_are_those_that_are_a_credentials_only_secret():
    """A credential with several secrets needs a list: an update replaces all of them."""
    [offered] = [question["choices"] for question in SURVEYS["rotate"] if question["variable"] == "versori_rotate_field"]
    assert sorted(offered) == sorted(names[0] for names in SECRETS if len(names) == 1)


# --- docs/awx.md; what it shows as awx.yml is what test_setup.py runs


def rows(first: str) -> list[list[str]]:
    """The rows of the page's table whose first column is called so."""
    found = re.search(rf"^\| {first} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert found, f"there is no table of {first}"
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found[1].splitlines()]


def words(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_the_pages_variables():
    assert {name for row in rows("variable") for name in words(row[0])} == documented_variables("awx_setup")


def test_the_pages_inputs():
    fields, env = CREDENTIAL_TYPE["inputs"]["fields"], CREDENTIAL_TYPE["injectors"]["env"]
    shown = [(words(name), env[words(variable)[0]], secret.startswith("yes")) for name, variable, secret in rows("input")]
    assert shown == [([field["id"]], f"{{{{ {field['id']} }}}}", bool(field.get("secret"))) for field in fields]


def test_the_pages_surveys():
    asked = [(name, question) for name, survey in SURVEYS.items() for question in survey]
    shown = rows("job template")
    assert [(row[0], *words(row[1]), row[2]) for row in shown] == [(name, item["variable"], item["question_name"]) for name, item in asked]
    for row, (_name, question) in zip(shown, asked, strict=True):
        if "choices" in question:
            assert words(row[3]) == question["choices"]
        else:
            assert row[3] == question["type"] + (", may be empty" if question["min"] == 0 and question["type"] == "text" else "")
