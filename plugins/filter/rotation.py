# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._core.credential_types import TYPES, field_of
from ..module_utils._core.identifiers import normal_identifier
from ..module_utils._core.placeholders import ANY, SECRET, TEMPLATE, TYPED, may_be_redacted, placeholder_in, texts_in
from ..plugin_utils._settings import to_native
from ..plugin_utils._table import one_line

DOCUMENTATION = r"""
name: rotation
short_description: New values for some fields made into whole credentials
version_added: 0.1.0
description:
  - An update replaces a whole credential. This lays new values over what the server shows of each named credential,
    so that M(versori.platform.versori_credentials) can push them.
  - Used by the playbook C(versori.platform.rotate).
author:
  - The versori.platform contributors (@versori-platform)
options:
  _input:
    description:
      - The new values. Each item names a credential by C(name) or C(credential_id), and gives new values as C(data),
        or as C(src) a file.
    type: list
    elements: dict
    required: true
  credentials:
    description: What M(versori.platform.versori_credential_info) returned as C(credentials), read in full.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Push a new password, and keep the user name that is there
  versori.platform.versori_credentials:
    credentials: "{{ [{'name': 'ERP user', 'data': {'password': vault_new_password}}] |
      versori.platform.rotation(shown.credentials) }}"
"""

RETURN = r"""
_value:
  description: The items for the module. They hold the new secrets.
  type: list
  elements: dict
"""


def rotation(wanted: t.Any, credentials: t.Any) -> t.Any:
    """The whole credentials to push. No message holds a value."""
    wanted, credentials = to_native(wanted), to_native(credentials)
    if not isinstance(wanted, list) or not wanted:
        raise AnsibleFilterError("versori_rotate must be a list with at least one item")
    items = [_item(f"versori_rotate[{position}]", one, credentials) for position, one in enumerate(wanted)]
    return wrap_var(items)


def _item(where: str, one: t.Any, credentials: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    if not isinstance(one, dict) or set(one) - {"name", "credential_id", "data", "src", "allow_placeholder"}:
        raise AnsibleFilterError(f"{where} must be a mapping with name or credential_id, and data or src")
    if ("data" in one) == ("src" in one) or not (one.get("data") or one.get("src")):
        raise AnsibleFilterError(f"{where} must give new values, as data or as src")
    shown = _find(where, one, credentials)
    item = {"credential_id": shown["id"], "type": shown["type"]}  # by its id alone it keeps its name, whatever is shown of that
    if "allow_placeholder" in one:
        item["allow_placeholder"] = one["allow_placeholder"]
    if "src" in one:
        return {**item, "src": one["src"]}
    if not isinstance(one["data"], dict):
        raise AnsibleFilterError(f"{where}: data must be a mapping of field names to values")
    data: dict[str, t.Any] = {}
    for field in TYPES.get(shown["type"], ()):
        value = shown["data"].get(field.name)
        if not field.secret and (value in ("", [], {}) or not may_be_redacted(value)):  # what is redacted must never travel back
            data[field.name] = value
    given: dict[str, t.Any] = {}  # the spelling that set a field
    for name, value in one["data"].items():
        known = field_of(shown["type"], name)
        field_name = known.name if known else name
        if field_name in given and not _same(data[field_name], value):
            raise AnsibleFilterError(f"{where}: data.{given[field_name]} and data.{name} are the same field with two values: keep one")
        given[field_name] = name
        data[field_name] = value
    kept = [value for name, value in data.items() if name not in given]
    if "allow_placeholder" not in item and any(placeholder_in(text, TEMPLATE) for text in texts_in(kept)):
        # What the platform has is meant, whatever it looks like; so it is here that the new values are looked at.
        item["allow_placeholder"] = True
        for field_name, name in given.items():
            row = next(filter(None, (placeholder_in(text, ANY, TEMPLATE, SECRET, TYPED) for text in texts_in(data[field_name]))), None)
            if row:
                raise AnsibleFilterError(f"{where}: data.{name} looks like a placeholder, {row.name}: set allow_placeholder if it is meant")
    return {**item, "data": data}


def _same(one: t.Any, other: t.Any) -> bool:
    return type(one) is type(other) and one == other  # to Python, 1 and true are equal


def _find(where: str, one: dict[str, t.Any], credentials: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    name, credential_id = one.get("name"), one.get("credential_id")
    for option, value in (("name", name), ("credential_id", credential_id)):
        if not isinstance(value, (str, type(None))):
            raise AnsibleFilterError(f"{where}.{option} must be a text: quote it where it is defined")
    if not (name or credential_id):
        raise AnsibleFilterError(f"{where} must name its credential by name or by credential_id")
    found = [
        shown
        for shown in credentials
        if (not credential_id or normal_identifier(shown["id"]) == normal_identifier(credential_id)) and (not name or shown["name"] == name)
    ]
    called = " and ".join(one_line(part) for part in (name, credential_id) if part)
    if not found:
        raise AnsibleFilterError(f"{where}: the organisation has no credential {called}")
    if len(found) > 1:
        raise AnsibleFilterError(f"{where}: {len(found)} credentials are named {called}: give the credential_id as well")
    return found[0]


class FilterModule:
    """The filter plugin."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"rotation": rotation}
