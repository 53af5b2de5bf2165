# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory's file: private, whole after any death, and never somebody else's."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.plugin_utils import _memory_file
from ansible_collections.versori.platform.plugins.plugin_utils._memory_file import FILE, FOLDER, MemoryFile, file_system

LOAD = (
    "import sys, os; from ansible.plugins.loader import init_plugin_loader; init_plugin_loader();"
    "from ansible_collections.versori.platform.plugins.plugin_utils._memory_file import MemoryFile;"
)


@pytest.fixture
def base(tmp_path):
    return tmp_path / "base"


def memory(base, read_only: bool = False) -> MemoryFile:
    return MemoryFile(str(base), read_only)


def files(base) -> list[str]:
    return sorted(path.name for path in (base / FOLDER).iterdir())


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fill(base, **texts: str) -> None:
    one = memory(base)
    for name, text in texts.items():
        one.set(name, text)
    one.close()


def test_one_file_is_left(base):
    one = memory(base)
    one.set("a", "x")
    one.close()
    assert files(base) == [FILE]
    assert memory(base).get("a") == "x"


def test_the_default_is_below_the_ansible_home(tmp_path, monkeypatch):
    monkeypatch.setattr(_memory_file.C.config, "get_config_value", {"ANSIBLE_HOME": str(tmp_path / "home")}.__getitem__)
    MemoryFile().set("a", "x")
    assert (tmp_path / "home" / FOLDER / FILE).is_file()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_folder_and_file_are_the_owners_alone(base, umask):
    before = os.umask(umask)
    try:
        one = memory(base)
        one.set("a", "x")
    finally:
        os.umask(before)
    assert mode(base) == mode(base / FOLDER) == 0o700
    assert {mode(path) for path in (base / FOLDER).iterdir()} == {0o600}
    assert len(files(base)) > 1  # with what SQLite has beside it


def test_what_others_may_read_is_closed_to_them(base):
    fill(base, a="x")
    (base / FOLDER).chmod(0o755)
    (base / FOLDER / FILE).chmod(0o644)
    assert memory(base).get("a") == "x"
    assert (mode(base / FOLDER), mode(base / FOLDER / FILE)) == (0o700, 0o600)


def test_a_volume_of_a_group_is_fine(base):
    base.mkdir()
    base.chmod(0o2775)
    fill(base, a="x")
    assert mode(base / FOLDER) & 0o077 == 0
    assert mode(base) == 0o2775


@pytest.mark.parametrize("name", ["a b", "a?mode=memory", "a#b", "a%41", "ä", "\udcff", "x" * 200])
def test_any_folder_name(tmp_path, name):
    fill(tmp_path / name, a="x")
    assert (tmp_path / name / FOLDER / FILE).is_file()
    assert memory(tmp_path / name).get("a") == memory(tmp_path / name, read_only=True).get("a") == "x"


@pytest.mark.parametrize("where", ["a\0b", "~a\0b/c", "nowhere/\ud800", "/$A_\0"])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_folder_that_no_path_leads_to(where, read_only):
    with pytest.raises(Failure, match=r"cannot be used: its path holds characters that no path has"):
        MemoryFile(where, read_only)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Failure, match=r"cannot be used: Not a directory\. .* nothing is sent without it"):
        memory(tmp_path / "file" / "memory")


