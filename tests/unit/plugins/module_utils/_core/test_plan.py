# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision, row by row of the table and policy by policy."""

import dataclasses

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.bodies import update_body
from ansible_collections.versori.platform.plugins.module_utils._core.desired import read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import Record
from ansible_collections.versori.platform.plugins.module_utils._core.observed import read_observed
from ansible_collections.versori.platform.plugins.module_utils._core.plan import SENT, Plan, lost_by_replacing, make_plan

ORG, ID = "01HFS2NEAZ6ECZBZMN4FF775P7", "01KK9J6VFKZSB86BQQT8903TMY"
THEN, NOW = "2026-01-02T03:04:05.5Z", "2026-01-02T03:04:06.5Z"
NOW_UTC = "2026-01-02T03:04:06Z"
OAUTH = {"clientId": "id", "clientSecret": "hunter2", "authorizeUrl": "https://a.example", "tokenUrl": "https://t.example", "scopes": ["a"]}
TOKENS = {"accessToken": "hunter3", "refreshToken": "hunter4"}
BASIC, TOKEN, CLIENT = "basic-auth", "oauth2-token", "oauth2-client"
TAKEN, ADOPT = "What is there counts as right", {"on_unknown": "adopt"}
DATA = {"basic-auth": {"username": "me", "password": "hunter2"}, "oauth2-token": {**OAUTH, **TOKENS}, "oauth2-client": OAUTH}
SECRET = {"basic-auth": "password", "oauth2-token": "clientSecret", "oauth2-client": "clientSecret"}


def desired(credential_type="basic-auth", **changes):
    options = {"organisation_id": ORG, "name": "n", "type": credential_type, "data": DATA.get(credential_type, {})}
    return read_desired({**options, **changes})


def observed(credential_type="basic-auth", secret="******", updated_at=THEN, data=None, want=None, **others):
    hidden = dict.fromkeys(TOKENS, "******") if credential_type == "oauth2-token" else {}
    fields = {**DATA.get(credential_type, {}), **hidden, **(data or {})}
    if credential_type in SECRET:
        fields[SECRET[credential_type]] = secret
    answer = {"id": ID, "type": credential_type, "name": "n", "data": fields, "createdAt": THEN, "updatedAt": updated_at, **others}
    return read_observed(answer, Mask([]), want or desired(credential_type))


def remembered(same=True, updated_at=THEN, state="settled", key="k", credential_type="basic-auth", shows_secrets=False):
    """What would be remembered after a push, and what is."""
    name = SECRET[credential_type]
    return Record("k", {name: "same"}), Record(key, {name: "same" if same else "other"}, updated_at, state, shows_secrets)


def nothing(credential_type="basic-auth"):
    return Record("k", {SECRET[credential_type]: "same"}), None


def decide(memory, policy=None, credential_type="basic-auth", want=None, **server) -> Plan:
    want = dataclasses.replace(want or desired(credential_type), **policy or {})
    return make_plan(want, observed(credential_type, want=want, **server), *memory, "the memory")


