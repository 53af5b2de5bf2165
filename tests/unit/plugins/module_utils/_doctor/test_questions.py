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


@pytest.mark.parametrize(
    ("question", "value", "details", "answer"),
    [
        *(("noop_put", value, {}, answer) for value, answer in ((True, "yes"), (1, "1"))),  # a number is not taken for a yes
        ("type_change", "refuses", {"status": 422}, "refuses (422)"),
        ("type_change", "accepts", {"status": 200}, "accepts"),
        ("types", ["none", "string"], {}, "none, string"),
    ],
)
def test_answers(question, value, details, answer):
    assert finding(question, value, **details).answer == answer


def test_types_that_are_missing_are_settled():
    assert [(result.level, result.settled) for result in (finding("types", ["none"]), finding("types", []))] == [("set", True)] * 2


@pytest.mark.parametrize(("worst", "level"), [("other", "wrong"), ("none", "fine"), (None, "fine")])
def test_secrets_that_are_shown_in_several_forms(worst, level):
    """Each is named, and the worst of them says what to do."""
    result = finding("redaction", {"string.value": "null", "basic-auth.password": worst or "word"}, row=worst)
    assert result.answer == f"string.value: null, basic-auth.password: {worst or 'word'}"
    assert result.level == level
    assert bool(result.means) is (worst is not None)
