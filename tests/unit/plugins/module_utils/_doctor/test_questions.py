# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the doctor's table makes of an answer."""

import pytest
from ansible_collections.versori.platform.plugins.module_utils._doctor.questions import _ANSWERS, QUESTIONS, finding

DETAILS = {"count": 3, "waited": 2, "wait": 5.0, "since": "a write"}  # all that the probes fill in


def test_each_answer_belongs_to_a_question():
    assert {question for question, _value in _ANSWERS} <= set(QUESTIONS)
    for question, value in _ANSWERS:
        words = finding(question, value, **DETAILS).answer
        assert words
        assert not set("{}") & set(words)


@pytest.mark.parametrize("value", [True, 1])
def test_a_number_is_not_taken_for_a_yes(value):
    assert finding("noop_put", value).answer == ("yes" if value is True else "1")


def test_what_was_refused_is_named():
    assert finding("type_change", "refuses", status=422).answer == "refuses (422)"
    assert finding("type_change", "accepts", status=200).answer == "accepts"


@pytest.mark.parametrize(("worst", "level"), [("other", "wrong"), ("none", "fine"), (None, "fine")])
def test_secrets_that_are_shown_in_several_forms(worst, level):
    """Each is named, and the worst of them says what to do."""
    result = finding("redaction", {"string.value": "null", "basic-auth.password": worst or "word"}, row=worst)
    assert result.answer == f"string.value: null, basic-auth.password: {worst or 'word'}"
    assert result.level == level
    assert bool(result.means) is (worst is not None)


def test_types_that_are_missing():
    result = finding("types", ["none", "string"])
    assert (result.answer, result.level, result.settled) == ("none, string", "set", True)
    assert finding("types", []).settled
