# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory in a shared cache: what a plugin may do or say, and what becomes of it."""

from __future__ import annotations

import pytest
from ansible.plugins.cache import BaseCacheModule
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import Record
from ansible_collections.versori.platform.plugins.plugin_utils._memory import Memory
from ansible_collections.versori.platform.plugins.plugin_utils._memory_cache import SharedCache

URL, ORG, ID = "https://platform.versori.com/api/connect/v1alpha1", "01HFS2NEAZ6ECZBZMN4FF775P7", "01KK9J6VFKZSB86BQQT8903TMY"
KEY = "kf" * 20


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

        contains = flush = keys

    monkeypatch.setattr(SharedCache, "_find", lambda _self: CacheModule)
    return server


def memory(connection: str = "cache:6379:0") -> Memory:
    return Memory(URL, cache_plugin="some.redis.plugin", cache_connection=connection, fingerprint_key=KEY)


def test_there_and_back(server):
    one = memory()
    record = Record(one.key_id, {"value": "ab"}, "2026-01-02T03:04:05Z")
    assert one.read(ORG, ID) is None
    one.write(ORG, ID, record)
    assert one.read(ORG, ID) == memory().read(ORG, ID) == record
    [name] = server.held
    assert name == "versori_platform_1614e3c977f3b91469188d265e0e3fb590cc9114"
    assert server.held[name] == record.as_text()
    memory().write(ORG, ID, None)
    memory().write(ORG, ID, None)
    assert (memory().read(ORG, ID), server.held) == (None, {})


def test_nothing_expires_and_nothing_is_renamed(server):
    memory()
    assert server.options == [{"_uri": "cache:6379:0", "_prefix": "", "_timeout": 0, "_keyset_name": "versori_platform_keys"}]


def test_a_write_that_does_not_arrive_is_a_failure(server, monkeypatch):
    one = memory()
    monkeypatch.setattr(type(one._place._cache), "set", lambda *_args: None)
    for act in (one.check, lambda: one.write(ORG, ID, Record(one.key_id))):
        with pytest.raises(Failure, match="could not be read back"):
            act()


def test_a_write_that_another_controller_answers(server, monkeypatch):
    """It writes the same record at the same moment: neither is wrong."""
    one = memory()
    real = type(one._place._cache).set

    def both(self, key, value):
        real(self, key, value)
        server.held[key] = "the other controller's"

    monkeypatch.setattr(type(one._place._cache), "set", both)
    one.write(ORG, ID, Record(one.key_id))


@pytest.mark.parametrize("trouble", [OSError("Connection refused"), RuntimeError("READONLY"), TimeoutError("timed out")])
def test_a_server_that_goes_away_is_asked_once(server, trouble):
    one = memory()
    server.trouble = trouble
    for _time in range(3):
        asked = server.asked
        with pytest.raises(
            Failure, match=rf"\(cache_plugin some\.redis\.plugin\) cannot be used: {trouble}\. .* nothing is sent without it"
        ):
            one.read(ORG, ID)
    assert server.asked == asked


def test_a_server_that_is_down_is_found_before_any_request(server):
    server.trouble = OSError("Connection refused")
    with pytest.raises(Failure, match="Connection refused"):
        memory()


@pytest.mark.parametrize("content", ["{", "[]", "null", '{"format": 1}'])
def test_a_damaged_record_is_a_failure(server, content):
    name = "versori_platform_1614e3c977f3b91469188d265e0e3fb590cc9114"
    server.held[name] = content
    with pytest.raises(Failure, match=rf"is damaged \(it holds no record\), .* Delete the key {name} there: then that secret is pushed"):
        memory().read(ORG, ID)


def test_a_value_that_the_plugin_cannot_read_is_the_records_matter(server):
    one = memory()
    server.trouble = ValueError("Expecting value: line 1 column 1")
    with pytest.raises(Failure, match=r"is damaged \(Expecting value: line 1 column 1\), .* Delete the key versori_platform_1614e3"):
        one.read(ORG, ID)
    server.trouble = None
    assert one.read(ORG, ID) is None


@pytest.mark.parametrize("value", [{"format": 1}, ["x"], 7, True, b"{"])
def test_what_is_no_text_is_not_ours(server, value):
    server.held["versori_platform_1614e3c977f3b91469188d265e0e3fb590cc9114"] = value
    assert memory().read(ORG, ID) is None


@pytest.mark.parametrize(
    "connection",
    ["cache:6379:0:hunter22", "tls://[::1]:6379:0:hun:ter22", "a:26379;b:26379;0:hunter22", "redis://me:hunter22@cache:6379/0"],
)
def test_what_a_plugin_says_goes_on_without_the_password(server, connection):
    password = "hun:ter22" if "hun:" in connection else "hunter22"
    server.trouble = RuntimeError(f"cannot sign in to {connection}, or with {password}, at 127.0.0.1:6379\nand more")
    with pytest.raises(Failure, match=r"cannot sign in to \*+, or with \*+, at 127\.0\.0\.1:6379\. It is") as caught:
        memory(connection)
    assert password not in caught.value.msg


def test_it_demands_a_key(server):
    with pytest.raises(Failure, match=r"fingerprint_key is needed with cache_plugin some\.redis\.plugin: several controllers"):
        Memory(URL, cache_plugin="some.redis.plugin")


def test_a_cache_that_forgets_is_refused():
    one = Memory(URL, cache_plugin="ansible.builtin.memory", fingerprint_key=KEY)
    with pytest.raises(Failure, match="could not be read back"):
        one.check()


@pytest.mark.parametrize("name", ["jsonfile", "ansible.builtin.jsonfile", "ansible.legacy.jsonfile"])
def test_a_file_cache_by_any_of_its_names_is_refused(tmp_path, name):
    with pytest.raises(
        Failure, match=rf"cache_plugin {name} keeps files on one controller, .* leave cache_plugin out, and give the folder"
    ):
        Memory(URL, cache_plugin=name, cache_connection=str(tmp_path), fingerprint_key=KEY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["nobody.nothing.cache", "nothing", "ansible.builtin.nothing"])
def test_a_plugin_that_is_missing_is_said(name):
    with pytest.raises(Failure, match=f"cache_plugin {name} is not installed"):
        Memory(URL, cache_plugin=name, fingerprint_key=KEY)
