# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials that the doctor makes and takes away again, whatever happens in between."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import secrets
import signal
import time
import typing as t
from dataclasses import dataclass, field

from .._api.client import ABSENT, Answered, Client
from .._api.credentials import credentials_path, list_credentials
from .._core.credential_types import BASE64, TEXT, TEXTS, TYPES
from .._core.failure import Failure
from .._core.masking import Mask
from .diagnosis import Interrupted

_MARK = "versori.platform doctor, throw-away, may be deleted"
_MARKED = re.compile(re.escape(_MARK) + r" \(([0-9a-f]{20})-([0-9a-f]{12})\)")
_HOST = "versori-doctor.invalid"  # RFC 2606: such a name never leads anywhere
_LOOKS = 4  # at the list, when it is time to clean up


def new_name() -> str:
    """A name that is clearly marked, and that nobody else gives."""
    token = secrets.token_hex(10)
    return f"{_MARK} ({token}-{_check(token)})"


def is_ours(name: t.Any) -> bool:
    """Whether a doctor has made a credential of this name: the mark alone is not enough, its check must be right too."""
    found = _MARKED.fullmatch(name) if isinstance(name, str) else None
    return bool(found) and found[2] == _check(found[1])  # type: ignore[index]


def _check(token: str) -> str:
    return hashlib.sha256(f"{_MARK}/{token}".encode()).hexdigest()[:12]


