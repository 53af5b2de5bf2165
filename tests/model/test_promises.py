# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection promises, held against random histories (Hypothesis, stateful).

A few credentials, a playbook that wants them, through the single or the bulk module, and everything that can happen in between:
rotations, edits by another hand, a memory that is lost or put back as it was, another controller, another key, type, policy, a crash
at any step, a server that is restored or whose clock is set back, servers of every kind. After each run the promises are checked:

* no redacted value is ever in the body of a request;
* a run that does not fail leaves the wanted secret on the server, unless the decision says that it was not looked at;
* a run that fails says why, and has changed nothing;
* a second run changes nothing; where the server itself moves `updatedAt`, it is at rest after one more push;
* check mode sends no write, leaves the memory as it was, and predicts `changed` and `decision` exactly, pruning too;
* pruning deletes what is not listed and surely unused, and nothing else.

`TEST_EXAMPLES=20 ./dev test tests/model/test_promises.py` tries twenty times as many histories, and others each time.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from types import SimpleNamespace
from unittest import mock

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api import credentials
from ansible_collections.versori.platform.plugins.module_utils._api.credentials import CredentialsApi
from ansible_collections.versori.platform.plugins.module_utils._core.ensure import LONGEST_LAG
from ansible_collections.versori.platform.plugins.plugin_utils import _action
from hypothesis import Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from tests.model.memory import Crash, Doom, Memory
from tests.model.test_faults import check_no_placeholder_was_sent
from tests.playing import MANY, ONE, play
from tests.simulator import Simulator, Switches
from tests.simulator.clock import SECOND, render
from tests.simulator.credential_types import TYPES
from tests.simulator.world import data_of
from tests.simulator.writing import KEPT, kept_value
from tests.thoroughness import FACTOR, examples

PARTS = 4
# Decisions under which the server may go on holding something else: each is a choice that the result itself reports.
NOT_LOOKED_AT = {"contested", "drifted", "unknown"}
SECRETS = ["czNjcmV0LTAx", "czNjcmV0LTAy", "czNjcmV0LTAz"]  # base64, so that one value is a secret of every type
POLICIES = {
    "update_secrets": ["auto", "auto", "auto", "always", "on_create"],
    "on_drift": ["auto", "push", "warn", "ignore", "fail"],
    "on_unknown": ["auto", "push", "adopt", "fail"],
}
# How a task may fail without a fault: what it must say, and that it sent nothing.
REFUSALS = [
    "update_secrets: on_create forbids to send. Nothing was sent.",
    "on_unknown is fail. Nothing was sent.",
    "so that would be lost. Nothing was sent.",
    "leave credential_id out to find or create it by name.",  # the playbook names one that is gone
    "the API answered 422",  # a server that lets no type change
    "the API answered 400",  # the same
    "Write the name as the platform does, or rename it there.",
    "or set on_unknown: push once to create it.",  # one that nothing is remembered of
    "the API answered 409",  # the same, where it differs in more than blanks
]


def name_of(tag):
    """A name that each way of keeping names changes, and leaves apart from others."""
    return f" N{tag} cafe\u0301 {'x' * 70}"


@dataclass
class Credential:
    """What the playbook says of one credential, and what the model knows of it."""

    name: str
    type: str = "string"
    secret: str = SECRETS[0]
    username: str = "me"
    state: str = "present"  # or absent, or unlisted
    id: str | None = None  # where the playbook names it
    changed_at: str | None = None  # when the playbook's secret was changed
    accepted: bool = False  # the last run looked away: what the server holds is nobody's promise since then
    kept: Callable[[str], str] = str  # what the platform makes of a name
    secrets: itertools.cycle = field(default_factory=lambda: itertools.cycle(SECRETS[1:] + SECRETS[:1]))

    def desired(self):
        return data_of(self.type, self.secret, self.username)

    def is_(self, stored):
        return stored["id"] == self.id if self.id else stored["name"] == self.kept(self.name)

    def options(self, dated):
        options = {"name": self.name, "state": self.state, **({"credential_id": self.id} if self.id else {})}
        if self.state == "present":
            options.update(type=self.type, data=self.desired())
            if dated and self.changed_at:
                options["secret_changed_at"] = self.changed_at
        return options


