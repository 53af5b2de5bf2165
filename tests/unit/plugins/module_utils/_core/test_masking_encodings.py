# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that repeats a secret: in each encoding that is promised, at each place where it can put a text of its own."""

import base64
import copy
import functools
import html
import json
import textwrap
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api.client import Client, Response, _refusal
from ansible_collections.versori.platform.plugins.module_utils._api.connection import read_connection
from ansible_collections.versori.platform.plugins.module_utils._core.actions import FIND, to_json
from ansible_collections.versori.platform.plugins.module_utils._core.desired import read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import ENCODINGS, HIDDEN, Mask, OtherSecrets
from ansible_collections.versori.platform.plugins.module_utils._core.memory_record import Record, fingerprints
from ansible_collections.versori.platform.plugins.module_utils._core.observed import read_observed, read_summary
from ansible_collections.versori.platform.plugins.module_utils._core.plan import lost_by_replacing, make_plan
from ansible_collections.versori.platform.plugins.module_utils._core.result import make_result

ID = "01KK9J6VFKZSB86BQQT8903TMY"
TIME, LONG = "2026-01-31T12:00:00Z", "hunter2-hunter2"
DATA = {"clientId": "shop", "authorizeUrl": "", "tokenUrl": "https://x.example"}
USAGE = {"environment": {"id": ID, "name": "production", "connection": {"id": ID, "name": "shop"}}}
ANSWER = {"id": ID, "type": "oauth2-client", "name": "mail", "createdAt": TIME, "updatedAt": TIME, "errors": ["cannot sign in"]}
ANSWER |= {"data": {**DATA, "scopes": ["read"], "additionalParams": {"a": "b"}}, "usages": [USAGE]}

STRANGE = 'Hunter\'s "a/b\\c" & <é😀> +1%'
PLAIN = "Winter-2019-Hunter2"
SMALL = "tiny-é-8!"
COOKIE = "s%3Aab%2Bcd%2Fef%3Dgh"
KEY_LINES = [base64.b64encode(bytes(range(number, number + 48))).decode() for number in range(0, 200, 40)]
PEM = "\n".join(["-----BEGIN PRIVATE KEY-----", *KEY_LINES, "c2hvcnQtbGluZQ==", "-----END PRIVATE KEY-----", ""])
DOCUMENT = json.dumps({"type": "account", "inner": {"private_key": PEM, "pin": 471147114711}, "list": ["leaf-é-of-it"]}, indent=2)
DIGITS = "4711471147"


def units(text):
    raw = text.encode("utf-16-be").hex()
    return [raw[at : at + 4] for at in range(0, len(raw), 4)]


def percent(text, coding="utf-8"):
    return "".join(f"%{byte:02X}" for byte in text.encode(coding))


def json_escaped(text):
    return "".join(f"\\u{unit}" for unit in units(text))


def html_escaped(text):
    return "".join(f"&#{ord(character)};" for character in text)


def of_each(*encoders, secrets=(STRANGE, PLAIN, SMALL)):
    return [(secret, encode(secret)) for secret in secrets for encode in encoders]


def b64(text):
    return base64.b64encode(text.encode()).decode()


