# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of many credentials, told once: one cause is one sentence, whatever the number of credentials that it struck."""

from __future__ import annotations

import collections
import typing as t
from dataclasses import dataclass, field

from .failure import Failure

NAMED = 5  # credentials in one sentence; after them comes how many more there are
_REASONS = 10  # sentences about failures; where each has a reason of its own, the rest is in the results
_IT = "\0"  # in a text, where it names its credential
FINE = ("unchanged", "absent")  # decisions of which nothing is to be said where nothing was changed


@dataclass
class Outcome:
    """What became of one credential of a list.

    :param label: how its messages call it (:attr:`Desired.label`).
    :param item: its entry in ``results``: ``name``, ``credential_id``, ``decision``, ``changed``, ``failed``, and what else there is
        to say.
    :param warnings: sentences.
    :param not_tried: the message of the failure because of which it was not tried.
    :param in_a_row: whether that was only the last of several in a row.
    :param is_invalid: whether the platform finds it invalid.
    :param diff: of what was changed, where one was asked for.
    """

    label: str
    item: dict[str, t.Any]
    warnings: list[str] = field(default_factory=list)
    not_tried: str | None = None
    in_a_row: bool = False
    is_invalid: bool = False
    diff: dict[str, t.Any] | None = None

    @classmethod
    def of(cls, label: str, name: str | None, credential_id: str | None, result: dict[str, t.Any] | Failure) -> Outcome:
        """:param result: of the flow, or the failure that it ended with."""
        item: dict[str, t.Any] = {"name": name, "credential_id": credential_id, "decision": None, "changed": False, "failed": False}
        if isinstance(result, Failure):
            return cls(label, {**item, **result.as_result()}, not_tried=result.not_tried, in_a_row=result.unavailable)
        shown = result.get("credential") or {}
        told = {key: value for key, value in result.items() if key not in ("credential", "diff", "warnings") and (value or key in item)}
        item = {**item, **told, "name": name or shown.get("name")}
        return cls(label, item, list(result.get("warnings", ())), is_invalid=bool(shown.get("errors")), diff=result.get("diff"))

    @property
    def is_fine(self) -> bool:
        """Whether it is as it should be, and was before."""
        return not self.item["failed"] and not self.item["changed"] and self.item["decision"] in FINE and not self.is_invalid

    def in_short(self, shared: t.Mapping[str, int]) -> dict[str, t.Any]:
        """Its entry without what ``msg`` of the task says for many at once.

        :param shared: how many failed for the same reason, by the reason.
        """
        left_out = ["secret_changed_at", "secret_held_since"]
        if self.item["failed"] and shared[self.item["msg"].replace(self.label, _IT)] > 1:
            left_out += ["msg", "cause", "fields"]
        return {key: value for key, value in self.item.items() if key not in left_out}

    @property
    def called(self) -> str:
        """Its name, or its id."""
        return str(self.item["name"] or self.item["credential_id"])


def summarise(outcomes: t.Sequence[Outcome], pruned: t.Sequence[Outcome], check_mode: bool) -> dict[str, t.Any]:
    """The result of the task with every credential in it, ``pruned`` and diffs excepted."""
    everything = (*outcomes, *pruned)
    result: dict[str, t.Any] = {
        "changed": any(outcome.item["changed"] for outcome in everything),
        "msg": " ".join(_sentences(outcomes, pruned, check_mode)),
        "results": [outcome.item for outcome in outcomes],
        "decisions": dict(collections.Counter(outcome.item["decision"] for outcome in outcomes if outcome.item["decision"])),
        "failures": 0,
    }
    if failures := sum(outcome.item["failed"] for outcome in everything):
        result.update(failed=True, failures=failures)
    if warnings := together([(outcome.label, text) for outcome in everything for text in outcome.warnings]):
        result["warnings"] = warnings
    return result


def in_short(outcomes: t.Sequence[Outcome]) -> dict[str, t.Any]:
    """What takes the place of ``results`` where some failed: those of which something is to be said, and the names of the others."""
    failed = [outcome for outcome in outcomes if outcome.item["failed"]]
    if not failed:
        return {}
    shared = collections.Counter(outcome.item["msg"].replace(outcome.label, _IT) for outcome in failed)
    names = {
        "unchanged": [outcome.called for outcome in outcomes if outcome.is_fine],
        "not_tried": [outcome.called for outcome in failed if outcome.not_tried],
    }
    shown = [outcome.in_short(shared) for outcome in outcomes if not outcome.is_fine and not outcome.not_tried]
    return {"results": shown, **{key: which for key, which in names.items() if which}}


