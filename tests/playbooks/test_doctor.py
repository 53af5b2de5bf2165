# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook `doctor`, as a person with an account runs it, and the page that shows its report."""

import json
import os
import re
import signal
import stat
import time
from pathlib import Path

import pytest
import yaml
from ansible.release import __version__ as ansible_version

from tests.acceptance.many import before_each_request
from tests.acceptance.running import Controller
from tests.playbooks.running import Desk, lines, recap, said
from tests.simulator import Simulator
from tests.unit.plugins.module_utils._doctor.doctoring import OTHERS, doctor, findings, kept_its_word, organisation
from tests.unit.plugins.module_utils._doctor.test_probes import DEFAULT

ROOT = Path(__file__).parents[2]
CORE = tuple(map(int, ansible_version.split(".")[:2]))
_MADE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")


@pytest.fixture(scope="module")
def examined(tmp_path_factory):
    """One run that says as much as Ansible can say, for all tests here."""
    with Simulator() as sim:
        desk = Desk(tmp_path_factory.mktemp("doctor"), sim)
        before = organisation(sim, get_digits=6, usages="shown")
        run = desk("doctor", "-vvvv", "--diff", versori_doctor_wait=1, versori_doctor_report="report.yml", env={"ANSIBLE_DEBUG": "1"})
        assert run.code == 0, run.printed[-4000:]
        yield run, desk, sim, before


def test_its_report_on_the_terminal_and_in_the_file(examined):
    run, desk, _sim, _before = examined
    written = desk.cwd / "report.yml"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    report = yaml.safe_load(written.read_text())
    assert findings({"report": report}) == {**DEFAULT, "get_digits": (True, 6), "rounding": (True, {"get": "cut"})}
    assert report["permissions"] == dict.fromkeys(("list", "read", "create", "update", "delete"), "yes")
    assert (report["reliable"], report["left_behind"], report["credentials"]) == (True, 0, OTHERS)
    printed = lines(run, "The report")
    assert printed[-1] == f"Can the collection be relied on with this account? {report['verdict']}"
    for item in report["findings"]:
        at = printed.index(item["asks"])
        assert printed[at + 1] == f"  {'settled' if item['settled'] else 'not settled'}: {item['answer']}"
        assert not item["means"] or printed[at + 2].endswith(item["means"])
    assert recap(run)["localhost"]["changed"] == 0


def test_nothing_private_is_printed_or_written(examined):
    run, desk, sim, before = examined
    files = [path for folder in (desk.cwd, desk.home, desk.ansible_home) for path in folder.rglob("*") if path.is_file()]
    kept_its_word(sim, before, run.stdout, run.stderr, *(path.read_bytes().decode("utf-8", "replace") for path in files))
    report = (desk.cwd / "report.yml").read_text() + "\n".join(lines(run, "The report"))
    assert sim.organisation_id not in report
    assert "127.0.0.1" not in report


def test_the_sample_in_the_documentation(examined):
    run, *_rest = examined
    printed = "\n".join(_MADE.sub("2026-01-31 12:00 UTC", line) for line in lines(run, "The report"))
    (shown,) = re.findall(r"```text\n(.*?)\n```", (ROOT / "docs/doctor.md").read_text(), re.DOTALL)
    assert shown == printed, printed


def test_check_mode_only_reads_and_an_authentication_that_is_not_accepted(desk, sim):
    before = organisation(sim)
    hosts = {"accepted": {"versori_doctor_report": "report.json"}, "refused": {"versori_api_key": "not-the-right-one"}}
    run = desk("doctor", "--check", hosts=hosts)
    assert {host: counters["failed"] for host, counters in recap(run).items()} == {"accepted": 0, "refused": 1}, run.printed
    assert {request.method for request in sim.requests} == {"GET"}
    report = json.loads((desk.cwd / "report.json").read_text())
    assert (report["check_mode"], report["reliable"], report["credentials"]) == (True, None, OTHERS)
    assert {item["question"] for item in report["findings"] if item["settled"]} == {"authentication", "not_found", "error_cause"}
    assert "Run it without --check" in lines(run, "The report", "accepted")[-1]
    assert "Allowed: list no (401)" in lines(run, "The report", "refused")[2]
    assert "could not be listed with this authentication" in said(run, "refused")
    assert "Traceback" not in run.printed
    assert "not-the-right-one" not in run.printed
    kept_its_word(sim, before, run.printed)


@pytest.mark.parametrize("kind", ["Ctrl-C", "kill"])
def test_interrupted(desk, sim, monkeypatch, kind):
    """Ctrl-C reaches all processes of the terminal, `kill` the one that was started; a worker may outlive that one for a moment."""
    before = organisation(sim)
    started, posts = [], []

    def hook(request):
        if request.method == "POST":
            posts.append(request)
            if len(posts) == 3:
                os.killpg(started[0].pid, signal.SIGINT) if kind == "Ctrl-C" else started[0].terminate()

    before_each_request(monkeypatch, sim, hook)
    started.append(desk.start(desk.command("doctor")))
    printed = "".join(started[0].communicate())
    assert started[0].returncode != 0
    while sim.state() != before:
        time.sleep(0.05)
    # Up to ansible-core 2.18 nobody tells a worker that its parent was killed: it goes on to its end, where all is clean too.
    assert len(posts) == 3 or (kind == "kill" and CORE < (2, 19))
    assert "The report" not in printed
    kept_its_word(sim, before, printed)


def test_delegated_to_another_host_and_options_that_cannot_be_meant(sim, tmp_path):
    """A network that only a bastion can leave: the module does it all over there. What cannot be meant sends nothing."""
    organisation(sim)
    here = doctor(sim, wait=0)
    sim.reset()
    before = organisation(sim)
    cases = {
        "wait must be from 0 to 600 seconds.": {"wait": -1},
        "organisation_id is not an id": {"organisation_id": "a/b"},
        "only one of": {"api_key": "one-key", "jwt": "one-token"},
        "there is no such option": {"waits": 1},
    }
    examine, delegated = "versori.platform.versori_doctor", {"delegate_to": "bastion"}
    run = Controller(tmp_path, sim).play(
        {"name": "Examine", examine: {"wait": 0}, **delegated},
        {"name": "Wrong", examine: {"wait": 601}, **delegated},
        *({"name": words, examine: args} for words, args in cases.items()),
    )
    assert run.modules_shipped == 1
    assert run["Examine"].how == "ok", run.printed
    assert findings(run["Examine"].said) == findings(here)
    for label, words in {"Wrong": "wait must be from 0 to 600 seconds.", **{words: words for words in cases}}.items():
        assert (run[label].how, words in run[label].msg, run[label].sent) == ("failed", True, []), run[label].said
    kept_its_word(sim, before, run.printed, run["Examine"].said)
