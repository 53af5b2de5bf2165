# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook `audit`: its data, its table, and its page, parsed; test_audit_page.py opens one in a browser."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import stat

import pytest

from tests.playbooks.running import Desk, lines, recap
from tests.simulator import Simulator

SECRET = "hunter22-secret"
SCRIPT = "<script>document.title = 'owned'</script>"
TEMPLATE = "{{ lookup('pipe', 'touch owned') }}"
REASON = "the server answered 401 & <b>more</b>"
OTHER = "01HFS2NEAZ6ECZBZMN4FF775A1"


def same(name, **more):
    return {"name": name, "type": "string", "data": {"value": SECRET}, **more}


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """One audit of two organisations that has everything to find, for all tests here."""
    with Simulator(errors="empty") as sim:
        desk = Desk(tmp_path_factory.mktemp("audit"), sim)
        sim.add_organisation(OTHER)
        hosts = {
            "shop": {
                "versori_organisation_id": sim.organisation_id,
                "versori_credentials": [same("Fine"), same("Rotated"), same("Drifted"), same("Invalid")],
            },
            "bare": {"versori_organisation_id": OTHER},
            "lost": {"versori_organisation_id": "01HFS2NEAZ6ECZBZMN4FF775A9"},
        }
        applied = desk("apply", hosts=hosts, versori_hosts="shop")
        assert applied.code == 0, applied.printed
        ids = {item["name"]: item["id"] for item in sim.state()}
        for name in ("Fine", "Rotated", "Drifted", "Invalid"):
            sim.link(ids[name], "Production", "Shop")
        sim.touch(ids["Drifted"])
        sim.invalidate(ids["Invalid"], [REASON])
        sim.add("string", SCRIPT, {"value": "x"}, organisation_id=OTHER)
        sim.link(sim.add("string", TEMPLATE, {"value": "x"}))
        sim.add("string", "Unlisted", {"value": "x"})
        listed = hosts["shop"]["versori_credentials"]
        listed[1] = {**listed[1], "data": {"value": SECRET + "-2"}}
        listed.append(same("Missing"))
        sim.clear_requests()
        before = (sim.state(), desk.remembered())
        run = desk(
            "audit",
            "-vvv",
            "--diff",
            hosts=hosts,
            versori_hosts="all",
            versori_audit_json="audit.json",
            versori_audit_html="audit.html",
        )
        yield run, desk, sim, list(sim.requests), before


def test_each_finding_and_nothing_changed(audited):
    run, desk, sim, requests, before = audited
    assert {item.method for item in requests} == {"GET"}
    assert (sim.state(), desk.remembered()) == before
    assert {host: item["changed"] for host, item in recap(run).items()} == {"bare": 0, "lost": 0, "shop": 0}, run.printed
    assert [host for host, item in recap(run).items() if item["failed"]] == ["lost"]

    report = json.loads((desk.cwd / "audit.json").read_text())
    assert stat.S_IMODE((desk.cwd / "audit.json").stat().st_mode) == 0o600
    assert report["unread"] == ["lost"]
    shop, bare = (next(item for item in report["organisations"] if item["host"] == host) for host in ("shop", "bare"))
    assert {item["name"]: item["findings"] for item in shop["credentials"]} == {
        "Drifted": ["differs"],
        "Fine": [],
        "Invalid": ["invalid"],
        "Missing": ["missing"],
        "Rotated": ["differs"],
        "Unlisted": ["unlisted", "unused"],
        TEMPLATE: ["unlisted"],
    }
    assert {item["name"]: item["decision"] for item in shop["credentials"] if item["decision"]} == {
        "Drifted": "drifted",
        "Fine": "unchanged",
        "Invalid": "unchanged",
        "Missing": "created",
        "Rotated": "rotated",
    }
    assert next(item for item in shop["credentials"] if item["name"] == "Invalid")["reasons"] == [REASON]
    assert next(item for item in shop["credentials"] if item["name"] == "Fine")["used_by"] == ["Shop / Production"]
    assert shop["counts"] == {
        "credentials": 7,
        "invalid": 1,
        "missing": 1,
        "differs": 2,
        "unchecked": 0,
        "unknown": 0,
        "unlisted": 2,
        "unused": 1,
    }
    # Without a list nothing can be missing from it.
    assert bare["compared"] is False
    assert {item["name"]: item["findings"] for item in bare["credentials"]} == {SCRIPT: ["unused"]}
    assert SECRET not in run.printed + json.dumps(report)
    assert not (desk.cwd / "owned").exists()


def test_the_table(audited):
    run, *_rest = audited
    table = "\n".join(line for item in run.results if item.label == "What was found" for line in item.said["msg"])
    for words in (REASON, TEMPLATE, "is on the platform, but not in the list", "compared with no list"):
        assert words in table


def test_unknown_usages_are_not_unused_and_no_list_is_needed(desk, sim):
    sim.switches.turn(usages="absent")
    sim.add("string", "Key", {"value": "x"})
    # Variables of the memory are none of the business of a module that only reads.
    run = desk("audit", env={"VERSORI_CACHE_CONNECTION": str(desk.home / "memory"), "VERSORI_FINGERPRINT_KEY": "kf" * 20})
    assert run.code == 0, run.printed
    assert lines(run, "What was found") == [
        "1 credential: nothing was found.",
        "They were compared with no list, because none was given.",
    ]


class Page(html.parser.HTMLParser):
    """What a page is made of, and whether its elements are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.texts = [], [], {}
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_page_is_one_accessible_file_that_nothing_can_be_put_into(audited):
    _run, desk, *_rest = audited
    text = (desk.cwd / "audit.html").read_text()
    page = Page(text)
    assert SCRIPT not in text
    assert len(page.all("script")) == len(page.all("style")) == 1
    assert not [attributes for _tag, attributes in page.elements if {"src", "href", "onclick", "style"} & set(attributes)]
    assert "url(" not in page.texts["style"][0]
    assert "://" not in text

    policy = next(item["content"] for item in page.all("meta") if item.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.texts[kind][0].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy

    assert page.all("html") == [{"lang": "en"}]
    for tag in ("title", "main", "h1", "caption", "thead", "tbody"):
        assert len(page.all(tag)) == 1, tag
    assert {item["scope"] for item in page.all("th")} == {"col", "row"}
    assert [item["for"] for item in page.all("label")] == [item["id"] for item in page.all("input")]
    assert len(page.all("tr")) == 1 + 8
    assert "Could not be read: lost" in page.texts["p"]
    assert any(SCRIPT in item for item in page.texts["th"])
    assert any(REASON in item for item in page.texts["li"])
