# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credential type: by AWX's rules, and one input for each option that it stands for."""

from __future__ import annotations

import pytest
from ansible_collections.versori.platform.plugins.module_utils import _options
from ansible_collections.versori.platform.plugins.plugin_utils import _settings

from .files import CREDENTIAL_TYPE
from .rules import HIDDEN, credential_type_problems, injected_environment

FIELDS = {field["id"]: field for field in CREDENTIAL_TYPE["inputs"]["fields"]}
INJECTED = CREDENTIAL_TYPE["injectors"]["env"]
OPTIONS = {**_options.CONNECTION, **_options.ORGANISATION, **_options.MEMORY}
VARIABLES = {**_settings.ENVIRONMENT, **_settings.AUTHENTICATION_ENVIRONMENT}


def test_awx_would_take_it():
    assert set(CREDENTIAL_TYPE) == {"name", "description", "kind", "inputs", "injectors"}
    assert CREDENTIAL_TYPE["kind"] in ("cloud", "net"), "AWX takes no other kind for a custom type"
    assert credential_type_problems(CREDENTIAL_TYPE["inputs"], CREDENTIAL_TYPE["injectors"]) == []
    assert all("type" in field for field in FIELDS.values()), "AWX would add it, and a second run find a difference"


@pytest.mark.parametrize(
    ("inputs", "injectors", "problem"),
    [
        ({"fields": [{"id": "a"}]}, {}, "'label' is a required property"),
        ({"fields": [{"id": "a", "label": "A", "hidden": True}]}, {}, "'hidden' was unexpected"),
        ({"fields": [{"id": "a", "label": "A", "type": "boolean", "secret": True}]}, {}, "False schema"),
        ({"fields": [{"id": "a", "label": "A"}] * 2}, {}, "there twice"),
        ({"fields": [], "required": ["a"]}, {}, "is no field"),
        ({"fields": [{"id": "tower", "label": "A"}]}, {}, "should not be valid"),
        ({"fields": []}, {"env": {"A": "{{ b }}"}}, "'b' is undefined"),
        ({"fields": []}, {"env": {"ANSIBLE_HOME": "x"}}, "AWX's own"),
        ({"fields": []}, {"env": {"A": "{{ "}}, "unexpected"),
        ({"fields": []}, {"environment": {}}, "'environment' was unexpected"),
    ],
)
def test_the_rules_find_mistakes(inputs, injectors, problem):
    [found] = credential_type_problems(inputs, injectors)
    assert problem in found


def test_each_input_is_an_option_and_its_environment_variable():
    assert {VARIABLES[name]: f"{{{{ {name} }}}}" for name in FIELDS} == INJECTED
    assert {"api_key", "jwt", "session_cookie", "organisation_id", "api_url", "fingerprint_key"} <= set(FIELDS)


def test_what_is_secret_is_hidden():
    assert {name for name in FIELDS if OPTIONS[name].get("no_log")} <= {name for name, field in FIELDS.items() if field.get("secret")}
    filled = dict.fromkeys(FIELDS, "a-secret-text")
    shown = injected_environment(CREDENTIAL_TYPE, filled, shown=True)
    for name in ("api_key", "jwt", "session_cookie", "fingerprint_key", "cache_connection"):
        assert shown[VARIABLES[name]] == HIDDEN


@pytest.mark.parametrize("way", ["api_key", "jwt", "session_cookie"])
def test_an_empty_variable_counts_as_not_set(way):
    """AWX injects all variables, empty ones too; the collection must see but those that are filled in."""
    environment = injected_environment(CREDENTIAL_TYPE, {way: "a-secret", "organisation_id": "01HFS2NEAZ6ECZBZMN4FF775P7", "api_url": ""})
    assert set(environment) == set(INJECTED)
    assert environment["VERSORI_API_URL"] == ""
    filled = _settings.with_environment({}, environment, OPTIONS)
    assert filled == {way: "a-secret", "organisation_id": "01HFS2NEAZ6ECZBZMN4FF775P7"}
    assert _settings.with_environment({"jwt": "the task's own"}, environment, OPTIONS).get("jwt") == "the task's own"
