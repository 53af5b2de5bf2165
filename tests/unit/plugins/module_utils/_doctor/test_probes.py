# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor says the right thing for every value of every switch of the simulator, and nothing else changes in its report."""

import dataclasses
from typing import Any

import pytest

from tests.simulator import Switches
from tests.simulator.switches import REDACTIONS
from tests.unit.plugins.module_utils._doctor.doctoring import OTHERS, doctor, findings, kept_its_word, organisation

OPEN = (False, None)

# What it finds with every switch as it is by default.
DEFAULT: dict[str, tuple[bool, Any]] = {
    "authentication": (True, "api_key"),
    "types": (True, "all"),
    "redaction": (True, "asterisks"),
    "hidden_fields": (True, "none"),
    "write_answer_secrets": (True, "same"),
    "put_without_secret": OPEN,
    "put_redacted": OPEN,
    "put_without_optional": (True, "drops"),
    "type_change": (True, "accepts"),
    "unknown_fields": (True, "refuses"),
    "values_kept": (True, "as_sent"),
    "extra_data_fields": (True, []),
    "extra_fields": (True, []),
    "empty_optionals": (True, "omit"),
    "additional_params": (True, "mapping"),
    "post_answer": (True, "credential"),
    "put_answer": (True, "credential"),
    "delete_answer": (True, "empty"),
    "get_lag": (True, False),
    "put_times": (True, "ignored"),
    "times": (True, "shown"),
    "secret_moves": (True, True),
    "noop_put": (True, True),
    "moves": (True, "nothing"),
    "tokens": OPEN,
    "write_digits": (True, 9),
    "get_digits": (True, 9),
    "rounding": OPEN,
    "zone": (True, "Z"),
    "usages": (True, "shown"),
    "usages_in_list": (True, False),
    "errors": (True, "absent"),
    "list_lag": (True, False),
    "list_order": (True, "updated"),
    "total_count": (True, "all"),
    "page_limit": OPEN,
    "next_cursor": (True, "after"),
    "cursor": (True, "offset"),
    "names": (True, "free"),
    "names_kept": (True, "as_sent"),
    "id_form": (True, "ulid"),
    "id_case": (True, "any"),
    "not_found": (True, "api"),
    "error_cause": (True, "none"),
}


def settled(**values: Any) -> dict[str, tuple[bool, Any]]:
    return {question: value if value is OPEN else (True, value) for question, value in values.items()}


# What can be seen of a secret where the server shows it, or says that it is missing.
SEEN = {"put_without_secret": "wipes", "put_redacted": "stores"}
KEEPS = {"put_without_secret": "keeps", "put_redacted": "keeps"}
UPPER = ["basic-auth.username"]
UPPER += [f"{type}.{name}" for type in ("oauth2-client", "oauth2-token") for name in ("clientId", "authorizeUrl", "tokenUrl", "scopes")]
HIDDEN = [f"oauth2-token.{name}" for name in ("clientId", "authorizeUrl", "tokenUrl", "additionalParams")]
TIMELESS = {
    **dict.fromkeys(("noop_put", "put_times", "moves", "secret_moves", "write_digits", "get_digits", "zone", "list_order"), OPEN),
    **dict.fromkeys(("post_answer", "put_answer"), "without_updated_at"),
}
SILENT = {"token_refresh": "on_get", "refresh_moves": False}
BY_THE_SERVER = {"extra_data_fields": {"hint": "by the server", "note": "******"}, "extra_fields": {"owner": "x", "a b": 1}}


def same(**switches: Any) -> tuple[dict[str, Any], dict[str, tuple[bool, Any]]]:
    """A case where the report names what the switches say."""
    return switches, settled(**switches)


