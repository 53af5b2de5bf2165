# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specs: pieces that the modules put together. Those of ``data`` come from the table of types."""

from __future__ import annotations

import typing as t
from functools import cache

from ._core.credential_types import BASE64, TEXT, TEXT_MAP, TEXTS, TYPES

Spec = dict[str, dict[str, t.Any]]

_ANSIBLE_TYPE: Spec = {
    TEXT: {"type": "str"},
    BASE64: {"type": "str"},
    TEXTS: {"type": "list", "elements": "str"},
    TEXT_MAP: {"type": "dict"},
}


def connection_options() -> Spec:
    """Where the API is and how to sign in; the same for all modules."""
    return {
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


def memory_options() -> Spec:
    """Where the controller remembers what it pushed."""
    return {
        "cache_plugin": {"type": "str"},
        "cache_connection": {"type": "str", "no_log": True},  # of Redis, its password too
        "cache_prefix": {"type": "str"},
        "fingerprint_key": {"type": "str", "no_log": True},
    }


def policy_options() -> Spec:
    """What to do where a secret cannot be compared."""
    return {
        # no_log: false, because Ansible takes an option with "secret" in its name for one
        "update_secrets": {
            "type": "str",
            "default": "auto",
            "choices": ["auto", "always", "on_create"],
            "no_log": False,
        },
        "on_drift": {"type": "str", "default": "auto", "choices": ["auto", "push", "warn", "ignore"]},
        "on_unknown": {"type": "str", "default": "auto", "choices": ["auto", "push", "adopt", "fail"]},
        "fail_when_invalid": {"type": "bool", "default": False},
    }


def organisation_option() -> Spec:
    """The organisation; set once for all tasks by ``module_defaults``."""
    return {"organisation_id": {"type": "str", "aliases": ["org"]}}


def credential_options() -> Spec:
    """One credential."""
    return {
        "credential_id": {"type": "str"},
        "name": {"type": "str"},
        "type": {"type": "str", "choices": list(TYPES)},
        "data": {"type": "dict", "options": _data_options()},
        "src": {"type": "path"},
        "remove_fields": {"type": "list", "elements": "str"},
        "allow_placeholder": {"type": "bool", "default": False},
        "secret_changed_at": {"type": "str", "no_log": False},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
    }


def _data_options() -> Spec:
    """Every field of every type, each under its API name with its snake_case twin as alias."""
    options: Spec = {}
    for fields in TYPES.values():
        for field in fields:
            details = dict(_ANSIBLE_TYPE[field.kind])
            if field.secret or field.name == "tokenUrl":
                details["no_log"] = field.secret  # said for tokenUrl too, which Ansible would take for a token
            if field.snake_name != field.name:
                details["aliases"] = [field.snake_name]
            options[field.name] = details
    return options


def list_options() -> Spec:
    """Many credentials; each item has the options of one, and may override organisation and policy."""
    return {
        "credentials": {"type": "list", "elements": "dict", "no_log": False},
        "src": {"type": "path"},
        "prune": {"type": "bool", "default": False},
    }


def info_options() -> Spec:
    """Which credentials to read."""
    return {
        "credential_id": {"type": "str"},
        "name": {"type": "str"},
        "full": {"type": "bool", "default": False},
        "hide": {"type": "list", "elements": "dict", "no_log": True},
        "hide_src": {"type": "path"},
    }


def doctor_options() -> Spec:
    """How long the doctor watches."""
    return {"wait": {"type": "float", "default": 5.0}}


def workers_option() -> Spec:
    """How many credentials are worked on at the same time."""
    return {"workers": {"type": "int", "default": 10}}


def request_option() -> Spec:
    """What an action plugin sends to another host, as the one name in a mapping."""
    return {"request": {"type": "dict", "required": True, "no_log": True}}


@cache
def one_credential_spec() -> Spec:
    """All options of ``versori_credential``."""
    return {**connection_options(), **organisation_option(), **credential_options(), **memory_options(), **policy_options()}


@cache
def many_credentials_spec() -> Spec:
    """All options of ``versori_credentials``."""
    return {
        **connection_options(),
        **organisation_option(),
        **list_options(),
        **memory_options(),
        **policy_options(),
        **workers_option(),
    }


@cache
def doctor_spec() -> Spec:
    """All options of ``versori_doctor``."""
    return {**connection_options(), **organisation_option(), **doctor_options()}


@cache
def info_spec() -> Spec:
    """All options of ``versori_credential_info``."""
    return {**connection_options(), **organisation_option(), **info_options(), **workers_option()}
