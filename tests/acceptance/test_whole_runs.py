# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only a whole run shows: loops, `until`, defaults, vaults, files beside a playbook and in a role; one run on the controller,
and one whose tasks are delegated to another host."""

import json

import pytest

from tests.acceptance.many import info, many, none, organisation, outline, string
from tests.acceptance.running import Controller, task
from tests.acceptance.written import PASSWORD, Vaulted, encrypted, written
from tests.ear import Ear
from tests.playing import ELSEWHERE, HERE, WAYS

pytestmark = pytest.mark.timeout(600)  # the first test plays both runs

CONTENT = b"\x00\x01planted in a file\xff"
IN_BASE64 = "AAFwbGFudGVkIGluIGEgZmlsZf8="
STRING = {"type": "string", "data": {"value": "hush-value"}}
BINARY = {"type": "binary"}
REFUSED = b"HTTP/1.1 403 Forbidden\r\n\r\n"

# A list file holds no templates: what looks like some is a text.
LISTED = [
    none("plain"),
    string("secret"),
    string("template", "{{ lookup('pipe', 'id') }} {% if x %}", allow_placeholder=True),
    {"name": "user", "type": "basic-auth", "data": {"username": "{{ nobody }}", "password": "hush-user"}, "allow_placeholder": True},
    {"name": "nothing", "state": "absent"},
]
VALUE_BY_VALUE = [{**item, "data": {key: Vaulted(value) for key, value in item.get("data", {}).items()}} for item in LISTED[:-1]]
FORMS = {
    "list.yml": written(LISTED),
    "list.json": json.dumps(LISTED),
    "mapping.yml": written({"credentials": LISTED}),
    "vaulted.yml": encrypted(written(LISTED)),
    "vaulted.json": encrypted(json.dumps({"credentials": LISTED})),
    "values.yml": written([*VALUE_BY_VALUE, LISTED[-1]]),
    "no-suffix": "---\n# a comment\n" + written(LISTED),
}
LOCKED = {
    "locked": (
        encrypted("- {name: hush-10}", "another password"),
        "src locked cannot be read on the controller: it is vaulted, and no vault password that was given opens it.",
    ),
    "locked-value": (
        "- name: a\n  type: string\n  data:\n    value: !vault |\n      "
        + encrypted("hush-11", "another password").replace("\n", "\n      "),
        "src locked-value: credentials[0].data.value is vaulted, and no vault password that was given opens it.",
    ),
}


def _write_files(controller):
    files, role = controller.inputs / "files", controller.inputs / "roles" / "keys"
    for folder in (files, role / "files", role / "tasks"):
        folder.mkdir(parents=True)
    (files / "plain.bin").write_bytes(CONTENT)
    (files / "vaulted.bin").write_text(encrypted(CONTENT))
    (role / "files" / "of-role.bin").write_bytes(CONTENT)
    (role / "tasks" / "main.yml").write_text(written([task("of a role", name="of a role", src="of-role.bin", **BINARY)]))
    for name, content in {**FORMS, **{name: content for name, (content, _words) in LOCKED.items()}}.items():
        (files / name).write_text(content)
    (controller.inputs / "secrets.yml").write_text(encrypted("from_vars: hush-value"))
    (controller.inputs / "password").write_text(PASSWORD)


def _tasks_of_files(sim):
    """What the controller reads, wherever a task's requests come from."""
    yield task("vaulted", name="vaulted", src="vaulted.bin", **BINARY)
    yield {"import_role": {"name": "keys"}}
    for name, value in {"of vars_files": "{{ from_vars }}", "inline": Vaulted("hush-value"), "of vars": "{{ inline }}"}.items():
        yield task(name, **string(name, value))
    for number, name in enumerate(FORMS):
        yield many(name, organisation_id=organisation(sim, number), src=name, prune=True)
    for name in LOCKED:
        yield many(name, src=name)


