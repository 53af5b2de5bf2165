# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: real runs of ansible-playbook against a simulated API, each judged. Exit 1 if one is not as claimed."""

from __future__ import annotations

import argparse
import io
import json
import os
import secrets
import shlex
import signal
import stat
import sys
import textwrap
import time
from collections.abc import Sequence
from typing import Any, NoReturn

from tests.acceptance.callback_plugins import recorder
from tests.simulator.remote import NotStarted

from .stage import NotAsClaimed, Run, Stage, call, stage

SHOP, ERP, CRM = "The shop's API key", "The ERP user", "The CRM's OAuth client"


class Demo:
    """The steps, and how each is shown and judged."""

    def __init__(self, on: Stage, colour: bool) -> None:
        self.on = on
        self.colour = colour
        self.number = 0
        self.vault: dict[str, str] = {}

    # -- the steps

    def introduce(self) -> None:
        self.rotate("shop_api_key", "erp_password", "crm_client_secret")
        self.say(
            "Three credentials of an organisation, written down in a playbook; their secrets are in a vaulted "
            "file. The server is a simulator of the Versori credentials API: it never shows a secret again, as "
            "the API's documents say of the real one. The environment variables VERSORI_API_URL, "
            "VERSORI_ORGANISATION_ID and VERSORI_API_KEY say where it is and authenticate. Everything happens in a "
            "temporary folder."
        )
        self.shell("tail -n +5 credentials.yml")
        self.shell("head -n 2 vault.yml")

    def create(self) -> None:
        self.step("First run: none of the three is there, so each is created.")
        run = self.play("credentials.yml")
        self.check("recap: changed=3, nothing failed", run.recap == (3, 0), run.recap)
        self.check("every decision is 'created'", set(run.decisions.values()) == {"created"}, run.decisions)
        self.check_requests(run, "each looked for its name, then was created", POST=3)
        self.check_server("the three secrets of the vault", self.vault)

    def repeat(self) -> None:
        self.step(
            "The same again. The secrets cannot be compared with what the server hides. But the controller "
            "remembers a keyed fingerprint of what it pushed, and the server's time of change. Both are as they "
            "were, so nothing is sent."
        )
        run = self.play("credentials.yml")
        self.check("recap: changed=0", run.recap == (0, 0), run.recap)
        self.check("every decision is 'unchanged'", set(run.decisions.values()) == {"unchanged"}, run.decisions)
        self.check_requests(run, "nothing was sent")

    def rotate_one(self) -> None:
        self.rotate("erp_password")
        self.step("Somebody puts a new ERP password into vault.yml. Only that credential is pushed.")
        run = self.play("credentials.yml")
        self.check_one_push(run, ERP, "rotated")
        self.check_server("the new password", self.vault)

    def notice_an_edit(self) -> None:
        foreign = f"foreign-{secrets.token_hex(8)}"
        self.on.secrets.add(foreign)
        self.on.simulator.edit(self.id_of("Shop API key"), data={"value": foreign})
        self.step(
            "Behind the playbook's back, somebody has changed the shop's API key on the platform. What they put "
            "there cannot be seen, but the time of change has moved. The vault's secret is pushed again."
        )
        run = self.play("credentials.yml")
        self.check_one_push(run, SHOP, "drifted")
        self.check_server("the vault's API key again", self.vault)

    def preview(self) -> None:
        before = dict(self.vault)
        self.rotate("crm_client_secret")
        self.step(
            "The CRM client is to get a new secret and one more scope. First a look at what would happen: the "
            "diff shows the scope, and a fixed word where the secret is. Nothing is sent."
        )
        more = '{"crm_scopes": ["contacts.read", "contacts.write"]}'
        run = self.play("credentials.yml", "--check", "--diff", "-e", more)
        self.check("recap: changed=1 (would change)", run.recap == (1, 0), run.recap)
        result = run.tasks[CRM]
        changes = {"data.scopes", "data.clientSecret"}
        self.check("changes: data.scopes, data.clientSecret", set(result["changes"]) == changes, result["changes"])
        self.check("the diff shows the new scope", "contacts.write" in str(result.get("diff")), result.get("diff"))
        self.check_requests(run, "nothing was sent")
        self.check_server("the old secret", before)

        self.step("The same for real. Check mode has remembered nothing, so the change is still seen.")
        run = self.play("credentials.yml", "-e", more)
        self.check_one_push(run, CRM, "rotated")
        self.check_server("the new secret", self.vault)

    def fail(self) -> None:
        stored = self.on.simulator.state()
        self.step("What errors look like. Two mistakes: a secret that is not given, and an id that does not exist.")
        self.shell("tail -n +5 mistakes.yml")
        run = self.play("mistakes.yml")
        first, second = run.tasks.values()
        self.check("the run fails", run.code == 2 and run.recap == (0, 1), (run.code, run.recap))
        self.check("the first says which field is missing", "data.password is missing" in first["msg"], first["msg"])
        self.check("the second has status 404", second.get("status") == 404, second)
        self.check_requests(run, "the second task's; the first asked nothing", GET=1)

        wrong = f"wrong-{secrets.token_hex(8)}"
        self.on.secrets.add(wrong)
        self.step("And with a wrong API key, in VERSORI_API_KEY.")
        run = self.play("credentials.yml", VERSORI_API_KEY=wrong)
        self.check("the run fails", run.code == 2 and run.recap == (0, 1), (run.code, run.recap))
        self.check("status 401", run.tasks[SHOP].get("status") == 401, run.tasks[SHOP])
        self.check_requests(run, "it was not tried again", GET=1)
        self.check("on the server nothing has changed", self.on.simulator.state() == stored, "something has")

    def look_at_memory(self) -> None:
        self.step("What the controller remembers: one small record for each credential, in a file under the Ansible home.")
        self.shell("ls -lA ~/.ansible/versori_platform")
        records = [record for record in recorder.records(self.on.memory).values() if "fingerprints" in record]
        print(textwrap.indent(json.dumps(json.loads(records[0]), indent=2), "    "))
        self.check("three records", len(records) == 3, records)
        for path, expected in ((self.on.memory, 0o700), (self.on.memory / "memory.db", 0o600)):
            mode = stat.S_IMODE(path.stat().st_mode)
            self.check(f"{path.name} is its owner's alone ({expected:04o})", mode == expected, oct(mode))
        held = "".join(path.read_text("latin-1") for path in self.on.memory.iterdir())
        leaks = self.on.leaks(held)
        self.check("no secret is in it", not leaks, f"{len(leaks)} found")

    # -- what the steps are made of

    def rotate(self, *names: str) -> None:
        self.vault.update({f"vault_{name}": f"{name}+{secrets.token_hex(8)}/=" for name in names})
        self.on.write_vault(self.vault)

    def id_of(self, name: str) -> str:
        return next(credential["id"] for credential in self.on.simulator.state() if credential["name"] == name)

    def check_server(self, what: str, vault: dict[str, str]) -> None:
        held = {credential["name"]: self.on.simulator.secret(credential["id"]) for credential in self.on.simulator.state()}
        expected = {
            "Shop API key": {"value": vault["vault_shop_api_key"]},
            "ERP user": {"password": vault["vault_erp_password"]},
            "CRM client": {"clientSecret": vault["vault_crm_client_secret"]},
        }
        self.check(f"the server holds {what}", held == expected, "it does not")

    def shell(self, command: str) -> None:
        self.show(command, call(["sh", "-c", command], self.on.folder, self.on.environment)[0])

    def play(self, *words: str, **variables: str) -> Run:
        run = self.on.play(*words, **variables)
        self.show("".join(f"{name}='…' " for name in variables) + shlex.join(["ansible-playbook", *words]), run.output)
        leaks = self.on.leaks(run.output + json.dumps(run.tasks))  # the output, and the results with all that -vvv would show of them
        self.check("no secret is in the output or in a result", not leaks, f"{len(leaks)} found")
        return run

    def check_one_push(self, run: Run, task: str, decision: str) -> None:
        self.check("recap: changed=1", run.recap == (1, 0), run.recap)
        wanted = {name: decision if name == task else "unchanged" for name in (SHOP, ERP, CRM)}
        self.check(f"{task}: '{decision}'; the others: 'unchanged'", run.decisions == wanted, run.decisions)
        self.check_requests(run, "one credential was pushed", PUT=1)

    def check_requests(self, run: Run, claim: str, **methods: int) -> None:
        """What was sent; how often it was looked, only where a number is given for it."""
        counted = run.methods if "GET" in methods else {**run.methods, "GET": 0}
        words = ", ".join(f"{number} {name}" for name, number in sorted(run.methods.items()))
        self.check(f"the simulator saw {words}: {claim}", {"GET": 0, **methods} == counted, run.methods)

    def check(self, claim: str, holds: bool, found: Any) -> None:
        if not holds:
            text = str(found)
            hidden = "(not shown: it holds a secret)" if self.on.leaks(text) else text
            raise NotAsClaimed(f"step {self.number} is not what it claims: {claim}. Found instead: {hidden}")
        print(self.paint("32", "  ok  ") + claim, flush=True)

    def step(self, text: str) -> None:
        self.number += 1
        rule = f"── {self.number} "
        print("\n\n" + self.paint("1", rule + "─" * (100 - len(rule))))
        self.say(text)

    def say(self, text: str) -> None:
        print(textwrap.fill(text, 100), flush=True)

    def show(self, command: str, output: str) -> None:
        print("\n" + self.paint("1", f"$ {command}"))
        lines = [line.rstrip() for line in output.strip("\n").splitlines()]
        kept = [line for number, line in enumerate(lines) if line or lines[number - 1]]
        print("\n".join(f"{self.paint('2', '│')} {line}".rstrip() for line in kept) + "\n", flush=True)

    def paint(self, style: str, text: str) -> str:
        return f"\033[{style}m{text}\033[0m" if self.colour else text


def interrupted(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    about = (
        "let the simulator read one of the API's open questions in another way (see tests/simulator/switches.py); the demo fails where "
        "that makes a step differ"
    )
    parser.add_argument("--switch", action="append", default=[], metavar="NAME=VALUE", help=about)
    switches: list[str] = parser.parse_args(arguments).switch
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no box-drawing characters
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    started = time.monotonic()
    try:
        with stage(switches, colour) as on:
            demo = Demo(on, colour)
            for step in (demo.introduce, demo.create, demo.repeat, demo.rotate_one, demo.notice_an_edit, demo.preview, demo.fail):
                step()
            demo.look_at_memory()
    except (NotAsClaimed, NotStarted, FileNotFoundError) as problem:  # the latter where there is no Ansible
        print(f"\nThe demo failed: {problem}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read along has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("\nThe demo was interrupted; its folder and its simulator are gone.", file=sys.stderr)
        return 130
    took = time.monotonic() - started
    print(f"\n\nEvery step was what it claims, in {took:.0f} s. The simulator and the folder are gone.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
