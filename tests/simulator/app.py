# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The five operations (contract, "Operations") on FastAPI, and their OpenAPI document."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Body, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from . import answers, models, paging, writing
from .credential_types import TYPES
from .errors import CODES, ApiError, error_body, invalid
from .store import Entry
from .switches import Switches
from .world import BASE_PATH, ORGANISATION_ID, World

_STATUSES = (400, 401, 403, 404, 405, 409, 422, 429, "5XX")
_ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": models.ErrorAnswer} for status in _STATUSES}
_DEFAULT_PAGE = 20

OrganisationId = Annotated[str, Path(examples=[ORGANISATION_ID])]
CredentialId = Annotated[str, Path(examples=[models.CREDENTIAL_EXAMPLE])]


def json_answer(status: int, content: Any, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(content, separators=(",", ":")).encode("ascii")
    return Response(body, status, headers, media_type="application/json")


def _field_name(location: tuple[Any, ...]) -> str:
    """`("body", "oauth2-client", "data", "scopes", 0)` as an error names it: `data.scopes[0]` (contract, "Errors")."""
    source, *parts = location
    if source == "body" and parts and parts[0] in TYPES:
        del parts[0]  # pydantic's tag of the union
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts if part != "[key]")
    return name.lstrip(".") or str(source)


def _validation_answer(errors: Any, status: int) -> Response:
    if any(error["type"] == "json_invalid" for error in errors):
        return json_answer(400, error_body(400, "the body is not JSON"))
    fields = [("type" if error["type"].startswith("union_tag") else _field_name(error["loc"]), error["msg"]) for error in errors]
    return json_answer(status, error_body(status, "the request is not valid", fields))


def _handle_errors(app: FastAPI, router: APIRouter, world: World) -> None:
    """No answer in the framework's own shape leaves the server."""

    def status_of(request: Request, status: int) -> int:
        switches = world.switches_of(request.path_params.get("organisation_id", ""))
        return switches.invalid_status if status == HTTPStatus.UNPROCESSABLE_ENTITY else status

    @app.exception_handler(ApiError)
    async def api_error(request: Request, error: ApiError) -> Response:
        key = world.switches_of(request.path_params.get("organisation_id", "")).error_cause
        cause = {} if key == "none" else {key: f"{request.method} was checked by a rule"}
        status = status_of(request, error.status)
        return json_answer(status, {**error.body, "code": CODES[status], **cause})

    @app.exception_handler(RequestValidationError)
    async def validation_error(request: Request, error: RequestValidationError) -> Response:
        return _validation_answer(error.errors(), status_of(request, HTTPStatus.UNPROCESSABLE_ENTITY))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            # All methods of the path; the framework knows only those of the first operation that it finds.
            routes = [route for route in router.routes if isinstance(route, APIRoute) and route.path_regex.match(request.url.path)]
            headers["Allow"] = ", ".join(sorted(method for route in routes for method in route.methods))
        return json_answer(error.status_code, error_body(error.status_code, str(error.detail)), headers)


def build_app(world: World) -> FastAPI:
    title = "Credentials of an organisation (simulator)"
    app = FastAPI(
        title=title, version="v1alpha1", docs_url=None, redoc_url=None, redirect_slashes=False, separate_input_output_schemas=False
    )
    router = _routes(world)
    _handle_errors(app, router, world)
    app.include_router(router)
    return app


