# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All mistakes of a list in one message, each with the position and the name of its item, and no secret."""

import pytest
from ansible_collections.versori.platform.plugins.plugin_utils._mistakes import Mistakes


def test_one_mistake_and_no_mistake():
    mistakes = Mistakes("credentials", [{"name": "a"}, {"name": "Shop API key"}])
    assert not mistakes and str(mistakes) == ""
    mistakes.add("nmae: there is no such option.", 1)
    assert mistakes and str(mistakes) == "credentials[1] (Shop API key): nmae: there is no such option."


def test_several_mistakes_by_position_those_that_share_a_sentence_together():
    mistakes = Mistakes("credentials", [{"name": name} for name in "abcd"])
    for sentence, positions in (("is odd.", [1]), ("is even.", [2]), ("is odd.", [3]), ("both are. Keep one.", [0, 3]), ("is first.", [0])):
        mistakes.add(sentence, *positions)
    assert str(mistakes) == (
        "5 mistakes in the list credentials. credentials[0] (a): is first. credentials[1] (b), credentials[3] (d): is odd. "
        "credentials[2] (c): is even. credentials[0] (a) and credentials[3] (d): both are. Keep one."
    )


def test_the_first_fifty_and_how_many_more():
    mistakes = Mistakes("credentials", [None] * 52)
    for position in range(52):
        mistakes.add(f"is {position}.", position)
    assert str(mistakes).startswith("52 mistakes in the list credentials. credentials[0]: is 0. ")
    assert str(mistakes).endswith("credentials[49]: is 49. And 2 more.")


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        ("no mapping", ""),
        ({}, ""),
        ({"name": 83}, ""),
        ({"name": " "}, ""),
        ({"name": "a\x1b[2J\nb"}, " (a\\x1b[2J b)"),
        ({"name": "n" * 90}, f" ({'n' * 60}…)"),
        ({"name": "hush-key!"}, " (********!)"),
        ({"name": "hush-other"}, " (********)"),
        ({"name": "pw", "data": {"password": "pw"}}, " (********)"),
    ],
)
def test_a_name_is_shown_where_it_is_one_and_without_a_secret(item, shown):
    items = [item, {"name": "b", "data": {"value": "hush-other"}, "src": "/nowhere"}]
    assert Mistakes("it", items, ["hush-key"]).place(0) == f"it[0]{shown}"


def test_a_name_that_is_wrong_is_not_shown():
    assert Mistakes("it", [{"name": "odd"}]).place(0, "name holds a template.") == "it[0]"