# memory, policy, type, server's updatedAt -> decision, pushed, warned, state of the record afterwards
TABLE = [
    (remembered(), {}, "basic-auth", THEN, "unchanged", False, False, "settled"),
    (remembered(same=False), {}, "basic-auth", THEN, "rotated", True, False, "settled"),
    (remembered(same=False), {}, "basic-auth", NOW, "rotated", True, True, "settled"),
    (remembered(), {}, "basic-auth", NOW, "drifted", True, True, "drifted"),
    (remembered(state="drifted"), {}, "basic-auth", THEN, "unchanged", False, False, "settled"),
    (remembered(state="drifted"), {}, "basic-auth", NOW, "contested", False, True, "contested"),
    (remembered(state="contested"), {}, "basic-auth", THEN, "contested", False, True, "contested"),
    (remembered(state="contested"), {}, "basic-auth", NOW, "contested", False, True, "contested"),
    (remembered(state="contested", same=False), {}, "basic-auth", NOW, "rotated", True, True, "settled"),
    (nothing(), {}, "basic-auth", THEN, "unknown", True, True, "settled"),
    (remembered(state="pending"), {}, "basic-auth", THEN, "unknown", True, True, "settled"),
    (remembered(key="other"), {}, "basic-auth", THEN, "unknown", True, True, "settled"),
    # a type that the platform refreshes by itself
    (remembered(credential_type="oauth2-token"), {}, "oauth2-token", NOW, "drifted", False, False, "settled"),
    (nothing("oauth2-token"), {}, "oauth2-token", THEN, "unknown", False, True, "settled"),
    (remembered(credential_type="oauth2-token", key="other"), {}, "oauth2-token", THEN, "unknown", False, True, "settled"),
    (remembered(credential_type="oauth2-token", state="pending"), {}, "oauth2-token", THEN, "unknown", True, True, "settled"),
    (remembered(credential_type="oauth2-token", same=False), {}, "oauth2-token", NOW, "rotated", True, False, "settled"),
    # on_drift
    (remembered(), {"on_drift": "push"}, "basic-auth", NOW, "drifted", True, True, "drifted"),
    (remembered(state="drifted"), {"on_drift": "push"}, "basic-auth", NOW, "drifted", True, True, "drifted"),
    (remembered(state="contested"), {"on_drift": "push"}, "basic-auth", THEN, "drifted", True, True, "drifted"),
    (remembered(), {"on_drift": "warn"}, "basic-auth", NOW, "drifted", False, True, None),
    (remembered(), {"on_drift": "ignore"}, "basic-auth", NOW, "drifted", False, False, "settled"),
    (remembered(state="contested"), {"on_drift": "ignore"}, "basic-auth", NOW, "drifted", False, False, "settled"),
    (remembered(credential_type="oauth2-token"), {"on_drift": "push"}, "oauth2-token", NOW, "drifted", True, True, "drifted"),
    # on_unknown
    (nothing(), {"on_unknown": "push"}, "basic-auth", THEN, "unknown", True, False, "settled"),
    (nothing(), {"on_unknown": "adopt"}, "basic-auth", THEN, "unknown", False, False, "settled"),
    (remembered(state="pending"), {"on_unknown": "adopt"}, "basic-auth", THEN, "unknown", True, True, "settled"),
    (nothing("oauth2-token"), {"on_unknown": "push"}, "oauth2-token", THEN, "unknown", True, False, "settled"),
    # secret_changed_at decides without a memory, but not against one, and not after an interrupted push
    (nothing(), {"secret_changed_at": NOW}, "basic-auth", THEN, "rotated", True, False, "settled"),
    (nothing(), {"secret_changed_at": THEN}, "basic-auth", NOW, "unchanged", False, False, "settled"),
    (remembered(), {"secret_changed_at": NOW}, "basic-auth", THEN, "unchanged", False, False, "settled"),
    (remembered(state="pending"), {"secret_changed_at": THEN}, "basic-auth", NOW, "unknown", True, True, "settled"),
    (nothing(), {"secret_changed_at": THEN}, "basic-auth", THEN, "unchanged", False, False, "settled"),
    (nothing(), {"secret_changed_at": THEN}, "basic-auth", None, "unknown", True, True, "settled"),
    # update_secrets
    (remembered(), {"update_secrets": "always"}, "basic-auth", THEN, "forced", True, False, "settled"),
    (remembered(), {"update_secrets": "always", "on_drift": "warn"}, "basic-auth", NOW, "drifted", True, True, "settled"),
    (remembered(), {"update_secrets": "always", "on_drift": "ignore"}, "basic-auth", NOW, "drifted", True, False, "settled"),
    (remembered(state="drifted"), {"update_secrets": "always"}, "basic-auth", NOW, "contested", True, True, "settled"),
    (nothing(), {"update_secrets": "always", "on_unknown": "adopt"}, "basic-auth", THEN, "unknown", True, False, "settled"),
    (remembered(), {"update_secrets": "on_create"}, "basic-auth", NOW, "unchanged", False, False, None),
    (nothing(), {"update_secrets": "on_create"}, "basic-auth", NOW, "unchanged", False, False, None),
]


@pytest.mark.parametrize(("memory", "policy", "credential_type", "updated_at", "decision", "pushed", "warned", "state"), TABLE)
def test_table(memory, policy, credential_type, updated_at, decision, pushed, warned, state):
    plan = decide(memory, policy, credential_type, updated_at=updated_at)
    assert (plan.decision, plan.changed, bool(plan.warnings)) == (decision, pushed, warned)
    assert (plan.record.state if plan.record else None) == state
    everything = desired(credential_type).paths(desired(credential_type).secrets)
    assert plan.changes == ((f"data.{SECRET[credential_type]}",) if decision == "rotated" else everything if pushed else ())
    assert all(text.startswith(("credential 'n'", f"Organisation {ORG}: ")) and text.endswith(".") for text in plan.warnings)


