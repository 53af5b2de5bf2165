# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON that is nested deeper than anything of this API is refused where it is parsed."""

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api import credentials
from ansible_collections.versori.platform.plugins.module_utils._api.client import DEEPEST_ANSWER
from ansible_collections.versori.platform.plugins.module_utils._core.actions import CREATE, FIND
from ansible_collections.versori.platform.plugins.module_utils._core.desired import read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.observed import Observed


def desired(sim, **more):
    return read_desired({"organisation_id": sim.organisation_id, "name": "n", "type": "string", "data": {"value": "hush-1"}, **more})


def nested(depth, kind="["):
    left, right = {"[": ("[", "]"), "{": ('{"a":', "}")}[kind]
    return left * depth + "1" + right * depth


@pytest.mark.parametrize("kind", ["[", "{"])
@pytest.mark.parametrize("depth", [DEEPEST_ANSWER, 700, 2_000, 100_000, 1_000_000])
@pytest.mark.parametrize("status", [200, 422])
def test_a_deep_answer_is_refused(sim, connect, kind, depth, status):
    sim.fault("answer", status=status, body=f'{{"id": "x", "usages": {nested(depth, kind)}}}', headers={"Content-Type": "application/json"})
    failure = connect()(FIND, desired(sim, credential_id="x"))
    assert isinstance(failure, Failure) and failure.status == status
    expected = f"nested deeper than {DEEPEST_ANSWER} levels" if status == 200 else "the API answered 422"
    assert expected in failure.msg


def test_one_that_never_closes(sim, connect):
    sim.fault("answer", body="[" * 1_000_000, headers={"Content-Type": "application/json"})
    assert "nested deeper than" in connect()(FIND, desired(sim, credential_id="x")).msg


def test_many_brackets_are_not_many_levels(sim, connect):
    credential_id = sim.add("string", "n" + "[" * 5_000, {"value": "x"})
    assert isinstance(connect()(FIND, desired(sim, credential_id=credential_id)), Observed)


def test_a_deep_answer_to_a_post_is_looked_up(sim, connect):
    sim.fault("answer", method="POST", handled=True, body=nested(2_000), headers={"Content-Type": "application/json"})
    assert isinstance(connect()(CREATE, desired(sim)), Observed)
    assert sim.names() == ["n"]


def test_what_nobody_has_foreseen_is_this_step_s_failure(sim, connect, monkeypatch):
    def broken(*_args):
        raise ZeroDivisionError("hush-1")

    monkeypatch.setattr(credentials, "read_observed", broken)
    failure = connect()(FIND, desired(sim, credential_id=sim.add("string", "n", {"value": "x"})))
    assert isinstance(failure, Failure) and failure.maybe_applied
    assert "This is a bug in versori.platform: ZeroDivisionError at " in failure.msg and "hush-1" not in failure.msg


def test_an_interruption_is_no_failure_of_a_step(sim, connect, monkeypatch):
    def interrupted(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(credentials, "read_observed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        connect()(FIND, desired(sim, credential_id=sim.add("string", "n", {"value": "x"})))
