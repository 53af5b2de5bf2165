# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/bootstrap.md shows, and what the CI examples run, done."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from tests.acceptance.callback_plugins.recorder import records
from tests.examples.project import EXAMPLES, PROGRAMS, ROOT, Project

pytestmark = pytest.mark.timeout(600)  # several runs of Ansible in one test

PAGE = (ROOT / "docs/bootstrap.md").read_text()
PASSWORD, API_SECRET = "the-password-of-the-erp-user", "hunter22-secret"


@pytest.fixture
def filled(project: Project) -> Project:
    """A project with the page's list, and its vault, encrypted; the secrets are files, as containers get them."""
    listed, vault = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (project.folder / "secrets").mkdir()
    for name, text in (("versori-api-key", project.sim.api_key), ("vault-password", "pass-22"), ("shop-api-key", API_SECRET)):
        (project.folder / "secrets" / name).write_text(text)
    project.write("credentials.yml", listed)
    project.write("vault.yml", vault)
    command = [PROGRAMS / "ansible-vault", "encrypt", "vault.yml", "--vault-password-file", project.folder / "secrets/vault-password"]
    subprocess.run(command, cwd=project.cwd, check=True)
    assert PASSWORD in vault and PASSWORD not in (project.cwd / "vault.yml").read_text()
    return project


def held(sim) -> dict[str, str]:
    return {one["name"]: list(sim.secret(one["id"]).values())[-1] for one in sim.state()}


def test_the_page(filled, sim):
    """Its commands one after the other in one shell, and no secret in what they print or in any argument."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    script = "\n".join(blocks).replace("/run/secrets", str(filled.folder / "secrets"))
    done = filled.sh("bash", "-ec", script, VERSORI_API_KEY=None, VERSORI_ORGANISATION_ID=None, SHOP_API_KEY=API_SECRET)
    assert done.returncode == 0, done.stdout + done.stderr
    assert held(sim) == {"Shop API key": API_SECRET, "ERP user": PASSWORD}
    assert [one.method for one in sim.requests if one.method != "GET"] == ["POST", "POST"]
    # The script made both, so the single tasks found nothing to do.
    assert re.findall(r"^localhost \| (\w+)", done.stdout, re.MULTILINE) == ["SUCCESS"] * 3
    assert '"decision": "unchanged"' in done.stdout
    for secret in (PASSWORD, API_SECRET, "pass-22"):
        assert secret not in done.stdout + filled.seen()


GITHUB = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text())
GITLAB = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())
JOBS = {"pull_request": "check", "push": "apply", "schedule": "audit"}


def github_runs(event: str) -> list[str]:
    steps = [one for one in GITHUB["jobs"]["credentials"]["steps"] if "run" in one]
    return [one["run"] for one in steps if f"== '{event}'" in one.get("if", f"== '{event}'")]


def test_both_ci_systems_do_the_same():
    assert set(GITHUB["on"]) == set(JOBS)
    for event, job in JOBS.items():
        lines = [*GITLAB["default"]["before_script"], *GITLAB[job]["script"]]
        assert github_runs(event) == [line.removesuffix(" || differs=$?") for line in lines if not line.startswith("exit ")]
    remembered = [one["with"]["path"] for one in GITHUB["jobs"]["credentials"]["steps"] if "cache" in one.get("uses", "")]
    assert remembered == GITLAB[".credentials"]["cache"]["paths"] * 2 == [".versori-memory"] * 2


def test_what_the_ci_systems_run(filled, sim):
    """All but the installation, which needs a package index."""
    known = {
        "vars.VERSORI_ORGANISATION_ID": sim.organisation_id,
        "vars.VERSORI_COLLECTION": "",
        "secrets.VERSORI_API_KEY": sim.api_key,
        "secrets.VERSORI_FINGERPRINT_KEY": "0123456789abcdef" * 4,
        "secrets.VAULT_PASSWORD": "pass-22",
        "github.workspace": str(filled.cwd),
    }
    env = {
        name: re.sub(r"\$\{\{ (\S+) \}\}", lambda one: known[one[1]], value) for name, value in GITHUB["jobs"]["credentials"]["env"].items()
    }
    for name, value in GITLAB["variables"].items():
        assert env[name] == value.replace("$CI_PROJECT_DIR", str(filled.cwd))

    def job(name: str) -> tuple[int, list[str], str]:
        sim.clear_requests()
        done = filled.sh("bash", "-eo", "pipefail", "-c", "\n".join(GITLAB[name]["script"]), **env, SHOP_API_KEY=API_SECRET)
        printed = done.stdout + done.stderr
        assert PASSWORD not in printed and API_SECRET not in printed
        return done.returncode, [one.method for one in sim.requests if one.method != "GET"], printed

    code, sent, printed = job("check")
    assert (code, sent) == (0, []), printed
    code, sent, printed = job("apply")
    assert (code, sent) == (0, ["POST", "POST"]), printed
    sim.edit(next(one["id"] for one in sim.state() if one["name"] == "ERP user"), data={"username": "else", "password": "x"})
    code, sent, printed = job("audit")
    assert (code, sent) == (10, []), printed
    assert "changed by somebody else" in (filled.cwd / "audit.html").read_text()
    assert held(sim)["ERP user"] == "x"
    assert len(records(filled.cwd / ".versori-memory")) == 4  # of two credentials, and of their names
