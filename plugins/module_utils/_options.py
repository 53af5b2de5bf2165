# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The argument specs, put together from pieces that modules share. Those of ``data`` come from the table of types."""

from __future__ import annotations

import typing as t

from ._core.credential_types import BASE64, TEXT, TEXT_MAP, TEXTS, TYPES, Field

Spec = t.Dict[str, t.Dict[str, t.Any]]  # noqa: UP006 (evaluated, and the import gate runs older Pythons)

_ANSIBLE_TYPE: Spec = {
    TEXT: {"type": "str"},
    BASE64: {"type": "str"},
    TEXTS: {"type": "list", "elements": "str"},
    TEXT_MAP: {"type": "dict"},
}


def _data_option(field: Field) -> dict[str, t.Any]:
    """A field of ``data``, under its API name with its snake_case twin as alias."""
    option = dict(_ANSIBLE_TYPE[field.kind])
    if field.secret or field.name == "tokenUrl":
        option["no_log"] = field.secret  # said for tokenUrl too, which Ansible would take for a token
    if field.snake_name != field.name:
        option["aliases"] = [field.snake_name]
    return option


CONNECTION: Spec = {
    "api_url": {"type": "str"},
    "api_key": {"type": "str", "no_log": True},
    "jwt": {"type": "str", "no_log": True},
    "session_cookie": {"type": "str", "no_log": True},
    "context": {"type": "str"},
    "validate_certs": {"type": "bool"},
    "ca_path": {"type": "path"},
    "timeout": {"type": "float"},
    "retries": {"type": "int"},
}
ORGANISATION: Spec = {"organisation_id": {"type": "str", "aliases": ["org"]}}
CREDENTIAL: Spec = {
    "credential_id": {"type": "str"},
    "name": {"type": "str"},
    "type": {"type": "str", "choices": list(TYPES)},
    "data": {"type": "dict", "options": {field.name: _data_option(field) for fields in TYPES.values() for field in fields}},
    "src": {"type": "path"},
    "remove_fields": {"type": "list", "elements": "str"},
    "allow_placeholder": {"type": "bool", "default": False},
    "secret_changed_at": {"type": "str", "no_log": False},
    "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
}
MEMORY: Spec = {
    "cache_plugin": {"type": "str"},
    "cache_connection": {"type": "str", "no_log": True},  # of Redis, its password too
    "cache_prefix": {"type": "str"},
    "fingerprint_key": {"type": "str", "no_log": True},
}
POLICY: Spec = {
    # no_log: false, because Ansible takes an option with "secret" in its name for one
    "update_secrets": {"type": "str", "default": "auto", "choices": ["auto", "always", "on_create"], "no_log": False},
    "on_drift": {"type": "str", "default": "auto", "choices": ["auto", "push", "warn", "ignore", "fail"]},
    "on_unknown": {"type": "str", "default": "auto", "choices": ["auto", "push", "adopt", "fail"]},
    "fail_when_invalid": {"type": "bool", "default": False},
}
LIST: Spec = {
    "credentials": {"type": "list", "elements": "dict", "no_log": False},
    "src": {"type": "path"},
    "prune": {"type": "bool", "default": False},
    "prune_keep": {"type": "list", "elements": "str", "default": []},
    "prune_scope": {"type": "str", "default": "all", "choices": ["all", "managed"]},
    "full_results": {"type": "bool", "default": False},
    "results_file": {"type": "path"},
}
WORKERS: Spec = {"workers": {"type": "int", "default": 10}}

# Of each module
VERSORI_CREDENTIAL: Spec = {**CONNECTION, **ORGANISATION, **CREDENTIAL, **MEMORY, **POLICY}
VERSORI_CREDENTIALS: Spec = {**CONNECTION, **ORGANISATION, **LIST, **MEMORY, **POLICY, **WORKERS}
VERSORI_CREDENTIAL_INFO: Spec = {
    **CONNECTION,
    **ORGANISATION,
    "credential_id": {"type": "str"},
    "name": {"type": "str"},
    "full": {"type": "bool", "default": False},
    "hide": {"type": "list", "elements": "dict", "no_log": True},
    "hide_src": {"type": "path"},
    **WORKERS,
}
VERSORI_DOCTOR: Spec = {**CONNECTION, **ORGANISATION, "wait": {"type": "float", "default": 5.0}}
VERSORI_STATE: Spec = {
    **MEMORY,
    "forget": {"type": "list", "elements": "str"},
    "forget_all": {"type": "bool", "default": False},
    "key_file": {"type": "path"},
    "move_to": {"type": "str", "no_log": True},  # of Redis, its password too
    "move_to_plugin": {"type": "str"},
    "keep": {"type": "bool", "default": False},
}
VERSORI_DELEGATE: Spec = {"request": {"type": "dict", "required": True, "no_log": True}}
