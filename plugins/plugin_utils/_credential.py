# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One credential's options, read on the controller: a file for ``binary`` too, and ``data`` that is a text."""

from __future__ import annotations

import base64
import contextlib
import json
import typing as t

from ..module_utils._core.desired import Desired, read_desired, secret_texts
from ..module_utils._core.failure import Failure


def read_credential(options: t.Mapping[str, t.Any], read_file: t.Callable[[str], bytes], templated: bool = True) -> Desired:
    """What is desired, under which policy.

    :param options: checked options of one credential.
    :param read_file: gives a controller's file as bytes, decrypted where it is vaulted.
    :param templated: whether Ansible has templated the options.
    :raises Failure: one sentence.
    """
    data = options.get("data")
    if isinstance(data, str):  # an ad-hoc command line has no other way to give a mapping
        data = _from_json(data)
        templated = True  # what its escapes stand for, nobody has looked at
    if options.get("src"):
        data = _data_from_file({**options, "data": data}, read_file)
    return read_desired({**options, "data": data}, templated)


def _from_json(text: str) -> dict[str, t.Any]:
    """``data`` that was given as text.

    :raises Failure: for what is no JSON object; of ``value=p@ss`` nobody could say where quotes and backslashes belong.
    """
    try:
        data = json.loads(text, object_pairs_hook=_refuse_duplicate_keys)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Failure(f"data must be a mapping of field names to values, or a text that is one in JSON.{date_hint(text)}")
    return data


def _refuse_duplicate_keys(pairs: list[tuple[str, t.Any]]) -> dict[str, t.Any]:
    if len(dict(pairs)) < len(pairs):
        raise Failure("data gives one field twice: keep one.")
    return dict(pairs)


def date_hint(text: str) -> str:
    """The likely cause where a list or a mapping arrives as a text, or nothing.

    Up to ansible-core 2.18 that is what becomes of a variable with a date in it, at any depth, when it is templated.
    """
    if "datetime.date" not in text:
        return ""
    return " It arrived as a text, because a date in it is not quoted: quote it where it is defined (secret_changed_at, say)."


def secrets_in(items: t.Any, read_file: t.Callable[[str], bytes]) -> list[str]:
    """The secrets of a list of credentials, which may be incomplete, or wrong: that is for another task to say.

    :raises Failure: where a ``src`` cannot be read.
    """
    texts: list[str] = []
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        data = item.get("data")
        if isinstance(data, str):
            with contextlib.suppress(Failure):
                data = _from_json(data)
        if isinstance(data, dict):
            texts += secret_texts(data)
        if isinstance(item.get("src"), str) and item["src"]:
            texts += secret_texts({"valueBase64": base64.b64encode(read_file(item["src"])).decode()})
    return texts


def _data_from_file(options: t.Mapping[str, t.Any], read_file: t.Callable[[str], bytes]) -> dict[str, str] | None:
    if options.get("state") == "absent":
        return None
    if options.get("type") != "binary":
        raise Failure("src is for type binary only: give data instead, with lookup('file', ...) where a value is in a file.")
    if options.get("data"):
        raise Failure("src and data are both set: keep one.")
    content = read_file(options["src"])
    if not content:
        raise Failure(f"src {options['src']} is an empty file.")
    return {"valueBase64": base64.b64encode(content).decode()}
