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
from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import PENDING, Record, fingerprints
from ansible_collections.versori.platform.plugins.module_utils._core.observed import read_observed

ORG, ID, URL = "01HFS2NEAZ6ECZBZMN4FF775P7", "01KK9J6VFKZSB86BQQT8903TMY", "https://api.example"
THEN, NOW = "2026-01-02T03:04:05.5Z", "2026-01-02T03:04:06.5Z"
OAUTH = {"clientId": "id", "clientSecret": "hunter2", "authorizeUrl": "https://a.example", "tokenUrl": "https://t.example", "scopes": ["a"]}
DATA = {"none": {}, "basic-auth": {"username": "me", "password": "hunter2"}, "oauth2-token": OAUTH}


class Memory:
    """Notes what it is asked, and fails where it is told to: at the nth of its calls."""

    place, key, key_id = "the memory", b"key", "k"

    def __init__(self, stored=None, fails_at=None):
        self.stored, self.fails_at = stored, fails_at
        self.calls, self.written = [], []

    def _note(self, call):
        self.calls.append(call)
        if len(self.calls) == self.fails_at:
            raise Failure("The disk is full.")

    def read(self, organisation_id, credential_id):
        assert (organisation_id, credential_id) == (ORG, ID)
        self._note("read")
        return self.stored

    def check(self):
        self._note("check")

    def write(self, organisation_id, credential_id, record):
        assert (organisation_id, credential_id) == (ORG, ID)
        self._note("write")
        self.written.append(record)


def desired(credential_type="basic-auth", **changes):
    return read_desired({"organisation_id": ORG, "name": "n", "type": credential_type, "data": DATA[credential_type], **changes})


ABSENT = read_desired({"organisation_id": ORG, "name": "n", "state": "absent"})


def server(want, updated_at=THEN, name="n", **data):
    """The credential as the server shows it: secrets as asterisks where nothing else is said."""
    kind = want.type or "basic-auth"
    shown = {**DATA[kind], **dict.fromkeys(want.secrets, "******"), **data}
    answer = {"id": ID, "type": kind, "name": name, "data": shown, "createdAt": THEN, "updatedAt": updated_at}
    return read_observed(answer, Mask([]), want)


def record(want, **changes):
    """What is remembered of a push of what is wanted."""
    return dataclasses.replace(Record("k", fingerprints(Memory.key, URL, ID, want), THEN), **changes)


OTHER = Record("k", {"password": "other"}, THEN)


def play(flow, *answers):
    """The actions that the flow asks for, and its result."""
    actions = [flow.send(None)]
    for answer in answers:
        try:
            actions.append(flow.throw(answer) if isinstance(answer, Failure) else flow.send(answer))
        except StopIteration as end:
            return actions, end.value
    raise AssertionError(f"{actions[-1]} was not answered")


@pytest.mark.parametrize("stored", [None, OTHER], ids=["nothing remembered", "another secret remembered"])
@pytest.mark.parametrize("maybe_applied", [True, False])
def test_a_failed_push_leaves_the_record_pending_unless_the_server_surely_changed_nothing(stored, maybe_applied):
    want, memory, failure = desired(), Memory(stored), Failure("no", maybe_applied=maybe_applied)
    flow = ensure(want, memory, URL)
    flow.send(None)
    assert flow.send(server(want)) == (REPLACE, want, server(want))
    marked = dataclasses.replace(stored or record(want, updated_at=None), state=PENDING)
    assert memory.written == [marked]  # before the push
    with pytest.raises(Failure) as caught:
        flow.throw(failure)
    assert caught.value is failure
    assert memory.written == ([marked] if maybe_applied else [marked, stored])


@pytest.mark.parametrize(("before", "fails_at"), [(True, 2), (False, 1)], ids=["no mark, no push", "no memory, no creation"])
def test_without_a_memory_nothing_is_sent(before, fails_at):
    want = desired()
    flow = ensure(want, Memory(OTHER, fails_at=fails_at), URL)
    flow.send(None)
    with pytest.raises(Failure, match="The disk is full"):
        flow.send(server(want) if before else None)


