# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planted secrets, searched for in everything that runs print and write; and what hiding them must not break."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests.acceptance.examples import EXAMPLES, WITH_SECRETS
from tests.acceptance.running import ELSEWHERE, HERE, WAYS, Controller, task
from tests.simulator import Simulator

pytestmark = pytest.mark.timeout(600)

API_KEY = "planted-api-key/+5f2c8a71"
# Characters that JSON, URLs, YAML and a terminal each write in their own way.
STRANGE = 'planted-"é\\/+%20&=\n'


def planted(type: str, turn: int) -> dict[str, Any]:
    """The data of a type, each of its secrets a marked one of this turn."""
    data = dict(EXAMPLES[type].data)
    for path in EXAMPLES[type].secret_paths:
        name = path.removeprefix("data.")
        text = f"{STRANGE}{name}-{type}-{turn}-7d1f"
        data[name] = base64.b64encode(text.encode()).decode() if name == "valueBase64" else text
    return data


def secrets(type: str, turn: int) -> list[str]:
    data = planted(type, turn)
    texts = [data[path.removeprefix("data.")] for path in EXAMPLES[type].secret_paths]
    return [*texts, *(base64.b64decode(text).decode() for text in texts if type == "binary")]


def forms(secret: str) -> Iterator[bytes]:
    """A secret plain, in base64 at any alignment, URL-encoded and JSON-escaped, once or in a text of its own."""
    yield secret.encode()
    for text in (secret, json.dumps(secret)[1:-1]):
        yield json.dumps(text)[1:-1].encode()
        yield json.dumps(text, ensure_ascii=False)[1:-1].encode()
    yield repr(secret)[1:-1].encode()
    yield quote(secret, safe="").encode()
    yield quote_plus(secret).encode()
    yield quote(secret).encode()
    raw = secret.encode()
    for shift in range(3):
        # Without the characters that also hold bits of a neighbour.
        body = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")[2 * bool(shift) + (shift == 2) : -1]
        yield body.encode()
        yield body.replace("+", "-").replace("/", "_").encode()


def written(controller: Controller) -> Iterator[tuple[str, bytes]]:
    """Every file below the homes and the working folder."""
    for folder in (controller.home, controller.ansible_home, controller.cwd):
        for path in folder.rglob("*"):
            if path.is_file():
                yield str(path), path.read_bytes()
                yield "a name", str(path).encode()


def leaks(places: list[tuple[str, bytes]], texts: list[str]) -> list[str]:
    return [
        f"{place}: {text!r} as {form!r} after {content[max(0, content.find(form) - 200) : content.find(form)]!r}"
        for text in texts
        for form in set(forms(text))
        for place, content in places
        if form in content
    ]


def _tell_on(sim: Simulator, id: str, texts: list[str]) -> None:
    """Have the server repeat secrets wherever it may put texts of its own."""
    sim.edit(id, name=f"named after {texts[0]}")
    sim.invalidate(id, [f"cannot sign in with {text}" for text in texts])


def _plays(controller: Controller, sim: Simulator) -> list[Any]:
    """Create, rotate, drift, errors and absent, as loudly as Ansible can."""
    runs = []
    env = {"VERSORI_API_KEY": API_KEY, "ANSIBLE_PIPELINING": "0"}

    def play(*tasks, **options):
        runs.append(controller.play(*tasks, args=["-vvvv"], env=env, **options))
        return runs[-1]

    def tasks(turn, types=WITH_SECRETS, **more):
        return [task(type, type=type, name=type, data=planted(type, turn), **more) for type in types]

    sim.authentication.api_keys = {API_KEY}
    play(*tasks(1), check=True)
    created = play(*tasks(1))
    assert [one.decision for one in created.results] == ["created"] * len(WITH_SECRETS), created.printed
    ids = {type: created[type].credential_id for type in WITH_SECRETS}
    assert [one.decision for one in play(*tasks(2)).results] == ["rotated"] * len(WITH_SECRETS)
    for type, id in ids.items():
        sim.touch(id)
        # What the server says in its errors, also in fields, cause and code.
        fields = [{"field": f"data.{secrets(type, 3)[0]}", "message": f"{secrets(type, 3)[0]} is in use"}]
        body = {
            "code": secrets(type, 3)[0],
            "message": f"not with {secrets(type, 3)[0]} and {API_KEY}",
            "fields": fields,
            "cause": base64.b64encode(secrets(type, 3)[0].encode()).decode(),
        }
        sim.fault("unprocessable", method="PUT", path=id, after=1, body=body)
    play(*tasks(2))  # drifted
    refused = play(*tasks(3))
    for type in WITH_SECRETS:
        if type != "oauth2-token":  # a drift of it is not pushed, so this is its first PUT
            assert "422" in refused[type].msg
    sim.clear_faults()
    for type, id in ids.items():
        _tell_on(sim, id, secrets(type, 3))
    play(*(task(type, type=type, credential_id=id, name=type, data=planted(type, 3)) for type, id in ids.items()))
    # Mistakes that a reader would make with a secret at hand.
    text = secrets("string", 1)[0]
    play(
        task("misspelt", type="string", name="x", data={"valeu": text}),
        task("not base64", type="binary", name="x", data={"valueBase64": text}),
        task("unknown option", type="string", name="x", data={"value": text}, vlaue=text),
        task("in another type", type="none", name="x", data={"value": text}),
        task("two ways", type="string", name="x", data={"value": text}, api_key=API_KEY, jwt=text),
        task("unreachable", type="string", name="x", data={"value": text}, api_url="http://127.0.0.1:9/v1", retries=0),
        task("a wrong key", type="string", name="x", data={"value": text}, api_key=text.strip().encode("ascii", "ignore").decode()),
        task("key of the prints", type="string", name="string", data={"value": text}, fingerprint_key=text, retries="many"),
        task("a list", type="string", name="x", data=[text]),
        task("a secret in a list", type="string", name="x", data={"value": [text]}),
    )
    play(*(task(type, name=type, state="absent") for type in WITH_SECRETS))
    return runs


