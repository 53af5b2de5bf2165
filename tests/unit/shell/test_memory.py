# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory in Ansible's own cache plugin: private, verified, and never a reason to say something wrong."""

from __future__ import annotations

import dataclasses
import errno
import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible.utils.display import Display
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import Record
from ansible_collections.versori.platform.plugins.plugin_utils._memory import DRAFT_LASTS, DRAFTS, KEY_FILE, CacheMemory

URL, ORG, ID = "https://platform.versori.com/api/connect/v1alpha1", "01HFS2NEAZ6ECZBZMN4FF775P7", "01KK9J6VFKZSB86BQQT8903TMY"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "memory"


def memory(folder, **options) -> CacheMemory:
    return CacheMemory(URL, cache_connection=str(folder), **options)


def record(kept: CacheMemory, state: str = "settled") -> Record:
    return Record(kept.key_id, {"value": "ab"}, "2026-01-02T03:04:05Z", state)


def records(folder) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file() and path.name != KEY_FILE]


def drafts(folder) -> list[Path]:
    return list((folder / DRAFTS).iterdir())


def test_what_is_written_is_there_for_the_next_process(folder):
    first = memory(folder)
    first.write(ORG, ID, record(first))
    assert memory(folder).read(ORG, ID) == record(first)
    assert memory(folder).read(ORG, ID.lower()) == record(first)
    assert memory(folder).read(ID, ORG) is None
    first.write(ORG, ID, None)
    assert memory(folder).read(ORG, ID) is None
    first.write(ORG, ID, None)  # forgetting twice is fine


def test_the_folder_and_the_key_are_the_owners_alone(folder):
    one = memory(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert one.key == memory(folder).key
    assert len(one.key) == 64


def test_a_given_key_leaves_no_file(folder):
    assert memory(folder, fingerprint_key="kf" * 20).key == b"kf" * 20
    assert not (folder / KEY_FILE).exists()


def test_many_processes_make_one_key(folder):
    code = (
        "import sys; from ansible.plugins.loader import init_plugin_loader; init_plugin_loader();"
        "from ansible_collections.versori.platform.plugins.plugin_utils._memory import CacheMemory as C;"
        "print(C('u', cache_connection=sys.argv[1]).key_id)"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True) for _number in range(4)]
    assert len({one.communicate()[0] for one in started}) == 1
    assert {one.returncode for one in started} == {0}


@pytest.fixture
def warned(monkeypatch):
    texts: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, text, *_args, **_options: texts.append(text))
    return texts


def test_a_record_that_is_missing_is_nothing_to_warn_of(folder, warned):
    assert memory(folder).read(ORG, ID) is None
    assert warned == []


def test_a_record_that_cannot_be_read_is_a_failure(folder, warned):
    """It may hold what the task's secret is not, so it must not count as unknown, which may be adopted."""
    one = memory(folder)
    one.write(ORG, ID, record(one))
    (path,) = records(folder)
    path.rename(folder / "kept")
    path.mkdir()
    with pytest.raises(Failure, match=r"cannot be used: .*Is a directory.* nothing is sent without it"):
        one.read(ORG, ID)
    path.rmdir()
    (folder / "kept").rename(path)
    assert one.read(ORG, ID) == record(one)
    assert warned == []


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format": 99}', "\x00\x01", "\udcff"])
def test_a_damaged_record_counts_as_forgotten(folder, content, warned):
    one = memory(folder)
    one.write(ORG, ID, record(one))
    (path,) = records(folder)
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert memory(folder).read(ORG, ID) is None
    assert [text for text in warned if "counts as forgotten" not in text] == []
    again = memory(folder)
    again.write(ORG, ID, record(again))
    assert memory(folder).read(ORG, ID) == record(again)


def test_a_damaged_key_is_said(folder):
    memory(folder)
    (folder / KEY_FILE).write_text("short")
    with pytest.raises(Failure, match="is damaged: remove the file"):
        memory(folder)


def test_a_folder_that_cannot_be_made_is_said_before_anything_is_sent(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Failure, match=r"cannot be written .* nothing is sent without it"):
        memory(tmp_path / "file" / "memory")


def test_a_write_that_does_not_arrive_is_a_failure(folder):
    """A plugin only warns when the disk is full: what it says it stored is read back."""

    class Quiet:
        def get(self, key):
            raise KeyError(key)

        def set(self, key, value):
            pass

    one = memory(folder)
    one._cache, one._in_files = Quiet(), False
    with pytest.raises(Failure, match="could not be read back"):
        one.write(ORG, ID, record(one))
    with pytest.raises(Failure, match="could not be read back"):
        one.check()


