# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A failure is one line for a person to read, and a part of a task's result; a bug's has nothing of what it was about."""

import re

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure, bug


def test_a_result_has_what_is_known_of_the_failure_and_no_more():
    assert Failure("no").as_result() == {"failed": True, "msg": "no"}
    said = {"status": 409, "code": "conflict", "fields": [{"field": "name", "message": "is taken"}], "cause": "a name"}
    assert Failure("no", maybe_applied=True, retryable=True, retry_after=1.5, **said).as_result() == {"failed": True, "msg": "no", **said}


def test_whatever_a_message_quotes_it_is_one_line():
    assert Failure("a\n  b\tc\x1b[2J ").msg == str(Failure("a b c\x1b[2J")) == "a b c\\x1b[2J"


def test_nothing_is_taken_for_applied_or_worth_a_repetition_unless_that_is_said():
    for said in ({}, {"retryable": True, "retry_after": 1.5}):
        expected = {"maybe_applied": False, "retryable": False, "retry_after": None, "fields": [], **said}
        assert {name: getattr(Failure("no", **said), name) for name in expected} == expected


def test_a_bug_is_told_by_its_kind_and_its_place():
    def fail():
        raise ZeroDivisionError("hunter2")

    def call():
        fail()

    with pytest.raises(ZeroDivisionError) as caught:
        call()
    place = re.escape(f"test_failure.py:{fail.__code__.co_firstlineno + 1}")
    words = rf"This is a bug in versori\.platform: ZeroDivisionError at {place}\. Please report it with these words\."
    assert re.fullmatch(words, bug(caught.value).msg)
