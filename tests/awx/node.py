# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node of AWX that runs jobs with ansible-runner, in the way that AWX does, but without containers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .files import CREDENTIAL_TYPE, PROJECT, job_templates
from .rules import answers, injected_environment

VAULT_PASSWORD = "example-vault-password"


class UnsafeDumper(yaml.SafeDumper):
    """AWX marks each text that somebody gave at launch, so that Ansible fills in no template in it."""


UnsafeDumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text))


@dataclass
class Job:
    """A job that has ended, and what it left in the private data directory."""

    status: str
    code: int
    folder: Path
    ident: str

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts" / self.ident

    @property
    def stdout(self) -> str:
        return (self.artifacts / "stdout").read_text()

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        events = [json.loads(path.read_text()) for path in (self.artifacts / "job_events").glob("*.json")]
        return [event["event_data"] for event in events if event["event"] in kinds]

    def left(self) -> Iterator[tuple[Path, str]]:
        """All that is left of it, but `command`: there ansible-runner notes the environment, readable by its user alone."""
        for path in self.artifacts.rglob("*"):
            if path.is_file() and path.name != "command":
                yield path, path.read_text(errors="replace")

    @property
    def changed(self) -> int:
        [stats] = self.events("playbook_on_stats")
        return int(stats["changed"].get("localhost", 0))

    def result(self, task: str) -> dict[str, Any]:
        [result] = [event["res"] for event in self.events("runner_on_ok", "runner_on_failed") if event["task"] == task]
        return dict(result)


class Node:
    """`mount` is the folder that outlives the jobs; all else is new for each."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.mount = folder / "mount"
        self.mount.mkdir()
        self.jobs = 0

    def launch(
        self, template: str, credential: Mapping[str, str], survey: Any = None, *, files: Any = None, inside: str = "", verbosity: int = 0
    ) -> Job:
        """Run a job of a job template, and wait for its end.

        :param credential: the inputs of the credential.
        :param survey: the answers to the survey.
        :param files: files of the project, in place of the example's.
        :param inside: the folder of the project that holds all of it, with `/` at its end.
        """
        import ansible_runner

        private = self._prepare(template, credential, survey, {"localhost": {}}, files, inside, verbosity)
        ended = ansible_runner.run(
            private_data_dir=str(private),
            playbook=f"{inside}{template}.yml",
            ident=private.name,
            fact_cache_type="",  # as AWX says it for a job template without fact storage
            suppress_env_files=True,
            quiet=True,
        )
        return Job(ended.status, ended.rc, private, private.name)

    def slices(
        self, template: str, credential: Mapping[str, str], hosts: Mapping[str, Any], count: int, env: Any, survey: Any
    ) -> list[Job]:
        """Run a sliced job in a container group: each slice has its share of the hosts, a pod of its own, and all run at once.

        :param hosts: the variables of the inventory's hosts, by name.
        :param env: more variables of the image's environment.
        """
        shares = [{name: hosts[name] for name in sorted(hosts)[first::count]} for first in range(count)]
        folders = [self._prepare(template, credential, survey, share, env=env) for share in shares]
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(lambda private: self._in_a_pod(private, template), folders))

    def _in_a_pod(self, private: Path, template: str) -> Job:
        runner = [sys.executable, "-m", "ansible_runner"]
        ended = private.with_name(f"{private.name}_ended")
        transmit = [*runner, "transmit", str(private), "-p", f"{template}.yml", "--ident", private.name, "--omit-env-files"]
        with (
            subprocess.Popen(transmit, stdout=subprocess.PIPE) as sent,
            subprocess.Popen([*runner, "worker"], stdin=sent.stdout, stdout=subprocess.PIPE) as worked,
        ):
            process = [*runner, "process", str(ended), "--ident", private.name]
            subprocess.run(process, stdin=worked.stdout, stdout=subprocess.DEVNULL, check=True)
        job = Job("", 0, ended, private.name)
        job.status, job.code = (job.artifacts / "status").read_text(), int((job.artifacts / "rc").read_text())
        return job

    def _prepare(
        self,
        template: str,
        credential: Mapping[str, str],
        survey: Any,
        hosts: Mapping[str, Any],
        files: Any = None,
        inside: str = "",
        verbosity: int = 0,
        env: Any = None,
    ) -> Path:
        """The private data directory of a new job."""
        self.jobs += 1
        private = self.folder / f"job_{self.jobs}"
        shutil.copytree(PROJECT, private / "project" / inside)
        for name, text in (files or {}).items():
            (private / "project" / inside / name).write_text(text)
        [described] = [one for one in job_templates(inside) if one["name"] == template]
        assert described["playbook"] == f"{inside}{template}.yml"
        python = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        environment = {
            "HOME": str(private / "home"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "ANSIBLE_HOME": str(private / "home/.ansible"),
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            **(env or {}),
            **injected_environment(CREDENTIAL_TYPE, credential),
        }
        for name, text in {
            "inventory/hosts.yml": yaml.safe_dump({"all": {"hosts": {name: {**python, **own} for name, own in hosts.items()}}}),
            "env/envvars": json.dumps(environment),
            "env/extravars": yaml.dump(answers(described["survey"], survey or {}), Dumper=UnsafeDumper),
            "env/passwords": json.dumps({r"Vault password:\s*?$": VAULT_PASSWORD}),
            "env/settings": json.dumps({"suppress_ansible_output": True, "pexpect_timeout": 0.1}),
            "env/cmdline": "--ask-vault-pass" + (f" -{'v' * verbosity}" if verbosity else ""),
            "home/.keep": "",
        }.items():
            path = private / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o600)
        return private