@dataclass
class Throwaway:
    """A credential of the doctor's.

    :param id: ``None`` before it is created, and where nobody knows whether it was.
    :param gone: whether it is surely not there.
    """

    type: str
    name: str = field(default_factory=new_name)
    data: dict[str, t.Any] = field(default_factory=dict)
    id: str | None = None
    gone: bool = False

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Fresh values in every required field, worthless secrets among them."""
        self.data = {one.name: self.data.get(one.name) for one in TYPES[self.type] if one.required or one.secret}
        for one in TYPES[self.type]:
            if one.secret:
                raw = os.urandom(24)
                self.data[one.name] = base64.b64encode(raw).decode() if one.kind == BASE64 else raw.hex()
            elif one.name in self.data:
                text = f"https://{_HOST}/{one.snake_name}" if one.name.endswith("Url") else f"doctor-{secrets.token_hex(4)}"
                self.data[one.name] = {TEXT: text, TEXTS: ["read"]}[one.kind]

    @property
    def secret_names(self) -> list[str]:
        return [one.name for one in TYPES[self.type] if one.secret]


class Throwaways:
    """Keeps the book of them. On leaving, also on Ctrl-C and when it is told to end, all of them are deleted.

    A signal is only noted while a request is under way, and acted on before the next one: so what a POST has made is known
    when it is time to clean up, and nothing can come between. It takes effect when everything is clean.

    :param secrets: every secret text that was ever sent, for masks.
    """

    _SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

    def __init__(self, client: Client, organisation_id: str, sleep: t.Callable[[float], None] = time.sleep) -> None:
        self.client = client
        self.organisation_id = organisation_id
        self.book: list[Throwaway] = []
        self.left: list[str] = []
        self.requests = 0
        self.secrets: list[str] = [client.connection.token]
        self._sleep = sleep
        self._signal: int | None = None
        self._before: dict[int, t.Any] = {}

    def __enter__(self) -> Throwaways:
        for one in self._SIGNALS:
            with contextlib.suppress(ValueError):  # not the main thread: no signal arrives in this one
                if signal.getsignal(one) != signal.SIG_IGN:
                    self._before[one] = signal.signal(one, self._note)
        return self

    def _note(self, number: int, _frame: t.Any) -> None:
        self._signal = number

    def __exit__(self, *_error: t.Any) -> None:
        try:
            self._clean_up()
        finally:
            for number, handler in self._before.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if self._signal is not None:
            os.kill(os.getpid(), self._signal)

    def check(self) -> None:
        """:raises Interrupted: when it is time to end."""
        if self._signal is not None:
            raise Interrupted

    def nap(self, seconds: float) -> None:
        """Wait, but not when it is time to end."""
        while seconds > 0:
            self.check()
            self._sleep(min(seconds, 0.1))
            seconds -= 0.1

    @property
    def mask(self) -> Mask:
        return Mask(self.secrets)

    def ask(self, method: str, credential_id: str | None, what: str, body: t.Any = None, query: dict[str, t.Any] | None = None) -> Answered:
        """Send one request.

        :raises Interrupted: before it is sent.
        :raises Failure: when there is no answer.
        """
        self.check()
        self.requests += 1
        return self.client.exchange(method, credentials_path(self.organisation_id, credential_id), what, self.mask, body, query)

    def create(self, one: Throwaway) -> Answered:
        """POST a throw-away credential; it is in the book before it is sent.

        :raises Failure: when nobody knows what became of it, or the server said no for a reason that is not the credential's.
        """
        self.secrets += [one.data[name] for name in one.secret_names if one.data.get(name)]
        if one not in self.book:
            self.book.append(one)
        what = "create a throw-away credential"
        retry = self.client.new_retry()
        while True:
            try:
                answered = self.ask("POST", None, what, {"name": one.name, "type": one.type, "data": one.data})
                if answered.status < 500 and answered.status not in (408, 429):
                    break
                self.client.judge(answered, what, self.mask)
            except Failure as failure:
                if failure.maybe_applied:  # it may be there all the same: an answer that was lost tells nothing, so make it anew
                    one.id = self._find(one)
                    if one.id is not None:
                        self._remove(one.id)
                one.id, one.gone = None, not failure.maybe_applied
                retry = self.client.try_again(retry, failure)
                if retry is None or not failure.retryable:
                    raise
        content = answered.content
        if 200 <= answered.status < 300:
            one.id = content["id"] if isinstance(content, dict) and isinstance(content.get("id"), str) else self._find(one)
        one.gone = one.id is None and answered.status >= 300
        return answered

    def _find(self, one: Throwaway) -> str | None:
        known = {other.id for other in self.book}
        found = list_credentials(self.client, self.organisation_id, self.mask)
        return next((entry["id"] for entry in found if entry["name"] == one.name and entry["id"] not in known), None)

    def delete(self, one: Throwaway) -> Answered:
        """DELETE a throw-away credential."""
        answered = self.ask("DELETE", one.id, "delete a throw-away credential")
        one.gone = one.gone or answered.status == 404 or 200 <= answered.status < 300
        return answered

    def _remove(self, credential_id: str) -> None:
        """Delete one without asking whether it is time to end; that it is gone already is as good.

        :raises Failure: when it may still be there.
        """
        path = credentials_path(self.organisation_id, credential_id)
        self.client.request("DELETE", path, "delete a throw-away credential", self.mask, absent=True)

    def _clean_up(self) -> None:
        """Delete what is left of the book, and believe only the list that nothing is left; what stays is named."""
        names = {one.name for one in self.book}
        for look in range(_LOOKS if names else 0):
            if look:
                self._sleep(1.0)
            for one in self.book:
                if one.id is not None and not one.gone:
                    with contextlib.suppress(Failure):
                        self._remove(one.id)
                        one.gone = True
            try:
                found = list_credentials(self.client, self.organisation_id, self.mask)
            except Failure:
                self.left = [one.name for one in self.book if not one.gone]
                continue
            here = [entry for entry in found if entry["name"] in names]
            self.left = [entry["name"] for entry in here]
            for entry in here:
                with contextlib.suppress(Failure):
                    self._remove(entry["id"])
            # One whose POST was not answered may still come, as far as anybody knows.
            if not here and all(one.gone or one.id is not None for one in self.book):
                break

    def sweep(self, summaries: t.Iterable[t.Mapping[str, t.Any]], check_mode: bool) -> tuple[int, int]:
        """Delete what killed runs have left behind, told by its name, unless something uses it by now.

        :param summaries: the entries of the organisation's list.
        :return: how many were deleted, or in check mode would be, and how many were kept.
        """
        deleted = kept = 0
        for entry in summaries:
            if not is_ours(entry.get("name")):
                continue
            answer = self.client.judge(self.ask("GET", entry["id"], what := "read what an earlier run left"), what, self.mask, absent=True)
            if answer is ABSENT:
                continue
            if not isinstance(answer, dict) or not is_ours(answer.get("name")) or answer.get("usages"):
                kept += 1
                continue
            if not check_mode:
                self.check()
                self._remove(entry["id"])
            deleted += 1
        return deleted, kept
