# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Odd servers, addresses, files, variables and numbers: a sentence each, and what else was wanted is done; both ways."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.acceptance.many import info, many, none, one_sentence, outline, string
from tests.acceptance.running import Controller, task
from tests.ear import Ear
from tests.playing import ELSEWHERE

pytestmark = pytest.mark.timeout(300)

STRING = {"type": "string", "data": {"value": "a-secret-value"}}


def test_plain_http_in_capitals_takes_no_proxy(controller, sim):
    """In the environment of the controller, and in that of the task."""
    url = sim.url.replace("http", "HTTP", 1)
    with Ear(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}") as proxy:
        variables = {"http_proxy": f"http://127.0.0.1:{proxy.port}", "all_proxy": f"http://127.0.0.1:{proxy.port}"}
        run = controller.play(
            task("of the task", {"environment": variables}, name="x", api_url=url, **STRING),
            task("as usual", name="x", **STRING),
            task("of the controller", name="x", api_url=url.replace("127.0.0.1", "LocalHost"), state="absent"),
            env={"all_proxy": variables["all_proxy"]},  # the tests' own callback plugin would use the other one
        )
    assert [one.how for one in run.results] == ["ok"] * 3, run.printed
    assert [one.decision for one in run.results] == ["created", "unchanged", "deleted"]  # one memory for both spellings
    assert proxy.heard == b""


def test_https_in_capitals_is_https(controller, sim):
    printed = controller.play(info("unchecked", validate_certs=False, retries=0, api_url=f"HTTPS://127.0.0.1:{sim.port}")).printed
    assert "validate_certs is false, so the key and the secrets are sent to whoever answers" in " ".join(printed.split())


DEEP = "[" * 2_000 + "]" * 2_000
LONG = "2026-01-02T03:04:05." + "1" * 5_000 + "Z"


@pytest.mark.parametrize("body", ["deep", "deep enough", "long time"])
def test_an_odd_answer_does_not_take_the_others_along(controller, sim, body):
    odd = sim.add("string", "odd", {"value": "hush"})
    credential = {"id": odd, "name": "odd", "type": "string", "data": {}, "updatedAt": LONG}
    bodies: dict[str, Any] = {"deep": f'{{"usages": {DEEP}}}', "deep enough": "[" * 700 + "]" * 700, "long time": credential}
    sim.fault("answer", path=odd, times=None, body=bodies[body], headers={"Content-Type": "application/json"})
    said = controller.play(many("many", [none("a"), string("odd"), string("b"), none("c")], workers=2))["many"]
    assert outline(said.results, "decision")[::2] == ["created", "created"], said.said
    assert said.changed
    assert sorted(said.state) == ["a", "b", "c", "odd"]
    assert "This is a bug" not in str(said.said)
    if body != "long time":
        assert said.results[1]["failed"] and "nested deeper than 64 levels" in said.results[1]["msg"]


def test_an_odd_answer_while_pruning(controller, sim):
    odd = sim.add("none", "odd", {})
    sim.add("none", "other", {})
    sim.fault("answer", path=odd, times=None, body=DEEP, headers={"Content-Type": "application/json"})
    said = controller.play(many("prune", [none("a")], prune=True))["prune"]
    assert sorted(outline(said.pruned, "name", "changed", "failed")) == [("odd", False, True), ("other", True, False)]
    assert said.changed and sorted(said.state) == ["a", "odd"]


@pytest.mark.parametrize("modules", [2, 3, 4])
def test_a_host_that_is_out_of_reach_while_pruning(sim, tmp_path, modules):
    """Two runs of the module bring the listed ones to their state, the third one lists, the others prune."""
    sim.add("none", "other", {})
    controller = Controller(tmp_path, sim, ELSEWHERE)
    said = controller.play(many("prune", [none("a")], prune=True), env={"ELSEWHERE_BREAKS": str(modules)})["prune"]
    assert (said.how, said.changed) == ("failed", True), said.said
    assert outline(said.results, "decision") == ["created"]
    told = said.msg + str(said.pruned)
    assert "The module failed on the host that the task runs on: " in told and "the line is cut" in told
    assert "This is a bug" not in told and sorted(said.state) == ["a", "other"]


def test_a_module_that_dies_after_it_has_written(sim, tmp_path):
    """Nobody knows what it has sent, so what is remembered from before must not count."""
    controller = Controller(tmp_path, sim, ELSEWHERE)
    controller.play(task("first", name="x", **STRING))
    other = {"type": "string", "data": {"value": "hush-other"}}
    lost = controller.play(task("lost", name="x", **other), env={"ELSEWHERE_LOSES": "2"})["lost"]
    assert lost.how == "failed" and "The module failed on the host" in lost.msg and sim.state()[0]["data"] == other["data"]
    again = controller.play(task("again", name="x", **other))["again"]
    assert (again.decision, again.changed) == ("unknown", True) and "an earlier push was interrupted" in again.warned


