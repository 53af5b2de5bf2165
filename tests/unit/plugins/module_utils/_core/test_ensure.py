# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The flow of one credential, played by hand: what it asks for, what it remembers, and what it says."""

import dataclasses

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.actions import CREATE, DELETE, FIND, REPLACE
from ansible_collections.versori.platform.plugins.module_utils._core.desired import read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.ensure import ensure
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import PENDING, NameRecord, Record, fingerprints
from ansible_collections.versori.platform.plugins.module_utils._core.names import name_digest
from ansible_collections.versori.platform.plugins.module_utils._core.observed import read_observed

ORG, ID, URL = "01HFS2NEAZ6ECZBZMN4FF775P7", "01KK9J6VFKZSB86BQQT8903TMY", "https://api.example"
THEN, NOW = "2026-01-02T03:04:05.5Z", "2026-01-02T03:04:06.5Z"
OAUTH = {"clientId": "id", "clientSecret": "hunter2", "authorizeUrl": "https://a.example", "tokenUrl": "https://t.example", "scopes": ["a"]}
DATA = {"none": {}, "basic-auth": {"username": "me", "password": "hunter2"}, "oauth2-token": OAUTH}


class Memory:
    """Notes what it is asked, and fails at the nth entry of a log, which a flow's actions are in too."""

    place, key, key_id = "the memory", b"key", "k"
    time = "2026-02-03T04:05:06Z"

    def __init__(self, stored=None, fails_at=None, **noted):
        self.stored, self.fails_at, self.noted = stored, fails_at, NameRecord(**noted)
        self.log, self.written, self.names = [], [], None

    def _note(self, call):
        self.log.append(call)
        if len(self.log) == self.fails_at:
            raise Failure("The disk is full.")

    def read(self, organisation_id, credential_id):
        assert (organisation_id, credential_id) == (ORG, ID)
        self._note("read")
        return self.stored

    def utc_now(self):
        return self.time

    def begin_create(self, organisation_id, name):
        assert (organisation_id, name) == (ORG, "n")
        self._note("begin")

    def end_create(self, organisation_id, name, credential_id=None, shown=""):
        assert (organisation_id, name, credential_id) == (ORG, "n", credential_id and ID)
        self.names = shown
        self._note("end")

    def read_name(self, organisation_id, name):
        assert (organisation_id, name) == (ORG, "n")
        return self.noted

    def write(self, organisation_id, credential_id, record):
        assert (organisation_id, credential_id) == (ORG, ID)
        self._note("write")
        self.written.append(record)


def desired(credential_type="basic-auth", **changes):
    return read_desired({"organisation_id": ORG, "name": "n", "type": credential_type, "data": DATA[credential_type], **changes})


WANTED, ADOPTED, NONE = desired(), desired(on_unknown="adopt"), desired("none")
BY_ID, NONE_BY_ID = desired(credential_id=ID), desired("none", credential_id=ID)
ABSENT = read_desired({"organisation_id": ORG, "name": "n", "state": "absent"})


def server(want=WANTED, updated_at=THEN, name="n", **data):
    """The credential as the server shows it: secrets as asterisks where nothing else is said."""
    kind = want.type or "basic-auth"
    shown = {**DATA[kind], **dict.fromkeys(want.secrets, "******"), **data}
    answer = {"id": ID, "type": kind, "name": name, "data": shown, "createdAt": THEN, "updatedAt": updated_at}
    return read_observed(answer, Mask([]), want)


def record(want=WANTED, **changes):
    """What is remembered of a push of what is wanted."""
    return dataclasses.replace(Record("k", fingerprints(Memory.key, URL, ID, want), THEN), **changes)


OTHER = Record("k", {"password": "other"}, THEN)


def play(want, memory, *answers, **options):
    """Play a flow by hand: its result, after the same arguments with each action."""
    flow, log = ensure(want, memory, URL, **options), memory.log if memory else []
    action = flow.send(None)
    for answer in answers:
        assert action[1:] == {FIND: (want,), CREATE: (want,)}.get(action[0], (want, answers[0]))
        log.append(action[0])
        try:
            action = flow.throw(answer) if isinstance(answer, Failure) else flow.send(answer)
        except StopIteration as end:
            return end.value
    raise AssertionError(f"{action} was not answered")


