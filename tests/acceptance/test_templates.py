# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task means once Ansible has read its YAML and filled in its templates, and where it reads the task again: whole runs."""

from __future__ import annotations

import datetime
import json
import subprocess
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible.release import __version__ as ansible_version

from tests.acceptance.examples import EXAMPLES
from tests.acceptance.many import many, string
from tests.acceptance.running import Controller, task
from tests.acceptance.written import Unsafe, written
from tests.playing import MANY

pytestmark = pytest.mark.timeout(600)

NATIVE = tuple(int(part) for part in ansible_version.split(".")[:2]) >= (2, 19)  # templates keep the types of their values
CLIENT = EXAMPLES["oauth2-client"]
DOCUMENT = '{"type": "service_account", "private_key": "hush-document"}'
LOOKUP = "lookup('file', 'sa.json')"


@dataclass(frozen=True)
class Case:
    """A task as it is written, and what comes of it: some of the data that the server then holds, or words of the refusal.

    :param value: of a credential of type `string`.
    :param old: what comes of it up to ansible-core 2.18, where that is something else.
    :param options: other ones than the name, or all of `versori_credentials`.
    """

    comes: dict[str, Any] | str
    value: Any = "hush"
    old: dict[str, Any] | str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    keywords: dict[str, Any] = field(default_factory=dict)

    @property
    def expected(self) -> dict[str, Any] | str:
        return self.comes if NATIVE or self.old is None else self.old

    def task(self, name: str) -> dict[str, Any]:
        if "credentials" in self.options:
            return {"name": name, MANY: self.options, **self.keywords}
        return task(name, self.keywords, **{**string(name, self.value), **self.options})


A_TIME = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc)
CASES = {
    # Ansible itself takes omit out of a list and out of a text from 2.19 on, so that nobody can see it
    "omit in a text": Case(
        {"value": "key-"}, "key-{{ nothing | default(omit) }}", old="data.value looks like a placeholder, __omit_place_holder__"
    ),
    "omit in a list": Case(
        {"scopes": ["read"]},
        options={"type": CLIENT.type, "data": {**CLIENT.data, "scopes": ["read", "{{ nothing | default(omit) }}"]}},
        old="data.scopes looks like a placeholder, __omit_place_holder__",
    ),
    "a template in a file": Case(
        "credentials[0] (shop): data.value looks like a placeholder, a template",
        options={"credentials": "{{ lookup('file', 'list.yml') | from_yaml }}"},
    ),
    "unsafe": Case("data.value looks like a placeholder, a template", Unsafe("{{ vault_shop_api_key }}")),
    "unsafe and meant": Case({"value": "{{ meant }}"}, Unsafe("{{ meant }}"), options={"allow_placeholder": True}),
    # It is a number in an INI inventory however a play quotes it, and `| string` is the cure.
    "a number of an inventory": Case("INI inventory, add '| string'", options={"organisation_id": "{{ number }}"}),
    "a number of an inventory, cured": Case({"value": "hush"}, options={"organisation_id": "{{ number | string }}"}),
    "a time": Case({"value": "hush"}, options={"secret_changed_at": A_TIME}),
    # Up to ansible-core 2.18 a list with a date in it arrives as one text; the date is what is blamed.
    "a time in a list": Case({"value": "hush"}, options={"credentials": "{{ dated }}"}, old="because a date in it is not quoted"),
    # The cure that each message names gives the very text, on each version.
    "a JSON document": Case(
        {"value": DOCUMENT}, f"{{{{ {LOOKUP} }}}}", old="not a mapping: where it is JSON text already (of a file, say)"
    ),
    "a JSON document, cured": Case({"value": DOCUMENT}, f"{{{{ {LOOKUP} | string }}}}"),
    "a mapping": Case("add '| string' to its template; where it really is a mapping, add '| to_json'", "{{ document }}"),
    "a mapping, cured": Case({"value": json.dumps(json.loads(DOCUMENT))}, "{{ document | to_json }}"),
    # From ansible-core 2.19 on some versions refuse such a file themselves.
    "bytes that are not UTF-8": Case("", "{{ lookup('file', 'latin1.txt') }}", old="not UTF-8"),
    "a name that is not UTF-8": Case("", options={"name": "{{ lookup('file', 'latin1.txt') }}"}, old="not UTF-8"),
}


