# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file with everything: the whole of it or nothing, for its owner alone, and refused before it is too late."""

import json
import os

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.plugin_utils._results_file import check_results_file, write_results


def test_it_is_written_over_and_through_a_link(tmp_path):
    path, link = tmp_path / "results.json", tmp_path / "link"
    link.symlink_to(path)
    for result in ({"msg": "a\ud800"}, {"msg": "b"}):
        check_results_file(str(link))
        write_results(str(link), result)
    assert json.loads(path.read_text()) == {"msg": "b"} and link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(tmp_path)) == ["link", "results.json"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/x.json", "there is no such folder"),
        (".", "it is no regular file"),
        ("pipe", "it is no regular file"),
        ("a\0b", "its path holds characters that no path has"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, name, reason):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Failure) as caught:
        check_results_file(f"{tmp_path}/{name}")
    assert caught.value.msg.endswith(f"cannot be written: {reason}. Nothing was sent.")


def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(Failure, match=r"its folder cannot be written to\. Nothing was sent\."):
        check_results_file(str(tmp_path / "x.json"))


def test_a_full_disk(tmp_path, monkeypatch):
    path = tmp_path / "results.json"
    path.write_text("before")

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(Failure, match=r"results_file .* could not be written: No space left on device\."):
        write_results(str(path), {})
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["results.json"]
