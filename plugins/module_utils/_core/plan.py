# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision: from (current, wanted, remembered, policy) to one plan that check mode, diff and apply all use.

====================================  ========  =============  ==========================================
remembered                            updatedAt decision       default action
====================================  ========  =============  ==========================================
same secrets                          same      ``unchanged``  nothing
other secrets                         any       ``rotated``    push
same secrets                          moved     ``drifted``    push (a type that the platform refreshes: nothing)
same secrets, last run was drifted    moved     ``contested``  no push, warn
nothing                               any       ``unknown``    push, warn (a refreshed type: adopt, warn)
====================================  ========  =============  ==========================================

Readable fields are compared directly, and so is a secret that the server does show (contract, "Redaction"). What moves ``updatedAt``
is not documented (contract, "What moves updatedAt"), so ``contested`` ends what the platform might do by itself; the types that
the platform refreshes are those with tokens (contract, "Token refresh").
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .credential_types import TYPES, field_of
from .desired import Desired
from .failure import Failure
from .memory_record import CONTESTED, DRIFTED, PENDING, SETTLED, Record
from .observed import DIFFERENT, SAME, UNSEEN, Observed, differences, lost_by_replacing
from .printable import printable
from .times import is_before, same_time

CREATE, REPLACE, DELETE, NOTHING = "create", "replace", "delete", "nothing"


@dataclass(frozen=True)
class Policy:
    """What a task wants done where the table leaves a choice."""

    update_secrets: str = "auto"  # auto, always, on_create
    on_drift: str = "auto"  # auto, push, warn, ignore
    on_unknown: str = "auto"  # auto, push, adopt, fail
    secret_changed_at: str | None = None  # RFC 3339


@dataclass(frozen=True)
class Remembered:
    """The memory's side of the decision.

    :param prints: the fingerprints of the wanted secrets under today's key.
    :param key_id: names today's key.
    :param record: what was stored, or ``None``.
    :param place: where that is kept, for a person to read.
    """

    prints: dict[str, str]
    key_id: str
    record: Record | None = None
    place: str = ""

    @property
    def usable(self) -> Record | None:
        """The record, unless a crash left it half written or another key made it."""
        record = self.record
        return record if record and record.state != PENDING and record.key_id == self.key_id else None

    def settled(self, updated_at: str | None, state: str = SETTLED, shows_secrets: bool = False) -> Record:
        """The record to keep once the server holds the wanted secrets."""
        return Record(self.key_id, dict(self.prints), updated_at, state, shows_secrets)


@dataclass(frozen=True)
class Plan:
    """What is to be done, and what to say of it.

    :param action: :data:`CREATE`, :data:`REPLACE`, :data:`DELETE` or :data:`NOTHING`.
    :param decision: the one word for why.
    :param changes: paths of the fields in which the server differs, or may differ, from what is wanted.
    :param warnings: sentences.
    :param keep: the record to store when nothing is sent, or ``None`` to leave the memory as it is.
    :param state_after: the record's state after a push.
    """

    action: str
    decision: str
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    keep: Record | None = None
    state_after: str = SETTLED

    @property
    def changed(self) -> bool:
        return self.action != NOTHING


@dataclass(frozen=True)
class _Verdict:
    """What can be said of the secrets alone."""

    decision: str
    push: bool = False
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    keep: Record | None = None
    state_after: str = SETTLED


