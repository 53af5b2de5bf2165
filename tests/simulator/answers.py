# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a credential looks like in an answer, as the switches have it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from .clock import render
from .credential_types import TYPES
from .redact import MISSING, looks_redacted, redact
from .store import Entry
from .switches import Switches


def data_as_read(entry: Entry, switches: Switches, redaction: str) -> dict[str, Any]:
    credential_type = TYPES[entry.type]
    data = dict(entry.data)
    only_scopes = switches.visible_fields == "scopes" and entry.type == "oauth2-token"
    hidden = [field for field in credential_type.fields if field.name != "scopes"] if only_scopes else credential_type.secrets
    for field in hidden:
        # A required secret looks the same whether it is there or a PUT has wiped it.
        if field.required or field.name in data:
            value = redact(data.pop(field.name, MISSING), redaction)
            if value is not MISSING:
                data[field.name] = value
    for field in credential_type.optional_collections:
        if not data.get(field.name):
            data.pop(field.name, None)
            if switches.empty_optionals == "return":
                data[field.name] = [] if field.kind == "strings" else {}
            elif switches.empty_optionals == "null":
                data[field.name] = None
    if switches.additional_params == "text" and isinstance(data.get("additionalParams"), dict):
        data["additionalParams"] = urlencode(data["additionalParams"])
    if entry.type != "none":
        data.update(switches.extra_data_fields)
    return data


def found_by_rule(entry: Entry) -> list[str]:
    secrets = [field.name for field in TYPES[entry.type].secrets if field.required]
    reasons = [f"{name} is missing" for name in secrets if looks_redacted(entry.data.get(name))]
    return reasons + ([] if entry.data.get("tokenUrl", "https:").startswith("https:") else ["tokenUrl is not an https URL"])


def _reasons(entry: Entry, switches: Switches, write: bool) -> list[Any] | None:
    """None: not validated yet; `[]`: valid; otherwise the reasons (contract, "Validity")."""
    reasons = entry.reasons
    if reasons is None:
        if switches.errors == "absent" or (switches.errors == "rule_later" and write):
            return None
        reasons = [] if switches.errors == "empty" else found_by_rule(entry)
    return reasons if switches.errors_form == "text" else [{"field": "data", "message": reason} for reason in reasons]


def _usages(entry: Entry, switches: Switches) -> list[Any]:
    if switches.usages_form == "environment":
        return entry.usages
    return [
        {"connection": {"id": usage["environment"]["id"], "name": usage["environment"]["connection"]["name"]}} for usage in entry.usages
    ]


def credential(entry: Entry, switches: Switches, write: bool = False) -> dict[str, Any]:
    redaction = "none" if write and switches.write_answer_secrets == "echo" else switches.redaction
    digits, rounding = (switches.write_digits, switches.write_rounding) if write else (switches.get_digits, switches.get_rounding)

    def shown(moment: int) -> str:
        return render(moment, digits, rounding, switches.trim_zeros, switches.zone)

    answer: dict[str, Any] = {
        "id": entry.id,
        "type": entry.type,
        "name": entry.name,
        "data": data_as_read(entry, switches, redaction),
        "createdAt": shown(entry.created),
        "updatedAt": shown(entry.created if switches.times == "constant" else entry.updated),
    }
    if switches.times == "absent":
        del answer["createdAt"], answer["updatedAt"]
    if switches.usages == "shown":
        answer["usages"] = _usages(entry, switches)
    reasons = _reasons(entry, switches, write)
    if reasons is not None:
        answer["errors"] = reasons
    for name, value in switches.extra_fields.items():
        answer.setdefault(name, value)
    if switches.empty_optionals == "null":
        answer = {"usages": None, "errors": None, **answer}
        answer = {name: None if value in ([], {}) else value for name, value in answer.items()}
    return answer


def page(entries: list[Entry], total: int, cursors: dict[str, str], switches: Switches) -> dict[str, Any]:
    total = {"all": total, "page": len(entries), "more": total + 3}[switches.total_count]
    listed = [summary(entry, switches) for entry in entries]
    if switches.empty_optionals == "null":
        return {"totalCount": total, "next": None, "prev": None, **cursors, "credentials": listed or None}
    return {"totalCount": total, **cursors, "credentials": listed}


def summary(entry: Entry, switches: Switches) -> dict[str, Any]:
    """Neither `data` nor times, and `errors` only where it is invalid (contract, "List pages")."""
    answer: dict[str, Any] = {"id": entry.id, "type": entry.type, "name": entry.name, "authSchemeType": TYPES[entry.type].auth_scheme_type}
    if switches.usages_in_list:
        answer["usages"] = _usages(entry, switches)
    reasons = _reasons(entry, switches, write=False)
    if reasons:
        answer["errors"] = reasons
    return answer
