# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filters refuse, each in a sentence that names no value, and that nothing in what they return is taken for a template."""

import pytest
from ansible.errors import AnsibleFilterError
from ansible.template import Templar
from ansible_collections.versori.platform.plugins.filter.credentials import FilterModule

from tests.playing import controller

SECRET = "planted-in-a-filter-5521"
FILTERS = FilterModule().filters()


@pytest.mark.parametrize(
    ("name", "args", "sentence"),
    [
        ("audit", ({"id": SECRET},), "audit wants the credentials that versori_credential_info returned"),
        (
            "audit",
            ([], {"results": [], "unchanged": [SECRET]}),
            "audit wants the result of a task with full_results: true, for this one leaves out what is unchanged",
        ),
        ("audit_html", ({}, "now"), "audit_html wants a list of what the filter audit returned"),
        ("audit_table", ([SECRET],), "audit_table wants what the filter audit returned"),
        ("audit_table", ({"credentials": SECRET},), "audit_table wants what the filter audit returned"),
        ("export", (SECRET,), "export wants the credentials that versori_credential_info returned"),
        ("results_table", ({"results": SECRET},), "results_table wants the registered result of a versori_credentials task"),
    ],
)
def test_what_is_refused(name, args, sentence):
    with pytest.raises(AnsibleFilterError) as refused:
        FILTERS[name](*args)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("items", [SECRET, []])
def test_what_is_wrong_with_new_values_is_returned_and_not_raised(items):
    assert FILTERS["rotation"](items, []) == {"problem": "versori_rotate must be a list with at least one item."}
    assert FILTERS["rotation"]([{"name": "x", "src": "a"}], [{"id": "i", "name": "x", "type": "binary", "data": {}}])["problem"] == ""


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (None, ""),
        ({"string": "90"}, ""),
        ("abc", "versori_audit_max_age must be a number of days that is greater than 0."),
        ({"x": -1}, "versori_audit_max_age['x'] must be a number of days that is greater than 0."),
    ],
)
def test_what_is_wrong_with_an_age_is_a_sentence(given, problem):
    assert FILTERS["max_age_problem"](given) == problem


def test_nothing_that_they_return_is_taken_for_a_template():
    name = "{{ braces }}"
    credential = {"id": "i", "name": name, "type": "string", "data": {}}
    result = {"name": name, "credential_id": "i", "decision": "updated", "changed": True, "failed": False, "changes": [], "msg": ""}
    audit = FILTERS["audit"]([credential], {"results": [result]})
    item = {"name": name, "data": {"value": name}, "allow_placeholder": True}
    tables = FILTERS["audit_table"](audit), FILTERS["results_table"]({"results": [result]}, [credential])
    templar = Templar(loader=controller()[0], variables={})
    for made in (
        audit,
        FILTERS["audit_html"]([audit], "now"),
        *tables,
        FILTERS["export"]([credential]),
        FILTERS["rotation"]([item], [credential]),
    ):
        assert "{{ braces }}" in str(made) and templar.template(made) == made