@pytest.mark.parametrize("state", ["settled", "drifted", "contested"])
@pytest.mark.parametrize("same", [True, False], ids=["same secret", "rotated"])
@pytest.mark.parametrize("changed", [{}, {"username": "other"}], ids=["same", "readable too"])
def test_on_drift_fail(state, same, changed):
    """Whatever else is different: what somebody else has done is not overwritten."""
    with pytest.raises(Failure) as caught:
        decide(remembered(same=same, state=state), {"on_drift": "fail"}, updated_at=NOW, data=changed)
    assert caught.value.msg == (
        f"credential 'n' (updatedAt {NOW_UTC}): it was changed elsewhere since the last push, and on_drift is fail. Nothing was sent "
        f"for it. 'push' has this task's secret sent again, 'ignore' accepts what is there."
    )


def test_what_the_platform_refreshes_is_no_drift_to_fail_for():
    plan = decide(remembered(credential_type="oauth2-token"), {"on_drift": "fail"}, "oauth2-token", updated_at=NOW)
    assert (plan.decision, plan.changed) == ("drifted", False)
    plan = decide(remembered(credential_type="oauth2-token", same=False), {"on_drift": "fail"}, "oauth2-token", updated_at=NOW)
    assert (plan.decision, plan.changed) == ("rotated", True)


@pytest.mark.parametrize("on_drift", ["auto", "push", "warn"])
def test_a_rotation_does_not_hide_a_drift(on_drift):
    plan = decide(remembered(same=False), {"on_drift": on_drift}, updated_at=NOW)
    assert plan.decision == "rotated"
    assert plan.warnings == (
        f"credential 'n' (updatedAt {NOW_UTC}): it was changed elsewhere since the last push. This task's new secret {SENT} sent all "
        f"the same.",
    )
    assert not decide(remembered(same=False), {"on_drift": "ignore"}, updated_at=NOW).warnings


@pytest.mark.parametrize("on_drift", ["auto", "push", "warn"])
def test_drift_is_said_with_its_time(on_drift):
    [warning] = decide(remembered(), {"on_drift": on_drift}, updated_at=NOW).warnings
    assert warning.startswith(f"credential 'n' (updatedAt {NOW_UTC}): it was changed elsewhere since the last push")
    assert "on_drift" in warning and on_drift in warning


@pytest.mark.parametrize("state", ["drifted", "contested"])
def test_contested_keeps_what_was_remembered(state):
    plan = decide(remembered(state=state), updated_at=NOW)
    assert plan.record == dataclasses.replace(remembered(state=state)[1], state="contested")
    assert "on_drift" in plan.warnings[0] and "rotate" in plan.warnings[0]


ADOPTS = "; on_unknown: adopt would trust what is there instead"
IN_VAIN = "; on_unknown: adopt does not apply, because what is there may be from before that push"
BOTH = "'push' sends the secret, 'adopt' trusts what is there"


@pytest.mark.parametrize(
    ("memory", "why", "advice", "to_adopt", "choices"),
    [
        (nothing(), "nothing is remembered of it in the memory", ADOPTS, None, BOTH),
        (remembered(state="pending"), "an earlier push was interrupted", "", IN_VAIN, "'push' sends the secret"),
        (remembered(key="other"), "it was remembered under another fingerprint_key", ADOPTS, None, BOTH),
    ],
)
def test_what_is_unknown_is_said_with_the_reason_and_with_what_can_be_done(memory, why, advice, to_adopt, choices):
    """In words that hold in check mode too, and none that tells to set what is set, or what does not apply."""
    sentence = f"credential 'n': whether the server holds this task's secret is unknown, because {why}"
    assert decide(memory).warnings == (f"{sentence}. This task's {SENT} sent, to be certain{advice}.",)
    assert decide(memory, ADOPT).warnings == (
        () if to_adopt is None else (f"{sentence}. This task's {SENT} sent, to be certain{to_adopt}.",)
    )
    assert decide(memory, {"on_unknown": "push"}).warnings == ()
    with pytest.raises(Failure) as caught:
        decide(memory, {"on_unknown": "fail"})
    assert caught.value.msg == f"{sentence}, and on_unknown is fail. Nothing was sent for it. {choices}."


def test_nothing_counts_as_right_that_is_pushed():
    taken = decide(nothing(TOKEN), credential_type=TOKEN)
    assert not taken.changed and TAKEN in taken.warnings[0]
    pushed = decide(nothing(TOKEN), {"update_secrets": "always"}, TOKEN)
    assert (pushed.changed, pushed.decision, pushed.warnings) == (True, "unknown", ())


