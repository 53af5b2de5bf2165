# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task asks for is read strictly, and each refusal is one sentence that holds no value."""

from datetime import date

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.credential_types import TYPES, field_of
from ansible_collections.versori.platform.plugins.module_utils._core.desired import Desired, read_desired, secret_texts
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from hypothesis import given
from hypothesis import strategies as st

ORG = "01HFS2NEAZ6ECZBZMN4FF775P7"
OAUTH = {"clientId": "id", "clientSecret": "s3cret", "authorizeUrl": "", "tokenUrl": "https://t.example"}
GOOD = {
    "none": {},
    "string": {"value": "s3cret"},
    "binary": {"valueBase64": "czNjcmV0"},
    "basic-auth": {"username": "me", "password": "s3cret"},
    "oauth2-client": OAUTH,
    "oauth2-token": {**OAUTH, "authorizeUrl": "https://a.example", "scopes": ["a"], "accessToken": "s3cret-a"},
}


WHERE_ORGANISATION = (
    "give the organisation's id (versori_organisation_id for the role and the playbooks), or set it once for all tasks with "
    "module_defaults, VERSORI_ORGANISATION_ID or context."
)
KEEP_OR_REMOVE = (
    "which says neither to keep it nor to remove it: leave it out to keep what the server has, or name it in remove_fields to remove it."
)


def options(credential_type, data=None, **others):
    return {"organisation_id": ORG, "name": "n", "type": credential_type, "data": GOOD[credential_type] if data is None else data, **others}


@pytest.mark.parametrize("credential_type", TYPES)
def test_each_type_with_its_required_fields(credential_type):
    good = GOOD[credential_type]
    desired = read_desired(options(credential_type))
    assert (desired.data, set(desired.secrets)) == (good, {name for name in good if field_of(credential_type, name).secret})
    assert read_desired(options(credential_type, {field_of(credential_type, name).snake_name: good[name] for name in good})) == desired
    for name in (field.name for field in TYPES[credential_type] if field.required):
        with pytest.raises(Failure, match=f"^data.{name} is missing"):
            read_desired(options(credential_type, {key: good[key] for key in good if key != name}))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        *(({"organisation_id": none}, f"organisation_id is missing: {WHERE_ORGANISATION}") for none in (None, "")),
        ({"organisation_id": "../x"}, "organisation_id is not an id"),
        ({"organisation_id": True}, "organisation_id must be a text, not a boolean"),
        ({"organisation_id": 42}, "organisation_id must be a text, not a number"),
        ({"credential_id": 83}, "credential_id must be a text, not a number"),
        *(({"credential_id": odd_id}, "credential_id is not an id") for odd_id in ("a/b", "", "%2e", ".")),
        ({"name": None}, "Either name or credential_id"),
        ({"name": "  "}, "name must be a text that is not empty"),
        ({"name": 83}, "name must be a text, not a number: quote it where it is defined"),
        ({"type": None}, "type is missing"),
        ({"type": "api-key"}, f"type 'api-key' is unknown: the platform's types are {', '.join(TYPES)}."),
        ({"secret_changed_at": "soon"}, "secret_changed_at is no time: 'soon' should be written like 2026-01-31T12:00:00Z."),
        ({"data": "x=y"}, "data must be a mapping of field names to values, not a text."),
        ({"data": {"username": "me", "passwrd": "x"}}, "data.passwrd is not a field of type basic-auth, which takes username, password."),
        *(
            ({"data": {"username": "me", "password": odd}}, f"data.password must be a text, not {word}: quote it")
            for odd, word in ((12345, "a number"), (1.5, "a number"), (True, "a boolean"), (date(2026, 1, 2), "a date"), (1j, "complex"))
        ),
        ({"data": {"username": "me", "password": {"a": "b"}}}, "data.password must be a text, not a mapping"),
        (
            {"name": [83]},
            "name must be a text, not a list: where it is JSON text already (of a file, say), add '| string' to its template; wh",
        ),
        ({"data": {"username": "", "password": "s3cret"}}, "data.username is empty"),
        ({"data": {"username": "me", "password": ""}}, "data.password is empty"),
        (
            {"data": {"username": "me", "password": "******"}},
            "data.password looks like a placeholder, a redacted value of asterisks or bullets: sending it would replace the real secret. F",
        ),
        (
            {"name": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"},
            "name looks like a placeholder, VALUE_SPECIFIED_IN_NO_LOG_PARAMETER: it stands for a value and is none. Fix",
        ),
        ({"type": "none", "data": {"value": "x"}}, "data.value is not a field of type none, which takes no data at all"),
        ({"type": "binary", "data": {"valueBase64": "?"}}, "data.valueBase64 is not valid base64"),
        ({"type": "binary", "data": {"valueBase64": "="}}, "data.valueBase64 is"),
        ({"type": "oauth2-client", "data": {**OAUTH, "client_id": "x"}}, "data gives clientId two different values, as clientId and as cl"),
        ({"type": "oauth2-token", "data": {**OAUTH, "scopes": []}}, "data.authorizeUrl is empty"),
        *(({"type": "oauth2-client", "data": {**OAUTH, "scopes": scopes}}, "data.scopes must be a list") for scopes in ("a b", [1])),
        ({"type": "oauth2-client", "data": {**OAUTH, "additionalParams": {"a": 1}}}, "data.additionalParams.a must be a text"),
        ({"type": "oauth2-client", "data": {**OAUTH, "additionalParams": {1: "a"}}}, "A name in data.additionalParams must be a text"),
        ({"type": "oauth2-client", "data": {**OAUTH, "additionalParams": None}}, f"data.additionalParams is null, {KEEP_OR_REMOVE}"),
        (
            {"type": "oauth2-client", "data": {**OAUTH, "additionalParams": "a"}},
            "data.additionalParams must be a mapping of texts to texts, not a t",
        ),
        (
            {"data": {"username": "me", "password": None}},
            "data.password is null, which says neither to keep it nor to remove it: give it a value.",
        ),
        ({"data": {"username": "me", "password": "p\udce9"}}, "data.password holds bytes that are not UTF-8"),
        ({"name": "n\udce9"}, "name holds bytes that are not UTF-8"),
        (
            {"type": "oauth2-client", "data": OAUTH, "remove_fields": ["clientSecret"]},
            "remove_fields: 'clientSecret' is required of type oauth2-client, which can remove scopes, additionalParams.",
        ),
        ({"type": "oauth2-client", "data": OAUTH, "remove_fields": ["accessToken"]}, "remove_fields: 'accessToken' is not a field of"),
        (
            {"type": "string", "data": GOOD["string"], "remove_fields": ["x"]},
            "remove_fields: 'x' is not a field of type string, which has no opt",
        ),
        ({"type": "oauth2-client", "data": {**OAUTH, "scopes": ["a"]}, "remove_fields": ["scopes"]}, "data.scopes is given and named in"),
    ],
)
def test_refusals(changes, sentence):
    with pytest.raises(Failure) as caught:
        read_desired({**options("basic-auth"), **changes})
    assert caught.value.msg.startswith(sentence)
    assert "s3cret" not in caught.value.msg and "12345" not in caught.value.msg
    assert "\n" not in caught.value.msg


