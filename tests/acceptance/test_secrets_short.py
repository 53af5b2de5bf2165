# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of a letter or two: hidden where the server says them, and no id, time, type or field garbled for them.

Nor does Ansible garble the answers of a module for them (test_same_as_ansible.py).
"""

import pytest

from tests.acceptance.many import many
from tests.acceptance.running import task

REASON = "the platform finds it invalid: not with '********'"


@pytest.mark.parametrize("short", ["ab", "0", "01", "T", "e", "s"])
def test_one(worker, sim, short):
    """Created, unchanged, and drifted with a server that repeats the secret in its reasons and usages; alone and in a list."""
    alone, listed = ({"type": "string", "name": f"{kind} {short}", "data": {"value": short}} for kind in ("one", "many"))

    def play(decision, changed, **options):
        one, several = worker.play(task("one", **alone, **options), many("many", [listed], **options)).results
        assert (one.how, several.how) == ("ok", "ok"), (one.said, several.said)
        entry, credential, item = one.state[f"one {short}"], one.credential, several.said["results"][0]
        assert (one.decision, one.changed) == (item["decision"], item["changed"]) == (decision, changed)
        assert (credential["id"], one.credential_id, credential["type"]) == (entry["id"], entry["id"], "string")
        assert (credential["createdAt"], credential["updatedAt"]) == (entry["createdAt"], entry["updatedAt"])
        assert (credential["name"], credential["data"]) == (f"one {short}", {"value": "(secret)"})
        assert (item["name"], item["credential_id"]) == (f"many {short}", several.state[f"many {short}"]["id"])
        assert changed is False or "data.value" in item["changes"]
        for result, kind in ((one, "one"), (several, "many")):
            assert "on_drift" not in options or f"{kind} {short}': {REASON}" in result.warned
        return entry, credential

    play("created", True)
    play("unchanged", False)
    for entry in sim.state():
        sim.link(entry["id"], environment=f"in {short}", connection=short)
        sim.invalidate(entry["id"], [f"not with '{short}'"])
        sim.touch(entry["id"])
    for entry, credential in (play("drifted", False, on_drift="warn"), play("drifted", True)):
        shown, held = credential["usages"][0]["environment"], entry["usages"][0]["environment"]
        assert (shown["id"], shown["createdAt"]) == (held["id"], held["createdAt"])
        assert shown["connection"]["organisationId"] == held["connection"]["organisationId"]
        assert (shown["name"], shown["connection"]["name"]) == ("in ********", "********")
