# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision: from (observed, desired with its policy, remembered) to one plan that check mode, diff and apply all use.

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

from dataclasses import dataclass, replace

from .actions import CREATE, DELETE, NOTHING, REPLACE
from .comparison import differences, is_nearly_same, seen_otherwise, unseen
from .credential_types import TYPES, field_of
from .desired import Desired
from .failure import Failure
from .memory_record import CONTESTED, DRIFTED, PENDING, SETTLED, Record
from .observed import DIFFERENT, SAME, UNSEEN, Observed, hidden_fields
from .printable import printable
from .times import finer, has_moved, in_utc, instant, is_before

SENT = "\x01"  # in a warning, for "was" or "would be": a plan does not know whether it is carried out


@dataclass(frozen=True)
class Plan:
    """What is to be done, and what to say of it.

    :param action: :data:`CREATE`, :data:`REPLACE`, :data:`DELETE` or :data:`NOTHING`.
    :param decision: the one word for why.
    :param changes: paths of the fields in which the server differs, or may differ, from what is desired.
    :param warnings: sentences.
    :param record: what is to be remembered: as it is where nothing is sent, else with the ``updatedAt`` that the server shows
        after the push. ``None`` leaves the memory as it is.
    """

    action: str
    decision: str
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    record: Record | None = None

    @property
    def changed(self) -> bool:
        return self.action != NOTHING


def make_plan(
    desired: Desired, observed: Observed | None, current: Record | None = None, stored: Record | None = None, place: str = ""
) -> Plan:
    """Decide.

    :param observed: the credential as the server shows it, or ``None`` where there is none.
    :param current: the desired secrets' fingerprints under today's key, as they would be remembered once they are pushed; ``None``
        where there are no secrets, and so is nothing to remember.
    :param stored: what is remembered, or ``None``.
    :param place: where that is kept, for a person to read.
    :raises Failure: where going on would lose something, or the policy says to stop.
    """
    if desired.absent:
        return _plan_absence(desired, observed)
    if observed is None:
        return Plan(CREATE, "created", ("name", "type", *desired.paths(desired.data)))
    if observed.type not in TYPES:  # contract, "Types of newer APIs"
        raise Failure(
            f"{desired.label} is of type {printable(observed.type)} on the server, which this collection does not know, and an update "
            f"would destroy what it holds. Nothing was sent for it. Give another name or id, or delete that credential first."
        )
    changes = differences(desired, observed)
    if "type" in changes:
        # Secrets of one type say nothing of another's: all of them are sent.
        _refuse_if_not_to_be_sent(desired, changes)
        changes += desired.paths(desired.data)
        return Plan(REPLACE, "updated", tuple(dict.fromkeys(changes)), _judge_losses(desired, observed), current)

    # A crash that left it half written, or another key, makes a record useless.
    usable = stored if stored and current and stored.state != PENDING and stored.key_id == current.key_id else None
    if usable and current:  # a form of the platform's that it does not show any more is none
        usable = replace(usable, shown={name: form for name, form in usable.shown.items() if current.shown.get(name) == form})
    moved = usable is None or has_moved(usable.updated_at, observed.updated_at)
    as_pushed = _as_pushed(desired, observed, current, usable, moved)
    changes = [path for path in changes if path not in as_pushed]
    to_remove, still_there = _judge_removals(desired, observed, current, usable)
    changes += desired.paths(to_remove)
    secrets = _judge_secrets(desired, observed, current, stored, usable, place)
    warnings = (*secrets.warnings, *still_there, *_blind(desired, observed, current), *_in_another_form(desired, observed, as_pushed))
    if secrets.action == NOTHING and secrets.decision == "unknown" and changes:
        warnings = warnings[len(secrets.warnings) :]  # they say that nothing is pushed
    if secrets.action == NOTHING and not changes:
        return replace(secrets, warnings=warnings)

    _refuse_if_not_to_be_sent(desired, changes)
    # What is there is known only where we have sent it all, and surely nothing has changed it since.
    is_ours = usable and not usable.is_adopted and not moved and instant(observed.updated_at)
    warnings += _judge_losses(desired, observed, usable if is_ours else None)
    # Pushed for another reason than its secrets, which may be older than those that the platform has.
    if desired.refreshed and ((secrets.decision == "updated" and moved) or (secrets.action == NOTHING and secrets.decision != "unchanged")):
        warnings += (
            f"{desired.label}: the platform may have refreshed its tokens since this task's were issued, and an update "
            f"sends this task's: check the connection after it, and reconnect it if it fails.",
        )
    record = secrets.record if secrets.action == REPLACE else current
    if record and secrets.action == NOTHING and secrets.decision == "contested":
        record = replace(record, state=DRIFTED)  # the next one to move it contests this push too
    return Plan(
        REPLACE,
        "updated" if secrets.decision == "unchanged" else secrets.decision,
        tuple(dict.fromkeys([*changes, *secrets.changes])),
        warnings,
        record,
    )


