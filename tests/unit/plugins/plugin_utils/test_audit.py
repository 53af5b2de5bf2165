# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit finds: from what was read, and from a list that was checked against it."""

import pytest
from ansible_collections.versori.platform.plugins.plugin_utils._audit import FINDINGS, make_audit

ID = "01KK9J6VFKZSB86BQQT8903TMY"
CREDENTIAL = {"id": ID, "name": "n", "type": "string", "updatedAt": "2026-01-02T00:00:00Z", "errors": [], "usages": [{}]}
NOW = 1767312000.0  # 2026-01-02
SAME = {"name": "n", "credential_id": ID, "decision": "unchanged", "changed": False, "failed": False, "changes": [], "msg": ""}


@pytest.mark.parametrize(
    ("credential", "result", "findings"),
    [
        ({}, {}, {}),
        ({"errors": ["expired"]}, {}, {"invalid": "expired"}),
        ({"errors": None, "usages": None}, {}, {}),
        ({"usages": []}, {}, {"unused": "no environment uses it"}),
        ({"expiresAt": "2027-01-01T00:00:00Z"}, {}, {"expiring": "the platform deletes it by itself at 2027-01-01T00:00:00Z"}),
        ({}, None, {"unlisted": "is on the platform, but not in the list"}),
        ({}, {"decision": "updated", "changed": True, "changes": ["name"]}, {"differs": "other than in the list: name"}),
        ({}, {"decision": "drifted"}, {"differs": "changed by somebody else since it was pushed"}),
        ({}, {"decision": "deleted", "changed": True, "changes": ["x"]}, {"differs": "is there, but should not be"}),
        ({}, {"decision": "unknown", "changed": True}, {"unknown": "nothing is remembered of its secret"}),
        (
            {"type": "basic-auth", "data": {"username": "me", "password": "(secret)"}},
            {"decision": "unknown", "changed": True, "changes": ["name", "data.username", "data.password"]},
            {"differs": "other than in the list: name, data.username", "unknown": "nothing is remembered of its secret"},
        ),
        (  # what the platform hides beside the secret is as unknown as that
            {"type": "basic-auth", "data": {"password": "(secret)"}},
            {"decision": "unknown", "changed": True, "changes": ["data.username", "data.password"]},
            {"unknown": "nothing is remembered of its secret"},
        ),
        ({}, {"failed": True, "decision": None, "msg": "it failed"}, {"unchecked": "it failed"}),
        ({}, {"credential_id": ID.lower()}, {}),
        (None, {"credential_id": None, "decision": "created", "changed": True}, {"missing": "is in the list, but not on the platform"}),
        (None, {"credential_id": None, "failed": True, "decision": None, "msg": "it failed"}, {"unchecked": "it failed"}),
    ],
)
def test_each_finding(credential, result, findings):
    credentials = [] if credential is None else [{**CREDENTIAL, **credential}]
    audit = make_audit(credentials, [] if result is None else [{**SAME, **result}], "host", "org", None, NOW)
    [row] = audit["credentials"]
    assert row["findings"] == list(findings) and row["name"] == "n"
    assert all(reason.startswith(words) for reason, words in zip(row["reasons"], findings.values(), strict=True))
    assert audit["counts"] == {"credentials": 1, **{finding: int(finding in findings) for finding in FINDINGS}}


@pytest.mark.parametrize(("errors", "valid"), [(None, None), ([], True), (["expired"], False)])
@pytest.mark.parametrize(("usages", "used"), [(None, None), ([], False), ([{}], True)])
def test_absent_is_neither_yes_nor_no(errors, valid, usages, used):
    """Contract, "Validity"; contract, "Usages". Without a list nothing is unlisted."""
    audit = make_audit([{**CREDENTIAL, "errors": errors, "usages": usages}], None, "", "", None, NOW)
    [row] = audit["credentials"]
    assert (row["valid"], row["used"], row["listed"], audit["compared"]) == (valid, used, None, False)
    assert "unlisted" not in row["findings"]


def test_where_it_is_used():
    shop = {"name": "Production", "connection": {"name": "Shop"}}
    usages = [{"environment": shop}, {"environment": {"slug": "test", "connection": None}}, {"environment": {"id": "e1"}}]
    [row] = make_audit([{**CREDENTIAL, "usages": [*usages, {"environment": {}}, {}, "odd"]}], None, "", "", None, NOW)["credentials"]
    assert row["used_by"] == ["Shop / Production", "test", "e1", "?", "?", "?"]