def make_plan(desired: Desired, observed: Observed | None, remembered: Remembered | None, policy: Policy) -> Plan:
    """Decide.

    :param observed: the credential as the server shows it, or ``None`` where there is none.
    :param remembered: ``None`` where the type has no secrets, so that there is nothing to remember.
    :raises Failure: where going on would lose something, or the policy says to stop.
    """
    if desired.absent:
        return _plan_absence(desired, observed)
    if observed is None:
        return Plan(CREATE, "created", ("name", "type", *_paths(desired, desired.data())))

    if observed.type not in TYPES:  # contract, "Types of newer APIs"
        raise Failure(
            f"{desired.label} is of type {printable(observed.type)} on the server, which this collection does not know, and an update "
            f"would destroy what it holds. Nothing was sent. Give another name or id, or delete that credential first."
        )
    changes = differences(desired, observed)
    if "type" in changes:
        # Secrets of one type say nothing of another's: everything goes out anew.
        _refuse_if_not_to_be_sent(desired, policy, changes)
        paths = dict.fromkeys([*changes, *_paths(desired, desired.data())])
        return Plan(REPLACE, "updated", tuple(paths), tuple(_judge_losses(desired, observed)))

    to_remove, kept = _judge_removals(desired, observed, remembered, policy)
    changes += _paths(desired, to_remove)
    verdict = _judge_secrets(desired, observed, remembered, policy)
    if not verdict.push and not changes:
        return Plan(NOTHING, verdict.decision, warnings=(*verdict.warnings, *kept), keep=verdict.keep)

    _refuse_if_not_to_be_sent(desired, policy, changes)
    warnings = [*verdict.warnings, *kept, *_judge_losses(desired, observed)]
    record = remembered.usable if remembered else None
    moved = record is None or not same_time(record.updated_at, observed.updated_at)
    # Pushed for another reason than its secrets, which may be older than those that the platform has.
    if desired.refreshed and ((verdict.decision == "updated" and moved) or (not verdict.push and verdict.decision != "unchanged")):
        warnings.append(
            f"{desired.label}: the platform may have refreshed its tokens since this task's were issued, and this change "
            f"sends the task's: check the connection, and sign in again if it fails."
        )
    return Plan(
        REPLACE,
        "updated" if verdict.decision == "unchanged" else verdict.decision,
        tuple(dict.fromkeys([*changes, *verdict.changes])),
        tuple(warnings),
        state_after=verdict.state_after,
    )


def _plan_absence(desired: Desired, observed: Observed | None) -> Plan:
    if observed is None:
        return Plan(NOTHING, "absent")
    users = [_environment_name(one) for one in observed.credential.get("usages") or []]
    warnings = [f"{desired.label} was in use by: {', '.join(users)}."] if users else []
    return Plan(DELETE, "deleted", warnings=tuple(warnings))


def _environment_name(usage: t.Any) -> str:
    environment = usage.get("environment") if isinstance(usage, dict) else None
    environment = environment if isinstance(environment, dict) else {}
    return str(environment.get("name") or environment.get("id") or "an environment")


def _judge_secrets(desired: Desired, observed: Observed, remembered: Remembered | None, policy: Policy) -> _Verdict:
    if not desired.secrets or remembered is None or policy.update_secrets == "on_create":
        return _Verdict("unchanged")
    verdict = _compare_secrets(desired, observed, remembered, policy)
    if policy.update_secrets == "always" and not verdict.push:
        decision = "forced" if verdict.decision == "unchanged" else verdict.decision
        return _Verdict(decision, push=True, changes=_paths(desired, desired.secrets), warnings=verdict.warnings)
    return verdict


def _compare_secrets(desired: Desired, observed: Observed, remembered: Remembered, policy: Policy) -> _Verdict:
    record = remembered.usable
    now = observed.updated_at
    everything = _paths(desired, desired.secrets)

    to_remove = [name for name in remembered.prints if name in desired.removed]
    if all(observed.secrets.get(name) == SAME for name in desired.secrets) and all(
        observed.secrets.get(name) == UNSEEN for name in to_remove
    ):
        return _Verdict("unchanged", keep=remembered.settled(now, shows_secrets=True))
    seen_different = [name for name in desired.secrets if observed.secrets.get(name) == DIFFERENT]

    if record is None:
        if seen_different:
            return _Verdict("rotated", push=True, changes=_paths(desired, seen_different))
        return _judge_unknown(desired, observed, remembered, policy)

    other = [name for name, one in remembered.prints.items() if record.fingerprints.get(name) != one]
    if other:
        rotated = any(name in desired.secrets for name in other)
        return _Verdict("rotated" if rotated else "updated", push=True, changes=_paths(desired, other))

    moved = not same_time(record.updated_at, now)
    if seen_different and record.shows_secrets:
        moved = True  # this server shows true values, so what it shows counts even where the time did not move
    if record.state == CONTESTED or moved:
        return _judge_drift(desired, observed, record, policy, everything)
    return _Verdict("unchanged", keep=replace(record, state=SETTLED))