LOOKED, NOTED = [FIND, "read"], [FIND, "read", "write"]
CREATED, PUSHED = [FIND, "begin", CREATE, "write", "end"], [FIND, "read", "write", REPLACE, "write"]
FIRST, DRIFTED, AGAIN = record(updated_at=None, state=PENDING), record(state="drifted"), record(updated_at=NOW)
FLOWS = [
    (ABSENT, None, None, [], [FIND], [], "absent"),
    (ABSENT, server(ABSENT), OTHER, [None], [FIND, DELETE, "write", "end"], [None], "deleted"),
    (NONE, None, None, [server(NONE)], [FIND, "begin", CREATE, "end"], [], "created"),
    (NONE_BY_ID, server(NONE, name="edited"), None, [server(NONE, NOW)], [FIND, REPLACE], [], "updated"),
    (WANTED, None, None, [server(updated_at=NOW)], CREATED, [AGAIN], "created"),
    (BY_ID, server(name="edited"), record(), [server(updated_at=NOW)], PUSHED, [record(state=PENDING), AGAIN], "updated"),
    (WANTED, server(), OTHER, [server(updated_at=NOW)], PUSHED, [dataclasses.replace(OTHER, state=PENDING), AGAIN], "rotated"),
    (WANTED, server(), None, [server(updated_at=NOW)], PUSHED, [FIRST, AGAIN], "unknown"),
    (WANTED, server(), record(), [], LOOKED, [], "unchanged"),
    (WANTED, server(), DRIFTED, [], NOTED, [record()], "unchanged"),
    (ADOPTED, server(), None, [], NOTED, [record(is_adopted=True)], "unknown"),
    (desired(on_drift="ignore"), server(updated_at=NOW), record(), [], NOTED, [record(updated_at=NOW, is_adopted=True)], "drifted"),
    (desired(on_drift="warn"), server(updated_at=NOW), record(), [], LOOKED, [], "drifted"),  # and nothing is forgotten
]


@pytest.mark.parametrize("options", [{}, {"diff": True}])
@pytest.mark.parametrize(("want", "before", "stored", "answers", "log", "written", "decision"), FLOWS)
def test_flows(want, before, stored, answers, log, written, decision, options):
    """Before anything is sent, it is sure that the memory can be written; check mode only looks."""
    memory, checked = Memory(stored), Memory(stored)
    result, check = play(want, memory, before, *answers, **options), play(want, checked, before, check_mode=True, **options)
    assert (memory.log, memory.written) == (log, written)
    assert checked.log == log[: 2 if "read" in log else 1]
    after = answers[0] if answers else before
    assert result["credential"] == (after.view() if after else None)
    assert check["credential"] == (before.view() if before and want is not ABSENT else None)
    assert result["credential_id"] == (ID if before or after else None)
    for made in (result, check):
        assert (made["decision"], made["changed"], "warnings" in made) == (decision, bool(answers), "warnings" in check)
        assert ("diff" in made) is bool(options)
        if options and "prepared" in made["diff"]:
            assert made["diff"]["prepared"].startswith("credential 'n': data.password (secret): ")
        elif options:
            sides = [made["diff"][side] and made["diff"][side]["name"] for side in ("before", "after")]
            assert sides == [before.name if before else "", "" if want is ABSENT else "n"]


@pytest.mark.parametrize("want", [BY_ID, NONE_BY_ID], ids=["secret", "none"])
@pytest.mark.parametrize("stored", [None, OTHER], ids=["nothing remembered", "another secret remembered"])
@pytest.mark.parametrize("maybe_applied", [True, False])
def test_a_failed_push_leaves_the_record_pending_unless_the_server_surely_changed_nothing(want, stored, maybe_applied):
    memory, failure = Memory(stored), Failure("no", maybe_applied=maybe_applied)
    with pytest.raises(Failure) as caught:
        play(want, memory, server(want, name="edited"), failure)
    assert caught.value is failure
    marked = dataclasses.replace(stored or FIRST, state=PENDING)
    assert memory.written == ([] if want is NONE_BY_ID else [marked] if maybe_applied else [marked, stored])


@pytest.mark.parametrize(("age", "seconds"), [(None, 0.0), (0.0, 60.0), (20.5, 39.5), (60.0, 0.0), (86_400.0, 0.0), (-5.0, 60.0)])
@pytest.mark.parametrize("known", [None, ID], ids=["its end was never noted", "not found by its id"])
@pytest.mark.parametrize("want", [WANTED, ABSENT], ids=["present", "absent"])
def test_what_was_created_a_moment_ago_is_looked_for(want, known, age, seconds):
    """For as long as it may be missing from the list, or by its id; where the clock was set back, for all of it."""
    looked = [(FIND, want), *([(FIND, dataclasses.replace(want, credential_id=ID, absent=True))] if known else [])]
    if age is not None and (seconds or not known):  # of one that was surely created, nobody looks for another spelling
        looked.append((FIND, want, seconds, not known and want is WANTED))
    flow, actions = ensure(want, Memory(id=known, age=age), URL), []
    action = next(flow)
    while action and action[0] == FIND:
        actions.append(action)
        try:
            action = flow.send(None)
        except StopIteration as end:
            action = None
            assert end.value["decision"] == "absent"
    assert actions == looked
    assert action == ((CREATE, want) if want is WANTED else None)


