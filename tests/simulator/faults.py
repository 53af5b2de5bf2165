# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between a client and the API.

Little is promised: a gateway may answer in the API's place (contract, "Errors"), and nothing is said of limits (contract,
"Limits and retries"). So the simulator does all of it on request: by rules, or a random mix that a seed repeats.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from typing import Any

from .errors import error_body, invalid

#: Faults that answer in place of the API: kind -> (status, body, headers). For `answer` the rule says them.
CANNED: dict[str, tuple[int, Any, dict[str, str]]] = {
    "answer": (200, b"", {}),
    "server_error": (500, error_body(500, "something broke", cause="out of luck"), {}),
    "unprocessable": (422, invalid(("data.clientId", "must not be empty"), ("a.b[0].c", "is odd")).body, {}),
    "rate_limit": (429, error_body(429, "too many requests"), {"Retry-After": "1"}),
    "rate_limit_bare": (429, error_body(429, "too many requests"), {}),
    "unavailable": (503, error_body(503, "down for maintenance"), {"Retry-After": "1"}),
    "bad_gateway": (502, "<html><body><h1>502 Bad Gateway</h1></body></html>", {"Content-Type": "text/html"}),
    "gateway_timeout": (504, b"", {}),
    "html": (200, "<!doctype html><title>Sign in</title>", {"Content-Type": "text/html; charset=utf-8"}),
    "redirect": (302, b"", {"Location": "/login"}),
}
#: Faults of the connection, before or after the API has done its work. `delay_*` is latency, or with enough `seconds` a
#: timeout; `cut` ends in the middle of the body; `short_length` and `long_length` promise fewer or more bytes than come;
#: `drip` and `drip_head` send a few bytes now and then, of the body or from the first one on.
CONNECTION = ("reset_before", "reset_after", "delay_before", "delay_after", "cut", "short_length", "long_length", "drip", "drip_head")
#: Not a fault, but the other thing that a test cannot leave to chance: `times` requests wait for each other (a barrier),
#: at most `seconds` long.
TOGETHER = "together"
#: Faults of what the API answers: one more member of many bytes, all members of another type, one of them or of those
#: below, half of the JSON, and what the API would say of another credential.
CONTENT = ("huge", "wrong_type", "wrong_field", "invalid_json", "other_credential")
KINDS = (*CANNED, *CONNECTION, *CONTENT)


@dataclass
class Fault:
    """Strikes requests whose method and path match, `times` times (None: always), after the first `after`."""

    kind: str = "answer"
    method: str = ""  # regular expression for the whole method; "" matches all
    path: str = ""  # regular expression, searched for in the path
    times: int | None = 1
    after: int = 0
    status: int | None = None  # of a canned answer
    body: Any = None  # of a canned answer: bytes, str, or anything that becomes JSON
    headers: dict[str, str] = field(default_factory=dict)
    handled: bool = False  # a canned answer comes although the API has done what was asked
    seconds: float = 0.01  # of a delay; between two pieces of `drip`; the longest of `together`
    size: int = 8 * 1024 * 1024  # of `huge`; of a piece of `drip` (there at most 16)
    hits: int = 0  # how often it has struck
    seen: int = 0  # how many requests have matched
    seed: int | None = None  # of what is left to chance: which field is wrong, say

    def __post_init__(self) -> None:
        if self.kind not in (*KINDS, TOGETHER):
            raise ValueError(f"there is no fault {self.kind!r}; there are {', '.join(KINDS)}")
        self.chance = random.Random(self.seed)  # noqa: S311 (to be repeated, not to be secret)

    @property
    def all_there(self) -> bool:
        return self.times is None or self.hits >= self.times

    def strikes(self, method: str, path: str) -> bool:
        if (self.method and not re.fullmatch(self.method, method)) or not re.search(self.path, path):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.hits >= self.times):
            return False
        self.hits += 1
        return True

    @property
    def canned(self) -> tuple[int, bytes, dict[str, str]] | None:
        """Status, body and headers, if this fault answers in place of the API."""
        if self.kind not in CANNED:
            return None
        status, body, headers = CANNED[self.kind]
        body = body if self.body is None else self.body
        is_json = not isinstance(body, (bytes, str))
        encoded = json.dumps(body).encode() if is_json else body.encode() if isinstance(body, str) else body
        headers = {**({"Content-Type": "application/json"} if is_json else {}), **headers, **self.headers}
        return self.status or status, encoded, headers


class FaultMix:
    """Strike a share of all requests with faults of some kinds; the same seed gives the same sequence.

    A kind is its name, or a mapping with settings of its own: `{"kind": "delay_after", "seconds": 1}`.
    """

    def __init__(self, seed: int, rate: float, kinds: list[Any]):
        self.rate = rate
        self._random = random.Random(seed)  # noqa: S311 (to be repeated, not to be secret)
        self.rules = [Fault(times=None, **({"kind": kind} if isinstance(kind, str) else kind)) for kind in kinds]
        for rule in self.rules:
            rule.chance = self._random

    def pick(self) -> Fault | None:
        if self._random.random() >= self.rate:
            return None
        rule = self._random.choice(self.rules)
        rule.hits += 1
        return rule


def retype(body: bytes) -> bytes:
    """The same members with values of other types (`wrong_type`); the API answers with nothing but objects."""

    def other(value: Any) -> Any:
        return 7 if isinstance(value, str) else {} if isinstance(value, list) else "other"

    return json.dumps({name: other(value) for name, value in json.loads(body).items()}).encode()


def retype_one(body: bytes, chance: random.Random) -> bytes:
    """One member, at any depth, with a value of another type (`wrong_field`)."""
    content = json.loads(body)
    places: list[tuple[Any, Any]] = []

    def collect(value: Any) -> None:
        for key in range(len(value)) if isinstance(value, list) else value:
            places.append((value, key))
            if isinstance(value[key], (dict, list)):
                collect(value[key])

    collect(content)
    holder, key = chance.choice(places)
    others = [7, "other", None, True, [], {}, 1.5, ["other"], {"other": "other"}]
    holder[key] = chance.choice([value for value in others if not isinstance(value, type(holder[key]))])
    return json.dumps(content).encode()


def inflate(body: bytes, size: int) -> bytes:
    """The same with one more member of `size` bytes (`huge`)."""
    return json.dumps({**json.loads(body), "filler": "x" * size}).encode()
