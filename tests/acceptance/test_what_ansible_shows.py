# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/security.md says of Ansible itself: what it shows whatever a module does, and what keeps it from that."""

import re
from importlib.util import find_spec

import pytest

from tests.acceptance.leaks import SPY, leaks
from tests.acceptance.many import info, many
from tests.acceptance.running import Controller, task
from tests.playbooks.running import Desk
from tests.playing import HERE, ONE

MASKED = find_spec("ansible.module_utils.secrets") is not None  # ansible-core 2.22 and newer mask registered secrets in what they print

SECRET = "planted-item-4411"
LITERAL = "planted-literal-4412"
ITEM = {"name": "{{ item.name }}", "type": "string", "data": {"value": "{{ item.value }}"}}
BY_NAME = {"name": "{{ item }}", "type": "string", "data": {"value": "{{ (listed | selectattr('name', '==', item) | first).value }}"}}


@pytest.fixture
def here(sim, tmp_path):
    return Controller(tmp_path, sim, HERE)


def play(controller, args, env):
    labelled = {"name": "items", ONE: ITEM, "loop": "{{ listed }}", "loop_control": {"label": "{{ item.name }}"}}
    by_name = {"name": "names", ONE: BY_NAME, "loop": "{{ listed | map(attribute='name') }}"}
    literal = {"name": "literal", ONE: {"name": "literal", "type": "string", "data": {"value": LITERAL}}}
    listed = [{"name": "one", "value": SECRET}]
    tasks = [labelled, by_name, literal, {"name": "a child", "ansible.builtin.command": "true"}]
    junit = {"ANSIBLE_CALLBACKS_ENABLED": "recorder,ansible.builtin.junit", "JUNIT_OUTPUT_DIR": str(controller.cwd / "junit")}
    whole = {"hosts": "localhost", "gather_facts": False, "vars": {"listed": listed}, "tasks": tasks}
    run = controller.run(whole, args, {**junit, **env})
    assert run.code == 0, run.printed
    parts = run.stdout.split("TASK [")
    return {
        "items": parts[1],
        "names": parts[2],
        "literal": parts[3],
        "junit": "".join(path.read_text() for path in (controller.cwd / "junit").iterdir()),
    }


def test_with_a_label_and_without_v_no_item_is_shown(here):
    shown = play(here, [], {"JUNIT_HIDE_TASK_ARGUMENTS": "true"})
    places = [(place, text.encode()) for place, text in shown.items()]
    assert leaks([one for one in places if one[0] != "junit"], [SECRET]) == []
    assert leaks(places, [LITERAL]) == []


def test_with_v_items_are_shown_and_names_are_not_secrets(here, sim):
    """junit shows what stands in a task literally, and the option of the callbacks for a task's arguments does.

    A variable of the environment is in that of each child: the user has put it there, and the collection puts nothing there
    (test_secrets.py).
    """
    folder = here.records / "spy"
    (folder / "drafts").mkdir(parents=True)
    spied = {"PYTHONPATH": str(SPY), "SPY_FOLDER": str(folder), "SPY_WATCHED": str(here.cwd)}
    shown = play(here, ["-v"], {"ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1", **spied})
    assert (SECRET in shown["items"]) is not MASKED  # the label does not help here
    assert SECRET not in shown["names"]
    assert LITERAL in shown["literal"]  # before the task begins, so that nothing is registered yet
    assert (LITERAL in shown["junit"]) is not MASKED
    assert any(sim.api_key.encode() in path.read_bytes() for path in folder.glob("child-*"))


