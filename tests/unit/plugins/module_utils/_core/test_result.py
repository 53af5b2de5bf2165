# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a task and its diff: built from what can be read, with one fixed word for each secret."""

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.actions import CREATE, DELETE, NOTHING, REPLACE
from ansible_collections.versori.platform.plugins.module_utils._core.desired import Desired, read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.observed import Observed
from ansible_collections.versori.platform.plugins.module_utils._core.placeholders import PUSHED_PLACEHOLDER, SECRET_PLACEHOLDER
from ansible_collections.versori.platform.plugins.module_utils._core.plan import Plan
from ansible_collections.versori.platform.plugins.module_utils._core.result import make_result

ORG, ID = "01HFS2NEAZ6ECZBZMN4FF775P7", "01KK9J6VFKZSB86BQQT8903TMY"
OAUTH = {"clientId": "id", "authorizeUrl": "https://a.example", "tokenUrl": "https://t.example", "scopes": ["a", "b"]}
BASIC = {"username": "me", "password": "hunter2"}
GONE = Desired(ORG, ID, None, absent=True)


def basic(**changes):
    return read_desired({"organisation_id": ORG, "name": "n", "type": "basic-auth", "data": BASIC, **changes})


def token(scopes=("a", "b"), **changes):
    data = {**OAUTH, "clientSecret": "hunter2", "scopes": list(scopes)}
    return read_desired({"organisation_id": ORG, "name": "n", "type": "oauth2-token", "data": data, **changes})


def server(credential_type="basic-auth", data=None, secrets=None, **members):
    """A credential as it is shown; its data, and the states of its secrets."""
    fields, states = {
        "none": ({}, {}),
        "basic-auth": ({"username": "me"}, {"password": "hidden"}),
        "oauth2-token": (OAUTH, {"clientSecret": "hidden", "accessToken": "unseen", "refreshToken": "unseen"}),
    }[credential_type]
    credential = {"id": ID, "type": credential_type, "name": "n", **members}
    return Observed(credential, {**fields, **(data or {})}, {**states, **(secrets or {})})


def diff(want, plan, before):
    result = make_result(want, plan, before, None, diff=True)
    assert "hunter2" not in str(result)
    return result["diff"]


# --- diffs


def test_a_diff_has_no_field_that_the_collection_does_not_know():
    shown = diff(basic(), Plan(REPLACE, "updated", ("name",)), server(data={"grantType": "code"}, name="old"))
    assert shown["before"] == {"name": "old", "type": "basic-auth", "data": {"username": "me", "password": SECRET_PLACEHOLDER}}
    assert shown["after"] == {**shown["before"], "name": "n"}


@pytest.mark.parametrize(("changes", "word"), [(("data.password",), PUSHED_PLACEHOLDER), (("name",), SECRET_PLACEHOLDER)])
def test_a_secret_that_is_sent_anew_has_another_word(changes, word):
    shown = diff(basic(), Plan(REPLACE, "rotated", changes), server())
    assert (shown["before"]["data"]["password"], shown["after"]["data"]["password"]) == (SECRET_PLACEHOLDER, word)


@pytest.mark.parametrize("state", ["hidden", "unseen"])
def test_a_secret_that_is_removed_is_there_before_whether_it_is_shown_or_not(state):
    want = token(remove_fields=["refreshToken"])
    shown = diff(want, Plan(REPLACE, "updated", ("data.refreshToken",)), server("oauth2-token", secrets={"refreshToken": state}))
    assert shown["before"]["data"]["refreshToken"] == SECRET_PLACEHOLDER
    assert "refreshToken" not in shown["after"]["data"]


def test_a_removal_that_is_no_change_is_not_in_the_diff():
    shown = diff(token(remove_fields=["refreshToken"]), Plan(REPLACE, "updated", ("name",)), server("oauth2-token", name="old"))
    assert "refreshToken" not in shown["before"]["data"]


def test_a_readable_field_that_is_removed_is_gone_afterwards():
    params = {"additionalParams": {"a": "b"}}
    plan = Plan(REPLACE, "updated", ("data.additionalParams",))
    shown = diff(token(remove_fields=["additionalParams"]), plan, server("oauth2-token", params))
    assert shown["before"]["data"]["additionalParams"] == {"a": "b"}
    assert "additionalParams" not in shown["after"]["data"]


def test_a_field_that_the_task_does_not_give_stays():
    shown = diff(token(), Plan(REPLACE, "updated", ("name",)), server("oauth2-token", {"additionalParams": {"a": "b"}}, name="old"))
    assert shown["after"]["data"]["additionalParams"] == {"a": "b"}


def test_the_fields_of_another_type_are_gone_afterwards():
    want = basic()
    shown = diff(want, Plan(REPLACE, "updated", ("type", *want.paths(want.data))), server("oauth2-token"))
    assert set(shown["before"]["data"]) == {*OAUTH, "clientSecret"}
    assert shown["after"] == {"name": "n", "type": "basic-auth", "data": {"username": "me", "password": PUSHED_PLACEHOLDER}}


