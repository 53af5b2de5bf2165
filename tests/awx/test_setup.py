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

from tests.playbooks.running import recap, said

from .fake import TOKEN, FakeAWX
from .files import CREDENTIAL_TYPE, PAGE, PROJECT, ROOT, SURVEYS, awx_collection, job_templates

# Each module of awx.awx takes its second, and more where others are at work too.
pytestmark = pytest.mark.timeout(900)

SECRETS = {"versori_api_key": "first-api-key-secret", "versori_fingerprint_key": "fingerprint-key-secret-of-32-letters-and-more"}
[_AWX_YML] = re.findall(r"^```yaml\n# awx.yml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
GIVEN: dict[str, Any] = {
    **yaml.safe_load(_AWX_YML),  # as the documentation shows it
    **SECRETS,
    "versori_awx_project_branch": "main",
    "versori_awx_project_credential": "Git",
    "versori_awx_project_folder": "./project/",
    "versori_awx_extra_vars": {"versori_hosts": "all"},
    "versori_awx_image_pull": "never",
    "versori_awx_notifications": ["Platform team"],
    "versori_awx_schedules": {"audit": "DTSTART;TZID=Europe/London:20260101T040000 RRULE:FREQ=DAILY;INTERVAL=1"},
}
REPOSITORY = GIVEN["versori_awx_project_url"]
IN_FOLDER = {template["name"]: template for template in job_templates("project/")}


def add_project(fake: FakeAWX, name: str, folder: Any = PROJECT, *, ended: bool = True) -> int:
    """A project in the other organization, synced with a repository of its own."""
    url = f"https://git.example.com/{name}.git"
    fake.repositories[url] = folder
    project = fake.add("projects", name=name, organization=fake.one("organizations", "Other")["id"], scm_type="git", scm_url=url)
    if ended:
        fake.end_syncs()
    return project


@pytest.fixture(scope="module")
def awx() -> Iterator[FakeAWX]:
    awx_collection()
    with FakeAWX({REPOSITORY: PROJECT.parent}) as fake:
        organizations = [fake.add("organizations", name=name) for name in ("Default", "Other")]
        for kind, called, name in (
            ("vault", "Vault", "Versori vault"),
            ("registry", "Container Registry", "Registry"),
            ("scm", "Source Control", "Git"),
            ("net", "Network", "Git"),
        ):
            fields = [{"id": "password", "label": "Password", "type": "string", "secret": True}]
            fields += [{"id": "host", "label": "Host", "type": "string"}] if kind == "registry" else []
            number = fake.add("credential_types", name=called, kind=kind, managed=True, inputs={"fields": fields})
            for organization in organizations:  # the same names in both: those of the organization given must be taken
                fake.add("credentials", name=name, credential_type=number, organization=organization, inputs={"password": "example"})
        for organization in organizations:
            fake.add("notification_templates", name="Platform team", organization=organization)
        # What awx_setup has made in the other one, and a name that AWX has only once.
        other = organizations[1]
        for name in ("Versori", "Versori (Other)"):
            fake.add("execution_environments", name=name, organization=other, image="registry.example.com/other:1")
        project = add_project(fake, "Versori")
        inventory = fake.add("inventories", name="Versori", organization=other)
        for name in SURVEYS:
            fake.add("job_templates", name=f"Versori {name}", project=project, inventory=inventory, playbook=f"{name}.yml")
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
    "versori_awx_name": 7,
    "versori_awx_image_pull": "sometimes",
    "versori_awx_notifications": "Platform team",
    "versori_awx_schedules": {"rotate": "DTSTART:20260101T040000Z RRULE:FREQ=DAILY;INTERVAL=1"},
}
[_PLAY] = yaml.safe_load((ROOT / "playbooks/awx_setup.yml").read_text())
SENTENCES = [check["sentence"] for check in _PLAY["vars"]["versori_awx_checks"]]


