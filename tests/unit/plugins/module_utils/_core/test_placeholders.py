# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands for a secret and is none is refused, named, never shown, and accepted where the user says that it is meant."""

import base64
import json

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core import placeholders
from ansible_collections.versori.platform.plugins.module_utils._core.desired import read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.placeholders import is_redacted, may_be_redacted, placeholder_in

ORG = "01HFS2NEAZ6ECZBZMN4FF775P7"
EVERYWHERE = (placeholders.ANY, placeholders.TEMPLATE, placeholders.SECRET, placeholders.TYPED)


def options(kind="string", value="s3cret", **more):
    data = {"value" if kind == "string" else "valueBase64": value}
    return {"organisation_id": ORG, "name": "n", "type": kind, "data": data, **more}


def in_base64(content):
    return options("binary", base64.b64encode(content).decode())


# By the row that is to be named: what people and programs really leave in a secret's place.
EXAMPLES = {
    "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER": ["VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "Bearer VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"],
    "$REDACTED$": ["$REDACTED$", "https://user:$REDACTED$@host"],
    "the sentence of no_log": ["the output has been hidden due to the fact that 'no_log: true' was specified for this result"],
    "__omit_place_holder__": ["__omit_place_holder__4f2c", "key-__omit_place_holder__4f2c-1"],
    "$encrypted$": ["$encrypted$", "$encrypted$UTF8$AESCBC$Z0FBQUFBQm=", " $encrypted$\n"],
    "$ANSIBLE_VAULT": ["$ANSIBLE_VAULT;1.1;AES256\n6162636465", "\n$ANSIBLE_VAULT;1.2;AES256;prod\n61"],
    "ENC[…]": [
        *("ENC[AES256_GCM,data:p673w==,iv:YY=,tag:UQ==,type:str]", "ENC[PKCS7,MIIBiQYJ]", '{"a": "ENC[AES256_GCM,data:p6]"}', "ENC[x]"),
        *("ENC(G6N718UuyPE5bHyWKyuLQSm02auQPUtm)", "{cipher}FKSAJDFGYOS8F7GLHAKERGFHLSAJ"),
        "vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zo",
    ],
    "an object of Python's": [
        *("<built-in method items of dict object at 0x7fc361a60d00>", "Bearer <built-in method values of dict object at 0x7fc361a60d00>"),
        *("<bound method Templar._lookup of <ansible.Templar object at 0x7f>>", "<class 'jinja2.utils.Joiner'>", "<Macro 'm'>"),
    ],
    "this collection's own placeholder": ["(secret)", "(secret, sent anew)", "(not shown: this collection does not know the field)"],
    "a template": ["{{ vault_key }}", " {{ a }}{{ b }}\n", "{% if a %}b{% endif %}", "{# later #}", "${{ secrets.KEY }}"],
    "a redacted value of asterisks or bullets": ["*", "******", "••••", "* * *"],
    "a redacted value in brackets": [
        *("[REDACTED]", "<hidden>", "(not shown)", "{password}", "(horse-battery)", "<your password>", "[Filtered]", "<YOUR_API_KEY_1>"),
        "<redacted:1234>",
    ],
    "a redacted value, said in a word": ["REDACTED", "redacted", "**REDACTED**", "Hidden!", "*filtered*"],
    "one character again and again": [
        *("xxxxxx", "--------", "########", "....", "0000", "- - - -", "AKIAXXXXXXXXXXXXXXXX", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),
        "sk-xxxxxxxx",
    ],
    "a value that is masked in part": ["ab****yz", "************4242", "sk-••••••9f"],
    "a value that is cut short": ["AKIA...7Q", "sk_live_…", "sk-...9f", "sk_live_51H8xxxxxxxxx..."],
    "a word to be replaced": [
        *("CHANGEME", "change_me", "REPLACE-ME!", "TODO", "<fixme>!", "your api key here", "PLACEHOLDER", "YOUR_API_KEY", "your-api-key"),
        *("INSERT_KEY_HERE", "REPLACE_WITH_REAL_KEY"),
    ],
    "the text of an empty value": ["None", "null", "undefined", "[object Object]", "NaN", "\ufeffnull"],
    "a variable that was not filled in": [
        *("${TOKEN}", "$(pass show x)", "$API_TOKEN", "%TOKEN%", "<%= token %>", "__TOKEN__", "#{TOKEN}#", "%{TOKEN}", "$env:TOKEN"),
        *("$db_password", "%!s(<nil>)"),
    ],
    "a reference to a secret": [
        *("op://vault/item/field", "op://Private Vault/ERP user/password", "ref+vault://secret/x#/key", "vault:secret/data/x#key"),
        *("arn:aws:secretsmanager:eu-west-1:1:secret:x", "@Microsoft.KeyVault(SecretUri=https://x/y)"),
        "projects/p/secrets/s/versions/latest",
    ],
    "an encrypted file": ["-----BEGIN AGE ENCRYPTED FILE-----\nYWdl", "-----BEGIN PGP MESSAGE-----\n\nhQ", "age-encryption.org/v1\n-> X"],
}
REAL = [
    *("hunter2", "a*b", "correct horse battery staple", "p@ss**word", "[1]", "0", "xx", "redacted1", "removed-by-7", "changeme1"),
    *("Tr0ub4dor&3", "$2b$12$KIXwq", "$ecret", "{not a template", "a {{ b", "pre {{ x }} post", "ENCODE[me", "nullify", "100%"),
    *("%secret%2", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"),
    *('{"type": "service_account", "private_key_id": "", "universe_domain": "none"}', "[]", "!@#$%^&*", "the end...", "p.a.s.s"),
]


def test_each_row_has_examples():
    assert list(EXAMPLES) == [row.name for row in placeholders.PLACEHOLDERS if row.origin]


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in EXAMPLES.items() for text in texts])
def test_a_placeholder_is_refused_by_its_name(name, text):
    with pytest.raises(Failure) as caught:
        read_desired(options(value=text))
    assert caught.value.msg.startswith("data.value looks like a placeholder, ")
    assert "allow_placeholder" in caught.value.msg
    row = placeholder_in(text, *EVERYWHERE)
    assert row and row.name in caught.value.msg
    assert row.name == name or text.startswith(("[o", "<f", "<%", "<c", "<M"))  # these look like a value in brackets too
    if text.strip() not in row.name:
        assert text.strip() not in caught.value.msg
    assert read_desired(options(value=text, allow_placeholder=True)).secrets == {"value": text}