def _play(folder, sim, way):
    sim.reset()
    looped_in = sim.add_organisation("01HFS2NEAZ6ECZBZMN4FF99999", page_limit=5)
    sim.seed(12, "none", organisation_id=looped_in)
    controller = Controller(folder, sim, way)
    _write_files(controller)
    new, gone = none("new"), {"name": "new", "state": "absent"}
    items = [*map(none, sorted(sim.names(looped_in))[::4]), new, new, gone, gone, new]
    named = {key: f"{{{{ item.{key} | default(omit) }}}}" for key in ("name", "type", "state")}
    token = {"environment": {"VERSORI_API_KEY": sim.api_key}}
    until = {"until": "result.decision == 'unchanged'", "retries": 3, "delay": 0, "register": "result", **token}
    with Ear(REFUSED) as first, Ear(REFUSED) as second:
        proxies = {
            "environment": {"https_proxy": "http://127.0.0.1:{{ item }}", "no_proxy": "", **token["environment"]},
            "loop": [first.port, second.port],
        }
        tasks = [
            task("repeated", until, name="x", **STRING),
            task("another key", name="x", fingerprint_key="ak" * 20, **STRING),
            task("quiet", {"no_log": True}, name="quiet", **STRING),
            task("loop", {"loop": items}, organisation_id=looped_in, **named),
            task("after the loop", organisation_id=looped_in, **new),
            task("proxies", proxies, name="x", api_url="https://api.invalid", retries=0, **STRING),
            task("plain", name="plain", src="plain.bin", **BINARY),
            many("many", [none("a"), string("b")], prune=True, workers=1),  # or they are listed in any order
            info("info", full=True),
            *(_tasks_of_files(sim) if way == HERE else ()),
        ]
        where = {"delegate_to": "bastion"} if way == ELSEWHERE else {}
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "ignore_errors": True,
            "vars_files": ["secrets.yml"],
            "vars": {"inline": Vaulted("hush-value")},
            "environment": token["environment"],
            "module_defaults": {
                "group/versori.platform.versori": {"api_url": sim.url, "organisation_id": sim.organisation_id},
                "group/versori.platform.versori_write": {"fingerprint_key": "kf" * 20},
            },
            "tasks": [{**where, **each} for each in tasks],
        }
        nothing = dict.fromkeys(("VERSORI_API_URL", "VERSORI_API_KEY", "VERSORI_ORGANISATION_ID"))
        arguments = ["--vault-password-file", str(controller.inputs / "password"), "-vvvv", "--diff"]
        run = controller.run(written([play]), arguments, nothing)
        return run, controller, first.heard, second.heard


@pytest.fixture(scope="module")
def runs(running, tmp_path_factory):
    return {way: _play(tmp_path_factory.mktemp(way), running, way) for way in WAYS}


@pytest.fixture
def run(runs, way):
    return runs[way][0]


def test_a_repeated_task_has_its_environment_each_time(runs, run, way):
    """On another host too, where its tokens are not given to the command line."""
    result = run["repeated"]
    assert (result.attempts, result.decision) == (2, "unchanged"), result.said
    log = runs[way][1].records / "elsewhere"
    assert log.exists() is (way == ELSEWHERE)
    assert way == HERE or "VERSORI_" not in log.read_text()


def test_defaults_of_the_groups_of_modules(run):
    """The key that the group gives made the fingerprints."""
    assert (run["another key"].decision, run["another key"].writes) == ("unknown", ["PUT"])
    assert "another fingerprint_key" in run["another key"].warned


def test_each_item_of_a_loop_has_its_own_proxy(runs, way):
    _run, _controller, *heard = runs[way]
    assert all(b"CONNECT api.invalid:443" in each for each in heard)


def test_a_loop_over_names_costs_one_reading_and_sees_its_own_writes(run, way):
    """What one item's run of the module listed is known to the next, and what it wrote as well."""
    result = run["loop"]
    assert outline(result.results, "decision") == [*["unchanged"] * 3, "created", "unchanged", "deleted", "absent", "created"]
    assert result.sent == [*["GET list"] * 3, *["GET"] * 3, "POST", "GET", "GET", "DELETE", "POST"]
    assert way == ELSEWHERE or len({request.connection for request in result.requests}) == 1
    assert run["after the loop"].sent == [*["GET list"] * 3, "GET"]  # what others did in between is seen by the next task


def test_nothing_secret_is_printed_or_left(runs, run, way):
    assert "censored" in run["quiet"].said
    for secret in ("planted in a file", IN_BASE64.rstrip("="), "hush-"):
        assert secret not in run.printed
    assert [path for path in (runs[way][1].ansible_home / "tmp").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("names", "data"),
    [(("plain", "vaulted", "of a role"), {"valueBase64": IN_BASE64}), (("of vars_files", "inline", "of vars"), {"value": "hush-value"})],
)
def test_files_and_vaulted_values(runs, names, data):
    """`src` is found and opened wherever a role or playbook is, and so is what is vaulted."""
    assert [runs[HERE][0][name].state[name]["data"] for name in names] == [data] * 3


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_a_list_file(runs, name):
    """Found as copy finds its src; vaulted or not, and value by value."""
    result = runs[HERE][0][name]
    decisions = [*((item["name"], "created") for item in LISTED[:-1]), ("nothing", "absent")]
    assert result.how == "ok", result.msg
    assert outline(result.results, "name", "decision") == decisions
    bodies = {body["name"]: body["data"] for body in result.bodies}
    assert bodies == {item["name"]: item.get("data", {}) for item in LISTED[:-1]}


@pytest.mark.parametrize("name", LOCKED)
def test_a_list_file_that_cannot_be_opened(runs, name):
    result = runs[HERE][0][name]
    assert (result.how, result.changed, result.sent) == ("failed", False, [])
    assert LOCKED[name][1] in result.msg
