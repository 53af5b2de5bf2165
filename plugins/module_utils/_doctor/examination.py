# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all parts of an examination use: requests about credentials of our own, and what was seen."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from .._api.client import USER_AGENT, Answered
from .._api.connection import DEFAULT_API_URL
from .._core.credential_types import TYPES
from .._core.desired import Desired
from .._core.failure import Failure
from .._core.observed import read_observed, replacement
from .._core.times import same_time
from . import diagnosis
from .diagnosis import QUESTIONS, Finding, form_of, refused
from .throwaway import Throwaway, Throwaways

_FIELDS = {"id", "type", "name", "data", "createdAt", "updatedAt", "usages", "errors"}  # contract, "Credential"
UNKNOWN_FIELD = "versoriDoctor"  # no type has it


class Examination:
    """One run of the doctor.

    :param signed_in_with: the name of the option.
    :param wait: seconds to watch for changes that the platform makes by itself.
    """

    def __init__(self, throwaways: Throwaways, signed_in_with: str, wait: float, check_mode: bool) -> None:
        self.throwaways = throwaways
        self.signed_in_with = signed_in_with
        self.wait = wait
        self.check_mode = check_mode
        self.findings: dict[str, Finding] = {}
        self.permissions = dict.fromkeys(("list", "read", "create", "update", "delete"), "not seen")
        self.warnings: list[str] = []
        self.count: int | None = None
        self.swept = self.kept = 0
        self.moves_on_read = False
        # What was seen of times and forms, to be judged at the end.
        self.write_times: list[t.Any] = []
        self.read_times: list[t.Any] = []
        self.pairs: list[tuple[t.Any, t.Any]] = []  # of one moment: as the write's answer has it, as a read has it
        self.forms: dict[str, str] = {}  # "type.field": form
        self.write_forms: dict[str, str] = {}
        self.extra_fields: set[str] = set()
        self.extra_data_fields: set[str] = set()

    def failed(self, failure: Failure, questions: t.Iterable[str]) -> None:
        """A part could not go on."""
        self.warnings.append(failure.msg)
        for question in questions:
            if question not in self.findings:
                self.leave(question, diagnosis.reason(failure))

    def settle(self, question: str, value: t.Any, answer: str, means: str = "", level: str = diagnosis.FINE) -> None:
        """The server was seen to do this and nothing else."""
        mask = self.throwaways.mask  # the report may be pasted into a public issue, and some of it the server has chosen
        self.findings[question] = Finding(question, True, mask.text(answer), mask.text(means), level, mask.tree(value))

    def leave(self, question: str, why: str, means: str = "") -> None:
        """It stays open."""
        mask = self.throwaways.mask
        self.findings[question] = Finding(question, False, mask.text(why), mask.text(means))

    def result(self) -> dict[str, t.Any]:
        """What :func:`examine` returns, once everything is clean."""
        why = "this run only read" if self.check_mode else "it could not be looked at"
        findings = [self.findings.get(question, Finding(question, False, why)) for question in QUESTIONS]
        good, verdict = diagnosis.conclusion(self.permissions, findings, self.check_mode)
        url = self.throwaways.client.connection.api_url
        report: dict[str, t.Any] = {
            "collection": USER_AGENT.split()[0].rpartition("/")[2],
            "made": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
            "api": "the default address" if url == DEFAULT_API_URL else "another address than the default",
            "signed_in_with": self.signed_in_with,
            "check_mode": self.check_mode,
            "permissions": self.permissions,
            "credentials": "not seen" if self.count is None else self.count,
            "requests": self.throwaways.requests,
            "findings": [diagnosis.as_plain(one) for one in findings],
            "cleaning": self._cleaning(),
            "left_behind": len(self.throwaways.left),
            "reliable": good,
            "verdict": verdict,
        }
        return {
            "changed": bool(self.swept),
            "report": report,
            "lines": diagnosis.report_lines(report),
            **({"warnings": list(dict.fromkeys(self.warnings))} if self.warnings else {}),
        }

    def _cleaning(self) -> list[str]:
        lines = []
        if self.swept:
            done = "would be deleted" if self.check_mode else "were deleted"
            lines.append(f"Throw-away credentials that an earlier run had left behind, and that {done}: {self.swept}.")
        if self.kept:
            lines.append(f"Throw-away credentials of an earlier run that are in use by now, and were kept: {self.kept}.")
        made = sum(1 for one in self.throwaways.book if one.id is not None)
        if self.throwaways.left:
            lines.append(f"LEFT BEHIND, because deleting failed: {', '.join(self.throwaways.left)}.")
            lines.append("Run this playbook again, which deletes them, or delete the credentials of these names by hand.")
        else:
            lines.append(f"Throw-away credentials created and deleted: {made}. Nothing was left behind.")
        return lines

    def ask(self, method: str, one: Throwaway, body: t.Any = None) -> Answered:
        """A request about a credential of our own; what says nothing about the request itself is a failure."""
        what = {"GET": "read", "PUT": "update", "DELETE": "delete"}[method] + " a throw-away credential"
        answered = self.throwaways.delete(one) if method == "DELETE" else self.throwaways.ask(method, one.id, what, body)
        permission = what.split()[0]
        if answered.status in (401, 403):
            self.permissions[permission] = f"no ({answered.status})"
        elif 200 <= answered.status < 300:
            self.permissions[permission] = "yes"
        if not refused(answered.status):
            self.throwaways.client.judge(answered, what, self.throwaways.mask)
        return answered

    def create(self, one: Throwaway) -> Answered:
        """POST it; that the server does not take it is an answer."""
        answered = self.throwaways.create(one)
        if answered.status in (401, 403):
            self.permissions["create"] = f"no ({answered.status})"
        elif one.id is not None:
            self.permissions["create"] = "yes"
        if not refused(answered.status):
            self.throwaways.client.judge(answered, "create a throw-away credential", self.throwaways.mask)
        if one.id is not None:
            self._note_write(one, answered.content, {})
        return answered

    def created(self, one: Throwaway) -> dict[str, t.Any]:
        """Create it and read it.

        :raises Failure: when the server does not take it.
        """
        answered = self.create(one)
        if one.id is None:
            self.throwaways.client.judge(answered, "create a throw-away credential", self.throwaways.mask)
        shown = self.read(one)
        self.note_pair(answered, shown)
        return shown

    def read(self, one: Throwaway) -> dict[str, t.Any]:
        """GET it.

        :raises Failure: when it is not there any more, or the answer is no credential.
        """
        answered = self.ask("GET", one)
        shown = self.throwaways.client.judge(answered, "read a throw-away credential", self.throwaways.mask)
        read_observed(shown, self.throwaways.mask, credential_id=one.id)
        self.read_times += [shown.get("createdAt"), shown.get("updatedAt")]
        self.extra_fields |= set(shown) - _FIELDS
        self.extra_data_fields |= set(shown["data"]) - {field.name for field in TYPES[one.type]} - {UNKNOWN_FIELD}
        return t.cast("dict[str, t.Any]", shown)

    def update(self, one: Throwaway, shown: dict[str, t.Any], **over: t.Any) -> Answered:
        """PUT the body that the collection itself would send, with some members laid over it."""
        self.throwaways.secrets += [text for name in one.secret_names if (text := one.data.get(name))]
        fields = {field.name: field for field in TYPES[one.type]}
        readable = {name: value for name, value in one.data.items() if not fields[name].secret}
        hidden = {name: value for name, value in one.data.items() if fields[name].secret}
        desired = Desired(self.throwaways.organisation_id, one.id, one.name, one.type, readable, hidden)
        body = replacement(desired, read_observed(shown, self.throwaways.mask, desired, one.id))
        body.update(over)
        answered = self.ask("PUT", one, body)
        if 200 <= answered.status < 300:
            self._note_write(one, answered.content, body)
        return answered

    def _note_write(self, one: Throwaway, content: t.Any, sent: t.Mapping[str, t.Any]) -> None:
        if isinstance(content, dict):
            # What is just what was sent tells nothing of how the server writes times.
            self.write_times += [content.get(name) for name in ("createdAt", "updatedAt") if content.get(name) != sent.get(name)]
            if isinstance(content.get("data"), dict):
                for name in one.secret_names:
                    self.write_forms[f"{one.type}.{name}"] = form_of(content["data"], name, one.data.get(name) or "")

    def note_pair(self, answered: Answered, shown: dict[str, t.Any]) -> None:
        """The answer to a write and the read after it show the same moments."""
        content = answered.content
        if isinstance(content, dict):
            self.pairs.append((content.get("createdAt"), shown.get("createdAt")))
            self.pairs.append((content.get("updatedAt"), shown.get("updatedAt")))

    def settle_down(self) -> None:
        """Wait until a new time would surely look like another one: two and a half units of the coarsest that were seen."""
        digits = [max(found) for found in map(diagnosis.digits_of, (self.write_times, self.read_times)) if found]
        self.throwaways.nap(2.5 * 10.0 ** -min([6, *digits]))

    def moved(self, one: dict[str, t.Any], other: dict[str, t.Any]) -> bool:
        """Whether ``updatedAt`` surely is another one."""
        return not same_time(one.get("updatedAt"), other.get("updatedAt"))

    # --- the parts, in the order in which they are done
