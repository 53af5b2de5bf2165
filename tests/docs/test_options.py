# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument specs in `_options.py` are the one source of the options, and every other list of them is held against it.

YAML cannot include, and Ansible wants documentation and a role's spec as literals, so these lists cannot be made from the source. A lookup
could make what the playbooks pass on, but ansible-core 2.16 turns what it returns into a text and reads that again, which fails for
a date, say. So four playbooks share a list that is written down, as `module_defaults`. The role has its own in its task:
`module_defaults` of a play that uses the role, for this one module, would win over a list that the role gives to a group, and
could name another organisation. What of these lists reaches a task, tests/playbooks/test_options.py sees in a run.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.versori.platform.plugins.module_utils import _options
from ansible_collections.versori.platform.plugins.module_utils._api.connection import AUTH_OPTIONS
from ansible_collections.versori.platform.plugins.module_utils._core.credential_types import TYPES
from ansible_collections.versori.platform.plugins.plugin_utils import _settings

from tests.docs.pages import AnyTag
from tests.docs.plugins import MODULES, ROOT
from tools.docs_sections import documentation

Mapping = dict[str, Any]

READING = {**_options.ORGANISATION, **_options.CONNECTION}
SETTINGS = {**READING, **_options.MEMORY}
CHOICES = {**_options.WORKERS, **_options.POLICY}  # what no environment variable sets
AUTHENTICATION = {*AUTH_OPTIONS, "context"}
VARIABLES = {name: f"VERSORI_{name.upper()}" for name in SETTINGS}

