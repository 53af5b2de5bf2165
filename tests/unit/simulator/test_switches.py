# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Open readings (contract, "Open readings"): what their switches do behind the API.

What can be seen through the API, of each value of each switch, is what the doctor finds out: the tests of its readings hold that.
"""

from __future__ import annotations

import dataclasses

import pytest

from tests.simulator import Simulator, Switches
from tests.simulator.redact import looks_redacted
from tests.simulator.world import example_data
from tests.unit.simulator.conftest import SECRET, refused

STARS = "******"
TOKEN = example_data("oauth2-token", 1)


@pytest.mark.parametrize("field", dataclasses.fields(Switches), ids=lambda field: field.name)
def test_a_switch_refuses_what_it_does_not_know(field):
    if field.metadata.get("choices") or field.type == "bool":
        with pytest.raises(ValueError, match=field.name):
            Switches(**{field.name: "perhaps"})


def test_there_are_no_other_switches():
    with pytest.raises(AttributeError, match="colour"):
        Switches().colour = "red"
    with pytest.raises(TypeError):
        Simulator(colour="red")


def test_a_short_secret_is_not_shown_in_part(sim, api):
    sim.switches.redaction = "partial"
    assert api.get(sim.add("string", "x", {"value": "abcdef"}))["data"]["value"] == "****"


def test_only_tokens_that_are_there_are_shown(sim, api):
    data = {name: value for name, value in TOKEN.items() if name != "refreshToken"}
    assert api.get(sim.add("oauth2-token", "x", data))["data"] == {**data, "clientSecret": STARS, "accessToken": STARS}


@pytest.mark.parametrize("value", ["hunter2", "*x*", "[old]", "redacted by me", "a", "pass***word"])
def test_what_does_not_look_redacted(value):
    assert not looks_redacted(value)


BLOTTED = [None, "", STARS, "\u2022\u2022", "[REDACTED]", "redacted", "<hidden>", "hu****r2"]
REFUSED = ["data.password"]


@pytest.mark.parametrize(
    ("switches", "sent", "stored"),
    [
        ({}, {}, {}),  # wiped
        ({"put_without_secret": "keeps"}, {}, {"password": SECRET}),
        ({"put_without_secret": "refuses"}, {}, REFUSED),
        *(({"put_redacted": "stores"}, {"password": text}, {"password": text}) for text in BLOTTED),
        *(({"put_redacted": "keeps"}, {"password": text}, {"password": SECRET}) for text in BLOTTED),
        *(({"put_redacted": "refuses"}, {"password": text}, REFUSED) for text in BLOTTED),
        *(
            ({"put_redacted": how, "put_without_secret": how}, {"password": "new * and [old]"}, {"password": "new * and [old]"})
            for how in ("keeps", "refuses")
        ),
    ],
)
def test_put(sim, api, basic, switches, sent, stored):
    sim.switches.turn(**switches)
    answer = api.put(basic, data={"username": "x", **sent})
    if stored == REFUSED:
        assert refused(answer) == REFUSED
        assert sim.stored(basic)["data"] == {"username": "postmaster", "password": SECRET}
    else:
        assert answer.status_code == 200 and sim.stored(basic)["data"] == {"username": "x", **stored}
        assert api.get(basic)["data"]["password"] == STARS  # nobody sees what became of it


def test_put_keeps_nothing_for_another_type(sim, api, basic):
    sim.switches.put_without_secret = "keeps"
    assert refused(api.put(basic, type="string", data={})) == ["data.value"]


def test_refusing_misses_only_tokens_that_were_there(sim, api):
    sim.switches.put_without_secret = "refuses"
    data = {name: value for name, value in TOKEN.items() if name != "refreshToken"}
    id = sim.add("oauth2-token", "x", data)
    assert api.put(id, data={**data, "clientSecret": "fresh"}).status_code == 200
    del data["accessToken"]
    assert refused(api.put(id, data=data)) == ["data.accessToken"]


def test_stars_destroy_a_binary_too(sim, api):
    id = sim.add("binary", "x", {"valueBase64": "AAEC"})
    assert api.put(id).status_code == 200 and sim.secret(id) == {"valueBase64": STARS}


def test_reasons(sim, api, basic):
    sim.switches.errors = "rule"
    assert "errors" not in api.list()["credentials"][0]  # in a list only when invalid
    sim.switches.errors = "absent"
    for write in ({}, {"data": {"username": "x", "password": "y"}}):
        sim.invalidate(basic, ["no such user"])
        assert api.get(basic)["errors"] == api.list()["credentials"][0]["errors"] == ["no such user"]
        assert "errors" not in api.put(basic, **write).json()  # until it is written again
    sim.invalidate(basic, ["no such user"])
    sim.invalidate(basic, None)
    assert "errors" not in api.get(basic)
