# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which readable fields count as different from what is desired."""

import dataclasses

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.comparison import differences
from ansible_collections.versori.platform.plugins.module_utils._core.desired import read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.observed import Observed

ID = "01KK9J6VFKZSB86BQQT8903TMY"
DATA = {"clientId": "id", "clientSecret": "hunter2", "authorizeUrl": "", "tokenUrl": "https://t.example"}
READABLE = {"clientId": "id", "tokenUrl": "https://t.example"}


def desired(**changes):
    options = {"organisation_id": "1", "credential_id": ID, "name": "n", "type": "oauth2-client", "data": DATA}
    return read_desired({**options, **changes})


def server(data=None, credential_type="oauth2-client", **others):
    credential = {"id": ID, "type": credential_type, "name": "n"}
    return Observed(credential, {**READABLE, **(data or {})}, {"clientSecret": "hidden"}, **others)


@pytest.mark.parametrize(("name", "paths"), [("n", ["name"]), (None, [])])
def test_a_name_that_is_withheld_is_not_the_one_that_is_shown(name, paths):
    assert differences(desired(name=name), server(withheld=("name",))) == paths
    assert differences(desired(name=name), server(withheld=("data.x",))) == []


def test_the_data_of_another_type_is_no_data_of_this_one():
    data = {**DATA, "authorizeUrl": "https://a.example", "scopes": ["a"]}
    want = desired(type="oauth2-token", data=data)
    same = server({"authorizeUrl": "https://a.example", "scopes": ["a"]})
    assert differences(want, same) == ["type", *want.paths(want.readable)]
    assert differences(want, dataclasses.replace(same, credential={**same.credential, "type": "oauth2-token"})) == []


@pytest.mark.parametrize(("field", "there", "nothing"), [("scopes", ["a"], []), ("additionalParams", {"a": "b"}, {})])
def test_a_readable_field_that_is_to_be_removed_differs_while_it_is_there(field, there, nothing):
    want = desired(remove_fields=[field])
    assert differences(want, server({field: there})) == [f"data.{field}"]
    assert differences(want, server({field: nothing})) == differences(want, server({field: None})) == differences(want, server()) == []
    assert differences(desired(), server({field: there})) == []  # what the task does not name is the server's
