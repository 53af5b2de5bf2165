# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planted secrets, searched for in everything that runs print, write and start, as loud as Ansible can be."""

from __future__ import annotations

import base64
import itertools
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api.breaker import IN_A_ROW

from tests.acceptance.examples import WITH_SECRETS
from tests.acceptance.leaks import API_KEY, Watch, leaks, planted, secrets
from tests.acceptance.many import info, many
from tests.acceptance.running import Controller, task
from tests.acceptance.written import encrypted
from tests.playing import HERE, MANY, ONE, WAYS
from tests.simulator import Simulator
from tests.simulator.faults import KINDS

pytestmark = pytest.mark.timeout(900)

DEBUG = {"ANSIBLE_DEBUG": "1"}
CRASHING = "01HFS2NEAZ6ECZBZMN4FF99999"  # whose requests are exceptions (spy/sitecustomize.py)
VAULT_PASSWORD = "planted-vault-password-1b7e"
FINGERPRINT_KEY = "planted-fingerprint-key-of-40-letters-77aa"
SLOW = ("delay_before", "delay_after", "drip")  # they end by timeout


def printed_by(callback: str, result_format: str = "") -> dict[str, str]:
    """The environment for a stdout callback; Ansible's own one where its collection is not installed, or no longer has it."""
    collections = os.environ.get("TEST_COLLECTIONS", "")
    namespace, collection, name = callback.split(".") if "." in callback else ("ansible", "builtin", callback)
    path = Path(collections, "ansible_collections", namespace, collection, "plugins/callback", f"{name}.py")
    chosen = {"ANSIBLE_STDOUT_CALLBACK": callback} if collection == "builtin" or path.is_file() else {}
    of_others = {"ANSIBLE_COLLECTIONS_PATH": collections} if path.is_file() else {}
    return {**chosen, **of_others, **({"ANSIBLE_CALLBACK_RESULT_FORMAT": result_format} if result_format else {})}


def item(type: str, turn: object, **more: Any) -> dict[str, Any]:
    return {"name": type, "type": type, "data": planted(type, turn), **more}


def items(turn: object) -> list[dict[str, Any]]:
    return [item(type, turn) for type in WITH_SECRETS]


def telling(type: str, turn: object) -> dict[str, Any]:
    """An error of the API that holds a secret wherever it can hold something."""
    text = secrets(type, turn)[0]
    return {
        "code": text,
        "message": f"not with {text} and {API_KEY}",
        "fields": [{"field": f"data.{text}", "message": f"{text} is in use"}],
        "cause": {"deep": [text.encode().hex(), base64.encodebytes(text.encode()).decode(), json.dumps(json.dumps(text))], text: API_KEY},
        "details": text,
    }


def headers(type: str, turn: object) -> dict[str, str]:
    text = quote(secrets(type, turn)[0], safe="")
    return {
        "Content-Type": f"text/{text}; charset={text}",
        "Location": f"https://elsewhere.example/{text}",
        "WWW-Authenticate": f'Bearer realm="{text}"',
        "Set-Cookie": f"told={text}",
        "X-Request-Id": text,
    }


def tell_on(sim: Simulator, id: str, texts: list[str]) -> None:
    """Have the server repeat secrets wherever it may put texts of its own."""
    sim.edit(id, name=f"named after {texts[0]}")
    ways = (str, quote, lambda text: quote(quote(text)), lambda text: text.encode().hex(), lambda text: json.dumps(text)[1:-1])
    sim.invalidate(id, [f"cannot sign in with {way(text.strip())}" for text in texts for way in ways])
    sim.unlink(id)
    sim.link(id, environment=f"environment of {texts[0]}", connection=texts[0])