def test_two_thousand_are_read_with_one_query(base, monkeypatch):
    fill(base, **{f"n{number}": str(number) for number in range(2000)})
    said: list[str] = []
    connect = sqlite3.connect

    def listen(*args, **options):
        connection = connect(*args, **options)
        connection.set_trace_callback(said.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", listen)
    one = memory(base)
    assert [one.get(f"n{number}") for number in range(2000)] == [str(number) for number in range(2000)]
    assert [text for text in said if "FROM records" in text] == ["SELECT name, content FROM records"]


def test_what_another_process_writes_meanwhile_counts(base):
    one, two = memory(base), memory(base)
    one.set("a", "first")
    assert two.get("a") == "first"
    two.set("a", "second")
    assert one.get("a") == "second"
    one.set("a", None)
    assert (one.get("a"), two.get("a"), two.get("b")) == (None, None, None)


def test_one_that_is_read_only_sees_what_was_there(base):
    one = memory(base)
    one.set("a", "first")
    two = memory(base, read_only=True)
    one.set("a", "second")
    two.set("b", "x")
    assert (two.get("a"), one.get("a"), one.get("b")) == ("first", "second", None)


def test_threads(base):
    one = memory(base)

    def work(number):
        for turn in range(50):
            one.set(f"n{number}", str(turn))
            assert one.get(f"n{number}") == str(turn)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {memory(base).get(f"n{number}") for number in range(8)} == {"49"}


def test_processes_that_begin_at_once_have_one_key(base):
    """Eight at a time, so that making the file, its tables and its key all meet."""
    code = LOAD + (
        "import multiprocessing as m, shutil\n"
        "def work(barrier, keys, where):\n"
        "    barrier.wait(); one = MemoryFile(where); one.set(str(os.getpid()), 'x'); keys.put(one.key())\n"
        "for turn in range(10):\n"
        "    barrier, keys, where = m.Barrier(8), m.Queue(), f'{sys.argv[1]}/{turn}'\n"
        "    all = [m.Process(target=work, args=(barrier, keys, where)) for _ in range(8)]\n"
        "    [one.start() for one in all]; got = {keys.get(timeout=60) for _ in all}; [one.join() for one in all]\n"
        "    assert got == {MemoryFile(where).key()}, got\n"
        "    assert len(MemoryFile(where)._known) == 8\n"
    )
    subprocess.run([sys.executable, "-c", code, str(base)], check=True, timeout=300)


def test_one_that_another_process_has_locked_for_too_long(base, monkeypatch):
    fill(base, a="x")
    monkeypatch.setattr(_memory_file, "LOCKED_FOR", 0.05)
    one = memory(base)
    with sqlite3.connect(base / FOLDER / FILE, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Failure, match=r"cannot be used: database is locked, for 0\.05 seconds: another"):
            one.set("a", "y")
        with pytest.raises(Failure, match=r"cannot be used: database is locked, for 0\.05 seconds: another"):
            memory(base)
        assert one.get("a") == "x"  # a writer does not keep readers out
        other.execute("ROLLBACK")
    other.close()
    one.set("a", "y")


def test_the_journal_fits_the_file_system(base, monkeypatch):
    def journal():
        one = memory(base)
        one.set("a", "x")
        [(kind,)] = one._connection.execute("PRAGMA journal_mode")
        one.close()
        return kind

    kinds = []
    for kind in ("ext4", "nfs4", "cifs", "fuse.sshfs", "", "ext4"):
        monkeypatch.setattr(_memory_file, "file_system", lambda _path, kind=kind: kind)
        kinds.append(journal())
    assert kinds == ["wal", "truncate", "truncate", "truncate", "truncate", "wal"]
    assert memory(base).get("a") == "x"


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="there is no /proc here")
def test_what_a_path_is_on(tmp_path):
    assert file_system("/proc/self") == "proc"
    said = subprocess.run(["df", "--output=fstype", str(tmp_path)], capture_output=True, text=True, check=True).stdout
    assert said.split()[-1] == file_system(str(tmp_path))
    (tmp_path / "link").symlink_to("/proc")
    assert file_system(str(tmp_path / "link/self")) == "proc"


def test_where_nobody_says_what_is_mounted(monkeypatch):
    monkeypatch.setattr("builtins.open", lambda *args, **options: (_ for _ in ()).throw(FileNotFoundError()))
    assert file_system("/") == ""


def test_locks_that_do_not_work(base, tmp_path):
    """As on NFS without a lock service: refused before anything is sent, with what SQLite says."""
    source, library = tmp_path / "nolock.c", tmp_path / "nolock.so"
    source.write_text(
        "#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <errno.h>\n#include <fcntl.h>\n#include <stdarg.h>\n"
        "static int act(const char *name, int file, int what, void *arg) {\n"
        "  if (what == F_SETLK || what == F_SETLKW) { errno = ENOLCK; return -1; }\n"
        "  return ((int (*)(int, int, ...)) dlsym(RTLD_NEXT, name))(file, what, arg); }\n"
        "#define WRAP(name) int name(int file, int what, ...) { va_list rest; va_start(rest, what);"
        " void *arg = va_arg(rest, void *); va_end(rest); return act(#name, file, what, arg); }\n"
        "WRAP(fcntl)\nWRAP(fcntl64)\n"
    )
    try:
        made = subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no C compiler here")
    assert made.returncode == 0, made.stderr
    code = LOAD + (
        "import ansible_collections.versori.platform.plugins.plugin_utils._memory_file as m;"
        "m.file_system, m.LOCKED_FOR = lambda path: 'nfs', 0.1;"
        "from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure\n"
        "try: MemoryFile(sys.argv[1])\n"
        "except Failure as failure: print(failure.msg)\n"
    )
    env = {**os.environ, "LD_PRELOAD": str(library)}
    said = subprocess.run([sys.executable, "-c", code, str(base)], env=env, capture_output=True, text=True, check=True).stdout
    assert "cannot be used: database is locked, for 0.1 seconds: another process" in said
    assert "or locks do not work on its file system (nfs). It is needed" in said