# What moves updatedAt without anybody's doing; mostly nothing, or nearly every history would end in a contest.
RESTLESS = [{"moves_on_every_get": True}, {"moved_by_read_after_write": True}, {"token_refresh": "on_get"}]
CHOICES = {
    **{field.name: field.metadata["choices"] for field in fields(Switches) if "choices" in field.metadata},
    "noop_put_moves": (True, False),
    "secret_put_moves": (True, True, False),
    "times": ("shown", "shown", "absent", "constant"),
    "list_lag": (0.0, 0.0, 3.0, 3600.0),
    "linking_moves": (True, False),
    "refresh_moves": (True, False),
    "put_times": ("ignored", "ignored", "taken"),
    "type_change": ("accepts", "accepts", "refuses"),
    "extra_data_fields": ({}, {"grantType": "code"}),
    "extra_fields": ({}, {"version": 7}),
    "usages": ("shown", "shown", "absent"),
    "page_limit": (None, 1),
    "page_over_limit": ("cut",),
    "total_count": ("all", "page"),  # else no list is whole
    "missing_status": (404,),  # else nobody knows what is absent
    "delete_in_use": ("deletes",),
    "delete_answer": ("empty", "credential"),  # "later" needs a retry
    "authentication": ("any",),
    "token_refresh": ("on_request",),
}


@st.composite
def servers(draw):
    """One reading of everything that is open (contract, "Open readings")."""
    switches = {name: draw(st.sampled_from(values)) for name, values in CHOICES.items()}
    write_digits, get_digits = draw(st.sampled_from([(9, 9), (9, 6), (6, 9), (3, 0), (0, 0)]))
    rounding = draw(st.sampled_from(["cut", "round"]))
    times = {"write_digits": write_digits, "get_digits": get_digits, "write_rounding": rounding, "get_rounding": rounding}
    if switches["post_answer"] == "empty":
        switches.update(list_lag=0.0, names_kept="as_sent")  # only by its name in the list can what was created be known
    if switches["put_answer"] != "credential" or switches["post_answer"] != "credential":
        switches["values_kept"] = "as_sent"  # else each run pushes again, and says so
    return {**switches, **times, **draw(st.sampled_from([{}] * 5 + RESTLESS))}


