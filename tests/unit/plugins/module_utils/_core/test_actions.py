# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions and their answers travel to another host and back as JSON, and are the same there."""

import json

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.actions import FIND, from_json, request, to_json
from ansible_collections.versori.platform.plugins.module_utils._core.desired import Desired, read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.observed import Observed

ID = "01KK9J6VFKZSB86BQQT8903TMY"
OAUTH = {"clientId": "id", "clientSecret": "hunter2", "authorizeUrl": "https://a.example", "tokenUrl": "https://t.example", "scopes": ["a"]}
REMOVED, CHANGED_AT = ["refreshToken", "additionalParams"], "2026-01-02T03:04:05Z"
POLICY = {"update_secrets": "always", "on_drift": "warn", "on_unknown": "fail", "secret_changed_at": CHANGED_AT, "fail_when_invalid": True}
IDENTITY = {"organisation_id": "1", "credential_id": ID, "name": "n", "type": "oauth2-token"}
WANTED = read_desired({**IDENTITY, "data": OAUTH, "remove_fields": REMOVED, **POLICY})
OBSERVED = Observed({"id": ID, "type": "string", "name": "n", "usages": []}, {"x": ["a"]}, {"value": "hidden"}, ("etag", "data.y"))


def there(value):
    """A value as the other host reads it."""
    return from_json(json.loads(json.dumps(to_json(value))))


@pytest.mark.parametrize(
    "value", [WANTED, Desired("1", None, "n", absent=True), OBSERVED, Observed({"id": ID}), None, "1", [], [{"id": ID}]]
)
def test_what_is_desired_and_what_is_observed_arrive_as_they_were(value):
    assert there(value) == value
    assert type(there(value)) is type(value)
    assert hash(getattr(there(value), "removed", ())) is not None  # a tuple again, not a list


@pytest.mark.parametrize("maybe_applied", [True, False])
def test_a_failure_arrives_with_all_that_is_said_of_it(maybe_applied):
    fields = [{"field": "name", "message": "is taken"}]
    failure = Failure("no", status=409, code="conflict", fields=fields, cause="a name", maybe_applied=maybe_applied)
    arrived = there(failure)
    assert (type(arrived), vars(arrived), arrived.args) == (Failure, vars(failure), failure.args)


def test_an_action_arrives_with_all_its_arguments():
    action = (FIND, WANTED, OBSERVED, None)
    assert tuple(map(there, action)) == action


def test_a_request_is_one_action_and_its_answer():
    flow = request(FIND, WANTED)
    assert flow.send(None) == (FIND, WANTED)
    with pytest.raises(StopIteration) as end:
        flow.send("answer")
    assert end.value.value == "answer"