# A server that does show secrets: the truth where it is one, and never trusted against a memory where it is a placeholder.
@pytest.mark.parametrize(
    ("secret", "memory", "decision", "pushed"),
    [
        ("hunter2", nothing(), "unchanged", False),
        ("hunter2", remembered(same=False, updated_at=NOW), "unchanged", False),
        ("other", nothing(), "rotated", True),
        ("other", remembered(shows_secrets=True), "drifted", True),
        ("other", remembered(shows_secrets=True, state="drifted"), "contested", False),
        ("5f4dcc3b5aa765d61d8327deb882cf99", remembered(), "unchanged", False),  # a hash, say: shown after our own push
        ("hu****r2", nothing(), "unknown", True),
        (None, remembered(), "unchanged", False),
        ("", remembered(), "unchanged", False),
    ],
)
def test_shown_secrets(secret, memory, decision, pushed):
    plan = decide(memory, secret=secret)
    assert (plan.decision, plan.changed) == (decision, pushed)
    assert plan.changes == (("data.password",) if pushed else ())
    assert not pushed or plan.record == dataclasses.replace(memory[0], state=plan.record.state)


def test_refreshed_tokens_that_are_shown_are_no_sign_of_a_foreign_hand():
    want = desired("oauth2-token", data={**OAUTH, "accessToken": "mine-0001"})
    server = observed("oauth2-token", want=want, data={"accessToken": "refreshed-0002"})
    record = Record("k", {"clientSecret": "a", "accessToken": "b"}, THEN, shows_secrets=True)
    assert make_plan(want, server, record, record).decision == "unchanged"


@pytest.mark.parametrize(
    ("shown", "decision"),
    [
        ({"clientSecret": "hunter2", "accessToken": "hunter3"}, "unchanged"),
        ({"clientSecret": "hunter2", "accessToken": "******"}, "unknown"),
        ({"clientSecret": "hunter2"}, "unknown"),
        ({"clientSecret": "******", "accessToken": "hunter3"}, "unknown"),
    ],
)
def test_only_where_all_secrets_are_shown_as_they_are_wanted_nothing_need_be_remembered(shown, decision):
    want = desired("oauth2-token", data={**OAUTH, "accessToken": "hunter3"})
    server = observed("oauth2-token", want=want, data=shown, secret=shown["clientSecret"])
    assert make_plan(want, server, Record("k"), None, "the memory").decision == decision


@pytest.mark.parametrize(("shown", "decision"), [(None, "unchanged"), ("******", "unknown"), ("the-token", "unknown")])
def test_secrets_that_are_shown_as_they_are_wanted_say_nothing_of_a_removed_one_that_is_still_there(shown, decision):
    want = desired("oauth2-token", **REMOVING)
    server = observed("oauth2-token", want=want, secret="hunter2", data={"refreshToken": shown, "accessToken": "hunter3"})
    assert make_plan(want, server, Record("k", TOKEN_PRINTS), None, "the memory").decision == decision


@pytest.mark.parametrize(
    ("memory", "secret", "shows"),
    [(nothing(), "hunter2", True), (remembered(shows_secrets=True), "******", True), (remembered(), "******", False)],
    ids=["shown now", "shown before", "never shown"],
)
def test_that_a_server_shows_secrets_is_remembered(memory, secret, shows):
    plan = decide(memory, secret=secret)
    assert plan.record == dataclasses.replace(memory[0], updated_at=THEN, shows_secrets=shows)


@pytest.mark.parametrize("shown", [None, "no time"])
def test_without_times_only_rotations_are_told(shown):
    """And that is said; it is no drift, and nothing is contested for ever (contract, "Types of newer APIs")."""
    for stored, updated_at, decision in ((True, None, "unchanged"), (True, THEN, "unchanged"), (False, None, "rotated")):
        plan = decide(remembered(same=stored, updated_at=updated_at), updated_at=shown)
        assert (plan.decision, plan.changed) == (decision, decision == "rotated")
        assert plan.warnings == (
            f"Organisation {ORG}: the platform shows no updatedAt, so a secret that somebody else changes cannot be noticed, but only that "
            f"this task's was rotated.",
        )
    first = decide(remembered(updated_at=None), updated_at=NOW)  # from now on it shows them
    assert (first.decision, first.record.updated_at, first.warnings) == ("unchanged", NOW, ())


def test_a_time_with_more_digits_is_remembered():
    plan = decide(remembered(updated_at="2026-01-02T03:04:05Z"), updated_at="2026-01-02T03:04:05.25Z")
    assert (plan.decision, plan.record.updated_at) == ("unchanged", "2026-01-02T03:04:05.25Z")
    assert decide((plan.record, plan.record), updated_at="2026-01-02T03:04:05.5Z").decision == "drifted"


def test_readable_difference_alone():
    plan = decide(remembered(), want=desired(data={"username": "you", "password": "hunter2"}))
    assert (plan.action, plan.decision, plan.changes) == ("replace", "updated", ("data.username",))


