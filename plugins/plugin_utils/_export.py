# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An organisation's credentials written down as a list that a playbook can apply."""

from __future__ import annotations

import collections
import json
import re
import typing as t
import unicodedata

import yaml

from ..module_utils._core.credential_types import TYPES
from ..module_utils._core.placeholders import TEMPLATE, placeholder_in, texts_in
from ._table import one_line


class _Variable(str):
    """A text that Ansible is to template."""

    __slots__ = ()


class _Literal(str):
    """A text that it would template, but must not."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes these two as what they are, and nothing as an alias."""

    def ignore_aliases(self, data: t.Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


_Dumper.add_representer(_Variable, lambda dumper, one: dumper.represent_scalar("tag:yaml.org,2002:str", str(one), style='"'))
_Dumper.add_representer(_Literal, lambda dumper, one: dumper.represent_scalar("!unsafe", str(one), style='"'))


def export(credentials: list[dict[str, t.Any]], organisation_id: str) -> dict[str, t.Any]:
    """The list as YAML, the vault variables that it needs as YAML, and the credentials that could not be written down."""
    credentials = sorted(credentials, key=lambda one: (str(one["name"]).casefold(), one["id"]))
    names = collections.Counter(one["name"] for one in credentials)
    taken: set[str] = set()
    blocks, variables, left_out = [], [], []
    for one in credentials:
        if one["type"] not in TYPES:
            left_out.append(one_line(f"{one['name']} ({one['id']}): the type {one['type']} is not known"))
            continue
        item: dict[str, t.Any] = {"credential_id": one["id"]}
        remark = ""
        if names[one["name"]] == 1:
            item["name"] = _literal(one["name"])
        else:  # a list may not hold a name twice; with its id alone a credential keeps the name that it has
            remark = f"  # one of {names[one['name']]} that are named {_remark(one['name'])}\n"
        item["type"] = one["type"]
        data, secrets = _data(one, _slug(one["name"]), taken)
        if data:
            item["data"] = data
        if any(placeholder_in(text, TEMPLATE) for text in texts_in(item) if not isinstance(text, _Variable)):
            item["allow_placeholder"] = True  # it is what the platform has
        variables += [(variable, f"{field} of {_remark(one['name'])} ({one['id']})") for field, variable in secrets]
        blocks.append(remark + _indented(_yaml([item])))
    head = f"versori_organisation_id: {_yaml(organisation_id).splitlines()[0]}\n" if organisation_id else ""
    listed = "versori_credentials:\n" + "".join(blocks) if blocks else "versori_credentials: []\n"
    return {
        "credentials": "---\n# Each {{ vault_… }} stands for a secret that the platform does not show.\n" + head + listed,
        "vault": "---\n# Give each its secret, then: ansible-vault encrypt this file\n"
        + "# (one that holds {{ or {% is written as !unsafe '…')\n"
        + ("".join(f'# {remark}\n{variable}: ""\n' for variable, remark in variables) or "{}\n"),
        "variables": [variable for variable, _remark_ in variables],
        "left_out": left_out,
    }


def _data(one: dict[str, t.Any], slug: str, taken: set[str]) -> tuple[dict[str, t.Any], list[tuple[str, str]]]:
    """The fields as they are to be written, and for each secret one its variable."""
    data: dict[str, t.Any] = {}
    secrets = []
    fields = [field for field in TYPES[one["type"]] if field.required or one["data"].get(field.name) is not None]
    secret_names = [field.snake_name for field in fields if field.secret]
    number, prefix = 1, f"vault_{slug}"
    while any(f"{prefix}_{name}" in taken for name in secret_names):
        number += 1
        prefix = f"vault_{slug}_{number}"
    for field in fields:
        if field.secret:
            variable = f"{prefix}_{field.snake_name}"
            taken.add(variable)
            secrets.append((field.name, variable))
            data[field.snake_name] = _Variable(f"{{{{ {variable} }}}}")
        else:
            data[field.snake_name] = _literal(one["data"].get(field.name))
    return data, secrets


def _literal(value: t.Any) -> t.Any:
    if isinstance(value, str):
        return _Literal(value) if re.search(r"\{[{%#]", value) or value.startswith("#jinja2:") else value
    if isinstance(value, dict):
        return {_literal(key): _literal(one) for key, one in value.items()}
    return [_literal(one) for one in value] if isinstance(value, list) else value


def _slug(name: str) -> str:
    """The name as a part of a variable's name."""
    text = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")[:60].strip("_") or "credential"


def _remark(name: str) -> str:
    """The name in one line, with nothing in it that could end a comment."""
    return json.dumps(name)


def _yaml(value: t.Any) -> str:
    return str(yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=False, width=10_000))


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" if line else "\n" for line in text.rstrip("\n").split("\n"))
