# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are taken out of texts in every encoding in which they could come back; see test_masking_encodings.py too."""

import base64
import hashlib
import json
import sys
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.masking import HIDDEN, Mask, OtherSecrets
from ansible_collections.versori.platform.plugins.module_utils._core.observed import read_observed
from hypothesis import given
from hypothesis import strategies as st


def b64(text):
    return base64.b64encode(text.encode()).decode()


@given(st.text(min_size=1, max_size=40))
def test_no_secret_gets_through(secret):
    for form in (secret, b64(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
        assert Mask([secret]).text(f"<<{form}>>") == f"<<{HIDDEN}>>" or form not in Mask([secret]).text(f"\n\n{form}\n\n")


def test_tree_and_keys():
    mask = Mask(["hunter2"])
    assert mask.tree({"hunter2": ["a hunter2", 1, None, {"x": ("hunter2",)}]}) == {HIDDEN: [f"a {HIDDEN}", 1, None, {"x": [HIDDEN]}]}


CONNECTION = {"id": "42", "organisationId": "01HFS2NEAZ6ECZBZMN4FF775AB", "createdAt": "2026-01-31T12:00:00Z"}
ENVIRONMENT = {"id": "01KK9J6VFKZSB86BQQT8903TAB", "connection": CONNECTION, "updatedAt": "2026-01-31T12:00:00.5Z"}


@pytest.mark.parametrize("short", ["ab", "AB", "0", "42", "T", "e", "id", "name", "environment"])
def test_a_short_secret_leaves_ids_times_and_keys_alone(short):
    [(key, environment)] = Mask([short]).tree({"environment": {**ENVIRONMENT, "name": "ab and e"}}).items()
    assert environment.pop("name" if short != "name" else HIDDEN) == "ab and e".replace(short, HIDDEN)
    # A key that is the secret itself is no key of the API's.
    assert json.dumps({key: environment}).replace(HIDDEN, short) == json.dumps({"environment": ENVIRONMENT})


def test_a_long_secret_is_taken_out_of_ids_times_and_keys():
    secret = "long-secret_1"
    masked = Mask([secret]).tree({f"x-{secret}": 1, "id": f"01{secret}", "createdAt": secret, "someId": secret})
    assert secret not in json.dumps(masked)


@pytest.mark.parametrize("secret", ["tiger-2026", "neverland7", "brute-force", "a\\nb\\tc-secret", "p4\\new-Secret9"])
def test_a_backslash_before_or_in_a_secret(secret):
    assert Mask([secret]).text(f"user CORP\\{secret} refused").replace("\\", "") == f"user CORP{HIDDEN} refused"
    assert secret.replace("\\", "") not in Mask([secret]).text(f"x {secret.replace(chr(92), '')} y")


def test_the_secrets_of_others():
    mask = Mask(["mine"], OtherSecrets([*(f"secret-{number}/+é" for number in range(50)), "short"]))
    for form in ("secret-49/+é", b64("secret-49/+é"), quote("secret-49/+é")):
        assert mask.text(f"x{form}y") == mask.word(f"x{form}y") == f"x{HIDDEN}y"
    assert mask.text("a short one of mine") == f"a short one of {HIDDEN}"
    assert mask.text("secret-49") == "secret-49"


def test_without_secrets_nothing_changes():
    assert Mask([]).text("as it is") == "as it is"
    assert Mask(["", ""]).tree(["as it is"]) == ["as it is"]


@pytest.mark.parametrize(
    ("secret", "value"),
    [("1", True), ("0", False), ("42", 421), ("42", 142.0), ("0.1", 0.11), ("47114711", 4711471), ("None", None), ("x", 1)],
)
def test_another_number_stays(secret, value):
    assert Mask([secret]).tree([value]) == [value] and type(Mask([secret]).tree([value])[0]) is type(value)
    assert not Mask([secret]).holds([value])


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), 10**5000, 1e308], ids=lambda value: str(type(value)))
def test_odd_numbers(number):
    json.dumps(Mask(["secret-secret", "7"]).tree([number]))


def test_ids_stay():
    assert Mask(["42"]).tree({"id": 42, "organisationId": 42, "port": 42}) == {"id": 42, "organisationId": 42, "port": HIDDEN}
    assert (Mask(["471147"]).word("471147", is_id=True), Mask(["471147"]).word("471147")) == ("471147", HIDDEN)


def nested(levels, inner):
    for _level in range(levels):
        inner = {"a": [inner]}
    return inner


def test_no_depth_is_too_deep():
    mask = Mask(["secret-secret"])
    masked = mask.tree(nested(5_000, "secret-secret"))
    assert "too deep" in json.dumps(masked) and "secret-secret" not in json.dumps(masked)
    assert mask.holds(nested(5_000, "x")) and "too deep" in mask.brief(nested(5_000, 1))
    assert mask.tree(nested(20, "x secret-secret")) == nested(20, f"x {HIDDEN}")
    assert not mask.holds(nested(20, "x"))
    deep = nested(5_000, 1)
    answer = {"id": "1", "type": "string", "name": "n", "data": {"x": deep}, "y": deep, "errors": [deep]}
    assert set(read_observed(answer, mask).withheld) == {"data.x", "y"}


def test_what_holds_a_secret():
    mask = Mask(["secret-secret", "ab"], OtherSecrets(["of-another-one"]))
    for value in ("a secret-secret", ["ab"], {"x": {"of-another-one": 1}}, {"id": "01secret-secret"}, "of%2Danother%2Done"):
        assert mask.holds(value), value
    for value in ("two\nlines \x1b", {"id": "80ab23"}, {"createdAt": "2026-01-31T12:00:00Z"}, [None, True, 1.5], "…"):
        assert not mask.holds(value), value


