# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control over HTTP, under `/_simulator/`; not part of the API and of its OpenAPI document.

GET `state`, `requests`, `counts`; DELETE `requests`; POST any of ACTIONS. Arguments are a JSON object, or a list of those without a
name that ends with such an object. The answer holds `result`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .app import json_answer
from .remote import CONTROL_PATH
from .world import World

ACTIONS = ("add", "add_organisation", "edit", "invalidate", "link", "secret", "seed", "set_latency")


def build_control(world: World) -> Starlette:
    calls: dict[str, dict[str, Callable[..., Any]]] = {
        "GET": {"state": world.state, "requests": lambda: [request.as_dict() for request in world.requests], "counts": world.counts},
        "POST": {name: getattr(world, name) for name in ACTIONS},
        "DELETE": {"requests": world.clear_requests},
    }

    async def answer(request: Request) -> Response:
        known, name = calls[request.method], request.path_params["name"]
        if name not in known:
            return json_answer(404, {"error": f"there are {', '.join(known)}"})
        try:
            sent = await request.json() if await request.body() else {}
            *arguments, options = sent if isinstance(sent, list) else [sent]
            return json_answer(200, {"result": known[name](*arguments, **options)})
        except (KeyError, TypeError, ValueError) as error:
            return json_answer(400, {"error": str(error)})

    return Starlette(routes=[Route(CONTROL_PATH + "/{name:str}", answer, methods=list(calls))])
