# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory's file: private, whole after any death, and never somebody else's."""

import contextlib
import errno
import itertools
import multiprocessing
import os
import random
import secrets
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.plugin_utils import _memory_file, _memory_folder
from ansible_collections.versori.platform.plugins.plugin_utils._memory_file import FILE, FOLDER, MemoryFile, file_system

LOAD = (
    "import sys; from ansible.plugins.loader import init_plugin_loader; init_plugin_loader();"
    "from ansible_collections.versori.platform.plugins.plugin_utils import _memory_file; MemoryFile = _memory_file.MemoryFile;"
)
FORK = multiprocessing.get_context("fork")  # which has all imports done


def kill_after(work) -> None:
    """Do something in a process that is killed right after it."""
    child = FORK.Process(target=lambda: (work(), os.kill(os.getpid(), signal.SIGKILL)))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL


BOTH = pytest.mark.parametrize("check_mode", [False, True])


@pytest.fixture
def base(tmp_path):
    return tmp_path / "base"


@pytest.fixture
def system(monkeypatch):
    """Says which file system a folder is on."""
    return lambda kind: monkeypatch.setattr(_memory_file, "file_system", lambda _folder: kind)


def memory(base, check_mode: bool = False, **texts: str) -> MemoryFile:
    """A memory that holds these texts, open as long as somebody has it."""
    store = MemoryFile(str(base), check_mode)
    for name, text in texts.items():
        store.set(name, text)
    return store


def files(base) -> list[str]:
    return sorted(path.name for path in (base / FOLDER).iterdir())


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fill(base, **texts: str) -> None:
    memory(base, **texts).close()


def execute(base, *statements: str) -> list:
    """What SQLite itself says of the file."""
    with contextlib.closing(sqlite3.connect(base / FOLDER / FILE)) as file:
        return [file.execute(statement).fetchall() for statement in statements]


def test_the_default_is_below_the_ansible_home(tmp_path, monkeypatch):
    monkeypatch.setattr(_memory_file.C.config, "get_config_value", {"ANSIBLE_HOME": str(tmp_path / "home")}.__getitem__)
    MemoryFile().set("a", "x")
    assert (tmp_path / "home" / FOLDER / FILE).is_file()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_folder_and_file_are_the_owners_alone(base, monkeypatch, umask):
    """From the beginning: what is made private only afterwards could have been entered before."""
    chmods = []
    monkeypatch.setattr(os, "chmod", lambda *args, **_options: chmods.append(args))
    before = os.umask(umask)
    try:
        _store = memory(base, a="x")
    finally:
        os.umask(before)
    assert (mode(base / FOLDER), {mode(path) for path in (base / FOLDER).iterdir()}, chmods) == (0o700, {0o600}, [])
    assert len(files(base)) > 1  # with what SQLite has beside it


@pytest.mark.parametrize(("folder", "file"), [(0o755, 0o644), (0o750, 0o640), (0o701, 0o606)])
def test_what_others_may_read_is_closed_to_them(base, folder, file):
    fill(base, a="x")
    (base / FOLDER).chmod(folder)
    (base / FOLDER / FILE).chmod(file)
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
    for place in (tmp_path / name, f"/{tmp_path / name}"):  # two slashes do not begin a host's name
        assert memory(place).get("a") == memory(place, check_mode=True).get("a") == "x"


@pytest.mark.parametrize(
    ("where", "check_modes", "reason"),
    [
        *((where, (False, True), r"its path holds characters that no path has\.") for where in ("/a\0b", "/proc/\ud800")),
        (f"{__file__}/memory", (False, True), r"there is a file where its folder should be\. .* nothing is sent without it"),
        (f"{'x' * 200}/" * 4, (False,), "its path is too long for SQLite"),
    ],
)
def test_a_folder_that_cannot_be(tmp_path, where, check_modes, reason):
    for check_mode in check_modes:
        with pytest.raises(Failure, match=f"cannot be used: {reason}"):
            MemoryFile(str(tmp_path / where), check_mode)