def _judge_removals(desired: Desired, observed: Observed, remembered: Remembered | None, policy: Policy) -> tuple[list[str], list[str]]:
    """The secret fields whose removal is to be pushed for what is seen, and sentences about those that are still seen after it was.

    A server that shows asterisks whether there is a secret or not must not have its removal pushed in each run.

    :raises Failure: where the platform keeps what an update leaves out, so that nothing can remove it.
    """
    record = remembered.usable if remembered else None
    prints = remembered.prints if remembered else {}
    secrets = [name for name in desired.removed if name in observed.secrets]
    pushed = [name for name in secrets if record and record.fingerprints.get(name) == prints.get(name)]
    seen = [name for name in secrets if observed.secrets[name] != UNSEEN]
    to_remove = [name for name in secrets if name not in pushed and (name in seen or policy.update_secrets == "on_create")]
    still_there = [name for name in seen if name in pushed]
    if not still_there or record is None:
        return to_remove, []
    if record.shows_secrets:  # what this server shows is what it has
        if same_time(record.updated_at, observed.updated_at):
            raise Failure(
                f"{desired.label}: {', '.join(_paths(desired, still_there))} is still there after an update without it: the platform keeps "
                f"what an update leaves out, so remove_fields cannot remove it. Remove it in the platform's own pages."
            )
        return to_remove + still_there, []
    return to_remove, [
        f"{desired.label}: the platform shows a value for {', '.join(_paths(desired, still_there))}, which an earlier update removed. It "
        f"may show asterisks where nothing is, or somebody has set it again. Nothing was sent for it."
    ]


def _judge_drift(desired: Desired, observed: Observed, record: Record, policy: Policy, everything: tuple[str, ...]) -> _Verdict:
    """The same secrets were sent, and something moved the credential since."""
    accepted = replace(record, updated_at=observed.updated_at, state=SETTLED)
    if policy.on_drift == "push":
        return _Verdict("drifted", push=True, changes=everything, state_after=DRIFTED)
    if policy.on_drift == "ignore":
        return _Verdict("drifted", keep=accepted)
    if policy.on_drift == "warn":
        return _Verdict(
            "drifted",
            warnings=(
                f"{desired.label} was changed elsewhere since the last push (updatedAt is now {observed.updated_at}), and its "
                f"secret cannot be read back. Nothing was sent, because on_drift is warn: 'push' restores this task's "
                f"secret, 'ignore' accepts what is there.",
            ),
        )
    if desired.refreshed:
        return _Verdict("drifted", keep=accepted)
    if record.state == SETTLED:
        return _Verdict("drifted", push=True, changes=everything, state_after=DRIFTED)
    return _Verdict(
        "contested",
        keep=replace(record, state=CONTESTED),
        state_after=DRIFTED,
        warnings=(
            f"{desired.label} was changed elsewhere again, right after a run that had restored it: another controller may be "
            f"managing it, or the platform moves updatedAt by itself. Its secret was not pushed again, and nobody has seen "
            f"what the server holds. Set on_drift: push to insist, on_drift: ignore to accept what is there, or rotate the secret.",
        ),
    )