class Story:
    """All runs of one way, one after another at one organisation; the two ways share out who prints what."""

    def __init__(self, watch: Watch, sim: Simulator) -> None:
        self.watch, self.sim, self.here = watch, sim, watch.controller.way == HERE
        sim.authentication.api_keys = {API_KEY}
        sim.add_organisation(CRASHING)
        self.created = self.create_and_rotate()
        self.ids = {entry["name"]: entry["id"] for entry in sim.state()}
        self.failed = self.fail()
        sim.clear_faults()
        self.told = self.tell()
        self.places = watch.everything()

    def play(self, *tasks: Any, **env: str) -> Any:
        env = {"VERSORI_API_KEY": None, "ANSIBLE_PIPELINING": "0", "RECORDER_MEMORY": str(self.watch.controller.folder / "none"), **env}
        own = {"fingerprint_key": FINGERPRINT_KEY}
        defaults = {"group/versori.platform.versori": {"api_key": API_KEY}, ONE: own, MANY: own}
        return self.watch.play(*tasks, env=env, module_defaults=defaults)

    def create_and_rotate(self) -> Any:
        """From variables, then from files that are vaulted, and looped over by name."""
        inputs = self.watch.controller.inputs
        (inputs / "password").write_text(VAULT_PASSWORD)
        listed = [one if one["type"] != "binary" else {**one, "src": str(inputs / "binary"), "data": None} for one in items(2)]
        (inputs / "list").write_text(encrypted(json.dumps(listed), VAULT_PASSWORD))
        (inputs / "binary").write_text(encrypted(base64.b64decode(planted("binary", 2)["valueBase64"]), VAULT_PASSWORD))
        by_name = {"name": "{{ item }}", "type": "{{ item }}", "data": "{{ wanted[item] }}"}
        wanted = {type: planted(type, 2) for type in WITH_SECRETS}
        run = self.play(
            many("check", items(1), {"check_mode": True}),
            task("created", {"register": "created"}, **items(1)[0]),
            many("all created", items(1)),
            many("from a file", src=str(inputs / "list"), keywords={"register": "told"}),
            {"name": "registered", "ansible.builtin.debug": {"var": "told"}},
            {"name": "loop", ONE: by_name, "loop": ["string", "binary"], "vars": {"wanted": wanted}},
            task("file", type="binary", name="binary", src=str(inputs / "binary")),
            ANSIBLE_VAULT_PASSWORD_FILE=str(inputs / "password"),
            **DEBUG,
            **printed_by("default", "json" if self.here else "yaml"),
        )
        assert run["created"].decision == "created"
        assert run["all created"].decisions == {"unchanged": 1, "created": len(WITH_SECRETS) - 1}, run.printed[-3000:]
        assert run["from a file"].decisions == {"rotated": len(WITH_SECRETS)}, run.printed[-3000:]
        assert run["file"].decision == "unchanged"
        return run

    def fail(self) -> Any:
        """In each way that there is: the API, the user, the network, and ourselves."""
        # A mistake is found on the controller, both ways (test_bad_input.py).
        tasks = [*self.refused(), *(self.mistakes() if self.here else ()), *self.faults(), *self.crashes()]
        run = self.play(*tasks, SPY_BUG=CRASHING, **printed_by(*(["minimal"] if self.here else ["community.general.yaml", "yaml"])))
        assert run["drifted"].decisions == {"drifted": len(WITH_SECRETS)}
        assert [one["status"] for one in run["refused"].said["results"]] == [422] * len(WITH_SECRETS)
        for method in ("GET", "PUT"):
            told = [result.said for result in run.results if result.label.startswith(f"{method} ")]
            failed = [one["name"] for said in told for one in said["results"] if one["failed"]]
            assert len(failed) > len(KINDS) / 2, failed
            assert not any(said.get("not_tried") for said in told)
        for label in ("crash one", "crash many", "crash info"):
            assert "This is a bug in versori.platform: RuntimeError at sitecustomize.py:" in json.dumps(run[label].said)
        return run

    def refused(self) -> list[dict[str, Any]]:
        """Drift that is pushed, then errors of the API with secrets in every part of them."""
        for type, id in self.ids.items():
            self.sim.touch(id)
            self.sim.fault("unprocessable", method="PUT", path=id, after=type != "oauth2-token", body=telling(type, 3))
        return [many("drifted", items(2)), many("refused", items(3), full_results=True), task("refused alone", **item("oauth2-token", 3))]

    def mistakes(self) -> list[dict[str, Any]]:
        """Those that a reader would make with a secret at hand."""
        text = secrets("string", 1)[0]
        one = {"type": "string", "name": "x"}
        return [
            task("misspelt", **one, data={"valeu": text}),
            task("not base64", type="binary", name="x", data={"valueBase64": text}),
            task("unknown option", **one, data={"value": text}, vlaue=text),
            task("in another type", type="none", name="x", data={"value": text}),
            task("two ways", **one, data={"value": text}, jwt=text),
            task("unreachable", **one, data={"value": text}, api_url="http://127.0.0.1:9/v1", retries=0),
            task("a wrong key", **one, data={"value": text}, api_key=text.strip().encode("ascii", "ignore").decode()),
            task("key of the prints", type="string", name="string", data={"value": text}, fingerprint_key=text, retries="many"),
            task("a list", **one, data=[text]),
            task("a secret in a list", **one, data={"value": [text]}),
            task("as text", **one, data=json.dumps({"value": text, "valeu": text})),
            task("in a URL", **one, data={"value": text}, api_url=f"https://user:{API_KEY}@platform.example/?{API_KEY}"),
            task("in a cache", **one, data={"value": text}, cache_plugin="redis", cache_connection=f"redis://:{API_KEY}@127.0.0.1:x/0"),
            many("misspelt in a list", [{**one, "data": {"valeu": text}}]),
            many("not a list", text),
            info("hidden", hide=text),
        ]

    def faults(self) -> list[dict[str, Any]]:
        tasks = []
        few = IN_A_ROW - 1  # of one more, the rest would not be tried
        for method, first in itertools.product(("GET", "PUT"), range(0, len(KINDS), few)):
            listed = []
            for kind in KINDS[first : first + few]:
                name = f"{method} {kind}"
                id = self.sim.add("string", name, planted("string", 1))
                body = telling("string", 1) if kind != "html" else f"<p>{telling('string', 1)}</p>"
                seconds = 100_000 if kind in SLOW else 0.01
                self.sim.fault(kind, method=method, path=id, times=None, body=body, headers=headers("string", 1), seconds=seconds)
                listed.append({"name": name, "type": "string", "data": planted("string", 1)})
            tasks.append(many(f"{method} {first}", listed, retries=0, timeout=3, workers=few))
        return tasks

    def crashes(self) -> list[dict[str, Any]]:
        there = {"organisation_id": CRASHING}
        return [
            task("crash one", type="string", name="crash", data=planted("string", 1), **there),
            many("crash many", items(3), **there),
            info("crash info", **there),
        ]

    def tell(self) -> Any:
        """A server that knows the secrets and repeats them, in a task of many also where another credential is concerned."""
        known = [text for type in WITH_SECRETS for text in secrets(type, 3)]
        for type, id in self.ids.items():
            tell_on(self.sim, id, secrets(type, 3))
        alone = self.play(
            *(task(type, **item(type, 3, credential_id=self.ids[type])) for type in ("basic-auth", "oauth2-token")),
            **printed_by("ansible.posix.json" if self.here else "default"),
        )
        self.sim.switches.turn(extra_fields={"note": known[0], known[0]: 1}, extra_data_fields={"hint": known[0], known[0]: known[0]})
        self.sim.switches.turn(usages_in_list=True)
        for id in self.ids.values():
            tell_on(self.sim, id, known)
        run = self.play(
            info("list", hide=items(3)),
            info("full", full=True, hide=items(3)),
            many("many", [item(type, 3, credential_id=id) for type, id in self.ids.items()], fail_when_invalid=True),
            many("prune", [item("string", 3)], prune=True),
            **DEBUG,
            **printed_by("oneline"),
        )
        run.results += alone.results
        return run