@pytest.mark.parametrize(
    ("variables", "which"),
    [({"versori_fingerprint_key": "short", "versori_awx_schedules": {"apply": None}}, (0, 1, 2, 3, 6, 12)), (WRONG, (4, 5, *range(7, 13)))],
)
def test_what_is_missing_or_wrong_is_said_in_sentences(desk, variables, which):
    assert len(SENTENCES) == 13, "a sentence is new: have it said here"
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


def test_names_that_awx_does_not_have_are_refused_before_anything_is_made(awx, desk, reaches):
    """In its organization, that is: what others call theirs is nothing to go by. An id is what it is."""
    vault = awx.one("credentials", "Versori vault", organization=awx.one("organizations", "Other")["id"])["id"]
    asked = {
        "versori_awx_credentials": ["Git", vault, "Nowhere"],
        "versori_awx_image_credential": "Versori vault",
        "versori_awx_project_credential": "Git",
        "versori_awx_notifications": ["9999"],
    }
    run = desk("awx_setup", env=reaches, **{**GIVEN, **asked})
    assert run.code == 2, run.printed
    for variable, what, name, count in (
        ("versori_awx_credentials", "credential", "Git", 2),
        ("versori_awx_credentials", "credential", "Nowhere", 0),
        ("versori_awx_image_credential", "container registry credential", "Versori vault", 0),
        ("versori_awx_notifications", "notification template", "9999", 0),
    ):
        assert f"{variable} names the {what} {name}, and the AWX organization Default has {count} of that name. Give a name" in run.printed
    assert not [found for found in (f"credential {vault},", "source control credential") if found in run.printed]
    run = desk("awx_setup", env=reaches, **{**GIVEN, "versori_awx_organization": "Nobody"})
    assert run.code == 2, run.printed
    assert "AWX has no organization Nobody that this account may see." in run.printed
    assert awx.writes == []


def test_a_check_before_the_first_run_skips_what_needs_what_is_not_made_yet(awx, desk, reaches, tmp_path):
    """And the second of two sets in one run has nothing of the first one's, whose facts are there still."""
    alone = ("awx_image_credential", "awx_project_credential", "awx_credentials", "awx_notifications", "awx_schedules")
    second = {name: value for name, value in GIVEN.items() if name.removeprefix("versori_") not in alone}
    sets = (GIVEN, {**second, "versori_awx_name": "Second"})
    path = tmp_path / "sets.yml"
    path.write_text(json.dumps([{"import_playbook": "versori.platform.awx_setup", "vars": variables} for variables in sets]))
    run = desk.run(str(path), ["--check"], reaches)
    assert run.code == 0, run.printed
    assert recap(run)["localhost"]["changed"] == 2 * 3, "the credential type, the execution environment, the inventory"
    assert awx.writes == []
    registry = awx.one("credentials", "Registry", organization=awx.one("organizations", "Default")["id"])["id"]
    environments = [one.invocation["module_args"] for one in run.results if one.label == "The execution environment"]
    assert [(one["name"], one["credential"]) for one in environments] == [("Versori (Default)", str(registry)), ("Second (Default)", None)]