@pytest.mark.parametrize("answer", [server(desired("none")), Failure("no"), Failure("no", maybe_applied=True)], ids=["done", "no", "maybe"])
def test_of_a_credential_without_secrets_nothing_is_remembered(answer):
    want, memory = desired("none"), Memory()
    try:
        assert play(ensure(want, memory, URL), server(want, name="edited"), answer)[1]["changed"]
    except Failure as failure:
        assert failure is answer
    assert memory.calls == []


WANTED, ADOPTED = desired(), desired(on_unknown="adopt")
CHECKS = [
    (WANTED, None, None, "created", True),
    (WANTED, server(WANTED), OTHER, "rotated", True),
    (WANTED, server(WANTED), record(WANTED), "unchanged", False),
    (ADOPTED, server(ADOPTED), None, "unknown", False),  # there would be something to remember
    (ABSENT, server(ABSENT), None, "deleted", True),
    (ABSENT, None, None, "absent", False),
]


@pytest.mark.parametrize("options", [{}, {"diff": True}])
@pytest.mark.parametrize(("want", "before", "stored", "decision", "changed"), CHECKS, ids=[row[3] for row in CHECKS])
def test_check_mode_only_looks_and_writes_nothing(want, before, stored, decision, changed, options):
    memory = Memory(stored)
    actions, result = play(ensure(want, memory, URL, check_mode=True, **options), before)
    assert actions == [(FIND, want)]
    assert memory.calls in ([], ["read"])
    assert (result["decision"], result["changed"], "diff" in result) == (decision, changed, bool(options))
    assert result["credential"] == (before.view() if before and want is not ABSENT else None)


def test_a_new_credential_is_posted_only_once_the_memory_has_said_that_it_can_be_written():
    want, memory = desired(), Memory()
    flow = ensure(want, memory, URL)
    assert flow.send(None) == (FIND, want) and memory.calls == []
    assert flow.send(None) == (CREATE, want) and memory.calls == ["check"]
    with pytest.raises(StopIteration) as end:
        flow.send(server(want, NOW))
    assert memory.calls == ["check", "write"]
    assert memory.written == [record(want, updated_at=NOW)]
    assert end.value.value["credential"] == server(want, NOW).view()


@pytest.mark.parametrize("memory", [None, Memory(fails_at=1)], ids=["none", "broken"])
def test_a_credential_without_secrets_is_created_without_a_memory(memory):
    want = desired("none")
    actions, result = play(ensure(want, memory, URL), None, server(want))
    assert actions == [(FIND, want), (CREATE, want)]
    assert "warnings" not in result


@pytest.mark.parametrize("fails_at", [None, 1], ids=["forgotten", "a record of what is gone is never asked for again"])
def test_what_is_deleted_is_forgotten(fails_at):
    memory, before = Memory(OTHER, fails_at), server(ABSENT)
    actions, result = play(ensure(ABSENT, memory, URL), before, None)
    assert actions == [(FIND, ABSENT), (DELETE, ABSENT, before)]
    assert (memory.calls, memory.written) == (["write"], [] if fails_at else [None])
    assert (result["decision"], result["changed"], result["credential"], result["credential_id"]) == ("deleted", True, None, ID)
    assert "warnings" not in result


def test_what_is_absent_already_leaves_the_memory_alone():
    memory = Memory()
    assert play(ensure(ABSENT, memory, URL), None)[0] == [(FIND, ABSENT)]
    assert memory.calls == []


@pytest.mark.parametrize(
    ("want", "before", "answers", "sides"),
    [
        (ABSENT, None, [], ["", ""]),
        (ABSENT, server(ABSENT), [None], ["n", ""]),
        (WANTED, None, [server(WANTED)], ["", "n"]),
        (WANTED, server(WANTED), [], ["n", "n"]),
        (WANTED, server(WANTED, name="edited"), [server(WANTED)], ["edited", "n"]),
    ],
    ids=["absent", "deleted", "created", "unchanged", "updated"],
)
def test_a_diff_is_made_where_it_is_wanted_whatever_is_done(want, before, answers, sides):
    def result(**options):
        return play(ensure(want, Memory(record(WANTED)), URL, **options), before, *answers)[1]

    made = result(diff=True)["diff"]
    assert [made[side] and made[side]["name"] for side in ("before", "after")] == sides
    assert "diff" not in result()


