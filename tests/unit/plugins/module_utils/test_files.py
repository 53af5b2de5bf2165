# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that users name: none that never ends is opened, and what is wrong is said in a few words."""

import os

import pytest
from ansible_collections.versori.platform.plugins.module_utils._files import expanded, read_regular


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("missing", "No such file or directory"),
        ("folder", "Is a directory"),
        ("pipe", "it is a pipe, a device or a socket, not a file"),
        ("/dev/zero", "it is a pipe, a device or a socket, not a file"),
        ("a\0b", "its path holds characters that no path has"),
        ("\ud800", "its path holds characters that no path has"),
    ],
)
def test_what_is_no_file(tmp_path, path, reason):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError) as caught:
        read_regular(os.path.join(tmp_path, path))
    assert caught.value.strerror == reason


def test_a_file_and_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "file").write_bytes(b"\xff\n")
    assert read_regular(expanded("~/file")) == b"\xff\n"
    with pytest.raises(OSError, match="its path holds characters that no path has"):
        expanded("~a\0b/c")