SENTENCES = (
    "The client is not known to the authorisation server: check the client id and the secret, and whether the grant is allowed.",
    "invalid_grant: AADSTS700082: The refresh token has expired due to inactivity.",
    "01KK9J6VFKZSB86BQQT8903TMY d41d8cd98f00b204e9800998ecf8427e dGhpcyBpcyBub3QgYSBzZWNyZXQ=",
    "https://login.example.com/oauth2/v2.0/token?a=%41&b=caf%C3%A9 'it''s' 100% C:\\new\\table &amp; more",
)


@pytest.mark.parametrize("text", SENTENCES)
def test_prose_survives(text):
    mask = Mask(["correct-horse-battery", "s3cr3t!", "q9"], OtherSecrets([f"secret-number-{number}" for number in range(2000)]))
    assert mask.text(text) == text


def test_a_part_that_is_too_short_stays():
    assert Mask(["0123456789abcdefghij"]).text("56789abcdefghi no, 456789abcdefghi yes") == f"56789abcdefghi no, {HIDDEN} yes"


def test_secrets_that_begin_alike():
    """More of them than are followed from one gram; and what tells them apart is at their end, which must not be what is left."""
    secrets = [f"acme-service-pw-{number:07}" for number in range(5_000_000, 5_000_400, 7)]
    for secret in secrets[::9]:
        assert Mask([], OtherSecrets(secrets)).text(f"x {secret} y") == f"x {HIDDEN} y"
    many = [f"planted-{number:06}" for number in range(3000)]
    for mask in (Mask(many), Mask([], OtherSecrets(many))):
        assert mask.text("is planted-002999, not planted-00299") == f"is {HIDDEN}, not planted-00299"
    long = [f"planted-{number:06}-{'x' * 20}{number}" for number in range(3000)]
    assert Mask(long).text(f"is {long[-1]}.") == f"is {HIDDEN}."


def test_secrets_side_by_side_are_one():
    assert Mask(["hunter2", "abc"]).text("hunter2abchunter2 abc") == f"{HIDDEN} {HIDDEN}"


@pytest.mark.parametrize("length", [900, 990, 995, 1000])
@pytest.mark.parametrize("encode", [str, quote, json.dumps, b64])
def test_a_secret_across_the_cut(length, encode):
    secret = "Secret/+é-that-is-rather-long-" * 3
    masked = Mask([secret]).text("." * length + encode(secret) + "." * 5000, 1000)
    assert set(masked.replace(HIDDEN, "")) <= set('.…"') and masked.endswith("…") and len(masked) <= 1000 + len(HIDDEN) + 1
    assert Mask([secret]).word("." * length + encode(secret) + "." * 5000, 1000).replace(HIDDEN, "").strip('.…"') == ""


def test_what_is_short_is_not_cut():
    assert Mask(["x"]).text("a" * 1000, 1000) == "a" * 1000
    assert Mask(["x"]).tree({"k" * 20: ["a" * 20]}, limit=10) == {"k" * 10 + "…": ["a" * 10 + "…"]}


def test_no_more_is_read_than_is_shown(monkeypatch):
    """An answer may be 16 MB; a cause of it is not."""
    read = []
    original = Mask._in_text
    monkeypatch.setattr(Mask, "_in_text", lambda self, value: read.append(len(value)) or original(self, value))
    mask = Mask(["secret-secret"])
    for value in (["a" * 50] * 100_000, ["a" * 10**6] * 20, {f"{number}": "x" for number in range(100_000)}, [[[]] * 10] * 100_000):
        read.clear()
        assert len(mask.brief(value)) <= 1001
        assert sum(read) <= 20_000


# Texts that make a pattern with a choice in it try all ways, and secrets that begin like them.
HOSTILE = [
    *(" ", "\\", "%", "&", "'", "A", "a1", "%25", "\\u0041", "&#", "&amp;", "=", "\\'", "AAAAAAAA=", "A" * 14 + "!", "Winter2026"),
    *("\\n", "%E", "\\ud83d"),
]
SECRETS = ["!Winter2026", "A" * 40 + "!", "'\\\"" * 5 + "abcdefgh", "%25" * 10, "Winter2026" * 10 + "x", "0" * 64, "&#65;" * 9, "it's"]


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("unit", HOSTILE)
def test_the_work_grows_with_the_text_and_no_faster(unit):
    """All calls are counted: their number is the same on each machine. What C does per call is bounded below."""
    mask = Mask(SECRETS, OtherSecrets([*SECRETS, "A" * 10_000]))
    mask.text("warm-up-warm-up")
    few, many = (_calls(lambda size=size: mask.text(unit * (size // len(unit)))) for size in (4_000, 32_000))
    assert many <= 10 * few + 1000


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("unit", HOSTILE)
def test_a_long_text_is_no_trouble(unit):
    """By pytest's own time limit, of two minutes; a second or two are usual."""
    mask = Mask(SECRETS, OtherSecrets([*SECRETS, "A" * 150_000]))
    mask.text(unit * (150_000 // len(unit)))


@pytest.mark.usefixtures("untraced")
def test_a_large_secret():
    secret = base64.b64encode(hashlib.shake_128(b"1").digest(150_000)).decode()
    mask = Mask([secret])
    assert mask.text(f"x {secret} y") == f"x {HIDDEN} y"
    assert mask.text(f"x {secret[123_456:123_480]} y") == f"x {HIDDEN} y"


def _calls(work):
    events, before = [], sys.getprofile()
    sys.setprofile(lambda _frame, event, _argument: events.append(event))
    try:
        work()
    finally:
        sys.setprofile(before)
    return events.count("call") + events.count("c_call")