def _blind(desired: Desired, observed: Observed, current: Record | None) -> tuple[str, ...]:
    """What cannot be noticed, said once: the same sentence for each credential of an organisation."""
    if current is None or instant(observed.updated_at):
        return ()
    return (
        f"Organisation {desired.organisation_id}: the platform shows no updatedAt, so a secret that somebody else changes cannot be "
        f"noticed, but only that this task's was rotated.",
    )


def _in_another_form(desired: Desired, observed: Observed, as_pushed: tuple[str, ...]) -> tuple[str, ...]:
    """What counts as no difference because the server showed it so right after it was sent, and still is another value."""
    shown = seen_otherwise(desired, observed).readable if as_pushed else {}
    fields = [name for name, value in shown.items() if not is_nearly_same(desired.readable.get(name), value)]
    paths = [path for path in desired.paths(fields) if path in as_pushed]
    if not paths:
        return ()
    return (
        f"{desired.label}: the platform shows {', '.join(paths)} in its own form, as it did right after this task's was sent. Better write "
        f"it as the platform shows it.",
    )


def _as_pushed(desired: Desired, observed: Observed, current: Record | None, usable: Record | None, moved: bool) -> tuple[str, ...]:
    """Paths of readable fields that the server does not show, or shows as it did right after they were sent: no difference, as far
    as can be told.

    Where nothing is remembered, hidden ones are as unknown as the secrets, and judged with them. One that is not surely hidden may
    have been removed by whatever moved the credential.
    """
    hidden = hidden_fields(observed.type, observed.data)
    if current is None or usable is None:
        return desired.paths(name for name in hidden if current)
    same = [name for name in unseen(desired, observed) if current.fingerprints.get(name, "") == usable.fingerprints.get(name)]
    still = [name for name in same if name in hidden or (not moved and name in usable.shown)]  # it was not shown then either
    return desired.paths([*still, *current.shown_as(usable)])


def _plan_absence(desired: Desired, observed: Observed | None) -> Plan:
    if observed is None:
        return Plan(NOTHING, "absent")
    users = ", ".join(observed.users)
    return Plan(DELETE, "deleted", warnings=(f"{desired.label}: deleting it takes it from what uses it: {users}.",) if users else ())


def _judge_secrets(
    desired: Desired, observed: Observed, current: Record | None, stored: Record | None, usable: Record | None, place: str
) -> Plan:
    """The plan as far as the secrets decide it."""
    if current is None or desired.update_secrets == "on_create":
        return Plan(NOTHING, "unchanged")
    plan = _compare_secrets(desired, observed, current, stored, usable, place)
    if desired.update_secrets == "always" and plan.action == NOTHING:
        decision = "forced" if plan.decision == "unchanged" else plan.decision
        warnings = () if plan.decision == "unknown" else plan.warnings  # they say that nothing is pushed
        return Plan(REPLACE, decision, desired.paths(desired.secrets), warnings, current)
    return plan


def _compare_secrets(
    desired: Desired, observed: Observed, current: Record, stored: Record | None, usable: Record | None, place: str
) -> Plan:
    shown = {name: observed.secrets.get(name) for name in desired.secrets}
    removed = [name for name in current.fingerprints if name in desired.removed]
    is_shown = set(shown.values()) == {SAME} and not hidden_fields(observed.type, observed.data)
    if is_shown and all(observed.secrets.get(name) == UNSEEN for name in removed):
        return Plan(NOTHING, "unchanged", record=replace(current, updated_at=observed.updated_at, shows_secrets=True))
    different = [name for name, state in shown.items() if state == DIFFERENT]
    if usable is None:
        if different:
            return Plan(REPLACE, "rotated", desired.paths(different), record=current)
        return _judge_unknown(desired, observed, current, stored, place)

    new = [
        name
        for name, fingerprint in current.fingerprints.items()
        if name not in desired.readable and usable.fingerprints.get(name) != fingerprint
    ]
    # Where the server shows true values, what it shows counts even if the time did not move.
    moved = has_moved(usable.updated_at, observed.updated_at) or bool(different and usable.shows_secrets)
    if new:
        rotated = any(name in desired.secrets for name in new)
        noticed: tuple[str, ...] = ()
        if has_moved(usable.updated_at, observed.updated_at) and not desired.refreshed and desired.on_drift != "ignore":
            _refuse_drift(desired, observed)
            about = _about(desired, observed)
            noticed = (f"{about}: it was changed elsewhere since the last push. This task's new secret {SENT} sent all the same.",)
        return Plan(REPLACE, "rotated" if rotated else "updated", desired.paths(new), noticed, current)
    if usable.state == CONTESTED or moved:
        return _judge_drift(desired, observed, current, usable)
    # A GET may show the time of our own push with more digits than its answer did: an edit in the same unit is noticed from now on.
    return Plan(NOTHING, "unchanged", record=replace(usable, updated_at=finer(usable.updated_at, observed.updated_at), state=SETTLED))


