# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of a task's options are secrets: Ansible masks those wherever it prints them (ansible-core 2.22 and newer), and the
invocation in a result goes without them (-vvv prints it)."""

from __future__ import annotations

import json
import re
import typing as t

from ..module_utils._core.credential_types import TYPES
from ..module_utils._options import VERSORI_CREDENTIAL, VERSORI_CREDENTIAL_INFO, VERSORI_CREDENTIALS, VERSORI_DOCTOR, VERSORI_STATE

try:
    from ansible.module_utils.secrets import register_secrets as _register
except ImportError:  # ansible-core 2.21 and older, which mask nothing that a loop or an error prints
    _register = None

SHORTEST = 6  # characters; a secret "ok" would garble each line that Ansible prints

_NOT_SHOWN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
_SECRET_OPTIONS = ("api_key", "jwt", "session_cookie", "fingerprint_key")
_CONNECTIONS = ("cache_connection", "move_to")  # of a shared cache, with its password, or a folder
_LISTS = ("credentials", "hide")
# host:port:db:password, with sentinels host:port;db:password, or as a URL ://user:password@host
_PASSWORD = re.compile(r"(?::\d+:|;)\d+:(.+)$|://[^/@]*?:(.+)@")
_OPEN_OPTIONS = {  # every known option that is not said to be a secret; what is misspelt may be one
    name
    for spec in (VERSORI_CREDENTIAL, VERSORI_CREDENTIALS, VERSORI_CREDENTIAL_INFO, VERSORI_DOCTOR, VERSORI_STATE)
    for option, details in spec.items()
    if not details.get("no_log")
    for name in (option, *details.get("aliases", ()))
} - {"data", "credentials"}
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
    for name in _CONNECTIONS:
        yield from passwords_in(options.get(name))
    yield from _secrets_in_data(options.get("data"))
    for name in _LISTS:
        items = options.get(name)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                yield from _secrets_in_data(item.get("data"))


def passwords_in(connection: t.Any) -> list[str]:
    """The passwords in the connection of a shared cache; in a folder there is none."""
    found = _PASSWORD.findall(connection) if isinstance(connection, str) else []
    return [password for groups in found for password in groups if password]


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
        elif key not in _OPEN_OPTIONS or (key == "api_url" and set("@?") & set(str(value))):
            shown[name] = _NOT_SHOWN  # in a URL that is refused, that may be a password
        else:
            shown[name] = _flat(value)
    return shown


def _flat(value: t.Any) -> t.Any:
    """A value as options have them; what is deeper, or has keys that are no texts, no result can carry."""
    items = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    deep = any(isinstance(item, (dict, list)) for item in items)
    return _NOT_SHOWN if deep or (isinstance(value, dict) and not all(isinstance(key, str) for key in value)) else value
