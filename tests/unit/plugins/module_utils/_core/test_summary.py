# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cause is one sentence, whatever the number of credentials."""

from __future__ import annotations

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.summary import Outcome, in_short, joined_diffs, together
from ansible_collections.versori.platform.plugins.module_utils._core.summary import summarise as summarise_all

DOWN = "Could not read {}: the API answered 503."
KEY = "Could not list the credentials of organisation X: the API answered 401."


def summarise(outcomes, pruned, check_mode, full):
    """As a task returns it, with every credential in it or in short."""
    return {**summarise_all(outcomes, pruned, check_mode), **({} if full else in_short(outcomes))}


def outcome(name, result, id="I"):
    label = f"credential '{name}'" if name else f"credential {id}"
    if isinstance(result, str):
        result = Failure(result.format(label))
    return Outcome.of(label, name, id, result)


def done(decision, changed=None, **more):
    return {"decision": decision, "changed": decision in ("rotated", "created", "deleted") if changed is None else changed, **more}


def waiting(reason, in_a_row=False):
    return Failure(f"Not tried: {reason}", not_tried=reason, status=401, unavailable=in_a_row)


@pytest.mark.parametrize(
    ("outcomes", "msg"),
    [
        ([], ""),
        ([("a", done("unchanged"))], "It is as it should be."),
        ([("a", done("unchanged")), ("b", done("absent"))], "All 2 are as they should be."),
        (
            [("a", done("rotated")), ("b", done("unchanged")), ("c", done("rotated")), ("d", done("created"))],
            "Changed: 2 rotated ('a' and 'c'), 1 created ('d'). 1 is as it should be.",
        ),
        ([(str(n), done("rotated")) for n in range(7)], "Changed: 7 rotated ('0', '1', '2', '3', '4' and 2 more)."),
        ([("a", done("contested")), ("b", done("unknown", False))], "Left as they are: 1 contested ('a'), 1 unknown ('b')."),
        (
            [("a", DOWN), ("b", done("unchanged"))],
            "1 of 2 credentials failed. Could not read credential 'a': the API answered 503. 1 is as it should be.",
        ),
        (
            [("a", DOWN), ("b", "No."), (None, DOWN), ("d", done("rotated"))],
            "3 of 4 credentials failed. Could not read credentials 'a' and I: the API answered 503. No. Changed: 1 rotated ('d').",
        ),
        (
            [("a", KEY), *((name, waiting(KEY)) for name in "bcd")],
            f"1 of 4 credentials failed. {KEY} 3 were not tried for that reason.",
        ),
        (
            [*((name, DOWN) for name in "abcde"), *((name, waiting(DOWN.format("credential 'e'"))) for name in "fg")],
            "5 of 7 credentials failed. Could not read credentials 'a', 'b', 'c', 'd' and 'e': the API answered 503. "
            "2 were not tried for that reason.",
        ),
        (
            [*((name, DOWN + " It may be.") for name in "abcde"), ("f", waiting(DOWN.format("credential 'e'"), in_a_row=True))],
            "5 of 6 credentials failed. Could not read credentials 'a', 'b', 'c', 'd' and 'e': the API answered 503. It may be. "
            "1 was not tried, because the server was unavailable for five credentials in a row.",
        ),
        (
            [("a", done("unchanged", credential={"errors": ["no"]})), ("b", done("unchanged"))],
            "The platform finds invalid: 'a'. 1 is as it should be.",
        ),
        ([("a", waiting(KEY))], f"1 was not tried. {KEY}"),
    ],
)
def test_msg(outcomes, msg):
    outcomes = [outcome(*pair) for pair in outcomes]
    assert summarise(outcomes, [], False, False)["msg"] == msg
    assert summarise(outcomes, [], True, False)["msg"] == msg.replace("Changed:", "Would change:")


def test_an_invalid_one_that_was_changed_is_told_as_both():
    invalid = outcome("a", done("rotated", failed=True, msg="credential 'a': the platform finds it invalid: no"))
    result = summarise([invalid], [], False, False)
    assert result["msg"] == "1 of 1 credentials failed. credential 'a': the platform finds it invalid: no Changed: 1 rotated ('a')."


def test_results():
    """Complete where all went well or all is asked for; else what failed and what was changed, and the names of the rest."""
    outcomes = [
        outcome("a", done("unchanged")),
        outcome("b", KEY),
        outcome("c", done("rotated", changes=["x"])),
        outcome(None, waiting(KEY)),
    ]
    outcomes.append(outcome("e", done("contested")))
    result, full = (summarise(outcomes, [], False, full) for full in (False, True))
    assert [item["name"] for item in full["results"]] == ["a", "b", "c", None, "e"] and "unchanged" not in full
    assert [item["name"] for item in result["results"]] == ["b", "c", "e"]  # of the last one there is something to be said
    assert (result["unchanged"], result["not_tried"]) == (["a"], ["I"])
    assert result["results"][0] == {"name": "b", "credential_id": "I", "decision": None, "changed": False, "failed": True, "msg": KEY}
    assert result["results"][1] == {
        "name": "c", "credential_id": "I", "decision": "rotated", "changed": True, "failed": False, "changes": ["x"]
    }  # fmt: skip
    assert result["decisions"] == {"unchanged": 1, "rotated": 1, "contested": 1}
    fine = summarise([outcomes[0], outcomes[2]], [], False, False)
    assert len(fine["results"]) == 2 and "unchanged" not in fine and "failed" not in fine and fine["changed"]


