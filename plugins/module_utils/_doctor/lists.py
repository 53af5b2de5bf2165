# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the list says, and how it is read page by page (contract, "List pages")."""

from __future__ import annotations

import typing as t

from .._api.client import Answered
from .._api.credentials import LARGE_PAGE, make_sure_of_an_end
from .._core.failure import Failure
from .diagnosis import WRONG, Finding, refused
from .examination import Examination
from .throwaway import Throwaway


def look_at_the_list(seen: Examination) -> None:
    """Connection, sign-in, and what the list says; only counted."""
    what = "list the credentials of the organisation"
    first = seen.throwaways.ask("GET", None, what, query={"first": LARGE_PAGE})
    if first.status in (401, 403):
        seen.permissions["list"] = f"no ({first.status})"
    if large_refused := first.status in (400, 422):
        first = seen.throwaways.ask("GET", None, what)
    page = _page(seen, first, what)
    seen.permissions["list"] = "yes"
    seen.settle("sign_in", seen.signed_in_with, f"{seen.signed_in_with}; the others were not tried")
    size = {} if large_refused else {"first": LARGE_PAGE}
    total, entries = page.get("totalCount"), list(page["credentials"])
    ids = {one["id"] for one in entries}
    cursors: set[str] = set()
    largest, is_barren = len(entries), not entries
    while isinstance(cursor := page.get("next"), str) and cursor and not is_barren and cursor not in cursors:
        make_sure_of_an_end(what, len(cursors) + 1, len(ids), total)
        cursors.add(cursor)
        page = _page(seen, seen.throwaways.ask("GET", None, what, query={**size, "after": cursor}), what)
        is_barren = ids.issuperset(one["id"] for one in page["credentials"])
        ids.update(one["id"] for one in page["credentials"])
        entries += page["credentials"]
    seen.count = len(ids)
    seen.swept, seen.kept = seen.throwaways.sweep({one["id"]: one for one in entries}.values(), seen.check_mode)
    _judge_size(seen, large_refused, largest, total, len(ids))
    if total == len(ids):
        again = f", though {len(entries) - len(ids)} were listed twice" if len(entries) > len(ids) else ""
        seen.settle("total_count", "all", f"yes, {total} of {total} were listed{again}")
    else:
        seen.leave(
            "total_count",
            f"it says {total if isinstance(total, int) else 'nothing'}, and {len(ids)} were listed: "
            f"either it counts something else, or others changed the list meanwhile",
        )


def _page(seen: Examination, answered: Answered, what: str) -> dict[str, t.Any]:
    page = seen.throwaways.client.judge(answered, what, seen.throwaways.mask)
    if not isinstance(page, dict) or not isinstance(page.get("credentials"), list):
        raise Failure(f"Could not {what}: the answer is not a page of credentials. Check api_url.")
    if not all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in page["credentials"]):
        raise Failure(f"Could not {what}: an entry of the list has no id.")
    return page


def _judge_size(seen: Examination, large_refused: bool, largest: int, total: t.Any, count: int) -> None:
    if large_refused:
        seen.settle(
            "page_limit",
            "refuse",
            f"fewer than {LARGE_PAGE}, and a first of {LARGE_PAGE} is refused",
            "the collection then asks for the server's own size",
        )
    elif largest < min(LARGE_PAGE, count):
        seen.settle("page_limit", largest, f"{largest}, whatever is asked for", "long lists take more requests")
    elif largest == LARGE_PAGE:
        seen.settle("page_limit", None, f"at least the {LARGE_PAGE} that the collection asks for")
    else:
        seen.leave("page_limit", f"there are only {count}, and they came on one page")


def look_at_pages(seen: Examination) -> None:
    """Three of our own in the list."""
    one, two, three = Throwaway("string"), Throwaway("string"), Throwaway("string")
    shown = seen.created(one)
    seen.created(two)
    top, cursor = _look_for_newest(seen, two)
    if top != two.id or cursor is None:
        seen.leave("next_cursor", "the newest credential is not the first of the list, or there is no next one")
        seen.leave("cursor", "the newest credential is not the first of the list, or there is no next one")
    elif (following := _following(seen, cursor)) is None:
        seen.settle("next_cursor", "refused", "no: it is refused", "only the first page of a list can be read", WRONG)
    elif following == two.id:
        seen.settle("next_cursor", "ignored", "no: the same page comes again", "only the first page of a list can be read", WRONG)
    elif following == one.id:
        seen.settle("next_cursor", "after", "yes")
        seen.created(three)
        _look_for_newest(seen, three)
        shifted = _following(seen, cursor)
        kinds = {two.id: ("offset", "it counts entries: one is listed twice"), one.id: ("position", "it keeps its place")}
        if shifted not in kinds:
            seen.leave("cursor", "others changed the list meanwhile")
        else:
            kind, words = kinds[shifted]
            seen.settle("cursor", kind, words, "the collection lists again until it has all" if kind == "offset" else "")
    else:
        seen.leave("next_cursor", "others changed the list meanwhile")
    _look_at_order(seen, one, two, shown)
    _look_at_size(seen)
    _look_at_names(seen, one)


