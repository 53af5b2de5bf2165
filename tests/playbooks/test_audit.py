# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook `audit`: its data, its table and its files; tests/unit/plugins/plugin_utils/test_page.py looks at the page."""

import json
import stat
import time

from tests.playbooks.running import lines, recap
from tests.playing import MANY, play

SECRET = "hunter22-secret"
SCRIPT = "<script>document.title = 'owned'</script>"
TEMPLATE = "{{ lookup('pipe', 'touch owned') }}"
REASON = "the server answered 401 & <b>more</b>"
COUNTS = {
    "credentials": 7,
    "invalid": 1,
    "missing": 1,
    "differs": 2,
    "unchecked": 0,
    "unknown": 0,
    "overdue": 0,
    "unlisted": 2,
    "unused": 1,
    "expiring": 0,
}


def item(name, value=SECRET):
    return {"name": name, "type": "string", "data": {"value": value}}


def test_each_finding_and_nothing_changed(desk, sim):
    sim.switches.turn(errors="empty")
    names = ("Fine", "Rotated", "Drifted", "Invalid")
    hosts = {
        "shop": {
            "versori_organisation_id": sim.organisation_id,
            "versori_credentials": [item("Fine"), item("Rotated", SECRET + "-2"), item("Drifted"), item("Invalid"), item("Missing")],
        },
        "bare": desk.organisation(),
        "silent": desk.organisation(usages="absent"),
        "lost": {"versori_organisation_id": "01HFS2NEAZ6ECZBZMN4FF775A9"},
    }
    connection = {"api_url": sim.url, "api_key": sim.api_key, "organisation_id": sim.organisation_id}
    play(MANY, {"credentials": list(map(item, names)), **connection, "cache_connection": str(desk.ansible_home)})
    ids = {stored["name"]: stored["id"] for stored in sim.state()}
    for name in names:
        sim.link(ids[name], "Production", "Shop")
    sim.touch(ids["Drifted"])
    sim.invalidate(ids["Invalid"], [REASON])
    sim.link(sim.add("string", TEMPLATE, {"value": "x"}))
    sim.add("string", "Unlisted", {"value": "x"})
    sim.add("string", SCRIPT, {"value": "x"}, organisation_id=hosts["bare"]["versori_organisation_id"])
    sim.add("string", "Key", {"value": "x"}, organisation_id=hosts["silent"]["versori_organisation_id"])
    sim.clear_requests()
    before = (sim.state(), desk.remembered())

    files = {"versori_audit_json": "audit.json", "versori_audit_html": "audit.html"}
    run = desk("audit", "-vvv", "--diff", hosts=hosts, **files)
    assert {request.method for request in sim.requests} == {"GET"}
    assert (sim.state(), desk.remembered()) == before
    assert {host: counters["changed"] for host, counters in recap(run).items()} == dict.fromkeys(hosts, 0), run.printed
    assert [host for host, counters in recap(run).items() if counters["failed"]] == ["lost"]

    assert [stat.S_IMODE((desk.cwd / name).stat().st_mode) for name in files.values()] == [0o600, 0o600]
    report, page = json.loads((desk.cwd / "audit.json").read_text()), (desk.cwd / "audit.html").read_text()
    assert report["unread"] == ["lost"]
    assert "Could not be read: lost" in page
    assert SCRIPT not in page
    audits = {audit["host"]: audit for audit in report["organisations"]}
    findings = {host: {row["name"]: row["findings"] for row in audit["credentials"]} for host, audit in audits.items()}
    assert findings == {
        "shop": {
            "Drifted": ["differs"],
            "Fine": [],
            "Invalid": ["invalid"],
            "Missing": ["missing"],
            "Rotated": ["differs"],
            "Unlisted": ["unlisted", "unused"],
            TEMPLATE: ["unlisted"],
        },
        # Without a list nothing can be missing from it, and what the platform does not show to be used is not unused for that.
        "bare": {SCRIPT: ["unused"]},
        "silent": {"Key": []},
    }
    shop = {row["name"]: row for row in audits["shop"]["credentials"]}
    assert {name: row["decision"] for name, row in shop.items() if row["decision"]} == {
        "Drifted": "drifted",
        "Fine": "unchanged",
        "Invalid": "unchanged",
        "Missing": "created",
        "Rotated": "rotated",
    }
    assert (shop["Invalid"]["reasons"], shop["Fine"]["used_by"]) == ([REASON], ["Shop / Production"])
    assert audits["shop"]["counts"] == COUNTS
    assert [audits[host]["compared"] for host in ("shop", "bare")] == [True, False]

    table = "\n".join(lines(run, "What was found", "shop"))
    for words in (REASON, TEMPLATE, "is on the platform, but not in the list"):
        assert words in table
    compared_with_none = "They were compared with no list, because none was given."
    assert lines(run, "What was found", "silent") == ["1 credential: nothing was found.", compared_with_none]
    assert SECRET not in run.printed + json.dumps(report) + page
    assert not (desk.cwd / "owned").exists()


