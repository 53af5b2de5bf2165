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
        "basic-auth": ({"username": "me"}, {"password": "hidden"}),
        "oauth2-token": (OAUTH, {"clientSecret": "hidden", "accessToken": "unseen", "refreshToken": "unseen"}),
    }[credential_type]
    credential = {"id": ID, "type": credential_type, "name": "n", **members}
    return Observed(credential, {**fields, **(data or {})}, {**states, **(secrets or {})})


def side(kind="basic-auth", name="n", **changes):
    """One side of a diff; of a type with tokens without those."""
    data = {"username": "me", "password": SECRET_PLACEHOLDER} if kind == "basic-auth" else {**OAUTH, "clientSecret": SECRET_PLACEHOLDER}
    return {"name": name, "type": kind, "data": {**data, **changes}}


ANEW = {"password": PUSHED_PLACEHOLDER}
TOKEN, PARAMS, REFRESH = "oauth2-token", {"additionalParams": {"a": "b"}}, {"refreshToken": SECRET_PLACEHOLDER}
NO_REFRESH = {"remove_fields": ["refreshToken"]}
RENAMED = Plan(REPLACE, "updated", ("name",))
REMOVED = Plan(REPLACE, "updated", ("data.refreshToken",))
RETYPED = Plan(REPLACE, "updated", ("type", *basic().paths(basic().data)))


@pytest.mark.parametrize(
    ("want", "plan", "shown", "before", "after"),
    [
        (basic(), RENAMED, server(data={"grantType": "code"}, name="old"), side(name="old"), side()),  # no field that is unknown
        (basic(), Plan(REPLACE, "rotated", ("data.password",)), server(), side(), side(**ANEW)),
        # What is removed is there before, whether it is shown or not, unless its removal is no change.
        (token(**NO_REFRESH), REMOVED, server(TOKEN, secrets={"refreshToken": "hidden"}), side(TOKEN, **REFRESH), side(TOKEN)),
        (token(**NO_REFRESH), REMOVED, server(TOKEN), side(TOKEN, **REFRESH), side(TOKEN)),
        (token(**NO_REFRESH), RENAMED, server(TOKEN, name="old"), side(TOKEN, name="old"), side(TOKEN)),
        (
            token(remove_fields=["additionalParams"]),
            Plan(REPLACE, "updated", ("data.additionalParams",)),
            server(TOKEN, PARAMS),
            side(TOKEN, **PARAMS),
            side(TOKEN),
        ),
        # What the task does not give stays.
        (token(), RENAMED, server(TOKEN, PARAMS, name="old"), side(TOKEN, name="old", **PARAMS), side(TOKEN, **PARAMS)),
        (
            basic(name=None, credential_id=ID),
            Plan(REPLACE, "rotated", ("data.password",)),
            server(name="x"),
            side(name="x"),
            side(name="x", **ANEW),
        ),
        # The fields of another type are gone afterwards.
        (basic(), RETYPED, server(TOKEN), side(TOKEN), side(**ANEW)),
        # Scopes in another order are no change.
        (token("ba"), RENAMED, server(TOKEN), side(TOKEN), side(TOKEN)),
        (token("bc"), Plan(REPLACE, "updated", ("data.scopes",)), server(TOKEN), side(TOKEN), side(TOKEN, scopes=["b", "c"])),
        (basic(), Plan(CREATE, "created", ("name",)), None, "", side(**ANEW)),
        (GONE, Plan(DELETE, "deleted"), server(), side(), ""),
        (basic(data={**BASIC, "username": "other"}), Plan(NOTHING, "unchanged"), server(), side(), side()),
    ],
)
def test_a_diff(want, plan, shown, before, after):
    result = make_result(want, plan, shown, None, diff=True)
    assert "hunter2" not in str(result)
    made = result["diff"]
    if plan.decision == "rotated":  # of nothing but a secret there is nothing to be compared
        assert made == {"prepared": f"{want.label}: data.password (secret): rotated\n"}
        return
    assert (made["before"], made["after"]) == (before, after)
    assert all(not made[side] or list(made[side]["data"]) == sorted(made[side]["data"]) for side in ("before", "after"))
    assert "diff" not in make_result(want, plan, shown, shown, False)


@pytest.mark.parametrize(
    ("want", "before", "name"), [(basic(), None, "n"), (GONE, server(name="shown\x1b"), "shown\\x1b"), (GONE, None, ID)]
)
def test_a_diff_is_headed_by_the_name_or_what_there_is(want, before, name):
    made = make_result(want, Plan(NOTHING, "kept"), before, None, diff=True)["diff"]
    assert (made["before_header"], made["after_header"]) == (f"{name} (as the platform has it)", f"{name} (as the task wants it)")


def test_what_went_before_is_the_credential_of_check_mode():
    before, after = server(name="old"), server()
    plan = Plan(REPLACE, "updated", ("name",))
    checked, done = make_result(basic(), plan, before, None, False), make_result(basic(), plan, before, after, False)
    assert (checked["credential"], done["credential"]) == (before.view(), after.view())
    assert (checked["changed"], checked["decision"], checked["changes"], checked["credential_id"]) == (True, "updated", ["name"], ID)


@pytest.mark.parametrize(("want", "plan", "id"), [(basic(), Plan(CREATE, "created"), None), (GONE, Plan(NOTHING, "absent"), ID)])
def test_what_is_not_there_has_the_id_that_the_task_gives(want, plan, id):
    result = make_result(want, plan, None, None, False)
    assert (result["credential"], result["credential_id"]) == (None, id)


def test_a_deleted_credential_is_known_by_its_id_only():
    result = make_result(Desired(ORG, None, "n", absent=True), Plan(DELETE, "deleted"), server(errors=["bad"]), None, False)
    assert (result["credential"], result["credential_id"], "warnings" in result) == (None, ID, False)  # what it was is of no interest


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


@pytest.mark.parametrize(("expires", "is_told"), [("2027-01-01T00:00:00Z", True), (None, False), ("soon", False), (1, False)])
def test_that_it_will_be_deleted_is_a_warning(expires, is_told):
    result = make_result(basic(), Plan(NOTHING, "unchanged"), server(expiresAt=expires), server(expiresAt=expires), False)
    told = ["credential 'n': the platform deletes it by itself at 2027-01-01T00:00:00Z (expiresAt)."]
    assert result.get("warnings", []) == told * is_told