REFRESHED, CONTESTED = "the platform may have refreshed its tokens", "was changed elsewhere again"
ELSEWHERE = "was changed elsewhere since the last push"


# What is remembered of a push that a readable difference causes is of that push, not of what was found before it.
@pytest.mark.parametrize(
    ("memory", "policy", "kind", "updated_at", "decision", "changes", "warnings", "state"),
    [
        (remembered(shows_secrets=True), {}, BASIC, THEN, "updated", ("name",), [], "settled"),
        (remembered(), {"on_drift": "ignore"}, BASIC, NOW, "drifted", ("name",), [], "settled"),
        (remembered(), {"on_drift": "warn"}, BASIC, NOW, "drifted", ("name",), [ELSEWHERE], "settled"),
        (remembered(), {}, BASIC, NOW, "drifted", ("name", "data.password"), [ELSEWHERE], "drifted"),
        (remembered(state="drifted"), {}, BASIC, NOW, "contested", ("name",), [CONTESTED], "drifted"),
        (remembered(state="contested"), {}, BASIC, THEN, "contested", ("name",), [CONTESTED], "drifted"),
        (nothing(), ADOPT, BASIC, THEN, "unknown", ("name",), [], "settled"),
        (nothing(CLIENT), ADOPT, CLIENT, THEN, "unknown", ("name",), [], "settled"),
        (nothing(TOKEN), {}, TOKEN, THEN, "unknown", ("name",), [REFRESHED], "settled"),
        (nothing(TOKEN), ADOPT, TOKEN, THEN, "unknown", ("name",), [REFRESHED], "settled"),
        (remembered(credential_type=TOKEN), {}, TOKEN, NOW, "drifted", ("name",), [REFRESHED], "settled"),
        (remembered(credential_type=TOKEN), {}, TOKEN, THEN, "updated", ("name",), [], "settled"),
        # The task's tokens are the newer ones.
        (remembered(credential_type=TOKEN, same=False), {}, TOKEN, NOW, "rotated", ("name", "data.clientSecret"), [], "settled"),
    ],
)
def test_a_push_for_a_readable_difference_is_remembered_as_that_push(memory, policy, kind, updated_at, decision, changes, warnings, state):
    plan = decide(memory, policy, kind, updated_at=updated_at, name="edited")
    assert (plan.action, plan.decision, plan.changes, len(plan.warnings)) == ("replace", decision, changes, len(warnings))
    assert all(words in warning for words, warning in zip(warnings, plan.warnings, strict=True))
    assert plan.record == dataclasses.replace(memory[0], state=state)


def test_another_type_sends_everything():
    changes = ("type", "data.username", "data.password")
    assert make_plan(desired(), observed("none"), *nothing()) == Plan("replace", "updated", changes, record=nothing()[0])
    plan = make_plan(desired(), observed("none", etag="[REDACTED]"), *nothing())
    assert "the server holds etag and does not show it" in plan.warnings[0]


def test_on_create_refuses_what_would_need_the_secret():
    with pytest.raises(Failure, match=r"differs in name, .* on_create forbids"):
        decide(remembered(), {"update_secrets": "on_create"}, name="edited")
    with pytest.raises(Failure, match=r"differs in type, data\.username, .* on_create forbids"):
        make_plan(desired(update_secrets="on_create"), observed("none"))
    assert make_plan(desired("none", update_secrets="on_create"), observed("none", name="edited")).decision == "updated"


def test_create_and_absent():
    assert make_plan(desired(), None) == Plan("create", "created", ("name", "type", "data.username", "data.password"))
    gone = read_desired({"organisation_id": ORG, "name": "n", "state": "absent"})
    assert make_plan(gone, None).decision == "absent"
    assert make_plan(gone, observed(usages=[])) == Plan("delete", "deleted")
    environments = [{"id": "1", "name": "production"}, {"id": "2"}, {}, "x"]
    plan = make_plan(gone, observed(usages=[*({"environment": environment} for environment in environments), "x"]))
    users = "production, 2, ?, ?, ?"
    assert plan == Plan("delete", "deleted", warnings=(f"credential 'n': deleting it takes it from what uses it: {users}.",))


def test_an_optional_secret_that_is_there_is_not_lost_by_accident():
    want = desired("oauth2-token", name="renamed", data=OAUTH)
    for shown, words in (("******", "holds"), (None, "may hold"), ("", "may hold")):
        server = observed("oauth2-token", want=want, data=dict.fromkeys(TOKENS, shown))
        with pytest.raises(Failure, match=rf"the server {words} data\.accessToken, data\.refreshToken, which this task does not give"):
            make_plan(want, server, *remembered(credential_type="oauth2-token"))
        let_go = desired("oauth2-token", name="renamed", data=OAUTH, remove_fields=["accessToken", "refreshToken"])
        assert make_plan(let_go, server, *nothing("oauth2-token")).changed


