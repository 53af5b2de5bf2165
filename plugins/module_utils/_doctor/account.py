# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account as the doctor uses it: credentials that it makes there are taken away again, whatever happens in between."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import re
import secrets
import signal
import typing as t
from dataclasses import dataclass, field
from time import sleep

from .._api.client import ABSENT, Client, Response
from .._api.connection import Connection
from .._api.listing import credentials_path, list_credentials
from .._core.credential_types import TEXTS, TYPES
from .._core.failure import Failure
from .._core.identifiers import same_identifier
from .._core.masking import Mask
from .._core.names import is_written_otherwise
from .._core.observed import read_id

_MARK = "versori.platform doctor, throw-away, may be deleted"
_MARKED = re.compile(re.escape(_MARK) + r" \(([0-9a-f]{20})-([0-9a-f]{12})\)(?: [Aa])?")  # the last to see what becomes of it
_HOST = "versori-doctor.invalid"  # RFC 2606: such a name never leads anywhere
_LOOKS = 4  # at the list, when it is time to clean up, and at a new credential
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_DOES = {"GET": "read", "POST": "create", "PUT": "update", "DELETE": "delete"}


def new_name() -> str:
    """A name that is clearly marked, and that nobody else gives."""
    token = secrets.token_hex(10)
    return f"{_MARK} ({token}-{_checksum(token)})"


def is_ours(name: t.Any) -> bool:
    """Whether a doctor has made a credential of this name: the mark alone is not enough, its check must be right too."""
    marked = _MARKED.fullmatch(name.strip()) if isinstance(name, str) else None
    return marked is not None and marked[2] == _checksum(marked[1])


def _checksum(token: str) -> str:
    return hashlib.sha256(f"{_MARK}/{token}".encode()).hexdigest()[:12]


