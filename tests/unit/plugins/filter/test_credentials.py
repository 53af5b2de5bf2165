# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filters refuse, each in a sentence that names no value, and that nothing in what they return is taken for a template."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.versori.platform.plugins.filter.credentials import FilterModule

SECRET = "planted-in-a-filter-5521"
FILTERS = FilterModule().filters()


@pytest.mark.parametrize(
    ("name", "args", "sentence"),
    [
        ("audit", ({"id": SECRET},), "audit wants the credentials that versori_credential_info returned"),
        ("audit_html", ({}, "now"), "audit_html wants a list of what the filter audit returned"),
        ("audit_table", ([SECRET],), "audit_table wants what the filter audit returned"),
        ("audit_table", ({"credentials": SECRET},), "audit_table wants what the filter audit returned"),
        ("export", (SECRET,), "export wants the credentials that versori_credential_info returned"),
        ("results_table", ({"results": SECRET},), "results_table wants the registered result of a versori_credentials task"),
        ("rotation", (SECRET, []), "versori_rotate must be a list with at least one item"),
    ],
)
def test_what_is_refused(name, args, sentence):
    with pytest.raises(AnsibleFilterError) as refused:
        FILTERS[name](*args)
    assert str(refused.value) == sentence