@pytest.fixture(scope="module")
def searched(running, tmp_path_factory):
    """What all runs printed and wrote, both ways."""
    places = {}
    for way in WAYS:
        running.reset()
        controller = Controller(tmp_path_factory.mktemp(way), running, way)
        runs = _plays(controller, running)
        printed = [
            (f"{stream} of run {number}", text.encode())
            for number, run in enumerate(runs)
            for stream, text in (("stdout", run.stdout), ("stderr", run.stderr))
        ]
        results = [("results", json.dumps([one.said for run in runs for one in run.results], default=str).encode())]
        commands = controller.records / "elsewhere"
        shipped = [("commands", commands.read_bytes())] if commands.exists() else []
        places[way] = [*printed, *results, *shipped, *written(controller)]
        assert any(place.startswith(str(controller.memory)) for place, _rest in places[way])
        assert (sum(run.modules_shipped for run in runs) > 0) is (way == ELSEWHERE)
    return places


@pytest.mark.parametrize("type", WITH_SECRETS)
def test_no_secret_is_printed_or_written(searched, way, type):
    texts = [text for turn in (1, 2, 3) for text in secrets(type, turn)]
    assert leaks(searched[way], texts) == []


def test_the_api_key_is_neither_printed_nor_written(searched, way):
    assert leaks(searched[way], [API_KEY]) == []


def test_the_search_finds_what_is_there():
    """The search itself: each form of a secret, inside of something longer, is found."""
    secret = secrets("string", 1)[0]
    hidden = [base64.b64encode(b"x" * shift + secret.encode() + b"yz"[:shift]) for shift in range(3)] + [
        json.dumps({"a": secret}).encode(),
        quote(f"a={secret}", safe="").encode(),
        str([secret]).encode(),
    ]
    for content in hidden:
        assert leaks([("there", b"before " + content)], [secret]), content


def _masked_server_texts(result: Any) -> str:
    return json.dumps([result.credential["name"], result.credential["errors"], result.warnings])


def test_a_server_that_repeats_a_secret(controller, sim):
    """In the name, in the reasons, in an error: it is masked, and what surrounds it can still be read."""
    secret = "planted-secret-5b1c"
    wanted = {"type": "string", "data": {"value": secret}}
    id = sim.add("string", "mail", {"value": secret})
    assert controller.play(task("known", credential_id=id, **wanted))["known"].decision == "unknown"
    _tell_on(sim, id, [secret])
    result = controller.play(task("told on", credential_id=id, **wanted, on_drift="ignore"))["told on"]
    assert result.how == "ok", result.said
    assert secret not in json.dumps(result.said)
    assert "named after ********" in _masked_server_texts(result)
    assert "cannot sign in with ********" in result.warned


SHORT = ("ab", "0", "01", "T", "e", "s")


@pytest.mark.parametrize("short", SHORT)
@pytest.mark.parametrize("type", ["string"])
def test_a_short_secret_garbles_no_id_and_no_time(short_runs, way, type, short):
    for run in ("create", "again", "drift"):
        result = short_runs[way][run][short]
        entry = result.state[f"short {short}"]
        credential = result.credential
        assert result.how == "ok", result.said
        assert (credential["id"], credential["type"]) == (entry["id"], type), run
        assert (credential["createdAt"], credential["updatedAt"]) == (entry["createdAt"], entry["updatedAt"]), run
        assert result.credential_id == entry["id"]
        assert (result.decision, result.changed) == {
            "create": ("created", True),
            "again": ("unchanged", False),
            "drift": ("drifted", True),
        }[run]
        assert credential["name"] == f"short {short}"
        assert credential["data"] == {"value": "(secret)"}


@pytest.fixture(scope="module")
def short_runs(running, tmp_path_factory):
    told = {}
    for way in WAYS:
        running.reset()
        controller = Controller(tmp_path_factory.mktemp(way), running, way)
        tasks = [task(short, type="string", name=f"short {short}", data={"value": short}) for short in SHORT]
        told[way] = {name: controller.play(*tasks) for name in ("create", "again")}
        for id in running.ids():
            running.touch(id)
        told[way]["drift"] = controller.play(*tasks)
    return told


@pytest.mark.parametrize("short", SHORT)
def test_a_short_secret_is_reported_the_same_both_ways(short_runs, short):
    for run in ("create", "again", "drift"):
        here, elsewhere = (short_runs[way][run][short].comparable for way in (HERE, ELSEWHERE))
        assert here == elsewhere


def test_the_memory_is_for_its_owner_alone(controller, sim):
    controller.play(task("x", type="string", name="x", data={"value": "a-secret"}))
    assert controller.memory.stat().st_mode & 0o777 == 0o700
    assert (Path(controller.memory) / "fingerprint.key").stat().st_mode & 0o777 == 0o600
