# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX demands of a credential type, of a credential and of a survey, and how it fills in an injector's templates.

From AWX's documentation and what its server (24.6) answers; none of it is AWX's own code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import jinja2.sandbox
import jsonschema

ENCRYPTED = "$encrypted$"

_IDENTIFIER = r"^[a-zA-Z_][a-zA-Z0-9_]*$"
_TEXTS = {"type": "array", "items": {"type": "string"}}
_FIELD = {
    "type": "object",
    "required": ["id", "label"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": _IDENTIFIER, "not": {"const": "tower"}},
        "type": {"const": "string"},
        "label": {"type": "string"},
        "help_text": {"type": "string"},
        "secret": {"type": "boolean"},
    },
}
INPUTS = {"type": "object", "additionalProperties": False, "properties": {"fields": {"type": "array", "items": _FIELD}, "required": _TEXTS}}
# The value of a variable must be ASCII: ansible-runner cannot pass on another one.
_ENV = {
    "type": "object",
    "additionalProperties": False,
    "patternProperties": {_IDENTIFIER: {"type": "string", "pattern": r"^[\x00-\x7F]*$"}},
}
INJECTORS = {"type": "object", "additionalProperties": False, "properties": {"env": _ENV}}
# Variables that AWX sets for a job itself, and refuses to take from a credential.
RESERVED = {"PATH", "PYTHONPATH", "VIRTUAL_ENV", "JOB_ID", "INVENTORY_ID", "MAX_EVENT_RES", "AWX_HOST", "PROJECT_REVISION", "CACHE"}


def _of_type(*types: str) -> dict[str, Any]:
    return {"properties": {"type": {"enum": types}}}


_QUESTION = {
    "type": "object",
    "required": ["type", "question_name", "variable", "required"],
    "properties": {
        "type": {"enum": ["text", "textarea", "password", "multiplechoice", "integer"]},
        "question_name": {"type": "string"},
        "variable": {"type": "string", "pattern": _IDENTIFIER},
        "required": {"type": "boolean"},
        "min": {"type": "integer"},
        "max": {"type": "integer"},
        "choices": {**_TEXTS, "minItems": 1},
    },
    "allOf": [
        {"if": _of_type("multiplechoice"), "then": {"required": ["choices"]}},
        {"if": _of_type("integer"), "else": {"properties": {"default": {"type": "string"}}}},
        # One that has a default is reported as changed in each run.
        {"if": _of_type("password"), "then": {"properties": {"default": {"const": ""}}}},
    ],
}
SURVEY = {
    "type": "object",
    "required": ["name", "description", "spec"],
    "properties": {"spec": {"type": "array", "items": _QUESTION, "minItems": 1}},
}


def _problems(value: Any, schema: dict[str, Any]) -> list[str]:
    return [f"{problem.json_path}: {problem.message}" for problem in jsonschema.Draft202012Validator(schema).iter_errors(value)]


def _twice(names: list[str]) -> list[str]:
    return [f"{name} is there twice" for name in sorted({name for name in names if names.count(name) > 1})]


def credential_type_problems(inputs: Any, injectors: Any) -> list[str]:
    if problems := _problems(inputs, INPUTS) + _problems(injectors, INJECTORS):
        return problems
    ids = [field["id"] for field in inputs.get("fields", ())]
    problems = _twice(ids) + [f"{name} is required, but is no field" for name in inputs.get("required", ()) if name not in ids]
    problems += [f"{name} is AWX's own" for name in injectors.get("env", {}) if name in RESERVED or name.startswith("ANSIBLE_")]
    strict = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    for name, template in injectors.get("env", {}).items():
        try:
            strict.from_string(template).render(dict.fromkeys(ids, "EXAMPLE"))
        except jinja2.TemplateError as problem:
            problems.append(f"{name}: {problem}")
    return problems


def credential_problems(credential_type: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
    fields = [field["id"] for field in credential_type["inputs"].get("fields", ())]
    problems = [f"{name} is no field of the credential type" for name in inputs if name not in fields]
    problems += [f"{name} is no text" for name, value in inputs.items() if not isinstance(value, str)]
    problems += [f"{name} is required" for name in credential_type["inputs"].get("required", ()) if not inputs.get(name)]
    return problems


def secret_fields(credential_type: Mapping[str, Any]) -> list[str]:
    return [field["id"] for field in credential_type["inputs"]["fields"] if field.get("secret")]


def injected_environment(credential_type: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that a job gets from a credential.

    :param inputs: the credential's; AWX leaves those that are empty undefined, so that they become an empty variable.
    """
    filled = {name: value for name, value in inputs.items() if value}
    lenient = jinja2.sandbox.ImmutableSandboxedEnvironment()
    return {name: lenient.from_string(template).render(filled) for name, template in credential_type["injectors"]["env"].items()}


def survey_problems(survey: Any) -> list[str]:
    if problems := _problems(survey, SURVEY):
        return problems
    chosen = [question for question in survey["spec"] if "choices" in question and question.get("default", "") != ""]
    others = [f"{question['variable']}: the default is no choice" for question in chosen if question["default"] not in question["choices"]]
    return others + _twice([question["variable"] for question in survey["spec"]])


def launch_problems(survey: Iterable[Mapping[str, Any]], given: Mapping[str, Any]) -> list[str]:
    """Why a job cannot be launched through the API, nor scheduled, with these answers: a default is none for a required question."""
    return [problem for question in survey for problem in _answer_problems(question, given)]


def _answer_problems(question: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    name = question["variable"]
    if name not in given:
        return [f"'{name}' value missing"] if question["required"] else []
    answer, size = given[name], None
    if question["type"] == "multiplechoice":
        return [] if answer in question["choices"] else [f"Value {answer} for '{name}' expected to be one of {question['choices']}."]
    if question["type"] == "integer":
        if isinstance(answer, bool) or not isinstance(answer, int):
            return [f"Value {answer} for '{name}' expected to be an integer."]
        size = answer
    elif not isinstance(answer, str):
        return [f"Value {answer} for '{name}' expected to be a string."]
    else:
        size = len(answer)
    return [] if question["min"] <= size <= question["max"] else [f"'{name}' value {answer} is too small or too large."]


def answers(survey: Iterable[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """The extra variables of a job that was launched with some of a survey's questions answered.

    A default that would do as an answer fills in where there is none.
    """
    survey = list(survey)
    assert not (problems := launch_problems(survey, given)), f"AWX would not launch this: {problems}"
    defaults = {question["variable"]: question["default"] for question in survey if "default" in question}
    filled = {
        name: default for name, default in defaults.items() if not launch_problems([q for q in survey if q["variable"] == name], defaults)
    }
    return {**filled, **given}


def rrule_problems(rule: str) -> list[str]:
    """What AWX has against the rule of a schedule."""
    problems = []
    if len(re.findall(r"DTSTART(?:;[^:]+)?:[0-9]+T[0-9]+Z?", rule)) != 1:
        problems.append("Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ")
    if "RRULE:" not in rule:
        problems.append("One or more rule required in rrule.")
    elif "INTERVAL" not in rule:
        problems.append("INTERVAL required in rrule")
    return problems
