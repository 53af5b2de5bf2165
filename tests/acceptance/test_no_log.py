# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With `no_log: true`, nothing of what a task did is shown anywhere: names and ids of credentials count as hidden, too."""

import os

import pytest

from tests.acceptance.many import info, many, string
from tests.acceptance.running import Controller, task
from tests.playing import ELSEWHERE, HERE, MANY, ONE, STATE

HIDDEN = "planted"  # a part of each name and each secret here


def item(name, **more):
    return string(f"planted-{name}", f"planted-secret-{name}", **more)


@pytest.fixture
def shown(sim, tmp_path):
    """Run a play, and return all that it has left for people and machines to read."""

    def run(*tasks, way, callback="default", env=None, **keywords):
        controller = Controller(tmp_path / way, sim, way)
        log = controller.cwd / "log"
        env = {
            "ANSIBLE_LOG_PATH": str(log),
            "ANSIBLE_CALLBACKS_ENABLED": "recorder,ansible.builtin.junit",
            "JUNIT_OUTPUT_DIR": str(controller.cwd / "junit"),
            "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1",
            "ANSIBLE_STDOUT_CALLBACK": callback,
            "ANSIBLE_COLLECTIONS_PATH": os.environ.get("TEST_COLLECTIONS"),
            **(env or {}),
        }
        ran = controller.play(*tasks, args=["-vvv"], env=env, **keywords)
        junit = "".join(path.read_text() for path in (controller.cwd / "junit").iterdir())
        return ran, {"printed": ran.printed, "log": log.read_text(), "junit": junit}

    return run


def prepare(sim):
    """One that is there and not remembered, one that is invalid, and one that cannot be updated."""
    sim.add("string", "planted-known", {"value": "planted-old"})
    sim.invalidate(sim.add("string", "planted-invalid", {"value": "planted-old"}), ["planted-reason"])
    sim.fault("server_error", method="PUT", path=sim.add("string", "planted-broken", {"value": "planted-old"}), times=9)
    sim.add("string", "planted-other", {"value": "planted-old"})


TASKS = [
    task("created", **item("new")),
    task("warned", **item("known")),
    task("invalid", **item("invalid")),
    task("failed", **item("broken"), retries=0),
    task("refused", name="planted-refused", type="planted-type"),
    task("misspelt", planted_option="planted-x", **item("new")),
    many("many", [item("known", on_unknown="fail"), item("broken"), item("invalid"), item("more")], retries=0),
    many("prune", [item("more"), item("known"), item("invalid")], prune=True, on_unknown="push"),
    info("info", full=True),
    info("nothing", name="planted-nobody"),
    {
        "name": "loop",
        ONE: {"name": "{{ item }}", "type": "string", "data": {"value": "planted-{{ item }}"}},
        "loop": ["planted-a", "planted-b"],
    },
    # Ansible itself makes failures of these.
    many("meant to fail", [item("more"), item("fine")], {"failed_when": True}),
    {
        "name": "a loop that is meant to fail",
        MANY: {"credentials": [item("once"), item("twice")]},
        "loop": [1, 2],
        "check_mode": True,
        "failed_when": True,
    },
    many("a condition that cannot be judged", [item("half"), item("whole")], {"changed_when": "nobody_set_this"}),
    task("one that is meant to fail", {"failed_when": True}, **item("more")),
    {**info("read, and meant to fail", full=True), "failed_when": True},
    {"name": "remembered, and meant to fail", STATE: {}, "failed_when": True},
]


ROLE = {
    "name": "the role",
    "ansible.builtin.include_role": {"name": "versori.platform.credentials"},
    "vars": {"versori_credentials": [item("lost", credential_id="01KK9J6VFKZSB86BQQT8903TMY"), item("role")]},
}

# Where no_log is set, in which way tasks run, and what prints them.
PLACES = {
    "task": (HERE, "default"),
    "block": (ELSEWHERE, "default"),
    "play": (HERE, "ansible.posix.json"),
    "environment": (HERE, "ansible.builtin.minimal"),
}


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_shown(shown, sim, place):
    prepare(sim)
    way, callback = PLACES[place]
    if callback == "ansible.posix.json" and "TEST_COLLECTIONS" not in os.environ:
        pytest.skip("TEST_COLLECTIONS names no folder with ansible.posix")
    tasks, keywords = TASKS, {}
    if place == "task":
        tasks = [{**one, "no_log": True} for one in TASKS]
    elif place == "block":
        tasks = [{"name": "a block", "block": [{"ignore_errors": True, **one} for one in TASKS], "no_log": True}]
    else:
        tasks = [*TASKS, ROLE]
        keywords = {"no_log": True} if place == "play" else {"env": {"ANSIBLE_NO_LOG": "1"}}
    run, texts = shown(*tasks, way=way, callback=callback, **keywords)
    assert [result.label for result in run.results if result.how == "failed"][:3] == ["failed", "refused", "misspelt"]
    if ROLE in tasks:
        assert run["Fail for what went wrong"].how == "failed"
    ids = [credential["id"] for credential in sim.state()]
    lines = [f"{name}: {line}" for name, text in texts.items() for line in text.splitlines()]
    found = [line for line in lines if HIDDEN in line or any(id in line for id in ids)]
    assert found == [], "\n".join(found)


def test_what_is_registered_is_whole(shown, sim):
    """A later task may look at it, whatever the version of Ansible shows."""
    prepare(sim)
    ignored = {"no_log": True, "register": "it", "ignore_errors": True}
    show = {"name": "show", "ansible.builtin.debug": {"var": "it"}}
    run, _texts = shown(
        many("many", [item("known"), item("broken")], ignored, retries=0),
        show,
        {**info("info", name="planted-known"), **ignored},
        way=HERE,
    )
    it = run["show"].said["it"]
    assert it["msg"] == "no_log hides what this task has to say: the registered result has it in hidden.msg, or run it once without no_log."
    assert it["hidden"]["msg"].startswith("1 of 2 credentials failed. Could not update credential 'planted-broken': the API answered 500.")
    assert it["hidden"]["warnings"][0].startswith("credential 'planted-known': whether the server holds this task's secret is unknown")
    assert [result["name"] for result in it["results"]] == ["planted-known", "planted-broken"]
    assert "_ansible_no_log" not in str(it) and "warnings" not in it
    assert "hidden" not in run["info"].said