@pytest.mark.parametrize(("scopes", "changes", "after"), [("ba", ("name",), ["a", "b"]), ("bc", ("data.scopes",), ["b", "c"])])
def test_scopes_in_another_order_are_no_change(scopes, changes, after):
    shown = diff(token(scopes), Plan(REPLACE, "updated", changes), server("oauth2-token"))
    assert (shown["before"]["data"]["scopes"], shown["after"]["data"]["scopes"]) == (["a", "b"], after)


def test_the_diff_of_a_creation():
    shown = diff(basic(), Plan(CREATE, "created", ("name",)), None)
    assert shown["before"] == ""
    assert shown["after"] == {"name": "n", "type": "basic-auth", "data": {"username": "me", "password": PUSHED_PLACEHOLDER}}
    assert (shown["before_header"], shown["after_header"]) == ("n (as the platform has it)", "n (as the task wants it)")


def test_the_diff_of_a_deletion():
    shown = diff(GONE, Plan(DELETE, "deleted"), server())
    assert shown["before"]["data"] == {"username": "me", "password": SECRET_PLACEHOLDER}
    assert shown["after"] == ""


def test_the_diff_of_no_change():
    shown = diff(basic(data={**BASIC, "username": "other"}), Plan(NOTHING, "unchanged"), server())
    assert (
        shown["before"] == shown["after"] == {"name": "n", "type": "basic-auth", "data": {"password": SECRET_PLACEHOLDER, "username": "me"}}
    )
    assert list(shown["after"]["data"]) == ["password", "username"]


@pytest.mark.parametrize(("before", "name"), [(server(name="shown\x1b"), "shown\\x1b"), (None, ID)])
def test_the_diff_of_a_credential_without_a_name_in_the_task_is_headed_by_what_there_is(before, name):
    assert diff(GONE, Plan(NOTHING, "kept"), before)["before_header"].startswith(f"{name} (")


def test_a_name_that_the_task_does_not_give_stays_in_the_diff():
    want = basic(name=None, credential_id=ID)
    assert diff(want, Plan(REPLACE, "rotated", ("data.password",)), server(name="shown"))["after"]["name"] == "shown"


@pytest.mark.parametrize("wanted", [True, False])
def test_a_diff_is_there_only_where_it_is_wanted(wanted):
    assert ("diff" in make_result(basic(), Plan(NOTHING, "unchanged"), server(), server(), wanted)) == wanted


# --- the rest of a result


def test_what_went_before_is_the_credential_of_check_mode():
    before, after = server(name="old"), server()
    plan = Plan(REPLACE, "updated", ("name",))
    checked, done = make_result(basic(), plan, before, None, False), make_result(basic(), plan, before, after, False)
    assert (checked["credential"], done["credential"]) == (before.view(), after.view())
    assert (checked["changed"], checked["decision"], checked["changes"], checked["credential_id"]) == (True, "updated", ["name"], ID)


def test_a_creation_in_check_mode_has_no_credential_yet():
    result = make_result(basic(), Plan(CREATE, "created"), None, None, False)
    assert (result["credential"], result["credential_id"]) == (None, None)


def test_an_absent_credential_has_the_id_that_the_task_gives():
    assert make_result(GONE, Plan(NOTHING, "absent"), None, None, False)["credential_id"] == ID


def test_a_deleted_credential_is_known_by_its_id_only():
    result = make_result(Desired(ORG, None, "n", absent=True), Plan(DELETE, "deleted"), server(errors=["bad"]), None, False)
    assert (result["credential"], result["credential_id"]) == (None, ID)
    assert "warnings" not in result  # what it was is of no interest any more


@pytest.mark.parametrize("fails", [True, False])
@pytest.mark.parametrize("after", [None, server(errors=["bad", "worse"])], ids=["check mode", "for real"])
def test_an_invalid_credential_fails_the_task_only_where_that_is_wanted(fails, after):
    result = make_result(basic(fail_when_invalid=fails), Plan(NOTHING, "unchanged"), server(errors=["bad", "worse"]), after, False)
    sentence = "credential 'n': the platform finds it invalid: bad; worse"
    said = {key: result[key] for key in ("failed", "msg", "warnings") if key in result}
    assert said == ({"failed": True, "msg": sentence} if fails else {"warnings": [sentence]})


@pytest.mark.parametrize("errors", [None, []])
def test_a_valid_credential_never_fails_the_task(errors):
    result = make_result(basic(fail_when_invalid=True), Plan(NOTHING, "unchanged"), server(), server(errors=errors), False)
    assert "failed" not in result and "warnings" not in result


def test_the_plan_s_warnings_come_first():
    result = make_result(basic(), Plan(NOTHING, "unchanged", warnings=("first",)), None, server(errors=["bad"]), False, ["second"])
    assert result["warnings"][:2] == ["first", "second"] and "bad" in result["warnings"][2]