def test_first_run_makes_everything(awx, desk, reaches):
    """With each variable that there is: the modules of awx.awx judge what they are given by specs of their own."""
    # How to reach AWX is said by variables here, and by what awx.awx itself takes in the other runs.
    url, token = reaches.pop("CONTROLLER_HOST"), reaches.pop("CONTROLLER_OAUTH_TOKEN")
    run = desk("awx_setup", "-vvvv", "--diff", env=reaches, **GIVEN, versori_awx_host=url, versori_awx_token=token)
    assert run.code == 0, run.printed
    assert recap(run)["localhost"]["changed"] == 8, "the three job templates are one task"
    assert not [secret for secret in (*SECRETS.values(), TOKEN) if secret in run.printed]

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

    assert {stored["name"] for stored in awx.objects["execution_environments"].values()} == {
        "Versori",
        "Versori (Other)",
        "Versori (Default)",
    }
    environment = awx.one("execution_environments", "Versori (Default)")
    scm = awx.one("credential_types", "Source Control")["id"]
    registry = awx.one("credentials", "Registry", organization=organization)["id"]
    git = awx.one("credentials", "Git", organization=organization, credential_type=scm)["id"]
    expected = {"image": GIVEN["versori_awx_image"], "organization": organization, "credential": registry, "pull": "never"}
    assert environment.items() >= expected.items()
    project = awx.one("projects", "Versori", organization=organization)
    expected = {"scm_type": "git", "scm_url": REPOSITORY, "scm_branch": "main", "credential": git}
    assert project.items() >= {**expected, "default_environment": environment["id"]}.items()
    [inventory] = [stored for stored in awx.objects["inventories"].values() if stored["organization"] == organization]
    host, python = awx.one("hosts", "localhost"), {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    assert host["inventory"] == inventory["id"]
    assert json.loads(host["variables"]) == {"ansible_connection": "local", **python}

    assert {stored["name"] for stored in awx.objects["job_templates"].values()} == {f"Versori {name}" for name in SURVEYS}
    for name in SURVEYS:
        template = awx.one("job_templates", f"Versori {name}", organization=organization)
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
        assert awx.surveys[template["id"]]["spec"] == IN_FOLDER[name]["survey"]
        vault = awx.one("credentials", "Versori vault", organization=organization)["id"]
        assert awx.attached[template["id"], "credentials"] == [credential["id"], vault]
        [notified] = awx.attached[template["id"], "notification_templates_error"]
        assert awx.objects["notification_templates"][notified]["organization"] == organization

    audit = awx.one("job_templates", "Versori audit", organization=organization)["id"]
    [schedule] = awx.objects["schedules"].values()
    rule = GIVEN["versori_awx_schedules"]["audit"]
    assert schedule.items() >= {"name": "Versori audit", "unified_job_template": audit, "rrule": rule, "enabled": True}.items()

    # Through the API, where nobody has seen the form with the defaults in it.
    for name in ("apply", "audit"):
        assert awx.launch(f"Versori {name}", organization) == []
        assert awx.launched[-1].items() >= {"versori_hosts": "all", "versori_credentials_file": "project/credentials.yml"}.items()
    missing = awx.launch("Versori rotate", organization)
    assert missing == ["'versori_rotate_name' value missing", "'versori_rotate_value' value missing"]
    assert awx.launch("Versori rotate", organization, versori_rotate_name="ERP user", versori_rotate_value="new") == []


def test_a_sync_is_repeated_until_the_playbooks_are_there_and_what_became_of_it_is_said(awx, desk, reaches, tmp_path):
    """Each project is a host here; what they do is the part of awx_setup between the project and its job templates."""
    lacking = tmp_path / "lacking"
    lacking.mkdir()
    projects = {
        "right": add_project(awx, "right"),
        "repaired": add_project(awx, "repaired", None),
        "lacking": add_project(awx, "lacking", lacking),
        "outdated": add_project(awx, "outdated", lacking),
        "running": add_project(awx, "running", ended=False),
        "made": add_project(awx, "made", None, ended=False),
        "queued": add_project(awx, "queued", ended=False),
    }
    awx.sync(projects["queued"])  # behind the one that runs
    for name in ("repaired", "outdated"):
        awx.repositories[f"https://git.example.com/{name}.git"] = PROJECT
    hosts = {
        name: {"versori_awx_named": name, "versori_awx_made_project": {"id": number, "changed": name == "made"}}
        for name, number in projects.items()
    }
    variables = {"versori_awx_job_templates": job_templates(), "versori_awx_reached": {}}
    tasks = [{"include_tasks": str(ROOT / "playbooks/tasks/awx_sync.yml")}]
    path = tmp_path / "plays.yml"
    path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "vars": variables, "tasks": tasks}]))
    run = desk.run(str(path), ["-i", desk.inventory(hosts)], reaches)

    assert "AWX could not sync the project made: its status is failed. Read why in AWX, under Projects, made" in said(run, "made")
    assert "The project lacking in AWX has no apply.yml, audit.yml, rotate.yml, and its last sync was successful." in said(run, "lacking")
    counted = recap(run)
    assert {name for name in projects if counted[name]["failed"]} == {"made", "lacking"}
    assert {name for name in projects if counted[name]["changed"]} == {"repaired", "lacking", "outdated"}
    repeated = {f"projects/{projects[name]}/update/" for name in ("repaired", "lacking", "outdated")}
    assert {path for _method, path, _body in awx.writes} == repeated