def test_where_nothing_is_remembered_it_is_said_where_that_was_looked_for():
    _actions, result = play(ensure(WANTED, Memory(), URL, check_mode=True), server(WANTED))
    assert "because nothing is remembered of it in the memory." in result["warnings"][0]


@pytest.mark.parametrize("before", [None, server(WANTED)], ids=["create", "replace"])
@pytest.mark.parametrize(("shown", "shows_secrets"), [("hunter2", True), ("******", False), ("a hash", False), (None, False)])
def test_a_push_is_remembered_with_the_time_and_the_secret_that_its_answer_shows(before, shown, shows_secrets):
    memory = Memory()
    play(ensure(WANTED, memory, URL), before, server(WANTED, NOW, password=shown))
    assert memory.written[-1] == record(WANTED, updated_at=NOW, shows_secrets=shows_secrets)


def test_a_server_that_shows_one_secret_of_two_shows_no_secrets():
    want, memory = desired("oauth2-token", data={**OAUTH, "accessToken": "hunter3"}), Memory()
    play(ensure(want, memory, URL), None, server(want, clientSecret="hunter2"))
    assert memory.written == [record(want)]


@pytest.mark.parametrize(
    ("policy", "updated_at", "stored", "written"),
    [
        ({}, THEN, record(WANTED), []),
        ({}, THEN, record(WANTED, state="drifted"), [record(WANTED)]),
        ({"on_drift": "ignore"}, NOW, record(WANTED), [record(WANTED, updated_at=NOW)]),
        ({"on_drift": "warn"}, NOW, record(WANTED), []),  # and nothing is forgotten
        ({"on_unknown": "adopt"}, THEN, None, [record(WANTED)]),
    ],
)
def test_where_nothing_is_pushed_the_memory_is_written_only_where_the_record_differs(policy, updated_at, stored, written):
    want, memory = desired(**policy), Memory(stored)
    actions, result = play(ensure(want, memory, URL), server(want, updated_at))
    assert actions == [(FIND, want)] and not result["changed"]
    assert memory.written == written


@pytest.mark.parametrize(
    ("want", "before", "answers", "fails_at"),
    [(WANTED, None, [server(WANTED)], 2), (WANTED, server(WANTED), [server(WANTED)], 3), (ADOPTED, server(ADOPTED), [], 2)],
    ids=["create", "replace", "adopt"],
)
@pytest.mark.parametrize("diff", [True, False])
def test_what_is_done_and_cannot_be_remembered_is_a_warning(want, before, answers, fails_at, diff):
    _actions, result = play(ensure(want, Memory(fails_at=fails_at), URL, diff=diff), before, *answers)
    assert "could not be remembered, so the next run pushes again. The disk is full." in result["warnings"][-1]
    assert (result["changed"], "failed" in result, "diff" in result) == (want is not ADOPTED, False, diff)


@pytest.mark.parametrize("before", [None, server(WANTED)], ids=["create", "replace"])
def test_a_server_that_keeps_a_field_otherwise_than_it_was_sent_is_a_warning(before):
    after = server(WANTED, NOW, name="N", username="ME")
    _actions, result = play(ensure(WANTED, Memory(), URL), before, after)
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
    want = desired("oauth2-token", remove_fields=removed, on_unknown="push")
    _actions, result = play(ensure(want, Memory(), URL), server(want), server(want, NOW, **shown))
    sentence = (
        f"credential 'n': the update went without {kept}, as remove_fields says, but the platform still shows a value there: it may keep "
        f"what an update leaves out, or show asterisks where nothing is."
    )
    assert result.get("warnings", []) == ([sentence] if kept else [])
