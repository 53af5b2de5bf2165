# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The probes: what the doctor tries at an account, in the order of the calls in ``examine.py``."""

from __future__ import annotations

import re
import typing as t

from .._api.listing import LARGE_PAGE
from .._core.credential_types import TEXT_MAP, TEXTS, TYPES, Field
from .._core.failure import Failure
from .._core.observed import hidden_fields
from .._core.placeholders import may_be_redacted
from .._core.times import instant, same_time
from .account import Throwaway
from .observations import UNKNOWN_FIELD, Examination, content_of, digits_of, form_of, has_moved

_NOBODY = "00000000000000000000000000"  # the form of a ULID, from 1970
_STALE = "2020-02-29T12:34:56Z"  # a time that no credential of the doctor's can have
_ZONE = re.compile(r"(Z|[+-]\d\d:?\d\d|)\s*$", re.IGNORECASE)
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,40}")


def examine_list(exam: Examination) -> None:
    """Connection, authentication, and the whole list, of which only leftovers of our own are looked at."""
    account = exam.account
    page = _page(exam, first=LARGE_PAGE)
    entries = account.entries()
    account.permissions["list"] = "yes"
    exam.settle("authentication", exam.authentication)
    exam.count, size = len(entries), len(page["credentials"]) if page else "refuse"
    exam.settle("page_limit", None if size == exam.count < LARGE_PAGE else size, count=exam.count)
    account.sweep(entries, exam.check_mode)
    account.before = {entry["id"] for entry in entries}


def examine_pages(exam: Examination) -> None:
    """Three credentials of our own in the list."""
    account = exam.account
    oldest, middle, newest = Throwaway("string"), Throwaway("string"), Throwaway("string")
    _response, credential = exam.create(oldest)
    exam.create(middle)
    page, entry, waited = _wait_for(exam, middle)
    is_first, cursor = entry.get("id") == middle.id, page.get("next")
    exam.settle("list_lag", waited > 0 if is_first else None, waited=waited)
    exam.settle("get_lag", account.lag > 0, waited=account.lag)
    total, there = page.get("totalCount"), len(account.entries())
    exam.settle("total_count", "all" if total == there else "page" if total == 1 else None)
    if is_first:
        exam.settle("usages_in_list", "usages" in entry)
    following = _first_id(exam, after=cursor) if is_first and cursor else ""
    exam.settle("next_cursor", {None: "refused", middle.id: "ignored", oldest.id: "after"}.get(following))
    if following == oldest.id:
        exam.create(newest)
        _wait_for(exam, newest)
        exam.settle("cursor", {middle.id: "offset", oldest.id: "position"}.get(_first_id(exam, after=cursor)))

    oldest.renew()
    oldest.name = f" {oldest.name} A"
    _response, updated = exam.update(oldest, credential)
    exam.settle("names_kept", _kept(oldest.name, str(updated.get("name"))))
    account.nap(waited)  # until the list shows that
    order = {oldest.id: "updated", newest.id or middle.id: "created"}.get(_first_id(exam))
    exam.settle("list_order", order if has_moved(credential, updated) else None)

    twin = Throwaway("string", oldest.name)
    response, _credential = exam.create(twin, may_be_refused=True)
    exam.settle("names", "free" if twin.id else "unique", status=response.status)
    for throwaway in account.book:
        if throwaway.id and not throwaway.gone:
            account.delete(throwaway)


def _kept(sent: str, shown: str) -> str:
    """What the platform has made of a name."""
    if shown == sent:
        return "as_sent"
    ways = {"trimmed": sent.strip(), "lower": sent.lower(), "cut": sent[: len(shown)]}
    return next((way for way, name in ways.items() if shown == name), "other")


def _page(exam: Examination, **query: t.Any) -> dict[str, t.Any] | None:
    """A page of the list, or ``None`` where the API refuses to show it.

    :raises Failure: as :meth:`Account.send` does, and when the answer is no page.
    """
    response = exam.account.send("GET", query=query, may_be_refused=True)
    if response.status >= 400:
        return None
    entries = content_of(response).get("credentials", ())
    entries = [] if entries is None else entries
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and isinstance(entry.get("id"), str) for entry in entries):
        raise Failure("Could not list the credentials of the organisation: the answer is not a page of credentials. Check api_url.")
    return {**content_of(response), "credentials": entries}


