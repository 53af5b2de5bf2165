# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all probes of an examination use: writes and reads of credentials of our own, and what was observed on the way."""

from __future__ import annotations

import re
import typing as t

from .._api.client import Response
from .._core.bodies import update_body
from .._core.credential_types import TYPES
from .._core.desired import Desired
from .._core.observed import read_observed
from .._core.placeholders import may_be_redacted
from .._core.times import has_moved as is_another_time
from .._core.times import instant
from .account import Account, Throwaway
from .questions import Finding, finding

_OF_TIMES = ("noop_put", "put_times", "moves", "secret_moves")  # questions that nobody can answer where none are shown
UNKNOWN_FIELD = "versoriDoctor"  # no type has it
_FIELDS = {"id", "type", "name", "data", "createdAt", "updatedAt", "usages", "errors"}  # contract, "Credential"
_DATA_FIELDS = {field.name for fields in TYPES.values() for field in fields} | {UNKNOWN_FIELD}


class Examination:
    """One run of the doctor.

    :param authentication: the name of the option.
    :param wait: seconds to watch for changes that the platform makes by itself.
    :attr count: of the organisation's credentials.
    :attr moves_on_read: whether each read of a credential moves its ``updatedAt``.
    :attr is_timeless: whether no ``updatedAt`` is shown.
    :attr forms: how each secret is shown, by ``type.field``.
    """

    def __init__(self, account: Account, authentication: str, wait: float, check_mode: bool) -> None:
        self.account = account
        self.authentication = authentication
        self.wait = wait
        self.check_mode = check_mode
        self.count: int | None = None
        self.findings: dict[str, Finding] = {}
        self.moves_on_read = self.is_timeless = False
        self.forms: dict[str, str] = {}
        self.write_times: list[t.Any] = []
        self.read_times: list[t.Any] = []
        self.created: list[tuple[t.Any, t.Any]] = []  # createdAt as the answer to a write and as the read after it have it
        self.echoes: dict[str, bool] = {}  # whether an answer to a write shows a secret, by ``type.field``
        self.added: dict[str, set[str]] = {"extra_fields": set(), "extra_data_fields": set()}

    def settle(self, question: str, value: t.Any, **details: t.Any) -> None:
        """Record an answer, as :func:`finding` takes it; that a probe could not tell takes nothing back."""
        if question in _OF_TIMES and self.is_timeless:
            value = None
        if value is not None or question not in self.findings:
            self.findings[question] = finding(question, value, **details)

    def create(self, throwaway: Throwaway, may_be_refused: bool = False) -> tuple[Response, dict[str, t.Any]]:
        """POST it, and GET it.

        :return: the answer to the POST, and the credential as it is read; empty where it was refused.
        :raises Failure: as :meth:`Account.send` does.
        """
        response = self.account.create(throwaway, may_be_refused)
        return response, {} if throwaway.id is None else self._read_after(throwaway, response, {})

    def update(
        self, throwaway: Throwaway, credential: dict[str, t.Any], may_be_refused: bool = False, **over: t.Any
    ) -> tuple[Response, dict[str, t.Any]]:
        """PUT the body that the collection itself would send, with some members laid over it, and GET it.

        :param credential: the credential as it was read last.
        :return: the answer to the PUT, and the credential as it is read after it.
        :raises Failure: as :meth:`Account.send` does.
        """
        secrets = throwaway.secrets
        readable = {name: value for name, value in throwaway.data.items() if name not in secrets}
        desired = Desired(self.account.organisation_id, throwaway.id, throwaway.name, throwaway.type, readable, secrets)
        body = {**update_body(desired, read_observed(credential, self.account.mask, desired, throwaway.id)), **over}
        response = self.account.send("PUT", throwaway.id, body, may_be_refused=may_be_refused)
        return response, self._read_after(throwaway, response, body)

    def try_update(
        self, question: str, throwaway: Throwaway, credential: dict[str, t.Any], judge: t.Callable[[dict[str, t.Any]], t.Any], **over: t.Any
    ) -> dict[str, t.Any]:
        """An update that may be refused, which settles a question.

        :param judge: the answer to the question, from the credential as it is read after the update.
        :return: that credential.
        """
        response, after = self.update(throwaway, credential, True, **over)
        self.settle(question, "refuses" if response.status >= 400 else judge(after), status=response.status)
        return after

    def _read_after(self, throwaway: Throwaway, response: Response, sent: dict[str, t.Any]) -> dict[str, t.Any]:
        answer = content_of(response)
        # What is just what was sent tells nothing of how the server writes times.
        self.write_times += [answer.get(name) for name in ("createdAt", "updatedAt") if answer.get(name) != sent.get(name)]
        if isinstance(answer.get("data"), dict):
            for name, secret in throwaway.secrets.items():
                field = f"{throwaway.type}.{name}"
                self.echoes[field] = self.echoes.get(field, False) or answer["data"].get(name) == secret
        self.settle_down()
        credential = self.read(throwaway)
        self.created.append((answer.get("createdAt"), credential.get("createdAt")))
        return credential

    def read(self, throwaway: Throwaway) -> dict[str, t.Any]:
        """GET it.

        :raises Failure: when it is not there any more, or the answer is no credential.
        """
        content = self.account.send("GET", throwaway.id).content
        read_observed(content, self.account.mask, credential_id=throwaway.id)
        credential = {**content, "data": content.get("data") or {}}
        self.read_times += [credential.get("createdAt"), credential.get("updatedAt")]
        self.added["extra_fields"] |= set(credential) - _FIELDS
        self.added["extra_data_fields"] |= set(credential["data"]) - _DATA_FIELDS
        return credential

    def settle_down(self) -> None:
        """Wait until a reading shows the last write, and a new time would surely look like another one: two and a half units of the
        coarsest that were observed."""
        self.account.nap(self.account.lag + 2.5 * 10.0 ** -min([6, *digits_of(self.write_times + self.read_times)]))


def content_of(response: Response) -> dict[str, t.Any]:
    """The object that an answer holds; empty where it holds none."""
    return response.content if isinstance(response.content, dict) else {}


def has_moved(before: dict[str, t.Any], after: dict[str, t.Any]) -> bool:
    """Whether ``updatedAt`` surely is another one."""
    return is_another_time(before.get("updatedAt"), after.get("updatedAt"))


def digits_of(times: t.Iterable[t.Any]) -> list[int]:
    """With how many digits of a second times are written, each number once."""
    return sorted({len(moment[1]) for moment in map(instant, times) if moment})


def form_of(data: t.Mapping[str, t.Any], name: str, secret: str) -> str:
    """How a secret is shown (contract, "Redaction"): ``none`` for the value itself, ``other`` for what fits no other form."""
    value = data.get(name)
    if value is None:
        return "null" if name in data else "missing"
    if value == secret:
        return "none"
    if not isinstance(value, str) or not may_be_redacted(value):
        return "other"
    text = value.strip()
    if not text.strip("*"):
        return "asterisks" if text else "empty"
    if not re.search(r"[A-Za-z0-9]", text):
        return "bullets"
    return "partial" if any(part in secret for part in re.findall(r"[A-Za-z0-9_-]{2,}", text)) else "word"