def _judge_removals(
    desired: Desired, observed: Observed, current: Record | None, usable: Record | None
) -> tuple[list[str], tuple[str, ...]]:
    """The secret fields whose removal is to be pushed for what is seen, and a sentence about those that are still seen after it was.

    A server that shows asterisks whether there is a secret or not must not have its removal pushed in each run.

    :raises Failure: where the platform keeps what an update leaves out, so that nothing can remove it.
    """
    secrets = [name for name in desired.removed if name in observed.secrets]
    pushed = [name for name in secrets if current and usable and usable.fingerprints.get(name) == current.fingerprints.get(name)]
    visible = [name for name in secrets if observed.secrets[name] != UNSEEN]
    to_remove = [name for name in secrets if name not in pushed and (name in visible or desired.update_secrets == "on_create")]
    still_there = [name for name in visible if name in pushed]
    if not still_there or usable is None:
        return to_remove, ()
    paths = ", ".join(desired.paths(still_there))
    if usable.shows_secrets:  # what this server shows is what it has
        if not has_moved(usable.updated_at, observed.updated_at):
            raise Failure(
                f"{desired.label}: {paths} is still there after an update without it: the platform keeps "
                f"what an update leaves out, so remove_fields cannot remove it. Remove it in the platform's own pages."
            )
        return to_remove + still_there, ()
    return to_remove, (
        f"{desired.label}: the platform shows a value for {paths}, which an earlier update removed. It "
        f"may show asterisks where nothing is, or somebody has set it again. Nothing was sent for it.",
    )


def _judge_drift(desired: Desired, observed: Observed, current: Record, usable: Record) -> Plan:
    """The same secrets were sent, and something moved the credential since."""
    about = _about(desired, observed)
    noticed = f"{about}: it was changed elsewhere since the last push. This task's secret {SENT} sent again (on_drift: {desired.on_drift})."
    push = Plan(REPLACE, "drifted", desired.paths(desired.secrets), (noticed,), replace(current, state=DRIFTED))
    accept = Plan(NOTHING, "drifted", record=replace(usable, updated_at=observed.updated_at, state=SETTLED, is_adopted=True))
    if desired.on_drift == "push":
        return push
    if desired.on_drift == "ignore":
        return accept
    if desired.on_drift == "warn":
        warning = (
            f"{about}: it was changed elsewhere since the last push, and its secret cannot be read back. on_drift is warn, so this is no "
            f"reason to send this task's: 'push' has it sent again, 'ignore' accepts what is there."
        )
        return Plan(NOTHING, "drifted", warnings=(warning,))
    if desired.refreshed:  # by the platform itself, so this is no sign of anybody else
        return accept
    _refuse_drift(desired, observed)
    if usable.state == SETTLED:
        return push
    warning = (
        f"{about}: it was changed elsewhere again, right after a run that had restored it: another controller may be managing it, or the "
        f"platform moves updatedAt by itself. Its secret is not sent again for that, and nobody has seen what the server holds. Set "
        f"on_drift: push to insist, on_drift: ignore to accept what is there, or rotate the secret."
    )
    return Plan(NOTHING, "contested", warnings=(warning,), record=replace(usable, state=CONTESTED))


def _about(desired: Desired, observed: Observed) -> str:
    """How a message calls it, and in brackets what differs from credential to credential: the rest is said once for all of them."""
    moment = in_utc(observed.updated_at)
    return f"{desired.label} (updatedAt {moment})" if moment else desired.label


def _refuse_drift(desired: Desired, observed: Observed) -> None:
    """:raises Failure: where the policy says so."""
    if desired.on_drift == "fail":
        failure = Failure(
            f"{_about(desired, observed)}: it was changed elsewhere since the last push, and on_drift is fail. Nothing was sent for it. "
            f"'push' has this task's secret sent again, 'ignore' accepts what is there."
        )
        failure.decision = "drifted"
        raise failure


