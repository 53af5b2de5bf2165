# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every open reading (contract, "Open readings"), as a switch that may be turned while the simulator runs.

The defaults are hard on a client: secrets are hidden, and what a PUT leaves out or blots out is lost.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

REDACTIONS = ("missing", "null", "empty", "asterisks", "word", "bullets", "none", "partial")


def _choice(default: Any, *others: Any) -> Any:
    # pylint: disable-next=invalid-field-call  # it is used in the dataclass below
    return dataclasses.field(default=default, metadata={"choices": (default, *others)})


@dataclass
class Switches:
    """Each field stands below the section that leaves it open."""

    # --- contract, "Redaction"
    #: How GET shows a secret: left out, null, "", `******`, `[REDACTED]`, bullets, the value, `ab****yz`.
    redaction: str = _choice("asterisks", *(name for name in REDACTIONS if name != "asterisks"))
    #: Of an `oauth2-token` only `scopes` may be visible when it is read: is all else of it redacted as its secrets are?
    visible_fields: str = _choice("readable", "scopes")
    #: Secrets are redacted when read: is the answer to a POST or PUT a reading, or does it `echo` the true values?
    write_answer_secrets: str = _choice("same", "echo")
    #: A redacted value that travels back in a PUT after all: it is stored as it is, ignored, or refused.
    put_redacted: str = _choice("stores", "keeps", "refuses")

    # --- contract, "Update body"
    #: A PUT that leaves a secret out: it is gone, it is kept, or that is refused.
    put_without_secret: str = _choice("wipes", "keeps", "refuses")
    #: PUT takes a whole Credential, so also another `type`; whether that may change is not said.
    type_change: str = _choice("accepts", "refuses")
    #: A PUT that leaves out an optional field that is no secret (`scopes`): it is gone, or it is kept.
    put_without_optional: str = _choice("drops", "keeps")
    #: The two times belong to the server (inferred): is what a PUT says of them ignored, or taken?
    put_times: str = _choice("ignored", "taken")

    # --- contract, "Credential types"
    #: That nothing else is allowed is said of `none` only: fields that a type lacks are refused, stored or dropped.
    unknown_fields: str = _choice("refuse", "keep", "ignore")
    #: Fields that the server adds to every `data` but that of `none` (nothing says that the table is all).
    extra_data_fields: dict[str, Any] = dataclasses.field(default_factory=dict)
    #: `scopes` and `additionalParams` are optional: empty or unset, are they left out, or `[]` and `{}`? Or is all that is empty
    #: null, as some languages write it: `data`, `usages`, `errors`, `next` and a list of credentials as well?
    empty_optionals: str = _choice("omit", "return", "null")
    #: Whether readable texts are kept as they were sent: in capitals, or with a `/` at the end.
    values_kept: str = _choice("as_sent", "upper", "suffixed")

    # --- contract, "Types of newer APIs"
    #: `additionalParams` is a mapping; newer APIs have one URL-encoded text.
    additional_params: str = _choice("mapping", "text")

    # --- contract, "Credential"
    #: Fields that the server adds to every Credential.
    extra_fields: dict[str, Any] = dataclasses.field(default_factory=dict)

    # --- contract, "What moves updatedAt"
    #: A PUT that changes nothing but secrets moves `updatedAt`.
    secret_put_moves: bool = True
    #: A PUT that changes nothing moves `updatedAt`.
    noop_put_moves: bool = True
    #: Validation ends some time after a write and moves `updatedAt`: here just before the first GET after it.
    moved_by_read_after_write: bool = False
    #: Linking a credential to an environment moves `updatedAt`.
    linking_moves: bool = False
    #: The worst case: each GET of a credential moves `updatedAt`.
    moves_on_every_get: bool = False

    # --- contract, "Token refresh"
    #: The platform itself refreshes the tokens of an `oauth2-token`: when `refresh` says so, or before a GET.
    token_refresh: str = _choice("on_request", "on_get")
    #: Such a refresh moves `updatedAt`.
    refresh_moves: bool = True

    # --- contract, "Precision of times"
    #: A Credential shows both times; those of newer APIs may have neither, and a time might never move.
    times: str = _choice("shown", "absent", "constant")
    #: Digits of a second in the answers to POST and PUT, and whether the rest is cut off or rounded.
    write_digits: int = _choice(9, *range(9))
    write_rounding: str = _choice("cut", "round")
    #: The same in the answer to GET.
    get_digits: int = _choice(9, *range(9))
    get_rounding: str = _choice("cut", "round")
    #: RFC 3339 lets a server drop trailing zeros, and write UTC in two ways.
    trim_zeros: bool = False
    zone: str = _choice("Z", "+00:00")

    # --- contract, "Operations": what the answer to a write holds
    #: PUT: the Credential; the same without `updatedAt`; with that of the request; as it was before; or no body at all.
    put_answer: str = _choice("credential", "without_updated_at", "echo_request", "before", "empty")
    #: POST: the Credential, the same without `updatedAt`, or no body at all.
    post_answer: str = _choice("credential", "without_updated_at", "empty")
    #: POST is answered with 201 and PUT with 200: or with 200 and 202.
    write_status: str = _choice("documented", "other")
    #: DELETE: 204 and nothing; 200 and the Credential; or 202, and it is gone a moment later.
    delete_answer: str = _choice("empty", "credential", "later")
    #: Sibling operations refuse to delete what is in use, with 409 or 412.
    delete_in_use: str = _choice("deletes", "refuses")
    #: A GET by id may be answered from a copy: for so many seconds it shows what was there before a write.
    get_lag: float = 0.0

    # --- contract, "Usages"
    #: Does a Credential show `usages`?
    usages: str = _choice("shown", "absent")
    #: Each of them is an environment and its connection; newer APIs name the connection alone.
    usages_form: str = _choice("environment", "connection")
    #: Do the summaries in a list show the optional `usages`?
    usages_in_list: bool = False

    # --- contract, "Validity"
    #: `errors`: never there; `[]`; what a rule finds; or that, but not yet in the answer to a write.
    #: What `invalidate` said about a credential is shown in any case.
    errors: str = _choice("absent", "empty", "rule", "rule_later")
    #: What a reason looks like is not said: a text, or an object as those of an error's `fields`.
    errors_form: str = _choice("text", "object")

    # --- contract, "List pages"
    #: A cursor is an `offset` (entries repeat or are skipped when others are updated) or a `position`.
    cursor: str = _choice("offset", "position")
    #: Nothing says that a list is up to date: for so many seconds a new credential is missing from it.
    list_lag: float = 0.0
    #: `first` has no documented maximum: a page never holds more than this (None: no maximum).
    page_limit: int | None = None
    #: A `first` above that maximum: the page is just smaller, or that is refused.
    page_over_limit: str = _choice("cut", "refuse")
    #: `totalCount` is how many there are: or how many are on the page; or it counts some that no list holds.
    total_count: str = _choice("all", "page", "more")
    #: The order is most recently updated first: or by the time of creation?
    list_order: str = _choice("updated", "created")

    # --- contract, "Names"
    #: Names need not be unique: or a name that is taken is refused with 409.
    names: str = _choice("free", "unique")

    #: Whether a name is kept as it was sent: or without blanks around it, in Unicode's form NFC, cut off, in small letters.
    names_kept: str = _choice("as_sent", "trimmed", "nfc", "cut", "lower")

    # --- contract, "Identifiers"
    #: New ids: ULIDs, or plain numbers as in older systems.
    id_form: str = _choice("ulid", "number")
    #: ULIDs are decoded without regard to case: is an id found in any spelling, or in its own only?
    id_case: str = _choice("any", "exact")

    # --- contract, "Errors"
    #: What is not valid: 400, as sibling operations say, or 422.
    invalid_status: int = _choice(400, 422)
    #: What is not there is 404; an API that does not tell strangers what there is says 403.
    missing_status: int = _choice(404, 403)
    #: Whether errors have a cause, and what it is called; newer APIs say `details`.
    error_cause: str = _choice("none", "cause", "details")

    # --- contract, "Authentication"
    #: The only way of authentication that is accepted.
    authentication: str = _choice("any", "session_cookie", "api_key", "jwt")

    def __setattr__(self, name: str, value: Any) -> None:
        field = self.__dataclass_fields__.get(name)
        if field is None:
            raise AttributeError(f"there is no switch {name!r}")
        choices = field.metadata.get("choices")
        if choices and value not in choices:
            raise ValueError(f"{name}: {value!r} is none of {', '.join(map(str, choices))}")
        if field.type == "bool" and not isinstance(value, bool):
            raise ValueError(f"{name}: {value!r} is neither true nor false")
        super().__setattr__(name, value)

    def turn(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)
