# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's options as its result repeats them (-vvv prints that): only what is surely no secret."""

from __future__ import annotations

import typing as t

from ..module_utils._core.credential_types import TYPES
from ..module_utils._options import doctor_spec, info_spec, many_credentials_spec, one_credential_spec

_NOT_SHOWN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
_OPTIONS = {  # every known one that is not said to be a secret; what is misspelt may be one
    name
    for spec in (one_credential_spec(), many_credentials_spec(), info_spec(), doctor_spec())
    for option, details in spec.items()
    if not details.get("no_log")
    for name in (option, *details.get("aliases", ()))
}
_FIELDS = {(name, field.secret) for fields in TYPES.values() for field in fields for name in (field.name, field.snake_name)}
_READABLE = {name for name, is_secret in _FIELDS if not is_secret and (name, True) not in _FIELDS}


def without_secrets(options: t.Any) -> t.Any:
    """The options without what is, or may be, a secret.

    :param options: a task's own, checked or not.
    """
    if not isinstance(options, dict):
        return _NOT_SHOWN
    shown: dict[str, t.Any] = {}
    for key, value in options.items():
        name = str(key)
        if value is None:
            shown[name] = None
        elif key == "data" and isinstance(value, dict):
            shown[name] = {str(field): _flat(content) if field in _READABLE else _NOT_SHOWN for field, content in value.items()}
        elif key == "credentials" and isinstance(value, list):  # a long list costs more to copy and print than to check
            shown[name] = f"{len(value)} credentials"
        elif key not in _OPTIONS or key in ("data", "credentials") or (key == "api_url" and set("@?") & set(str(value))):
            shown[name] = _NOT_SHOWN  # in a URL that is refused, that may be a password
        else:
            shown[name] = _flat(value)
    return shown


def _flat(value: t.Any) -> t.Any:
    """A value as options have them; what is deeper, or has keys that are no texts, no result can carry."""
    items = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    deep = any(isinstance(item, (dict, list)) for item in items)
    return _NOT_SHOWN if deep or (isinstance(value, dict) and not all(isinstance(key, str) for key in value)) else value