# For each encoding: secrets, and the forms in which a server may repeat them.
ENCODERS = {
    "plain": of_each(lambda text: text, lambda text: f"x{text}y"),
    "in part": [(STRANGE, STRANGE[3:27]), (PLAIN, PLAIN[2:17]), (PEM, KEY_LINES[1][7:22]), (PLAIN, percent(PLAIN[:-2]))],
    "wrapped": [
        *of_each(lambda text: "\n".join(textwrap.wrap(text, 5)), lambda text: text.replace(" ", ""), "\r\n\t".join),
        (f"{STRANGE}\n", STRANGE),
    ],
    "quoted": of_each(
        lambda text: text.replace("'", "''"),
        lambda text: text.replace('"', '""'),
        lambda text: text.replace("\\", "\\" * 9).replace("'", "").replace('"', "\\" * 7 + '"'),
        secrets=[STRANGE, "it's my password"],
    ),
    "JSON": of_each(
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(text, ensure_ascii=False)[1:-1].replace("/", "\\/").replace("&", "\\u0026").replace("<", "\\u003c"),
        json_escaped,
        lambda text: "".join(f"\\u{unit.upper()}" for unit in units(text)),
    ),
    "source code": of_each(
        lambda text: repr(text)[1:-1],
        ascii,
        lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
        lambda text: "".join(f"\\U{ord(character):08x}" for character in text),
        lambda text: "".join(f"\\u{{{ord(character):X}}}" for character in text),
    ),
    "URL": [
        *of_each(lambda text: quote(text, safe=""), quote, quote_plus, percent, lambda text: percent(text).lower()),
        (SMALL, percent(SMALL, "latin-1")),
    ],
    "%u": of_each(
        lambda text: "".join(f"%u{unit}" for unit in units(text)), lambda text: text.replace("é", "%u00E9").replace("😀", "%uD83D%uDE00")
    ),
    "HTML": of_each(
        html.escape,
        lambda text: html.escape(text, quote=False),
        html_escaped,
        lambda text: "".join(f"&#x{ord(character):X};" for character in text),
        lambda text: html.escape(text).replace("é", "&eacute;").replace("&#x27;", "&#00039;"),
    ),
    "several at once": of_each(
        lambda text: quote(quote(text, safe=""), safe=""),
        lambda text: percent(percent(text)),
        lambda text: json.dumps(json.dumps(text)),
        lambda text: json.dumps(json.dumps(json.dumps(text))),
        lambda text: html.escape(json.dumps(quote(text))),
        lambda text: percent(json_escaped(html_escaped(percent(text)))),
    ),
    "base64": [
        *of_each(
            b64,
            lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
            *(lambda text, user=user: b64(f"{user}:{text}:more") for user in ("", "a", "ab")),
            lambda text: f"key={b64(text)};",
            *(lambda text, before=before: before + b64(text) for before in ("t", "to", "tok", "token")),
            lambda text: percent(b64(text)),
        ),
        *(
            (PEM, base64.encodebytes(f"{'a' * shift}{PEM}".encode()).decode().replace("\n", end))
            for shift in range(3)
            for end in ("\n", "\r\n", "\\n")
        ),
    ],
    "hex": of_each(
        lambda text: text.encode().hex(),
        lambda text: text.encode().hex().upper(),
        *(lambda text, before=before: before + text.encode().hex() + "0" for before in ("0x", "7", "77")),
    ),
    "misread": of_each(
        lambda text: text.encode().decode("latin-1"),
        lambda text: json.dumps(text.encode().decode("latin-1"))[1:-1],
        secrets=(STRANGE, SMALL),
    ),
    "decoded": [
        *((COOKIE, "s:ab+cd/ef=gh"), (COOKIE, b64("s:ab+cd/ef=gh"))),
        *(("caf\\u00e9-noir", "café-noir"), ("x&amp;y&amp;zebra", "x&y&zebra")),
    ],
    "line": [
        *((PEM, line) for line in (*KEY_LINES, "c2hvcnQtbGluZQ==")),
        *((f"{PLAIN}\nshort-line\n{PLAIN}", line) for line in ("short-line", b64("short-line"))),
        *((PEM, "".join(KEY_LINES)), (PEM, "\n".join(textwrap.wrap("".join(KEY_LINES), 20))), (PEM, json.dumps(PEM))),
    ],
    "value of a document": [
        *((DOCUMENT, encode("leaf-é-of-it")) for encode in (str, json_escaped, b64)),
        *((DOCUMENT, part) for part in ("471147114711", PEM, "".join(KEY_LINES[1:3]))),
    ],
    "number": [
        *((DIGITS, int(DIGITS)), (DIGITS, float(DIGITS)), (DIGITS, -47114711470), ("0.10", 0.1), ("37", 37), ("37", 37.0), ("1e3", 1000)),
        *(("1e300", 10**300), (DOCUMENT, 471147114711)),
    ],
}
CASES = [(name, secret, form) for name, pairs in ENCODERS.items() for secret, form in pairs]


def refusal(**said):
    answer = functools.partial(_put, said)
    return lambda form, mask: _refusal(Response(422, {}, json.dumps(answer(form)).encode(), False), "do it", mask, 30.0).as_result()


def _put(value, form):
    """A value with the form in the place of each ``...``."""
    if isinstance(value, dict):
        return {key: _put(inner, form) for key, inner in value.items()}
    if isinstance(value, list):
        return [_put(inner, form) for inner in value]
    return form if value is ... else value


def observed(**said):
    return lambda form, mask: read_observed({**ANSWER, **_put(said, form)}, mask).view()


def summary(**said):
    return lambda form, mask: read_summary({**ANSWER, **_put(said, form)}, mask)


@functools.cache
def client():
    return Client(read_connection({"api_key": "unrelated-key"}))


def content_type(form, mask):
    with pytest.raises(Failure) as caught:
        client().judge(Response(200, {"Content-Type": form}, b"<p>", True), "do it", mask)
    return caught.value.as_result()


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
    "type in the list": summary(type=..., authSchemeType=...),
    "an environment": observed(usages=[{"environment": {"id": ID, "name": ...}}]),
    "data": observed(type="oauth2-client", data={"clientId": ..., "unknown": ...}),
    "a field that is unknown": observed(unknown={"deep": ...}),
    "Content-Type": content_type,
}
FOR_NUMBERS = {"message", "cause as an object", "a field's name", "what is said of a field", "a reason", "a field that is unknown", "data"}


def test_each_encoding_has_encoders():
    assert list(ENCODERS) == [encoding.name for encoding in ENCODINGS]


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


def desired(secret, **more):
    data = {**DATA, "clientSecret": secret}
    return read_desired({"organisation_id": "1", "name": "mail", "type": "oauth2-client", "data": data, **more})


def told(*path, value=None, key=None):
    """An answer with a value or a key put at a place."""
    answer = copy.deepcopy(ANSWER)
    inner = answer
    for part in path[:-1]:
        inner = inner[part]
    inner[key or path[-1]] = value
    return answer


OWN_PLACES = [
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
@pytest.mark.parametrize("place", OWN_PLACES, ids=lambda place: ".".join(map(str, place)))
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
