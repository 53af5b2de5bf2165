# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which options are secrets: masked wherever ansible-core 2.22 prints, and left out of the invocation in a result."""

import json

import pytest
from ansible_collections.versori.platform.plugins.plugin_utils import _secrets

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
DATA = {"username": "me", "password": "hush-password", "misspelt": "hush-misspelt", "scopes": ["a"]}


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"api_key": "hush", "name": "n", "workers": 3, "timeout": None}, {"api_key": HIDDEN, "name": "n", "workers": 3, "timeout": None}),
        ({"pasword": "hush"}, {"pasword": HIDDEN}),  # what is misspelt may be one
        ({"data": DATA}, {"data": {"username": "me", "password": HIDDEN, "misspelt": HIDDEN, "scopes": ["a"]}}),
        ({"data": "hush"}, {"data": HIDDEN}),
        ({"credentials": [{"data": DATA}] * 3}, {"credentials": "3 credentials"}),
        ({"api_url": "https://host/x"}, {"api_url": "https://host/x"}),
        ({"api_url": "https://me:hush@host"}, {"api_url": HIDDEN}),
        ({"name": [["deep"]]}, {"name": HIDDEN}),
        ({"name": {7: "key"}}, {"name": HIDDEN}),
        ("hush", HIDDEN),
    ],
)
def test_the_invocation(options, shown):
    assert _secrets.without_secrets(options) == shown


@pytest.mark.parametrize(
    ("options", "registered"),
    [
        ({"api_key": " hush-key ", "fingerprint_key": "hush-finger", "name": "not-a-secret"}, {"hush-key", "hush-finger"}),
        ({"data": DATA}, {"hush-password", "hush-misspelt"}),
        ({"data": json.dumps(DATA)}, {json.dumps(DATA), "hush-password", "hush-misspelt"}),
        ({"credentials": [{"data": DATA}, "odd", None]}, {"hush-password", "hush-misspelt"}),
        ({"hide": [{"data": {"value": "hush-hidden"}}]}, {"hush-hidden"}),
        ({"jwt": "short"}, set()),  # it would garble each line that Ansible prints
        ({"jwt": 7, "data": 7, "credentials": 7}, set()),
    ],
)
def test_what_ansible_is_to_mask(monkeypatch, options, registered):
    masked = []
    monkeypatch.setattr(_secrets, "_register", masked.append)
    _secrets.register_secrets(options)
    assert masked == [registered]