NO_PLACES = [
    *("redis.example.com:6379:0:hush", "redis://:hush@cache:6379/0", "memory", "./hush", "none", "~nobody-of-that-name/hush"),
    *("~a\x00b/hush", "$NOBODY_SET_THIS/hush", "/x/${NOBODY_SET_THIS}/hush", "/x/{{ hush }}", "{{ hush }}", "/hush ", "/hush\n", " /hush"),
]


@pytest.mark.parametrize("where", NO_PLACES)
@BOTH
def test_what_does_not_say_which_folder_is_refused_and_not_repeated(where, check_mode, tmp_path, monkeypatch):
    """A server's connection without cache_plugin, for one: its password would become a folder's name."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Failure, match=r"^cache_connection must be the full path of a folder where cache_plugin is not set") as caught:
        MemoryFile(where, check_mode)
    assert "hush" not in caught.value.msg
    assert list(tmp_path.iterdir()) == []


def test_home_and_variables_are_filled_in(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NAME", "here")
    MemoryFile("~/$NAME").set("a", "x")
    assert memory(tmp_path / "here").get("a") == "x"


def test_what_another_process_writes_meanwhile_counts(base):
    store = memory(base)
    before = store._connection.execute("PRAGMA data_version").fetchall()
    second = memory(base)
    assert (second.get("a"), store._connection.execute("PRAGMA data_version").fetchall()) == (None, before)  # who opens it writes nothing
    store.set("a", "first")
    assert second.get("a") == "first"
    second.set("a", "second")
    assert store.get("a") == "second"
    store.set("a", None)
    assert (store.get("a"), second.get("a"), second.get("b")) == (None, None, None)


def test_check_mode_leaves_no_files(base):
    (base / FOLDER).mkdir(parents=True)
    assert memory(base, check_mode=True).get("a") is None
    assert files(base) == []
    (base / FOLDER / FILE).touch()  # an empty file is a new memory
    assert memory(base, check_mode=True).get("a") is None
    fill(base, a="x")
    assert memory(base, check_mode=True).get("a") == "x"
    assert files(base) == [FILE]


def test_check_mode_sees_what_was_there(base):
    store = memory(base, a="first")
    second = memory(base, check_mode=True)
    store.set("a", "second")
    second.set("b", "x")
    assert (second.get("a"), store.get("a"), store.get("b")) == ("first", "second", None)


def test_one_thread_at_a_time(base):
    """Whatever SQLite was built for: while it works for one thread, no other one gets in."""
    store, locked = memory(base), []
    store._connection.set_trace_callback(lambda _statement: locked.append(store._lock.locked()))
    for act in (lambda: store.get("a"), lambda: store.set("a", "x"), lambda: store.set("a", None), store.key):
        locked.clear()
        with ThreadPoolExecutor(1) as another:
            another.submit(act).result()
        assert set(locked) == {True}


@BOTH
def test_no_file_is_left_open(base, monkeypatch, check_mode):
    """Check mode reads a copy; and whoever holds a failure holds no file with it."""
    fill(base, a="x")
    connect, opened = MemoryFile._connect, []

    def note(self, way):
        opened.append(connect(self, way))
        return opened[-1]

    def refuse(*_args):
        raise OSError(0, "refused")

    def descriptors():
        return len(os.listdir("/dev/fd")) if Path("/dev/fd").exists() else None

    before = descriptors()
    store = memory(base, check_mode)
    assert (descriptors() == before) is check_mode or before is None
    store.close()
    monkeypatch.setattr(MemoryFile, "_connect", note)
    failures = []
    for module, name in ((_memory_file, "check_opened"), (_memory_folder, "_check_owner")):
        monkeypatch.setattr(module, name, refuse)
        with pytest.raises(Failure, match="cannot be used: refused") as caught:
            memory(base, check_mode)
        failures.append(caught.value)
    assert len(opened) == 1 + 2 * check_mode and descriptors() == before
    for connection in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_processes_that_begin_at_once_have_one_key(base):
    """Eight at a time, so that making the file, its tables and its key all meet."""

    def work(place, barrier, keys):
        barrier.wait()
        store = memory(place, **{str(os.getpid()): "x"})
        keys.put(store.key())

    for turn in range(10):
        place, barrier, keys = base / str(turn), FORK.Barrier(8), FORK.Queue()
        children = [FORK.Process(target=work, args=(place, barrier, keys)) for _child in range(8)]
        for child in children:
            child.start()
        made = {keys.get(timeout=60) for _child in children}
        for child in children:
            child.join()
        assert made == {memory(place).key()}
        assert {memory(place).get(str(child.pid)) for child in children} == {"x"}


def test_whatever_fails_is_one_sentence(base):
    store = memory(base)
    store.close()
    for act in (lambda: store.get("a"), lambda: store.set("a", "x"), store.key):
        with pytest.raises(Failure, match=r"memory\.db is damaged \(Cannot operate on a closed database\), and nothing is sent"):
            act()


def test_a_key_that_is_made_twice_at_once(base, monkeypatch):
    store, second = memory(base), memory(base)
    make, competitor = secrets.token_hex, []

    def make_after_the_other(size):
        monkeypatch.setattr(secrets, "token_hex", make)
        competitor.append(second.key())
        return make(size)

    monkeypatch.setattr(secrets, "token_hex", make_after_the_other)
    assert [store.key()] == competitor == [second.key()] == [memory(base).key()]


def test_a_folder_that_is_made_twice_at_once(base, monkeypatch):
    mkdir = os.mkdir
    monkeypatch.setattr(os, "mkdir", lambda *args, **options: (mkdir(*args, **options), mkdir(*args, **options)))
    fill(base, a="x")
    assert memory(base).get("a") == "x"


@pytest.mark.parametrize("kind", ["ext4", "nfs4"])
def test_one_that_another_process_has_locked_for_too_long(base, monkeypatch, system, kind):
    """With the older journal, who writes keeps readers out too; SQLite's own way to copy would wait for them without end."""
    system(kind)
    monkeypatch.setattr(_memory_file, "BUSY_TIMEOUT", 0.05)
    store = memory(base, a="x")
    locked = r"has been locked for 0\.05 seconds: another process is writing to it, or locks do not work on .* Run this again"
    with contextlib.closing(sqlite3.connect(base / FOLDER / FILE, isolation_level=None)) as competitor:
        competitor.execute("BEGIN EXCLUSIVE")
        for write in (lambda: store.set("a", "y"), lambda: memory(base)):
            with pytest.raises(Failure, match=locked):
                write()
        for read in (lambda: store.get("a"), lambda: memory(base, check_mode=True).get("a")):
            with contextlib.nullcontext() if kind == "ext4" else pytest.raises(Failure, match=locked):
                assert read() == "x"
        # Another credential of the same task does not wait again.
        statements = []
        store._connection.set_trace_callback(statements.append)
        with pytest.raises(Failure, match=locked):
            store.set("b", "y")
        assert statements == []
        competitor.execute("ROLLBACK")
    memory(base).set("a", "y")
    assert memory(base, check_mode=True).get("a") == "y"


