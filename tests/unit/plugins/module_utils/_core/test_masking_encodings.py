# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each encoding that is promised, at each place where a server can put a text of its own."""

import json

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api.client import Client, Response, _refusal
from ansible_collections.versori.platform.plugins.module_utils._api.connection import read_connection
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import ENCODINGS, HIDDEN, Mask, OtherSecrets
from ansible_collections.versori.platform.plugins.module_utils._core.observed import read_observed, read_summary

from tests.unit.plugins.module_utils._core.encoders import ENCODERS

ID = "01KK9J6VFKZSB86BQQT8903TMY"
CREDENTIAL = {"id": ID, "type": "string", "name": "n", "data": {}, "createdAt": "2026-01-31T12:00:00Z", "updatedAt": "2026-01-31T12:00:00Z"}
CASES = [(name, secret, form) for name, pairs in ENCODERS.items() for secret, form in pairs]


def refusal(**said):
    def result(form, mask):
        answered = Response(422, {}, json.dumps(_put(said, form)).encode(), False)
        return _refusal(answered, "do it", mask, 30.0).as_result()

    return result


def _put(value, form):
    """A value with the form in the place of each ``...``."""
    if isinstance(value, dict):
        return {key: _put(one, form) for key, one in value.items()}
    if isinstance(value, list):
        return [_put(one, form) for one in value]
    return form if value is ... else value


def observed(**said):
    return lambda form, mask: read_observed({**CREDENTIAL, **_put(said, form)}, mask).view()


def summary(**said):
    return lambda form, mask: read_summary({**CREDENTIAL, **_put(said, form)}, mask)


def content_type(form, mask):
    client = Client(read_connection({"api_key": "unrelated-key"}))
    try:
        client.judge(Response(200, {"Content-Type": form}, b"<p>", True), "do it", mask)
    except Failure as failure:
        return failure.as_result()
    finally:
        client.close()
    raise AssertionError


PLACES = {
    "message": refusal(message=...),
    "cause as a text": refusal(cause=...),
    "cause as an object": refusal(cause={"deep": [{"reason": ...}]}),
    "code": refusal(code=...),
    "a field's name": refusal(fields=[{"field": ..., "message": "m"}]),
    "what is said of a field": refusal(fields=[{"field": "f", "message": ...}]),
    "a reason": observed(errors=[...]),
    "a reason in the list": summary(errors=[...]),
    "name": observed(name=...),
    "name in the list": summary(name=...),
    "type in the list": summary(authSchemeType=...),
    "an environment": observed(usages=[{"environment": {"id": ID, "name": ...}}]),
    "data": observed(type="oauth2-client", data={"clientId": ..., "unknown": ...}),
    "a field that is unknown": observed(unknown={"deep": ...}),
    "Content-Type": content_type,
}
FOR_NUMBERS = {"message", "cause as an object", "a field's name", "what is said of a field", "a reason", "a field that is unknown", "data"}


def test_each_encoding_has_encoders():
    assert list(ENCODERS) == [one.name for one in ENCODINGS]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ENCODERS)
def test_each_encoding_at_each_place(name, place):
    for secret, form in ENCODERS[name]:
        if isinstance(form, str) or place in FOR_NUMBERS:
            masked = PLACES[place](form, Mask([secret]))
            text = json.dumps(masked, ensure_ascii=False)
            for written in _written(form):
                assert written not in text, (secret, form)
            assert HIDDEN in text or place == "a field that is unknown", (secret, form)


def _written(form):
    """How what was repeated would look if nothing were hidden: its middle, as quotes around it may stay."""
    if not isinstance(form, str):
        return [json.dumps(form)]
    line = " ".join(form.split())
    middle = line[len(line) // 3 : -(len(line) // 3)]
    return {middle, json.dumps(middle, ensure_ascii=False)[1:-1]}


@pytest.mark.parametrize(("name", "secret", "form"), CASES, ids=lambda value: str(value)[:20])
def test_nothing_of_it_is_left_and_all_around_it(name, secret, form):
    if not isinstance(form, str):
        assert Mask([secret]).tree({"pin": form}) == {"pin": HIDDEN}
        assert Mask([secret]).holds([form])
        return
    for mask in (Mask([secret]), Mask(["another-secret"], OtherSecrets(["yet-another", secret]))):
        masked = mask.text(f"before | {form} | after")
        assert masked.startswith("before |") and masked.endswith("| after")
        assert HIDDEN in masked and mask.holds({"a": [f"before | {form} | after"]})
        rest = masked.removeprefix("before |").removesuffix("| after").replace(HIDDEN, "")
        assert len(rest.strip('\\" ')) <= 10, masked
        assert mask.word(form) != form
