# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions carried out at the API (contract, "Operations")."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
import typing as t
from dataclasses import replace

from .._core.actions import CREATE, DELETE, FIND, LIST, READ, REPLACE
from .._core.bodies import create_body, update_body
from .._core.comparison import differences, own_forms
from .._core.desired import Desired
from .._core.failure import MAYBE_APPLIED, Failure, bug
from .._core.masking import Mask, OtherSecrets
from .._core.names import is_written_otherwise, plain_name
from .._core.observed import Observed, read_observed, read_summary
from .._core.times import instant, same_time
from .client import ABSENT, Client
from .listing import NameIndex, credentials_path, list_credentials

_BETWEEN_LOOKS = 5.0  # seconds, at a list that may lag behind


def unknown_end(action: str, failure: Failure) -> list[str]:
    """What is to be said of a write that failed and may have been carried out; what became of a POST is looked up."""
    is_open = failure.maybe_applied and action in (REPLACE, DELETE)
    return [MAYBE_APPLIED] if is_open else []


class CredentialsApi:
    """Carries out actions at one API. Safe to share between threads.

    :param client: the transport.
    :param other_secrets: secrets of the whole task, which are taken out of every answer, not only of their own credential's.
    :param known: what is known already of which credentials there are (:meth:`NameIndex.as_dict`).
    """

    def __init__(self, client: Client, other_secrets: OtherSecrets | None = None, known: dict[str, t.Any] | None = None) -> None:
        self.client = client
        self.other_secrets = other_secrets
        self.names = NameIndex(client, known)

    def __call__(self, action: str, *arguments: t.Any) -> t.Any:
        """Carry out one action; what goes wrong is returned as a :class:`Failure`, not raised, foreseen or not.

        Where another action has failed in a way that this one would too, nothing is sent for it.
        """
        if refusal := self.client.breaker.refusal_of((action, *arguments), self.names.listed):
            return refusal
        answer = self._carry_out(action, arguments)
        if isinstance(answer, Failure):
            answer.add(*unknown_end(action, answer))
        self.client.breaker.count(action, answer)
        return answer

    def _carry_out(self, action: str, arguments: tuple[t.Any, ...]) -> t.Any:
        secrets = [text for argument in arguments if isinstance(argument, Desired) for text in argument.secret_texts()]
        mask = Mask([*self.client.connection.secret_texts(), *secrets], self.other_secrets)
        actions: dict[str, t.Callable[..., t.Any]] = {
            FIND: self._find,
            READ: self._read,
            LIST: self._list,
            CREATE: self._create,
            REPLACE: self._replace,
            DELETE: self._delete,
        }
        try:
            return actions[action](mask, *arguments)
        except Failure as failure:
            return failure
        except Exception as problem:
            unforeseen = bug(problem)
            unforeseen.maybe_applied = True  # for all that anybody knows
            return unforeseen

    def _find(self, mask: Mask, desired: Desired, wait: float | None = None, may_be_there: bool = False) -> Observed | None:
        if wait is not None:
            return self._find_new(mask, desired, wait, may_be_there)
        if desired.credential_id is not None:
            observed = self._get(mask, desired, desired.credential_id)
            if observed is None and not desired.absent:
                own = f" ({desired.credential_id})" if desired.name else ""
                raise Failure(
                    f"{desired.label}{own}: organisation {desired.organisation_id} has no credential of that id. The platform gives ids "
                    f"itself, so check the id and the organisation, or leave credential_id out to find or create it by name.",
                    status=404,
                )
            return observed
        for fresh in (False, True):
            credential_id = self._id_of_name(mask, desired, fresh)
            if credential_id is None:
                return self._find_alike(mask, desired)
            observed = self._get(mask, desired, credential_id)
            if observed is not None and self.names.is_shown_as(credential_id, str(desired.name), observed.name):
                return observed
            # Deleted or renamed since it was listed: list again, once. That it is gone is for that list to say.
            if observed:
                self.names.note(desired.organisation_id, credential_id, observed.name)
        raise Failure(f"{desired.label} was renamed or deleted elsewhere while this task looked for it: run again.")

    def _find_alike(self, mask: Mask, desired: Desired) -> Observed | None:
        """One that is listed with nearly this name, and still has it."""
        alike = self.names.find_alike(desired.organisation_id, str(desired.name))
        observed = self._get(mask, desired, alike) if alike else None
        if observed and "name" not in observed.withheld and plain_name(observed.name) != plain_name(str(desired.name)):
            self.names.note(desired.organisation_id, observed.id, observed.name)  # renamed since
            return None
        return observed

    def _find_new(self, mask: Mask, desired: Desired, wait: float, may_be_there: bool) -> Observed | None:
        """Look for what was created a moment ago, or what an earlier run may have created.

        :raises Failure: where there is one that may be it, under another spelling.
        """
        # What this task itself has begun to create, it has looked for already.
        is_doubted = self.names.is_doubted(desired.organisation_id, str(desired.name))
        observed = self._look_for(mask, desired, 0.0 if is_doubted else wait)
        similar = self.names.find_similar(desired.organisation_id, str(desired.name)) if may_be_there and observed is None else None
        there = self._get(mask, desired, similar) if similar else None
        if there:
            raise Failure(
                f"{desired.label}: an earlier run may have created it, and the organisation has {json.dumps(there.name)}, which may be "
                f"how the platform writes that name. Nothing was sent for it. Write the name as the platform does, or set on_unknown: push "
                f"once to create it."
            )
        return observed

    def _read(self, mask: Mask, organisation_id: str, credential_id: str, desired: Desired | None = None) -> Observed | None:
        path = credentials_path(organisation_id, credential_id)
        what = f"read {desired.label if desired else f'credential {credential_id}'}"
        answer = self.client.request("GET", path, what, mask, absent=True)
        return None if answer is ABSENT else read_observed(answer, mask, desired, credential_id)

    def _list(self, mask: Mask, organisation_id: str) -> list[dict[str, t.Any]]:
        return [read_summary(entry, mask) for entry in list_credentials(self.client, organisation_id, mask)]

    def _create(self, mask: Mask, desired: Desired) -> Observed:
        """POST it once; it is sent again only where it surely was not carried out, for a list may lag behind (contract, "List pages")."""
        path, name = credentials_path(desired.organisation_id), str(desired.name)
        lost: Failure | None = None
        if self.names.is_doubted(desired.organisation_id, name):
            lost = Failure(f"Could not create {desired.label}: an earlier try of this task may have created it.", maybe_applied=True)
        retries = 0
        while lost is None:
            readings = self.names.readings
            try:
                answer = self.client.request("POST", path, f"create {desired.label}", mask, body=create_body(desired))
                return self._created(mask, desired, answer, readings)
            except Failure as failure:
                if failure.maybe_applied:
                    lost = failure
                elif not failure.retryable or not self.client.pause(retries, failure.retry_after):
                    raise
            retries += 1
        self.names.doubt(desired.organisation_id, name)
        try:
            observed = self._look_for(mask, desired, None, lost.retry_after)
        except Failure as unread:
            lost.msg = f"{lost.msg} Whether it was created all the same is unknown: {unread.msg} Run again: its name is looked for first."
            raise lost from None
        if observed:
            # By its name it is ours; whether its secret is, nobody can see, so all of it is sent again.
            return self._replace(mask, desired, observed)
        lost.msg = (
            f"{lost.msg} It may have been created all the same, and be missing from the list for a while, so it is not sent again "
            f"by this task. Run again: its name is looked for first."
        )
        raise lost

    def _look_for(self, mask: Mask, desired: Desired, seconds: float | None, retry_after: float | None = None) -> Observed | None:
        """List again and again until the name is there.

        :param seconds: how long; ``None`` for as often as a request is repeated.
        :param retry_after: for how many seconds the server asked to be left alone before.
        :raises Failure: where it cannot be read.
        """
        until = None if seconds is None else time.monotonic() + seconds
        for looks in itertools.count():
            is_last = not self.client.pause(looks, None if looks else retry_after) if until is None else time.monotonic() >= until
            if credential_id := self._id_of_name(mask, desired, fresh=True):
                observed = self._get(mask, desired, credential_id)
                if observed is not None:
                    return observed
                if is_last:  # it may lag behind there too
                    raise Failure(f"credential {credential_id} is in the list, and is not found by its id.")
            if is_last:
                break
            if until is not None:
                time.sleep(max(0.0, min(_BETWEEN_LOOKS, until - time.monotonic())))
        return None

    def _created(self, mask: Mask, desired: Desired, answer: t.Any, readings: int) -> Observed:
        """The new credential as the POST's answer shows it, or a GET where that leaves out the time.

        :param readings: how many lists were read before.
        :raises Failure: where the answer is for anything else.
        """
        try:
            created = read_observed(answer, mask, desired)
            is_new = not self.names.knows(desired.organisation_id, created.id, readings)
            observed = created if created.updated_at or not is_new else self._get(mask, desired, created.id)
        except Failure as failure:
            failure.maybe_applied = True
            raise
        if not is_new or observed is None or not is_written_otherwise(str(desired.name), observed.name):
            raise Failure(
                f"Could not create {desired.label}: the API said yes, but its answer is for another credential, {created.id}.",
                maybe_applied=True,
            )
        # Whatever the platform has made of it, this task finds it by the name that it gives.
        self.names.note(desired.organisation_id, created.id, desired.name, observed.name)
        return replace(observed, own=own_forms(desired, None, created, observed))

    def _replace(self, mask: Mask, desired: Desired, before: Observed) -> Observed:
        """PUT; a GET after it only where the answer leaves ``updatedAt`` in doubt (contract, "Operations").

        In doubt is an answer without the time, or with the very time that was sent: it may be an echo of our own body.
        """
        what = f"update {desired.label}"
        path = credentials_path(desired.organisation_id, before.id)
        answer = self.client.request("PUT", path, what, mask, body=update_body(desired, before))
        self.names.note(desired.organisation_id, before.id, desired.name or before.name)
        answered: Observed | None = None
        if isinstance(answer, dict):
            with contextlib.suppress(Failure):  # for another credential, say: a GET decides
                answered = read_observed(answer, mask, desired, before.id)
        after = answered if answered and instant(answered.updated_at) else None
        if after is None or same_time(after.updated_at, before.updated_at) or differences(desired, after):
            try:
                after = self._get(mask, desired, before.id)
            except Failure as failure:
                failure.maybe_applied = True
                raise
        if after is not None and desired.name is not None and is_written_otherwise(desired.name, after.name):
            self.names.note(desired.organisation_id, before.id, desired.name, after.name)
        if after is None:
            raise Failure(f"Could not {what}: it was deleted elsewhere in the meantime. Run again.", maybe_applied=True)
        return replace(after, own=own_forms(desired, before, answered, after))

    def _delete(self, mask: Mask, desired: Desired, before: Observed) -> None:
        what = f"delete {desired.label}"
        path = credentials_path(desired.organisation_id, before.id)
        # A 404 is what was desired; it may also be the answer to the repetition of a DELETE whose own answer was lost.
        answer = self.client.request("DELETE", path, what, mask, absent=True)
        # Anything else than these two may be of what stands between, a page to sign in at for example (contract, "Operations").
        if answer is not ABSENT and answer is not None:
            shown: t.Any = None
            for looks in itertools.count():
                try:
                    shown = self.client.request("GET", path, f"see whether {desired.label} is deleted", mask, absent=True)
                except Failure as failure:
                    failure.maybe_applied = True
                    raise
                if shown is ABSENT or not self.client.pause(looks, None):  # it may take a moment
                    break
            if shown is not ABSENT:
                raise Failure(
                    f"Could not {what}: the API said yes, but does not show that it is gone. Check api_url, and what stands between.",
                    maybe_applied=True,
                )
        self.names.note(desired.organisation_id, before.id, None)

    def _get(self, mask: Mask, desired: Desired, credential_id: str) -> Observed | None:
        return self._read(mask, desired.organisation_id, credential_id, desired)

    def _id_of_name(self, mask: Mask, desired: Desired, fresh: bool) -> str | None:
        ids = self.names.find(desired.organisation_id, str(desired.name), mask, fresh)
        if len(ids) > 1:  # names need not be unique (contract, "Names")
            raise Failure(
                f"Organisation {desired.organisation_id} has {len(ids)} credentials named '{desired.name}' ({', '.join(sorted(ids))}): "
                f"give credential_id to say which one, or rename one of them."
            )
        return ids[0] if ids else None
