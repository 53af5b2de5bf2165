# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job templates' surveys: by AWX's rules, and by what the playbooks take."""

from __future__ import annotations

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.versori.platform.plugins.module_utils._core.credential_types import TYPES

from .files import JOB_TEMPLATES, PROJECT, ROOT, SURVEYS, documented_variables
from .rules import answers, survey_problems

ROLE = yaml.safe_load((ROOT / "roles/credentials/meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
# What rotate alone takes; all else is the role's.
ROTATE = {
    "versori_rotate_name": {"type": "str"},
    "versori_rotate_field": {"type": "str", "choices": [field.name for fields in TYPES.values() for field in fields if field.secret]},
    "versori_rotate_value": {"type": "str", "no_log": True},
    "versori_rotate_wait": {"type": "int"},
}
# One of each of these must be there, so AWX must ask for one and insist on an answer.
NEEDED = {"apply": set(), "audit": set(), "rotate": {"versori_rotate_name", "versori_rotate_field", "versori_rotate_value"}}
QUESTIONS = [pytest.param(name, one, id=f"{name}-{one['variable']}") for name, survey in SURVEYS.items() for one in survey]


@pytest.mark.parametrize("name", SURVEYS)
def test_awx_would_take_it(name):
    assert survey_problems({"name": "", "description": "", "spec": SURVEYS[name]}) == []


def test_there_is_one_for_each_playbook_of_the_example_project():
    assert [one["name"] for one in JOB_TEMPLATES] == ["apply", "audit", "rotate"]
    for name in SURVEYS:
        assert (ROOT / f"playbooks/{name}.yml").is_file()
        [play] = yaml.safe_load((PROJECT / f"{name}.yml").read_text())
        assert play["import_playbook"] == f"versori.platform.{name}"


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_each_question_asks_for_a_documented_variable_of_its_playbook(name, question):
    documented = set(ROLE) if name == "apply" else documented_variables(name)
    assert question["variable"] in documented


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_the_playbook_takes_each_answer(name, question):
    """A survey's answers are texts and integers; Ansible's own validator judges them by the variable's spec."""
    spec = {**ROLE, **ROTATE}[question["variable"]]
    assert (question["type"] == "password") == bool(spec.get("no_log")), "a secret, and only that, is asked for as a password"
    possible = question.get("choices") or [question.get("default", 1 if question["type"] == "integer" else "some text")]
    if question["type"] == "multiplechoice":
        wanted = {"false", "true"} if spec["type"] == "bool" else set(spec["choices"])
        assert set(possible) <= wanted
        assert name == "rotate" or set(possible) == wanted
    if question["type"] == "text" and not question["required"]:
        possible.append("")
    judged = {key: value for key, value in spec.items() if key in ("type", "choices", "elements", "no_log")}
    for one in possible:
        assert ArgumentSpecValidator({question["variable"]: judged}).validate({question["variable"]: one}).error_messages == []


@pytest.mark.parametrize("name", SURVEYS)
def test_what_the_playbook_needs_is_asked(name):
    required = {question["variable"] for question in SURVEYS[name] if question["required"]}
    assert NEEDED[name] <= required
    assert required >= {question["variable"] for question in SURVEYS[name] if question["type"] != "text"}, "an empty answer is no number"
    given = dict.fromkeys(NEEDED[name], "x")
    assert set(answers(SURVEYS[name], given)) == {question["variable"] for question in SURVEYS[name]}


def test_no_survey_asks_for_a_list():
    lists = {name for name, spec in ROLE.items() if spec["type"] in ("list", "dict")} | {"versori_rotate"}
    assert not lists & {question["variable"] for survey in SURVEYS.values() for question in survey}


def test_the_fields_that_rotate_offers_are_those_that_are_a_credentials_only_secret():
    """A credential with several secrets needs a list: an update replaces all of them."""
    [offered] = [question["choices"] for question in SURVEYS["rotate"] if question["variable"] == "versori_rotate_field"]
    secrets = [[field.name for field in fields if field.secret] for fields in TYPES.values()]
    assert sorted(offered) == sorted(one[0] for one in secrets if len(one) == 1)


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ({"required": "yes"}, "required is missing, or no bool"),
        ({"type": "list"}, "no type list"),
        ({"variable": "a-b"}, "no variable's"),
        ({"default": 1}, "of another type"),
        ({"type": "password", "default": "x"}, "reported as changed"),
        ({"type": "multiplechoice"}, "list of texts"),
        ({"type": "multiplechoice", "choices": ["a"], "default": "b"}, "none of its choices"),
        ({"max": "many"}, "no integer"),
    ],
)
def test_the_rules_find_mistakes(question, problem):
    whole = {"variable": "a", "question_name": "A?", "type": "text", "required": True, **question}
    [found] = survey_problems({"name": "", "description": "", "spec": [whole]})
    assert problem in found
