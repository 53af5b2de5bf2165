# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same control over HTTP, under `/_simulator/`; not part of the API and of its OpenAPI document.

GET `state`, `requests`, `switches`, `counts`, `crashes`; DELETE `requests`, `faults`; PATCH `switches`, with
the switches to turn; POST any of ACTIONS, with its arguments as a JSON object. The answer holds `result`.
"""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .app import json_answer
from .faults import Fault
from .world import World

ACTIONS = (
    "add",
    "add_organisation",
    "advance",
    "clear_faults",
    "clear_requests",
    "edit",
    "fault",
    "fault_mix",
    "ids",
    "invalidate",
    "link",
    "names",
    "refresh",
    "remove",
    "reset",
    "secret",
    "seed",
    "set_latency",
    "set_time",
    "stored",
    "touch",
    "unlink",
)


def build_control(world: World) -> Starlette:
    looks: dict[str, Any] = {
        "state": world.state,
        "requests": lambda: [request.as_dict() for request in world.requests],
        "switches": world.switches.as_dict,
        "counts": world.counts,
        "crashes": lambda: world.crashes,
    }

    async def look(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in looks:
            return json_answer(404, {"error": f"there are {', '.join(looks)}"})
        return json_answer(200, {"result": looks[name]()})

    async def act(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in ACTIONS:
            return json_answer(404, {"error": f"there are {', '.join(ACTIONS)}"})
        return await _call(request, getattr(world, name))

    async def turn(request: Request) -> Response:
        return await _call(request, world.switches.turn)

    async def forget(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in ("requests", "faults"):
            return json_answer(404, {"error": "there are requests, faults"})
        return await _call(request, getattr(world, "clear_" + name))

    return Starlette(
        routes=[
            Route("/_simulator/switches", turn, methods=["PATCH"]),
            Route("/_simulator/{name:str}", look, methods=["GET"]),
            Route("/_simulator/{name:str}", act, methods=["POST"]),
            Route("/_simulator/{name:str}", forget, methods=["DELETE"]),
        ]
    )


async def _call(request: Request, method: Any) -> Response:
    try:
        arguments = await request.json() if await request.body() else {}
        result = method(**arguments)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return json_answer(400, {"error": str(error)})
    return json_answer(200, {"result": None if isinstance(result, Fault) or hasattr(result, "rules") else result})