@pytest.fixture(scope="module", params=WAYS)
def story(request, running, tmp_path_factory):
    running.reset()
    return Story(Watch(Controller(tmp_path_factory.mktemp(request.param), running, request.param)), running)


@pytest.mark.parametrize("type", WITH_SECRETS)
def test_no_secret_is_printed_or_written(story, type):
    texts = [text for turn in (1, 2, 3) for text in secrets(type, turn)]
    assert leaks(story.places, texts) == []


@pytest.mark.parametrize("text", [API_KEY, VAULT_PASSWORD, FINGERPRINT_KEY], ids=["API", "vault", "fingerprint"])
def test_no_key_is_printed_or_written(story, text):
    assert leaks(story.places, [text]) == []


def test_the_search_was_worth_it(story):
    """What was searched is there: debug lines, all callbacks' files, the log, the memory, files that are gone, children."""
    watch = story.watch
    controller = watch.controller
    assert all(list((controller.home / name).iterdir()) for name in ("junit", "tree"))
    assert watch.log.stat().st_size > 10_000
    assert any(place.startswith(str(controller.memory)) for place, _content in story.places)
    assert len(watch.seen("file")) > 0
    assert "Could not" in story.failed.printed
    if story.here:
        assert not watch.seen("syslog")
        return
    assert story.created.modules_shipped > 0
    assert "_low_level_execute_command()" in story.created.printed
    assert any(b"AnsiballZ" in child or b"python" in child for child in watch.seen("child"))
    hidden = (b"request=NOT_LOGGING_PARAMETER", b"request=$REDACTED$")  # the latter from ansible-core 2.22 on
    assert any(b"Invoked with" in line and any(word in line for word in hidden) for line in watch.seen("syslog"))


def test_the_search_finds_what_is_there():
    secret = f"a={secrets('string', 1)[0]}"
    in_base64 = (base64.b64encode(b"x" * shift + secret.encode() + b"yz"[:shift]).decode() for shift in range(3))
    for content in (json.dumps({"a": secret}), str([secret]), quote(quote(secret, safe="")), secret.encode().hex(), *in_base64):
        assert leaks([("there", f"before {content}".encode())], [secrets("string", 1)[0]]), content


def test_what_surrounds_a_masked_secret_can_be_read(story):
    """In the name, in the reasons, in an error."""
    assert "********" in story.told["basic-auth"].said["diff"]["before"]["name"]
    assert {one["name"] for one in story.told["full"].said["credentials"]} >= {"named after ********"}
    assert {text for one in story.told["list"].said["credentials"] for text in one.get("errors", ())} == {"cannot sign in with ********"}
    refused = story.failed["refused"].said["results"][0]
    assert "The API answered 422. It says: not with ******** and ********." in refused["msg"].replace("the API", "The API")
    assert refused["code"] == "********"
    assert refused["fields"][0]["message"] == "******** is in use"


def test_the_memory_is_for_its_owner_alone(story):
    memory = story.watch.controller.memory
    assert memory.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in memory.iterdir()] == ["memory.db"]  # closed, whatever Ansible does to its workers
    assert (memory / "memory.db").stat().st_mode & 0o777 == 0o600
