# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Telling Ansible which texts are secrets, so that its display masks them wherever they are printed (ansible-core 2.22 and newer)."""

from __future__ import annotations

import json
import typing as t

from ..module_utils._core.credential_types import TYPES

try:
    from ansible.module_utils.secrets import register_secrets as _register
except ImportError:  # ansible-core 2.21 and older, which mask nothing that a loop or an error prints
    _register = None

SHORTEST = 6  # characters; a secret "ok" would garble each line that Ansible prints

_SECRET_OPTIONS = ("api_key", "jwt", "session_cookie", "fingerprint_key")
_LISTS = ("credentials", "hide")
_FIELDS = [field for fields in TYPES.values() for field in fields]
_READABLE = {name for field in _FIELDS if not field.secret for name in (field.name, field.snake_name)} - {
    name for field in _FIELDS if field.secret for name in (field.name, field.snake_name)
}


def register_secrets(options: t.Mapping[str, t.Any]) -> None:
    """Register the secrets among a task's options, checked or not: what is misspelt is printed too.

    :param options: of any module, as plain data.
    """
    if _register is not None:
        _register({text.strip() for text in _secrets_in(options) if len(text.strip()) >= SHORTEST})


def _secrets_in(options: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    yield from (options[name] for name in _SECRET_OPTIONS if isinstance(options.get(name), str))
    yield from _secrets_in_data(options.get("data"))
    for name in _LISTS:
        items = options.get(name)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                yield from _secrets_in_data(item.get("data"))


def _secrets_in_data(data: t.Any) -> t.Iterator[str]:
    """Whole values, not what is inside a JSON document: a part of one, ``service_account`` say, stands in other texts too."""
    if isinstance(data, str):
        yield data
        try:
            data = json.loads(data)
        except (ValueError, RecursionError):
            return
    if isinstance(data, dict):
        yield from (value for name, value in data.items() if name not in _READABLE and isinstance(value, str))
