# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a conversation done against the API: find, create, replace, delete."""

from __future__ import annotations

import collections
import contextlib
import hashlib
import threading
import typing as t
from urllib.parse import quote

from .._core.desired import Desired
from .._core.failure import Failure, bug
from .._core.identifiers import normal_identifier
from .._core.masking import Mask, OtherSecrets
from .._core.observed import Observed, differences, read_id, read_observed, read_summary, replacement
from .._core.steps import CREATE, DELETE, FIND, LIST, REPLACE, Answer, Step
from .._core.times import instant, same_time
from .client import ABSENT, Client

LARGE_PAGE = 100  # credentials a page; the default of 20 would cost five times the requests
_MOST_PAGES = 10_000  # of one reading
_PASSES = 5  # readings of a list that shifts while it is read


class NameIndex:
    """Which credentials an organisation has, by name: listed once, then kept up with our own writes.

    It lives as long as one task, its loop included, so that a loop over names costs one listing and not one an item. From
    one run of a shipped module to the next it travels as :meth:`as_dict`, with a digest for each name: names are free text,
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

    def as_dict(self) -> dict[str, t.Any]:
        """What is known, as plain data."""
        return {"listed": self._listed, "written": dict(self._written)}

    def find(self, organisation_id: str, name: str, mask: Mask, fresh: bool = False) -> list[str]:
        """The ids of the credentials of that name.

        :param fresh: list again, whatever is known.
        """
        key = normal_identifier(organisation_id)
        with self._lock:
            if fresh or key not in self._listed:
                summaries = list_credentials(self._client, organisation_id, mask)
                self._listed[key] = {one["id"]: _digest(one["name"]) for one in summaries}
            sought = _digest(name)
            return [one for one, digest in {**self._listed[key], **self._written[key]}.items() if digest == sought]

    def knows(self, organisation_id: str, credential_id: str) -> bool:
        """Whether a credential was there before, so that it cannot be a new one."""
        key = normal_identifier(organisation_id)
        with self._lock:
            return credential_id in self._listed.get(key, ()) or credential_id in self._written[key]

    def note(self, organisation_id: str, credential_id: str, name: str | None) -> None:
        """Keep up with a write of our own, or with what a reading showed; ``None`` for a credential that is gone."""
        with self._lock:
            self._written[normal_identifier(organisation_id)][credential_id] = None if name is None else _digest(name)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def list_credentials(client: Client, organisation_id: str, mask: Mask) -> list[dict[str, t.Any]]:
    """Every CredentialSummary of an organisation, each once, as the server sent it.

    The order is "most recently updated first", so the list shifts when something is updated while it is read: a page then
    repeats entries and leaves some out. It is read again until as many are known as ``totalCount`` says (contract, "List
    pages").
    That number proves something only while it stays the same: one that was read and then deleted would stand in for another
    that slipped to the page before.

    :raises Failure: also when the list never came to rest.
    """
    found: dict[str, dict[str, t.Any]] = {}
    before: int | None = None
    for _reading in range(_PASSES):
        totals, seen = _read_list(client, organisation_id, mask)
        total = totals[-1]
        if len(set(totals)) > 1:
            found, before = {}, None
            continue
        if len(seen) >= total:
            return list(seen.values())
        if total != before:
            found = {}
        found.update(seen)
        if len(found) == total:
            return list(found.values())
        before = total
    raise Failure(
        f"Could not list the credentials of organisation {organisation_id}: the list kept changing while it was read. Run again "
        f"when fewer changes are under way, or give credential_id."
    )


def _read_list(client: Client, organisation_id: str, mask: Mask) -> tuple[list[int], dict[str, dict[str, t.Any]]]:
    """One reading of all pages: what each said as ``totalCount``, and the entries by id."""
    what = f"list the credentials of organisation {organisation_id}"
    seen: dict[str, dict[str, t.Any]] = {}
    totals: list[int] = []
    cursors: set[str] = set()
    size: dict[str, t.Any] = {"first": LARGE_PAGE}
    query = dict(size)
    while True:
        try:
            page = client.request("GET", credentials_path(organisation_id), what, mask, query=query)
        except Failure as failure:
            if failure.status not in (400, 422) or "first" not in query:
                raise
            # `first` has no documented maximum (contract, "List pages"): ours may be above it, the server's own page is not.
            size = {}
            query.pop("first")
            continue
        entries, known = page.get("credentials") if isinstance(page, dict) else None, len(seen)
        if not isinstance(entries, list):
            raise Failure(f"Could not {what}: the answer is not a page of credentials. Check api_url.", maybe_applied=True)
        for one in entries:
            if not isinstance(one, dict) or not isinstance(one.get("id"), str) or not isinstance(one.get("name"), str):
                raise Failure(f"Could not {what}: an entry of the list has no id or name.", maybe_applied=True)
            seen[read_id(one["id"], "An id in the list", mask)] = one
        is_barren = len(seen) == known
        total, cursor = page.get("totalCount"), page.get("next")
        # Without these two nothing shows that the list is whole, and a name that is missing from it would be created again.
        if not isinstance(total, int) or isinstance(total, bool) or not isinstance(cursor, (str, type(None))):
            raise Failure(f"Could not {what}: a page's totalCount or next is missing or of the wrong type.", maybe_applied=True)
        totals.append(total)
        if not cursor or not entries:
            return totals, seen
        if cursor in cursors:
            raise Failure(f"Could not {what}: the server's pages lead in a circle.", maybe_applied=True)
        if is_barren:  # a server may make up a new `next` for ever; the totals tell whether what came before is whole
            return totals, seen
        make_sure_of_an_end(what, len(totals), len(seen), total)
        cursors.add(cursor)
        query = {**size, "after": cursor}


def make_sure_of_an_end(what: str, pages: int, entries: int, total: t.Any) -> None:
    """To be called before another page is asked for; as each page brings something new, this bounds their number.

    :param what: what is being done, for the message.
    :param total: the last page's ``totalCount``, whatever it is. It may be of some moments ago, or count something else.
    :raises Failure: where there are far more entries than it says, or more pages than any organisation has.
    """
    expected = total if isinstance(total, int) and total > 0 else 0
    if entries > 2 * expected + 1000 or pages >= _MOST_PAGES:
        raise Failure(
            f"Could not {what}: the list has no end. {entries} entries came, which is far more than totalCount says.", maybe_applied=True
        )


class CredentialsApi:
    """Does steps against one API. Safe to share between threads.

    :param client: the transport.
    :param others: secrets of the whole task, which are taken out of every answer, not only of their own credential's.
    :param known: what is known already of which credentials there are.
    """

    def __init__(self, client: Client, others: OtherSecrets | None = None, known: dict[str, t.Any] | None = None) -> None:
        self.client = client
        self.others = others
        self.names = NameIndex(client, known)

    def __call__(self, step: Step) -> Answer:
        """Do one step; what goes wrong is returned as a :class:`Failure`, not raised, foreseen or not."""
        mask = Mask([*self.client.connection.secret_texts(), *step.desired.secret_texts()], self.others)
        do: dict[str, t.Callable[[Step, Mask], Answer]] = {
            FIND: self._find,
            CREATE: self._create,
            REPLACE: self._replace,
            DELETE: self._delete,
            LIST: self._list,
        }
        try:
            return do[step.do](step, mask)
        except Failure as failure:
            return failure
        except Exception as problem:
            unforeseen = bug(problem)
            unforeseen.maybe_applied = True  # for all that anybody knows
            return unforeseen

    def _find(self, step: Step, mask: Mask) -> Observed | None:
        desired = step.desired
        if desired.credential_id is not None:
            observed = self._get(desired, desired.credential_id, mask)
            if observed is None and not desired.absent:
                raise Failure(
                    f"Organisation {desired.organisation_id} has no credential {desired.credential_id}: the platform gives ids itself, "
                    f"so check the id and the organisation, or leave credential_id out to find or create it by name.",
                    status=404,
                )
            return observed
        for fresh in (False, True):
            ids = self._ids(desired, mask, fresh)
            if not ids:
                return None
            observed = self._get(desired, ids[0], mask)
            if observed is not None and observed.name == desired.name:
                return observed
            # Deleted or renamed since it was listed: list again, once.
            self.names.note(desired.organisation_id, ids[0], observed.name if observed else None)
        raise Failure(f"{desired.label} was renamed or deleted elsewhere while this task looked for it: run again.")

    def _list(self, step: Step, mask: Mask) -> list[dict[str, t.Any]]:
        return [read_summary(one, mask) for one in list_credentials(self.client, step.desired.organisation_id, mask)]

    def _ids(self, desired: Desired, mask: Mask, fresh: bool) -> list[str]:
        ids = self.names.find(desired.organisation_id, t.cast(str, desired.name), mask, fresh)
        if len(ids) > 1:  # names need not be unique (contract, "Names")
            raise Failure(
                f"Organisation {desired.organisation_id} has {len(ids)} credentials named '{desired.name}' ({', '.join(sorted(ids))}): "
                f"give credential_id to say which one, or rename one of them."
            )
        return ids

    def _get(self, desired: Desired, credential_id: str, mask: Mask) -> Observed | None:
        what = f"read credential {credential_id}"
        answer = self.client.request("GET", credentials_path(desired.organisation_id, credential_id), what, mask, absent=True)
        return None if answer is ABSENT else read_observed(answer, mask, desired, credential_id)

    def _create(self, step: Step, mask: Mask) -> Observed:
        desired = step.desired
        body = {"name": desired.name, "type": desired.type, "data": desired.data()}
        retries = 0
        while True:
            try:
                answer = self.client.request("POST", credentials_path(desired.organisation_id), f"create {desired.label}", mask, body=body)
                return self._created(desired, answer, mask)
            except Failure as failure:
                if not failure.maybe_applied and not failure.retryable:
                    raise
                lost = failure
            # It may have been created all the same: look before it is sent again, never make two of one name.
            is_retry_left = self.client.pause(retries, lost.retry_after)
            found = self._look_for_created(desired, lost, mask)
            if found:
                # By its name it is ours; whether its secret is, nobody can see, so all of it is sent again.
                return self._replace(Step(REPLACE, desired, found), mask)
            if not is_retry_left or not lost.retryable:
                raise lost
            retries += 1

    def _created(self, desired: Desired, answer: t.Any, mask: Mask) -> Observed:
        """The new credential as the POST's answer shows it, or a GET where that leaves out the time.

        :raises Failure: where the answer is for anything else.
        """
        try:
            observed: Observed | None = read_observed(answer, mask, desired)
            new_id = t.cast(Observed, observed).id
            if self.names.knows(desired.organisation_id, new_id):
                observed = None
            elif not t.cast(Observed, observed).updated_at:
                observed = self._get(desired, new_id, mask)
        except Failure as failure:
            failure.maybe_applied = True
            raise
        if observed is None or observed.name != desired.name:
            raise Failure(
                f"Could not create {desired.label}: the API said yes, but its answer is for another credential, {new_id}.",
                maybe_applied=True,
            )
        self.names.note(desired.organisation_id, new_id, desired.name)
        return observed

    def _look_for_created(self, desired: Desired, lost: Failure, mask: Mask) -> Observed | None:
        """What a POST of unknown end has created, if it has.

        :param lost: how the POST ended.
        """
        try:
            ids = self._ids(desired, mask, fresh=True)
            return self._get(desired, ids[0], mask) if ids else None
        except Failure as unseen:
            lost.msg = f"{lost.msg} Whether it was created all the same is unknown: {unseen.msg} Run again: its name is looked for first."
            raise lost from None

    def _replace(self, step: Step, mask: Mask) -> Observed:
        """PUT; a GET after it only where the answer leaves ``updatedAt`` in doubt (contract, "Operations").

        In doubt is an answer without the time, or with the very time that was sent: it may be an echo of our own body.
        """
        desired, before = step.desired, t.cast(Observed, step.observed)
        path = credentials_path(desired.organisation_id, before.id)
        what = f"update {desired.label}"
        answer = self.client.request("PUT", path, what, mask, body=replacement(desired, before))
        self.names.note(desired.organisation_id, before.id, desired.name or before.name)
        after: Observed | None = None
        if isinstance(answer, dict) and instant(answer.get("updatedAt")):
            with contextlib.suppress(Failure):  # for another credential, say: a GET decides
                after = read_observed(answer, mask, desired, before.id)
        if after is None or same_time(after.updated_at, before.updated_at) or differences(desired, after):
            try:
                after = self._get(desired, before.id, mask)
            except Failure as failure:
                failure.maybe_applied = True
                raise
        if after is None:
            raise Failure(f"Could not {what}: it was deleted elsewhere in the meantime. Run again.", maybe_applied=True)
        return after

    def _delete(self, step: Step, mask: Mask) -> None:
        desired, before = step.desired, t.cast(Observed, step.observed)
        # A 404 is what was wanted; it may also be the answer to the repetition of a DELETE whose own answer was lost.
        self.client.request("DELETE", credentials_path(desired.organisation_id, before.id), f"delete {desired.label}", mask, absent=True)
        self.names.note(desired.organisation_id, before.id, None)


def credentials_path(organisation_id: str, credential_id: str | None = None) -> str:
    """The path of an organisation's credentials, or of one of them, below the API URL (contract, "Operations")."""
    path = f"/o/{quote(organisation_id, safe='')}/credentials"
    return path if credential_id is None else f"{path}/{quote(credential_id, safe='')}"