def test_a_file_that_comes_to_a_network_while_it_is_used(base, system):
    """It cannot leave WAL then."""
    system("ext4")
    store = memory(base, a="x")
    system("nfs4")
    with pytest.raises(Failure, match=r"cannot be used: another process has opened it with WAL, which does not work on its file system"):
        memory(base)
    store.close()
    assert memory(base).get("a") == "x"


LOCAL = ["bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs", "reiserfs", "tmpfs", "xfs", "zfs"]


def test_the_journal_fits_the_file_system(base, system):
    """And what is written goes to the disk: a machine that loses its power could leave a file that is no database."""
    for kind in (*LOCAL, "nfs4", "cifs", "fuse.sshfs", "", "ext4"):
        system(kind)
        store = memory(base, a="x")
        asked = [store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "busy_timeout")]
        # 1 is NORMAL; a writer is waited for a minute, as docs/troubleshooting.md says.
        assert asked == ["wal" if kind in LOCAL else "truncate", 1, 60_000], kind
        store.close()
    assert memory(base).get("a") == "x"


def test_a_journal_that_cannot_be_changed_now(base, monkeypatch, system):
    """SQLite changes it only for one that is alone; until then all works with the older one."""
    connect = sqlite3.connect

    class Shared(sqlite3.Connection):
        def execute(self, statement, *args):
            if statement == "PRAGMA journal_mode = WAL":
                raise sqlite3.OperationalError("database is locked")
            return super().execute(statement, *args)

    system("ext4")
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **options: connect(*args, factory=Shared, **options))
    store = memory(base, a="x")
    assert store.get("a") == "x"
    assert store._connection.execute("PRAGMA journal_mode").fetchall() == [("delete",)]


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="there is no /proc here")
def test_what_a_folder_is_on(tmp_path):
    (tmp_path / "link").symlink_to("/proc")
    for path in ("/proc/self", tmp_path / "link/self", tmp_path, "/"):
        said = subprocess.run(["df", "--output=fstype", str(path)], capture_output=True, text=True, check=True).stdout
        folder = os.open(path, os.O_RDONLY)
        kind = file_system(folder)
        os.close(folder)
        assert kind == said.split()[-1]