def test_a_task_keeps_its_arguments(here, sim):
    """Ansible tries again with them, and hands them to callbacks; what the task returns of them holds nothing secret."""
    secret = {"type": "string", "data": {"value": LITERAL}}
    again = {"register": "it", "until": "it is succeeded", "retries": 1, "delay": 0}
    tasks = []
    for way, keywords in {"here": {}, "elsewhere": {"delegate_to": "bastion"}}.items():
        sim.fault("server_error", method="PUT", path=sim.add("string", f"again {way}", {"value": "old"}), times=1)
        tasks += [
            task(f"refused {way}", keywords, name="refused", vlaue=LITERAL, **secret),
            many(f"many {way}", [{"name": way, **secret}], keywords),
            task(f"again {way}", {**again, **keywords}, name=f"again {way}", retries=0, **secret),
        ]
    run = here.play(*tasks)
    assert [result.how for result in run.results] == ["failed", "ok", "ok"] * 2, run.printed
    assert [result.label for result in run.results if LITERAL in result.arguments] == [one["name"] for one in tasks] or MASKED
    for way in ("here", "elsewhere"):
        assert (run[f"again {way}"].decision, run[f"again {way}"].attempts) == ("unknown", 2)
        assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in str(run[f"refused {way}"].invocation)
        assert run[f"many {way}"].invocation["module_args"]["credentials"] == "1 credentials"
    assert LITERAL not in str([result.said for result in run.results])


def test_a_failing_item_of_a_loop(here):
    """Ansible prints the whole item, without -v; from 2.22 on it masks what it is told of, and it is told of nothing else."""
    items = [{"name": "u", "value": SECRET, "pin": "ok"}, {"name": "changed", "value": "***", "pin": "none"}]
    args = {"name": "{{ item.name }}", "type": "string", "data": {"value": "{{ item.value }}"}, "on_drift": "no such word"}
    run = here.play({"name": "items", ONE: args, "loop": items, "vars": {"ansible_facts": {}}})
    assert "failed: [localhost] (item=" in run.stdout
    assert (SECRET in run.printed) is not MASKED
    assert "PLAY RECAP" in run.stdout and "unreachable=0" in run.stdout and "ignored=1" in run.stdout
    assert "changed=0" in run.stdout  # neither names nor short texts are masked


def test_what_is_registered_of_a_list(here):
    """On 2.22: the secrets, and neither names, types nor readable fields, which would garble the recap and each table."""
    listed = [
        {"name": "localhost", "type": "basic-auth", "data": {"username": "changed", "password": SECRET}},
        {"name": "ok", "type": "string", "data": {"value": "short"}},
        {"name": "doc", "type": "string", "data": {"value": '{"type": "unreachable", "key": "service_account"}'}},
    ]
    show = {
        "name": "show",
        "ansible.builtin.debug": {"msg": "{{ secret }} short service_account {{ applied | versori.platform.results_table }}"},
    }
    run = here.play({**many("many", listed), "register": "applied"}, show, vars={"secret": SECRET}, check=True)
    assert run["many"].how == "ok", run["many"].said
    shown = str(run["show"].said["msg"])
    assert (SECRET in shown) is not MASKED
    assert all(word in shown for word in ("short", "service_account", "localhost", "data.password"))
    assert "localhost                  : ok=2" in run.stdout and "unreachable=0" in run.stdout


def test_unchecked_certificates_are_warned_of_once(here):
    nobody = {"validate_certs": False, "api_url": "https://127.0.0.1:9", "retries": 0}
    run = here.play(info("unchecked", **nobody), info("again", **nobody))
    printed = " ".join(run.printed.split())
    assert printed.count("validate_certs is false, so the key and the secrets are sent to whoever answers") == 1


def test_nothing_that_somebody_named_reaches_the_terminal_as_it_is(here, sim):
    """A name of the server's, a reason of its, a name of the list's: none ends a line or moves the cursor."""
    odd = "x\x1b[2J\x07\x9b1m\r\nok: [localhost]\u2028\u202e"
    sim.link(sim.add("string", odd, {"value": "hush-a"}), environment=odd)
    invalid = sim.add("none", "invalid", {})
    sim.invalidate(invalid, [f"reason {odd}"])
    listed = [{"name": f"mine {odd}", "type": "none"}, {"credential_id": invalid, "type": "none"}]
    run = here.play(
        many("prune", listed, prune=True),
        many("prune elsewhere", listed, {"delegate_to": "bastion"}, prune=True),
        task("twice", name=f"mine {odd}", type="string", data={"value": odd}, on_unknown="fail"),
        task("refused", name=odd, type="string"),
        diff=True,
    )
    for label in ("prune", "prune elsewhere"):
        assert run[label].how == "ok" and run[label].warnings, run[label].said
    assert not set("\x1b\x07\x9b\u2028\u202e") & set(run.printed)
    assert run.stdout.count("\nok: [localhost]") <= len(run.results)
    assert not [line for line in run.printed.splitlines() if line.rstrip() == "ok: [localhost]"]


