# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of an organisation's credentials, read page by page (contract, "List pages"), and which of them have which name."""

from __future__ import annotations

import collections
import threading
import typing as t
from urllib.parse import quote

from .._core.failure import Failure
from .._core.identifiers import normal_identifier
from .._core.masking import Mask
from .._core.names import digests_of_forms, folded_name, name_digest, plain_name
from .._core.observed import read_id
from .._core.texts import is_utf8
from .client import Client

LARGE_PAGE = 100  # credentials a page; the default of 20 would cost five times the requests
_MOST_PAGES = 10_000  # of one reading
_PASSES = 5  # readings of a list that shifts while it is read


class NameIndex:
    """Which credentials an organisation has, by name: listed once, then kept up with our own writes.

    It lives as long as one task, its loop included, so that a loop over names costs one listing and not one an item. From
    one run of a delegated module to the next it travels as :meth:`as_dict`, with a digest for each name: names are free text,
    which may hold a secret.

    :param known: what another one of this task knew.
    """

    def __init__(self, client: Client, known: dict[str, t.Any] | None = None) -> None:
        self._client = client
        self._lock = threading.Lock()
        # By organisation, in its one spelling: credential id -> digest of its name. What we wrote counts before what was
        # listed: a list may have been on its way since before that, or lag behind.
        self._listed: dict[str, dict[str, str]] = (known or {}).get("listed", {})
        self._written: dict[str, dict[str, str | None]] = collections.defaultdict(dict, (known or {}).get("written", {}))
        self._seen: dict[str, int] = {}  # by id: in which reading of this process it first was
        self._readings = 0
        self._shown: dict[str, list[str]] = (known or {}).get("shown", {})
        self._alike: dict[str, dict[str, list[str]]] = (known or {}).get("alike", {})  # digests of the plain and the folded name
        self._doubted: dict[str, list[str]] = collections.defaultdict(list, (known or {}).get("doubted", {}))

    def as_dict(self) -> dict[str, t.Any]:
        """What is known, as plain data."""
        known = {"listed": self._listed, "written": dict(self._written), "doubted": dict(self._doubted)}
        return {**known, "alike": self._alike, "shown": self._shown}

    def find(self, organisation_id: str, name: str, mask: Mask, fresh: bool = False) -> list[str]:
        """The ids of the credentials of that name.

        :param fresh: list again, whatever is known.
        :raises Failure: where the list could not be read, now or when another credential needed it.
        """
        key = normal_identifier(organisation_id)
        with self._lock:
            if fresh or key not in self._listed:
                if refusal := self._client.breaker.refusal(organisation_id):
                    raise refusal
                entries = list_credentials(self._client, organisation_id, mask)
                self._readings += 1
                for entry in entries:
                    if entry["id"] not in self._listed.get(key, ()):
                        self._seen[entry["id"]] = self._readings
                self._listed[key] = {entry["id"]: name_digest(entry["name"]) for entry in entries}
                self._alike[key] = {
                    entry["id"]: [name_digest(plain_name(entry["name"])), name_digest(folded_name(entry["name"]))] for entry in entries
                }
            digest = name_digest(name)
            return [credential_id for credential_id, known in {**self._listed[key], **self._written[key]}.items() if known == digest]

    def find_alike(self, organisation_id: str, name: str) -> str | None:
        """The id of a listed credential whose name is this one but for blanks around it and the form of its letters, or ``None``."""
        return self._find_form(organisation_id, 0, {name_digest(plain_name(name))})

    def find_similar(self, organisation_id: str, name: str) -> str | None:
        """The id of a listed credential whose name may be what the platform has made of this one, or ``None``."""
        return self._find_form(organisation_id, 1, digests_of_forms(name))

    def _find_form(self, organisation_id: str, form: int, digests: set[str]) -> str | None:
        key = normal_identifier(organisation_id)
        with self._lock:
            written = self._written[key]
            return next((id for id, known in self._alike.get(key, {}).items() if known[form] in digests and id not in written), None)

    @property
    def listed(self) -> t.Container[str]:
        """The organisations whose list is known, in their one spelling."""
        return self._listed

    @property
    def readings(self) -> int:
        """How many lists were read."""
        return self._readings

    def knows(self, organisation_id: str, credential_id: str, readings: int) -> bool:
        """Whether a credential was there before, so that it cannot be a new one.

        :param readings: how many lists were read by then; another thread may have read one since, with the new one in it.
        """
        key = normal_identifier(organisation_id)
        with self._lock:
            was_listed = credential_id in self._listed.get(key, ()) and self._seen.get(credential_id, 0) <= readings
            return was_listed or credential_id in self._written[key]

    def doubt(self, organisation_id: str, name: str) -> None:
        """Keep in mind that a credential of that name may have been created."""
        with self._lock:
            self._doubted[normal_identifier(organisation_id)].append(name_digest(name))

    def is_doubted(self, organisation_id: str, name: str) -> bool:
        """Whether this task has sent a POST for that name, and nobody knows what became of it."""
        with self._lock:
            return name_digest(name) in self._doubted[normal_identifier(organisation_id)]

    def note(self, organisation_id: str, credential_id: str, name: str | None, shown: str | None = None) -> None:
        """Keep up with a write of our own, or with what a reading showed; ``None`` for a credential that is gone.

        :param shown: how the platform writes that name, where it is not as it was sent.
        """
        with self._lock:
            self._written[normal_identifier(organisation_id)][credential_id] = None if name is None else name_digest(name)
            if name is not None and shown is not None:
                self._shown[credential_id] = [name_digest(name), name_digest(shown)]

    def is_shown_as(self, credential_id: str, name: str, shown: str) -> bool:
        """Whether a credential that is shown with the one name is the one that this task calls by the other."""
        return shown == name or self._shown.get(credential_id) == [name_digest(name), name_digest(shown)]


