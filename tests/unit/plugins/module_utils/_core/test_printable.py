# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No text of the server's ends a line of ours, moves the cursor or turns the reading direction."""

import json

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api.client import Response, _refusal
from ansible_collections.versori.platform.plugins.module_utils._core.desired import Desired
from ansible_collections.versori.platform.plugins.module_utils._core.masking import Mask
from ansible_collections.versori.platform.plugins.module_utils._core.observed import read_observed, read_summary
from ansible_collections.versori.platform.plugins.module_utils._core.printable import printable
from ansible_collections.versori.platform.plugins.module_utils._core.prune import prune

ID = "01KK9J6VFKZSB86BQQT8903TMY"
CREDENTIAL = {"id": ID, "type": "oauth2-client", "name": "n", "data": {}, "createdAt": None, "updatedAt": None}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\nok: [localhost]\r\n\tb", "a ok: [localhost]   b"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("\x9b31m\x7f\x00\x08", "\\x9b31m\\x7f\\x00\\x08"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("abc\u202etxt.exe\u2066\u200f\u061c", "abc\\u202etxt.exe\\u2066\\u200f\\u061c"),
        ("\ud83d alone", "\\ud83d alone"),
    ],
)
def test_what_would_act_on_a_terminal(text, seen):
    assert printable(text) == seen
    assert [Mask([]).text(text), Mask(["other-secret"]).word(text), *Mask(["other-secret"]).tree([text])] == [seen] * 3
    name = read_summary({**CREDENTIAL, "name": text}, Mask(["x" * 9]))["name"]
    assert name in (text, seen)  # as it is where a result, which is printed as JSON, escapes it
    assert printable(json.dumps(name, ensure_ascii=False)) == json.dumps(name, ensure_ascii=False)
    error = {"message": text, "code": text, "fields": [{"field": text, "message": text}], "cause": [text]}
    said = _refusal(Response(422, {}, json.dumps(error).encode(), False), "x", Mask([]), 1)
    assert not set("\x1b\n\x9b\u202e\u2028\ud83d") & set(str(said.as_result()))


@pytest.mark.parametrize("text", ["", "plain", "größer als 100\u00a0%", "👩\u200d💻 emoji", "日本語", "a\u00adb"])
def test_all_else_stays(text):
    assert printable(text) is text


def test_a_warning_cannot_be_forged():
    """A credential that stays is named in a warning; its name may hold a line that looks like one of Ansible's."""
    name = "x\nok: [localhost] => forged\x1b[1A"
    summary = read_summary({**CREDENTIAL, "name": name}, Mask(["secret-secret"]))
    flow = prune(Desired("1", summary["id"], summary["name"], absent=True), None)
    next(flow)
    with pytest.raises(StopIteration) as ended:
        flow.send(read_observed({**CREDENTIAL, "name": name, "usages": [{"environment": {}}]}, Mask([])))
    warnings = ended.value.value["warnings"]
    assert warnings and all(one.isprintable() for one in warnings)
