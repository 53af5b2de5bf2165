# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The deletion of what is not listed, played by hand: only what is surely unused goes."""

import dataclasses
from unittest.mock import Mock, call

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.actions import DELETE, FIND
from ansible_collections.versori.platform.plugins.module_utils._core.desired import Desired
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import NameRecord
from ansible_collections.versori.platform.plugins.module_utils._core.observed import Observed
from ansible_collections.versori.platform.plugins.module_utils._core.prune import prune

ORG, ID = "01HFS2NEAZ6ECZBZMN4FF775P7", "01KK9J6VFKZSB86BQQT8903TMY"
GONE = Desired(ORG, ID, "n", absent=True)
USAGE = {"environment": {"id": "1", "name": "production"}}


def server(credential_type="basic-auth", **members):
    return Observed({"id": ID, "type": credential_type, "name": "n", **members}, {"username": "me"}, {"password": "hidden"})


def play(memory, before, **options):
    """The actions that the flow asks for, and its result."""
    flow = prune(GONE, memory, **options)
    actions, answer = [flow.send(None)], before
    try:
        while True:
            actions.append(flow.send(answer))
            answer = None
    except StopIteration as end:
        return actions, end.value


@pytest.mark.parametrize("fails", [True, False])
@pytest.mark.parametrize("diff", [True, False])
def test_what_no_environment_uses_is_deleted_and_forgotten(fails, diff):
    memory, before = Mock(), server(usages=[])
    memory.read_name.return_value = NameRecord(ID)
    memory.write.side_effect = Failure("The disk is full.") if fails else None
    actions, result = play(memory, before, diff=diff)
    assert actions == [(FIND, GONE), (DELETE, GONE, before)]
    assert memory.mock_calls == [call.write(ORG, ID, None), *(() if fails else [call.read_name(ORG, "n"), call.end_create(ORG, "n")])]
    assert (result["decision"], result["changed"], result["credential"], result["credential_id"]) == ("deleted", True, None, ID)
    assert "warnings" not in result and ("diff" in result) == diff
    assert not diff or (result["diff"]["before"]["name"], result["diff"]["after"]) == ("n", "")


def test_usages_that_only_the_list_shows_count():
    actions, result = play(Mock(), server(usages=[]), is_used=True)
    assert (actions, result["decision"]) == ([(FIND, GONE)], "kept") and "in use" in result["warnings"][0]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("before", "why"),
    [
        (server(), "the platform does not show what uses it"),
        (server(usages=None), "the platform does not show what uses it"),
        (server(usages=[USAGE]), "in use"),
        (server("oauth1", usages=[]), "of a type that this collection does not know"),
        (server(usages=[], boards=["x"], hub={"id": 1}, labels={}, tags=[]), "perhaps in use: the platform shows boards, hub"),
        (server(usages=[], authSchemeId=ORG, owner="x", version=7), "perhaps in use: the platform shows authSchemeId"),
        (dataclasses.replace(server(usages=[]), withheld=("data.x", "name", "users")), "perhaps in use: the platform shows users"),
    ],
    ids=["usages absent", "usages null", "in use", "unknown type", "lists", "an id", "withheld"],
)
def test_what_may_be_needed_is_kept(before, why, check_mode):
    memory = Mock()
    actions, result = play(memory, before, check_mode=check_mode, diff=True)
    assert (actions, memory.mock_calls) == ([(FIND, GONE)], [])
    assert (result["decision"], result["changed"], result["credential"]) == ("kept", False, before.view())
    assert result["warnings"] == [f"credential 'n' ({ID}): not listed, but kept: {why}."]
    assert result["diff"]["before"] == result["diff"]["after"] != ""


@pytest.mark.parametrize(
    ("before", "options", "expected"),
    [
        (None, {"diff": True}, {"decision": "absent", "changed": False, "credential": None}),  # it is gone already
        (server(usages=[]), {"check_mode": True}, {"decision": "deleted", "changed": True, "credential_id": ID}),
    ],
)
def test_where_nothing_is_deleted_nothing_is_forgotten(before, options, expected):
    memory = Mock()
    actions, result = play(memory, before, **options)
    assert (actions, memory.mock_calls) == ([(FIND, GONE)], [])
    assert result.items() >= expected.items() and ("diff" in result) == ("diff" in options)
    assert "diff" not in options or (result["diff"]["before"], result["diff"]["after"]) == ("", "")
