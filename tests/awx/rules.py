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
        "type": {"enum": ["string", "boolean"]},
        "label": {"type": "string"},
        "help_text": {"type": "string"},
        "secret": {"type": "boolean"},
        "multiline": {"type": "boolean"},
        "ask_at_runtime": {"type": "boolean"},
        "format": {"enum": ["ssh_private_key", "url"]},
        "choices": {**_TEXTS, "minItems": 1, "uniqueItems": True},
        "default": {"type": ["string", "boolean"]},
    },
    # These belong to texts.
    "if": {"properties": {"type": {"const": "boolean"}}, "required": ["type"]},
    "then": {"properties": dict.fromkeys(("secret", "multiline", "format", "choices"), False)},
}
INPUTS = {"type": "object", "additionalProperties": False, "properties": {"fields": {"type": "array", "items": _FIELD}, "required": _TEXTS}}
_TEMPLATES = {"type": "object", "additionalProperties": False}
INJECTORS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        # The value of a variable must be ASCII: ansible-runner cannot pass on another one.
        "env": {**_TEMPLATES, "patternProperties": {_IDENTIFIER: {"type": "string", "pattern": r"^[\x00-\x7F]*$"}}},
        "extra_vars": {**_TEMPLATES, "patternProperties": {_IDENTIFIER: {"type": ["string", "array", "object"]}}},
        "file": {**_TEMPLATES, "patternProperties": {r"^template(\.[a-zA-Z_][a-zA-Z0-9_]*)?$": {"type": "string"}}},
    },
}
# Variables that AWX sets for a job itself, and refuses to take from a credential.
RESERVED = {"PATH", "PYTHONPATH", "VIRTUAL_ENV", "JOB_ID", "INVENTORY_ID", "MAX_EVENT_RES", "AWX_HOST", "PROJECT_REVISION", "CACHE"}

SURVEY_TYPES = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": (int, float),
}


def credential_type_problems(inputs: Any, injectors: Any) -> list[str]:
    """Why AWX would refuse a credential type."""
    problems = [
        f"{name} {one.json_path}: {one.message}"
        for name, value, schema in (("inputs", inputs, INPUTS), ("injectors", injectors, INJECTORS))
        for one in jsonschema.Draft202012Validator(schema).iter_errors(value)
    ]
    if problems:
        return problems
    ids = [field["id"] for field in inputs.get("fields", ())]
    problems += [f"inputs: {one} is there twice" for one in sorted({one for one in ids if ids.count(one) > 1})]
    problems += [f"inputs: {one} is required, but is no field" for one in inputs.get("required", ()) if one not in ids]
    environment = injectors.get("env", {})
    problems += [f"injectors: {one} is AWX's own" for one in environment if one in RESERVED or one.startswith("ANSIBLE_")]
    strict = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    for kind, templates in injectors.items():
        for name, template in templates.items():
            try:
                strict.from_string(template).render(dict.fromkeys(ids, "EXAMPLE"))
            except jinja2.TemplateError as problem:
                problems.append(f"injectors: {kind} {name}: {problem}")
    return problems


def credential_problems(credential_type: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
    """Why AWX would refuse a credential of this type."""
    fields = {field["id"]: field for field in credential_type["inputs"].get("fields", ())}
    problems = [f"{name} is no field of the credential type" for name in inputs if name not in fields]
    for name, value in inputs.items():
        wanted = bool if fields.get(name, {}).get("type") == "boolean" else str
        if not isinstance(value, wanted):
            problems.append(f"{name} is no {wanted.__name__}")
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
    """Why AWX would refuse a survey."""
    problems = [f"{key} is missing" for key in ("name", "description", "spec") if key not in survey]
    if problems:
        return problems
    if not survey["spec"]:
        return ["there are no questions"]
    variables = [question.get("variable") for question in survey["spec"]]
    problems = [f"{one} is asked twice" for one in sorted({one for one in variables if variables.count(one) > 1})]
    for question in survey["spec"]:
        problems += [f"{question.get('variable')}: {problem}" for problem in _question_problems(question)]
    return problems


def _question_problems(question: Mapping[str, Any]) -> Iterable[str]:
    for key, wanted in (("type", str), ("question_name", str), ("variable", str), ("required", bool)):
        if not isinstance(question.get(key), wanted):
            yield f"{key} is missing, or no {wanted.__name__}"
            return
    if question["type"] not in SURVEY_TYPES:
        yield f"there is no type {question['type']}"
        return
    if not re.match(_IDENTIFIER, question["variable"]):
        yield "its name is no variable's"
    default = question.get("default", "")
    if default != "" and not isinstance(default, SURVEY_TYPES[question["type"]]):
        yield "the default is of another type"
    if question["type"] == "password" and default:
        yield "a password with a default is reported as changed in each run"
    for key in ("min", "max"):
        if not isinstance(question.get(key, 0), int):
            yield f"{key} is no integer"
    if question["type"] in ("multiplechoice", "multiselect"):
        choices = question.get("choices")
        if not choices or not isinstance(choices, list) or not all(isinstance(one, str) for one in choices):
            yield "choices must be a list of texts"
        elif default not in ("", *choices):
            yield "the default is none of its choices"


def answers(survey: Iterable[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """The extra variables of a job that was launched with some of a survey's questions answered.

    A default fills in where there is no answer, the empty one of an optional text too.
    """
    filled = {question["variable"]: question["default"] for question in survey if "default" in question}
    filled.update(given)
    missing = [question["variable"] for question in survey if question["required"] and question["variable"] not in filled]
    assert not missing, f"AWX would not launch this: no answer for {missing}"
    return filled
