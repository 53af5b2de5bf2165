# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small fake of the REST API of AWX: what the modules of awx.awx ask for, with AWX's own refusals.

It stores what it is sent, so that a second run of a playbook finds what the first one made.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
    """One kind of object: the name of its type, what it needs, what it refers to, and the rest with its defaults."""

    type: str
    required: tuple[str, ...]
    refers_to: Mapping[str, str] = {}
    defaults: Mapping[str, Any] = {}
    unique: tuple[str, ...] = ("name",)


KINDS = {
    "organizations": Kind("organization", ("name",)),
    "credential_types": Kind(
        "credential_type", ("name", "kind"), defaults={"inputs": {}, "injectors": {}, "managed": False}, unique=("name", "kind")
    ),
    "credentials": Kind(
        "credential",
        ("name", "credential_type"),
        {"credential_type": "credential_types", "organization": "organizations"},
        {"inputs": {}},
        ("name", "organization", "credential_type"),
    ),
    "execution_environments": Kind(
        "execution_environment", ("name", "image"), {"organization": "organizations", "credential": "credentials"}, {"pull": ""}
    ),
    "projects": Kind(
        "project",
        ("name", "organization"),
        {"organization": "organizations", "credential": "credentials", "default_environment": "execution_environments"},
        {"scm_type": "", "scm_url": "", "scm_branch": "", "scm_update_on_launch": False, "scm_revision": ""},
        ("name", "organization"),
    ),
    "inventories": Kind(
        "inventory",
        ("name", "organization"),
        {"organization": "organizations"},
        {"kind": "", "host_filter": None, "variables": ""},
        ("name", "organization"),
    ),
    "hosts": Kind("host", ("name", "inventory"), {"inventory": "inventories"}, {"enabled": True, "variables": ""}, ("name", "inventory")),
    "job_templates": Kind(
        "job_template",
        ("name", "project", "playbook"),
        {"project": "projects", "inventory": "inventories", "execution_environment": "execution_environments"},
        # Its organization is the project's, and cannot be set.
        {"job_type": "run", "extra_vars": "---", "organization": None, **dict.fromkeys(_FLAGS, False)},
        ("name", "organization"),
    ),
}


