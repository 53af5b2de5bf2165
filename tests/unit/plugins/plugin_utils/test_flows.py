# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flows side by side: what one of them comes to does not take the others along."""

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.plugin_utils._flows import run_delegated, run_local

NUMBERS = range(6)


def flow(number, finished):
    """Asks twice; the third of them fails in the middle, the fourth at its beginning."""
    if number == 3:
        raise ZeroDivisionError("hush")
    yield (number,)
    if number == 2:
        raise ZeroDivisionError("hush")
    yield (number,)
    finished.append(number)
    return number


@pytest.fixture(params=["local, one by one", "local", "delegated"])
def run(request):
    def run(flows, api, callback=lambda result: None, compare=None):
        if request.param == "delegated":
            return run_delegated(flows, lambda actions: [api(*action) for action in actions], callback, compare)
        return run_local(flows, api, 1 if "one by one" in request.param else 3, callback, compare)

    return run


def test_an_exception_that_nobody_has_foreseen_is_its_own_item_s(run):
    finished, results = [], []
    ended = run([flow(number, finished) for number in NUMBERS], lambda number: number, results.append)
    assert sorted(finished) == [0, 1, 4, 5]
    assert [result for result in ended if not isinstance(result, Failure)] == [0, 1, 4, 5]
    for number in (2, 3):
        assert "This is a bug in versori.platform: ZeroDivisionError at test_flows.py:" in ended[number].msg
        assert "hush" not in ended[number].msg
    assert len(results) == len(NUMBERS)


def test_a_failure_in_an_answer_s_place_is_raised_in_the_flow(run):
    lost = Failure("lost")

    def patient(number):
        try:
            yield (number,)
        except Failure as failure:
            yield ("again",)
            return failure
        return number

    assert run([patient(number) for number in range(3)], lambda asked: lost if asked == 1 else asked) == [0, lost, 2]
    assert run([flow(number, []) for number in (0, 1)], lambda asked: lost if asked == 1 else asked) == [0, lost]


def test_all_first_answers_are_compared_before_any_flow_goes_on(run):
    """And once."""
    asked, finished, compared = [], [], []

    def compare(answers):
        assert answers == [0, 1, 4] and sorted(asked) == [0, 1, 4]
        raise Failure("the same")

    with pytest.raises(Failure, match="the same"):
        run([flow(number, finished) for number in (0, 1, 4)], lambda number: asked.append(number) or number, compare=compare)
    assert (len(asked), finished) == (3, [])
    assert run([flow(number, finished) for number in (0, 1)], lambda number: number, compare=compared.append) == [0, 1]
    assert compared == [[0, 1]]


def test_an_interruption_ends_everything(run):
    def api(number):
        if number == 1:
            raise KeyboardInterrupt
        return number

    with pytest.raises(KeyboardInterrupt):
        run([flow(number, []) for number in (0, 1, 2)], api)