def test_a_list_without_an_end(controller, sim):
    page = {"totalCount": 1, "credentials": [{"id": f"x{number}", "name": f"n{number}"} for number in range(1_500)], "next": "more"}
    sim.fault("answer", path="credentials$", times=None, body=page)
    result = controller.play(task("endless", name="x", **STRING))["endless"]
    assert result.how == "failed" and "the list has no end" in result.msg
    assert result.sent == ["GET list"]


def test_files_variables_and_numbers_that_are_none(controller, sim):
    pipe, folder = controller.cwd / "pipe", controller.cwd / "memory"
    os.mkfifo(pipe)
    (folder / "versori_platform").mkdir(parents=True)
    os.mkfifo(folder / "versori_platform/memory.db")
    binary = {"name": "x", "type": "binary"}
    here = {"api_url": "https://127.0.0.1:9", "retries": 0}
    tasks = {
        "a pipe": (task("", **binary, src=str(pipe)), "src PIPE cannot be read on the controller: it is a pipe"),
        "a device": (task("", **binary, src="/dev/zero"), "src /dev/zero cannot be read on the controller: it is a pipe"),
        "a list in a pipe": (many("", src=str(pipe)), "src PIPE cannot be read on the controller: it is a pipe"),
        "a NUL": (task("", **binary, src="a\0b"), "src"),
        "hidden in a pipe": (info("", hide_src=str(pipe)), "src PIPE cannot be read on the controller: it is a pipe"),
        "a memory in a pipe": (
            task("", name="x", **STRING, cache_connection=str(folder)),
            "cannot be used: memory.db is not a regular file",
        ),
        "a memory with a NUL": (task("", name="x", **STRING, cache_connection="/a\0b"), "characters that no path has"),
        "an authority in a pipe": (task("", name="x", **STRING, ca_path=str(pipe)), "ca_path PIPE cannot be used"),
        "a context in a pipe": (
            task("", {"environment": {"VERSORI_CONFIG": str(pipe)}}, name="x", **STRING, context="x"),
            "config file PIPE, which cannot be read: it is a pipe",
        ),
        "REQUESTS_CA_BUNDLE": (
            task("", {"environment": {"REQUESTS_CA_BUNDLE": str(pipe)}}, name="x", **STRING, **here),
            "REQUESTS_CA_BUNDLE PIPE cannot be used on the host that this task runs on: it is a pipe",
        ),
        "CURL_CA_BUNDLE": (
            task("", {"environment": {"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": "/not/there"}}, name="x", **STRING, **here),
            "CURL_CA_BUNDLE /not/there cannot be used on the host that this task runs on: No such file",
        ),
        "a variable without a name": (task("", {"environment": {"": "x"}}, name="x", **STRING), "environment has a variable named ''"),
        "a variable with =": (task("", {"environment": {"A=B": "x"}}, name="x", **STRING), "environment has a variable named 'A=B'"),
        "a variable with a NUL": (task("", {"environment": {"A": "x\0"}}, name="x", **STRING), "environment gives A a value with a NUL"),
        "400 digits": (task("", name="x", **STRING, timeout=10**400), "timeout must be a number of a few digits"),
        "400 digits as a text": (task("", name="x", **STRING, timeout="9" * 400), "timeout must be a number of a few digits"),
        "nan": (task("", name="x", **STRING, timeout="nan"), "timeout must be a number of a few digits"),
        "yes": (task("", name="x", **STRING, retries=True), "retries must be a number, not a boolean"),
        "no workers": (many("", [none("x")], workers=True), "workers must be a number, not a boolean"),
        "a key of blanks": (task("", name="x", **STRING, api_key="   "), "api_key holds nothing to authenticate with"),
        "a word for a key": (task("", name="x", **STRING, api_key="Bearer "), "api_key holds nothing to authenticate with"),
        "no host": (task("", name="x", **STRING, api_url="https://exa mple.com"), "api_url holds characters that no URL has"),
        "a host of dots": (task("", name="x", **STRING, api_url="https://a..b"), "api_url is not a URL of the form"),
        "a number is fine": (task("", {"environment": {"A": 7}}, name="x", **STRING), ""),
    }
    env = {"VERSORI_API_KEY": None}
    plays = [{**one, "name": name, **_with_key(one, sim)} for name, (one, _words) in tasks.items()]
    run = controller.play(*plays, env=env)
    for name, (_one, words) in tasks.items():
        result = run[name]
        if not words:
            assert result.decision == "created", result.said
            continue
        assert result.how == "failed", (name, result.said)
        assert words.replace("PIPE", str(pipe)) in result.msg, (name, result.msg)
        assert one_sentence(result.msg) and "This is a bug" not in result.msg, (name, result.msg)
        assert result.sent == []
        assert not result.changed
    assert "Traceback" not in run.printed


def _with_key(one: dict[str, Any], sim: Any) -> dict[str, Any]:
    """The key as an option, but where the task has one, or a context."""
    [module] = [key for key in one if key.startswith("versori.")]
    return {module: one[module] if {"api_key", "context"} & set(one[module]) else {"api_key": sim.api_key, **one[module]}}