def test_the_body_of_a_put():
    want = desired("oauth2-client", name="renamed")
    data = {"additionalParams": {"a": "b"}, "grantType": "code", "hidden": "******", "empty": None}
    server = observed("oauth2-client", want=want, data=data, usages=[], errors=["x"], version=7, etag="[REDACTED]")
    sent = {**OAUTH, "additionalParams": {"a": "b"}, "grantType": "code"}
    body = {"id": ID, "type": "oauth2-client", "name": "renamed", "data": sent, "createdAt": THEN, "updatedAt": THEN, "version": 7}
    assert update_body(want, server) == body
    assert set(lost_by_replacing(want, server)) == {"data.hidden", "etag"}
    plan = make_plan(want, server, *nothing("oauth2-client"))
    assert "credential 'renamed': the server holds etag, data.hidden and does not show it, so an update goes without it." in plan.warnings


def test_the_data_of_another_type_is_not_lost_but_meant_to_go():
    server = dataclasses.replace(observed("oauth2-client"), withheld=("data.tokenUrl", "data.hidden", "etag", "name"))
    assert lost_by_replacing(desired(), server) == ["etag"]
    assert lost_by_replacing(desired(name=None, credential_id=ID), server) == ["etag", "name"]


@pytest.mark.parametrize("state", ["different", "hidden", "unseen"])
def test_a_secret_that_is_not_given_would_be_lost(state):
    server = dataclasses.replace(observed("oauth2-token"), secrets={"clientSecret": "different", "accessToken": state})
    assert lost_by_replacing(desired("oauth2-token", data=OAUTH), server) == ["data.accessToken"]


CLIENT_FIELDS = ("clientId", "authorizeUrl", "tokenUrl")


def hidden(credential_type, *names, shown=None):
    """What a server shows in place of these fields and of all secrets."""
    return {"secret": shown, "data": dict.fromkeys([*names, *(TOKENS if credential_type == "oauth2-token" else ())], shown)}


@pytest.mark.parametrize("shown", [None, "", "******"])
@pytest.mark.parametrize(
    ("credential_type", "stored", "updated_at", "decision", "changes"),
    [
        ("basic-auth", None, THEN, "unknown", {"username", "password"}),
        ("basic-auth", {}, THEN, "unchanged", set()),
        ("basic-auth", {"username": "other"}, THEN, "updated", {"username"}),
        ("basic-auth", {"password": "other"}, THEN, "rotated", {"password"}),
        ("basic-auth", {}, NOW, "drifted", {"password"}),
        ("oauth2-token", None, THEN, "unknown", set()),
        ("oauth2-token", {}, THEN, "unchanged", set()),
        ("oauth2-token", {"tokenUrl": "other"}, THEN, "updated", {"tokenUrl"}),
        ("oauth2-token", {}, NOW, "drifted", set()),
    ],
)
def test_a_readable_field_that_is_hidden(credential_type, stored, updated_at, decision, changes, shown):
    """It is as a secret is: remembered, and otherwise unknown (contract, "Redaction")."""
    want = desired(credential_type)
    names = CLIENT_FIELDS if credential_type == "oauth2-token" else ("username",)
    current = Record("k", dict.fromkeys(want.data, "same"))
    record = None if stored is None else Record("k", {**current.fingerprints, **stored}, THEN)
    server = observed(credential_type, want=want, updated_at=updated_at, **hidden(credential_type, *names, shown=shown))
    plan = make_plan(want, server, current, record, "the memory")
    assert (plan.decision, set(plan.changes), plan.changed) == (decision, {f"data.{name}" for name in changes}, bool(changes))


@pytest.mark.parametrize(
    ("stored", "updated_at", "decision", "has_changed"),
    [
        (None, THEN, "unknown", True),
        ({}, THEN, "updated", True),
        ({"scopes": ""}, THEN, "unchanged", False),
        ({"scopes": ""}, NOW, "drifted", True),
        ({"scopes": "otherwise"}, THEN, "updated", True),
        ({"other": ""}, None, "updated", True),
        ({"scopes": ""}, None, "unchanged", False),
    ],
    ids=["nothing remembered", "shown then", "not shown then", "moved since", "otherwise then", "no times", "not shown then, no times"],
)
def test_an_optional_field_of_which_nothing_is_shown(stored, updated_at, decision, has_changed):
    """It may be hidden, or not there: that it was not shown right after it was pushed, and that nothing has moved since, is what tells."""
    want = desired("oauth2-client")
    current = Record("k", dict.fromkeys(want.data, "same"), shown={"scopes": ""})
    record = None if stored is None else Record("k", current.fingerprints, THEN, shown=stored)
    plan = make_plan(want, observed("oauth2-client", want=want, data={"scopes": None}, updated_at=updated_at), current, record)
    assert (plan.decision, "data.scopes" in plan.changes, plan.changed) == (decision, has_changed, has_changed)