def _judge_unknown(desired: Desired, observed: Observed, remembered: Remembered, policy: Policy) -> _Verdict:
    """Nothing usable is remembered, and the server shows nothing."""
    everything = _paths(desired, desired.secrets)
    adopted = remembered.settled(observed.updated_at)
    removed = _paths(desired, [name for name in remembered.prints if name in desired.removed])
    interrupted = remembered.record is not None and remembered.record.state == PENDING
    # After an interrupted push the server's time may be the one of that push, or of an edit before it: it proves nothing.
    if policy.secret_changed_at is not None and not interrupted and observed.updated_at is not None:
        if is_before(observed.updated_at, policy.secret_changed_at):
            return _Verdict("rotated", push=True, changes=everything + removed)
        return _Verdict("updated", push=True, changes=removed) if removed else _Verdict("unchanged", keep=adopted)

    choice = policy.on_unknown
    if choice == "fail":
        raise Failure(
            f"{desired.label}: whether the server holds this task's secret is unknown, because {_why_unknown(remembered)}, and "
            f"on_unknown is fail. Nothing was sent. 'push' sends the secret, 'adopt' trusts what is there."
        )
    if choice == "push":
        return _Verdict("unknown", push=True, changes=everything + removed)
    if removed and (choice == "adopt" or desired.refreshed):
        return _Verdict(
            "unknown",
            push=True,
            changes=everything + removed,
            warnings=(
                f"{desired.label}: whether the platform still has {', '.join(removed)} is unknown, because {_why_unknown(remembered)}. An "
                f"update without it is sent once, and with it this task's secrets: check the connection if the platform refreshes them.",
            ),
        )
    if choice == "adopt" and not interrupted:
        return _Verdict("unknown", keep=adopted)
    if desired.refreshed and not interrupted:
        return _Verdict(
            "unknown",
            keep=adopted,
            warnings=(
                f"{desired.label}: whether the server holds this task's secret is unknown, because {_why_unknown(remembered)}. "
                f"What is there was taken as right, because the platform refreshes the tokens of this type itself and "
                f"older ones would break the connection. Set on_unknown: push once to send this task's.",
            ),
        )
    return _Verdict(
        "unknown",
        push=True,
        changes=everything + removed,
        warnings=(
            f"{desired.label}: whether the server holds this task's secret is unknown, because {_why_unknown(remembered)}. "
            f"Sending it once makes sure; on_unknown: adopt trusts what is there instead.",
        ),
    )


def _why_unknown(remembered: Remembered) -> str:
    record = remembered.record
    if record is None:
        return f"nothing is remembered of it in {remembered.place}"
    if record.state == PENDING:
        return "an earlier push was interrupted"
    return "it was remembered under another fingerprint_key"


def _refuse_if_not_to_be_sent(desired: Desired, policy: Policy, changes: list[str]) -> None:
    if policy.update_secrets == "on_create" and desired.secrets:
        raise Failure(
            f"{desired.label} differs in {', '.join(changes)}, but an update replaces the whole credential and so needs the "
            f"secret too, which update_secrets: on_create forbids to send. Nothing was sent. Set update_secrets: auto."
        )


def _judge_losses(desired: Desired, observed: Observed) -> list[str]:
    """Refuse to lose what the task could give; warn of what it could not. A PUT replaces (contract, "Update body")."""
    lost = lost_by_replacing(desired, observed)
    can_be_given = [path for path in lost if path == "name" or field_of(desired.type, path.removeprefix("data."))]
    if can_be_given:
        raise Failure(
            f"{desired.label}: the server holds {', '.join(can_be_given)}, which this task does not give. An update replaces "
            f"the whole credential, so that would be lost. Nothing was sent. Give it in the task, or name it in remove_fields to remove it."
        )
    if lost:
        return [f"{desired.label}: the server holds {', '.join(lost)} and does not show it, so the update went without it."]
    return []


def _paths(desired: Desired, names: t.Iterable[str]) -> tuple[str, ...]:
    names = set(names)
    return tuple(one.path for one in TYPES[desired.type] if one.name in names)
