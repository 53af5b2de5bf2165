# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list from a file: read as it is, vaulted or not, and refused with one sentence where it is none."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.acceptance.many import many, none, one_sentence, organisation, outline, string
from tests.acceptance.running import Controller

ITEMS = [
    none("plain"),
    string("secret"),
    string("template", "{{ lookup('pipe', 'id') }} {% if x %}", allow_placeholder=True),
    {"name": "user", "type": "basic-auth", "data": {"username": "{{ nobody }}", "password": "hush-user"}, "allow_placeholder": True},
    {"name": "nothing", "state": "absent"},
]


@pytest.fixture
def vault(tmp_path):
    """Encrypts a text, and has the arguments that open it."""
    password = tmp_path / "vault-password"
    password.write_text("open sesame")
    lib = VaultLib([("default", VaultSecret(b"open sesame"))])

    def encrypt(text: str) -> str:
        return lib.encrypt(text).decode()

    encrypt.args = ["--vault-password-file", str(password)]
    return encrypt


def _value_by_value(vault) -> str:
    """YAML with each secret as a `!vault` text of its own."""
    lines = []
    for item in ITEMS:
        secrets = {key: value for key, value in item.get("data", {}).items() if key in ("value", "password")}
        lines.append("- " + json.dumps({key: value for key, value in item.items() if key != "data"}).strip("{}").join("{}"))
        if "data" in item:
            body = [f"name: {json.dumps(item['name'])}", f"type: {item['type']}"]
            body += [f"allow_placeholder: {json.dumps(item.get('allow_placeholder', False))}", "data:"]
            for key, value in item["data"].items():
                if key in secrets:
                    body += [f"  {key}: !vault |", *(f"    {line}" for line in vault(value).splitlines())]
                else:
                    body.append(f"  {key}: {json.dumps(value)}")
            lines[-1] = "- " + "\n  ".join(body)
    return "\n".join(lines) + "\n"


def test_every_form_of_the_file(sim, tmp_path, way, vault):
    as_yaml = yaml.safe_dump(ITEMS)
    forms = {
        "list.yml": as_yaml,
        "list.json": json.dumps(ITEMS),
        "mapping.yml": yaml.safe_dump({"credentials": ITEMS}),
        "vaulted.yml": vault(as_yaml),
        "vaulted.json": vault(json.dumps({"credentials": ITEMS})),
        "values.yml": _value_by_value(vault),
        "no-suffix": "---\n# a comment\n" + as_yaml,
    }
    controller = Controller(tmp_path / "controller", sim, way)
    (controller.inputs / "files").mkdir()
    tasks, orgs = [], {}
    for number, (name, text) in enumerate(forms.items()):
        (controller.inputs / "files" / name).write_text(text)
        orgs[name] = organisation(sim, number)
        tasks.append(many(name, org=orgs[name], src=name, prune=True))  # found as copy finds its src
    absolute = str(controller.inputs / "files" / "values.yml")
    run = controller.play(*tasks, many("absolute", org=orgs["values.yml"], src=absolute), args=vault.args)
    expected = {one["name"]: one.get("data", {}) for one in ITEMS if "type" in one}
    for name, org in orgs.items():
        said = run[name]
        assert outline(said.results, "name", "decision") == [
            ("plain", "created"),
            ("secret", "created"),
            ("template", "created"),
            ("user", "created"),
            ("nothing", "absent"),
        ], (name, said.msg)
        held = {one["name"]: one["data"] for one in sim.state() if one["organisation_id"] == org}
        assert held == expected, name  # a template is a text like any other
    assert outline(run["absolute"].results, "decision") == ["unchanged"] * 4 + ["absent"]
    assert "hush-" not in run.printed


def test_a_file_and_a_variable_are_the_same(sim, tmp_path):
    """But for templates, which only a variable has."""
    items = [none("a"), string("b"), none("twin"), {"name": "nothing", "state": "absent"}]
    said = {}
    controller = Controller(tmp_path, sim)
    (controller.inputs / "list.yml").write_text(yaml.safe_dump(items))
    tasks = []
    for number, args in enumerate([{"credentials": items}, {"src": "list.yml"}]):
        org = organisation(sim, number)
        for _number in range(2):
            sim.add("none", "twin", {}, organisation_id=org)
        tasks.append(many(next(iter(args)), org=org, **args))
    run = controller.play(*tasks)
    keys = ("name", "decision", "changed", "changes", "failed")
    said = [outline(one.results, *keys) for one in run.results]
    assert said[0] == said[1]
    assert run["credentials"].diff == run["src"].diff


def test_a_bad_file_is_refused_with_one_sentence(sim, tmp_path, vault):
    bad = {
        "missing": (None, "src missing cannot be read on the controller"),
        "not-yaml": ("- {name: hush-1\n  ]: x", "src not-yaml is neither YAML nor JSON."),
        "binary": (b"\x00\xff\xfe hush-2", "src binary is not UTF-8."),
        "empty": ("", "src empty must hold a list of credentials"),
        "text": ("hush-3", "src text must hold a list of credentials"),
        "number": ("7", "src number must hold a list of credentials"),
        "mapping": ("name: hush-4", "src mapping must hold a list of credentials"),
        "more-keys": ("credentials: []\nhush-5: 1", "src more-keys must hold a list of credentials"),
        "no-list": ("credentials: {name: a}", "src no-list must hold a list of credentials"),
        "item-text": ("- {name: a, type: none}\n- hush-6", "credentials[1]: an item is a mapping"),
        "item-option": ("- {name: a, type: none, values: hush-7}", "credentials[0]: values: there is no such option"),
        "item-field": ("- {name: a, type: string, data: {values: hush-8}}", "credentials[0]: data.values is not a field"),
        "item-number": ("- {name: a, type: string, data: {value: 7}}", "credentials[0]: data.value must be a text, not a number"),
        "duplicate": ("- &a {name: a, type: none}\n- {name: b, type: none}\n- *a", "credentials[0] and credentials[2] both are named"),
        "other-tag": ("- !!python/object/apply:os.system [hush-9]", "src other-tag is neither YAML nor JSON."),
        "locked": (VaultLib([("other", VaultSecret(b"other"))]).encrypt("- {name: hush-10}").decode(), "src locked cannot be read"),
        "locked-value": (
            "- name: a\n  type: string\n  data:\n    value: !vault |\n"
            + "".join(f"      {line}\n" for line in VaultLib([("other", VaultSecret(b"other"))]).encrypt("hush-11").decode().splitlines()),
            "src locked-value holds a vaulted value that cannot be opened",
        ),
        "not-utf-8": ("- {name: a, type: string, data: {value: caf\xe9}}".encode("latin-1"), "src not-utf-8 is not UTF-8"),
    }
    controller = Controller(tmp_path / "controller", sim)
    for name, (content, _rest) in bad.items():
        if content is not None:
            (controller.inputs / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (controller.inputs / "folder").mkdir()
    bad["folder"] = (None, "src folder cannot be read on the controller")
    run = controller.play(*(many(name, src=name) for name in bad), args=vault.args)
    for name, (_rest, words) in bad.items():
        said = run[name]
        assert (said.how, said.changed, said.sent) == ("failed", False, []), name
        assert words in said.msg, (name, said.msg)
        assert one_sentence(said.msg), (name, said.msg)
        assert "hush-" not in said.msg