class Promises(RuleBasedStateMachine):
    sim: Simulator
    doom: Doom
    memory: Memory

    @initialize(server=servers(), types=st.lists(st.sampled_from(list(TYPES)), min_size=1, max_size=3), many=st.booleans())
    def begin(self, server, types, many):
        self.sim.reset()
        self.sim.set_time("2026-01-02T03:04:05.5Z")  # which digits are cut or rounded follows from the history alone
        self.sim.switches.turn(**server)
        self.blind = server["times"] != "shown"  # nothing tells that somebody else has written
        self.crashed = self.forgotten = False
        clock = SimpleNamespace(sleep=self.sim.advance, monotonic=lambda: self.sim.clock.tick() / 1e9)
        self.waiting = mock.patch.object(credentials, "time", clock)  # a run that looks for what an earlier one may have created
        self.waiting.start()
        self.restless = any(each.items() <= server.items() for each in RESTLESS)
        self.memory.__init__(self.doom)
        self.memory.now = clock.monotonic
        self.doom.avert()
        self.other_memory = self.memory.copy()
        self.save_everything()
        self.many = many
        self.policy = dict.fromkeys(POLICIES, "auto")
        self.dated = False
        kept = KEPT[server["names_kept"]]
        self.credentials = [Credential(name_of(number), each, kept=kept) for number, each in enumerate(types)]

    def teardown(self):
        if hasattr(self, "waiting"):
            self.waiting.stop()

    # a run

    @property
    def listed(self):
        return [credential for credential in self.credentials if credential.state != "unlisted"]

    def play(self, check_mode=False, prune=False, workers=2):
        """The results of the listed credentials, the same from either module, and what was pruned."""
        self.sim.advance(5)  # two runs are never within one second, the coarsest time that a server here shows
        where = {"api_url": self.sim.url, "api_key": self.sim.api_key, "organisation_id": self.sim.organisation_id}
        connection = {**where, "retries": 0, "timeout": 60, **self.policy}
        options = [credential.options(self.dated) for credential in self.listed]
        if not self.many:
            return [play(ONE, {**connection, **each}, check_mode) for each in options], []
        listed = {"credentials": options, "workers": workers, "prune": prune, "full_results": True}
        whole = play(MANY, {**connection, **listed}, check_mode)
        assert "results" in whole, whole.get("msg")
        for result in whole["results"]:
            result["warnings"] = [text for text in whole.get("warnings", ()) if f"'{result['name']}'" in text]
        return whole["results"], whole.get("pruned", [])

    def stored(self, credential):
        stored = [each for each in self.sim.state() if credential.is_(each)]
        # A lag of more than a minute after a death is a documented limit, and so is any lag where nothing is remembered.
        lag = self.sim.switches.list_lag
        assume(len(stored) <= 1 or not ((lag > LONGEST_LAG and self.crashed) or (lag and self.forgotten)))
        assume(
            len(stored) <= 1
            or not ((self.forgotten or self.policy["on_unknown"] == "push") and self.sim.switches.names_kept in ("lower", "cut"))
        )
        assert len(stored) <= 1, "two of one name"
        return stored[0] if stored else None

    @rule(prune=st.booleans())
    def run(self, prune):
        prune = prune and self.many and bool(self.listed)
        before = dict(self.memory.records)
        self.sim.clear_requests()
        predicted, would_go = self.play(True, prune)
        assert {request.method for request in self.sim.requests} <= {"GET"}, "check mode wrote"
        assert self.memory.records == before, "check mode touched the memory"
        strangers = {each["id"]: each["usages"] for each in self.sim.state() if not any(one.is_(each) for one in self.listed)}
        results, gone = self.play(prune=prune)
        # Nobody can predict what a server refuses.
        if not any("the API answered 4" in str(result.get("msg")) for result in results):
            assert list(map(_plan, results)) == list(map(_plan, predicted)), " ".join(str(result.get("msg")) for result in results)
            assert {(result["credential_id"], *_plan(result)) for result in gone} == {
                (result["credential_id"], *_plan(result)) for result in would_go
            }
        self.check_pruned(strangers, prune and not any(result.get("failed") for result in results))
        self.judge(results, before)
        self.check_second_run(results)

    def check_second_run(self, first):
        for _again in range(3 if self.restless else 1):
            before = dict(self.memory.records)
            last, _gone = self.play()
            self.judge(last, before)
        insists = self.policy["update_secrets"] == "always" or (self.restless and self.policy["on_drift"] == "push")
        # A value that was there before, too, may be one that the server does not let change: it is pushed again, with a warning.
        switches = self.sim.switches
        kept_otherwise = switches.values_kept != "as_sent" or switches.names_kept in ("lower", "cut")
        insists = insists or (kept_otherwise and (self.forgotten or self.crashed))
        for result, earlier in zip(last, first, strict=True):
            assert insists or not result["changed"], f"{earlier['decision']}, then {result['decision']}"

    def check_pruned(self, strangers, pruned):
        there = set(self.sim.ids())
        for stranger, usages in strangers.items():
            unused = usages == [] and self.sim.switches.usages == "shown" and self.sim.switches.empty_optionals != "null"
            assert (stranger in there) is not (pruned and unused), f"{stranger}, used by {usages}"

    def judge(self, results, records):
        for credential, result in zip(self.listed, results, strict=True):
            if result.get("failed"):
                assert any(text in result["msg"] for text in REFUSALS), result["msg"]
            elif credential.state == "absent":
                assume(not (self.sim.switches.list_lag > LONGEST_LAG and self.crashed))  # it may not be listed yet
                assume(
                    not (
                        (self.forgotten or self.crashed)
                        and (self.sim.switches.list_lag or credential.kept(credential.name) != credential.name)
                    )
                )
                assert self.stored(credential) is None
            else:
                self.judge_present(credential, result, records)

    def judge_present(self, credential, result, records):
        stored = self.stored(credential)
        assert stored and result["credential_id"] == stored["id"]
        assert (stored["type"], stored["name"]) == (credential.type, credential.kept(credential.name))
        secrets = self.sim.secret(stored["id"])
        desired = credential.desired()
        shown = {name: value for name, value in desired.items() if name not in secrets}
        shown = {name: kept_value(value, self.sim.switches.values_kept) for name, value in shown.items()}
        assert stored["data"].items() >= shown.items()
        self.look_away(credential, result, records.get(stored["id"]))
        if self.policy["update_secrets"] == "on_create" or credential.accepted or (self.blind and not result["changed"]):
            return
        refreshed = ("accessToken", "refreshToken") if self.sim.switches.token_refresh == "on_get" else ()
        for name, value in secrets.items():
            assert name in refreshed or value == desired[name], f"{result['decision']}, but the server holds something else in {name}"

    def may_look_away(self, credential):
        """Whether the policy, or the type's own, takes for granted what cannot be seen."""
        return self.policy["on_drift"] == "ignore" or self.policy["on_unknown"] == "adopt" or credential.type == "oauth2-token"

    def look_away(self, credential, result, record):
        """What the result says openly: that it took for granted what it cannot see."""
        if result["changed"]:
            credential.accepted = False
        elif result["decision"] in NOT_LOOKED_AT:
            credential.accepted = True
            assert result.get("warnings") or self.may_look_away(credential), "looked away without a word"
        elif self.dated and result["decision"] == "unchanged" and (record is None or json.loads(record)["key_id"] != self.memory.key_id):
            credential.accepted = True  # the play says that its secret is older than what is there

    # what a playbook says

    def any_id(self, number):
        """One of those that the server has, the same one each time."""
        there = sorted(self.sim.state(), key=lambda each: each["name"])
        return there[number % len(there)]["id"]

    def some(self, number):
        return self.credentials[number % len(self.credentials)]

    @rule(number=st.integers(0, 2))
    def rotate(self, number):
        self.sim.advance(5)
        credential = self.some(number)
        credential.secret = next(credential.secrets)
        credential.changed_at = render(self.sim.clock.tick())
        self.sim.advance(5)

    @rule(number=st.integers(0, 2), username=st.sampled_from(["me", "you"]))
    def change_a_readable_field(self, number, username):
        self.some(number).username = username

    @rule(number=st.integers(0, 2), credential_type=st.sampled_from(list(TYPES)))
    def change_the_type(self, number, credential_type):
        self.some(number).type = credential_type

    @rule(number=st.integers(0, 2), state=st.sampled_from(["present", "present", "absent", "unlisted"]))
    def change_the_state(self, number, state):
        self.some(number).state = state

    @rule(number=st.integers(0, 2))
    def name_it_by_its_id_and_rename_it(self, number):
        credential = self.some(number)
        stored = self.stored(credential)
        if stored:
            credential.id, credential.name = stored["id"], name_of(self.sim.clock.tick())

    @rule(policy=st.fixed_dictionaries({name: st.sampled_from(values) for name, values in POLICIES.items()}), dated=st.booleans())
    def change_the_policy(self, policy, dated):
        self.policy, self.dated = policy, dated

    @rule()
    def change_the_module(self):
        self.many = not self.many

    # what else happens

    @precondition(lambda self: self.sim.ids())
    @rule(
        number=st.integers(0, 9), what=st.sampled_from(["secret", "secret", "readable", "touch", "link", "unlink", "refresh", "invalidate"])
    )
    def another_hand(self, number, what):
        self.sim.advance(5)
        credential_id = self.any_id(number)
        stored = self.sim.stored(credential_id)
        if what == "secret":
            self.sim.edit(credential_id, data=dict.fromkeys(self.sim.secret(credential_id), "YW5vdGhlci1oYW5k"))
        elif what == "readable" and "username" in stored["data"]:
            self.sim.edit(credential_id, data={"username": "somebody"})
        elif what == "touch":
            self.sim.touch(credential_id)
        elif what in ("link", "unlink", "invalidate"):
            getattr(self.sim, what)(credential_id)
        elif what == "refresh" and stored["type"] == "oauth2-token":
            self.sim.refresh(credential_id)
            for credential in self.credentials:
                credential.accepted = credential.accepted or credential.is_(stored)

    @precondition(lambda self: self.sim.ids())
    @rule(number=st.integers(0, 9))
    def removed_elsewhere(self, number):
        credential_id = self.any_id(number)
        self.sim.remove(credential_id)
        for credential in self.credentials:
            if credential.id == credential_id:
                credential.id = None

    @rule()
    def lose_the_memory(self):
        self.memory.put_back(({}, {}))
        self.forgotten = True

    @rule()
    def save_everything(self):
        self.saved_memory, self.saved_server = self.memory.copy(), copy.deepcopy(self.sim.store.organisations)

    @rule()
    def restore_the_memory(self):
        self.memory.put_back(self.saved_memory)
        self.forgotten = True  # what was created since

    @precondition(lambda self: not self.sim.switches.list_lag)
    @rule()
    def restore_the_server(self):
        self.sim.advance(5)
        self.sim.store.organisations = copy.deepcopy(self.saved_server)
        self.forgotten = True
        for credential in self.credentials:
            if credential.id not in self.sim.ids():
                credential.id = None

    @rule()
    def another_controller(self):
        """With a memory of its own, and the same playbook."""
        others = self.other_memory
        self.other_memory = self.memory.copy()
        self.memory.put_back(others)
        self.forgotten = True

    @precondition(lambda self: not self.sim.switches.list_lag)
    @rule()
    def set_the_clock_back(self):
        self.sim.set_time(self.sim.clock.tick() - 100_003 * SECOND)

    @rule(key=st.sampled_from([b"first key", b"second key"]))
    def change_the_key(self, key):
        self.forgotten = self.forgotten or self.memory.key != key
        self.memory.key = key

    @rule(step=st.integers(0, 12), prune=st.booleans())
    def crash(self, step, prune):
        """At the nth request or write of the memory, before it or after it."""
        before = dict(self.memory.records)
        self.sim.clear_requests()
        self.doom.decree(step)
        self.crashed = True
        try:
            # One worker: the same step is the last one each time.
            results, _gone = self.play(prune=prune and self.many and bool(self.listed), workers=1)
        except Crash:
            self.adopted_before_the_end(before)
        else:
            self.judge(results, before)
        finally:
            self.doom.avert()

    def adopted_before_the_end(self, before):
        """What a run took for granted, as its policy allows, before another credential's step was its last."""
        written = " ".join(request.path for request in self.sim.requests if request.method == "PUT")
        for credential in self.listed:
            stored = self.stored(credential)
            if stored and stored["id"] not in written and self.memory.records.get(stored["id"]) != before.get(stored["id"]):
                credential.accepted = credential.accepted or self.may_look_away(credential) or self.dated

    @invariant()
    def nothing_redacted_was_sent(self):
        check_no_placeholder_was_sent(self.sim.requests)
        self.sim.clear_requests()


def _plan(result):
    return bool(result.get("failed")), result.get("decision"), result["changed"]


@pytest.fixture
def doomed(monkeypatch):
    """A memory and requests that may be the last thing that the controller does."""
    doom = Doom()
    memory = Memory(doom)
    monkeypatch.setattr(_action, "Memory", lambda *where: memory)
    call = CredentialsApi.__call__

    def carry_out(self, *action):
        doom.strike()
        answer = call(self, *action)
        doom.strike()
        return answer

    monkeypatch.setattr(CredentialsApi, "__call__", carry_out)
    return doom, memory


@pytest.mark.parametrize("part", range(PARTS))
def test_promises(doomed, part):
    doom, memory = doomed
    with Simulator() as simulator:
        machine = type(f"Promises{part}", (Promises,), {"sim": simulator, "doom": doom, "memory": memory})
        phases = [Phase.explicit, Phase.generate] + ([Phase.shrink] if FACTOR > 1 else [])
        run_state_machine_as_test(
            machine,
            settings=settings(max_examples=examples(40), stateful_step_count=15, phases=phases, derandomize=FACTOR == 1, database=None),
        )
