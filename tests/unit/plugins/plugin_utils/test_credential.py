# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One credential's options: `data` that is a text, and a file for `binary`."""

import json

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.plugin_utils._credential import date_hint, read_credential, secrets_in

FILES = {"secret.bin": b"hush-file", "empty.bin": b""}
COMMON = {"organisation_id": "01HFS2NEAZ6ECZBZMN4FF775P7", "name": "n"}


@pytest.mark.parametrize(
    ("options", "secrets"),
    [
        ({"type": "string", "data": '{"value": "hush-json"}'}, {"value": "hush-json"}),
        ({"type": "binary", "src": "secret.bin"}, {"valueBase64": "aHVzaC1maWxl"}),
        ({"type": "binary", "src": "missing.bin", "state": "absent"}, {}),
    ],
)
def test_what_is_read(options, secrets):
    assert read_credential({**COMMON, **options}, FILES.__getitem__).secrets == secrets


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"type": "string", "data": "value=hush"}, "data must be a mapping of field names to values, or a text that is one in JSON."),
        ({"type": "string", "data": '["hush"]'}, "data must be a mapping of field names"),
        ({"type": "string", "data": "[" * 100_000}, "data must be a mapping of field names"),
        ({"type": "string", "data": '{"value": "hush", "value": "hush"}'}, "data gives one field twice: keep one."),
        ({"type": "string", "data": "{'value': datetime.date(2026, 1, 2)}"}, "because a date in it is not quoted"),
        ({"type": "string", "src": "secret.bin"}, "src is for type binary only"),
        ({"type": "binary", "src": "secret.bin", "data": {"valueBase64": "aHVzaA=="}}, "src and data are both set: keep one."),
        ({"type": "binary", "src": "empty.bin"}, "src empty.bin is an empty file."),
    ],
)
def test_what_is_refused(options, words):
    with pytest.raises(Failure) as caught:
        read_credential({**COMMON, **options}, FILES.__getitem__)
    assert words in caught.value.msg and "hush" not in caught.value.msg


def test_a_text_without_a_date_has_no_hint():
    assert date_hint("value=2026-01-02") == ""


def test_secrets_of_a_list_that_may_be_wrong():
    """It is for another task to say what is wrong; whatever may be a secret counts."""
    data = {"username": "me", "password": "hush-1"}
    items = [{"data": data}, {"data": json.dumps({"value": "hush-2"})}, {"data": "odd"}, {"src": "secret.bin"}, {"src": 7}, "odd", None]
    assert {"hush-1", "hush-2", "hush-file"} <= set(secrets_in(items, FILES.__getitem__))
    assert secrets_in("odd", FILES.__getitem__) == []