MOUNTS = """\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:41 / /data\\040-\\040x rw shared:2 master:1 - nfs4 server:/data - x rw
221 21 8:2 / /data rw - xfs /dev/sdb1 rw
"""


INFOS = [
    *(("pos:\t0\nflags:\t02100000\nmnt_id:\t21\nino:\t7\n", "ext4"), ("mnt_id:\t22\n", "nfs4"), ("mnt_id:\t221\n", "xfs")),
    *((unclear, "") for unclear in ("mnt_id:\t2\n", "pos:\t0\n", "mnt_id:\tx\n", "\xff", None)),
]


@pytest.mark.parametrize(("info", "kind"), INFOS)
def test_how_mounts_are_read(monkeypatch, info, kind):
    def read_text(path, *_args):
        if "mountinfo" in str(path):
            return MOUNTS
        if info is None:
            raise FileNotFoundError(path)
        return info.encode("latin-1").decode("ascii")

    monkeypatch.setattr(Path, "read_text", read_text)
    assert file_system(7) == kind


NO_LOCKS = b"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#define WRAP(name) int name(int file, int what, void *arg) { \\
  if (what == 6 || what == 7) { errno = ENOLCK; return -1; } /* F_SETLK, F_SETLKW */ \\
  return ((int (*)(int, int, ...)) dlsym(RTLD_NEXT, #name))(file, what, arg); }
WRAP(fcntl) WRAP(fcntl64)
"""


def test_locks_that_do_not_work(base, tmp_path):
    """As on NFS without a lock service: refused before anything is sent, with what SQLite says."""
    library = tmp_path / "nolock.so"
    try:
        made = subprocess.run(["cc", "-shared", "-fPIC", "-o", library, "-x", "c", "-"], input=NO_LOCKS, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no C compiler here")
    assert made.returncode == 0, made.stderr
    env = {**os.environ, "LD_PRELOAD": str(library)}
    for check_mode in (False, True):
        code = f"{LOAD} _memory_file.file_system, _memory_file.BUSY_TIMEOUT = lambda _: 'nfs', 0.1; MemoryFile(sys.argv[1], {check_mode})"
        said = subprocess.run([sys.executable, "-c", code, base], env=env, capture_output=True, text=True, check=False).stderr
        assert "has been locked for 0.1 seconds: another process is writing to it, or locks do not work on its file system." in said


def test_a_file_system_that_knows_no_owners(base, monkeypatch):
    fill(base)
    (base / FOLDER).chmod(0o777)
    monkeypatch.setattr(os, "chmod", lambda *_args, **_options: None)
    with pytest.raises(Failure, match=r"its folder cannot be made its owner's alone on this file system"):
        memory(base)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"something else", "file is not a database"),
        (b"SQLite format 3\0" + b"\xff" * 5000, ".*"),
        (["CREATE TABLE records (name TEXT)"], "it is another program's"),
        (["PRAGMA application_id = 7"], "it is another program's"),
        (["PRAGMA user_version = 7"], "it is another program's"),
        (["PRAGMA application_id = 0x56505631"], "no such table: records"),
        (["PRAGMA application_id = 0x56505631", "PRAGMA user_version = 2"], "newer"),
    ],
)
@BOTH
def test_what_is_no_memory_is_refused_and_left_alone(base, content, reason, check_mode):
    (base / FOLDER).mkdir(parents=True)
    path = base / FOLDER / FILE
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        execute(base, *content)
    before = path.read_bytes()
    damaged = rf"is damaged \({reason}\), and nothing is sent.* Move the file away"
    newer = r"was written by a newer version of versori\.platform, and nothing is sent.*Update the collection"
    with pytest.raises(Failure, match=rf"^The memory {path} {newer if reason == 'newer' else damaged}"):
        memory(base, check_mode)
    assert path.read_bytes() == before


def test_moved_away_it_begins_again(base):
    """Also where a run that was killed has left SQLite's own files beside it."""
    _store = memory(base, a="x")  # it is not closed
    (base / FOLDER / FILE).rename(base / "away")
    assert memory(base).get("a") is None
    fill(base, b="y")
    assert (memory(base).get("a"), memory(base).get("b")) == (None, "y")


def test_any_damage_is_one_sentence(base):
    """A page, a few bytes or the end of it lost, at random: a failure, or what was there, or a text that no record is."""
    fill(base, **{f"n{number}": f"{number:0200}" for number in range(200)})
    whole = (base / FOLDER / FILE).read_bytes()
    chance, refused = random.Random(1), 0  # noqa: S311
    for _turn in range(150):
        at, lost = chance.randrange(len(whole)), chance.choice([8, 4096, None])
        if lost == 4096:
            at -= at % lost
        damaged = whole[:at] + (chance.randbytes(lost) + whole[at + lost :] if lost else b"")
        (base / FOLDER / FILE).write_bytes(damaged[: len(whole)])
        try:
            store = memory(base, n0="new")
            for number in range(200):
                store.get(f"n{number}")
            store.key()
            store.close()
        except Failure as failure:
            refused += 1
            assert str(base / FOLDER / FILE) in failure.msg
        for name in files(base):
            (base / FOLDER / name).unlink()
    assert refused > 50


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        *((content, "its key is not valid") for content in ("'kkkk'", "7", f"x'{'6b' * 64}'")),
        (f"CAST(x'{'6b' * 20}ff{'6b' * 20}' AS TEXT)", "it holds bytes that are no text"),
    ],
)
def test_a_key_that_is_none(base, content, reason):
    """It is not repeated."""
    store = memory(base)
    store.key()
    store._connection.execute(f"UPDATE fingerprint_key SET content = {content}")
    with pytest.raises(Failure, match=rf"is damaged \({reason}\).*Move the file away") as caught:
        memory(base).key()
    assert "kkkk" not in caught.value.msg.replace(str(base), "")