@dataclass
class FakeAWX:
    """`with FakeAWX({url: folder}) as awx:` serves on a free loopback port.

    :param repositories: a folder of files for each URL that a project may have.
    """

    repositories: Mapping[str, Path]
    objects: dict[str, dict[int, dict[str, Any]]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    secrets: dict[int, dict[str, str]] = field(default_factory=dict)  # of credentials, by id: all inputs in clear
    surveys: dict[int, dict[str, Any]] = field(default_factory=dict)
    attached: dict[int, list[int]] = field(default_factory=dict)  # credentials of job templates
    updates: dict[int, int] = field(default_factory=dict)  # project updates: the project of each
    playbooks: dict[int, list[str]] = field(default_factory=dict)  # by project, after its first update
    writes: list[tuple[str, str, Any]] = field(default_factory=list)  # method, path, body of all but GET requests
    last_id: int = 0

    def add(self, endpoint: str, /, **fields: Any) -> int:
        """Put an object there, as somebody did by hand."""
        return self._create(endpoint, fields)["id"]

    def one(self, kind: str, name: str) -> dict[str, Any]:
        [found] = [one for one in self.objects[kind].values() if one["name"] == name]
        return found

    # --- what requests do

    def _list(self, kind: str, query: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
        query = [(key, value) for key, value in query if key not in ("page", "page_size", "order_by")]
        any_of = [(key[4:], value) for key, value in query if key.startswith("or__")]
        all_of = [(key, value) for key, value in query if not key.startswith("or__")]
        fields = {"id", "name", *KINDS[kind].required, *KINDS[kind].refers_to, *KINDS[kind].defaults}
        for key, _value in (*any_of, *all_of):
            if key not in fields:
                raise HTTPException(400, f"{key} cannot be searched for")
        return [
            self._shown(kind, one)
            for one in self.objects[kind].values()
            if all(str(one[key]) == value for key, value in all_of) and (not any_of or any(str(one[key]) == value for key, value in any_of))
        ]

    def _create(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        if missing := [name for name in KINDS[kind].required if body.get(name) in (None, "")]:
            raise HTTPException(400, {name: ["This field is required."] for name in missing})
        self.last_id += 1
        number = self.last_id
        blank = {"description": "", **dict.fromkeys(KINDS[kind].refers_to), **KINDS[kind].defaults}
        self._store(kind, {"id": number, **blank}, body)
        if kind == "projects":
            self.last_id += 1
            self.updates[self.last_id] = number
        return self.objects[kind][number]

    def _store(self, kind: str, before: dict[str, Any], body: dict[str, Any]) -> None:
        known = {"name", "description", *KINDS[kind].required, *KINDS[kind].refers_to, *KINDS[kind].defaults}
        if unknown := set(body) - known:
            raise HTTPException(400, {name: ["There is no such field."] for name in sorted(unknown)})
        after = {**before, **body}
        for name, other in KINDS[kind].refers_to.items():
            if after[name] is not None and after[name] not in self.objects[other]:
                raise HTTPException(400, {name: [f'Invalid pk "{after[name]}" - object does not exist.']})
        if kind == "credential_types":
            problems = credential_type_problems(after["inputs"], after["injectors"])
            for one in after["inputs"].get("fields", ()):
                one.setdefault("type", "string")
        elif kind == "credentials":
            kept = self.secrets.get(after["id"], {})
            inputs = {name: kept.get(name) if value == ENCRYPTED else value for name, value in after["inputs"].items()}
            problems = credential_problems(self.objects["credential_types"][after["credential_type"]], inputs)
            if not problems:
                self.secrets[after["id"]] = inputs
        elif kind == "job_templates":
            after["organization"] = self.objects["projects"][after["project"]]["organization"]
            problems = [] if after["playbook"] in self.playbooks.get(after["project"], ()) else ["Playbook not found for project."]
        else:
            problems = []
        if problems:
            raise HTTPException(400, {"__all__": problems})
        for other in self.objects[kind].values():
            if other["id"] != after["id"] and all(other.get(name) == after.get(name) for name in KINDS[kind].unique):
                raise HTTPException(400, {"__all__": [f"{' and '.join(KINDS[kind].unique)} are taken."]})
        self.objects[kind][after["id"]] = after

    def _shown(self, kind: str, stored: dict[str, Any]) -> dict[str, Any]:
        url = f"/api/v2/{kind}/{stored['id']}/"
        shown = {**stored, "type": KINDS[kind].type, "url": url, "related": {}, "summary_fields": {}}
        if kind == "credentials":
            secret = secret_fields(self.objects["credential_types"][stored["credential_type"]])
            inputs = self.secrets[stored["id"]]
            shown["inputs"] = {name: ENCRYPTED if name in secret else value for name, value in inputs.items()}
        if kind == "job_templates":
            shown["related"] = {"survey_spec": url + "survey_spec/", "credentials": url + "credentials/"}
        if kind == "projects" and stored["id"] not in self.playbooks:
            number = max(update for update, project in self.updates.items() if project == stored["id"])
            shown["summary_fields"] = {"current_update": {"id": number, "status": "running"}}
        return shown

    def _finish_update(self, number: int) -> dict[str, Any]:
        project = self.objects["projects"][self.updates[number]]
        folder = self.repositories.get(project["scm_url"])
        if folder is None:
            return {"id": number, "status": "failed"}
        files = [path for path in folder.rglob("*.yml") if _PLAYBOOK.search(path.read_text())]
        self.playbooks[project["id"]] = sorted(str(path.relative_to(folder)) for path in files)
        return {"id": number, "status": "successful"}

    # --- the routes

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

        def found(kind: str, number: int) -> dict[str, Any]:
            if number not in self.objects.get(kind, {}):
                raise HTTPException(404, {"detail": "Not found."})
            return self.objects[kind][number]

        @app.get("/api/v2/project_updates/{number}/")
        def project_update(number: int) -> Any:
            return self._finish_update(number)

        @app.get("/api/v2/job_templates/{number}/survey_spec/")
        def survey(number: int) -> Any:
            found("job_templates", number)
            return self.surveys.get(number, {})

        @app.post("/api/v2/job_templates/{number}/survey_spec/")
        async def set_survey(number: int, request: Request) -> Any:
            found("job_templates", number)
            body = await request.json()
            if problems := survey_problems(body):
                raise HTTPException(400, {"error": "; ".join(problems)})
            self.surveys[number] = body
            return {}

        @app.get("/api/v2/job_templates/{number}/credentials/")
        def credentials(number: int) -> Any:
            found("job_templates", number)
            return page([self._shown("credentials", found("credentials", one)) for one in self.attached.get(number, ())])

        @app.post("/api/v2/job_templates/{number}/credentials/")
        async def attach(number: int, request: Request) -> Response:
            body = await request.json()
            attached = self.attached.setdefault(found("job_templates", number)["id"], [])
            found("credentials", body["id"])
            if body.get("disassociate"):
                attached.remove(body["id"])
            else:
                types = [found("credentials", one)["credential_type"] for one in attached]
                if found("credentials", body["id"])["credential_type"] in types:
                    raise HTTPException(400, {"detail": "Cannot assign multiple credentials of one type."})
                attached.append(body["id"])
            return Response(status_code=204)

        @app.get("/api/v2/{kind}/")
        def search(kind: str, request: Request) -> Any:
            if kind not in KINDS:
                raise HTTPException(404, {"detail": "Not found."})
            return page(self._list(kind, request.query_params.multi_items()))

        @app.post("/api/v2/{kind}/", status_code=201)
        async def create(kind: str, request: Request) -> Any:
            if kind not in KINDS:
                raise HTTPException(404, {"detail": "Not found."})
            body = await request.json()
            if kind == "job_templates":
                body.pop("organization", None)  # read-only, and ignored
            return self._shown(kind, self._create(kind, body))

        @app.patch("/api/v2/{kind}/{number}/")
        async def change(kind: str, number: int, request: Request) -> Any:
            body = await request.json()
            if kind == "job_templates":
                body.pop("organization", None)
            self._store(kind, found(kind, number), body)
            return self._shown(kind, self.objects[kind][number])

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
