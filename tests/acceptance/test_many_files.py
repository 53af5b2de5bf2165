# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list from a file says what the same list says in a task, and is refused with one sentence where it is none; both ways.

Files that are vaulted or found beside a playbook: `test_whole_runs.py`."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.acceptance.many import info, many, none, organisation, outline, string


def test_a_file_and_a_variable_are_the_same(worker, sim):
    """But for templates, which only a variable has."""
    items = [none("a"), string("b"), none("twin"), {"name": "nothing", "state": "absent"}]
    path = worker.cwd / "list.yml"
    path.write_text(yaml.safe_dump(items))
    results = []
    for number, args in enumerate([{"credentials": items}, {"src": str(path)}]):
        org = organisation(sim, number)
        for _twin in range(2):
            sim.add("none", "twin", {}, organisation_id=org)
        results += worker.play(many("it", org=org, **args)).results
    of_variable, of_file = (outline(result.results, "name", "decision", "changed", "changes", "failed") for result in results)
    assert of_variable == of_file
    assert results[0].diff == results[1].diff


BAD = {
    "missing": (None, "src {} cannot be read on the controller"),
    "folder": (None, "src {} cannot be read on the controller"),
    "not YAML": ("- {name: hush-1\n  ]: x", "src {} is neither YAML nor JSON."),
    "a tag of others": ("- !!python/object/apply:os.system [hush-9]", "src {} is neither YAML nor JSON."),
    "binary": (b"\x00\xff\xfe hush-2", "src {} is not UTF-8."),
    "latin-1": ("- {name: a, type: string, data: {value: caf\xe9}}".encode("latin-1"), "src {} is not UTF-8."),
    "empty": ("", "src {} must hold a list of credentials"),
    "a text": ("hush-3", "src {} must hold a list of credentials"),
    "a number": ("7", "src {} must hold a list of credentials"),
    "a mapping": ("name: hush-4", "src {} must hold a list of credentials"),
    "more keys": ("credentials: []\nhush-5: 1", "src {} must hold a list of credentials"),
    "no list": ("credentials: {name: a}", "src {} must hold a list of credentials"),
    "an item that is a text": ("- {name: a, type: none}\n- hush-6", "credentials[1]: an item is a mapping"),
    "an option": ("- {name: a, type: none, values: hush-7}", "credentials[0]: values: there is no such option"),
    "a field": ("- {name: a, type: string, data: {values: hush-8}}", "credentials[0]: data.values is not a field"),
    "a number for a text": ("- {name: a, type: string, data: {value: 7}}", "credentials[0]: data.value must be a text, not a number"),
    "a duplicate": ("- &a {name: a, type: none}\n- {name: b, type: none}\n- *a", "credentials[0] and credentials[2] both are named"),
    "a template": ("- {name: a, type: string, data: {value: '{{ hush_10 }}'}}", "credentials[0].data.value holds a template"),
    "a template in a text": ("- {name: a, type: string, data: {value: 'k {% if a %}1{% endif %}'}}", "nothing in this file is templated"),
    "a template in a name": ("- {name: 'a {# x #}', type: none}", "credentials[0].name holds a template"),
    "a template in an id": ("- {name: a, type: none, organisation_id: '{{ org }}'}", "credentials[0].organisation_id holds a template"),
    "a template in JSON": (json.dumps([string("a", "{{ hush_11 }}")]), "credentials[0].data.value holds a template"),
}


@pytest.mark.parametrize("label", BAD)
def test_a_bad_file_is_refused_with_one_sentence(worker, label):
    content, words = BAD[label]
    path = worker.cwd / "list"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    elif label == "folder":
        path.mkdir()
    result = worker.play(many("it", src=str(path)))["it"]
    assert (result.how, result.changed, result.sent) == ("failed", False, [])
    assert words.format(path) in result.msg and result.msg.endswith(".") and "\n" not in result.msg
    assert "hush" not in str(result.said)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("data: {value: !unsafe '{{ vault_key }}'}", "{{ vault_key }}"),
        ("data: {value: '{{ meant }}'}, allow_placeholder: true", "{{ meant }}"),
        ("data: {value: 'p{{ssw0rd'}", "p{{ssw0rd"),
    ],
)
def test_what_looks_like_a_template_and_is_meant(worker, sim, written, value):
    path = worker.cwd / "list.yml"
    path.write_text(f"- {{name: shop, type: string, {written}}}")
    worker.play(many("it", src=str(path)))
    assert sim.secret(sim.ids()[0]) == {"value": value}


def test_a_template_hides_as_what_it_is(worker):
    """`hide_src` sends nothing: it names what is not to be shown."""
    path = worker.cwd / "list.yml"
    path.write_text("- {name: shop, type: string, data: {value: '{{ vault_key }}'}}")
    assert worker.play(info("it", hide_src=str(path)))["it"].how == "ok"