def joined_diffs(outcomes: t.Iterable[Outcome]) -> list[dict[str, t.Any]]:
    """The diffs of what was changed; those of a line each, where nothing but secrets was changed, as one."""
    diffs = [outcome.diff for outcome in outcomes if outcome.diff and outcome.item["changed"]]
    lines = "".join(diff["prepared"] for diff in diffs if "prepared" in diff)
    return [diff for diff in diffs if "prepared" not in diff] + ([{"prepared": lines}] if lines else [])


def _sentences(outcomes: t.Sequence[Outcome], pruned: t.Sequence[Outcome], check_mode: bool) -> t.Iterator[str]:
    """What failed and why, what was changed, and how many are as they should be, in that order."""
    yield from failure_sentences(outcomes, "failed")
    yield from failure_sentences(pruned, "could not be pruned")
    changed: dict[str, list[str]] = {}
    left: dict[str, list[str]] = {}
    fine = sum(outcome.is_fine for outcome in outcomes)
    for outcome in (*outcomes, *pruned):
        decision = outcome.item["decision"]
        if outcome.item["changed"]:
            changed.setdefault(decision, []).append(_called(outcome.label))
        elif not outcome.item["failed"] and decision not in (*FINE, "kept"):
            left.setdefault(decision, []).append(_called(outcome.label))
    if changed:
        yield f"{'Would change' if check_mode else 'Changed'}: {_by_decision(changed)}."
    if left:
        yield f"Left as they are: {_by_decision(left)}."
    invalid = [_called(outcome.label) for outcome in outcomes if outcome.is_invalid and not outcome.item["failed"]]
    if invalid:
        yield f"The platform finds invalid: {listed(invalid)}."
    if fine and fine == len(outcomes) and not changed:
        yield f"All {fine} are as they should be." if fine > 1 else "It is as it should be."
    elif fine:
        yield f"{fine} {'are as they' if fine > 1 else 'is as it'} should be."


def _by_decision(groups: dict[str, list[str]]) -> str:
    return ", ".join(f"{len(names)} {decision} ({listed(names)})" for decision, names in groups.items())


def failure_sentences(outcomes: t.Sequence[Outcome], what: str) -> t.Iterator[str]:
    """Which of them failed and why, each reason once; those that were not tried are counted.

    :param what: what became of them: ``failed``.
    """
    failed = [outcome for outcome in outcomes if outcome.item["failed"]]
    tried = [outcome for outcome in failed if not outcome.not_tried]
    waiting = [outcome for outcome in failed if outcome.not_tried]
    if tried:
        yield f"{len(tried)} of {len(outcomes)} credentials {what}."
    reasons = together([(outcome.label, outcome.item["msg"]) for outcome in tried])
    yield from reasons[:_REASONS]
    if len(reasons) > _REASONS:
        yield f"There are {len(reasons) - _REASONS} more reasons, see results."
    if waiting:
        known = [outcome.item["msg"] for outcome in tried]
        why = [reason for reason in dict.fromkeys(str(outcome.not_tried) for outcome in waiting) if not _is_among(reason, known)]
        because = ""
        if any(outcome.in_a_row for outcome in waiting):
            because = ", because the server was unavailable for five credentials in a row"
        elif tried and not why:
            because = " for that reason"
        yield f"{len(waiting)} {'were' if len(waiting) > 1 else 'was'} not tried{because}."
        yield from why


def _is_among(reason: str, messages: t.Iterable[str]) -> bool:
    return any(message.startswith(reason) for message in messages)


def together(messages: t.Iterable[tuple[str, str]]) -> list[str]:
    """Sentences about credentials, each one once: where several differ in nothing but the credential, one sentence names them all.

    What stands in brackets right after the credential is its own, and stays with it.

    :param messages: a credential's label, and a text that may name it by that.
    """
    groups: dict[str, dict[str, str]] = {}
    for label, text in messages:
        detail = text[len(label) : text.index(")", len(label)) + 1] if text.startswith(f"{label} (") else ""
        text = text.replace(label + detail, _IT, 1).replace(label, _IT)
        groups.setdefault(text, {}).setdefault(label, detail)
    return [_about(labels, text) for text, labels in groups.items()]


def _about(labels: dict[str, str], text: str) -> str:
    """A sentence about one credential, or several: the first time it names them all.

    :param labels: what is to be said of each in brackets, by its label.
    """
    [first, *others] = labels
    named = first + labels[first]
    if others:
        names = listed([_called(label) + detail for label, detail in labels.items()])
        named = f"Each of {len(labels)} credentials, {names}" if text.startswith(_IT) else f"credentials {names}"
    return text.replace(_IT, named, 1).replace(_IT, "it" if others else first)


def _called(label: str) -> str:
    return label.partition(" ")[2]


def listed(names: t.Sequence[str]) -> str:
    """Some names in a sentence, :data:`NAMED` at most."""
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