# Switches, and what the report then says otherwise. Switches that are independent of each other share a run.
CASES: list[tuple[dict[str, Any], dict[str, tuple[bool, Any]]]] = [
    ({}, {}),
    *(same(redaction=how) for how in REDACTIONS if how not in ("none", "partial")),
    ({"redaction": "none"}, settled(redaction="none", **SEEN, tokens=OPEN)),
    same(redaction="none", **KEEPS),
    ({"visible_fields": "scopes"}, settled(hidden_fields=HIDDEN, additional_params=OPEN)),
    ({"visible_fields": "scopes", "redaction": "missing"}, settled(hidden_fields=HIDDEN, additional_params=OPEN, redaction="missing")),
    ({"redaction": "partial"}, settled(redaction="partial", put_without_secret="wipes")),
    ({"redaction": "partial", **KEEPS}, settled(redaction="partial", put_without_secret="keeps")),
    same(put_without_secret="refuses", put_redacted="refuses"),
    (KEEPS, {}),  # nobody can see it behind asterisks
    ({"errors": "rule"}, settled(errors="rule", **SEEN)),
    ({"errors": "rule_later", "usages_in_list": True}, settled(errors="rule_later", **SEEN, usages_in_list=True)),
    same(errors="empty", usages="absent"),
    same(write_answer_secrets="echo", zone="+00:00"),
    (
        {"type_change": "refuses", "put_times": "taken", "cursor": "position"},
        settled(type_change="refuses", put_times="taken", cursor="position", noop_put=False, secret_moves=False, list_order=OPEN),
    ),
    same(unknown_fields="keep", names="unique", additional_params="text"),
    ({"times": "absent"}, settled(times="absent", **TIMELESS)),
    ({"times": "constant"}, settled(secret_moves=False, noop_put=False, list_order=OPEN)),
    ({"secret_put_moves": False}, settled(secret_moves=False)),
    *(same(names_kept=how) for how in ("trimmed", "cut", "lower")),
    ({"names_kept": "nfc"}, {}),  # its names have no such letter
    ({"values_kept": "upper"}, settled(values_kept=UPPER)),
    ({"values_kept": "suffixed"}, settled(values_kept=UPPER)),
    same(unknown_fields="ignore", post_answer="without_updated_at"),
    same(post_answer="empty", delete_answer="credential", total_count="page"),
    ({"delete_answer": "later", "invalid_status": 422}, settled(delete_answer="later")),
    ({"missing_status": 403}, settled(not_found="forbidden", error_cause=OPEN)),
    ({"empty_optionals": "null", "usages": "absent"}, settled(empty_optionals="null", usages="absent")),
    ({"errors": "rule", "errors_form": "object", "delete_in_use": "refuses"}, settled(errors="rule", **SEEN)),
    ({"get_lag": 2.0}, settled(get_lag=True)),
    ({"write_status": "other"}, {}),
    ({"put_answer": "before"}, settled(put_answer="echo_request")),
    (BY_THE_SERVER, settled(extra_data_fields=["hint", "note"], extra_fields=["owner", "1 more"])),
    same(empty_optionals="return", put_without_optional="keeps"),
    ({"noop_put_moves": False, "list_order": "created"}, settled(noop_put=False, list_order="created")),
    same(list_order="created", cursor="position"),
    ({"moved_by_read_after_write": True}, settled(moves="after_write")),
    ({"moves_on_every_get": True}, settled(moves="every_read", noop_put=OPEN, secret_moves=OPEN)),
    ({"token_refresh": "on_get"}, settled(tokens="moves")),
    (SILENT, {}),  # nobody can see it behind asterisks
    ({"token_refresh": "on_get", "redaction": "none"}, settled(tokens="moves", redaction="none", **SEEN)),
    ({**SILENT, "redaction": "none"}, settled(tokens="silent", redaction="none", **SEEN)),
    (
        {"linking_moves": True, "usages_form": "connection", "id_case": "exact", "error_cause": "cause"},
        settled(id_case="exact", error_cause="cause"),
    ),
    ({"id_form": "number", "error_cause": "details"}, settled(id_form="number", id_case=OPEN, error_cause="details")),
    *(same(put_answer=answer) for answer in ("without_updated_at", "echo_request", "empty")),
    ({"list_lag": 2.0}, settled(list_lag=True)),
    *(same(page_limit=limit) for limit in (1, 2)),
    ({"page_limit": 2, "page_over_limit": "refuse"}, settled(page_limit="refuse")),
    ({"trim_zeros": True}, {}),  # there is no zero to be seen; but see below
    *(({"write_digits": digits}, settled(write_digits=digits, rounding={"write": "cut"})) for digits in (0, 3, 6)),
    *(({"get_digits": digits}, settled(get_digits=digits, rounding={"get": "cut"})) for digits in (1, 2, 7)),
    ({"write_digits": 0, "write_rounding": "round", "get_digits": 4}, settled(write_digits=0, get_digits=4, rounding={"write": "round"})),
    ({"write_digits": 8, "get_digits": 5, "get_rounding": "round"}, settled(write_digits=8, get_digits=5, rounding={"get": "round"})),
    same(write_digits=0, get_digits=0),
    *(
        ({"write_digits": write, "get_digits": get}, settled(write_digits=write, get_digits=get, rounding={coarse: "cut"}))
        for write, get, coarse in ((1, 8, "write"), (2, 3, "write"), (4, 0, "get"), (5, 6, "write"), (7, 6, "get"))
    ),
    # Readings that meet.
    (
        {"moved_by_read_after_write": True, "write_digits": 0, "get_digits": 3},
        settled(moves="after_write", write_digits=0, get_digits=3, rounding={"write": "cut"}),
    ),
    (
        {"moves_on_every_get": True, "get_digits": 0, "put_answer": "echo_request"},
        settled(moves="every_read", noop_put=OPEN, secret_moves=OPEN, get_digits=0, put_answer="echo_request", rounding={"get": "cut"}),
    ),
    same(put_answer="empty", post_answer="without_updated_at", write_answer_secrets="echo"),
]