@pytest.mark.parametrize("operation", ["open", "pwrite"])
def test_a_full_disk_is_a_failure_and_leaves_the_record_as_it_was(folder, monkeypatch, operation):
    one = memory(folder)
    one.write(ORG, ID, record(one))

    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, operation, full)
    with pytest.raises(Failure, match=r"cannot be used: .*No space left"):
        one.write(ORG, ID, record(one, "pending"))
    monkeypatch.undo()
    assert memory(folder).read(ORG, ID) == record(one)
    assert drafts(folder) == []


def test_a_disk_that_takes_half_of_a_record_is_a_failure(folder, monkeypatch):
    one = memory(folder)
    one.write(ORG, ID, record(one))
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, content, at: real(file, content[:100], at))
    with pytest.raises(Failure, match=r"cannot be used: .*No space left"):
        one.write(ORG, ID, record(one, "pending"))
    monkeypatch.undo()
    assert memory(folder).read(ORG, ID) in (None, record(one))


def test_a_longer_record_and_then_a_shorter_one(folder):
    one = memory(folder)
    long = dataclasses.replace(record(one), fingerprints={f"field{number}": "f" * 64 for number in range(40)})
    for content in (record(one), long, record(one, "pending"), record(one)):
        one.write(ORG, ID, content)
        assert memory(folder).read(ORG, ID) == content


def test_a_folder_that_vanishes_is_a_failure(folder):
    one = memory(folder)
    shutil.rmtree(folder)
    with pytest.raises(Failure, match="cannot be used"):
        one.write(ORG, ID, record(one))


def test_what_killed_runs_left_behind_does_not_pile_up(folder):
    memory(folder)
    old, young = folder / DRAFTS / "old", folder / DRAFTS / "young"
    for path in (old, young):
        path.write_text("{")
    os.utime(old, (time.time() - DRAFT_LASTS - 60,) * 2)
    memory(folder)
    assert drafts(folder) == [young]  # which another run may be writing right now


@pytest.mark.parametrize("name", ["jsonfile", "ansible.builtin.jsonfile", "ansible.legacy.jsonfile"])
def test_a_file_cache_by_any_of_its_names(folder, name):
    one = memory(folder, cache_plugin=name)
    one.write(ORG, ID, record(one))
    assert memory(folder).read(ORG, ID) == record(one)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_shared_cache_demands_a_key():
    with pytest.raises(Failure, match=r"fingerprint_key is needed with cache_plugin ansible\.builtin\.memory"):
        CacheMemory(URL, cache_plugin="ansible.builtin.memory")


@pytest.mark.parametrize(
    "connection",
    ["cache:6379:0:hunter22", "tls://[::1]:6379:0:hun:ter22", "a:26379;b:26379;0:hunter22", "redis://me:hunter22@cache:6379/0"],
)
def test_what_a_plugin_says_goes_on_without_the_password(connection):
    one = CacheMemory(URL, cache_plugin="memory", fingerprint_key="kf" * 20, cache_connection=connection)
    password = "hun:ter22" if "hun:" in connection else "hunter22"

    class Chatty:
        def get(self, key):
            raise RuntimeError(f"cannot sign in to {connection}, or with {password}, at 127.0.0.1:6379")

    one._cache = Chatty()
    with pytest.raises(Failure, match=r"cannot sign in to \*+, or with \*+, at 127\.0\.0\.1:6379") as caught:
        one._reach()
    assert password not in caught.value.msg


def test_a_cache_that_forgets_is_refused():
    one = CacheMemory(URL, cache_plugin="ansible.builtin.memory", fingerprint_key="kf" * 20)
    with pytest.raises(Failure, match="could not be read back"):
        one.check()


@pytest.mark.parametrize("name", ["nobody.nothing.cache", "nothing", "ansible.builtin.nothing"])
def test_a_plugin_that_is_missing_is_said(name):
    with pytest.raises(Failure, match=f"cache_plugin {name} is not installed"):
        CacheMemory(URL, cache_plugin=name, fingerprint_key="kf" * 20)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_a_key_that_is_no_file(folder, kind):
    memory(folder)
    path = folder / KEY_FILE
    path.unlink()
    {"pipe": os.mkfifo, "device": lambda path: path.symlink_to("/dev/zero"), "folder": os.mkdir}[kind](path)
    with pytest.raises(Failure, match=r"The fingerprint key .* cannot be used: (it is a pipe, a device or a socket|Is a directory)"):
        memory(folder)


@pytest.mark.timeout(20)
def test_a_record_that_is_a_pipe(folder):
    one = memory(folder)
    one.write(ORG, ID, record(one))
    (path,) = records(folder)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(Failure, match="it is a pipe"):
        one.read(ORG, ID)
    with pytest.raises(Failure, match="cannot be used"):
        one.write(ORG, ID, record(one))


@pytest.mark.parametrize("where", ["a\0b", "~a\0b/c", "nowhere/\ud800", "/$A_\0"])
def test_a_folder_that_no_path_leads_to(where):
    with pytest.raises(Failure, match=r"cannot be written .its path holds characters that no path has"):
        CacheMemory(URL, cache_connection=where)
