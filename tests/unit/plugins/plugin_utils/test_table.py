# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of plain text: no name forges a line of them, and a long one shows what was done."""

import re

import pytest
from ansible_collections.versori.platform.plugins.plugin_utils._export import write_list
from ansible_collections.versori.platform.plugins.plugin_utils._table import audit_lines, results_lines

FORGED = "a\x1b[2J\x07\r\n\x9b31m\u2028\u202eb"
SAME = {"name": "x", "credential_id": "i", "decision": "unchanged", "changed": False, "failed": False, "changes": [], "msg": ""}


def test_names_cannot_forge_what_is_printed():
    """Control characters, line breaks and what turns the direction are spelt out; the rest of a name stays as it is."""
    result = {**SAME, "name": FORGED, "decision": "created", "changed": True}
    entry = {"name": FORGED, "id": "i", "type": "string", "findings": ["invalid"], "reasons": [FORGED]}
    audited = {"credentials": [entry], "counts": {"credentials": 1, "invalid": 1}, "compared": True, "unknown_max_age": [FORGED]}
    printed = [
        *results_lines({"results": [result, {**result, "failed": True, "msg": FORGED}]}, None),
        *results_lines({"results": [result]}, [{"id": "i", "errors": [FORGED]}]),
        *audit_lines(audited),
        *write_list([{"id": "i", "name": FORGED, "type": FORGED}], "")["left_out"],
    ]
    assert sum("a\\x1b[2J\\x07  \\x9b31m \\u202eb" in line for line in printed) == 5
    assert all(line.isprintable() for line in printed)


def test_a_long_table_shows_what_was_done():
    results = [{**SAME, "name": f"n{number}"} for number in range(101)]
    assert len(results_lines({"results": results[:3]}, None)) == 5
    results[7] = {**SAME, "name": "pushed", "changed": True, "decision": "rotated"}
    results[8] = {**SAME, "name": "wrong", "failed": True, "decision": None, "msg": "it failed."}
    _head, _line, *table, rest = results_lines({"results": results}, None)
    assert [next(word for word in ("pushed", "wrong") if word in line) for line in table] == ["pushed", "wrong"]
    assert rest == "99 more are as they should be."
    assert table[1].endswith("wrong")  # why is in the task's message, once for all that failed for it


def test_what_the_results_of_a_failed_task_leave_out_is_counted():
    result = {"results": [{**SAME, "failed": True, "msg": "it failed."}], "unchanged": ["a"], "not_tried": ["b", "c"]}
    assert results_lines(result, None)[-2:] == ["1 more is as it should be.", "2 were not tried."]


@pytest.mark.parametrize(
    ("result", "credential", "row"),
    [
        ({}, {"errors": []}, ["ok", "valid", "unchanged", "x"]),
        ({"changed": True, "changes": ["a", "b"]}, {}, ["changed", "not validated yet", "unchanged", "x", "a, b"]),
        ({}, {"errors": ["expired"]}, ["ok", "INVALID", "unchanged", "x", "expired"]),
        ({"failed": True, "decision": None, "msg": "no."}, None, ["FAILED", "-", "-", "x", "no."]),
    ],
)
def test_a_row_of_results(result, credential, row):
    lines = results_lines({"results": [{**SAME, **result}]}, [] if credential is None else [{"id": "i", **credential}])
    assert re.split(" {2,}", lines[2]) == row


def test_columns_are_as_wide_as_they_look():
    names = ["ab", "\u4e2d", "e\u0301x"]
    _head, _line, *rows = results_lines({"results": [{**SAME, "name": name, "changes": ["i"]} for name in names]}, None)
    assert [row.index(" i") - row.index(name) for row, name in zip(rows, names, strict=True)] == [5, 4, 6]