def test_the_first_version_of_the_file(base):
    """As it is once released: a later release that changes it makes a new version of it, and still reads this one."""
    memory(base).key()
    tables = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
    assert execute(base, "PRAGMA application_id", "PRAGMA user_version", tables) == [
        *([(0x56505631,)], [(1,)]),
        [
            ("CREATE TABLE fingerprint_key (id INTEGER PRIMARY KEY CHECK (id = 1), content TEXT NOT NULL)",),
            ("CREATE TABLE records (name TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID",),
        ],
    ]


def test_a_text_that_is_none_is_its_records_matter(base):
    """Whoever reads that record says so; the others can be used."""
    store = memory(base, b="y")
    store._connection.execute("INSERT INTO records VALUES ('a', CAST(x'7bff' AS TEXT))")
    store.close()
    kept = memory(base)
    assert kept.get("b") == "y"
    with pytest.raises(Failure, match=r"is damaged \(it holds bytes that are no text\)"):
        kept.get("a")


def test_tables_that_cannot_be_made_keep_nobody_out(base, monkeypatch):
    """Not even while somebody still looks at the failure; and nothing is left of them."""
    monkeypatch.setattr(_memory_file, "BUSY_TIMEOUT", 0.05)
    with monkeypatch.context() as patch:
        patch.setattr(_memory_file, "_TABLES", (*_memory_file._TABLES, "ALTER TABLE none ADD x"))
        with pytest.raises(Failure, match="no such table") as caught:
            memory(base)
    assert (base / FOLDER / FILE).read_bytes() == b""
    fill(base, a="y")
    assert caught.value.__context__ is not None


