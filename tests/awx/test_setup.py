# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook awx_setup with the real modules of awx.awx, against a fake of AWX's API."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.playbooks.running import recap

from .fake import TOKEN, FakeAWX
from .files import CREDENTIAL_TYPE, PAGE, PROJECT, ROOT, SURVEYS, awx_collection

# Each module of awx.awx takes its second, and more where others are at work too.
pytestmark = pytest.mark.timeout(900)

SECRETS = {"versori_api_key": "first-api-key-secret", "versori_fingerprint_key": "fingerprint-key-secret-of-32-letters-and-more"}
[_AWX_YML] = re.findall(r"^```yaml\n# awx.yml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
GIVEN: dict[str, Any] = {
    **yaml.safe_load(_AWX_YML),  # as the documentation shows it
    **SECRETS,
    "versori_awx_project_branch": "main",
    "versori_awx_project_credential": "Git",
    "versori_awx_project_folder": "project",
    "versori_awx_extra_vars": {"versori_hosts": "all"},
}
REPOSITORY = GIVEN["versori_awx_project_url"]


@pytest.fixture(scope="module")
def awx() -> Iterator[FakeAWX]:
    awx_collection()
    with FakeAWX({REPOSITORY: PROJECT.parent}) as fake:
        for name in ("Default", "Other"):
            fake.add("organizations", name=name)
        for kind, name in (("vault", "Versori vault"), ("registry", "Registry"), ("scm", "Git")):
            inputs = {"fields": [{"id": "password", "label": "Password", "type": "string", "secret": True}]}
            number = fake.add("credential_types", name=kind, kind=kind, inputs=inputs)
            fake.add("credentials", name=name, credential_type=number, inputs={"password": "example"})
        # Names that are taken elsewhere, which must not be mistaken for ours.
        other = fake.one("organizations", "Other")["id"]
        fake.add("credentials", name="Versori", credential_type=number, organization=other, inputs={"password": "x"})
        fake.add("inventories", name="Versori", organization=other)
        yield fake


@pytest.fixture
def reaches(awx: FakeAWX) -> dict[str, str | None]:
    awx.writes.clear()
    return {"CONTROLLER_HOST": awx.url, "CONTROLLER_OAUTH_TOKEN": TOKEN, "ANSIBLE_COLLECTIONS_PATH": os.environ["TEST_COLLECTIONS"]}


WRONG = {
    **GIVEN,
    "versori_jwt": "second-way-secret",
    "versori_fingerprint_key": "",
    "versori_cache_plugin": "community.general.redis",
    "versori_awx_credentials": "Versori vault",
    "versori_awx_extra_vars": ["versori_hosts"],
}
[_PLAY] = yaml.safe_load((ROOT / "playbooks/awx_setup.yml").read_text())
SENTENCES = [check["sentence"] for check in _PLAY["vars"]["versori_awx_checks"]]


@pytest.mark.parametrize(("variables", "which"), [({"versori_fingerprint_key": "short"}, (0, 1, 2, 3, 6)), (WRONG, (4, 5, 7, 8))])
def test_what_is_missing_or_wrong_is_said_in_sentences(desk, variables, which):
    assert len(SENTENCES) == 9, "a sentence is new: have it said here"
    run = desk("awx_setup", "-vvvv", **variables)
    assert run.code == 2, run.printed
    assert [SENTENCES[number] for number in which if SENTENCES[number] not in run.printed] == []
    assert not [text for text in ("Traceback", "first-api-key-secret", "second-way-secret") if text in run.printed]


def test_without_awx_awx_ansible_says_what_is_missing(desk):
    """In words of its own, which the page has too, after the name of a task that says what it needs."""
    run = desk("awx_setup", "-vvvv", env={"ANSIBLE_COLLECTIONS_PATH": None}, **GIVEN)
    assert run.code, run.printed
    assert "TASK [Make what AWX needs, with the collection awx.awx]" in run.printed
    [words] = re.findall(r"`(could not resolve [^`]*)`", PAGE)
    assert words in run.printed
    assert SECRETS["versori_api_key"] not in run.printed


def test_first_run_makes_everything(awx, desk, reaches):
    """With each variable that there is: the modules of awx.awx judge what they are given by specs of their own."""
    # How to reach AWX is said by variables here, and by what awx.awx itself takes in the other runs.
    url, token = reaches.pop("CONTROLLER_HOST"), reaches.pop("CONTROLLER_OAUTH_TOKEN")
    run = desk("awx_setup", "-vvvv", "--diff", env=reaches, **GIVEN, versori_awx_host=url, versori_awx_token=token)
    assert run.code == 0, run.printed
    assert recap(run)["localhost"]["changed"] == 7, "the three job templates are one task"
    for secret in SECRETS.values():
        assert secret not in run.printed

    organization = awx.one("organizations", "Default")["id"]
    kind = awx.one("credential_types", "Versori")
    assert kind.items() >= {name: CREDENTIAL_TYPE[name] for name in ("kind", "inputs", "injectors")}.items()
    [credential] = [stored for stored in awx.objects["credentials"].values() if stored["credential_type"] == kind["id"]]
    assert credential["organization"] == organization
    assert awx.secrets[credential["id"]] == {
        "api_key": SECRETS["versori_api_key"],
        "fingerprint_key": SECRETS["versori_fingerprint_key"],
        "organisation_id": GIVEN["versori_organisation_id"],
        "cache_connection": GIVEN["versori_cache_connection"],
    }

    environment = awx.one("execution_environments", "Versori")
    registry, git = (awx.one("credentials", name)["id"] for name in ("Registry", "Git"))
    assert environment.items() >= {"image": GIVEN["versori_awx_image"], "organization": organization, "credential": registry}.items()
    project = awx.one("projects", "Versori")
    expected = {"scm_type": "git", "scm_url": REPOSITORY, "scm_branch": "main", "credential": git}
    assert project.items() >= {**expected, "default_environment": environment["id"]}.items()
    [inventory] = [stored for stored in awx.objects["inventories"].values() if stored["organization"] == organization]
    host, python = awx.one("hosts", "localhost"), {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    assert host["inventory"] == inventory["id"]
    assert json.loads(host["variables"]) == {"ansible_connection": "local", **python}

    assert {stored["name"] for stored in awx.objects["job_templates"].values()} == {f"Versori {name}" for name in SURVEYS}
    for name, survey in SURVEYS.items():
        template = awx.one("job_templates", f"Versori {name}")
        expected = {
            "playbook": f"project/{name}.yml",
            "project": project["id"],
            "inventory": inventory["id"],
            "execution_environment": environment["id"],
            "organization": organization,
            "survey_enabled": True,
            "use_fact_cache": False,
            "allow_simultaneous": False,
            "ask_job_type_on_launch": name != "audit",
        }
        assert template.items() >= expected.items()
        assert json.loads(template["extra_vars"]) == GIVEN["versori_awx_extra_vars"]
        assert awx.surveys[template["id"]]["spec"] == survey
        assert awx.attached[template["id"]] == [credential["id"], awx.one("credentials", "Versori vault")["id"]]


def test_second_run_sends_nothing(awx, desk, reaches):
    """Nor another API key, as AWX does not say which one it has, and nobody asked for it to be pushed."""
    before = dict(awx.secrets)
    run = desk("awx_setup", env=reaches, **{**GIVEN, "versori_api_key": "second-api-key-secret"})
    assert run.code == 0, run.printed
    assert recap(run)["localhost"]["changed"] == 0
    assert awx.writes == []
    assert awx.secrets == before


def test_what_somebody_changed_by_hand_is_put_right_and_a_secret_rotated_on_request(awx, desk, reaches):
    [credential] = [number for number, inputs in awx.secrets.items() if "api_key" in inputs]
    rotate, apply = (awx.one("job_templates", f"Versori {name}")["id"] for name in ("rotate", "apply"))
    awx.surveys[rotate]["spec"] = awx.surveys[rotate]["spec"][:2]
    awx.attached[apply] = awx.attached[apply][:1]
    awx.objects["job_templates"][apply]["use_fact_cache"] = True
    run = desk("awx_setup", env=reaches, **{**GIVEN, "versori_api_key": "second-api-key-secret"}, versori_awx_update_secrets=True)
    assert run.code == 0, run.printed
    assert sorted((method, path) for method, path, _body in awx.writes) == [
        ("PATCH", f"credentials/{credential}/"),
        ("PATCH", f"job_templates/{apply}/"),
        ("POST", f"job_templates/{apply}/credentials/"),
        ("POST", f"job_templates/{rotate}/survey_spec/"),
    ]
    assert awx.surveys[rotate]["spec"] == SURVEYS["rotate"]
    assert awx.secrets[credential]["api_key"] == "second-api-key-secret"