def name_of(case):
    return ", ".join(f"{switch}={value}" for switch, value in case[0].items()) or "default"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_what_it_finds(sim, case):
    switches, otherwise = case
    before = organisation(sim, **switches)
    result = doctor(sim)
    assert findings(result) == {**DEFAULT, **otherwise}
    assert result["report"]["permissions"] == dict.fromkeys(("list", "read", "create", "update", "delete"), "yes")
    assert result["report"]["credentials"] == OTHERS
    assert "warnings" not in result
    assert result["changed"] is False
    kept_its_word(sim, before, result)


def test_every_value_of_every_switch_has_a_case():
    tried = {(switch, repr(value)) for switches, _otherwise in CASES for switch, value in switches.items()}
    tried |= {("authentication", repr(way)) for way in WAYS} | {("total_count", "'more'")}
    for field in dataclasses.fields(Switches):
        choices = field.metadata.get("choices") or ((True, False) if field.type == "bool" else ())
        default = field.default
        for value in choices:
            assert value == default or (field.name, repr(value)) in tried, f"{field.name}={value!r} is not tried"
        assert choices or any(name == field.name for name, _value in tried), f"{field.name} is not tried"


def test_zeros_at_the_end(sim):
    """Only a time that ends in zeros can show that they are dropped."""
    before = organisation(sim, trim_zeros=True, start="2026-01-31T12:00:00.1Z")
    result = doctor(sim)
    assert findings(result) == {**DEFAULT, **settled(write_digits=[5, 6], get_digits=[5, 6])}
    kept_its_word(sim, before, result)


def test_a_list_that_is_not_whole(sim):
    """Without one nothing can be observed safely."""
    before = organisation(sim, total_count="more")
    result = doctor(sim)
    assert set(findings(result).values()) == {OPEN} and "(totalCount), so a name that is missing" in str(result["warnings"])
    assert result["report"]["reliable"] is False
    kept_its_word(sim, before, result)


WAYS = ("session_cookie", "api_key", "jwt")


@pytest.mark.parametrize("accepted", WAYS)
@pytest.mark.parametrize("way", WAYS)
def test_ways_of_authentication(sim, accepted, way):
    before = organisation(sim, authentication=accepted)
    result = doctor(sim, check_mode=True, **{way: getattr(sim, way)})
    good = way == accepted
    assert findings(result)["authentication"] == ((True, way) if good else OPEN)
    assert result["report"]["permissions"]["list"] == ("yes" if good else "no (401)")
    assert result["report"]["reliable"] is (None if good else False)
    kept_its_word(sim, before, result)