def _first_id(exam: Examination, **query: t.Any) -> str | None:
    """The id of the first entry of a page; ``None`` where the API refuses to show that, and empty where there is none."""
    page = _page(exam, first=1, **query)
    return None if page is None else next((entry["id"] for entry in page["credentials"]), "")


def _wait_for(exam: Examination, newest: Throwaway) -> tuple[dict[str, t.Any], dict[str, t.Any], int]:
    """Wait until a new credential is the first of the list: the first page, its only entry, and the seconds that it took."""
    waited = 0
    while True:
        page = _page(exam, first=1) or {}
        entry: dict[str, t.Any] = next(iter(page.get("credentials", ())), {})
        if entry.get("id") == newest.id or waited >= max(exam.wait, 1):
            return page, entry, waited
        exam.account.nap(1.0)
        waited += 1


def examine_absence(exam: Examination, credential_id: str | None = _NOBODY) -> None:
    """A credential that is not there: nobody's, or one of ours that is gone."""
    may_read = exam.account.permissions["read"]
    try:
        response = exam.account.send("GET", credential_id, may_be_refused=True)
    except Failure as failure:
        if failure.status != 403:
            raise
        exam.account.permissions["read"] = may_read  # it says nothing of those that are there
        exam.settle("not_found", "forbidden")
        return
    error = content_of(response)
    if response.status != 404:
        exam.settle("not_found", None, status=response.status)
    elif "code" not in error:
        exam.settle("not_found", "bare")
    else:
        exam.account.permissions["read"] = "yes"
        exam.settle("not_found", "api")
        exam.settle("error_cause", next((name for name in ("cause", "details") if error.get(name) is not None), "none"))


def examine_lifecycle(exam: Examination) -> None:
    """The life of one credential of type basic-auth: its times, what updates do to it, its end."""
    throwaway = Throwaway("basic-auth")
    response, credential = exam.create(throwaway)
    answer = content_of(response)
    exam.settle("post_answer", "credential" if instant(answer.get("updatedAt")) else "without_updated_at" if answer else "empty")
    exam.settle("usages", "absent" if credential.get("usages") is None else "shown")
    exam.is_timeless = instant(credential.get("updatedAt")) is None
    exam.settle("times", "absent" if exam.is_timeless else "shown")
    spelling = str(throwaway.id).swapcase()
    is_ulid = len(spelling) == 26 and spelling.isalnum()
    exam.settle("id_form", "ulid" if is_ulid else "number" if spelling.isdecimal() else "other")
    if spelling == throwaway.id:
        exam.settle("id_case", None)
    else:
        response = exam.account.send("GET", spelling, may_be_refused=True)
        exam.settle("id_case", "exact" if response.status >= 400 else "any", status=response.status)
    credential = _examine_moves(exam, throwaway, credential)
    credential = exam.try_update(
        "noop_put", throwaway, credential, lambda after: None if exam.moves_on_read else has_moved(credential, after)
    )
    credential = exam.try_update(
        "put_times",
        throwaway,
        credential,
        lambda after: "taken" if any(same_time(after.get(name), _STALE) for name in ("createdAt", "updatedAt")) else "ignored",
        createdAt=_STALE,
        updatedAt=_STALE,
    )
    data = {**throwaway.data, UNKNOWN_FIELD: "throw-away"}
    credential = exam.try_update(
        "unknown_fields", throwaway, credential, lambda after: "keep" if UNKNOWN_FIELD in after["data"] else "ignore", data=data
    )
    password = credential["data"].get("password")
    placeholder = password if isinstance(password, str) and may_be_redacted(password) else "******"
    credential = _lose_secret(exam, throwaway, credential, "put_without_secret", "wipes", {})
    credential = _lose_secret(exam, throwaway, credential, "put_redacted", "stores", {"password": placeholder})
    exam.try_update(
        "type_change",
        throwaway,
        credential,
        lambda after: "accepts" if after["type"] == "string" else "ignores",
        type="string",
        data={"value": throwaway.data["password"]},
    )
    response = exam.account.delete(throwaway)
    exam.settle("delete_answer", "later" if response.status == 202 else "credential" if content_of(response) else "empty")
    exam.settle_down()
    examine_absence(exam, throwaway.id)