def test_second_run_sends_nothing(awx, desk, reaches):
    """Nor another API key, as AWX does not say which one it has, and nobody asked for it to be pushed."""
    before = dict(awx.secrets)
    awx.one("execution_environments", "Versori (Default)")["pull"] = "always"  # somebody's own choice, where none is given
    given = {name: value for name, value in GIVEN.items() if name != "versori_awx_image_pull"}
    run = desk("awx_setup", env=reaches, **{**given, "versori_api_key": "second-api-key-secret"})
    assert run.code == 0, run.printed
    assert recap(run)["localhost"]["changed"] == 0
    assert awx.writes == []
    assert awx.secrets == before


def test_what_is_no_longer_given_goes_and_what_somebody_changed_is_put_right(awx, desk, reaches):
    """And a secret is rotated on request, and a project that lacks a playbook is synced."""
    organization = awx.one("organizations", "Default")["id"]
    [credential] = [number for number, inputs in awx.secrets.items() if "fingerprint_key" in inputs]
    templates = {name: awx.one("job_templates", f"Versori {name}", organization=organization)["id"] for name in SURVEYS}
    environment, project = awx.one("execution_environments", "Versori (Default)"), awx.one("projects", "Versori", organization=organization)
    awx.surveys[templates["rotate"]]["spec"] = awx.surveys[templates["rotate"]]["spec"][:2]
    awx.objects["job_templates"][templates["apply"]]["use_fact_cache"] = True
    awx.playbooks[project["id"]].remove("project/rotate.yml")
    rule = GIVEN["versori_awx_schedules"]["audit"]
    own = awx.add("schedules", name="Ours at night", unified_job_template=templates["audit"], rrule=rule)
    before = len(awx.objects["credentials"])

    gone = ("awx_image_credential", "awx_project_credential", "awx_project_branch", "awx_credentials", "awx_schedules", "organisation_id")
    given = {name: value for name, value in GIVEN.items() if name.removeprefix("versori_") not in gone}
    emptied = {"versori_awx_notifications": [], "versori_awx_extra_vars": {}}
    rotated = {"versori_api_key": "second-api-key-secret", "versori_awx_update_secrets": True}
    run = desk("awx_setup", env=reaches, **{**given, **emptied, **rotated})
    assert run.code == 0, run.printed

    assert set(awx.secrets[credential]) == {"api_key", "fingerprint_key", "cache_connection"}
    assert awx.secrets[credential]["api_key"] == "second-api-key-secret"
    environment, project = (
        awx.objects[kind][stored["id"]] for kind, stored in (("execution_environments", environment), ("projects", project))
    )
    assert (environment["credential"], project["credential"], project["scm_branch"]) == (None, None, "")
    assert len(awx.objects["credentials"]) == before, "those that took the place of others are gone as well"
    assert list(awx.objects["schedules"]) == [own]
    assert awx.surveys[templates["rotate"]]["spec"] == IN_FOLDER["rotate"]["survey"]
    for name, number in templates.items():
        template = awx.objects["job_templates"][number]
        assert template.items() >= {"use_fact_cache": False, "extra_vars": "{}", "playbook": f"project/{name}.yml"}.items()
        assert (awx.attached[number, "credentials"], awx.attached[number, "notification_templates_error"]) == ([credential], [])
