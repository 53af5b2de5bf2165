# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New values for some fields, laid over what the server shows of the rest."""

from __future__ import annotations

import typing as t

from ..module_utils._core.credential_types import TYPES, field_of
from ..module_utils._core.failure import Failure
from ..module_utils._core.identifiers import same_identifier
from ..module_utils._core.observed import hidden_fields
from ..module_utils._core.placeholders import ANY, SECRET, TEMPLATE, TYPED, may_be_redacted, placeholder_in, texts_in
from ._mistakes import Mistakes

_KEYS = {"name", "credential_id", "data", "src", "allow_placeholder", "remove_fields"}


def whole_credentials(new_values: t.Any, credentials: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The whole credentials to push: an update replaces all of one (contract, "Update body").

    :param new_values: as a user has given them; each item names a credential, and gives ``data`` or ``src``.
    :param credentials: as the info module returned them, read in full.
    :raises Failure: all that is wrong with the new values; no message holds a value.
    """
    if not isinstance(new_values, list) or not new_values:
        raise Failure("versori_rotate must be a list with at least one item.")
    mistakes, whole = Mistakes("versori_rotate", new_values), []
    for position, item in enumerate(new_values):
        try:
            whole.append(_whole(item, credentials))
        except Failure as failure:
            mistakes.add(failure.msg, position)
    if mistakes:
        raise Failure(str(mistakes))
    return whole


def _whole(item: t.Any, credentials: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    if not isinstance(item, dict) or set(item) - _KEYS:
        raise Failure("an item must be a mapping with name or credential_id, and data or src.")
    if ("data" in item) == ("src" in item) or not (item.get("data") or item.get("src")):
        raise Failure("an item must give new values, as data or as src.")
    credential = _named(item, credentials)
    # By its id alone it keeps its name, whatever is shown of that.
    whole = {"credential_id": credential["id"], "type": credential["type"]}
    whole.update((option, item[option]) for option in ("allow_placeholder", "src", "remove_fields") if option in item)
    if "src" in item:
        return whole
    if not isinstance(item["data"], dict):
        raise Failure("data must be a mapping of field names to values.")
    new: dict[str, t.Any] = {}
    spelt: dict[str, str] = {}  # each of these fields as the user has written it
    for spelling, value in item["data"].items():
        field = field_of(credential["type"], spelling)
        name = field.name if field else spelling
        if name in new and (type(new[name]), new[name]) != (type(value), value):  # to Python, 1 and true are equal
            raise Failure(f"data.{spelt[name]} and data.{spelling} are the same field with two values: keep one.")
        new[name], spelt[name] = value, spelling
    hidden = [name for name in hidden_fields(credential["type"], credential["data"]) if name not in new]
    missing = [field.snake_name for field in TYPES[credential["type"]] if field.required and field.name in hidden]
    if missing:
        them = "it" if len(missing) == 1 else "them"
        raise Failure(f"the platform does not show {', '.join(missing)}: give {them} in data too.")
    kept = {name: value for name, value in _readable(credential).items() if name not in new and name not in hidden}
    if "allow_placeholder" not in item and any(placeholder_in(text, TEMPLATE) for text in texts_in(kept)):
        # What the platform has is meant, whatever it looks like; so it is here that the new values are looked at.
        whole["allow_placeholder"] = True
        for name, value in new.items():
            row = next(filter(None, (placeholder_in(text, ANY, TEMPLATE, SECRET, TYPED) for text in texts_in(value))), None)
            if row:
                raise Failure(f"data.{spelt[name]} looks like a placeholder, {row.name}: set allow_placeholder if it is meant.")
    return {**whole, "data": {**kept, **new}}


def _readable(credential: dict[str, t.Any]) -> dict[str, t.Any]:
    """The fields that can be sent back as they are shown; what is redacted must never travel back."""
    shown = {
        field.name: field.as_given(credential["data"].get(field.name)) for field in TYPES.get(credential["type"], ()) if not field.secret
    }
    return {name: value for name, value in shown.items() if value in ("", [], {}) or not may_be_redacted(value)}


def _named(item: dict[str, t.Any], credentials: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    """The one credential that an item names."""
    name, credential_id = item.get("name"), item.get("credential_id")
    for option, value in (("name", name), ("credential_id", credential_id)):
        if not isinstance(value, (str, type(None))):
            raise Failure(f"{option} must be a text: quote it where it is defined.")
    if not (name or credential_id):
        raise Failure("an item must name its credential by name or by credential_id.")
    matches = [
        credential
        for credential in credentials
        if (not credential_id or same_identifier(credential["id"], credential_id)) and (not name or credential["name"] == name)
    ]
    called = " and ".join(filter(None, ("this name" if name else "", f"the id {credential_id}" if credential_id else "")))
    if not matches:
        raise Failure(f"the organisation has no credential with {called}: check the spelling.")
    if len(matches) > 1:
        raise Failure(f"{len(matches)} credentials have {called}: give the credential_id as well.")
    return matches[0]