def _examine_moves(exam: Examination, throwaway: Throwaway, credential: dict[str, t.Any]) -> dict[str, t.Any]:
    """What an update answers, and what moves ``updatedAt`` beside it."""
    reads = [credential]
    for _read in range(2):
        exam.settle_down()
        reads.append(exam.read(throwaway))
    exam.moves_on_read = has_moved(reads[0], reads[1]) and has_moved(reads[1], reads[2])
    exam.account.nap(0.01)  # where zeros at the end are left out, two times may otherwise agree to the digits that both have
    username = throwaway.data["username"]
    throwaway.renew()
    throwaway.data["username"] = username
    response, credential = exam.update(throwaway, reads[2])
    exam.settle("secret_moves", None if exam.moves_on_read else has_moved(reads[2], credential))
    answer = content_of(response)
    if instant(answer.get("updatedAt")) is None:
        kind = "without_updated_at" if answer else "empty"
    else:
        is_echo = answer["updatedAt"] == reads[2].get("updatedAt") and has_moved(reads[2], credential)
        kind = "echo_request" if is_echo else "credential"
    exam.settle("put_answer", kind)

    is_fresh = kind == "credential"
    watched = [answer, credential] if is_fresh else [credential]
    exam.settle_down()
    watched.append(exam.read(throwaway))
    for _pause in range(4 if exam.wait else 0):
        exam.account.nap(exam.wait / 4)
        watched.append(exam.read(throwaway))
    moved = has_moved(reads[0], reads[1]) or any(map(has_moved, watched, watched[1:]))
    since = "a write" if is_fresh else "the first read that followed a write"
    exam.settle("moves", "every_read" if exam.moves_on_read else "after_write" if moved else "nothing", wait=exam.wait, since=since)
    return watched[-1]


def _lose_secret(
    exam: Examination, throwaway: Throwaway, credential: dict[str, t.Any], question: str, lost: str, given: dict[str, str]
) -> dict[str, t.Any]:
    """Leave the secret out, or send its placeholder back: the two things that the collection never does.

    :param lost: the answer, where the secret is not there any more.
    :param given: what is sent in its place.
    """
    _response, before = exam.update(throwaway, credential)  # now the server surely holds it

    def judge(after: dict[str, t.Any]) -> str | None:
        was, now = (form_of(read["data"], "password", throwaway.data["password"]) for read in (before, after))
        if now == "none" or (now == "partial" and not given):  # where a placeholder was sent, that would look the same
            return "keeps"
        is_newly_invalid = after.get("errors") and not before.get("errors")
        return lost if was == "none" or was != now or is_newly_invalid else None

    return exam.try_update(question, throwaway, before, judge, data={"username": throwaway.data["username"], **given})


def examine_types(exam: Examination) -> None:
    """Each type in turn."""
    accepted, hidden, otherwise = [], [], []
    for name, fields in TYPES.items():
        throwaway = Throwaway(name)
        if name == "oauth2-client":
            throwaway.data["scopes"] = ["read"]
        elif name == "oauth2-token":
            throwaway.data["additionalParams"] = {"versori": "doctor"}
        response, credential = exam.create(throwaway, may_be_refused=True)
        if throwaway.id is None:
            continue
        accepted.append(name)
        unseen = hidden_fields(name, credential["data"])
        hidden += [f"{name}.{field}" for field in unseen if throwaway.data.get(field)]
        otherwise += [
            f"{name}.{field.name}" for field in fields if field.name not in unseen and _is_otherwise(field, throwaway, credential)
        ]
        for field in fields:
            form = form_of(credential["data"], field.name, throwaway.data[field.name]) if field.secret else ""
            if field.secret and not (field.refreshed and form == "other"):  # another value may be a refreshed one
                exam.forms[f"{name}.{field.name}"] = form
        if name == "oauth2-client":
            credential = _examine_optionals(exam, throwaway, credential)
            _examine_errors(exam, throwaway, credential, content_of(response).get("errors") is not None)
        elif name == "oauth2-token":
            shown = credential["data"].get("additionalParams")
            exam.settle("additional_params", "mapping" if isinstance(shown, dict) else "text" if shown and "=" in str(shown) else None)
            _examine_tokens(exam, throwaway, credential)
        exam.account.delete(throwaway)
    exam.settle("types", accepted if len(accepted) < len(TYPES) else "all")
    exam.settle("hidden_fields", (hidden or "none") if accepted else None)
    exam.settle("values_kept", (otherwise or "as_sent") if accepted else None)
    forms = sorted(set(exam.forms.values()))
    worst = next((form for form in ("other", "none") if form in forms), None)
    exam.settle("redaction", forms[0] if len(forms) == 1 else exam.forms or None, row=worst)
    echoed = any(echoes and exam.forms.get(field, "none") != "none" for field, echoes in exam.echoes.items())
    exam.settle("write_answer_secrets", "echo" if echoed else "same" if exam.echoes else None)