def test_a_python_without_it(base, monkeypatch):
    needed = r"^The memory needs Python's sqlite3 module with SQLite 3\.22 or newer, and .* has"
    with monkeypatch.context() as patch, pytest.raises(Failure, match=rf"{needed} none: use another"):
        patch.setattr(_memory_file, "sqlite3", None)
        memory(base)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 21, 0))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.21.0")
    with pytest.raises(Failure, match=rf"{needed} 3\.21\.0"):
        memory(base)
    assert not base.exists()


def test_a_python_that_was_built_without_it(base):
    """The whole import, in a process of its own."""
    code = "import sys; sys.modules['sqlite3'] = None;" + LOAD + "MemoryFile(sys.argv[1])"
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


@BOTH
def test_a_link_as_folder(base, victim, monkeypatch, check_mode):
    """Also where it is laid after the look."""
    base.mkdir(mode=0o777)
    (base / FOLDER).symlink_to(victim)
    with pytest.raises(Failure, match="cannot be used: its folder is a link, which may lead anywhere"):
        memory(base, check_mode)
    monkeypatch.setattr(os.path, "islink", lambda _path: False)
    with pytest.raises(Failure, match=r"cannot be used: (there is a file where its folder should be|Too many levels of symbolic links)"):
        memory(base, check_mode)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
@pytest.mark.parametrize("name", [FILE, f"{FILE}-wal", f"{FILE}-shm", f"{FILE}-journal"])
@BOTH
def test_a_link_as_file(base, victim, name, check_mode, kind):
    fill(base, a="x")
    path = base / FOLDER / name
    path.unlink(missing_ok=True)
    {"link": lambda: path.symlink_to(victim / "precious"), "pipe": lambda: os.mkfifo(path), "folder": path.mkdir}[kind]()
    with pytest.raises(Failure, match=f"cannot be used: {name} is not a regular file"):
        memory(base, check_mode)


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP, errno.ENOSYS])
@pytest.mark.parametrize("mode", [0o777, 0o700])
def test_a_file_system_without_modes(base, monkeypatch, mode, number):
    """As of vfat: whose modes are what its mount says, and chmod fails. A folder that is private by itself is enough."""
    fill(base, a="x")
    (base / FOLDER).chmod(mode)
    (base / FOLDER / FILE).chmod(0o666)

    def chmod(*_arguments, **_keywords):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "chmod", chmod)
    if mode == 0o700:
        assert memory(base).get("a") == "x"
    else:
        with pytest.raises(Failure, match="cannot be used: its folder cannot be made its owner's alone on this file system"):
            memory(base)


@pytest.mark.parametrize("name", ["~", "~nobodysuch"])
@BOTH
def test_no_home(monkeypatch, base, check_mode, name):
    """Neither HOME nor the user database names one: Ansible then takes a folder of that name in the working directory."""
    monkeypatch.setattr(_memory_file.C.config, "get_config_value", lambda _name: str(base / name / ".ansible"))
    with pytest.raises(Failure, match="There is no home folder to keep the memory in"):
        MemoryFile(None, check_mode)
    assert not base.exists()


@BOTH
def test_a_folder_of_somebody_elses(base, monkeypatch, check_mode):
    """A key that somebody laid there beforehand would let them try passwords against the fingerprints."""
    fill(base, a="x")
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(Failure, match=rf"cannot be used: its folder belongs to another user \(id {owner}\)\..* set cache_connection to"):
        memory(base, check_mode)


@pytest.fixture
def shared():
    """A folder of a group, where its members may go: not below pytest's own."""
    folder = Path(tempfile.mkdtemp())
    os.chown(folder, 0, 1000)
    folder.chmod(0o2770)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
