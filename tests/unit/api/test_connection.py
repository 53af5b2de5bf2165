# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connection options: one way to sign in, https unless it stays on this machine."""

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
def test_sign_in(options, header, value):
    connection = read_connection(options)
    assert (connection.header, connection.scheme + connection.token) == (header, value)
    assert connection.api_url == DEFAULT_API_URL
    assert connection.token not in repr(connection)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "No way to sign in is set"),
        ({"api_key": "a", "jwt": "b"}, "api_key and jwt are set"),
        ({"api_key": "a\nHost: x"}, "api_key holds characters"),
        ({"api_key": "schlüssel"}, "api_key holds characters"),
        ({"api_key": "a", "api_url": "http://platform.versori.com"}, "api_url is plain http to platform.versori.com"),
        ({"api_key": "a", "api_url": "http://127.0.0.1.example.com"}, "api_url is plain http"),
        ({"api_key": "a", "api_url": "ftp://x"}, "api_url is not a URL"),
        ({"api_key": "a", "api_url": "platform.versori.com"}, "api_url is not a URL"),
        ({"api_key": "a", "api_url": "https://[::1"}, "api_url is not a URL"),
        ({"api_key": "a", "api_url": "https://user:pw@host/x"}, "api_url must hold neither"),
        ({"api_key": "a", "api_url": "https://host/x?y=z"}, "api_url must hold neither"),
        ({"api_key": "a", "timeout": -1.0}, "timeout must be"),
        ({"api_key": "a", "retries": 99}, "retries must be"),
    ],
)
def test_refusals(options, sentence):
    with pytest.raises(Failure) as caught:
        read_connection(options)
    assert caught.value.msg.startswith(sentence)
    assert "pw@" not in caught.value.msg


@pytest.mark.parametrize("url", ["http://localhost:1/x", "http://127.0.0.1:8/x", "http://127.8.9.1/x", "http://[::1]:5/x/"])
def test_plain_http_stays_on_this_machine(url):
    assert read_connection({"api_key": "a", "api_url": url}).api_url == url.rstrip("/")