def test_what_may_be_hidden_and_is_not_given_is_not_lost():
    """Unless nobody has pushed it, and nothing has moved the credential since."""
    want = desired("oauth2-token", name="renamed")
    current = Record("k", dict.fromkeys(want.data, "same"))
    server = observed("oauth2-token", want=want, **hidden("oauth2-token", *CLIENT_FIELDS))
    ours = Record("k", current.fingerprints, THEN)
    more = Record("k", {**current.fingerprints, "additionalParams": "x"}, THEN)
    for record in (None, dataclasses.replace(ours, updated_at=NOW), dataclasses.replace(ours, is_adopted=True), more):
        with pytest.raises(Failure, match=r"the server may hold data\.additionalParams, which this task does not give"):
            make_plan(want, server, current, record, "the memory")
    assert make_plan(want, server, current, ours, "the memory").changes == ("name",)
    timeless = dataclasses.replace(server, credential={**server.credential, "updatedAt": None})
    with pytest.raises(Failure, match=r"the server may hold data\.additionalParams"):
        make_plan(want, timeless, current, ours, "the memory")


def test_a_name_that_is_withheld_has_to_be_given():
    server = dataclasses.replace(observed(), withheld=("name",))
    unnamed = {"name": None, "credential_id": ID, "data": {"username": "you", "password": "hunter2"}}
    with pytest.raises(Failure, match="the server holds name, which this task does not give"):
        make_plan(desired(**unnamed), server, *remembered())
    plan = make_plan(desired(**{**unnamed, "name": "n"}), server, *remembered())
    assert (plan.changes, plan.warnings) == (("name", "data.username"), ())


@pytest.mark.parametrize("scopes", [["a", "b"], ["b", "a"], ["b", "a", "a"]], ids=["same order", "other order", "doubled"])
def test_scopes_compare_as_a_set(scopes):
    want = desired("oauth2-client", data={**OAUTH, "scopes": scopes})
    plan = decide(remembered(credential_type="oauth2-client"), None, "oauth2-client", want, data={"scopes": ["a", "b"]})
    assert plan.decision == "unchanged"


REMOVING = {"remove_fields": ["refreshToken"], "data": {**OAUTH, "accessToken": "hunter3"}}
TOKEN_PRINTS = {"clientSecret": "same", "refreshToken": "removed"}


def removal(record_prints=None, shows=None, policy=None, updated_at=THEN):
    """The plan for a task that removes refreshToken, with a record of these fingerprints, and a server that shows this."""
    want = desired("oauth2-token", **REMOVING, **policy or {})
    record = None if record_prints is None else Record("k", record_prints, THEN)
    server = observed("oauth2-token", want=want, data={} if shows is None else {"refreshToken": shows}, updated_at=updated_at)
    return make_plan(want, server, Record("k", TOKEN_PRINTS), record, "the memory")


@pytest.mark.parametrize(
    ("record_prints", "shows", "decision", "changes"),
    [
        # It was given before, or never was: whether the server holds it or not, the removal is pushed once.
        ({"clientSecret": "same", "refreshToken": "given"}, "******", "updated", ("data.refreshToken",)),
        ({"clientSecret": "same", "refreshToken": "given"}, None, "updated", ("data.refreshToken",)),
        ({"clientSecret": "same"}, "******", "updated", ("data.refreshToken",)),
        ({"clientSecret": "same"}, None, "updated", ("data.refreshToken",)),
        ({"clientSecret": "other"}, "******", "rotated", ("data.refreshToken", "data.clientSecret")),
        # It has been pushed: a server that shows asterisks where nothing is does not have it pushed for ever.
        (TOKEN_PRINTS, None, "unchanged", ()),
        (TOKEN_PRINTS, "******", "unchanged", ()),
        # Nothing is remembered. What is there is taken as right for this type, but not what is to be removed, seen or not.
        (None, "******", "unknown", ("data.clientSecret", "data.accessToken", "data.refreshToken")),
        (None, None, "unknown", ("data.clientSecret", "data.accessToken", "data.refreshToken")),
    ],
)
def test_a_secret_that_is_to_be_removed(record_prints, shows, decision, changes):
    plan = removal(record_prints, shows)
    assert (plan.decision, set(plan.changes)) == (decision, set(changes))
    assert plan.changed == bool(changes)
    assert len(plan.changes) == len(set(plan.changes))


