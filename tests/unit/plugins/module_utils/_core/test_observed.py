# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read from the server's answers: the states of secrets, what is withheld, and what is refused."""

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.desired import read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from ansible_collections.versori.platform.plugins.module_utils._core.observed import read_observed, read_summary
from ansible_collections.versori.platform.plugins.module_utils._core.placeholders import SECRET_PLACEHOLDER, UNKNOWN_FIELD_PLACEHOLDER

ID = "01KK9J6VFKZSB86BQQT8903TMY"
SECRET = "hunter2-hunter2"
OAUTH = {"clientId": "id", "authorizeUrl": "https://a.example", "tokenUrl": "https://t.example", "scopes": ["a"]}


def desired(credential_type="oauth2-token", **secrets):
    data = {**OAUTH, "clientSecret": SECRET, **secrets}
    return read_desired({"organisation_id": "1", "name": "n", "type": credential_type, "data": data})


def read(credential_type="oauth2-token", want=None, credential_id=None, data=None, **members):
    answer = {"id": ID, "type": credential_type, "name": "n", "data": {**OAUTH, **(data or {})}, **members}
    return read_observed(answer, Mask([SECRET]), want, credential_id)


def test_what_is_read_of_a_summary():
    """What is known, with the secrets taken out, and of a long text its beginning."""
    long, cut, entry = "x" * 1001, "x" * 1000 + "…", {"id": ID, "name": "two\nlines"}
    usages = [[{"environment": {"id": "1", "name": f"of {word}"}}] for word in (SECRET, "********")]
    given = {**entry, "type": "two\nlines", "authSchemeType": long, "usages": usages[0], "errors": [f"no {SECRET}", long]}
    read = {**entry, "type": "two lines", "authSchemeType": cut, "usages": usages[1], "errors": ["no ********", cut]}
    assert read_summary({**given, "other": 1}, Mask([SECRET])) == read
    assert read_summary({"id": ID, "name": 7, "usages": None}, Mask([])) == {"id": ID}
    with pytest.raises(Failure, match=r"^An id in the list is not an id"):
        read_summary({"id": "a/b"}, Mask([]))


NONE = {"id": ID, "type": "none", "name": "n", "data": {}}


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"id": ID}, {**NONE, "id": "../x"}, {**NONE, "type": 1}])
def test_an_answer_that_is_no_credential(answer):
    with pytest.raises(Failure, match=r"not a credential|not an id"):
        read_observed(answer, Mask([]))


def test_an_answer_for_another_credential():
    with pytest.raises(Failure, match="Nothing was decided"):
        read_observed(NONE, Mask([]), None, "01KK9J6VFKZSB86BQQT8903TMZ")


@pytest.mark.parametrize(("given", "withheld"), [("id", ("data.clientId",)), ("[REDACTED]", ())])
def test_a_readable_field_that_looks_redacted_is_kept_only_where_the_task_gives_that_very_text(given, withheld):
    observed = read(want=desired(clientId=given), data={"clientId": "[REDACTED]"})
    assert (observed.withheld, observed.data["clientId"]) == (withheld, "[REDACTED]")
    assert read(data={"clientId": "[REDACTED]"}).withheld == ("data.clientId",)


@pytest.mark.parametrize(("name", "withheld"), [("n", ()), ("two\nlines", ()), (f"of {SECRET}", ("name",)), ("of\x7f", ("name",))])
def test_a_name_that_is_changed_to_be_printed_is_withheld(name, withheld):
    observed = read(name=name)
    assert observed.withheld == withheld
    assert (observed.name == name) == (not withheld)


@pytest.mark.parametrize(
    ("want", "shown", "state"),
    [
        (desired(), SECRET, "same"),
        (desired(), "another", "different"),
        (desired(), "******", "hidden"),
        (desired(), 7, "hidden"),
        (desired(), "", "unseen"),
        (desired(), None, "unseen"),
        (None, SECRET, "hidden"),
        (desired("oauth2-client"), SECRET, "hidden"),  # the same text as a secret of another type is not this one
        (desired("oauth2-client"), "another", "hidden"),
    ],
)
def test_the_state_of_a_secret(want, shown, state):
    assert read(want=want, data={"clientSecret": shown}).secrets["clientSecret"] == state


@pytest.mark.parametrize(("shown", "state"), [("mine", "same"), ("refreshed", "hidden")])
@pytest.mark.parametrize("field", ["accessToken", "refreshToken"])
def test_a_token_that_the_platform_refreshes_is_never_a_different_one(field, shown, state):
    assert read(want=desired(**{field: "mine"}), data={field: shown}).secrets[field] == state


def test_a_required_secret_that_is_not_shown_has_its_word_all_the_same():
    assert read().view()["data"] == {**OAUTH, "clientSecret": SECRET_PLACEHOLDER}
    assert read(data={"accessToken": "******"}).view()["data"]["accessToken"] == SECRET_PLACEHOLDER