@BOTH
def test_a_folder_that_a_group_shares(shared, check_mode):
    """Its subfolder is its first user's alone, so that the second one cannot even look whose it is from within."""

    def in_turn(user):
        receiving, sending = FORK.Pipe(duplex=False)

        def use():
            try:
                os.setgroups([])
                os.setgid(1000)
                os.setuid(user)
                memory(shared, check_mode and user == 12346, a="x").close()
                sending.send("")
            except Failure as failure:
                sending.send(failure.msg)
            except BaseException as problem:
                sending.send(repr(problem))
                raise

        child = FORK.Process(target=use)
        child.start()
        sending.close()  # so that a child that dies without a word ends the wait
        try:
            return receiving.recv()
        finally:
            child.join()

    assert in_turn(12345) == ""
    assert "cannot be used: its folder belongs to another user (id 12345)." in in_turn(12346)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@BOTH
def test_a_file_of_somebody_elses(base, check_mode):
    fill(base, a="x")
    os.chown(base / FOLDER / FILE, 12345, 12345)
    with pytest.raises(Failure, match=rf"cannot be used: {FILE} belongs to another user \(id 12345\)"):
        memory(base, check_mode)


@pytest.mark.parametrize("back", [False, True])
@BOTH
def test_a_folder_that_is_exchanged_meanwhile(base, monkeypatch, check_mode, back):
    """Also where it is put back before anybody looks: what counts is what SQLite has opened."""
    fill(base, a="x")
    fill(base / "trap", a="trap", b="y")
    connect = MemoryFile._connect

    def exchange():
        (base / FOLDER).rename(base / "away")
        (base / "trap" / FOLDER).rename(base / FOLDER)
        (base / "away").rename(base / "trap" / FOLDER)

    def open_the_trap(self, mode):
        exchange()
        connection = connect(self, mode)
        if back:
            exchange()
        return connection

    monkeypatch.setattr(MemoryFile, "_connect", open_the_trap)
    with pytest.raises(Failure, match="somebody exchanged its folder just now"):
        memory(base, check_mode)


def test_a_log_in_somebody_elses_folder(base):
    """SQLite opens its log later than the file: one in another folder would bring in what that one holds."""
    _store = memory(base, a="x")
    log = base / FOLDER / f"{FILE}-wal"
    with _memory_folder.own_folder(str(base / FOLDER), make=False) as (own, _sizes):
        _memory_file.check_opened(own, FILE, log.name, f"{FILE}-shm")
        log.rename(base / "away")
        for content in (None, (base / "away").read_bytes()):
            if content:
                log.write_bytes(content)
            with pytest.raises(OSError, match="somebody exchanged its folder just now"):
                _memory_file.check_opened(own, log.name)


@pytest.mark.parametrize("numbers", [None, [], ["0", "1", "2"]])
@BOTH
def test_a_system_that_does_not_tell_what_is_open(base, monkeypatch, numbers, check_mode):
    fill(base, a="x")

    def listdir(path):
        if numbers is None:
            raise FileNotFoundError(path)
        return numbers

    monkeypatch.setattr(_memory_folder.os, "listdir", listdir)
    assert memory(base, check_mode).get("a") == "x"


def test_the_log_is_looked_at(base, monkeypatch, system):
    asked, check = [], _memory_file.check_opened
    monkeypatch.setattr(_memory_file, "check_opened", lambda own, *names: asked.append(names) or check(own, *names))
    system("ext4")
    _store = memory(base, a="x")
    assert asked == [(FILE,), (FILE, f"{FILE}-wal", f"{FILE}-shm")]
    memory(base, check_mode=True)
    assert asked[2:] == [(FILE, f"{FILE}-wal")]


@pytest.mark.parametrize("how", ["moved", "replaced", "folder moved"])
def test_a_file_that_goes_away_meanwhile(base, how):
    """What is written then would be lost without a word."""
    store = memory(base, a="x")
    (base / FOLDER if how == "folder moved" else base / FOLDER / FILE).rename(base / "away")
    if how == "replaced":
        (base / FOLDER / FILE).write_bytes(b"")
    with pytest.raises(Failure, match=r"cannot be used: (No such file or directory|somebody exchanged it while this task was running)"):
        store.set("a", "y")