def test_a_file_system_that_knows_no_owners(base, monkeypatch):
    base.mkdir()
    (base / FOLDER).mkdir()
    (base / FOLDER).chmod(0o777)
    monkeypatch.setattr(os, "chmod", lambda *_args, **_options: None)
    with pytest.raises(Failure, match=r"its folder cannot be made its owner's alone on this file system"):
        memory(base)


def test_what_is_no_memory_is_refused_and_left_alone(base):
    for content in (b"something else", b"SQLite format 3\0" + b"\xff" * 5000, b"x" * 5000):
        base.mkdir(exist_ok=True)
        (base / FOLDER).mkdir(exist_ok=True)
        path = base / FOLDER / FILE
        path.write_bytes(content)
        for read_only in (False, True):
            with pytest.raises(Failure, match=rf"^The memory {path} is damaged \(.*\), and nothing is sent.* Move the file away"):
                memory(base, read_only)
            assert path.read_bytes() == content


def test_another_programs_file_is_refused_and_left_alone(base):
    (base / FOLDER).mkdir(parents=True)
    path = base / FOLDER / FILE
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE records (name TEXT)")
    other.close()
    content = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(Failure, match="it is another program's"):
            memory(base, read_only)
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("records",)]
    other.close()
    assert len(path.read_bytes()) == len(content)


def test_an_empty_file_is_a_new_memory(base):
    (base / FOLDER).mkdir(parents=True)
    (base / FOLDER / FILE).write_bytes(b"")
    assert memory(base, read_only=True).get("a") is None
    fill(base, a="x")
    assert memory(base).get("a") == "x"


def test_moved_away_it_begins_again(base):
    """Also where a run that was killed has left SQLite's own files beside it."""
    one = memory(base)
    one.set("a", "x")  # and is not closed
    (base / FOLDER / FILE).rename(base / "away")
    assert memory(base).get("a") is None
    fill(base, b="y")
    assert (memory(base).get("a"), memory(base).get("b")) == (None, "y")