@pytest.fixture(scope="module")
def run(running, tmp_path_factory):
    running.reset()
    running.add_organisation("12345")
    controller = Controller(tmp_path_factory.mktemp("templates"), running)
    files = controller.inputs / "files"
    files.mkdir()
    (files / "sa.json").write_text(DOCUMENT)
    (files / "latin1.txt").write_bytes("pässwort-4711".encode("latin-1"))
    (files / "list.yml").write_text(written([string("shop", "{{ vault_shop_api_key }}")]))
    for name in CASES:
        if "time" in name:  # for its time to be looked at, there has to be something
            running.add("string", name, {"value": "hush"})
    created = {**task("created", **string("not there yet")), "register": "made", "check_mode": True}
    used = task("used", {"check_mode": True}, **string("not there yet"), credential_id="{{ made.credential_id }}")
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "ignore_errors": True,
        "vars": {
            "number": 12345,
            "document": json.loads(DOCUMENT),
            "dated": [string("a time in a list", "hush", secret_changed_at=A_TIME)],
        },
        "tasks": [*(case.task(name) for name, case in CASES.items()), created, used],
    }
    return controller.run(written([play]))


@pytest.mark.parametrize("name", CASES)
def test_what_a_task_means(run, name):
    result, expected = run[name], CASES[name].expected
    if isinstance(expected, str):
        assert (result.how, result.sent) == ("failed", [])
        assert expected in result.msg
    else:
        assert result.how == "ok", result.said
        assert expected.items() <= result.state[name]["data"].items()
    assert result.decision in (None, "created") or ("time" in name and result.decision == "unchanged")


def test_the_first_check_goes_through(run):
    """What one task would create, another may name by its id, which is not there yet."""
    assert [run[name].decision for name in ("created", "used")] == ["created"] * 2


QUOTED = ("True", "12345", "2026-01-31", "1e3")


def test_quoted_scalars_with_native_jinja(sim, tmp_path):
    tasks = [
        task(f"{text}{filtered}", {"vars": {"given": text}}, **string(f"of {text}", f"{{{{ given{filtered} }}}}"))
        for text in QUOTED
        for filtered in ("", " | string")
    ]
    run = Controller(tmp_path, sim).play(*tasks, env={"ANSIBLE_JINJA2_NATIVE": "1"})
    for text in QUOTED:
        assert run[text].how == "ok" or "add '| string'" in run[text].msg, run[text].said
        cured = run[f"{text} | string"]
        assert cured.how == "ok" and cured.state[f"of {text}"]["data"] == {"value": text}, cured.said


# --- Ansible's own second attempts


@pytest.mark.parametrize("debugged_by", ["task", "strategy"])
def test_the_debugger_pushes_what_the_task_says(sim, tmp_path, debugged_by):
    """Each task fails twice, is given the right key, and goes on with its own secret."""
    controller = Controller(tmp_path, sim)
    items = [string(name, f"meant-7731-{name}") for name in ("here", "elsewhere")]
    keywords = {"debugger": "on_failed"} if debugged_by == "task" else {}
    tasks = [
        task("here", keywords, **items[0], api_key="wrong"),
        many("elsewhere", items[1:], {**keywords, "delegate_to": "bastion"}, api_key="wrong"),
    ]
    strategy = {"strategy": "debug"} if debugged_by == "strategy" else {}
    done = subprocess.run(
        controller.command({"hosts": "localhost", "gather_facts": False, "tasks": tasks, **strategy}),
        env=controller.environ({}),
        cwd=controller.cwd,
        input=f"redo\ntask.args['api_key'] = {sim.api_key!r}\nredo\n" * len(tasks),
        capture_output=True,
        text=True,
        check=False,
    )
    assert {credential["name"]: credential["data"] for credential in sim.state()} == {item["name"]: item["data"] for item in items}, done
    assert "meant-7731" not in done.stdout + done.stderr
