# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a POST or PUT does to the state, as the switches have it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from .clock import parse
from .credential_types import TYPES
from .errors import ApiError, invalid
from .redact import looks_redacted
from .store import Entry, Store
from .switches import Switches

# What a PUT may carry besides name, type and data; all of it belongs to the server.
SERVERS_OWN = {"id", "createdAt", "updatedAt", "usages", "errors"}

KEPT: dict[str, Callable[[str], str]] = {
    "as_sent": str,
    "trimmed": str.strip,
    "nfc": lambda name: unicodedata.normalize("NFC", name),
    "cut": lambda name: name[:64],
    "lower": str.lower,
}


def create(store: Store, switches: Switches, organisation_id: str, body: dict[str, Any]) -> Entry:
    _check_members(body, {"name", "type", "data"}, switches)
    data = _known_fields(body["type"], body["data"], switches)
    name = KEPT[switches.names_kept](body["name"])
    _check_name(store, switches, organisation_id, name)
    return store.add(organisation_id, body["type"], name, data, store.new_id(switches.id_form))


def replace(store: Store, switches: Switches, entry: Entry, body: dict[str, Any]) -> None:
    """PUT replaces; the switches say what becomes of a field that is left out (contract, "Update body")."""
    _check_members(body, {"name", "type", "data", *SERVERS_OWN}, switches)
    missing = [time for time in ("createdAt", "updatedAt") if time not in body and switches.times != "absent"]
    if missing:
        raise invalid(*((time, "is required") for time in missing))
    if body["id"].upper() != entry.id.upper():
        raise invalid(("id", "is not the id in the path"))
    if body["type"] != entry.type and switches.type_change == "refuses":
        raise invalid(("type", "cannot be changed"))
    data = _known_fields(body["type"], body["data"], switches)
    data = _settle_secrets(entry, body["type"], data, switches)
    if switches.put_without_optional == "keeps" and body["type"] == entry.type:
        optional = {field.name for field in TYPES[entry.type].fields if not field.required and not field.secret}
        data = {**{name: value for name, value in entry.data.items() if name in optional}, **data}
    name = KEPT[switches.names_kept](body["name"])
    _check_name(store, switches, entry.organisation_id, name, entry.id)
    secret = {field.name for field in TYPES[body["type"]].secrets}
    before, after = ({key: value for key, value in item.items() if key not in secret} for item in (entry.data, data))
    is_same_but_secrets = (entry.type, entry.name, before) == (body["type"], name, after)
    is_idle = is_same_but_secrets and entry.data == data
    entry.type, entry.name, entry.data = body["type"], name, data
    if (switches.noop_put_moves or not is_idle) and (switches.secret_put_moves or is_idle or not is_same_but_secrets):
        store.written(entry)
    if switches.put_times == "taken" and switches.times != "absent":
        entry.created, entry.updated = parse(body["createdAt"]), parse(body["updatedAt"])


def _check_name(store: Store, switches: Switches, organisation_id: str, name: str, own_id: str | None = None) -> None:
    if switches.names == "unique" and store.name_is_taken(organisation_id, name, own_id):
        raise ApiError(409, "a credential of this name is there already", [("name", "is taken")])


def _check_members(body: dict[str, Any], known: set[str], switches: Switches) -> None:
    unknown = sorted(set(body) - known - set(switches.extra_fields))
    if unknown and switches.unknown_fields == "refuse":
        raise invalid(*((name, "is not a field of a credential") for name in unknown))


def _known_fields(type: str, data: dict[str, Any], switches: Switches) -> dict[str, Any]:
    """The fields to store: without those that the server adds when read, and with or without unknown ones."""
    names = {field.name for field in TYPES[type].fields}
    added = set() if type == "none" else set(switches.extra_data_fields)
    unknown = sorted(set(data) - names - added)
    refused = switches.unknown_fields == "refuse" or type == "none"  # contract, "Credential types"
    if unknown and refused:
        raise invalid(*((f"data.{name}", f"is not a field of type {type}") for name in unknown))
    if isinstance(params := data.get("additionalParams"), str):
        if switches.additional_params != "text":
            raise invalid(("data.additionalParams", "is not an object"))
        data["additionalParams"] = dict(parse_qsl(params, keep_blank_values=True))
    if switches.unknown_fields == "keep":
        names.update(unknown)
    data = {name: value for name, value in data.items() if name in names}
    readable = [field.name for field in TYPES[type].fields if field.name in data and not field.secret]
    return {**data, **{name: kept_value(data[name], switches.values_kept) for name in readable}}


def kept_value(value: Any, way: str) -> Any:
    """What becomes of a readable value of `data`."""
    if isinstance(value, list):
        return [kept_value(item, way) for item in value]
    if way == "as_sent" or not value or not isinstance(value, str):
        return value
    return value.upper() if way == "upper" else value.rstrip("/") + "/"


def _settle_secrets(entry: Entry, type: str, data: dict[str, Any], switches: Switches) -> dict[str, Any]:
    stored = entry.data if entry.type == type else {}
    refused = []
    for field in TYPES[type].secrets:
        name = field.name
        if name not in data:
            choice = switches.put_without_secret
            # An optional token that was never there is not missed.
            refuses = choice == "refuses" and (field.required or name in stored)
            refuses = refuses or (choice == "keeps" and field.required and name not in stored)
        elif looks_redacted(data[name]):
            choice = switches.put_redacted
            refuses = choice == "refuses" or (choice == "keeps" and name not in stored)
        else:
            continue
        if refuses:
            refused.append((f"data.{name}", "is required" if name not in data else "is a redacted value"))
        elif choice == "keeps" and name in stored:
            data[name] = stored[name]
    if refused:
        raise invalid(*refused)
    return data
