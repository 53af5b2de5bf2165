# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one exception of the collection: something a person has to read."""

from __future__ import annotations

import os
import traceback
import typing as t

from .printable import printable

MAYBE_APPLIED = "The server may have carried it out all the same; the next run finds out."
ALL = "*"  # as a scope: whatever goes over the same connection with the same authentication


class Failure(Exception):
    """A task, or one item of it, cannot go on.

    :param msg: one clear sentence: what is wrong, where, what to do.
    :param status: the HTTP status of the answer it comes from, if it comes from one.
    :param code: the API's own error code (contract, "Errors").
    :param fields: the API's field errors, a list of ``{"field": str, "message": str}``.
    :param cause: the API's ``cause`` (newer APIs: ``details``), or what the system said of a connection.
    :param maybe_applied: whether the request may have been carried out by the server. ``False`` means
        that nothing can have changed there, so a memory marked pending may be put back as it was.
    :param retryable: whether the same request may succeed a moment later, and nobody has tried that yet.
    :param retry_after: for how many seconds the server asked to be left alone.
    :param scope: what else will end the same way: :data:`ALL`; everything that needs the list of this organisation, by its id; or
        ``None`` where nobody can tell.
    :param unavailable: whether the server did not do its work (5xx, 429, no answer in time), whatever it was asked.
    :param not_tried: the message of the failure because of which this one was not even tried.

    ``credential_id`` and ``decision`` are what is known of the credential that it is about, or ``None``.
    """

    def __init__(
        self,
        msg: str,
        *,
        status: int | None = None,
        code: str | None = None,
        fields: list[dict[str, str]] | None = None,
        cause: str | None = None,
        maybe_applied: bool = False,
        retryable: bool = False,
        retry_after: float | None = None,
        scope: str | None = None,
        unavailable: bool = False,
        not_tried: str | None = None,
    ) -> None:
        msg = printable(" ".join(msg.split()))  # one line, whatever was quoted in it
        super().__init__(msg)
        self.msg = msg
        self.status = status
        self.code = code
        self.fields = fields or []
        self.cause = cause
        self.maybe_applied = maybe_applied
        self.retryable = retryable
        self.retry_after = retry_after
        self.scope = scope
        self.unavailable = unavailable
        self.not_tried = not_tried
        self.credential_id: str | None = None
        self.decision: str | None = None

    def add(self, *sentences: str) -> None:
        """Say more."""
        self.msg = " ".join([self.msg, *sentences])

    def as_dict(self) -> dict[str, t.Any]:
        """The failure as plain data, so that it can travel from the host where it happened."""
        return {
            "msg": self.msg,
            "status": self.status,
            "code": self.code,
            "fields": self.fields,
            "cause": self.cause,
            "maybe_applied": self.maybe_applied,
            "scope": self.scope,
            "unavailable": self.unavailable,
            "not_tried": self.not_tried,
        }

    @classmethod
    def from_dict(cls, plain: dict[str, t.Any]) -> Failure:
        """The reverse of :meth:`as_dict`."""
        return cls(**plain)

    def as_result(self) -> dict[str, t.Any]:
        """The part of a task's result that tells of this failure; keys without a value are left out."""
        result = {"failed": True, "msg": self.msg}
        for key in ("status", "code", "fields", "cause", "credential_id", "decision"):
            value = getattr(self, key)
            if value:
                result[key] = value
        return result


def bug(problem: BaseException) -> Failure:
    """What is told of an exception that nobody has foreseen: neither its text nor its traceback, for either may hold a secret."""
    if isinstance(problem, MemoryError):  # which any line may raise
        return Failure(
            "There was not enough memory for this task where it runs. Allow it more, or give it fewer workers or a shorter list."
        )
    where = traceback.extract_tb(problem.__traceback__)[-1]
    place = f"{os.path.basename(where.filename)}:{where.lineno}"
    return Failure(f"This is a bug in versori.platform: {type(problem).__name__} at {place}. Please report it with these words.")
