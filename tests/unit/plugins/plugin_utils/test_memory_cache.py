# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory in a shared cache: what a plugin may do or say, and what becomes of it."""

import threading

import pytest
from ansible.plugins.cache import BaseCacheModule
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import Record
from ansible_collections.versori.platform.plugins.plugin_utils import _memory_cache
from ansible_collections.versori.platform.plugins.plugin_utils._memory import Memory

URL, ORG, ID = "https://platform.versori.com/api/connect/v1alpha1", "01HFS2NEAZ6ECZBZMN4FF775P7", "01KK9J6VFKZSB86BQQT8903TMY"
KEY = "kf" * 20
OF = {"api_url": URL, "organisation_id": ORG, "credential_id": ID}
PROBE, NAME = "versori_platform_probe", "versori_platform_1614e3c977f3b91469188d265e0e3fb590cc9114"


def fail(problem):
    def raise_it(*_args, **_options):
        raise problem

    return raise_it


class Server:
    """What stands behind the plugin; each of its methods may be made to raise."""

    def __init__(self):
        self.held, self.trouble, self.options, self.asked = {}, None, [], 0

    def act(self):
        self.asked += 1
        if self.trouble:
            raise self.trouble


@pytest.fixture
def server(monkeypatch):
    server = Server()

    class CacheModule(BaseCacheModule):
        """As those of Redis and memcached are: with a copy of its own, and a delete when it finds nothing."""

        def __init__(self, **options):
            server.options.append(options)
            server.act()
            self._cache = {}

        def get(self, key):
            if key not in self._cache:
                server.act()
                if key not in server.held:
                    self.delete(key)
                    raise KeyError
                self._cache[key] = server.held[key]
            return self._cache[key]

        def set(self, key, value):
            server.act()
            server.held[key] = self._cache[key] = value

        def delete(self, key):
            server.act()
            del self._cache[key]  # as memcached's: nothing is deleted that it has not read
            server.held.pop(key, None)

        def keys(self):
            raise NotImplementedError

        contains = copy = flush = keys

    monkeypatch.setattr(_memory_cache, "_class_of", lambda _plugin: CacheModule)
    return server


def memory(connection: str | None = "cache:6379:0", **options) -> Memory:
    return Memory(URL, cache_plugin="some.redis.plugin", cache_connection=connection, fingerprint_key=KEY, **options)


def test_there_and_back(server):
    kept = memory()
    record = Record(kept.key_id, {"value": "ab"}, "2026-01-02T03:04:05Z")
    assert kept.read(ORG, ID) is None
    kept.write(ORG, ID, record)
    assert kept.read(ORG, ID) == memory().read(ORG, ID) == record
    assert server.held == {PROBE: "{}", NAME: record.as_text(OF)}
    memory().write(ORG, ID, None)
    memory().write(ORG, ID, None)
    assert (memory().read(ORG, ID), server.held) == (None, {PROBE: "{}"})


def test_what_the_plugin_is_told(server):
    """Nothing expires and nothing is renamed; a prefix of one's own counts, and without a place the plugin's own is meant."""
    assert memory().key == KEY.encode()
    assert server.options == [{"_uri": "cache:6379:0", "_prefix": "", "_timeout": 0, "_keyset_name": "versori_platform_keys"}] * 2
    server.options.clear()
    server.held.clear()
    kept = memory(None, cache_prefix="team_")
    assert server.options == [{"_prefix": "", "_timeout": 0, "_keyset_name": "team_keys"}] * 2
    kept.write(ORG, ID, Record(kept.key_id))
    assert list(server.held) == ["team_probe", "team_1614e3c977f3b91469188d265e0e3fb590cc9114"]


def test_no_thread_for_it(server, monkeypatch):
    monkeypatch.setattr(threading.Thread, "start", fail(RuntimeError("can't start new thread")))
    with pytest.raises(Failure, match=r"cannot be used: no thread can be started for it on the controller \(ulimit -u\)\."):
        memory()


def test_a_write_that_arrives_the_second_time(server, monkeypatch):
    """Another controller that found no record may have deleted the first one."""
    kept = memory()
    real, written = type(kept._store._cache).set, []

    def set_and_lose_the_first(self, key, value):
        real(self, key, value)
        written.append(value)
        if len(written) == 1:
            del server.held[key]

    monkeypatch.setattr(type(kept._store._cache), "set", set_and_lose_the_first)
    record = Record(kept.key_id)
    kept.write(ORG, ID, record)
    assert (memory().read(ORG, ID), len(written)) == (record, 2)