def test_any_damage_is_one_sentence(base):
    """A page, a few bytes or the end of it lost, at random: a failure, or what was there, or a text that no record is."""
    fill(base, **{f"n{number}": f"{number:0200}" for number in range(200)})
    whole = (base / FOLDER / FILE).read_bytes()
    chance = random.Random(1)  # noqa: S311
    refused = 0
    for _turn in range(150):
        content = bytearray(whole)
        kind = chance.choice(["bytes", "page", "end"])
        at = chance.randrange(len(content))
        if kind == "bytes":
            content[at : at + 8] = chance.randbytes(8)
        elif kind == "page":
            content[at // 4096 * 4096 : at // 4096 * 4096 + 4096] = chance.randbytes(4096)
        else:
            del content[at:]
        (base / FOLDER / FILE).write_bytes(content[: len(whole)])
        try:
            one = memory(base)
            one.set("n0", "new")
            for number in range(200):
                one.get(f"n{number}")
            one.key()
            one.close()
        except Failure as failure:
            refused += 1
            assert str(base / FOLDER / FILE) in failure.msg
        for beside in files(base):
            (base / FOLDER / beside).unlink()
    assert refused > 50


def test_a_key_that_is_none(base):
    one = memory(base)
    one.key()
    one._connection.execute("UPDATE fingerprint_key SET content = 'short'")
    with pytest.raises(Failure, match=r"is damaged \(its key is none\).*Move the file away"):
        memory(base).key()


def test_an_older_file_is_brought_up_to_date(base, monkeypatch):
    fill(base, a="x")
    newer = (*_memory_file._VERSIONS, ("ALTER TABLE records ADD COLUMN since TEXT",))
    with monkeypatch.context() as patch:
        patch.setattr(_memory_file, "_VERSIONS", newer)
        one = memory(base, read_only=True)
        assert one.get("a") == "x"
        assert "since" in str(one._connection.execute("SELECT sql FROM sqlite_master").fetchall())
    assert memory(base).get("a") == "x"  # the file itself was left as it is
    monkeypatch.setattr(_memory_file, "_VERSIONS", newer)
    one = memory(base)
    assert one.get("a") == "x"
    assert one._connection.execute("SELECT since FROM records").fetchall() == [(None,)]


def test_a_step_that_fails_leaves_the_file_as_it_was(base, monkeypatch):
    fill(base, a="x")
    with monkeypatch.context() as patch:
        patch.setattr(
            _memory_file,
            "_VERSIONS",
            (*_memory_file._VERSIONS, ("ALTER TABLE records ADD COLUMN since TEXT", "ALTER TABLE none ADD x")),
        )
        with pytest.raises(Failure, match="no such table"):
            memory(base)
    one = memory(base)
    assert one.get("a") == "x"
    assert "since" not in str(one._connection.execute("SELECT sql FROM sqlite_master").fetchall())


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_file_is_refused_and_left_alone(base, monkeypatch, read_only):
    with monkeypatch.context() as patch:
        patch.setattr(_memory_file, "_VERSIONS", (*_memory_file._VERSIONS, ()))
        fill(base, a="x")
    with pytest.raises(Failure, match=r"was written by a newer version of versori\.platform.*Update the collection"):
        memory(base, read_only)
    monkeypatch.setattr(_memory_file, "_VERSIONS", (*_memory_file._VERSIONS, ()))
    assert memory(base).get("a") == "x"


def test_a_python_without_it(base, monkeypatch):
    monkeypatch.setattr(_memory_file, "sqlite3", None)
    with pytest.raises(
        Failure, match=r"^The memory needs Python's sqlite3 module with SQLite 3\.22 or newer, and .* has none: use another"
    ):
        memory(base)
    assert not base.exists()


def test_one_that_is_too_old(base, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 21, 0))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.21.0")
    with pytest.raises(Failure, match=r"SQLite 3\.22 or newer, and .* has 3\.21\.0"):
        memory(base)


def test_a_python_that_was_built_without_it(base):
    """The whole import, in a process of its own."""
    code = "import sys; sys.modules['_sqlite3'] = None;" + LOAD + "MemoryFile(sys.argv[1])"
    said = subprocess.run([sys.executable, "-c", code, str(base)], capture_output=True, text=True, check=False).stderr
    assert "has none: use another Python, or a shared cache (cache_plugin)." in said


# Others may write into the folder that the user names: nothing of the victim's is read, written or deleted by what they lay there.


@pytest.fixture
def victim(tmp_path):
    folder = tmp_path / "victim"
    folder.mkdir(mode=0o755)
    (folder / "precious").write_text("precious")
    (folder / FILE).write_text("precious too")
    yield folder
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"precious": "precious", FILE: "precious too"}
    assert mode(folder) == 0o755


@pytest.mark.parametrize("read_only", [False, True])
def test_a_link_as_folder(base, victim, read_only):
    base.mkdir(mode=0o777)
    (base / FOLDER).symlink_to(victim)
    with pytest.raises(Failure, match="cannot be used: its folder is a link, which may lead anywhere"):
        memory(base, read_only)


@pytest.mark.parametrize("name", [FILE, f"{FILE}-wal", f"{FILE}-shm", f"{FILE}-journal"])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_link_as_file(base, victim, name, read_only):
    fill(base, a="x")
    (base / FOLDER / name).unlink(missing_ok=True)
    (base / FOLDER / name).symlink_to(victim / "precious")
    with pytest.raises(Failure, match=f"cannot be used: {name} is no file"):
        memory(base, read_only)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["pipe", "folder"])
