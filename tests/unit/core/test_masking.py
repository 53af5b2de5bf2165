# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are taken out of texts in every encoding in which they could come back."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.masking import HIDDEN, Mask, Others
from hypothesis import given
from hypothesis import strategies as st

ENCODERS = {
    "plain": lambda text: text,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "url": lambda text: quote(text, safe=""),
    "url with plus": quote_plus,
    "json": lambda text: json.dumps(text)[1:-1],
    "json with unicode": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
}


@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS)
@given(secret=st.text(min_size=1, max_size=40))
def test_no_encoding_gets_through(encode, secret):
    form = encode(secret)
    assert Mask([secret]).text(f"<<{form}>>") == f"<<{HIDDEN}>>" or form not in Mask([secret]).text(f"\n\n{form}\n\n")


ODD = 'it\'s "a/b\\c" & <é😀> +1\n'
# As other languages and careless encoders write it: a part of the characters escaped, in either case, twice.
OTHERWISE = {
    "url in small letters": quote(ODD, safe="").lower(),
    "url with some characters left alone": quote(ODD, safe="/+&'<>"),
    "json in json": json.dumps(json.dumps(ODD)),
    "json of go": json.dumps(ODD, ensure_ascii=False).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
    "json of php": json.dumps(ODD).replace("/", "\\/").replace("\\ud83d\\ude00", "\\uD83D\\uDE00"),
    "html": html.escape(ODD),
    "html with apostrophes left alone": html.escape(ODD, quote=False),
    "without its line break": ODD.strip(),
}


@pytest.mark.parametrize("form", OTHERWISE.values(), ids=OTHERWISE)
def test_an_encoding_of_another_kind(form):
    masked = Mask([ODD]).text(f"before {form} after")
    assert masked.startswith((f"before {HIDDEN}", f'before "{HIDDEN}', f'before "\\"{HIDDEN}'))
    assert masked.endswith(" after")
    assert not set("éabc&<") & set(masked.removeprefix("before").removesuffix("after"))


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "abcd"])
def test_inside_a_basic_header(user):
    secret = "correct-horse-battery"
    header = base64.b64encode(f"{user}:{secret}".encode()).decode()
    masked = Mask([secret]).text(header)
    assert HIDDEN in masked
    rest = masked.replace(HIDDEN, "").rstrip("=")
    assert secret[4:-4] not in str(base64.b64decode(rest + "A" * (-len(rest) % 4)))


def test_tree_and_keys():
    mask = Mask(["hunter2"])
    assert mask.tree({"hunter2": ["a hunter2", 1, None, {"x": ("hunter2",)}]}) == {HIDDEN: [f"a {HIDDEN}", 1, None, {"x": [HIDDEN]}]}


def test_a_line_of_a_long_secret():
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\n-----END KEY-----"
    assert "MIIEvQIBADANBgkqhkiG" not in Mask([key]).text("bad line: MIIEvQIBADANBgkqhkiG")
    assert "BEGIN" not in Mask([key]).text("bad line: -----BEGIN%20KEY-----")


USAGES = [
    {
        "environment": {
            "id": "01KK9J6VFKZSB86BQQT8903TAB",
            "name": "ab and e",
            "connection": {"id": "42", "organisationId": "01HFS2NEAZ6ECZBZMN4FF775AB", "createdAt": "2026-01-31T12:00:00Z"},
            "updatedAt": "2026-01-31T12:00:00.5Z",
        }
    }
]


@pytest.mark.parametrize("short", ["ab", "AB", "0", "42", "T", "e", "id", "name", "environment"])
def test_a_short_secret_leaves_ids_times_and_keys_alone(short):
    [shown] = Mask([short]).tree(USAGES)
    [(key, environment)] = shown.items()
    assert environment.pop("name" if short != "name" else HIDDEN) == "ab and e".replace(short, HIDDEN)
    [before] = json.loads(json.dumps(USAGES))
    del before["environment"]["name"]
    # A key that is the secret itself is no key of the API's.
    assert json.dumps({key: environment}).replace(HIDDEN, short) == json.dumps(before)


def test_a_long_secret_is_taken_out_of_ids_times_and_keys():
    secret = "long-secret_1"
    told = Mask([secret]).tree({f"x-{secret}": 1, "id": f"01{secret}", "createdAt": secret, "someId": secret})
    assert secret not in json.dumps(told)


@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS)
def test_the_secrets_of_others(encode):
    others = Others([f"secret-{number}/+é" for number in range(50)] + ["short"])
    mask = Mask(["mine"], others)
    for method in (mask.text, mask.word):
        assert method(f"x{encode('secret-49/+é')}y") == f"x{HIDDEN}y"
    assert mask.text("a short one of mine") == f"a short one of {HIDDEN}"
    assert mask.text("secret-49") == "secret-49"


def test_without_secrets_nothing_changes():
    assert Mask([]).text("as it is") == "as it is"
    assert Mask(["", ""]).tree(["as it is"]) == ["as it is"]