@pytest.mark.parametrize("lost", ["the only one", "the new one", "both"])
def test_a_write_that_does_not_arrive_is_a_failure(server, monkeypatch, lost):
    """An older one says that the server holds other secrets than it does."""
    kept = memory()
    if lost != "the only one":
        kept.write(ORG, ID, Record(kept.key_id, updated_at="2026-01-02T03:04:05Z"))
    monkeypatch.setattr(type(kept._store._cache), "set", lambda _self, key, _value: server.held.pop(key, None) if lost == "both" else None)
    with pytest.raises(Failure, match="could not be read back"):
        memory().write(ORG, ID, Record(kept.key_id))


def test_a_write_that_another_controller_answers(server, monkeypatch):
    """It writes the same record at the same moment: neither is wrong."""
    kept = memory()
    real = type(kept._store._cache).set

    def both(self, key, value):
        real(self, key, value)
        server.held[key] = "the other controller's"

    monkeypatch.setattr(type(kept._store._cache), "set", both)
    kept.write(ORG, ID, Record(kept.key_id))


@pytest.mark.parametrize("trouble", [OSError("refused"), RuntimeError("READONLY"), TimeoutError("late"), UnicodeError("a host's label")])
def test_a_server_that_goes_away_is_asked_once(server, trouble):
    kept = memory()
    server.trouble = trouble
    for _time in range(3):
        asked = server.asked
        with pytest.raises(Failure, match=rf"\(cache_plugin some\.redis\.plugin\) cannot be used: {trouble}\. .* nothing is sent without"):
            kept.read(ORG, ID)
    assert server.asked == asked


@pytest.mark.parametrize("reason", ["Broken pipe", "there was no answer for 0.05 seconds"])
@pytest.mark.parametrize("method", ["__init__", "get", "set", "delete"])
@pytest.mark.parametrize("in_use", [False, True])
def test_whatever_fails_is_one_sentence(server, monkeypatch, method, reason, in_use):
    """Also at the first question, when plugins connect. A library may wait without end; the task, and the end of its process, do not."""
    kept = memory() if in_use else None
    silence = threading.Event()
    broken = fail(OSError(reason)) if reason == "Broken pipe" else lambda *_args, **_options: silence.wait()
    monkeypatch.setattr(_memory_cache, "ANSWER_TIMEOUT", 0.05)
    monkeypatch.setattr(_memory_cache._class_of(""), method, broken)
    with pytest.raises(Failure, match=rf"cannot be used: {reason}\. It is needed"):
        (kept or memory()).write(ORG, ID, None if method == "delete" else Record("k"))
    silence.set()


def test_one_thread_at_a_time(server, monkeypatch):
    """No plugin promises more."""
    kept, locked = memory(), []
    monkeypatch.setattr(server, "act", lambda: locked.append(kept._store._lock.locked()))
    for step in (lambda: kept.read(ORG, ID), lambda: kept.write(ORG, ID, Record(kept.key_id)), lambda: kept.write(ORG, ID, None)):
        locked.clear()
        step()
        assert set(locked) == {True}


@pytest.mark.parametrize("content", ["{", "[]", "null", '{"format": 1}', {"format": 1}, ["x"], 7, True, b"{"])
def test_a_damaged_record_is_a_failure(server, content):
    server.held[NAME] = content
    with pytest.raises(Failure, match=rf"is damaged \(a record is not valid\), .* Delete the key {NAME} there: then that secret is pushed"):
        memory().read(ORG, ID)


@pytest.mark.parametrize("kind", [ValueError, TypeError, IndexError, AttributeError])
def test_a_value_that_the_plugin_cannot_read_is_the_records_matter(server, kind):
    kept = memory()
    server.trouble = kind("Expecting value: line 1 column 1")
    with pytest.raises(Failure, match=r"is damaged \(Expecting value: line 1 column 1\), .* Delete the key versori_platform_1614e3"):
        kept.read(ORG, ID)
    server.trouble = None
    assert kept.read(ORG, ID) is None


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_server_that_is_down_and_a_plugin_that_does_not_say_so(server, monkeypatch, check_mode):
    """As memcached's: nothing arrives, and nothing is there. Without more, every secret would look unknown, which may be adopted."""
    kept = memory(check_mode=check_mode)
    monkeypatch.setattr(type(kept._store._cache), "get", fail(KeyError()))
    monkeypatch.setattr(type(kept._store._cache), "set", lambda *_args: None)
    with pytest.raises(Failure, match=r"cannot be used: it has lost its records, or cannot be reached any more\. It is needed"):
        kept.read(ORG, ID)
    with pytest.raises(Failure, match="could not be read back"):
        memory(check_mode=check_mode)