@pytest.mark.parametrize("policy", [{"on_unknown": "adopt"}, {"on_unknown": "push"}, {"secret_changed_at": "2020-01-01T00:00:00Z"}])
def test_a_removal_that_nobody_remembers_is_pushed_whatever_the_policy(policy):
    plan = removal(None, None, policy)
    assert plan.changed and "data.refreshToken" in plan.changes
    assert plan.action == "replace"  # so nothing says that it was removed before it was
    assert plan.record == Record("k", TOKEN_PRINTS)


def test_removals_that_nobody_remembers_are_said_to_send_the_secrets_too():
    want = desired("oauth2-token", remove_fields=["accessToken", "refreshToken"], data=OAUTH)
    current = Record("k", {"clientSecret": "same", "accessToken": "removed", "refreshToken": "removed"})
    assert make_plan(want, observed("oauth2-token", want=want), current, None, "the memory").warnings == (
        "credential 'n': whether the platform still has data.accessToken, data.refreshToken is unknown, because nothing is remembered of "
        "it in the memory. Only an update makes that certain, and it sends this task's secrets too: check the connection after it if the "
        "platform refreshes them.",
    )


@pytest.mark.parametrize("shows", ["******", None])
def test_a_removal_that_is_not_to_be_sent_is_refused(shows):
    with pytest.raises(Failure, match=r"differs in data\.refreshToken"):
        removal({"clientSecret": "same"}, shows, {"update_secrets": "on_create"})
    assert not removal(TOKEN_PRINTS, None, {"update_secrets": "on_create"}).changed


def test_removals_that_are_seen_not_to_have_happened():
    """Where the server shows what it has, a field that is still there is no ok; where it shows asterisks, it may be."""
    want = desired("oauth2-token", remove_fields=["accessToken", "refreshToken"], data=OAUTH)
    prints = {**TOKEN_PRINTS, "accessToken": "removed"}

    def plan(updated_at, shows_secrets, shown):
        data = {"accessToken": shown, "refreshToken": shown}
        server = observed("oauth2-token", "hunter2" if shows_secrets else "******", updated_at, data, want)
        return make_plan(want, server, Record("k", prints), Record("k", prints, THEN, shows_secrets=shows_secrets))

    both = "data.accessToken, data.refreshToken"
    with pytest.raises(Failure, match=f"^credential 'n': {both} is still there after an update without it: the platform keeps"):
        plan(THEN, True, "the-token")
    again = plan(NOW, True, "the-token")  # somebody has signed in again
    assert again.changed and {"data.accessToken", "data.refreshToken"} <= set(again.changes)
    asterisks = plan(THEN, False, "******")
    assert not asterisks.changed and f"the platform shows a value for {both}, which an earlier update removed." in asterisks.warnings[0]


def two_removals(shows_secrets, **policy):
    """The removal of accessToken was pushed before and that of refreshToken is new; the server shows both, and its time has moved."""
    want = desired("oauth2-token", data=OAUTH, remove_fields=["accessToken", "refreshToken"], **policy)
    server = observed("oauth2-token", want=want, data={"accessToken": "a-token", "refreshToken": "r-token"}, updated_at=NOW)
    stored = Record("k", {"clientSecret": "same", "accessToken": "removed"}, THEN, shows_secrets=shows_secrets)
    return make_plan(want, server, Record("k", {**TOKEN_PRINTS, "accessToken": "removed"}), stored)


@pytest.mark.parametrize(
    ("shows_secrets", "changes", "warned"), [(True, {"data.accessToken", "data.refreshToken"}, False), (False, {"data.refreshToken"}, True)]
)
def test_a_removal_beside_one_that_is_still_there(shows_secrets, changes, warned):
    plan = two_removals(shows_secrets)
    assert (plan.action, plan.decision, set(plan.changes)) == ("replace", "updated", changes)
    assert ("shows a value for data.accessToken, which an earlier update removed" in " ".join(plan.warnings)) == warned
    with pytest.raises(Failure, match=f"differs in {', '.join(sorted(changes))}, but .* on_create forbids"):
        two_removals(shows_secrets, update_secrets="on_create")


def test_a_removal_warns_of_tokens_that_the_platform_has_refreshed():
    assert "may have refreshed its tokens" in " ".join(removal(None, None, {"secret_changed_at": THEN}).warnings)  # nothing is remembered
    assert "may have refreshed its tokens" in " ".join(removal({"clientSecret": "same"}, "******", updated_at=NOW).warnings)
    assert removal({"clientSecret": "same"}, "******").warnings == ()