def test_no_line_is_garbled(sim, tmp_path):
    """What is registered on 2.22 are secrets alone: no folder, user, name or type, which stand in most lines that Ansible prints."""
    desk = Desk(tmp_path, sim)
    folder, new = str(tmp_path / "cwd/k"), "planted-rotated-4413"
    listed = [
        {"name": "ok", "type": "basic-auth", "data": {"username": "u", "password": SECRET}},
        {
            "name": "changed",
            "type": "oauth2-client",
            "data": {"clientId": "a", "clientSecret": SECRET, "tokenUrl": "https://e", "authorizeUrl": "https://f"},
        },
        {"name": "short", "type": "string", "data": {"value": "k"}},
    ]
    given = {"cache_connection": folder, "organisation_id": sim.organisation_id, "api_url": sim.url}
    variables = {**{f"versori_{name}": value for name, value in given.items()}, "versori_credentials": listed}
    rotate = {"versori_rotate_name": "ok", "versori_rotate_field": "password", "versori_rotate_value": new, "versori_rotate_wait": 0}
    runs = [
        desk("apply audit rotate state", "-v", "--diff", **variables, **rotate),
        desk("apply", **{**variables, "versori_cache_connection": str(tmp_path / "inputs/variables.json/k"), "versori_api_key": "k"}),
    ]
    delegated = {"delegate_to": "bastion"}
    tasks = [
        many("delegated", listed, delegated),
        task("one", delegated, name="ok", type="basic-auth", data={"username": "u", "password": new}, **given),
        info("read", delegated, full=True),
        task("no such type", delegated, name="k", type="k", data={"value": SECRET}),
        task("loop", {**delegated, "loop": ["a", "u"]}, name="{{ item }}", type="string", data={"value": f"{SECRET}-{{{{ item }}}}"}),
        {"name": "the next one", "ansible.builtin.debug": {"msg": "u k a ok basic-auth decision username created"}},
    ]
    (tmp_path / "elsewhere").mkdir()
    runs.append(Controller(tmp_path / "elsewhere/here", sim).play(*tasks, args=["-v"]))
    assert runs[0].code == 0 and folder in runs[0].stdout, runs[0].printed
    assert "cannot be used" in runs[1].stdout
    for run in runs:
        assert "REDACTED" not in run.printed, [line for line in run.printed.splitlines() if "REDACTED" in line]
        assert re.search(
            r"^localhost +: ok=\d+ +changed=\d+ +unreachable=0 +failed=\d+ +skipped=\d+ +rescued=0 +ignored=\d+", run.stdout, re.M
        )
        assert leaks([("printed", run.printed.encode())], [SECRET, new]) == []


def test_the_password_of_a_shared_cache_is_registered(here):
    """On 2.22, as part of an option that is no secret as a whole."""
    connection = f"127.0.0.1:1:0:{SECRET}"
    show = {"name": "show", "ansible.builtin.debug": {"msg": f"{SECRET} 127.0.0.1:1:0"}}
    down = {"cache_plugin": "ansible.builtin.memory", "cache_connection": connection, "fingerprint_key": "k" * 32}
    run = here.play(task("down", name="n", type="string", data={"value": "planted-4414"}, **down), show)
    assert (SECRET in str(run["show"].said)) is not MASKED
    assert "127.0.0.1:1:0" in run.stdout
