# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list is read until it is whole, and left where it has no end: what is missing from it would be created a second time."""

import itertools
import json
from unittest import mock

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api import listing
from ansible_collections.versori.platform.plugins.module_utils._api.client import Response
from ansible_collections.versori.platform.plugins.module_utils._api.listing import list_credentials
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from ansible_collections.versori.platform.plugins.module_utils._doctor.account import Account
from ansible_collections.versori.platform.plugins.module_utils._doctor.examine import examine_account


@pytest.fixture
def read(connect, monkeypatch):
    """Lists what a server says that answers each request with the next page; the ids, and how many pages were asked for."""

    def read(pages):
        client, asked = connect().client, []
        pages = iter(pages)
        monkeypatch.setattr(client, "request", lambda *_args, **_more: asked.append(1) or next(pages))
        try:
            return [entry["id"] for entry in list_credentials(client, "org", Mask([]))], len(asked)
        except Failure as failure:
            return failure.msg, len(asked)

    return read


def page(entries, total, cursor=None):
    return {"credentials": [{"id": str(number), "name": f"n{number}"} for number in entries], "totalCount": total, "next": cursor}


def ever_new(number):
    return range(number * 100, number * 100 + 100)


def without_end(entries, total):
    """Pages that each have a fresh `next`; both arguments are functions of a page's number."""
    return (page(entries(number), total(number), f"cursor{number}") for number in itertools.count())


@pytest.mark.parametrize("cursor", ["offset", "position"])
@pytest.mark.parametrize("page_limit", [None, 3, 100])
def test_every_page_is_read(sim, connect, cursor, page_limit):
    sim.switches.turn(cursor=cursor, page_limit=page_limit)
    sim.seed(10)
    api = connect()
    assert len(api.names.find(sim.organisation_id, "credential-000007", Mask([]))) == 1
    assert api.names.find(sim.organisation_id, "missing", Mask([])) == []


def test_a_list_that_shifts_is_read_until_nothing_is_missing(sim, connect, monkeypatch):
    """While the first page is on its way, one of the last page is updated and moves to the front, which was read already."""
    sim.switches.turn(page_limit=4)
    ids = sim.seed(10)
    api = connect()
    original = api.client.request
    shifts = iter(ids[:3])

    def request(method, path, *args, **options):
        answer = original(method, path, *args, **options)
        if "after" not in options["query"] and (credential_id := next(shifts, None)):
            sim.touch(credential_id)
        return answer

    monkeypatch.setattr(api.client, "request", request)
    for number in range(1, 11):
        assert len(api.names.find(sim.organisation_id, f"credential-{number:06d}", Mask([]))) == 1


@pytest.mark.parametrize(
    ("pages", "ids", "asked"),
    [
        # What one reading has missed, the next one brings, as long as the total stays the same.
        ([page([1, 2], 3), page([2, 3], 3)], [1, 2, 3], 2),
        # With another total between two readings, an entry of the first may be gone: it must not stand in for one that was missed.
        ([page([1, 2], 3), page([3, 2], 4), page([4, 3], 4), page([5, 4], 4)], [3, 2, 4, 5], 4),
        # The same within one reading: neither that one counts, nor those before it.
        ([page([1, 2], 4, "a"), page([3], 3), page([2, 3, 4], 3)], [2, 3, 4], 3),
        ([page([1, 2], 3), page([2], 4, "a"), page([], 3), page([3, 2], 3), page([2, 4], 3)], [3, 2, 4], 5),
        ([page(range(100), 1)], range(100), 1),  # more than the total says
        ([page([1, 2], 2, "a"), page([3], 1)] * 2, [1, 2, 3], 4),  # which counts those of the page
        ([page([1, 2], 2, "a"), page([3], 1), page([1, 2], 2, "a"), page([2], 1), *[page([2, 1], 2, "a"), page([3], 1)] * 2], [2, 1, 3], 8),
        (without_end(lambda _page: [1, 2, 3], lambda _page: 3), [1, 2, 3], 2),
        (without_end(lambda number: [number, number + 1] if number < 10 else [10], lambda _page: 11), range(11), 11),
    ],
)
def test_which_entries_are_the_whole_list(read, pages, ids, asked):
    assert read(pages) == ([str(number) for number in ids], asked)


CHANGING = "the list kept changing while it was read. Run again"
ODD_PAGE = "a page's totalCount or next is missing or of the wrong type"
ODD_CHANGES = [*({"totalCount": total} for total in (None, True, "2", -1)), *({"next": cursor} for cursor in (7, ["x"], "\ud800"))]
NO_ENTRY = "an entry of the list has no id or name"


@pytest.mark.parametrize(
    ("pages", "words", "asked"),
    [
        (itertools.repeat(page([], 9)), "the list shows 0 of 9 (totalCount), so a name that is missing may be there", 5),
        (without_end(lambda _page: [1, 2, 3], lambda _page: 4), "the list shows 3 of 4 (totalCount)", 10),
        (itertools.cycle([page([1, 2], 3), page([2, 1], 3)]), CHANGING, 5),
        (itertools.repeat(page([1], 9, "x")), "the server's pages lead in a circle", 2),
        *(([{**page([1], 1), **change}], ODD_PAGE, 1) for change in ODD_CHANGES),
        *(([answer], "the answer is not a page of credentials", 1) for answer in ([], {"credentials": {}, "totalCount": 0})),
        *(([{"credentials": [entry], "totalCount": 1}], NO_ENTRY, 1) for entry in ({"id": "1"}, 7)),
    ],
)
def test_what_is_no_list_is_said(read, pages, words, asked):
    msg, count = read(pages)
    assert words in msg and count == asked


@pytest.mark.parametrize(("total", "most_pages"), [(3, 11), (0, 11), (300, 17), (10**12, 60), (None, 60)])
def test_ever_new_entries_are_given_up(read, monkeypatch, total, most_pages):
    monkeypatch.setattr(listing, "_MOST_PAGES", 50)
    pages = without_end(ever_new, lambda number: number * 100 + 100 if total is None else total)
    msg, asked = read(pages)
    assert msg.startswith("Could not list the credentials of organisation org: the list has no end") and msg.endswith(".")
    assert asked <= most_pages


@pytest.mark.parametrize("entries", [lambda _number: [1, 2], ever_new], ids=["same", "new"])
def test_the_doctor_leaves_it_too(sim, monkeypatch, entries):
    monkeypatch.setattr(listing, "_MOST_PAGES", 50)
    answers = [
        Response(200, {}, json.dumps(answer).encode(), True) for answer in itertools.islice(without_end(entries, lambda _page: 2), 60)
    ]
    monkeypatch.setattr(Account, "exchange", mock.Mock(side_effect=answers))
    options = {"api_url": sim.url, "api_key": sim.api_key, "organisation_id": sim.organisation_id, "wait": 0}
    result = examine_account(options, check_mode=True)
    assert ("the list has no end" in str(result.get("warnings"))) is (entries is ever_new)
