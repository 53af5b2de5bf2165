# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of one credential: its times, what updates do to it, its end."""

from __future__ import annotations

import typing as t

from .._api.client import Answered
from .._core.diagnosis import SET, WRONG, fate_of_secret, form_of, refused
from .._core.placeholders import may_be_redacted
from .._core.times import instant, same_time
from .examination import UNKNOWN_FIELD, Examination
from .throwaway import Throwaway

_NOBODY = "00000000000000000000000000"  # the form of a ULID, from 1970
_STALE = "2020-02-29T12:34:56Z"  # a time that no credential of the doctor's can have


def look_at_one(seen: Examination) -> None:
    """The life of one credential of type basic-auth."""
    one = Throwaway("basic-auth")
    answered = seen.create(one)
    if one.id is None:
        seen.throwaways.client.judge(answered, "create a throw-away credential", seen.throwaways.mask)
    has_time = isinstance(answered.content, dict) and instant(answered.content.get("updatedAt")) is not None
    seen.settle(
        "post_answer",
        "credential" if has_time else "without_updated_at",
        f"{answered.status}, and the credential{'' if has_time else ' without updatedAt, so one more request follows'}",
    )
    shown = seen.read(one)
    _look_at_id(seen, one)
    seen.forms["basic-auth.password"] = form_of(shown["data"], "password", one.data["password"])
    has = "usages" in shown
    seen.settle(
        "usages",
        "shown" if has else "absent",
        "yes" if has else "no",
        "" if has else "prune then deletes nothing, because nobody can say what is unused",
    )
    shown = _watch(seen, one, answered, shown)
    shown = _look_at_idle_put(seen, one, shown)
    shown = _look_at_put_times(seen, one, shown)
    shown = _look_at_unknown_field(seen, one, shown)
    shown = _look_at_lost_secret(seen, one, shown)
    _look_at_type(seen, one, shown)
    _look_at_end(seen, one)


def _look_at_id(seen: Examination, one: Throwaway) -> None:
    text = str(one.id)
    form = "ulid" if len(text) == 26 and text.isalnum() else "number" if text.isdecimal() else "other"
    words = {"ulid": "ULIDs", "number": "plain numbers", "other": "neither ULIDs nor plain numbers"}
    seen.settle("id_form", form, words[form])
    other = text.swapcase()
    if other == text:
        seen.leave("id_case", "there is no other spelling of a number")
        return
    answered = seen.throwaways.ask("GET", other, "read a throw-away credential")
    if answered.status == 200:
        seen.settle("id_case", "any", "yes, in upper and lower case")
    elif answered.status in (400, 404, 422):
        seen.settle("id_case", "exact", f"no ({answered.status})", "write credential_id exactly as the platform shows it", SET)


def _watch(seen: Examination, one: Throwaway, created: Answered, shown: dict[str, t.Any]) -> dict[str, t.Any]:
    """What moves ``updatedAt`` by itself, and what an update answers."""
    seen.settle_down()
    second = seen.read(one)
    seen.settle_down()
    third = seen.read(one)
    seen.moves_on_read = seen.moved(shown, second) and seen.moved(second, third)
    seen.note_pair(created, shown)
    seen.settle_down()
    one.renew()
    answered = seen.update(one, third)
    if refused(answered.status):
        seen.throwaways.client.judge(answered, "update a throw-away credential", seen.throwaways.mask)
    seen.settle_down()
    after = seen.read(one)
    _judge_put_answer(seen, third, answered.content, after)
    seen.note_pair(answered, after)
    seen.settle_down()
    later, last = seen.read(one), after
    pauses = 4 if seen.wait > 0 else 0
    for _pause in range(pauses):
        seen.throwaways.nap(seen.wait / pauses)
        last = seen.read(one)
        if seen.moved(later, last):
            break
    content = answered.content if isinstance(answered.content, dict) else {}
    answer_fresh = seen.findings["put_answer"].value == "credential"
    ignore = (
        "set on_drift: ignore; otherwise the run after each push takes it for an edit by somebody else, pushes once more, "
        "and then warns of contested"
    )
    if seen.moves_on_read:
        seen.settle(
            "moves",
            "every_read",
            "yes, at each read",
            "set on_drift: ignore: an edit by somebody else cannot be told from this",
            SET,
        )
    elif (answer_fresh and seen.moved(content, after)) or seen.moved(after, later) or seen.moved(shown, second):
        seen.settle(
            "moves",
            "after_write",
            "yes, once soon after a write, as if the platform validated it",
            ignore,
            SET,
        )
    elif pauses and seen.moved(later, last):
        seen.settle(
            "moves",
            "later",
            f"yes, within {seen.wait:g} s after a write, as if the platform validated it",
            ignore,
            SET,
        )
    elif not answer_fresh:
        seen.settle("moves", "nothing", f"no, not within {seen.wait:g} s after the first read that followed a write")
    else:
        seen.settle("moves", "nothing", f"no, not within {seen.wait:g} s after a write")
    return last if pauses else later


def _judge_put_answer(seen: Examination, before: dict[str, t.Any], content: t.Any, after: dict[str, t.Any]) -> None:
    more = "the collection reads again after each push"
    if not isinstance(content, dict):
        seen.settle("put_answer", "empty", "nothing", more)
    elif instant(content.get("updatedAt")) is None:
        seen.settle("put_answer", "without_updated_at", "the credential without updatedAt", more)
    elif content["updatedAt"] == before.get("updatedAt") and seen.moved(before, after):
        seen.settle("put_answer", "echo_request", "the updatedAt that was sent, not the new one", more)
    else:
        seen.settle("put_answer", "credential", "the credential with its new updatedAt")