@pytest.mark.parametrize("read_only", [False, True])
def test_something_else_as_file(base, kind, read_only):
    (base / FOLDER).mkdir(parents=True)
    {"pipe": os.mkfifo, "folder": os.mkdir}[kind](base / FOLDER / FILE)
    with pytest.raises(Failure, match=f"cannot be used: {FILE} is no file"):
        memory(base, read_only)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_folder_of_somebody_elses(base, monkeypatch, read_only):
    """A key that somebody laid there beforehand would let them try passwords against the fingerprints."""
    fill(base, a="x")
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(Failure, match=rf"cannot be used: its folder belongs to another user \(id {owner}\)\..* set cache_connection to"):
        memory(base, read_only)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_of_somebody_elses(base, read_only):
    fill(base, a="x")
    os.chown(base / FOLDER / FILE, 12345, 12345)
    with pytest.raises(Failure, match=rf"cannot be used: {FILE} belongs to another user \(id 12345\)"):
        memory(base, read_only)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_folder_that_is_exchanged_meanwhile(base, monkeypatch, read_only):
    fill(base, a="x")
    fill(base / "trap", a="trap", b="y")
    connect = MemoryFile._connect

    def exchange(self, way):
        if (base / "trap").exists():
            (base / FOLDER).rename(base / "away")
            (base / "trap" / FOLDER).rename(base / FOLDER)
            (base / "trap").rmdir()
        return connect(self, way)

    monkeypatch.setattr(MemoryFile, "_connect", exchange)
    with pytest.raises(Failure, match="somebody exchanged its folder just now"):
        memory(base, read_only)


@pytest.fixture
def closing(base):
    """Makes the folder one that nothing can be written to, until the end of the test."""

    def close():
        mounted = False
        try:
            subprocess.run(["mount", "--bind", base, base], check=True, capture_output=True)
            mounted = True
            subprocess.run(["mount", "-o", "remount,bind,ro", base], check=True, capture_output=True)
        except (FileNotFoundError, subprocess.CalledProcessError):
            if mounted:
                subprocess.run(["umount", "-l", base], check=False)
            if os.geteuid() == 0:
                pytest.skip("nothing can be mounted here, and root may write everywhere")
            (base / FOLDER).chmod(0o500)

    yield close
    subprocess.run(["umount", "-l", base], check=False, capture_output=True)
    if (base / FOLDER).exists():
        (base / FOLDER).chmod(0o700)


def test_what_was_closed(base, closing):
    fill(base, a="x")
    closing()
    assert memory(base, read_only=True).get("a") == "x"
    with pytest.raises(Failure, match=r"cannot be used: (attempt to write a readonly database|unable to open database file)"):
        memory(base)
    assert files(base) == [FILE]


def test_what_a_killed_run_left(base, closing):
    """Some of it is only in SQLite's own files then, and must not be passed over."""
    code = LOAD + "one = MemoryFile(sys.argv[1]); one.set('a', 'x'); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", code, str(base)], check=False).returncode == -signal.SIGKILL
    assert (base / FOLDER / f"{FILE}-wal").stat().st_size
    closing()
    assert memory(base, read_only=True).get("a") == "x"


def test_what_a_killed_run_left_and_cannot_be_read(base, closing):
    code = LOAD + "one = MemoryFile(sys.argv[1]); one.set('a', 'x'); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", code, str(base)], check=False).returncode == -signal.SIGKILL
    (base / FOLDER / f"{FILE}-shm").unlink()
    closing()
    with pytest.raises(Failure, match="cannot be used: unable to open database file"):
        memory(base, read_only=True)


WRITER = LOAD + (
    "number = sys.argv[2]; one = MemoryFile(sys.argv[1]); print('ready', flush=True)\n"
    "for turn in range(1_000_000):\n"
    "    one.set(number, f'{turn:0400}'); os.write(1, b'%d\\n' % turn)\n"
)


def test_four_writers_that_are_killed(base):
    """Nothing that was acknowledged is lost, and the file is whole, whenever they die."""
    chance = random.Random(7)  # noqa: S311
    for _round in range(8):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, str(base), str(number)], stdout=subprocess.PIPE, text=True)
            for number in range(4)
        ]
        for one in writers:
            assert one.stdout.readline() == "ready\n"
        acknowledged = []
        for one in chance.sample(writers, 4):
            for _line in range(chance.randrange(200)):
                one.stdout.readline()
            one.kill()
        for one in writers:
            lines = one.communicate()[0].split()
            acknowledged.append(int(lines[-1]) if lines else -1)
        with sqlite3.connect(base / FOLDER / FILE) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        file.close()
        kept = memory(base)
        for number, least in enumerate(acknowledged):
            assert int(kept.get(str(number)) or -1) >= least