def credentials_path(organisation_id: str, credential_id: str | None = None) -> str:
    """The path of an organisation's credentials, or of one of them, below the API URL (contract, "Operations")."""
    path = f"/o/{quote(organisation_id, safe='')}/credentials"
    return path if credential_id is None else f"{path}/{quote(credential_id, safe='')}"


def list_credentials(client: Client, organisation_id: str, mask: Mask) -> list[dict[str, t.Any]]:
    """Every CredentialSummary of an organisation, each once, as the server sent it.

    The order is "most recently updated first", so the list shifts when something is updated while it is read: a page then
    repeats entries and leaves some out. It is read again until as many are known as ``totalCount`` says (contract, "List
    pages").
    That number proves something only while it stays the same: an entry that was read and then deleted would stand in for another
    that slipped to the page before. Where it counts the page's entries alone, two readings that are the same in all show that
    nothing moved. A list that shows fewer than that number says is never taken for whole: what it does not show would be created again.

    :raises Failure: also when the list never came to rest, or is not whole. It is the same for whatever needs that list.
    """
    try:
        return _list_whole(client, organisation_id, mask)
    except Failure as failure:
        failure.scope = failure.scope or normal_identifier(organisation_id)
        client.breaker.note(failure)
        raise


def _list_whole(client: Client, organisation_id: str, mask: Mask) -> list[dict[str, t.Any]]:
    known: dict[str, dict[str, t.Any]] = {}
    before: int | None = None
    last: tuple[list[int], list[str]] | None = None
    for _reading in range(_PASSES):
        totals, entries = _read_list(client, organisation_id, mask)
        total = totals[-1]
        is_at_rest, last = last == (totals, list(entries)), (totals, list(entries))
        if is_at_rest and max(totals) <= len(entries):  # of the page, perhaps
            return list(entries.values())
        if len(set(totals)) > 1:
            known, before = {}, None
            continue
        if len(entries) == total or (len(entries) > total and len(totals) == 1):
            return list(entries.values())
        known = {**known, **entries} if total == before else entries
        if len(known) == total:
            return list(known.values())
        before = total
    if is_at_rest:
        raise Failure(
            f"Could not list the credentials of organisation {organisation_id}: the list shows {len(entries)} of {max(totals)} "
            f"(totalCount), so a name that is missing may be there. Check whether this account may see all of them, or give credential_id."
        )
    raise Failure(
        f"Could not list the credentials of organisation {organisation_id}: the list kept changing while it was read. Run again "
        f"when fewer changes are under way, or give credential_id."
    )


def _read_list(client: Client, organisation_id: str, mask: Mask) -> tuple[list[int], dict[str, dict[str, t.Any]]]:
    """One reading of all pages: what each said as ``totalCount``, and the entries by id."""
    what = f"list the credentials of organisation {organisation_id}"
    path = credentials_path(organisation_id)
    known: dict[str, dict[str, t.Any]] = {}
    totals: list[int] = []
    cursors: set[str] = set()
    size: dict[str, t.Any] = {"first": LARGE_PAGE}
    query = size
    while True:
        try:
            page = client.request("GET", path, what, mask, query=query)
        except Failure as failure:
            if failure.status not in (400, 422) or not size:
                raise
            # `first` has no documented maximum (contract, "List pages"): ours may be above it, the server's own page is not.
            size = {}
            query = {key: value for key, value in query.items() if key != "first"}
            continue
        entries, before = page.get("credentials", ()) if isinstance(page, dict) else (), len(known)
        entries = [] if entries is None else entries  # null is how some write what is empty
        if not isinstance(entries, list):
            raise Failure(f"Could not {what}: the answer is not a page of credentials. Check api_url.")
        for entry in entries:
            if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or not isinstance(entry.get("name"), str):
                raise Failure(f"Could not {what}: an entry of the list has no id or name.")
            known[read_id(entry["id"], "An id in the list", mask)] = entry
        total, cursor = page.get("totalCount"), page.get("next")
        # Without these two nothing shows that the list is whole, and a name that is missing from it would be created again.
        sound = isinstance(total, int) and not isinstance(total, bool) and total >= 0
        if not sound or not isinstance(cursor, (str, type(None))) or not is_utf8(cursor or ""):
            raise Failure(f"Could not {what}: a page's totalCount or next is missing or of the wrong type.")
        totals.append(total)
        if not cursor or not entries:
            return totals, known
        if cursor in cursors:
            raise Failure(f"Could not {what}: the server's pages lead in a circle.")
        if len(known) == before:  # a server may make up a new `next` for ever; the totals tell whether what came before is whole
            return totals, known
        refuse_endless(what, len(totals), len(known), total)
        cursors.add(cursor)
        query = {**size, "after": cursor}


def refuse_endless(what: str, pages: int, entries: int, total: t.Any) -> None:
    """To be called before another page is asked for; as each page brings something new, this bounds their number.

    :param what: what is being done, for the message.
    :param total: the last page's ``totalCount``, whatever it is. It may be of some moments ago, or count something else.
    :raises Failure: where there are far more entries than it says, or more pages than any organisation has.
    """
    expected = total if isinstance(total, int) and total > 0 else 0
    if entries > 2 * expected + 1000 or pages >= _MOST_PAGES:
        raise Failure(f"Could not {what}: the list has no end. {entries} entries came, which is far more than totalCount says.")
