# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials of types that only newer APIs know (contract, "Types of newer APIs"): listed and read, never pruned."""

import pytest
from ansible_collections.versori.platform.plugins.module_utils._core.actions import FIND
from ansible_collections.versori.platform.plugins.module_utils._core.desired import Desired, read_desired
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from ansible_collections.versori.platform.plugins.module_utils._core.observed import read_observed, read_summary
from ansible_collections.versori.platform.plugins.module_utils._core.placeholders import UNKNOWN_FIELD_PLACEHOLDER
from ansible_collections.versori.platform.plugins.module_utils._core.plan import make_plan
from ansible_collections.versori.platform.plugins.module_utils._core.prune import prune
from ansible_collections.versori.platform.plugins.plugin_utils._export import write_list

ORG, ID = "01HFS2NEAZ6ECZBZMN4FF775P7", "01KK9J6VFKZSB86BQQT8903TMY"
NEWER = {
    "oauth2-code": {"code": "hunter2", "state": "s"},
    "oauth2-password": {"username": "me", "password": "hunter2"},
    "certificate": {"certificate": "c", "key": "hunter2", "ca": "a"},
    "jwt-bearer": {"secret": "hunter2"},
    "custom-function": {"anything": "hunter2"},
    "oauth1": {"consumerSecret": "hunter2"},
    "oauth1-token": {"token": "t", "tokenSecret": "hunter2"},
}


def credential(kind):
    """As newer APIs have it: without times, and with members of their own."""
    members = {"organisationId": ORG, "expiresAt": "2026-01-02T03:04:05Z", "usages": []}
    return {"id": ID, "type": kind, "name": "n", "data": NEWER[kind], **members}


@pytest.mark.parametrize("kind", NEWER)
def test_it_is_read_without_the_values_of_its_data_and_not_written_down_as_if_it_could_be_applied(kind):
    view = read_observed(credential(kind), Mask([])).view()
    assert (view["type"], view["name"], view["data"]) == (kind, "n", dict.fromkeys(NEWER[kind], UNKNOWN_FIELD_PLACEHOLDER))
    assert "hunter2" not in str(view)
    assert read_summary(credential(kind), Mask([]))["type"] == kind
    exported = write_list([view], ORG)
    assert ID not in exported["credentials"] and f"the type {kind} is not known" in str(exported)


@pytest.mark.parametrize("kind", NEWER)
def test_it_is_never_pruned(kind):
    flow = prune(Desired(ORG, ID, "n", absent=True), None)
    assert next(flow)[0] == FIND
    with pytest.raises(StopIteration) as end:
        flow.send(read_observed(credential(kind), Mask([])))
    result = end.value.value
    assert (result["decision"], result["changed"]) == ("kept", False)
    assert "not listed, but kept: of a type that this collection does not know." in result["warnings"][0]


@pytest.mark.parametrize("kind", NEWER)
@pytest.mark.parametrize("policy", [{}, {"update_secrets": "always"}, {"on_unknown": "push"}])
def test_it_is_never_overwritten(kind, policy):
    """A matching name is an ordinary accident, and a PUT would destroy what it holds."""
    desired = read_desired({"organisation_id": ORG, "name": "n", "type": "string", "data": {"value": "hunter3"}, **policy})
    observed = read_observed(credential(kind), Mask([]))
    with pytest.raises(Failure, match=f"is of type {kind} on the server, which this collection does not know.*Nothing was sent"):
        make_plan(desired, observed)
    gone = read_desired({"organisation_id": ORG, "name": "n", "state": "absent"})
    assert make_plan(gone, observed).decision == "deleted"