def _look_at_idle_put(seen: Examination, one: Throwaway, shown: dict[str, t.Any]) -> dict[str, t.Any]:
    seen.settle_down()
    answered = seen.update(one, shown)
    seen.settle_down()
    after = seen.read(one)
    if refused(answered.status):
        seen.settle("noop_put", "refuses", f"it is refused ({answered.status})")
    elif seen.moves_on_read:
        seen.leave("noop_put", "updatedAt moves at each read anyway")
    else:
        moved = seen.moved(shown, after)
        seen.settle("noop_put", moved, "yes" if moved else "no")
    return after


def _look_at_put_times(seen: Examination, one: Throwaway, shown: dict[str, t.Any]) -> dict[str, t.Any]:
    answered = seen.update(one, shown, createdAt=_STALE, updatedAt=_STALE)
    after = seen.read(one)
    if refused(answered.status):
        seen.settle("put_times", "refused", f"other times than the server's are refused ({answered.status})")
    elif same_time(after.get("createdAt"), _STALE) or same_time(after.get("updatedAt"), _STALE):
        seen.settle(
            "put_times", "taken", "they are taken as they are", "an edit by a program that sends the old time back cannot be noticed"
        )
    else:
        seen.settle("put_times", "ignored", "they are ignored")
    return after


def _look_at_unknown_field(seen: Examination, one: Throwaway, shown: dict[str, t.Any]) -> dict[str, t.Any]:
    answered = seen.update(one, shown, data={**one.data, UNKNOWN_FIELD: "throw-away"})
    after = seen.read(one)
    if refused(answered.status):
        seen.settle("unknown_fields", "refuse", f"the update is refused ({answered.status})")
    elif UNKNOWN_FIELD in after["data"]:
        seen.settle("unknown_fields", "keep", "it is kept")
    else:
        seen.settle("unknown_fields", "ignore", "it is dropped in silence")
    return after


def _look_at_lost_secret(seen: Examination, one: Throwaway, shown: dict[str, t.Any]) -> dict[str, t.Any]:
    """Leave the secret out, then send its stand-in back: the two things that the collection never does."""
    standing = shown["data"].get("password")
    if not isinstance(standing, str) or not may_be_redacted(standing):
        standing = "******"
    never = "nothing to do: the collection always sends the secret itself"
    for question, data in (
        ("put_without_secret", {"username": one.data["username"]}),
        ("put_redacted", {"username": one.data["username"], "password": standing}),
    ):
        restored = seen.update(one, shown)
        if refused(restored.status):
            seen.leave(question, "the credential could not be brought to a known state first")
            continue
        before = seen.read(one)
        answered = seen.update(one, before, data=data)
        shown = seen.read(one)
        if refused(answered.status):
            seen.settle(question, "refuses", f"it is refused ({answered.status})", never)
            continue
        newly_invalid = bool(shown.get("errors")) and not before.get("errors")
        fate = fate_of_secret(before["data"], shown["data"], "password", one.data["password"], data.get("password"), newly_invalid)
        if fate is None:
            seen.leave(question, "it is accepted, and what became of the secret cannot be seen", never)
        elif fate == "keeps":
            seen.settle(question, "keeps", "it is accepted, and the secret stays", never)
        elif question == "put_redacted":
            seen.settle(question, "stores", "it is accepted, and the stand-in takes the secret's place", never)
        else:
            seen.settle(question, "wipes", "it is accepted, and the secret is gone", never)
    return shown


def _look_at_type(seen: Examination, one: Throwaway, shown: dict[str, t.Any]) -> None:
    other = Throwaway("string")
    seen.throwaways.secrets.append(other.data["value"])
    answered = seen.update(one, shown, type="string", data=other.data)
    if refused(answered.status):
        seen.settle("type_change", "refuses", f"no ({answered.status})", "delete a credential to give its name to another type")
        return
    answered = seen.ask("GET", one)
    after = seen.throwaways.client.judge(answered, "read a throw-away credential", seen.throwaways.mask)
    changed = isinstance(after, dict) and after.get("type") == "string"
    seen.settle("type_change", "accepts" if changed else "ignores", "yes" if changed else "it is accepted, but nothing changes")


def _look_at_end(seen: Examination, one: Throwaway) -> None:
    first = seen.ask("DELETE", one)
    again = seen.throwaways.ask("GET", one.id, "read a throw-away credential")
    second = seen.throwaways.delete(one)
    seen.settle("delete", [first.status, second.status], f"{first.status}, then {second.status}")
    if again.status == 404:
        _judge_absence(seen, again)


def look_for_nobody(seen: Examination) -> None:
    """A credential that nobody has: neither of ours nor of others'."""
    answered = seen.throwaways.ask("GET", _NOBODY, "read a credential that is not there")
    if answered.status in (401, 403):
        seen.permissions["read"] = f"no ({answered.status})"
    _judge_absence(seen, answered)


def _judge_absence(seen: Examination, answered: Answered) -> None:
    content = answered.content
    if answered.status == 404 and isinstance(content, dict) and "code" in content:
        seen.permissions["read"] = "yes"
        seen.settle("not_found", "api", "404 with a code, as documented")
        keys = [key for key in ("cause", "details") if content.get(key) is not None]
        seen.settle("error_cause", keys[0] if keys else "none", f"yes, as {keys[0]}" if keys else "not the one that was seen")
    elif answered.status == 404:
        seen.settle(
            "not_found",
            "bare",
            "404, but without the code of the API's own errors",
            "the collection does not take such an answer for 'it is not there': what is absent already is a failure",
            WRONG,
        )
    else:
        seen.throwaways.client.judge(answered, "read a credential that is not there", seen.throwaways.mask)
        seen.leave("not_found", f"the API answered {answered.status}")