def _judge_unknown(desired: Desired, observed: Observed, current: Record, stored: Record | None, place: str) -> Plan:
    """Nothing usable is remembered, and the server shows nothing."""
    removed = desired.paths(name for name in current.fingerprints if name in desired.removed)
    everything = desired.paths([*desired.secrets, *unseen(desired, observed)]) + removed
    adopted = replace(current, updated_at=observed.updated_at, is_adopted=True)
    interrupted = stored is not None and stored.state == PENDING
    # After an interrupted push the server's time may be the one of that push, or of an edit before it: it proves nothing.
    if desired.secret_changed_at is not None and not interrupted and observed.updated_at is not None:
        if is_before(observed.updated_at, desired.secret_changed_at):
            return Plan(REPLACE, "rotated", everything, record=current)
        return Plan(REPLACE, "updated", removed, record=current) if removed else Plan(NOTHING, "unchanged", record=adopted)

    if stored is None:
        why = f"nothing is remembered of it in {place}"
    elif interrupted:
        why = "an earlier push was interrupted"
    else:
        why = "it was remembered under another fingerprint_key"
    choice = desired.on_unknown
    if choice == "fail":
        # After an interrupted push, what is there may be from before it: to adopt that is no choice.
        choices = "'push' sends the secret" if interrupted else "'push' sends the secret, 'adopt' trusts what is there"
        failure = Failure(
            f"{desired.label}: whether the server holds this task's secret is unknown, because {why}, and "
            f"on_unknown is fail. Nothing was sent for it. {choices}."
        )
        failure.decision = "unknown"
        raise failure
    if choice == "push":
        return Plan(REPLACE, "unknown", everything, record=current)
    if removed:  # which is of a type with tokens
        warning = (
            f"{desired.label}: whether the platform still has {', '.join(removed)} is unknown, because {why}. Only an update makes "
            f"that certain, and it sends this task's secrets too: check the connection after it if the platform refreshes them."
        )
        return Plan(REPLACE, "unknown", everything, (warning,), current)
    if choice == "adopt" and not interrupted:
        return Plan(NOTHING, "unknown", record=adopted)
    if desired.refreshed and not interrupted:
        warning = (
            f"{desired.label}: whether the server holds this task's secret is unknown, because {why}. "
            f"What is there counts as right, because the platform refreshes the tokens of this type itself and "
            f"older ones would break the connection. Set on_unknown: push once to send this task's."
        )
        return Plan(NOTHING, "unknown", warnings=(warning,), record=adopted)
    if choice == "adopt":
        advice = "; on_unknown: adopt does not apply, because what is there may be from before that push"
    else:
        advice = "" if interrupted else "; on_unknown: adopt would trust what is there instead"
    warning = (
        f"{desired.label}: whether the server holds this task's secret is unknown, because {why}. This task's {SENT} sent, to be "
        f"certain{advice}."
    )
    return Plan(REPLACE, "unknown", everything, (warning,), current)


def _refuse_if_not_to_be_sent(desired: Desired, changes: list[str]) -> None:
    if desired.update_secrets == "on_create" and desired.secrets:
        raise Failure(
            f"{desired.label} differs in {', '.join(changes)}, but an update replaces the whole credential and so needs the "
            f"secret too, which update_secrets: on_create forbids to send. Nothing was sent for it. Set update_secrets: auto."
        )


def lost_by_replacing(desired: Desired, observed: Observed, last: Record | None = None) -> list[str]:
    """Paths of fields that are there or may be, that the server does not show, and that a PUT without them might delete.

    :param last: what is remembered, where nothing has moved the credential since.
    """
    given = {f"data.{name}" for name in (*desired.readable, *desired.secrets, *desired.removed)}
    if desired.name is not None:
        given.add("name")
    if observed.type != desired.type:  # the data of another type is to go
        return [path for path in observed.withheld if path not in given and not path.startswith("data.")]
    # Whatever is shown in its place: a server that shows nothing may have one all the same (contract, "Redaction").
    readable = hidden_fields(observed.type, observed.data)
    if last:  # what nobody has pushed is not there; tokens may be, which the platform gets by itself
        readable = [name for name in readable if name in last.fingerprints]
    hidden = desired.paths([*observed.secrets, *readable])
    return [path for path in dict.fromkeys((*hidden, *observed.withheld)) if path not in given]


def _judge_losses(desired: Desired, observed: Observed, last: Record | None = None) -> tuple[str, ...]:
    """Refuse to lose what the task could give; warn of what it could not. A PUT replaces (contract, "Update body")."""
    lost = lost_by_replacing(desired, observed, last)
    can_be_given = [path for path in lost if path == "name" or field_of(desired.type, path.removeprefix("data."))]
    if can_be_given:
        is_seen = any(
            path in observed.withheld or observed.secrets.get(path.removeprefix("data."), UNSEEN) != UNSEEN for path in can_be_given
        )
        raise Failure(
            f"{desired.label}: the server {'holds' if is_seen else 'may hold'} {', '.join(can_be_given)}, which this task does not give. "
            f"An update replaces the whole credential, so that would be lost. Nothing was sent for it. Give it in the task, or name it in "
            f"remove_fields to remove it."
        )
    if lost:
        return (f"{desired.label}: the server holds {', '.join(lost)} and does not show it, so an update goes without it.",)
    return ()
