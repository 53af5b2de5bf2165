# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks that use awx.awx, against the argument specs of its own modules."""

from __future__ import annotations

import importlib
import inspect
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.unsafe_proxy import wrap_var

from .files import CREDENTIAL_TYPE, JOB_TEMPLATES, ROOT, awx_collection

# From ansible-core 2.19 on, a text is a template only where its source is trusted.
TRUSTED = {"trusted_as_template": True} if "trusted_as_template" in inspect.signature(DataLoader.load_from_file).parameters else {}
[BLOCK] = DataLoader().load_from_file(str(ROOT / "playbooks/tasks/awx_objects.yml"), **TRUSTED)
TASKS = BLOCK["block"]
NAMES = [next(key for key in task if key.startswith("awx.awx.")).rpartition(".")[2] for task in TASKS]
VARIABLES = {
    "versori_awx_credential_type": wrap_var(CREDENTIAL_TYPE),  # as the playbook's lookup marks it
    "versori_awx_named": "Versori",
    "versori_awx_organization": "Default",
    "versori_awx_image": "registry.example.com/versori-ee:0.1.0",
    "versori_awx_image_credential": "Registry",
    "versori_awx_project_url": "https://git.example.com/platform/versori.git",
    "versori_awx_project_credential": "Git",
    "versori_awx_project_folder": "awx",
    "versori_awx_credentials": ["Vault"],
    "versori_awx_extra_vars": {"versori_hosts": "all"},
    "versori_awx_made_credential": {"id": 7},
}


class Spec(BaseException):
    """What a module hands to its base class, in place of going on."""


@pytest.fixture(scope="module")
def specs() -> Iterator[dict[str, tuple[dict[str, Any], dict[str, Any]]]]:
    """The argument spec of each module used, with the keywords beside it (mutually_exclusive and its like)."""
    root = types.ModuleType("awx_collection")
    root.__path__ = [str(awx_collection())]
    sys.modules["awx_collection"] = root
    found = {}
    for name in set(NAMES):
        module: Any = importlib.import_module(f"awx_collection.plugins.modules.{name}")
        base = module.ControllerAPIModule

        class Captured:
            def __init__(self, argument_spec: Any, **keywords: Any):
                raise Spec(argument_spec, keywords)

        module.ControllerAPIModule = Captured
        try:
            module.main()
        except Spec as spec:
            own, keywords = spec.args
            found[name] = ({**base.AUTH_ARGSPEC, **own}, keywords)
    yield found
    for name in [name for name in sys.modules if name.partition(".")[0] == "awx_collection"]:
        del sys.modules[name]


def filled_in(task: dict[str, Any], item: Any) -> dict[str, Any]:
    """The arguments of a task as a run with all variables has them, without those that are left out."""
    omit = "-left-out-"
    templar = Templar(loader=DataLoader(), variables={**VARIABLES, "omit": omit, "item": item})
    arguments = templar.template(next(value for key, value in task.items() if key.startswith("awx.awx.")))
    inputs = arguments.get("inputs")
    if isinstance(inputs, dict):
        arguments["inputs"] = {key: value for key, value in inputs.items() if value != omit}
    return {key: value for key, value in arguments.items() if value != omit}


@pytest.mark.parametrize(("task", "name"), [pytest.param(task, name, id=name) for task, name in zip(TASKS, NAMES, strict=True)])
def test_the_module_takes_what_the_task_gives(task, name, specs):
    spec, keywords = specs[name]
    known = {*spec, *(alias for one in spec.values() for alias in one.get("aliases", ()))}
    for item in JOB_TEMPLATES if "loop" in task else [None]:
        arguments = filled_in(task, item)
        assert set(arguments) <= known
        allowed = {key: value for key, value in keywords.items() if key in ("mutually_exclusive", "required_together", "required_if")}
        assert ArgumentSpecValidator(spec, **allowed).validate(arguments).error_messages == []


@pytest.mark.parametrize(
    ("name", "arguments", "problem"),
    [
        ("credential", {"name": "a", "credential_type": "b", "organization": "c", "team": "d"}, "mutually exclusive"),
        ("credential", {"name": "a"}, "credential_type"),
        ("inventory", {"name": "a", "organization": "b", "kind": "other"}, "value of kind must be one of"),
        ("job_template", {"name": "a", "survey": []}, "survey. Supported parameters include"),
    ],
)
def test_the_specs_find_mistakes(name, arguments, problem, specs):
    spec, keywords = specs[name]
    assert problem in "\n".join(ArgumentSpecValidator(spec, **keywords).validate(arguments).error_messages)


def test_all_modules_are_told_how_to_reach_awx(specs):
    given = set(BLOCK["module_defaults"]["group/awx.awx.controller"])
    for spec, _keywords in specs.values():
        assert given <= set(spec)
    group = yaml.safe_load((awx_collection() / "meta/runtime.yml").read_text())["action_groups"]["controller"]
    assert set(NAMES) <= set(group)


def test_the_credential_has_each_input_of_its_type():
    [task] = [task for task in TASKS if "awx.awx.credential" in task]
    fields = [field["id"] for field in CREDENTIAL_TYPE["inputs"]["fields"]]
    assert list(task["awx.awx.credential"]["inputs"]) == fields
    for name in fields:
        assert f"versori_{name} | default(omit, true)" in task["awx.awx.credential"]["inputs"][name]
