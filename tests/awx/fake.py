# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of AWX's API that the modules of awx.awx use, served over HTTP, with AWX's own refusals.

It stores what it is sent, so that a second run of a playbook finds what the first one made.
"""

from __future__ import annotations

import itertools
import re
import socket
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from .rules import ENCRYPTED, credential_problems, credential_type_problems, secret_fields, survey_problems

TOKEN = "awx-token"
# A file whose first lines hold one of these at the left counts as a playbook.
_PLAYBOOK = re.compile(r"^\s*-?\s*(hosts|(ansible\.builtin\.)?(include|import_playbook)):", re.MULTILINE)
_FLAGS = (
    *("survey_enabled", "allow_simultaneous", "use_fact_cache", "become_enabled", "diff_mode", "ask_variables_on_launch"),
    *("ask_job_type_on_launch", "ask_diff_mode_on_launch", "ask_credential_on_launch", "ask_inventory_on_launch"),
)


class Kind(NamedTuple):
    """One kind of object: the name of its type, the kinds that its fields refer to, and its other fields as they are by default."""

    type: str
    refers_to: Mapping[str, str] = {}
    defaults: Mapping[str, Any] = {}


ORGANIZATION = {"organization": "organizations"}
KINDS = {
    "organizations": Kind("organization"),
    "credential_types": Kind("credential_type", {}, {"kind": "", "inputs": {}, "injectors": {}, "managed": False}),
    "credentials": Kind("credential", {"credential_type": "credential_types", **ORGANIZATION}, {"inputs": {}}),
    "execution_environments": Kind("execution_environment", {**ORGANIZATION, "credential": "credentials"}, {"image": "", "pull": ""}),
    "projects": Kind(
        "project",
        {**ORGANIZATION, "credential": "credentials", "default_environment": "execution_environments"},
        {"scm_type": "", "scm_url": "", "scm_branch": "", "scm_update_on_launch": False, "scm_revision": ""},
    ),
    "inventories": Kind("inventory", ORGANIZATION, {"kind": "", "host_filter": None, "variables": ""}),
    "hosts": Kind("host", {"inventory": "inventories"}, {"enabled": True, "variables": ""}),
    "job_templates": Kind(
        "job_template",
        {"project": "projects", "inventory": "inventories", "execution_environment": "execution_environments"},
        {"playbook": "", "job_type": "run", "extra_vars": "---", "organization": None, **dict.fromkeys(_FLAGS, False)},
    ),
}


class FakeAWX:
    """`with FakeAWX({url: folder}) as awx:` serves on a free loopback port.

    :param repositories: a folder of files for each URL that a project may have.
    """

    def __init__(self, repositories: Mapping[str, Path]) -> None:
        self.repositories = repositories
        self.objects: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in KINDS}
        self.secrets: dict[int, dict[str, str]] = {}  # of credentials, by id: all inputs in clear
        self.surveys: dict[int, dict[str, Any]] = {}
        self.attached: dict[int, list[int]] = defaultdict(list)  # credentials of job templates
        self.playbooks: dict[int, list[str]] = {}  # by project, after its first update
        self.writes: list[tuple[str, str, Any]] = []  # method, path, body of all but GET requests
        self._ids = itertools.count(1)

    def add(self, endpoint: str, /, **fields: Any) -> int:
        blank = {"description": "", **dict.fromkeys(KINDS[endpoint].refers_to), **KINDS[endpoint].defaults}
        return self._store(endpoint, {"id": next(self._ids), **blank}, fields)

    def one(self, kind: str, name: str) -> dict[str, Any]:
        [found] = [stored for stored in self.objects[kind].values() if stored["name"] == name]
        return found

    def _list(self, kind: str, query: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
        wanted = [(key, value) for key, value in query if key not in ("page", "page_size", "order_by")]
        any_of = [(key[4:], value) for key, value in wanted if key.startswith("or__")]
        all_of = [(key, value) for key, value in wanted if not key.startswith("or__")]
        return [
            self._shown(kind, stored)
            for stored in self.objects[kind].values()
            if all(str(stored[key]) == value for key, value in all_of)
            and (not any_of or any(str(stored[key]) == value for key, value in any_of))
        ]

    def _store(self, kind: str, before: dict[str, Any], body: dict[str, Any]) -> int:
        problems = [f"There is no field {name}." for name in body if name not in ("name", *before)]
        after = {**before, **body}
        for name, other in KINDS[kind].refers_to.items():
            if after[name] is not None and after[name] not in self.objects[other]:
                problems.append(f'Invalid pk "{after[name]}" of {name} - object does not exist.')
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
            after["organization"] = self.objects["projects"][after["project"]]["organization"]  # read-only, and ignored
            if after["playbook"] not in self.playbooks.get(after["project"], ()):
                problems.append("Playbook not found for project.")
        if problems:
            raise HTTPException(400, {"__all__": problems})
        self.objects[kind][after["id"]] = after
        return int(after["id"])

    def _shown(self, kind: str, stored: dict[str, Any]) -> dict[str, Any]:
        number = stored["id"]
        url = f"/api/v2/{kind}/{number}/"
        shown = {**stored, "type": KINDS[kind].type, "url": url, "related": {}, "summary_fields": {}}
        if kind == "credentials":
            secret = secret_fields(self.objects["credential_types"][stored["credential_type"]])
            shown["inputs"] = {name: ENCRYPTED if name in secret else value for name, value in self.secrets[number].items()}
        if kind == "job_templates":
            shown["related"] = {"survey_spec": url + "survey_spec/", "credentials": url + "credentials/"}
        if kind == "projects" and number not in self.playbooks:  # its first update has the project's number
            shown["summary_fields"] = {"current_update": {"id": number, "status": "running"}}
        return shown

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def around(request: Request, call_next: Any) -> Response:
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return JSONResponse({"detail": "Authentication credentials were not provided."}, 401)
            if request.method != "GET":
                self.writes.append((request.method, request.url.path.removeprefix("/api/v2/"), await request.json()))
            answer = await call_next(request)
            answer.headers["X-API-Product-Name"] = "AWX"
            answer.headers["X-API-Product-Version"] = "24.6.1"
            return answer

        @app.exception_handler(HTTPException)
        async def refused(_request: Request, problem: HTTPException) -> JSONResponse:
            return JSONResponse(problem.detail, problem.status_code)

        def page(results: list[dict[str, Any]]) -> dict[str, Any]:
            return {"count": len(results), "next": None, "previous": None, "results": results}

        @app.get("/api/v2/project_updates/{number}/")
        def project_update(number: int) -> Any:
            folder = self.repositories[self.objects["projects"][number]["scm_url"]]
            files = [path for path in folder.rglob("*.yml") if _PLAYBOOK.search(path.read_text())]
            self.playbooks[number] = sorted(str(path.relative_to(folder)) for path in files)
            return {"id": number, "status": "successful"}

        @app.get("/api/v2/job_templates/{number}/survey_spec/")
        def survey(number: int) -> Any:
            return self.surveys.get(number, {})

        @app.post("/api/v2/job_templates/{number}/survey_spec/")
        async def set_survey(number: int, request: Request) -> Any:
            self.surveys[number] = await request.json()
            if problems := survey_problems(self.surveys[number]):
                raise HTTPException(400, {"error": "; ".join(problems)})
            return {}

        @app.get("/api/v2/job_templates/{number}/credentials/")
        def credentials(number: int) -> Any:
            return page([self._shown("credentials", self.objects["credentials"][attached]) for attached in self.attached[number]])

        @app.post("/api/v2/job_templates/{number}/credentials/")
        async def attach(number: int, request: Request) -> Response:
            body = await request.json()
            (self.attached[number].remove if body.get("disassociate") else self.attached[number].append)(body["id"])
            return Response(status_code=204)

        @app.get("/api/v2/{kind}/")
        def search(kind: str, request: Request) -> Any:
            return page(self._list(kind, request.query_params.multi_items()))

        @app.post("/api/v2/{kind}/", status_code=201)
        async def create(kind: str, request: Request) -> Any:
            return self._shown(kind, self.objects[kind][self.add(kind, **await request.json())])

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