def test_a_file_that_is_taken_away_meanwhile(base, monkeypatch):
    """SQLite must not make another one, which an umask could leave open to others."""
    fill(base, a="x")
    connect = MemoryFile._connect

    def take_away(self, way):
        (base / FOLDER / FILE).unlink()
        return connect(self, way)

    monkeypatch.setattr(MemoryFile, "_connect", take_away)
    with pytest.raises(Failure, match="cannot be used: unable to open database file"):
        memory(base)
    assert files(base) == []


@pytest.fixture
def closing(base):
    """Makes the folder one that nothing can be written to, until the end of the test."""

    def close():
        mounts = (["mount", "--bind", base, base], ["mount", "-o", "remount,bind,ro", base])
        try:
            for mount in mounts:
                subprocess.run(mount, check=True, capture_output=True)
        except (FileNotFoundError, subprocess.CalledProcessError):
            if os.geteuid() == 0:
                pytest.skip("nothing can be mounted here, and root may write everywhere")
            (base / FOLDER).chmod(0o500)

    yield close
    if shutil.which("umount"):
        subprocess.run(["umount", "-l", base], check=False, capture_output=True)
    if (base / FOLDER).exists():
        (base / FOLDER).chmod(0o700)


def test_what_was_closed(base, closing):
    fill(base, a="x")
    closing()
    assert memory(base, check_mode=True).get("a") == "x"
    with pytest.raises(Failure, match=r"cannot be used: it is read-only here\. "):
        memory(base)
    assert files(base) == [FILE]


def test_what_a_killed_run_left(base, closing):
    """Some of it is only in SQLite's own files then. It is not passed over, and to read alone does not tidy it up: another run will."""
    kill_after(lambda: memory(base, a="x"))
    before = {name: (base / FOLDER / name).read_bytes() for name in (FILE, f"{FILE}-wal")}
    assert before[f"{FILE}-wal"]
    assert memory(base, check_mode=True).get("a") == "x"
    assert {name: (base / FOLDER / name).read_bytes() for name in before} == before
    closing()
    assert memory(base, check_mode=True).get("a") == "x"


def test_a_write_that_a_killed_run_left_half_done(base, system):
    """With the older journal: what it had overwritten counts."""
    system("nfs4")
    fill(base, a="x", **{f"n{number}": "x" * 1000 for number in range(100)})

    def overwrite():
        file = sqlite3.connect(base / FOLDER / FILE, isolation_level=None)
        file.execute("PRAGMA cache_size = 1")
        file.execute("BEGIN IMMEDIATE")
        file.execute("UPDATE records SET content = upper(content)")
        os.kill(os.getpid(), signal.SIGKILL)

    kill_after(overwrite)
    assert (base / FOLDER / f"{FILE}-journal").stat().st_size
    assert memory(base, check_mode=True).get("a") == "x"
    assert memory(base).get("a") == "x"


def test_what_a_killed_run_left_and_cannot_be_read(base, closing):
    kill_after(lambda: memory(base, a="x"))
    (base / FOLDER / f"{FILE}-shm").unlink()
    closing()
    with pytest.raises(Failure, match="cannot be used: unable to open database file"):
        memory(base, check_mode=True)


def test_four_writers_that_are_killed(base):
    """Nothing that was acknowledged is lost, and the file is whole, whenever they die."""

    def write(name, acknowledged):
        store = memory(base)
        for turn in itertools.count(1):
            store.set(name, f"{turn:0400}")
            acknowledged.value = turn

    chance = random.Random(7)  # noqa: S311
    for _round in range(8):
        counts = {name: FORK.RawValue("i", 0) for name in "abcd"}
        writers = {name: FORK.Process(target=write, args=(name, count)) for name, count in counts.items()}
        for writer in writers.values():
            writer.start()
        for name in chance.sample("abcd", 4):
            enough = chance.randrange(1, 200)
            while counts[name].value < enough:
                assert writers[name].is_alive()
                time.sleep(0.001)
            writers[name].kill()
        for writer in writers.values():
            writer.join()
        assert execute(base, "PRAGMA integrity_check") == [[("ok",)]]
        kept = memory(base)
        for name, count in counts.items():
            assert int(kept.get(name)) >= count.value
            kept.set(name, None)
        kept.close()  # SQLite wants no open file in a process that forks
