# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters, each documented in the YAML file of its name.

Ansible's own string classes end here, and nothing in what comes back is taken for a template.
"""

from __future__ import annotations

import time as clock
import typing as t

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._core.failure import Failure
from ..plugin_utils._audit import make_audit
from ..plugin_utils._export import write_list
from ..plugin_utils._max_age import MaxAge
from ..plugin_utils._page import page
from ..plugin_utils._rotation import whole_credentials
from ..plugin_utils._settings import to_native
from ..plugin_utils._table import audit_lines, results_lines


def audit(
    credentials: t.Any, checked: t.Any = None, host: str = "", organisation_id: str = "", max_age: t.Any = None, unread: t.Any = ()
) -> t.Any:
    """The findings about what was read, and about a list that was checked against it."""
    if not isinstance(credentials, list):
        raise AnsibleFilterError("audit wants the credentials that versori_credential_info returned")
    if isinstance(checked, t.Mapping) and ("unchanged" in checked or "not_tried" in checked):
        raise AnsibleFilterError("audit wants the result of a task with full_results: true, for this one leaves out what is unchanged")
    results = to_native(checked.get("results")) if isinstance(checked, t.Mapping) else None
    read = to_native([*credentials, *(unread or ())])
    return wrap_var(make_audit(read, results, str(host), str(organisation_id or ""), to_native(max_age), clock.time()))


def audit_html(audits: t.Any, time: str, unread: t.Sequence[str] = ()) -> t.Any:
    """The page for what the audit found in some organisations."""
    if not isinstance(audits, list):
        raise AnsibleFilterError("audit_html wants a list of what the filter audit returned")
    return wrap_var(page(to_native(audits), str(time), to_native(unread)))


def audit_table(audited: t.Any) -> t.Any:
    """The lines for what the audit found in one organisation."""
    if not isinstance(audited, t.Mapping) or not isinstance(audited.get("credentials"), list):
        raise AnsibleFilterError("audit_table wants what the filter audit returned")
    return wrap_var(audit_lines(to_native(audited)))


def export(credentials: t.Any, organisation_id: str = "") -> t.Any:
    """The list and the vault variables that it needs."""
    if not isinstance(credentials, list):
        raise AnsibleFilterError("export wants the credentials that versori_credential_info returned")
    return wrap_var(write_list(to_native(credentials), to_native(organisation_id or "")))


def max_age_problem(max_age: t.Any) -> str:
    """What is wrong with the limit that is given to the audit; empty where nothing is."""
    try:
        MaxAge(to_native(max_age))
    except AnsibleFilterError as problem:
        return f"{problem}."
    return ""


def results_table(result: t.Any, credentials: t.Any = None) -> t.Any:
    """The lines for a result of versori_credentials, and for what was read after it."""
    if not isinstance(result, t.Mapping) or not isinstance(result.get("results"), list):
        raise AnsibleFilterError("results_table wants the registered result of a versori_credentials task")
    return wrap_var(results_lines(to_native(result), None if credentials is None else to_native(list(credentials))))


def rotation(new_values: t.Any, credentials: t.Any) -> t.Any:
    """The whole credentials to push, or why there are none: what a filter raises, Ansible prints amid what it was templating."""
    try:
        return wrap_var({"credentials": whole_credentials(to_native(new_values), to_native(credentials)), "problem": ""})
    except Failure as failure:
        return wrap_var({"problem": failure.msg})


class FilterModule:
    """The filter plugins."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {
            function.__name__: function for function in (audit, audit_html, audit_table, export, max_age_problem, results_table, rotation)
        }
