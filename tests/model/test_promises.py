# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection promises, held against random histories (Hypothesis, stateful).

One credential, one playbook that wants it, and everything that can happen in between: rotations, edits by another hand, a
lost memory, another key, another type, a crash at any step, servers of every kind. After each run the promises are checked:

* no redacted value is ever in the body of a request;
* a run that does not fail leaves the wanted secret on the server, unless the decision says that it was not looked at;
* a second run changes nothing (a contested credential stays as it is, with its warning);
* check mode sends no write, leaves the memory as it was, and predicts ``changed`` and ``decision`` exactly.
"""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api.client import Client
from ansible_collections.versori.platform.plugins.module_utils._api.connection import read_connection
from ansible_collections.versori.platform.plugins.module_utils._api.perform import Performer
from ansible_collections.versori.platform.plugins.module_utils._core.ensure import converse, ensure
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.plan import Policy
from ansible_collections.versori.platform.plugins.module_utils._core.redaction import is_redacted
from ansible_collections.versori.platform.plugins.module_utils._core.wanted import read_wanted
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from tests.model.memory import Crash, Memory
from tests.simulator import Simulator

TYPES = ["string", "basic-auth", "binary", "oauth2-client", "oauth2-token"]
# Decisions under which the server may go on holding something else: each is a choice that the plan itself reports.
NOT_LOOKED_AT = {"contested", "drifted", "unknown"}
SECRETS = ["czNjcmV0LTAx", "czNjcmV0LTAy", "czNjcmV0LTAz"]  # base64, so that one value is a secret of every type


class Promises(RuleBasedStateMachine):
    """The history of one credential."""

    sim: Simulator

    @initialize(
        credential_type=st.sampled_from(TYPES),
        redaction=st.sampled_from(["asterisks", "missing", "null", "empty", "word", "bullets", "partial", "none"]),
        echo=st.booleans(),
        noop_put_moves=st.booleans(),
        digits=st.sampled_from([(9, 9), (9, 6), (6, 9), (3, 0), (0, 0)]),
        rounding=st.sampled_from(["cut", "round"]),
        put_answer=st.sampled_from(["credential", "without_updated_at", "echo_request", "empty"]),
        put_without_secret=st.sampled_from(["wipes", "keeps"]),
        extra=st.booleans(),
    )
    def begin(self, credential_type, redaction, echo, noop_put_moves, digits, rounding, put_answer, put_without_secret, extra):
        self.sim.reset()
        self.sim.switches.turn(
            redaction=redaction,
            write_answer_secrets="echo" if echo else "same",
            noop_put_moves=noop_put_moves,
            write_digits=digits[0],
            get_digits=digits[1],
            write_rounding=rounding,
            get_rounding=rounding,
            put_answer=put_answer,
            put_without_secret=put_without_secret,
            extra_data_fields={"grantType": "code"} if extra else {},
            extra_fields={"version": 7} if extra else {},
        )
        self.memory = Memory()
        self.type = credential_type
        self.secret = itertools.cycle(SECRETS)
        self.mine = next(self.secret)
        self.username = "me"
        self.policy = Policy()
        self.accepted = False  # the last run that looked away: what the server holds is nobody's promise since then
        connection = read_connection({"api_url": self.sim.url, "api_key": self.sim.api_key, "retries": 0})
        self.performer = Performer(Client(connection))

    def teardown(self):
        if hasattr(self, "performer"):
            self.performer.client.close()

    # what a playbook says

    def wanted(self):
        secret = self.mine
        oauth = {
            "clientId": self.username,
            "clientSecret": secret,
            "authorizeUrl": "https://a.example",
            "tokenUrl": "https://t.example",
            "scopes": ["b", "a"],
        }
        data = {
            "string": {"value": secret},
            "binary": {"valueBase64": secret},
            "basic-auth": {"username": self.username, "password": secret},
            "oauth2-client": oauth,
            "oauth2-token": {**oauth, "accessToken": secret},
        }[self.type]
        return read_wanted({"organisation_id": self.sim.organisation_id, "name": "n", "type": self.type, "data": data})

    def play(self, check_mode=False, perform=None):
        self.sim.advance(5)  # two runs are never within one second, the coarsest time that a server here shows
        self.performer.directory.__init__(self.performer.client)  # each run lists anew
        conversation = ensure(self.wanted(), self.policy, self.memory, self.sim.url, check_mode)
        return converse(conversation, perform or self.performer)

    def held(self):
        """The secrets that the server holds now."""
        ids = self.sim.ids()
        return self.sim.secret(ids[0]) if ids else None

    # what happens

    @rule()
    def run(self):
        before = {name: dict(one) for name, one in self.memory.records.items()}
        self.sim.clear_requests()
        predicted = self.play(check_mode=True)
        assert {one.method for one in self.sim.requests} <= {"GET"}, "check mode wrote"
        assert self.memory.records == before, "check mode touched the memory"
        outcome = self.play()
        assert (outcome.plan.decision, outcome.plan.changed) == (predicted.plan.decision, predicted.plan.changed)
        assert self.sim.names() == ["n"]
        self.judge(outcome)
        again = self.play()
        assert not again.plan.changed or self.policy.update_secrets == "always", f"{outcome.plan.decision}, then {again.plan.decision}"
        self.judge(again)

    def judge(self, outcome):
        plan = outcome.plan
        if plan.changed:
            self.accepted = False
        elif plan.decision in NOT_LOOKED_AT:
            self.accepted = True
            explained = (
                plan.warnings or self.policy.on_drift == "ignore" or self.policy.on_unknown == "adopt" or self.type == "oauth2-token"
            )
            assert explained, "looked away without a word"
        elif self.policy.update_secrets == "on_create":
            return
        if not self.accepted:
            assert self.held() == self.wanted().secrets, f"{plan.decision}, but the server holds something else"
        stored = self.sim.stored(self.sim.ids()[0])
        assert stored["type"] == self.type
        assert all(stored["data"].get(name) in (value, sorted(value)) for name, value in self.wanted().readable.items())

    @rule()
    def rotate(self):
        self.mine = next(self.secret)

    @rule(username=st.sampled_from(["me", "you"]))
    def change_a_readable_field(self, username):
        self.username = username

    @precondition(lambda self: self.sim.ids())
    @rule(secret=st.booleans())
    def another_hand(self, secret):
        self.sim.advance(5)
        credential_id = self.sim.ids()[0]
        if secret:
            self.sim.edit(credential_id, data=dict.fromkeys(self.sim.secret(credential_id), "YW5vdGhlci1oYW5k"))
        else:
            self.sim.touch(credential_id)

    @precondition(lambda self: self.sim.ids())
    @rule()
    def removed_elsewhere(self):
        self.sim.remove(self.sim.ids()[0])

    @rule()
    def lose_the_memory(self):
        self.memory.records.clear()

    @rule(key=st.sampled_from([b"first key", b"second key"]))
    def change_the_key(self, key):
        self.memory.key = key

    @rule(credential_type=st.sampled_from(TYPES))
    def change_the_type(self, credential_type):
        self.type = credential_type

    @rule(
        update_secrets=st.sampled_from(["auto", "auto", "always"]),
        on_drift=st.sampled_from(["auto", "push", "warn", "ignore"]),
        on_unknown=st.sampled_from(["auto", "push", "adopt"]),
    )
    def change_the_policy(self, update_secrets, on_drift, on_unknown):
        self.policy = Policy(update_secrets, on_drift, on_unknown)

    @rule(at=st.integers(0, 2), after=st.booleans())
    def crash_at_a_request(self, at, after):
        steps = itertools.count()

        def perform(step):
            now = next(steps)
            if now == at and not after:
                raise Crash
            answer = self.performer(step)
            if now == at:
                raise Crash
            return answer

        self.crashing(perform)

    @rule(at=st.integers(0, 1))
    def crash_at_a_write_of_the_memory(self, at):
        self.memory.dies_at_write = at
        self.crashing(self.performer)
        self.memory.dies_at_write = None

    def crashing(self, perform):
        try:
            outcome = self.play(perform=perform)
        except Crash:
            pass
        except Failure as failure:
            raise AssertionError(failure.msg) from None
        else:
            self.judge(outcome)

    @invariant()
    def nothing_redacted_was_sent(self):
        for request in self.sim.requests:
            if request.method in ("PUT", "POST"):
                data = request.json["data"]
                assert not any(is_redacted(value) for name, value in data.items() if name != "authorizeUrl"), data


@pytest.mark.parametrize("part", range(4))
def test_promises(part):
    """Four shares of the histories, so that two processes can work at them."""
    with Simulator() as simulator:
        machine = type(f"Promises{part}", (Promises,), {"sim": simulator})
        run_state_machine_as_test(
            machine, settings=settings(max_examples=60, stateful_step_count=15, phases=[Phase.explicit, Phase.generate])
        )
