# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, files and messages beyond ASCII. Ansible itself does not start where the controller's locale is not UTF-8; the host of a
delegated task may have another one."""

import json

import pytest

from tests.acceptance.many import many
from tests.acceptance.running import Controller, task
from tests.playing import ELSEWHERE, WAYS

NAME, SECRET = "Prüfung ✓ \U0001f511", "hüsh-✓-\U0001f511"


@pytest.mark.parametrize("way", WAYS)
def test_beyond_ascii(sim, tmp_path, way):
    controller = Controller(tmp_path / "größe", sim, way)
    (controller.inputs / "schlüssel.bin").write_bytes(SECRET.encode())
    (controller.inputs / "ü.pem").write_text("no certificate")
    memory, results = controller.cwd / "gedächtnis", controller.cwd / "übersicht.json"
    posix = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    there = {"environment": posix} if way == ELSEWHERE else {}
    kept = {"cache_connection": str(memory)}
    item = {"name": NAME, "type": "string", "data": {"value": SECRET}}
    run = controller.play(
        task("one", there, **item, **kept),
        many("many", [item, {"name": "datei ✓", "type": "binary", "src": "schlüssel.bin"}], there, results_file=str(results), **kept),
        task("failed", there, **item, credential_id="01KK9J6VFKZSB86BQQT8903TMY", **kept),
        task("missing", there, name="m", type="binary", src="fehlt-ü.bin", **kept),
        task("authority", there, **item, ca_path=str(controller.inputs / "ü.pem"), **kept),
        env={"LC_ALL": "C.UTF-8", "LANG": "C", "PYTHONUTF8": "0"},
    )
    assert [result.how for result in run.results] == ["ok", "ok", "failed", "failed", "failed"], run.printed
    assert "Traceback" not in run.printed and "This is a bug" not in run.printed
    assert (run["many"].decisions, run["one"].bodies[0]["data"]["value"]) == ({"unchanged": 1, "created": 1}, SECRET)
    assert sorted(sim.names()) == sorted([NAME, "datei ✓"])
    assert run["failed"].msg.startswith(f"credential '{NAME}' (01KK9J6VFKZSB86BQQT8903TMY): organisation")
    assert run["missing"].msg == "src fehlt-ü.bin cannot be read on the controller: it was not found."
    assert json.loads(results.read_text("utf-8"))["results"][1]["name"] == "datei ✓"
    assert (memory / "versori_platform" / "memory.db").is_file()
    assert run["authority"].msg == (
        f"ca_path {controller.inputs}/ü.pem cannot be used on the host that this task runs on: it holds no certificate in PEM form."
    )
