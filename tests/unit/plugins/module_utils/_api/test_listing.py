# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list that has no end is left: where it brings nothing new, and where it brings far more than it says."""

import itertools
import json

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api import listing
from ansible_collections.versori.platform.plugins.module_utils._api.client import Response
from ansible_collections.versori.platform.plugins.module_utils._api.listing import list_credentials
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from ansible_collections.versori.platform.plugins.module_utils._doctor.account import Account
from ansible_collections.versori.platform.plugins.module_utils._doctor.examine import examine_account


class Server:
    """Answers each request for a page with a fresh `next`.

    :param entries: the numbers of the entries of a page, by the page's number.
    """

    def __init__(self, entries, total):
        self.pages = 0
        self._entries, self._total = entries, total

    def page(self):
        self.pages += 1
        entries = [{"id": f"id{number}", "name": f"n{number}"} for number in self._entries(self.pages - 1)]
        total = self._total(self.pages) if callable(self._total) else self._total
        return {"credentials": entries, "totalCount": total, "next": f"cursor{self.pages}"}


@pytest.fixture
def read(connect, monkeypatch):
    def read(entries, total):
        server = Server(entries, total)
        client = connect().client
        monkeypatch.setattr(client, "request", lambda *_args, **_more: server.page())
        return server, lambda: list_credentials(client, "org", Mask([]))

    return read


def test_the_same_entries_for_ever_are_the_whole_list(read):
    server, ask = read(lambda _page: [1, 2, 3], 3)
    assert [entry["id"] for entry in ask()] == ["id1", "id2", "id3"]
    assert server.pages == 2


def test_the_same_entries_for_ever_and_a_count_of_more(read):
    server, ask = read(lambda _page: [1, 2, 3], 4)
    with pytest.raises(Failure, match="the list kept changing while it was read"):
        ask()
    assert server.pages == 10


def test_pages_that_overlap_are_read_to_their_end(read):
    _server, ask = read(lambda page: [page, page + 1] if page < 10 else [10], 11)
    assert len(ask()) == 11


@pytest.mark.parametrize(("total", "most_pages"), [(3, 11), (0, 11), (300, 17), (10**12, 60), (lambda page: page * 100, 60)])
def test_ever_new_entries_are_given_up(read, monkeypatch, total, most_pages):
    monkeypatch.setattr(listing, "_MOST_PAGES", 50)
    numbers = itertools.count()
    server, ask = read(lambda _page: [next(numbers) for _entry in range(100)], total)
    with pytest.raises(Failure, match="Could not list the credentials of organisation org: the list has no end") as caught:
        ask()
    assert caught.value.msg.endswith(".")
    assert server.pages <= most_pages


def test_more_than_the_count_says_is_a_list_all_the_same(read):
    pages = iter([{"credentials": [{"id": f"id{number}", "name": "n"} for number in range(100)], "totalCount": 1}])
    server, ask = read(lambda _page: [], 0)
    server.page = lambda: next(pages)
    assert len(ask()) == 100


@pytest.mark.parametrize("entries", ["same", "new"])
def test_the_doctor_leaves_it_too(sim, monkeypatch, entries):
    monkeypatch.setattr(listing, "_MOST_PAGES", 50)
    numbers = itertools.count()
    server = Server(lambda _page: [1, 2] if entries == "same" else [next(numbers) for _entry in range(100)], 2)
    monkeypatch.setattr(Account, "exchange", lambda *_args, **_more: Response(200, {}, json.dumps(server.page()).encode(), True))
    options = {"api_url": sim.url, "api_key": sim.api_key, "organisation_id": sim.organisation_id, "wait": 0}
    result = examine_account(options, check_mode=True)
    assert server.pages < 60
    assert ("the list has no end" in str(result.get("warnings"))) is (entries == "new")


@pytest.mark.parametrize("page", [{"totalCount": -1, "next": None}, {"totalCount": 0, "next": "\ud800"}])
def test_a_count_or_a_cursor_that_cannot_be_is_refused(monkeypatch, sim, connect, page):
    """Each would say that there is nothing more, and what is not listed would be created again."""
    client = connect().client
    monkeypatch.setattr(client, "request", lambda *_args, **_options: {"credentials": [], **page})
    with pytest.raises(Failure, match="totalCount or next is missing or of the wrong type"):
        list_credentials(client, sim.organisation_id, Mask([]))
