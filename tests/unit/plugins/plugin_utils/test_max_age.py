# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The age of secrets: what is known of it counts, what is not is said to be at least so old, and whose limit it is."""

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.versori.platform.plugins.plugin_utils._audit import make_audit
from ansible_collections.versori.platform.plugins.plugin_utils._max_age import MaxAge

ID = "01KK9J6VFKZSB86BQQT8903TMY"
CREDENTIAL = {"id": ID, "name": "n", "type": "basic-auth", "updatedAt": "2026-03-01T00:00:00.5Z", "errors": [], "usages": [{}]}
RESULT = {"name": "n", "credential_id": ID, "decision": "unchanged", "changed": False, "failed": False}
NOW = 1775001600.0  # 2026-04-01, 31 days after that
OLD, NEW = {"password": "2026-01-01T00:00:00Z"}, {"password": "2026-03-31T00:00:00Z"}


def found(result, max_age, **credential):
    results = None if result is None else [{**RESULT, **result}]
    [row] = make_audit([{**CREDENTIAL, **credential}], results, "", "", max_age, NOW)["credentials"]
    assert ("overdue" in row["findings"]) == bool(row["reasons"])
    return row["reasons"]


AT_LEAST = "it is the same at least since"


@pytest.mark.parametrize(
    ("result", "reasons"),
    [
        ({"secret_changed_at": OLD}, ["data.password is older than 30 days: it was changed last on 2026-01-01"]),
        ({"secret_changed_at": NEW}, []),
        ({"secret_held_since": OLD}, [f"data.password is older than 30 days: {AT_LEAST} 2026-01-01"]),
        # pushed while nothing was remembered, and nothing has changed it since a time before that
        ({"secret_held_since": NEW}, [f"data.password is older than 30 days: {AT_LEAST} 2026-03-01"]),
        ({}, [f"its secret is older than 30 days: {AT_LEAST} 2026-03-01"]),
        (None, [f"its secret is older than 30 days: {AT_LEAST} 2026-03-01"]),
        (
            {"secret_changed_at": {"a": OLD["password"], "b": NEW["password"]}, "secret_held_since": {"c": OLD["password"]}},
            [
                "data.a is older than 30 days: it was changed last on 2026-01-01",
                f"data.c is older than 30 days: {AT_LEAST} 2026-01-01",
            ],
        ),
    ],
)
@pytest.mark.parametrize("limit", [30, 30.0, "30", {"n": 30}, {"basic-auth": "30"}, {"n": 30, "basic-auth": 1000}])
def test_what_is_overdue(result, reasons, limit):
    assert found(result, limit) == reasons


@pytest.mark.parametrize("limit", [None, "", {}, {"m": 1}, {"string": 1}, 31, {"n": 31, "basic-auth": 1}])
def test_what_is_not(limit):
    assert found(None, limit) == []


@pytest.mark.parametrize("credential", [{"type": "none"}, {"updatedAt": None}, {"updatedAt": "soon"}])
def test_nothing_is_said_where_there_is_no_secret_or_no_time(credential):
    assert found(None, 1, **credential) == []


def test_one_that_is_only_listed_is_missing_and_not_overdue():
    missing = {**RESULT, "credential_id": None, "decision": "created", "changed": True, "secret_changed_at": OLD}
    [row] = make_audit([], [missing], "", "", 1, NOW)["credentials"]
    assert row["findings"] == ["missing"]


def test_one_day():
    assert found(None, 1) == [f"its secret is older than 1 day: {AT_LEAST} 2026-03-01"]
    assert found(None, 0.5) == [f"its secret is older than 0.5 days: {AT_LEAST} 2026-03-01"]


def test_what_the_data_says():
    audit = make_audit([CREDENTIAL], [{**RESULT, "secret_changed_at": OLD}], "", "", {"n": 7, "typo": 3, "string": 3}, NOW)
    [row] = audit["credentials"]
    assert (row["secret_changed_at"], row["secret_held_since"], row["max_age"]) == (OLD, {}, 7)
    assert (audit["unknown_max_age"], audit["counts"]["overdue"]) == (["typo"], 1)


@pytest.mark.parametrize("given", [0, -1, "-1", True, "soon", [90], "nan", "inf", 1e999, 10**400])
def test_what_is_no_number_of_days(given):
    with pytest.raises(AnsibleFilterError, match=r"^versori_audit_max_age must be a number of days that is greater than 0$"):
        MaxAge(given)
    with pytest.raises(AnsibleFilterError, match=r"^versori_audit_max_age\['n'\] must be a number of days"):
        MaxAge({"n": given})