def _routes(world: World) -> APIRouter:
    router = APIRouter(prefix=BASE_PATH + "/o/{organisation_id}/credentials", responses=_ERRORS)
    store = world.store

    def in_organisation(organisation_id: str) -> Switches:
        if organisation_id.upper() not in store.organisations:
            raise ApiError(404, "there is no such organisation")
        return world.switches_of(organisation_id)

    def missing(switches: Switches) -> NoReturn:
        known = switches.missing_status == HTTPStatus.NOT_FOUND
        raise ApiError(switches.missing_status, "there is no such credential" if known else "that is not allowed")

    def existing(organisation_id: str, credential_id: str) -> Entry:
        entry = store.find(organisation_id, credential_id, in_organisation(organisation_id).id_case)
        return entry or missing(world.switches_of(organisation_id))

    @router.post("", operation_id="CreateCredential", status_code=201, response_model=models.Credential)
    async def create_credential(organisation_id: OrganisationId, body: Annotated[models.NewCredential, Body()]) -> Any:
        with world.lock:
            switches = in_organisation(organisation_id)
            entry = writing.create(store, switches, organisation_id, body.model_dump(exclude_unset=True))
            answer = answers.credential(entry, switches, write=True)
        status = 201 if switches.write_status == "documented" else 200
        if switches.post_answer == "empty":
            return Response(status_code=status)
        if switches.post_answer == "without_updated_at":
            answer.pop("updatedAt", None)
        return json_answer(status, answer)

    @router.get("", operation_id="ListCredentials", response_model=models.CredentialPage)
    async def list_credentials(
        organisation_id: OrganisationId,
        first: Annotated[int, Query(ge=1)] = _DEFAULT_PAGE,
        after: Annotated[str | None, Query()] = None,
    ) -> Any:
        with world.lock:
            switches = in_organisation(organisation_id)
            entries = world.in_order(organisation_id, switches.list_lag)
            size = min(first, switches.page_limit or first)
            # the default is no wish of the client's
            if size < first and switches.page_over_limit == "refuse" and first != _DEFAULT_PAGE:
                raise invalid(("first", f"is more than {size}"))
            page, cursors = paging.page(entries, size, after, switches.cursor, switches.list_order)
            answer = answers.page(page, len(entries), cursors, switches)
            for entry in [entry for entry in entries if entry.is_dying]:
                store.remove(entry)
            return json_answer(200, answer)

    @router.get("/{credential_id}", operation_id="GetCredential", response_model=models.Credential)
    async def get_credential(organisation_id: OrganisationId, credential_id: CredentialId) -> Any:
        with world.lock:
            switches = in_organisation(organisation_id)
            entry = None if switches.get_lag else existing(organisation_id, credential_id)
            if entry:
                world.before_get(entry)
            else:
                past = store.as_it_was(organisation_id, switches.get_lag)
                entry = next((each for each in past if each.id.upper() == credential_id.upper()), None) or missing(switches)
            return json_answer(200, answers.credential(entry, switches))

    @router.put("/{credential_id}", operation_id="UpdateCredential", response_model=models.Credential)
    async def update_credential(
        organisation_id: OrganisationId, credential_id: CredentialId, body: Annotated[models.WholeCredential, Body()]
    ) -> Any:
        switches = world.switches_of(organisation_id)
        with world.lock:
            entry = existing(organisation_id, credential_id)
            sent = body.model_dump(exclude_unset=True)
            before = answers.credential(entry, switches, write=True)
            writing.replace(store, switches, entry, sent)
            answer = before if switches.put_answer == "before" else answers.credential(entry, switches, write=True)
        status = 200 if switches.write_status == "documented" else 202
        if switches.put_answer == "empty":
            return Response(status_code=status)
        if switches.put_answer == "without_updated_at":
            answer.pop("updatedAt", None)
        elif switches.put_answer == "echo_request" and switches.times != "absent":
            answer["updatedAt"] = sent["updatedAt"]
        return json_answer(status, answer)

    @router.delete("/{credential_id}", operation_id="DeleteCredential", status_code=204, response_model=None)
    async def delete_credential(organisation_id: OrganisationId, credential_id: CredentialId) -> Any:
        with world.lock:
            entry = existing(organisation_id, credential_id)
            switches = world.switches_of(organisation_id)
            if entry.usages and switches.delete_in_use == "refuses":
                raise ApiError(409, "it is in use")
            answer = answers.credential(entry, switches)
            if switches.delete_answer == "later":
                entry.is_dying = True
                return json_answer(202, {"status": "accepted"})
            store.remove(entry)
        return Response(status_code=204) if switches.delete_answer == "empty" else json_answer(200, answer)

    return router
