# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook `export`, and the way back through `apply`."""

import stat

import yaml

from tests.playbooks.running import lines, recap, said
from tests.playing import ONE, play
from tests.simulator.world import example_data

NAMES = [
    "{{ lookup('pipe', 'touch owned') }}",
    "{% raw %} {# x #}",
    "quotes \" and ' and: a colon, a # hash, a \\ backslash",
    "- Größe 日本語 🔑",
    "two\nlines",
    "yes",
    "1.0",
    " leading and trailing ",
    "#jinja2: trim_blocks:True",
    "!unsafe &a *a",
    "Shop API key",
    "Shop  API  key",
    "日本",
]


class Loader(yaml.SafeLoader):
    """YAML as Ansible reads it, as far as tests need it."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def test_round_trip_of_an_organisation_built_by_hand(desk, sim):
    """Export, fill in, apply with `adopt`: nothing changes, and what is remembered then tells a rotation."""
    ids = sim.seed(6, type="mixed")
    ids += [sim.add("string", name, {"value": f"secret of {number}"}) for number, name in enumerate(NAMES)]
    tricky = {"username": "{{ 7 * 7 }}: 'x'", "password": "{{ braces }} in a secret"}
    ids += [sim.add("basic-auth", "Twice", tricky), sim.add("basic-auth", "Twice", example_data("basic-auth", 8))]
    client = {**example_data("oauth2-client", 9), "scopes": ["a b", "{{ c }}"], "additionalParams": {"{{ k }}": "{{ v }}", "no": "on"}}
    ids.append(sim.add("oauth2-client", "Client", client))

    # Each host has files of its own, whose names begin with its name; an empty organisation is a list too.
    empty = desk.organisation()
    hosts = {"localhost": {"versori_organisation_id": sim.organisation_id}, "empty": empty}
    # Variables of the memory are none of the business of a playbook that only reads.
    memory = {"VERSORI_CACHE_CONNECTION": str(desk.home / "memory"), "VERSORI_FINGERPRINT_KEY": "kf" * 20}
    exported = desk("export", "-vvv", "-e", "versori_hosts=all,localhost", hosts=hosts, env=memory)
    assert exported.code == 0, exported.printed
    assert {request.method for request in sim.requests} == {"GET"}
    assert not (desk.home / "memory").exists()
    assert yaml.safe_load((desk.cwd / "empty-credentials.yml").read_text()) == {**empty, "versori_credentials": []}
    assert yaml.safe_load((desk.cwd / "empty-vault.yml").read_text()) == {}
    listed, vault = desk.cwd / "credentials.yml", desk.cwd / "vault.yml"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (listed, vault)] == [0o600, 0o600]
    assert f"{listed}: {len(ids)} credentials" in lines(exported, "What was written")

    items = {item["credential_id"]: item for item in yaml.load(listed.read_text(), Loader)["versori_credentials"]}  # noqa: S506
    assert set(items) == set(ids)
    assert [item for item in items.values() if item.get("name") == "Twice"] == []

    # Each variable is filled in by where it stands in the list, as a person would.
    values = {}
    for id, item in items.items():
        stored = {name.lower(): value for name, value in sim.stored(id)["data"].items()}
        for field, written in item.get("data", {}).items():
            if isinstance(written, str) and written.startswith("{{ vault_"):
                values[written[3:-3]] = stored[field.replace("_", "")]
    assert yaml.safe_load(vault.read_text()) == dict.fromkeys(values, "")
    quoted = {name: yaml.safe_dump(value, default_style='"', width=10_000).strip() for name, value in values.items()}
    vault.write_text("".join(f"{name}: !unsafe {value}\n" for name, value in quoted.items()))

    sim.clear_requests()
    given = ["-e", "@credentials.yml", "-e", "@vault.yml", "-e", "versori_on_unknown=adopt"]
    applied = desk("apply", *given, env={"VERSORI_ORGANISATION_ID": None})
    assert applied.code == 0, applied.printed
    assert recap(applied)["localhost"]["changed"] == 0, applied.printed
    assert {request.method for request in sim.requests} == {"GET"}
    assert not (desk.cwd / "owned").exists()
    for value in values.values():
        assert value not in applied.printed.replace("AAEC", "") or value.startswith("AAEC")

    item = {"name": "Shop API key", "type": "string", "data": {"value": "another secret"}}
    connection = {"api_url": sim.url, "api_key": sim.api_key, "organisation_id": sim.organisation_id}
    task = {**item, **connection, "cache_connection": str(desk.ansible_home)}
    assert play(ONE, task, check_mode=True)["decision"] == "rotated"


def test_no_file_is_overwritten(desk, sim):
    """Neither one that is there nor one that another host writes; no host goes on."""
    (desk.cwd / "vault.yml").write_text("filled in")
    same = {"versori_export_file": "same.yml", "versori_export_vault_file": "v.yml"}
    run = desk("export", "-e", "versori_hosts=all,localhost", hosts={"localhost": {}, "first": same, "second": same})
    assert {host: counters["failed"] for host, counters in recap(run).items()} == {"localhost": 1, "first": 1, "second": 1}
    assert "overwritten" in said(run, "localhost")
    assert [path.read_text() for path in desk.cwd.iterdir()] == ["filled in"]
    assert sim.requests == []
