# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook `export`, and the way back through `apply`."""

from __future__ import annotations

import stat

import yaml

from tests.playbooks.running import lines, recap
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
    ids.append(
        sim.add(
            "oauth2-client",
            "Client",
            {**example_data("oauth2-client", 9), "scopes": ["a b", "{{ c }}"], "additionalParams": {"{{ k }}": "{{ v }}", "no": "on"}},
        )
    )
    exported = desk("export", "-vvv")
    assert exported.code == 0, exported.printed
    assert {item.method for item in sim.requests} == {"GET"}
    listed, vault = desk.cwd / "credentials.yml", desk.cwd / "vault.yml"
    assert [stat.S_IMODE(item.stat().st_mode) for item in (listed, vault)] == [0o600, 0o600]
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
    asked = yaml.safe_load(vault.read_text())
    assert set(values) == set(asked)
    assert set(asked.values()) == {""}
    vault.write_text("".join(f"{name}: !unsafe {_quoted(value)}\n" for name, value in values.items()))

    sim.clear_requests()
    wanted = ["-e", "@credentials.yml", "-e", "@vault.yml"]
    applied = desk("apply", *wanted, "-e", "versori_on_unknown=adopt", env={"VERSORI_ORGANISATION_ID": None})
    assert applied.code == 0, applied.printed
    assert recap(applied)["localhost"]["changed"] == 0, applied.printed
    assert {item.method for item in sim.requests} == {"GET"}
    assert not (desk.cwd / "owned").exists()
    for value in values.values():
        assert value not in applied.printed.replace("AAEC", "") or value.startswith("AAEC")

    (desk.cwd / "new.yml").write_text("vault_shop_api_key_value: another secret")
    rotated = desk("apply", *wanted, "-e", "@new.yml", "--check")
    assert recap(rotated)["localhost"]["changed"] == 1
    changed = [line for line in lines(rotated, "What happened to each credential") if line.startswith("changed")]
    assert [line.split()[1] for line in changed] == ["rotated"]


def test_no_file_is_overwritten(desk, sim):
    (desk.cwd / "vault.yml").write_text("filled in")
    run = desk("export")
    assert run.code != 0
    assert "overwritten" in run.printed
    assert [item.read_text() for item in desk.cwd.iterdir()] == ["filled in"]
    assert sim.requests == []


def _quoted(text):
    return yaml.safe_dump(text, default_style='"', width=10_000).strip()


def test_two_organisations_and_none_at_all(desk, sim):
    """Each host has files of its own; an empty organisation is a list too."""
    sim.add("string", "Key", {"value": "x"})
    organisation_id = sim.add_organisation("01HFS2NEAZ6ECZBZMN4FF775A1")
    hosts = {"one": {"versori_organisation_id": sim.organisation_id}, "two": {"versori_organisation_id": organisation_id}}
    run = desk("export", hosts=hosts, versori_hosts="all")
    assert run.code == 0, run.printed
    first, second = (yaml.safe_load((desk.cwd / f"{name}-credentials.yml").read_text()) for name in hosts)
    assert [item["name"] for item in first["versori_credentials"]] == ["Key"]
    assert second == {"versori_organisation_id": organisation_id, "versori_credentials": []}
    assert yaml.safe_load((desk.cwd / "two-vault.yml").read_text()) == {}

    same = desk("export", hosts=hosts, versori_hosts="all", versori_export_file="same.yml", versori_export_vault_file="v.yml")
    assert same.code != 0
    assert not (desk.cwd / "same.yml").exists()