def test_a_result_has_no_field_that_is_unknown_and_nothing_that_acts_on_a_terminal():
    """As JSON would print it; what is sent back keeps its characters."""
    told = {"scopes": ["two\nlines", "a\x9bb"], "additionalParams": {"\x9b": "\u202e"}, "grantType": "code"}
    observed = read(data=told, note=["\x9b"])
    view = observed.view()
    assert (observed.data, observed.credential["note"]) == ({**OAUTH, **told}, ["\x9b"])
    assert (view["data"]["scopes"], view["data"]["additionalParams"]) == (["two\nlines", "a\\x9bb"], {"\\x9b": "\\u202e"})
    assert (view["data"]["grantType"], view["note"]) == (UNKNOWN_FIELD_PLACEHOLDER, ["\\x9b"])


def test_a_readable_text_with_a_short_secret_in_it_is_what_the_task_gives():
    data = {"username": "lab", "password": "ab"}
    want = read_desired({"organisation_id": "1", "name": "n", "type": "basic-auth", "data": data})
    server = read_observed({"id": ID, "type": "basic-auth", "name": "lab key", "data": data, "errors": ["ab is weak"]}, Mask(["ab"]), want)
    assert (server.data["username"], server.errors) == ("lab", ["******** is weak"]) and "ab" not in server.name


@pytest.mark.parametrize("key", ["createdAt", "updatedAt"])
@pytest.mark.parametrize("value", [1767323045, True, ["2026-01-02T03:04:05Z"], {}])
def test_a_time_of_the_wrong_type_is_refused(key, value):
    with pytest.raises(Failure, match=f"its '{key}' is of the wrong type. Nothing was decided"):
        read(**{key: value})
    assert read(**{key: None}).updated_at is None


def test_an_id_in_the_other_case_is_the_same_one():
    assert read(credential_id=ID.lower()).id == ID


@pytest.mark.parametrize("data", [{"scopes": []}, {"additionalParams": {}}, {"authorizeUrl": ""}])
def test_what_is_there_and_empty_is_kept(data):
    observed = read(data=data)
    assert (observed.data, observed.withheld) == ({**OAUTH, **data}, ())


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        ({"environment": {"id": "1", "name": "production", "connection": {"name": "Shop"}}}, "Shop / production"),
        ({"environment": {"id": "1", "slug": "prod", "connection": 1}}, "prod"),
        ({"environment": {"id": 1}}, "1"),
        ({"connection": {"id": "2", "name": "Shop", "connector": {}}}, "Shop"),  # of newer APIs
        ({"connection": {"id": "2"}}, "2"),
        *((odd, "?") for odd in ({}, "x", None, {"environment": "x"}, {"connection": []})),
    ],
)
def test_what_uses_it_is_named(usage, words):
    assert read(usages=[usage]).users == [words]


def test_of_an_unknown_type_it_is_shown_which_fields_there_are():
    """None of their values: each may be a secret (contract, "Types of newer APIs")."""
    observed = read("jwt-bearer", data={"secret": SECRET, f"of {SECRET}": 1})
    assert observed.view()["data"] == dict.fromkeys((*OAUTH, "secret", "of ********"), UNKNOWN_FIELD_PLACEHOLDER)
    assert SECRET not in str(observed) and observed.data == {}


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ({"field": "data.tokenUrl", "message": "is no URL"}, "data.tokenUrl: is no URL"),
        ({"message": f"no {SECRET}"}, "no ********"),
        ({"code": 7}, '{"code": 7}'),
        (7, "7"),
        (None, "null"),
    ],
)
def test_a_reason_is_a_text_whatever_it_was(reason, text):
    """In the answer to a GET and in the list."""
    answer = {"id": ID, "type": "string", "name": "n", "data": {}, "errors": [reason, "plain"]}
    assert read_observed(answer, Mask([SECRET])).errors == [text, "plain"] == read_summary(answer, Mask([SECRET]))["errors"]


@pytest.mark.parametrize("data", [{}, None, ...])
def test_data_that_is_empty_may_be_null_or_missing(data):
    answer = {"id": ID, "type": "string", "name": "n", **({} if data is ... else {"data": data})}
    assert read_observed(answer, Mask([SECRET])) == read_observed({**answer, "data": {}}, Mask([SECRET]))


@pytest.mark.parametrize("name", ["Key ab-CD", "key ab-cd "])
def test_how_the_platform_writes_a_name_is_shown_though_a_secret_is_in_it(name):
    """It tells no more than the name that the task gives."""
    want = read_desired({"organisation_id": "1", "name": "Key ab-CD", "type": "string", "data": {"value": "ab-CD"}})
    for secret in ("ab-CD", "ab-cd"):
        observed = read_observed({"id": ID, "type": "string", "name": name, "data": {}}, Mask([secret]), want)
        assert (observed.name, observed.withheld) == (name, ())