ROLE = ROOT / "roles/credentials"
ROLE_SPEC: Mapping = yaml.safe_load((ROLE / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
# What the role has beside the options of its module: its list, by its own name, from a file of its own, and what it writes.
OF_THE_ROLE = {
    "versori_credentials": _options.LIST["credentials"],
    "versori_credentials_file": _options.LIST["src"],
    "versori_results_file": {"type": "path"},
}

PLAYBOOKS = {path.stem: path for path in sorted((ROOT / "playbooks").glob("*.yml"))}
# In AWX one authenticates without a file of the controller's home; the rest goes into the job template's extra variables.
NOT_IN_AWX = {"context", "validate_certs", "ca_path", "timeout", "retries", "cache_prefix"}

# Imported before any test runs: another one of this process may put Ansible's finder of collections in the way of Python's.
LOOKED_AT = set(import_module("ansible_collections.versori.platform.plugins.lookup.unreadable")._ALWAYS)


# --- documentation (tests/docs/test_plugins.py compares it with the specs)


def test_each_option_names_its_environment_variable() -> None:
    documented = {name: one for part in ("connection", "memory") for name, one in fragment(part).items()}
    role = {name: ROLE_SPEC[f"versori_{name}"] for name in VARIABLES}
    for options in (documented, role):
        for name, one in options.items():
            named = set(re.findall(r"E\((\w+)\)", str(one["description"]))) - {"VERSORI_CONFIG"}
            variables = {name} if name not in AUTHENTICATION else AUTHENTICATION if name == "api_key" else set()
            assert named == {VARIABLES[variable] for variable in variables}, name
    assert "E(VERSORI_CONFIG)" in str(documented["context"]["description"])


def fragment(name: str) -> Mapping:
    options: Mapping = documentation(ROOT / f"plugins/doc_fragments/{name}.py")["options"]
    return options


def test_each_field_of_data_says_which_types_have_it() -> None:
    for name, one in fragment("credential")["data"]["suboptions"].items():
        said = str(one["description"])
        fields = {kind: field for kind, fields in TYPES.items() for field in fields if field.name == name}
        assert set(re.findall(r"V\((\S+)\)", said)) == set(fields), name
        assert ("secret" in said.lower()) == any(field.secret for field in fields.values()), name
        assert ("required" in said) == any(field.required for field in fields.values()), name


def test_an_item_of_the_list_names_what_it_takes() -> None:
    said = str(MODULES["versori_credentials"].documentation["options"]["credentials"]["description"][0])
    names = set(re.findall(r"(?:#module:|C\()(\w+)\)", said))
    assert names == {*_options.CREDENTIAL, *_options.ORGANISATION}


# --- the environment


def test_each_setting_has_its_variable() -> None:
    assert {**_settings.ENVIRONMENT, **_settings.AUTHENTICATION_ENVIRONMENT} == VARIABLES
    assert set(_settings.AUTHENTICATION_ENVIRONMENT) == AUTHENTICATION
    assert set(AUTH_OPTIONS) == {name for name, one in _options.CONNECTION.items() if one.get("no_log")}
    texts = {VARIABLES[name] for name, one in SETTINGS.items() if one["type"] in ("str", "path")}
    assert set(_settings.TEXT_VARIABLES) == texts


@pytest.mark.parametrize("folder", ["examples", "playbooks", "roles"])
def test_no_file_names_a_variable_that_is_none(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.*"):
        if path.suffix in (".yml", ".sh", ".md"):
            named = set(re.findall(r"\bVERSORI_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
            assert named <= {*VARIABLES.values(), "VERSORI_CONFIG", "VERSORI_COLLECTION"}, path  # the last one is bootstrap.sh's own


# --- the role


def without_words(option: Mapping) -> Mapping:
    """An option without its description, and with `no_log` where it is true."""
    kept = {key: value for key, value in option.items() if key in ("type", "elements", "choices", "default", "aliases", "required")}
    inner = {name: without_words(one) for name, one in option.get("options", {}).items()}
    return kept | ({"options": inner} if inner else {}) | ({"no_log": True} if option.get("no_log") else {})


def test_options_of_the_role() -> None:
    module = {f"versori_{name}": one for name, one in _options.VERSORI_CREDENTIALS.items() if name not in ("credentials", "src")}
    expected = {name: {key: value for key, value in one.items() if key != "aliases"} for name, one in module.items()} | OF_THE_ROLE
    expected["versori_cache_connection"] |= {"no_log": False}  # test_no_line_is_garbled
    assert {name: without_words(one) for name, one in ROLE_SPEC.items()} == {name: without_words(one) for name, one in expected.items()}
    assert {name for name, one in ROLE_SPEC.items() if one.get("no_log") is False} == {"versori_credentials", "versori_cache_connection"}
    assert all(one.get("description") for one in ROLE_SPEC.values())


def loaded(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), AnyTag)  # noqa: S506 - a safe one


# --- variables that are looked at before anything else


def test_each_setting_is_looked_at() -> None:
    assert {f"versori_{name}" for name in {**SETTINGS, **CHOICES}} == LOOKED_AT


def test_the_role_has_a_look_at_its_other_options() -> None:
    [first, *_others] = yaml.safe_load((ROLE / "tasks/main.yml").read_text())
    assert looked_at(first) == set(ROLE_SPEC) - LOOKED_AT


@pytest.mark.parametrize("playbook", sorted(set(PLAYBOOKS) - {"apply"}))
def test_a_playbook_has_a_look_at_its_other_variables(playbook: str) -> None:
    """Those that the comment at its head tells of, but for the hosts, which Ansible needs sooner, and for what it sets itself."""
    head, _name, _rest = PLAYBOOKS[playbook].read_text(encoding="utf-8").partition("\n- name:")
    [play] = loaded(PLAYBOOKS[playbook])
    told = set(re.findall(r"\bversori_\w+", head)) - LOOKED_AT - {"versori_hosts"} - set_by(play)
    assert looked_at(play["tasks"][0]) == told


def looked_at(task: Mapping) -> set[str]:
    assert "versori.platform.unreadable" in task["loop"]
    return set(re.findall(r"'(versori_\w+)'", task["loop"]))


def set_by(task: Mapping) -> set[str]:
    inner = [one for part in ("tasks", "block", "always") for one in task.get(part, [])]
    return {*task.get("ansible.builtin.set_fact", {}), *(name for one in inner for name in set_by(one))}


# --- AWX


def test_inputs_of_the_credential_type() -> None:
    in_awx = {name: one for name, one in SETTINGS.items() if name not in NOT_IN_AWX}
    kind = loaded(ROOT / "playbooks/files/awx_credential_type.yml")
    fields = {one["id"]: one for one in kind["inputs"]["fields"]}
    assert {name: one.get("secret", False) for name, one in fields.items()} == {
        name: one.get("no_log", False) for name, one in in_awx.items()
    }
    assert {one["type"] for one in fields.values()} == {one["type"].replace("str", "string") for one in in_awx.values()}
    assert kind["injectors"] == {"env": {VARIABLES[name]: f"{{{{ {name} }}}}" for name in in_awx}}

    [block] = loaded(ROOT / "playbooks/tasks/awx_objects.yml")
    [credential] = [task["awx.awx.credential"] for task in block["block"] if task["name"] == "The credential"]
    assert credential["inputs"] == {name: f"{{{{ versori_{name} | default(omit, true) }}}}" for name in in_awx}

    head, _name, _rest = PLAYBOOKS["awx_setup"].read_text(encoding="utf-8").partition("\n- name:")
    assert set(re.findall(r"\bversori_\w+", head)) & LOOKED_AT == {f"versori_{name}" for name in in_awx}
