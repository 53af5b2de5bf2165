# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One module in a loop over names: one reading of the list for all of it, and its own writes are seen."""

from __future__ import annotations

from tests.acceptance.many import connections, none, outline
from tests.acceptance.running import Controller
from tests.playing import ONE


def _loop(label, items):
    return {"name": label, ONE: {key: f"{{{{ item.{key} | default(omit) }}}}" for key in ("name", "type", "state")}, "loop": items}


def test_thirty_names_cost_one_reading_over_one_connection(sim, tmp_path):
    sim.switches.turn(page_limit=10)
    sim.seed(25, "none")
    items = [none(name) for name in sorted(sim.names())] + [none(f"new-{number}") for number in range(5)]
    said = Controller(tmp_path, sim).play(_loop("run", items))["run"]
    assert outline(said.results, "decision") == ["unchanged"] * 25 + ["created"] * 5
    assert said.sent.count("GET list") == 3  # three pages, once
    assert said.sent[3:] == ["GET"] * 25 + ["POST"] * 5
    assert connections(said) == 1


def test_shipped_they_cost_one_reading_too(sim, tmp_path):
    """What one run of the module listed is known to the next, and what it wrote as well."""
    sim.seed(3, "none")
    items = [none(name) for name in sorted(sim.names())] + [none("new"), none("new"), {"name": "new", "state": "absent"}, none("new")]
    controller = Controller(tmp_path, sim)
    run = controller.play({**_loop("run", items), "delegate_to": "bastion"})
    said = run["run"]
    assert outline(said.results, "decision") == ["unchanged"] * 3 + ["created", "unchanged", "deleted", "created"], run.printed
    assert said.sent == ["GET list", *["GET"] * 3, "POST", "GET", "GET", "DELETE", "POST"]
    assert run.modules_shipped > len(items)


def test_own_writes_are_seen(sim, tmp_path):
    gone = {"name": "a", "state": "absent"}
    items = [none("a"), none("a"), gone, gone, none("a"), none("b"), none("b")]
    run = Controller(tmp_path, sim).play(_loop("run", items), _loop("another task", [none("a")]))
    said = run["run"]
    assert outline(said.results, "decision") == ["created", "unchanged", "deleted", "absent", "created", "created", "unchanged"]
    assert said.sent == ["GET list", "POST", "GET", "GET", "DELETE", "POST", "POST", "GET"]
    assert sorted(sim.names()) == ["a", "b"]
    assert run["another task"].sent == ["GET list", "GET"]  # what others did in between is seen by the next task