def test_one_that_cannot_be_read_is_a_finding(desk, sim):
    """The rest of the audit is done; with a list and without."""
    ids = {name: sim.add("none", name, {}) for name in ("Fine", "Forbidden")}
    sim.link(ids["Fine"])
    sim.fault("answer", status=403, body='{"code": "forbidden", "message": "no"}', path=ids["Forbidden"], times=None)
    listed = [{"name": name, "type": "none"} for name in ids]
    for more in ({}, {"versori_credentials": listed}):
        run = desk("audit", hosts={"shop": {"versori_organisation_id": sim.organisation_id, **more}}, versori_audit_json="audit.json")
        assert recap(run)["shop"]["failed"] == 0, run.printed
        [audit] = json.loads((desk.cwd / "audit.json").read_text())["organisations"]
        rows = {row["name"]: row for row in audit["credentials"]}
        assert set(rows) == set(ids) and rows["Fine"]["findings"] == []
        assert "unchecked" in rows["Forbidden"]["findings"] and rows["Forbidden"]["id"] == ids["Forbidden"]
        assert any("the API answered 403" in reason for reason in rows["Forbidden"]["reasons"])


def days_ago(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86_400))


def test_secrets_that_are_older_than_they_may_be(desk, sim):
    """By what is remembered, by what the list says, and without both by what the platform says at least."""
    listed = [item("Fresh"), {**item("Old"), "secret_changed_at": days_ago(100)}, item("Forgotten", SECRET + "-3")]
    hosts = {
        "shop": {"versori_organisation_id": sim.organisation_id, "versori_credentials": listed},
        "bare": {"versori_organisation_id": sim.organisation_id},
        "odd": {"versori_organisation_id": sim.organisation_id, "versori_audit_max_age": {"Old": "ninety"}},
    }
    connection = {"api_url": sim.url, "api_key": sim.api_key, "organisation_id": sim.organisation_id}
    play(MANY, {"credentials": listed[:2], **connection, "cache_connection": str(desk.ansible_home)})
    sim.add("string", "Forgotten", {"value": "x"})
    limits = {"string": 90, "Fresh": "0.0000001", "Nobody": 1}
    for host in ("shop", "bare"):
        hosts[host]["versori_audit_max_age"] = limits

    run = desk("audit", hosts=hosts, versori_audit_json="audit.json", versori_audit_html="audit.html")
    audits = {audit["host"]: audit for audit in json.loads((desk.cwd / "audit.json").read_text())["organisations"]}
    assert [host for host, counters in recap(run).items() if counters["failed"]] == ["odd"]
    assert "versori_audit_max_age['Old'] must be a number of days that is greater than 0." in run.printed
    assert "caused by" not in run.printed
    shop = {row["name"]: row for row in audits["shop"]["credentials"]}
    today, then = days_ago(0)[:10], days_ago(100)[:10]
    assert shop["Old"]["reasons"][0] == f"data.value is older than 90 days: it was changed last on {then}"
    assert shop["Fresh"]["reasons"][0] == f"data.value is older than 1e-07 days: it was changed last on {today}"
    assert [row["findings"][:-1] for row in shop.values()] == [["unknown"], ["overdue"], ["overdue"]]
    bare = {row["name"]: row for row in audits["bare"]["credentials"]}
    assert bare["Fresh"]["reasons"][0].startswith("its secret is older than 1e-07 days: it is the same at least since 20")
    assert bare["Old"]["findings"] == ["unused"]  # it was pushed today, and nothing says that it is older
    assert {host: audit["unknown_max_age"] for host, audit in audits.items()} == {"shop": ["Nobody"], "bare": ["Nobody"]}
    printed = "\n".join(lines(run, "What was found", "shop"))
    assert "Overdue" in printed and "versori_audit_max_age has 'Nobody', which is no type" in printed
    assert 'data-finding="overdue"' in (desk.cwd / "audit.html").read_text()
    assert SECRET not in run.printed
