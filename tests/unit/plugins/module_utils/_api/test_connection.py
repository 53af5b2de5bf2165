# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection options: one authentication (contract, "Authentication"), https unless it stays on this machine."""

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api.connection import DEFAULT_API_URL, read_connection
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure


@pytest.mark.parametrize(
    ("options", "header", "value"),
    [
        ({"api_key": "k3y"}, "Authorization", "Bearer k3y"),
        ({"api_key": "Bearer k3y"}, "Authorization", "Bearer k3y"),
        ({"jwt": "a.b.c"}, "Authorization", "JWT a.b.c"),
        ({"jwt": "jwt a.b.c"}, "Authorization", "JWT a.b.c"),
        ({"session_cookie": "session=x; other=y"}, "Cookie", "session=x; other=y"),
        ({"api_key": "k3y", "jwt": ""}, "Authorization", "Bearer k3y"),
    ],
)
def test_authentication(options, header, value):
    connection = read_connection(options)
    assert (connection.header, connection.scheme + connection.token) == (header, value)
    assert connection.api_url == DEFAULT_API_URL
    assert connection.token not in repr(connection)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "No authentication is set"),
        ({"api_key": "a", "jwt": "b"}, "api_key and jwt are set"),
        ({"api_key": "a\nHost: x"}, "api_key holds characters"),
        ({"api_key": "schlüssel"}, "api_key holds characters"),
        *(({"api_key": "a", "timeout": timeout}, "timeout must be") for timeout in (-1.0, 0)),
        *(({"api_key": key}, "api_key holds nothing to authenticate with") for key in (" ", "Bearer ", " bearer")),
        ({"jwt": "JWT"}, "jwt holds nothing to authenticate with"),
        ({"session_cookie": "  "}, "session_cookie holds nothing to authenticate with"),
        ({"api_key": "a", "retries": 99}, "retries must be"),
    ],
)
def test_refusals(options, sentence):
    with pytest.raises(Failure) as caught:
        read_connection(options)
    assert caught.value.msg.startswith(sentence)


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("HTTPS://Platform.Versori.COM/Api/", "https://platform.versori.com/Api"),
        ("https://host:443/x", "https://host/x"),
        ("https://host:0443", "https://host"),
        ("https://host:/x", "https://host/x"),
        ("https://host:80/x", "https://host:80/x"),
        ("HTTP://LocalHost:80/x", "http://localhost/x"),
        ("http://127.0.0.1:443", "http://127.0.0.1:443"),
        ("Http://[0:0:0:0:0:0:0:1]:5//", "http://[::1]:5"),
        ("https://[2001:DB8::1]/x", "https://[2001:db8::1]/x"),
        (" https://host/a%2Fb/~c:d@e ", "https://host/a%2Fb/~c:d@e"),
        ("https://a_b.xn--bcher-kva.example", "https://a_b.xn--bcher-kva.example"),
        ("http://127.8.9.1/x", "http://127.8.9.1/x"),  # plain http stays on this machine
    ],
)
def test_a_url_has_one_spelling(url, read):
    assert read_connection({"api_key": "a", "api_url": url}).api_url == read
    assert read_connection({"api_key": "a", "api_url": read}).api_url == read


ODD_URLS = {
    "is not a URL of the form": [
        *("https://", "https:///x", "https://*.x", "https://%", "https://a..b", "https://a.", "https://.", "https://-a", "https://a-"),
        *("https://host:0", "https://host:99999", "https://host:x", "https://host:-1", "https://[::1", "https://::1", "https://[a]"),
        *("https://[127.0.0.1]", "https://[fe80::1%25eth0]", "https://[fe80::1%eth0]", "https://[v1.a]", "https://[::1]x"),
        *("https://x[::1]", "https://127.1", "https://0x7f.1", "https://2130706433", "https://1.2.3.4.5", "https://127.0.0.01"),
        *("http://127.1", "http://0x7f.1", "https://" + "a" * 64, "https://" + "a." * 127 + "aa"),
        *("https:host", "https:/host/x", "//host", "host", "platform.versori.com", "ftp://x", "mailto:a", "javascript:x"),
        *("https://a,b", "https://a;b", "https://a'b", "https://a<b", "https://a|b", "https://a&b"),
    ],
    "holds characters that no URL has": [
        *("https://exa mple.com", "https://host/a b", "https://ho\tst", "https://host/\n", "ht\ntps://host", "https://host\r\n/x"),
        *("\x00https://host", "https://host/\x7f", "https:\\\\host", "https://host\\@evil", "https://b\u00fccher.de"),
        *("https://host/\u00fc", "https://ho\u00adst", "https://\u2100.com", "https://host\uff0eevil", "https://host/\udcff"),
        *("\u00a0https://host", "https://host\u2028"),
    ],
    "must hold neither a user name nor a query": [
        *("https://user@host", "https://@host", "https://user:pw@host/x", "https://:@host", "https://a@b@host", "https://host/?"),
        *("https://host?", "https://host/x#", "https://host#@evil", "https://host/x?y", "http://127.0.0.1@evil.example/"),
    ],
    "has a path that servers may read in several ways": [
        *("https://host/.", "https://host/..", "https://host/a/../b", "https://host/%2e%2E/b", "https://host/.%2e", "https://host/./a"),
        *("https://host/%", "https://host/%zz", "https://host/%2", "https://host/a<b", "https://host/{x}", "https://host/[x]"),
    ],
    "is plain http to": [
        *("http://host", "HTTP://host", "http://localhost.evil", "http://localhost.localdomain", "http://[::2]", "http://128.0.0.1"),
        *("http://[::ffff:127.0.0.1]", "http://0.0.0.0", "http://[::]", "http://127.0.0.1.evil", "http://platform.versori.com"),
    ],
}


@pytest.mark.parametrize(("words", "url"), [(words, url) for words, urls in ODD_URLS.items() for url in urls])
def test_what_could_be_read_in_two_ways_is_refused(words, url):
    with pytest.raises(Failure) as caught:
        read_connection({"api_key": "a", "api_url": url})
    assert caught.value.msg.startswith(f"api_url {words}")
    assert "pw" not in caught.value.msg
