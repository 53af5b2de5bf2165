# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that repeats a secret in whatever it may say of a credential; and what may be shown of our own objects."""

import copy
import json

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api.connection import read_connection
from ansible_collections.versori.platform.plugins.module_utils._core.actions import FIND, to_json
from ansible_collections.versori.platform.plugins.module_utils._core.desired import read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import Record, fingerprints
from ansible_collections.versori.platform.plugins.module_utils._core.observed import read_observed, read_summary
from ansible_collections.versori.platform.plugins.module_utils._core.plan import lost_by_replacing, make_plan
from ansible_collections.versori.platform.plugins.module_utils._core.result import make_result

ID = "01KK9J6VFKZSB86BQQT8903TMY"
TIME = "2026-01-31T12:00:00Z"
LONG = "hunter2-hunter2"
ANSWER = {
    "id": ID,
    "type": "oauth2-client",
    "name": "mail",
    "data": {"clientId": "shop", "authorizeUrl": "", "tokenUrl": "https://x.example", "scopes": ["read"], "additionalParams": {"a": "b"}},
    "createdAt": TIME,
    "updatedAt": TIME,
    "usages": [{"environment": {"id": ID, "name": "production", "connection": {"id": ID, "name": "shop"}}}],
    "errors": ["cannot sign in"],
}


def desired(secret, **more):
    data = {"clientId": "shop", "clientSecret": secret, "authorizeUrl": "", "tokenUrl": "https://x.example"}
    return read_desired({"organisation_id": "1", "name": "mail", "type": "oauth2-client", "data": data, **more})


def told(*path, value=None, key=None):
    """An answer with a value or a key put at a place."""
    answer = copy.deepcopy(ANSWER)
    inner = answer
    for part in path[:-1]:
        inner = inner[part]
    inner[key or path[-1]] = value
    return answer


PLACES = [
    *(("name",), ("type",), ("createdAt",), ("updatedAt",), ("errors", 0), ("unknown",), ("data", "clientId"), ("data", "tokenUrl")),
    *(("data", "unknown"), ("data", "scopes", 0), ("data", "additionalParams", "a"), ("usages", 0, "environment", "id")),
    *(("usages", 0, "environment", "name"), ("usages", 0, "environment", "connection", "id")),
]


def everything_shown(answer, secret, credential_id=ID):
    """All that could be printed, kept or shipped of an answer; a Failure's text too."""
    want = desired(secret)
    try:
        observed = read_observed(answer, Mask([secret]), want, credential_id)
    except Failure as failure:
        return repr(failure) + json.dumps(failure.as_result())
    lost = lost_by_replacing(want, observed)
    try:
        plan = make_plan(want, observed, Record("k"))
        result = make_result(want, plan, observed, observed, diff=True)
    except Failure as failure:
        result = failure.as_result()
    return json.dumps([to_json(observed), lost, result]) + repr(observed)


@pytest.mark.parametrize("secret", [LONG, "s3c"])
@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_a_value(place, secret):
    assert secret not in everything_shown(told(*place, value=f"told {secret}."), secret)


@pytest.mark.parametrize("secret", [LONG, "s3c"])
@pytest.mark.parametrize("place", [("x",), ("data", "x"), ("usages", 0, "environment", "x"), ("data", "additionalParams", "x")])
def test_a_key(place, secret):
    assert secret not in everything_shown(told(*place, value="1", key=secret), secret)


@pytest.mark.parametrize("credential_id", [None, ID])
def test_an_id(credential_id):
    """It is not used: it would be printed, and be part of what is remembered."""
    assert LONG not in everything_shown(told("id", value=LONG), LONG, credential_id)
    for read, where in (
        (read_summary, "An id in the list"),
        (lambda *args: read_observed(*args, None, credential_id), "The id in the answer"),
    ):
        with pytest.raises(Failure, match=f"{where} holds a secret") as caught:
            read(told("id", value=f"x{LONG}"), Mask([LONG]))
        assert LONG not in repr(caught.value)


def test_an_id_that_was_asked_for_is_no_news():
    """Somebody may use an id as a secret; it is in the task in the clear then."""
    assert read_observed(ANSWER, Mask([ID]), desired(ID), ID).id == ID


@pytest.mark.parametrize("short", ["K9", "01", "0", "T", "2026"])
def test_a_short_secret_garbles_neither_id_nor_time(short):
    observed = read_observed(ANSWER, Mask([short]), desired(short))
    assert (observed.id, observed.type, observed.updated_at) == (ID, "oauth2-client", TIME)
    assert observed.credential["usages"][0]["environment"]["id"] == ID
    assert read_summary({**ANSWER, "authSchemeType": "oauth2"}, Mask([short]))["id"] == ID


def test_no_object_tells_a_secret_of_itself():
    """In a log, a traceback or a debugger's line: the repr of everything that holds a secret, or was made from one."""
    want = desired(LONG)
    connection = read_connection({"api_key": LONG})
    prints = fingerprints(b"key", connection.api_url, ID, want)
    observed = read_observed(told("data", "clientSecret", value=LONG), Mask([LONG]), want, ID)
    record = Record("k", prints, TIME)
    plan = make_plan(want, observed, Record("k", prints), record)
    objects = (want, connection, observed, record, plan, (FIND, want, observed), make_result(want, plan, observed, observed, diff=True))
    assert LONG not in repr(objects)