def test_a_reason_that_many_share_is_in_the_message_alone():
    same = [outcome(name, DOWN) for name in "ab"]
    aged = outcome("d", done("rotated", secret_changed_at={"value": "2026-01-02T03:04:05Z"}))
    result, full = (summarise([*same, outcome("c", "No."), aged], [], False, full) for full in (False, True))
    assert ["msg" in item for item in result["results"]] == [False, False, True, False]
    assert ["msg" in item for item in full["results"]] == [True, True, True, False]
    assert "secret_changed_at" in full["results"][3] and "secret_changed_at" not in result["results"][3]


def test_what_is_known_of_one_that_failed():
    failure = Failure("credential 'a' (updatedAt x): it was changed elsewhere.")
    failure.credential_id, failure.decision = "J", "drifted"
    result = summarise([outcome("a", failure, id=None)], [], False, False)
    assert (result["results"][0]["credential_id"], result["results"][0]["decision"]) == ("J", "drifted")
    assert result["decisions"] == {"drifted": 1}


def test_a_reason_for_each_is_not_told_without_end():
    failing = [outcome(str(number), f"No {number}.") for number in range(12)]
    msg = summarise(failing, [], False, False)["msg"]
    assert msg.startswith("12 of 12 credentials failed. No 0. ") and msg.endswith("No 9. There are 2 more reasons, see results.")


def test_what_was_pruned():
    pruned = [outcome("x", done("deleted")), outcome("y", done("kept", warnings=["credential 'y' (I): not listed, but kept: in use."]))]
    result = summarise([outcome("a", done("unchanged"))], pruned, False, False)
    assert result["msg"] == "Changed: 1 deleted ('x'). 1 is as it should be." and result["changed"]
    assert result["warnings"] == ["credential 'y' (I): not listed, but kept: in use."]
    result = summarise([outcome("a", done("unchanged"))], [outcome("x", DOWN)], False, False)
    assert result["failed"] and result["msg"].startswith("1 of 1 credentials could not be pruned. Could not read credential 'x':")
    assert len(result["results"]) == 1
    gone = summarise([outcome("a", done("contested"))], [outcome("x", done("absent"))], False, False)
    assert gone["msg"] == "Left as they are: 1 contested ('a')."


A, B, C = ("credential 'a'", "credential 'b'", "credential 'c'")
ODD, ODDER, BY_ID = ("credential 'a (b'", "credential '): '", "credential I")
TOGETHER = [
    ([], []),
    ([(A, f"{A}: unknown.")], [f"{A}: unknown."]),
    ([(A, "Organisation X: none."), (B, "Organisation X: none.")], ["Organisation X: none."]),
    ([(A, f"{A}: unknown."), (B, "Other."), (B, f"{B}: unknown.")], ["Each of 2 credentials, 'a' and 'b': unknown.", "Other."]),
    # What is in brackets differs, and stays with its credential.
    (
        [(A, f"{A} (at 1): moved."), (BY_ID, f"{BY_ID} (at 2): moved."), (C, f"{C}: moved.")],
        ["Each of 3 credentials, 'a' (at 1), I (at 2) and 'c': moved."],
    ),
    ([(A, f"{A} (at 1): moved.")], [f"{A} (at 1): moved."]),
    # A name may look like anything.
    ([(ODD, f"{ODD}: x."), (ODDER, f"{ODDER} (1): x.")], ["Each of 2 credentials, 'a (b' and '): ' (1): x."]),
    ([(A, f"{A}: so {A} is."), (B, f"{B}: so {B} is.")], ["Each of 2 credentials, 'a' and 'b': so it is."]),
    ([(A, f"{A}: so {A} is.")], [f"{A}: so {A} is."]),
]


@pytest.mark.parametrize(("messages", "told"), TOGETHER)
def test_together(messages, told):
    assert together(messages) == told


def test_diffs_of_secrets_alone_are_lines_of_one():
    outcomes = [outcome(name, done("rotated", diff={"prepared": f"{name}\n"})) for name in "ab"]
    outcomes.append(outcome("c", done("rotated", diff={"before": "x", "after": "y"})))
    outcomes.append(outcome("d", done("unchanged", diff={"before": "x", "after": "x"})))
    assert joined_diffs(outcomes) == [{"before": "x", "after": "y"}, {"prepared": "a\nb\n"}]
    assert joined_diffs(outcomes[3:]) == []