@pytest.mark.parametrize("text", REAL)
def test_a_real_secret_is_none(text):
    assert placeholder_in(text, *EVERYWHERE) is None
    assert not is_redacted(text) and may_be_redacted({"a": [1, text]}) == ("..." in text)


REDACTED = [(row, text) for row in placeholders.PLACEHOLDERS if row.redacted for text in EXAMPLES[row.name]]
SHOWN = [text for row, text in REDACTED if text[0] != "{" or row.scope == placeholders.SECRET]
IN_PART = [(value, False) for value in ("ab****yz", "sk-...9f", "ab•••", "sk_live_…")]


@pytest.mark.parametrize(("value", "sure"), [*((value, True) for value in (None, "", "  ", "xxxxxx", *SHOWN)), *IN_PART])
def test_what_a_server_shows_in_place_of_a_secret(value, sure):
    """What is masked in part is doubted."""
    assert is_redacted(value) is sure and may_be_redacted(value) and may_be_redacted({"a": ["b", {"c": value}]})


@pytest.mark.parametrize("content", [b"$encrypted$", b"[REDACTED]", b"$ANSIBLE_VAULT;1.1;AES256\n61", b"\0GITCRYPT\0\1\2", b"CHANGEME"])
def test_a_file_that_holds_nothing_else(content):
    with pytest.raises(Failure, match=r"^data\.valueBase64 looks like a placeholder"):
        read_desired(in_base64(content))


@pytest.mark.parametrize(
    "content", [b"\x80\x91\xa2\xb3", b"\xff\xfe\xfd\xfc\xfb", bytes(range(256)), b"# ****\nkey = 1\n", b"ab****yz", b"AK...7Q"]
)
def test_a_file_that_holds_more(content):
    assert read_desired(in_base64(content)).secrets == in_base64(content)["data"]


def test_a_value_of_a_json_document():
    document = {"type": "service_account", "keys": [{"private_key": "********"}]}
    assert placeholder_in(json.dumps(document), *EVERYWHERE) is not None
    assert placeholder_in(json.dumps({**document, "keys": [], "universe": "none", "a": "null", "b": "xxxx"}), *EVERYWHERE) is None
    for left in ("{{ vault_key }}", "${PRIVATE_KEY}", "CHANGEME", "op://a/b/c", "ref+vault://x#y", "$encrypted$"):
        assert placeholder_in(json.dumps({**document, "keys": [], "private_key": left}), *EVERYWHERE) is not None


@pytest.mark.parametrize("mark", ["VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "__omit_place_holder__12", "$encrypted$", "$REDACTED$"])
@pytest.mark.parametrize("where", ["name", "credential_id", "organisation_id", "data.username", "data.scopes", "data.additionalParams.a"])
def test_what_means_nothing_anywhere(mark, where):
    oauth = {"clientId": "id", "clientSecret": "s3cret", "authorizeUrl": "", "tokenUrl": "https://t.example"}
    given = {
        "data.username": {"type": "basic-auth", "data": {"username": f"x{mark}", "password": "s3cret"}},
        "data.scopes": {"type": "oauth2-client", "data": {**oauth, "scopes": ["read", mark]}},
        "data.additionalParams.a": {"type": "oauth2-client", "data": {**oauth, "additionalParams": {"a": mark}}},
    }.get(where, {where: mark})
    with pytest.raises(Failure, match=rf"^{where} looks like a placeholder"):
        read_desired(options(**given))


def test_a_file_whose_reader_has_judged_templates_already():
    assert read_desired(options(value="{{ meant }}", name="{{ n }}"), templated=False).secrets == {"value": "{{ meant }}"}
    with pytest.raises(Failure):
        read_desired(options(value="$encrypted$", name="{{ n }}"), templated=False)


def test_allowed_or_not_an_empty_secret_is_refused():
    for empty in (" ", "\ufeff", "\u200b", "\0", " \ufeff\r\n", ""):
        with pytest.raises(Failure, match=r"^data\.value is empty"):
            read_desired(options(value=empty, allow_placeholder=True))
    for empty in ("\ufeff", " \ufeff\r\n", " \n", ""):
        with pytest.raises(Failure, match=r"^data\.valueBase64 is empty"):
            read_desired({**in_base64(empty.encode()), "allow_placeholder": True})


@pytest.mark.parametrize("end", ["", "a", "\0", "}}", "!"])
def test_a_long_text_takes_a_moment(end):
    """Each of these took hours, or nothing: that is no question of how fast the machine is."""
    pieces = (" ", "\n", "{{", "}}", "*", "* ", "$", "ENC[", "a-", "(x", " \n", "<%", "-", "!", "redacted", "your ", "{% ", "(", "x ", ".")
    for piece in pieces:
        text = piece * (150_000 // len(piece)) + end
        placeholder_in(text, *EVERYWHERE)
        may_be_redacted(text)