def _is_otherwise(field: Field, throwaway: Throwaway, credential: dict[str, t.Any]) -> bool:
    """Whether the platform shows another value than was sent."""
    shown = credential["data"].get(field.name)
    is_given = not field.secret and field.name in throwaway.data and shown not in (None, "", [], {})
    return is_given and field.comparable(shown) != field.comparable(throwaway.data[field.name])


def _examine_optionals(exam: Examination, throwaway: Throwaway, credential: dict[str, t.Any]) -> dict[str, t.Any]:
    optional = {field.name for field in TYPES[throwaway.type] if field.kind in (TEXTS, TEXT_MAP)} - set(throwaway.data)
    empty = [credential["data"][name] for name in optional & set(credential["data"])]
    exam.settle("empty_optionals", "omit" if not empty else "null" if set(map(type, empty)) == {type(None)} else "return")
    data = {name: value for name, value in throwaway.data.items() if name != "scopes"}
    return exam.try_update(
        "put_without_optional", throwaway, credential, lambda after: "keeps" if after["data"].get("scopes") else "drops", data=data
    )


def _examine_errors(exam: Examination, throwaway: Throwaway, credential: dict[str, t.Any], in_answer: bool) -> None:
    """What is said of a credential that cannot work.

    :param in_answer: whether the answer to its creation had ``errors``.
    """
    throwaway.data["tokenUrl"] = "versori-doctor"
    response, after = exam.update(throwaway, credential, may_be_refused=True)
    if response.status >= 400:
        kind = "refuses"
    elif after.get("errors"):
        kind = "rule" if content_of(response).get("errors") else "rule_later"
    else:
        kind = "empty" if after.get("errors") is not None or in_answer else "absent"
    exam.settle("errors", kind, status=response.status)


def _examine_tokens(exam: Examination, throwaway: Throwaway, credential: dict[str, t.Any]) -> None:
    exam.settle_down()
    after = exam.read(throwaway)
    was, now = (read["data"].get("accessToken") for read in (credential, after))
    is_refreshed = was != now or form_of(credential["data"], "accessToken", throwaway.data["accessToken"]) == "other"
    if has_moved(credential, after) and (is_refreshed or not exam.moves_on_read):  # else the read itself may have moved it
        exam.settle("tokens", "moves")
    else:
        exam.settle("tokens", "silent" if is_refreshed else None)


def sum_up(exam: Examination) -> None:
    """What was observed on the way: fields that the server adds, and how it writes times."""
    if not exam.read_times:
        return
    for question, names in exam.added.items():
        # Whatever is not surely the name of a field is only counted.
        plain = [name for name in sorted(names) if _FIELD_NAME.fullmatch(name) and exam.account.mask.word(name) == name]
        exam.settle(question, plain + ([f"{len(names) - len(plain)} more"] if len(plain) < len(names) else []))
    zones = {_ZONE.findall(time)[0] or "none" for time in exam.write_times + exam.read_times if instant(time)}
    for question, values in (
        ("write_digits", digits_of(exam.write_times)),
        ("get_digits", digits_of(exam.read_times)),
        ("zone", sorted(zones)),
    ):
        exam.settle(question, values[0] if len(values) == 1 else values or None)
    ways = {"write": _rounding(exam.created), "get": _rounding((read, written) for written, read in exam.created)}
    exam.settle("rounding", {name: way for name, way in ways.items() if way} or None)


def _rounding(pairs: t.Iterable[tuple[t.Any, t.Any]]) -> str | None:
    """``cut`` or ``round``, from pairs of one time with less and with more precision; ``None`` where they do not tell."""
    ways = set()
    for coarse, fine in pairs:
        less, more = instant(coarse), instant(fine)
        if less and more and len(less[1]) < len(more[1]) and same_time(coarse, fine):
            digits = len(less[1])
            if less != (more[0], more[1][:digits]):
                ways.add("round")
            elif more[1][digits] >= "5":
                ways.add("cut")
    return ways.pop() if len(ways) == 1 else None
