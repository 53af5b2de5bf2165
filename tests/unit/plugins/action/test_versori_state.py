# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task of versori_state does and returns, and which of its options go together."""

import pytest

from tests.playing import MANY, STATE, play


@pytest.fixture
def here(options, sim, tmp_path):
    """The options of a memory that knows of two credentials."""
    memory = {"cache_connection": str(tmp_path / "here")}
    items = [{"name": name, "type": "string", "data": {"value": f"planted-{name}"}} for name in ("shop", "erp")]
    assert play(MANY, {**options, **memory, "credentials": items})["changed"]
    sim.clear_requests()
    return memory


def names(result):
    return sorted(credential["name"] for credential in result["credentials"])


def test_it_lists_and_changes_nothing(here, sim):
    for check_mode in (True, False):
        result = play(STATE, here, check_mode)
        assert (result["changed"], names(result), "moved_to" in result) == (False, ["erp", "shop"], False)
        assert all(check["ok"] for check in result["checks"]) and "planted" not in str(result)
        assert any("shop" in line for line in result["lines"])
    assert sim.requests == []


@pytest.mark.parametrize(("forget", "left"), [({"forget": "shop"}, ["erp"]), ({"forget": ["shop", "erp"]}, []), ({"forget_all": True}, [])])
def test_it_forgets(here, forget, left):
    checked = play(STATE, {**here, **forget}, check_mode=True)
    assert checked["changed"] and names(play(STATE, here)) == ["erp", "shop"]
    result = play(STATE, {**here, **forget})
    assert result["changed"] and names(result) == names(checked)
    assert names(play(STATE, here)) == left


def test_it_moves_and_copies(here, tmp_path):
    there = str(tmp_path / "there")
    copied = play(STATE, {**here, "move_to": there, "keep": True})
    assert copied["changed"] and copied["moved_to"].startswith(there)
    assert names(play(STATE, here)) == names(play(STATE, {"cache_connection": there})) == ["erp", "shop"]


def test_it_writes_the_key(here, tmp_path):
    result = play(STATE, {**here, "key_file": str(tmp_path / "key.yml")})
    assert result["changed"] and "versori_fingerprint_key: " in (tmp_path / "key.yml").read_text()
    assert result["lines"][-1] == f"The key is written to {tmp_path}/key.yml. Encrypt that file with ansible-vault."


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"forget": "shop", "forget_all": True}, "forget, forget_all: give one of them at a time."),
        ({"keep": True}, "keep is of use with move_to alone"),
        ({"forget": {"a": 1}}, "forget"),
        ({"forget": [83]}, "forget[0]"),
    ],
)
def test_what_does_not_go_together(here, more, words):
    result = play(STATE, {**here, **more})
    assert result["failed"] and words in result["msg"]
    assert names(play(STATE, here)) == ["erp", "shop"]