def test_all_that_is_desired():
    absent = {"organisation_id": "42", "credential_id": "c", "name": "n", "state": "absent"}  # neither type nor data
    assert read_desired(absent) == Desired("42", "c", "n", absent=True)
    desired = Desired(ORG, "c", "n", "basic-auth", {"username": "me"}, {"password": "s3cret"})
    assert read_desired(options("basic-auth", credential_id="c")) == desired


def test_there_is_one_spelling():
    data = {**OAUTH, "authorizeUrl": "https://a.example", "scopes": ["b", "a", "b"], "client_id": "id"}
    desired = read_desired(options("oauth2-token", data, remove_fields=["refresh_token", "refreshToken", "additionalParams"]))
    assert desired.removed == ("refreshToken", "additionalParams")
    assert desired.data == {**OAUTH, "authorizeUrl": "https://a.example", "scopes": ["b", "a"]}
    assert read_desired(options("binary", {"value_base64": "czNj\n cmV0\n"})).secrets == {"valueBase64": "czNjcmV0"}


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        ({"password": 12345}, ["12345"]),
        ({"client_secret": 1.5}, ["1.5"]),
        *((data, []) for data in ({"password": True}, {"password": None}, {"username": "me"})),
        ({"value_base64": "czNjcmV0"}, ["czNjcmV0", "s3cret"]),
        ({"valueBase64": "?"}, ["?", ""]),
        ({"valueBase64": "czNjc"}, ["czNjc"]),
        ({"valueBase64": "czP/"}, ["czP/", "s3\ufffd"]),
    ],
)
def test_the_texts_of_secrets_before_they_are_read(data, texts):
    assert secret_texts(data) == texts


FIELD_NAMES = sorted({name for fields in TYPES.values() for field in fields for name in (field.name, field.snake_name)})
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
anything = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3))


known = {"organisation_id": st.just(ORG), "type": st.sampled_from(sorted(TYPES)), "state": st.sampled_from(["present", "absent"])}
known["data"] = st.dictionaries(st.sampled_from(FIELD_NAMES), anything)


@given(st.fixed_dictionaries({}, optional={name: anything | known.get(name, anything) for name in ("credential_id", "name", *known)}))
def test_any_input_is_read_or_refused(given_options):
    try:
        read_desired(given_options)
    except Failure as failure:
        assert failure.msg and "Traceback" not in failure.msg