@pytest.mark.parametrize("want", [WANTED, ABSENT], ids=["present", "absent"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_name_that_is_nearly_there_is_refused_unless_it_is_known_to_be_this_one(want, check_mode):
    nearly = server(want, name=" n")
    with pytest.raises(Failure, match=r"^credential 'n': the organisation has \" n\", which differs .* Nothing was sent for it\."):
        play(want, Memory(), nearly, check_mode=check_mode)
    known = Memory(id=ID, shown=name_digest(" n"))
    flow = ensure(want, known, URL, check_mode=True)
    next(flow)
    with pytest.raises(StopIteration) as end:
        flow.send(nearly)
    assert end.value.value["decision"] == ("unknown" if want is WANTED else "deleted")


@pytest.mark.parametrize("policy", ["auto", "adopt", "fail"])
def test_what_was_interrupted_while_it_was_created_is_not_trusted(policy):
    """By its name it is ours, and nobody knows with which secret."""
    want, memory = desired(on_unknown=policy), Memory(age=3600.0)
    if policy == "fail":
        with pytest.raises(Failure, match="because an earlier push was interrupted, and on_unknown is fail"):
            play(want, memory, server())
        return
    pushed = play(want, memory, server(), server(updated_at=NOW))
    assert (pushed["decision"], pushed["changed"]) == ("unknown", True)
    assert "because an earlier push was interrupted" in pushed["warnings"][0]
    assert memory.log == [FIND, "read", "write", REPLACE, "write", "end"] and memory.names == "n"


def test_where_there_is_no_secret_an_interrupted_creation_has_ended():
    memory = Memory(age=3600.0)
    assert play(NONE, memory, server(NONE))["decision"] == "unchanged"
    assert memory.log == [FIND, "end"] and memory.names == "n"


def test_a_name_that_is_nearly_that_of_the_one_that_is_remembered():
    """The one that the memory knows is found by its id; the other one is of no matter."""
    flow = ensure(WANTED, Memory(id=ID, shown=name_digest("N")), URL, check_mode=True)
    next(flow)
    other = server(name=" n")
    other.credential["id"] = ORG
    assert flow.send(other) == (FIND, dataclasses.replace(WANTED, credential_id=ID, absent=True))
    with pytest.raises(StopIteration) as end:
        flow.send(server(name="N"))
    assert (end.value.value["decision"], end.value.value["credential_id"]) == ("unknown", ID)


@pytest.mark.parametrize("maybe_applied", [True, False])
def test_a_creation_is_noted_as_ended_unless_nobody_knows(maybe_applied):
    memory = Memory()
    with pytest.raises(Failure):
        play(WANTED, memory, None, Failure("no", maybe_applied=maybe_applied))
    assert memory.log == [FIND, "begin", CREATE, *(() if maybe_applied else ("end",))]


@pytest.mark.parametrize(("stored", "moved", "warned"), [(OTHER, False, True), (OTHER, True, False), (None, False, False)])
def test_a_time_that_a_rotation_does_not_move_is_a_warning(stored, moved, warned):
    """Only of a rotation is it sure that it changed something."""
    result = play(WANTED, Memory(stored), server(), server(updated_at=NOW if moved else THEN))
    assert ("updatedAt was the same before and after a secret was rotated" in str(result.get("warnings"))) == warned


def test_another_secret_right_after_the_push_is_not_taken_for_ours():
    """Where the server is known to show secrets; else what it shows may be a hash of ours."""
    for shows_secrets in (True, False):
        memory = Memory(dataclasses.replace(OTHER, shows_secrets=shows_secrets))
        result = play(WANTED, memory, server(password="x"), server(updated_at=NOW, password="somebody-elses"))
        assert ("shows another value for data.password: somebody else" in str(result.get("warnings"))) == shows_secrets
        assert (memory.written[-1].state == PENDING) == shows_secrets


def test_that_its_end_cannot_be_noted_is_no_matter():
    assert play(WANTED, Memory(fails_at=5), None, server())["decision"] == "created"


@pytest.mark.parametrize(("before", "fails_at"), [(server(), 3), (None, 2)], ids=["no mark, no push", "no memory, no creation"])
def test_without_a_memory_nothing_is_sent(before, fails_at):
    with pytest.raises(Failure, match="The disk is full"):
        play(WANTED, Memory(OTHER, fails_at), before)


@pytest.mark.parametrize(
    ("want", "before", "answer"), [(NONE, None, server(NONE)), (ABSENT, server(ABSENT), None)], ids=["none", "deleted"]
)
def test_where_a_memory_would_be_of_no_use_it_may_be_broken(want, before, answer):
    """A record of what is gone is never asked for again."""
    for memory in (Memory(fails_at=3), None):
        result = play(want, memory, before, answer)
        assert result["changed"] and "warnings" not in result


def test_where_nothing_is_remembered_it_is_said_where_that_was_looked_for():
    result = play(WANTED, Memory(), server(), check_mode=True)
    assert "because nothing is remembered of it in the memory." in result["warnings"][0]


@pytest.mark.parametrize("before", [None, server()], ids=["create", "replace"])
@pytest.mark.parametrize(("shown", "shows_secrets"), [("hunter2", True), ("******", False), ("a hash", False), (None, False)])
def test_a_push_is_remembered_with_the_time_and_the_secret_that_its_answer_shows(before, shown, shows_secrets):
    memory = Memory()
    play(WANTED, memory, before, server(updated_at=NOW, password=shown))
    assert memory.written[-1] == record(updated_at=NOW, shows_secrets=shows_secrets)


def test_a_server_that_shows_one_secret_of_two_shows_no_secrets():
    want, memory = desired("oauth2-token", data={**OAUTH, "accessToken": "hunter3"}), Memory()
    play(want, memory, None, server(want, clientSecret="hunter2"))
    assert memory.written == [record(want)]


@pytest.mark.parametrize(
    ("want", "before", "answers", "fails_at"),
    [(WANTED, None, [server()], 4), (WANTED, server(), [server()], 5), (ADOPTED, server(), [], 3)],
    ids=["create", "replace", "adopt"],
)
@pytest.mark.parametrize("diff", [True, False])
def test_what_is_done_and_cannot_be_remembered_is_a_warning(want, before, answers, fails_at, diff):
    result = play(want, Memory(fails_at=fails_at), before, *answers, diff=diff)
    assert "could not be remembered, so the next run pushes again. The disk is full." in result["warnings"][-1]
    assert (result["changed"], "failed" in result, "diff" in result) == (want is not ADOPTED, False, diff)


@pytest.mark.parametrize("before", [None, server()], ids=["create", "replace"])
def test_a_server_that_keeps_a_field_otherwise_than_it_was_sent_is_a_warning(before):
    after = server(updated_at=NOW, name="other", username="ME")
    result = play(WANTED, Memory(), before, after)
    assert "shows name, data.username otherwise than it was sent" in result["warnings"][-1]
    assert result["credential"] == after.view()


@pytest.mark.parametrize(
    ("removed", "shown", "kept"),
    [
        (["refreshToken"], {"refreshToken": "******"}, "refreshToken"),
        (["accessToken", "refreshToken"], {"accessToken": "x", "refreshToken": "******"}, "accessToken, refreshToken"),
        (["accessToken", "refreshToken"], {"accessToken": "", "refreshToken": "******"}, "refreshToken"),
        (["refreshToken"], {}, None),
        (["additionalParams"], {}, None),
    ],
)
def test_a_secret_that_is_still_shown_after_its_removal_is_a_warning(removed, shown, kept):
    data = {**OAUTH, **{name: "hunter3" for name in ("accessToken", "refreshToken") if name not in removed}}
    want = desired("oauth2-token", data=data, remove_fields=removed, on_unknown="push")
    result = play(want, Memory(), server(want), server(want, NOW, **shown))
    sentence = (
        f"credential 'n': the update went without {kept}, as remove_fields says, but the platform still shows a value there: it may keep "
        f"what an update leaves out, or show asterisks where nothing is."
    )
    assert result.get("warnings", []) == ([sentence] if kept else [])


def test_what_the_platform_has_made_of_a_value_is_remembered_where_its_answer_shows_it():
    """Until somebody changes it; a rotation in between leaves it as it was."""
    shown = dataclasses.replace(server(updated_at=NOW, username="ME"), own=("username",))
    memory = Memory()
    created = play(WANTED, memory, None, shown)
    assert "shows data.username in its own form. That is remembered" in created["warnings"][-1]
    kept = Memory(memory.written[-1])
    assert play(WANTED, kept, server(updated_at=NOW, username="ME"))["decision"] == "unchanged"
    for edited in ("MINE", "me "):
        assert play(WANTED, kept, server(updated_at=NOW, username=edited), check_mode=True)["changes"][:1] == ["data.username"]
    plain = Memory(memory.written[-1])
    assert play(WANTED, plain, server(updated_at=NOW))["decision"] == "unchanged" and plain.written[-1].shown == {}  # it was none
    rotated = desired(data={"username": "me", "password": "hunter3"})
    quiet = play(rotated, kept, server(rotated, THEN, username="ME"), server(rotated, NOW, username="ME"))
    assert "That is remembered" not in str(quiet["warnings"])  # it was told once
    assert kept.written[-1].shown == memory.written[-1].shown != {}


@pytest.mark.parametrize("before", [None, server()], ids=["create", "replace"])
def test_what_somebody_else_may_have_written_is_not_remembered_as_ours(before):
    memory = Memory()
    result = play(WANTED, memory, before, server(updated_at=NOW, username="ME"))
    assert memory.written[-1].shown == {} and "or each run will push again" in result["warnings"][-1]


def test_what_was_there_before_an_interrupted_push_is_no_form_of_it():
    memory = Memory()
    with pytest.raises(Failure):
        play(WANTED, memory, server(username="BOB"), Failure("no", maybe_applied=True))
    assert (memory.written[-1].state, memory.written[-1].shown) == (PENDING, {})


@pytest.mark.parametrize(("old", "is_form"), [("N", False), ("x", True), (None, True), (" n", True)])
def test_a_name_that_was_there_before_is_no_form_of_the_new_one(old, is_form):
    """A server may not let it change. Blanks alone are one, whatever was there."""
    shown = old if old and old != "x" else "N"
    memory = Memory()
    result = play(BY_ID if old else WANTED, memory, server(name=old) if old else None, server(name=shown, updated_at=NOW))
    assert ("the platform writes its name as" in str(result["warnings"])) == is_form
    assert (memory.names == shown) == is_form or old is None


@pytest.mark.parametrize(("noted", "is_ended"), [({"id": ID}, True), ({"id": ORG}, False), ({}, True)])
def test_a_deletion_forgets_no_name_of_another_credential(noted, is_ended):
    memory = Memory(**noted)
    play(dataclasses.replace(ABSENT, credential_id=ID), memory, server(ABSENT), None)
    assert memory.log == [FIND, DELETE, "write", *(["end"] if is_ended else [])]


# --- what is remembered and said for people


AGES = [
    # (wanted, before, stored, answers, changed_at, held_since)
    (WANTED, None, None, [server()], Memory.time, None),
    (desired(secret_changed_at=THEN), None, None, [server()], "2026-01-02T03:04:05Z", None),
    (WANTED, server(), OTHER, [server()], Memory.time, None),
    (WANTED, server(updated_at=NOW), record(changed_at={"password": THEN}), [server()], THEN, None),  # a drift
    (WANTED, server(), None, [server()], None, Memory.time),
    (ADOPTED, server(), None, [], None, "2026-01-02T03:04:05Z"),
    (WANTED, server(), record(state="drifted", changed_at={"password": THEN}), [], THEN, None),
    (WANTED, server(), record(state=PENDING, changed_at={"password": THEN}), [server()], THEN, None),
    (WANTED, server(), record(key_id="another", changed_at={"password": THEN}), [server()], THEN, None),
]


@pytest.mark.parametrize(("want", "before", "stored", "answers", "changed_at", "held_since"), AGES)
def test_the_age_of_a_secret_is_remembered_and_said(want, before, stored, answers, changed_at, held_since):
    memory = Memory(stored)
    result = play(want, memory, before, *answers)
    written = memory.written[-1]
    assert (written.changed_at, written.held_since) == tuple({"password": time} if time else {} for time in (changed_at, held_since))
    assert result.get("secret_changed_at", {}) == written.changed_at and result.get("secret_held_since", {}) == written.held_since
    assert written.name == "n" and written.pushed_at == (Memory.time if answers else None)


def test_before_a_push_the_age_is_that_of_the_secret_that_is_there():
    old = dataclasses.replace(OTHER, changed_at={"password": THEN}, pushed_at=THEN)
    for stored, said in ((old, {"password": THEN}), (dataclasses.replace(old, state=PENDING), None), (None, None)):
        assert play(WANTED, Memory(stored), server(), check_mode=True).get("secret_changed_at") == said
    memory = Memory(old)
    play(BY_ID, memory, server(name="edited"), server())
    assert vars(memory.written[0]) == {**vars(old), "state": PENDING, "name": "edited"}


def test_what_is_remembered_for_people_is_no_reason_to_write():
    memory = Memory(record())
    result = play(desired(secret_changed_at=NOW), memory, server())
    assert (memory.written, result["secret_changed_at"]) == ([], {"password": "2026-01-02T03:04:06Z"})
