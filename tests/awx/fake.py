# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of AWX's API that the modules of awx.awx use, served over HTTP, with AWX's own refusals.

It stores what it is sent, so that a second run of a playbook finds what the first one made.
"""

from __future__ import annotations

import itertools
import json
import re
import socket
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
import yaml
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from .rules import (
    ENCRYPTED,
    answers,
    credential_problems,
    credential_type_problems,
    launch_problems,
    rrule_problems,
    secret_fields,
    survey_problems,
)

TOKEN = "awx-token"
# A file whose first lines hold one of these at the left counts as a playbook.
_PLAYBOOK = re.compile(r"^\s*-?\s*(hosts|(ansible\.builtin\.)?(include|import_playbook)):", re.MULTILINE)
_FLAGS = (
    *("survey_enabled", "allow_simultaneous", "use_fact_cache", "become_enabled", "diff_mode", "ask_variables_on_launch"),
    *("ask_job_type_on_launch", "ask_diff_mode_on_launch", "ask_credential_on_launch", "ask_inventory_on_launch"),
)


class Kind(NamedTuple):
    """One kind of object.

    The name of its type, the kinds that its fields refer to, its other fields as they are by default, and the fields that no two
    of them have in common.
    """

    type: str
    refers_to: Mapping[str, str] = {}
    defaults: Mapping[str, Any] = {}
    unique: tuple[str, ...] = ("name", "organization")


ORGANIZATION = {"organization": "organizations"}
KINDS = {
    "organizations": Kind("organization", unique=("name",)),
    "credential_types": Kind("credential_type", {}, {"kind": "", "inputs": {}, "injectors": {}, "managed": False}, ("name", "kind")),
    "credentials": Kind(
        "credential", {"credential_type": "credential_types", **ORGANIZATION}, {"inputs": {}}, ("name", "organization", "credential_type")
    ),
    # Their names are unique across all organizations.
    "execution_environments": Kind(
        "execution_environment", {**ORGANIZATION, "credential": "credentials"}, {"image": "", "pull": ""}, ("name",)
    ),
    "projects": Kind(
        "project",
        {**ORGANIZATION, "credential": "credentials", "default_environment": "execution_environments"},
        {"scm_type": "", "scm_url": "", "scm_branch": "", "scm_update_on_launch": False, "scm_revision": "", "status": "never updated"},
    ),
    "inventories": Kind("inventory", ORGANIZATION, {"kind": "", "host_filter": None, "variables": ""}),
    "hosts": Kind("host", {"inventory": "inventories"}, {"enabled": True, "variables": ""}, ("name", "inventory")),
    "notification_templates": Kind("notification_template", ORGANIZATION),
    "job_templates": Kind(
        "job_template",
        {"project": "projects", "inventory": "inventories", "execution_environment": "execution_environments"},
        {"playbook": "", "job_type": "run", "extra_vars": "---", "organization": None, **dict.fromkeys(_FLAGS, False)},
    ),
    "schedules": Kind(
        "schedule", {"unified_job_template": "job_templates"}, {"rrule": "", "enabled": True}, ("name", "unified_job_template")
    ),
}
# What kind of credential AWX takes there.
_CREDENTIAL_KINDS = {"execution_environments": "registry", "projects": "scm"}
_SYNCED = ("scm_type", "scm_url", "scm_branch")  # a project is synced when one of these changes
_ASSOCIATIONS = {"credentials": "credentials", "notification_templates_error": "notification_templates"}


class FakeAWX:
    """`with FakeAWX({url: folder}) as awx:` serves on a free loopback port.

    :param repositories: a folder of files for each URL that a project may have, or none where no sync comes about.
    """

    def __init__(self, repositories: dict[str, Path | None]) -> None:
        self.repositories = repositories
        self.objects: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in KINDS}
        self.secrets: dict[int, dict[str, str]] = {}  # of credentials, by id: all inputs in clear
        self.surveys: dict[int, dict[str, Any]] = {}
        self.attached: dict[tuple[int, str], list[int]] = defaultdict(list)  # by job template and what is attached
        self.playbooks: dict[int, list[str]] = {}  # by project, as its last sync that succeeded has found them
        self.syncs: dict[int, dict[str, Any]] = {}  # those that run and that have ended
        self.launched: list[dict[str, Any]] = []  # the extra variables of the jobs
        self.writes: list[tuple[str, str, Any]] = []  # method, path, body of all but GET requests
        self._ids = itertools.count(1)

    def add(self, endpoint: str, /, **fields: Any) -> int:
        blank = {"description": "", **dict.fromkeys(KINDS[endpoint].refers_to), **KINDS[endpoint].defaults}
        return self._store(endpoint, {"id": next(self._ids), **blank}, fields)

    def one(self, kind: str, name: str, **fields: Any) -> dict[str, Any]:
        """The only one of its name that has these fields."""
        [found] = [stored for stored in self.objects[kind].values() if stored.items() >= {"name": name, **fields}.items()]
        return found

    def launch(self, name: str, organization: int, **given: Any) -> list[str]:
        """Launch a job through the API, and return what AWX has against it."""
        stored = self.one("job_templates", name, organization=organization)
        survey = self.surveys[stored["id"]]["spec"]
        if problems := launch_problems(survey, given):
            return problems
        self.launched.append({**yaml.safe_load(stored["extra_vars"]), **answers(survey, given)})
        return []

    def _list(self, kind: str, query: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
        wanted = [(key, value) for key, value in query if key not in ("page", "page_size", "order_by")]
        any_of = [(key[4:], value) for key, value in wanted if key.startswith("or__")]
        all_of = [(key, value) for key, value in wanted if not key.startswith("or__")]
        return [
            self._shown(kind, stored)
            for stored in self.objects[kind].values()
            if all(self._value(kind, stored, key) == value for key, value in all_of)
            and (not any_of or any(self._value(kind, stored, key) == value for key, value in any_of))
        ]

    def _value(self, kind: str, stored: dict[str, Any], key: str) -> str:
        """A field as a query names it: `credential_type__kind` is the field of what another one refers to."""
        name, _separator, rest = key.partition("__")
        if not rest:
            return str(stored[name])
        other = KINDS[kind].refers_to[name]
        return self._value(other, self.objects[other][stored[name]], rest) if stored[name] else ""

    def _store(self, kind: str, before: dict[str, Any], body: dict[str, Any]) -> int:
        problems = [f"There is no field {name}." for name in body if name not in ("name", *before)]
        after = {**before, **body}
        if kind == "job_templates":
            after["organization"] = self.objects["projects"][after["project"]]["organization"]  # read-only, and ignored
        for name, other in KINDS[kind].refers_to.items():
            if after[name] is not None and after[name] not in self.objects[other]:
                problems.append(f'Invalid pk "{after[name]}" of {name} - object does not exist.')
        unique = KINDS[kind].unique
        same = [stored["id"] for stored in self.objects[kind].values() if all(stored[name] == after[name] for name in unique)]
        if set(same) - {after["id"]}:
            problems.append(f"{KINDS[kind].type} with this ({', '.join(unique)}) combination already exists.")
        if after.get("credential") and self._value(kind, after, "credential__credential_type__kind") != _CREDENTIAL_KINDS[kind]:
            problems.append(f"Credential kind must be '{_CREDENTIAL_KINDS[kind]}'.")
        if kind == "credential_types":
            problems += credential_type_problems(after["inputs"], after["injectors"])
            for asked in after["inputs"].get("fields", ()):
                asked.setdefault("type", "string")
        elif kind == "credentials":
            kept = self.secrets.get(after["id"], {})
            inputs = {name: kept.get(name) if value == ENCRYPTED else value for name, value in after["inputs"].items()}
            problems += credential_problems(self.objects["credential_types"][after["credential_type"]], inputs)
            self.secrets[after["id"]] = inputs
        elif kind == "job_templates":
            if after["playbook"] not in self.playbooks.get(after["project"], ()):
                problems.append("Playbook not found for project.")
        elif kind == "execution_environments" and after["organization"] != before["organization"] and "name" in before:
            problems.append("Cannot change the organization of an execution environment")
        elif kind == "schedules":
            problems += rrule_problems(after["rrule"])
            problems += launch_problems(self.surveys[after["unified_job_template"]]["spec"], {})
        if problems:
            raise HTTPException(400, {"__all__": problems})
        self.objects[kind][after["id"]] = after
        if kind == "projects" and any(before[name] != after[name] for name in _SYNCED):
            self._sync(after)
        return int(after["id"])

    def _sync(self, project: dict[str, Any]) -> dict[str, Any]:
        number = next(self._ids)
        self.syncs[number] = {
            "id": number,
            "url": f"/api/v2/project_updates/{number}/",
            "project": project["id"],
            "status": "running",
            "failed": False,
            "finished": None,
            "scm_revision": "",
        }
        project["status"] = "running"
        return self.syncs[number]

    def sync(self, project: int) -> None:
        """Start a sync, as a job that updates its project does."""
        self._sync(self.objects["projects"][project])

    def end_syncs(self) -> None:
        for sync in self.syncs.values():
            self._end(sync)

    def _end(self, sync: dict[str, Any]) -> None:
        """A sync fails where there is no repository, and what an earlier one found stays."""
        project, folder = self.objects["projects"][sync["project"]], None
        if sync["finished"] is None:
            folder = self.repositories.get(project["scm_url"])
            ended = {"status": "successful", "scm_revision": str(sync["id"])} if folder else {"status": "failed", "failed": True}
            sync.update(ended, finished="2026-01-01T00:00:00Z")
            left = any(one["project"] == project["id"] and one["finished"] is None for one in self.syncs.values())
            status = "pending" if left else sync["status"]
            project.update(status=status, scm_revision=sync["scm_revision"] or project["scm_revision"])
        if folder:
            files = [path for path in folder.rglob("*.yml") if _PLAYBOOK.search(path.read_text())]
            self.playbooks[project["id"]] = sorted(str(path.relative_to(folder)) for path in files)

    def _shown(self, kind: str, stored: dict[str, Any]) -> dict[str, Any]:
        number = stored["id"]
        url = f"/api/v2/{kind}/{number}/"
        shown = {**stored, "type": KINDS[kind].type, "url": url, "related": {}, "summary_fields": {}}
        if kind == "credentials":
            secret = secret_fields(self.objects["credential_types"][stored["credential_type"]])
            shown["inputs"] = {name: ENCRYPTED if name in secret else value for name, value in self.secrets[number].items()}
        if kind == "job_templates":
            shown["related"] = {"survey_spec": url + "survey_spec/"}
        if kind == "projects":
            shown["related"] = {"update": url + "update/"}
        return shown

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def around(request: Request, call_next: Any) -> Response:
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return JSONResponse({"detail": "Authentication credentials were not provided."}, 401)
            if request.method != "GET":
                body = json.loads(await request.body() or "null")
                self.writes.append((request.method, request.url.path.removeprefix("/api/v2/"), body))
            answer = await call_next(request)
            answer.headers["X-API-Product-Name"] = "AWX"
            answer.headers["X-API-Product-Version"] = "24.6.1"
            return answer

        @app.exception_handler(HTTPException)
        async def refused(_request: Request, problem: HTTPException) -> JSONResponse:
            return JSONResponse(problem.detail, problem.status_code)

        def page(results: list[dict[str, Any]]) -> dict[str, Any]:
            return {"count": len(results), "next": None, "previous": None, "results": results}

        @app.post("/api/v2/projects/{number}/update/", status_code=202)
        def start_sync(number: int) -> Any:
            return self._sync(self.objects["projects"][number])

        @app.get("/api/v2/projects/{number}/playbooks/")
        def playbooks(number: int) -> Any:
            return self.playbooks.get(number, [])

        @app.get("/api/v2/unified_job_templates/")
        def unified(request: Request) -> Any:
            query = request.query_params.multi_items()
            return page([one for kind in ("projects", "job_templates") for one in self._list(kind, query)])

        @app.get("/api/v2/job_templates/{number}/survey_spec/")
        def survey(number: int) -> Any:
            return self.surveys.get(number, {})

        @app.post("/api/v2/job_templates/{number}/survey_spec/")
        async def set_survey(number: int, request: Request) -> Any:
            self.surveys[number] = await request.json()
            if problems := survey_problems(self.surveys[number]):
                raise HTTPException(400, {"error": "; ".join(problems)})
            return {}

        @app.get("/api/v2/job_templates/{number}/{association}/")
        def associated(number: int, association: str) -> Any:
            other = _ASSOCIATIONS[association]
            return page([self._shown(other, self.objects[other][attached]) for attached in self.attached[number, association]])

        @app.post("/api/v2/job_templates/{number}/{association}/")
        async def associate(number: int, association: str, request: Request) -> Response:
            body, attached = await request.json(), self.attached[number, association]
            assert body["id"] in self.objects[_ASSOCIATIONS[association]]
            (attached.remove if body.get("disassociate") else attached.append)(body["id"])
            return Response(status_code=204)

        @app.get("/api/v2/{kind}/")
        def search(kind: str, request: Request) -> Any:
            return page(self._list(kind, request.query_params.multi_items()))

        @app.post("/api/v2/{kind}/", status_code=201)
        async def create(kind: str, request: Request) -> Any:
            return self._shown(kind, self.objects[kind][self.add(kind, **await request.json())])

        @app.get("/api/v2/{kind}/{number}/")
        def detail(kind: str, number: int) -> Any:
            shown = self._shown(kind, self.objects[kind][number])
            if kind == "projects":  # a sync ends as soon as somebody has seen it
                for sync in [one for one in self.syncs.values() if one["project"] == number and one["finished"] is None][:1]:
                    self._end(sync)
            return shown

        @app.delete("/api/v2/{kind}/{number}/", status_code=204)
        def delete(kind: str, number: int) -> Response:
            del self.objects[kind][number]
            # What referred to it goes without; so does AWX with all that awx_setup deletes.
            for other, described in KINDS.items():
                for field in (field for field, referred in described.refers_to.items() if referred == kind):
                    for stored in self.objects[other].values():
                        stored[field] = None if stored[field] == number else stored[field]
            return Response(status_code=204)

        @app.patch("/api/v2/{kind}/{number}/")
        async def change(kind: str, number: int, request: Request) -> Any:
            return self._shown(kind, self.objects[kind][self._store(kind, self.objects[kind][number], await request.json())])

        return app

    def __enter__(self) -> FakeAWX:
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(self._app(), lifespan="off", log_config=None, access_log=False))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