def test_check_mode_writes_no_more_than_that_there_is_a_server(server):
    kept = memory(check_mode=True)
    assert (kept.read(ORG, ID), server.held) == (None, {PROBE: "{}"})
    asked = server.asked
    memory(check_mode=True)
    assert (server.asked - asked, server.held) == (2, {PROBE: "{}"})  # it is made, and it is asked for that


@pytest.mark.parametrize(
    "connection",
    ["cache:6379:0:hunter22", "tls://[::1]:6379:0:hun:ter22", "a:26379;b:26379;0:hunter22", "redis://me:hunter22@cache:6379/0"],
)
def test_what_a_plugin_says_goes_on_without_the_password(server, connection):
    kept, password = memory(connection), "hun:ter22" if "hun:" in connection else "hunter22"
    server.trouble = ValueError(f"{connection} sent nonsense for {password}")
    with pytest.raises(Failure, match=r"is damaged \(\*+ sent nonsense for \*+\)"):
        kept.read(ORG, ID)
    server.trouble = RuntimeError(f"cannot sign in to {connection}, or with {password}, at 127.0.0.1:6379\nand more")
    with pytest.raises(Failure, match=r"cannot sign in to \*+, or with \*+, at 127\.0\.0\.1:6379\. It is") as caught:
        memory(connection)
    assert password not in caught.value.msg


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (OSError(), "OSError"),
        (OSError(" "), "OSError"),
        (OSError("There is no such INDEX."), "There is no such INDEX"),
        (KeyError("_uri"), "'_uri'"),  # of a plugin that is made, it says nothing of records
        (ValueError("no port"), "no port"),
        (SystemExit("no more"), "no more"),
    ],
)
def test_what_a_plugin_says_becomes_a_part_of_a_sentence(server, trouble, said):
    server.trouble = trouble
    with pytest.raises(Failure, match=rf"cannot be used: {said}\. It is needed"):
        memory()


def test_a_late_answer_is_never_taken_for_another_ones(server, monkeypatch):
    """It comes after the plugin was made again in vain: the next question must not get it."""
    kept = memory()
    kept.write(ORG, ID, Record(kept.key_id))
    silence = threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(_memory_cache, "ANSWER_TIMEOUT", 0.05)
        patch.setattr(type(kept._store._cache), "__init__", lambda *_args, **_options: silence.wait())
        with pytest.raises(Failure, match="there was no answer"):
            kept.read(ID, ORG)
    silence.set()
    with pytest.raises(Failure, match="there was no answer"):
        kept.read(ORG, ID)


@pytest.mark.parametrize("name", ["nobody.nothing.cache", "nothing", "ansible.builtin.nothing", "some.redis.plugin"])
def test_a_plugin_that_is_missing_is_said(monkeypatch, name):
    """Or that cannot be imported."""
    if name == "some.redis.plugin":
        monkeypatch.setattr(_memory_cache.cache_loader, "get_with_context", fail(RuntimeError("while it was imported")))
    with pytest.raises(Failure, match=f"cache_plugin {name} is not installed"):
        Memory(URL, cache_plugin=name, fingerprint_key=KEY)


def test_it_demands_a_key(server):
    with pytest.raises(Failure, match=r"fingerprint_key is needed with cache_plugin some\.redis\.plugin: several controllers"):
        Memory(URL, cache_plugin="some.redis.plugin")


@pytest.mark.parametrize("name", ["jsonfile", "ansible.builtin.jsonfile", "ansible.legacy.jsonfile", "ansible.builtin.memory"])
def test_a_cache_that_is_for_one_controller_or_one_run_is_refused(tmp_path, name):
    refused = rf"cache_plugin {name} keeps files, .* leave cache_plugin out, and give the folder" if "file" in name else "not be read back"
    with pytest.raises(Failure, match=refused):
        Memory(URL, cache_plugin=name, cache_connection=str(tmp_path), fingerprint_key=KEY)
    assert list(tmp_path.iterdir()) == []
