# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An organisation's credentials written down as a list that a playbook can apply."""

from __future__ import annotations

import collections
import itertools
import json
import re
import textwrap
import typing as t
import unicodedata

import yaml

from ..module_utils._core.credential_types import TYPES
from ..module_utils._core.observed import hidden_fields
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


_Dumper.add_representer(_Variable, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"'))
_Dumper.add_representer(_Literal, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style='"'))


def write_list(credentials: list[dict[str, t.Any]], organisation_id: str) -> dict[str, t.Any]:
    """What the filter ``export`` returns: two YAML files as texts, and the names of what is in the second and in neither.

    :param credentials: as the info module returned them, read in full.
    :param organisation_id: empty where it is not to be written down.
    """
    credentials = sorted(credentials, key=lambda credential: (str(credential["name"]).casefold(), credential["id"]))
    names = collections.Counter(credential["name"] for credential in credentials)
    variables: dict[str, str] = {}  # and what each is for
    listed, left_out = "", []
    for credential in credentials:
        name, credential_id = credential["name"], credential["id"]
        if credential["type"] not in TYPES:
            left_out.append(one_line(f"{name} ({credential_id}): the type {credential['type']} is not known"))
            continue
        item = {"credential_id": credential_id, "name": _literal(name), "type": credential["type"]}
        if names[name] > 1:  # a list may not hold a name twice; with its id alone a credential keeps the name that it has
            del item["name"]
            listed += f"  # one of {names[name]} that are named {json.dumps(name)}\n"
        if data := _data(credential, variables):
            item["data"] = data
        if any(placeholder_in(text, TEMPLATE) for text in texts_in(item) if not isinstance(text, _Variable)):
            item["allow_placeholder"] = True  # it is what the platform has
        listed += textwrap.indent(_yaml([item]), "  ")
    head = f"versori_organisation_id: {_yaml(organisation_id).splitlines()[0]}\n" if organisation_id else ""
    return {
        "credentials": "---\n# Each {{ vault_… }} stands for a secret that the platform does not show.\n"
        + head
        + (f"versori_credentials:\n{listed}" if listed else "versori_credentials: []\n"),
        "vault": "---\n# Give each its secret, then: ansible-vault encrypt this file\n"
        + "# (one that holds {{ or {% is written as !unsafe '…')\n"
        + ("".join(f'# {purpose}\n{variable}: ""\n' for variable, purpose in variables.items()) or "{}\n"),
        "variables": list(variables),
        "left_out": left_out,
    }


def _data(credential: dict[str, t.Any], variables: dict[str, str]) -> dict[str, t.Any]:
    """The fields as they are to be written; adds the variables of those that are not shown.

    Such a one may be there all the same, and applying the list without it would destroy it.
    """
    values = credential.get("data", {})
    hidden = hidden_fields(credential["type"], values)
    unknown = [field for field in TYPES[credential["type"]] if field.secret or field.name in hidden]
    fields = [field for field in TYPES[credential["type"]] if field.required or field in unknown or values.get(field.name) is not None]
    base = f"vault_{_slug(credential['name'])}"
    prefixes = itertools.chain([base], (f"{base}_{number}" for number in itertools.count(2)))
    prefix = next(prefix for prefix in prefixes if not any(f"{prefix}_{field.snake_name}" in variables for field in unknown))
    # JSON keeps the name in one line, with nothing in it that could end a comment.
    for field in unknown:
        purpose = f"{field.name} of {json.dumps(credential['name'])} ({credential['id']})"
        if field.name not in values and not field.required:
            purpose += "; if there is none, take it out of the list, and name it in remove_fields there"
        variables[f"{prefix}_{field.snake_name}"] = purpose
    return {
        field.snake_name: _Variable(f"{{{{ {prefix}_{field.snake_name} }}}}")
        if field in unknown
        else _literal(field.as_given(values.get(field.name)))
        for field in fields
    }


def _literal(value: t.Any) -> t.Any:
    if isinstance(value, str):
        return _Literal(value) if re.search(r"\{[{%#]", value) or value.startswith("#jinja2:") else value
    if isinstance(value, dict):
        return {_literal(key): _literal(member) for key, member in value.items()}
    return [_literal(member) for member in value] if isinstance(value, list) else value


def _slug(name: str) -> str:
    """The name as a part of a variable's name."""
    text = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")[:60].strip("_") or "credential"


def _yaml(value: t.Any) -> str:
    return str(yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=False, width=10_000))