@dataclass
class Throwaway:
    """A credential of the doctor's.

    :param id: ``None`` before it is created, and where nobody knows whether it was.
    :param gone: whether it is surely not there.
    :param used: every secret that it has ever had.
    """

    type: str
    name: str = field(default_factory=new_name)
    data: dict[str, t.Any] = field(default_factory=dict)
    id: str | None = None
    gone: bool = False
    used: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Fresh values in every required field, worthless secrets among them."""
        for row in TYPES[self.type]:
            if row.secret:
                self.data[row.name] = secrets.token_hex(24)  # which is base64 as well
            elif row.required and row.kind == TEXTS:
                self.data[row.name] = ["read"]
            elif row.required:
                is_url = row.name.endswith("Url")
                self.data[row.name] = f"https://{_HOST}/{row.snake_name}" if is_url else f"doctor-{secrets.token_hex(4)}"
        self.used += self.secrets.values()

    def is_shown_as(self, name: t.Any) -> bool:
        """Whether a credential of this name is this one, also where the platform keeps names otherwise than they were sent."""
        return isinstance(name, str) and is_written_otherwise(self.name, name)

    @property
    def secrets(self) -> dict[str, str]:
        """The values of its secret fields, by name."""
        return {row.name: self.data[row.name] for row in TYPES[self.type] if row.secret}


class Account(Client):
    """One account at the API. It keeps the book of the doctor's credentials; on leaving, also on Ctrl-C and when it is told
    to end, all of them are deleted.

    A signal is only noted while a request is under way, and acted on before the next one: so what a POST has made is known
    when it is time to clean up, and nothing can come between. It takes effect when everything is clean.

    :attr before: the ids of the credentials that were there before; none of them is ever touched.
    :attr lag: for how many seconds a new credential was not found by its id, rounded up.
    :attr is_astray: whether an answer led to a credential of somebody else's, so that nothing more may be tried.
    :attr left: names of what could not be deleted.
    :attr swept: how many leftovers of earlier runs were deleted, or in check mode would be; ``kept``, how many are in use by now.
    :attr permissions: what the account was observed to be allowed to do: ``yes``, ``no (403)`` or ``not seen``.
    """

    def __init__(self, connection: Connection, organisation_id: str) -> None:
        super().__init__(connection)
        self.organisation_id = organisation_id
        self.book: list[Throwaway] = []
        self.left: list[str] = []
        self.before: set[str] = set()
        self.lag = 0
        self.is_astray = False
        self.permissions = dict.fromkeys(("list", "read", "create", "update", "delete"), "not seen")
        self.requests = self.swept = self.kept = 0
        self._signal: int | None = None
        self._is_cleaning = False
        self._handlers: dict[int, t.Any] = {}

    def __enter__(self) -> Account:
        with contextlib.suppress(ValueError):  # not the main thread: no signal arrives in this one
            for number in _SIGNALS:
                if signal.getsignal(number) != signal.SIG_IGN:
                    self._handlers[number] = signal.signal(number, self._note)
        return self

    def _note(self, number: int, _frame: t.Any) -> None:
        self._signal = number

    def __exit__(self, *_error: t.Any) -> None:
        self._is_cleaning = True
        try:
            self._clean_up()
        finally:
            self.close()
            for number, handler in self._handlers.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if self._signal is not None:
            os.kill(os.getpid(), self._signal)

    def _stop_if_signalled(self) -> None:
        if self._signal is not None and not self._is_cleaning:
            raise KeyboardInterrupt

    def nap(self, seconds: float) -> None:
        """Wait.

        :raises KeyboardInterrupt: when it is time to end.
        """
        while seconds > 0:
            self._stop_if_signalled()
            sleep(min(seconds, 0.1))
            seconds -= 0.1

    @property
    def mask(self) -> Mask:
        """Takes the token, and every secret that was sent, out of texts."""
        return Mask([*self.connection.secret_texts(), *(secret for throwaway in self.book for secret in throwaway.used)])

    def exchange(self, *args: t.Any, **options: t.Any) -> Response:
        """As the client's; every request goes through here.

        :raises KeyboardInterrupt: before it is sent, when it is time to end.
        """
        self._stop_if_signalled()
        self.requests += 1
        return super().exchange(*args, **options)

    def send(
        self, method: str, credential_id: str | None = None, body: t.Any = None, query: t.Any = None, may_be_refused: bool = False
    ) -> Response:
        """Send one request of an examination, and note what it says about permissions.

        :param may_be_refused: that the API does not like the request is an answer too; a status of 400 or more says so then.
        :raises Failure: when there is no answer, or it is a refusal; where that may be, only when it says nothing about the
            request itself, but about authentication, permission, the pace or a fault.
        """
        action = "list" if method == "GET" and credential_id is None else _DOES[method]
        what = "list the credentials of the organisation" if action == "list" else f"{action} a throw-away credential"
        response = self.exchange(method, credentials_path(self.organisation_id, credential_id), what, self.mask, body, query)
        if response.status in (401, 403):
            self.permissions[action] = f"no ({response.status})"
        elif 200 <= response.status < 300 and action != "list":  # that it is a list is not known yet
            self.permissions[action] = "yes"
        if not (may_be_refused and 400 <= response.status < 500 and response.status not in (401, 403, 408, 429)):
            self.judge(response, what, self.mask)
        return response

    def create(self, throwaway: Throwaway, may_be_refused: bool = False) -> Response:
        """POST it; it is in the book before that, and has an id afterwards, unless it was refused.

        :raises Failure: as :meth:`send` does, also when nobody knows what became of it.
        """
        self.book.append(throwaway)
        for retries in itertools.count():
            try:
                body = {"name": throwaway.name, "type": throwaway.type, "data": throwaway.data}
                response = self.send("POST", body=body, may_be_refused=may_be_refused)
                break
            except Failure as failure:
                if failure.maybe_applied:  # it may be there all the same: an answer that was lost tells nothing, so make it again
                    throwaway.id = self._find(throwaway)
                    if throwaway.id is not None:
                        self._remove(throwaway.id)
                throwaway.id, throwaway.gone = None, not failure.maybe_applied
                if not failure.retryable or not self.pause(retries, failure.retry_after):
                    raise
        throwaway.gone = response.status >= 300
        if not throwaway.gone:
            throwaway.id = self._answered_id(throwaway, response) or self._find(throwaway)
        return response

    def _answered_id(self, throwaway: Throwaway, response: Response) -> str | None:
        """The id that the answer to a POST gives, if it can be used and is surely that of this throw-away credential.

        :raises Failure: where it is that of another credential: what comes next would be written to that one.
        """
        answer = response.content if isinstance(response.content, dict) else {}
        try:
            credential_id = read_id(answer.get("id"), "The id in the answer", self.mask)
        except Failure:  # an id that no URL can hold, for example
            return None
        path = credentials_path(self.organisation_id, credential_id)
        is_another = any(same_identifier(credential_id, other) for other in self.before)
        if not is_another:
            for waited in range(_LOOKS):
                shown = self.request("GET", path, "read a throw-away credential", self.mask, absent=True)
                if shown is not ABSENT:
                    break
                self.lag = max(self.lag, waited + 1)
                self.nap(1.0)
            else:  # the list decides
                return None
            is_another = not isinstance(shown, dict) or not throwaway.is_shown_as(shown.get("name"))
        if is_another:
            self.is_astray = True
            raise Failure(
                "Could not examine this account: the API answered the creation of a throw-away credential with the id of another "
                "credential, which was not touched."
            )
        return credential_id

    def delete(self, throwaway: Throwaway) -> Response:
        """:raises Failure: when it may still be there."""
        response = self.send("DELETE", throwaway.id, may_be_refused=True)
        throwaway.gone = response.status == 404 or response.status < 300
        return response

    def entries(self) -> list[dict[str, t.Any]]:
        """Every entry of the organisation's list.

        :raises Failure: when it cannot be read as a whole.
        """
        return list_credentials(self, self.organisation_id, self.mask)

    def _find(self, throwaway: Throwaway) -> str | None:
        known = {*self.before, *(item.id for item in self.book)}
        ours = (entry["id"] for entry in self.entries() if throwaway.is_shown_as(entry["name"]) and entry["id"] not in known)
        return next(ours, None)

    def _remove(self, credential_id: str) -> None:
        """Delete it; that it is gone already is as good.

        :raises Failure: when it may still be there.
        """
        path = credentials_path(self.organisation_id, credential_id)
        self.request("DELETE", path, "delete a throw-away credential", self.mask, absent=True)

    def _clean_up(self) -> None:
        """Delete what is left of the book, and believe only the list that nothing is left; what stays is named."""
        for look in range(_LOOKS if self.book else 0):
            if look:
                sleep(1.0)
            for throwaway in self.book:
                if throwaway.id and not throwaway.gone:
                    with contextlib.suppress(Failure):
                        self._remove(throwaway.id)
                        throwaway.gone = True
            try:
                entries = [
                    entry
                    for entry in self.entries()
                    if entry["id"] not in self.before and any(throwaway.is_shown_as(entry["name"]) for throwaway in self.book)
                ]
            except Failure:
                self.left = [throwaway.name for throwaway in self.book if not throwaway.gone]
                continue
            self.left = [entry["name"] for entry in entries]
            for entry in entries:
                with contextlib.suppress(Failure):
                    self._remove(entry["id"])
            # One whose POST was not answered may still come, as far as anybody knows.
            if not entries and all(throwaway.gone or throwaway.id for throwaway in self.book):
                break

    def sweep(self, entries: list[dict[str, t.Any]], check_mode: bool) -> None:
        """Delete what killed runs have left behind, recognised by its name in the list, unless something uses it by now."""
        for entry in (entry for entry in entries if is_ours(entry["name"])):
            path = credentials_path(self.organisation_id, entry["id"])
            leftover = self.request("GET", path, "read what an earlier run left", self.mask, absent=True)
            if leftover is ABSENT:
                continue
            if not isinstance(leftover, dict) or not is_ours(leftover.get("name")) or leftover.get("usages"):
                self.kept += 1
                continue
            if not check_mode:
                self._remove(entry["id"])
            self.swept += 1