def _top(seen: Examination) -> tuple[str | None, str | None]:
    """The first entry of the list, on a page of one, and where it goes on."""
    what = "list the credentials of the organisation"
    page = _page(seen, seen.throwaways.ask("GET", None, what, query={"first": 1}), what)
    entries = page["credentials"]
    if entries:
        _look_at_summary(seen, entries[0])
    return (entries[0]["id"] if entries else None), page.get("next")


def _look_for_newest(seen: Examination, newest: Throwaway) -> tuple[str | None, str | None]:
    """Wait until a new one is the first of the list; see :func:`_top`."""
    found = _top(seen)
    waited = 0
    while found[0] != newest.id and waited < max(seen.wait, 1):
        seen.throwaways.nap(1.0)
        waited += 1
        found = _top(seen)
    if found[0] != newest.id:
        seen.leave("list_lag", "it was not the first of the list")
    elif waited == 0:
        seen.findings.setdefault("list_lag", Finding("list_lag", True, "yes", value=False))
    else:
        means = "nothing to do: where an answer was lost, the collection waits before it looks, and never adds one blindly"
        seen.settle("list_lag", True, f"no, about {waited} s later", means)
    return found


def _following(seen: Examination, cursor: str) -> str | None:
    """The one entry after a cursor; ``None`` where the cursor is refused."""
    what = "list the credentials of the organisation"
    answered = seen.throwaways.ask("GET", None, what, query={"first": 1, "after": cursor})
    if refused(answered.status):
        return None
    entries = _page(seen, answered, what)["credentials"]
    return t.cast(str, entries[0]["id"]) if entries else ""


def _look_at_summary(seen: Examination, entry: dict[str, t.Any]) -> None:
    if entry["id"] in {one.id for one in seen.throwaways.book}:
        has = "usages" in entry
        seen.settle("usages_in_list", has, "yes" if has else "no", "" if has else "each is read by itself before it is pruned")


def _look_at_order(seen: Examination, older: Throwaway, newer: Throwaway, shown: dict[str, t.Any]) -> None:
    """Update the older one: does it go to the top?"""
    seen.settle_down()
    older.renew()
    if refused(seen.update(older, shown).status):
        seen.leave("list_order", "an update was refused")
        return
    if not seen.moved(shown, seen.read(older)):
        seen.leave("list_order", "an update does not move updatedAt")
        return
    top, _cursor = _top(seen)
    newest = [one.id for one in seen.throwaways.book if one.id and not one.gone][-1]
    if top == older.id:
        seen.settle("list_order", "updated", "most recently updated first, as documented")
    elif top == newest:
        seen.settle("list_order", "created", "most recently created first")
    else:
        seen.leave("list_order", "neither the newest nor the last updated is the first: another order, or others changed the list")


def _look_at_size(seen: Examination) -> None:
    """With ours in it, even an empty organisation's list shows a maximum of one or two."""
    found = seen.findings.get("page_limit")
    if found is None or found.settled:
        return
    what = "list the credentials of the organisation"
    page = _page(seen, seen.throwaways.ask("GET", None, what, query={"first": LARGE_PAGE}), what)
    total = page.get("totalCount")
    if isinstance(total, int) and page.get("next"):
        _judge_size(seen, False, len(page["credentials"]), total, total)


def _look_at_names(seen: Examination, one: Throwaway) -> None:
    twin = Throwaway("string", one.name)
    answered = seen.create(twin)
    if twin.id is not None:
        seen.settle("names", "free", "no, two of one name can be created", "the collection refuses to guess which one is meant")
        seen.ask("DELETE", twin)
    else:
        seen.settle("names", "unique", f"yes, the second one was refused ({answered.status})")
    for other in seen.throwaways.book:
        if other.id and not other.gone:
            seen.ask("DELETE", other)
