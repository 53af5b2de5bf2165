# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: real runs of ansible-playbook against a simulated API, each judged. Exit 1 if one is not as claimed."""

from __future__ import annotations

import argparse
import io
import itertools
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import stat
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from tests.acceptance.callback_plugins import recorder
from tests.simulator.remote import NotStarted

from .stage import NotAsClaimed, Run, Stage, call, stage

WIDTH = 80
ROOM = WIDTH - 2  # for output, which has a bar before it
QUIET = ("TASK [Check", "TASK [Refuse")  # tasks that look at the options, and say nothing when they are right
STYLES = {  # how a line of output is painted
    r".*\]? ok$|ok ": "32",
    r".* changed$|changed ": "33",
    r".* fatal$": "31",
    r"\[WARNING": "35",
    r"\+    ": "32",
    r"-    ": "31",
}
SHOP, ERP = "Shop API key", "ERP user"
PARTNERS = [f"Partner {number:02d}" for number in range(1, 49)]
APPLY = ("versori.platform.apply", "-e", "@list.yml", "-e", "@vault.yml")


class Demo:
    """The steps, and how each is shown and judged."""

    def __init__(self, on: Stage, colour: bool, page: Path | None) -> None:
        self.on = on
        self.colour = colour
        self.page = page
        self.number = 0
        self.claims: list[str] = []
        self.vault: dict[str, str] = {}
        self.secret_of = {SHOP: "value", ERP: "password"}  # of each credential that is expected, the field that holds its secret

    # -- the steps

    def introduce(self) -> None:
        self.rotate(SHOP, ERP, *PARTNERS)
        self.say(
            "Two credentials in a playbook, their secrets in a vault. The API is a simulator; like the real one, it "
            "does not return secret values. Each step says what happens, shows the run, and judges it. The output is "
            "shortened: no empty lines, no tasks that look at the options, one of many rows alike."
        )
        self.shell("tail -n +5 credentials.yml")
        self.shell("head -n 1 vault.yml")

    def create(self) -> None:
        self.step("Neither of the two is there, so each is created.")
        run = self.play("credentials.yml")
        self.check_tasks(run, "created", "created")
        self.check_requests(run, POST=2)
        self.check_server()

    def repeat(self) -> None:
        self.step(
            "The same again. The secrets cannot be read back and compared; but the controller remembers a keyed "
            "fingerprint of what it pushed, and the server's time of change. Both are as they were."
        )
        run = self.play("credentials.yml")
        self.check_tasks(run, "unchanged", "unchanged")
        self.check_requests(run)
        self.check_memory(2)

    def preview(self) -> None:
        self.step(
            "The ERP user gets a new name and, in the vault, a new password. First a preview: the diff shows the "
            "name, and for the password a fixed word."
        )
        before = dict(self.vault)
        self.rotate(ERP)
        run = self.play("credentials.yml", "-e", "erp_username=integration-2", "--check", "--diff")
        self.check_tasks(run, "unchanged", "rotated")
        result = run.tasks["The ERP user"]
        self.check("it would change name and password", set(result["changes"]) == {"data.username", "data.password"}, result["changes"])
        self.check("the diff has the new name", "integration-2" in str(result.get("diff")), result.get("diff"))
        self.check_requests(run)
        self.check_server(before)

    def push(self) -> None:
        self.step(
            "And for real. Meanwhile somebody has changed the shop's API key on the platform. What they put there "
            "cannot be seen, but the time of change has moved: the vault's secret is pushed again."
        )
        self.edit(SHOP)
        run = self.play("credentials.yml", "-e", "erp_username=integration-2")
        self.check_tasks(run, "drifted", "rotated")
        self.check_requests(run, PUT=2)
        self.check_server()

    def fail(self) -> None:
        self.step("An API key that is wrong. The message says what to do, and nothing is tried twice.")
        stored = self.on.simulator.state()
        wrong = f"wrong-{secrets.token_hex(8)}"
        self.on.secrets.add(wrong)
        run = self.play("credentials.yml", VERSORI_API_KEY=wrong)
        self.check("failed=1", run.code == 2 and run.recap == (0, 1), (run.code, run.recap))
        result = run.tasks["The shop's API key"]
        self.check("status 401", result.get("status") == 401, result)
        self.check("the message is one line", "\n" not in result["msg"], result["msg"])
        self.check_requests(run, GET=1)
        self.check("on the server nothing has changed", self.on.simulator.state() == stored, "something has")

    def apply_list(self) -> None:
        self.step("Now a list of 50: the two, and 48 partners. One task brings all of them to their state.")
        self.secret_of.update(dict.fromkeys(PARTNERS, "value"))
        self.write_list([SHOP, ERP, *PARTNERS])
        self.shell("sed -n '1p;8,10p' list.yml")
        run = self.play(*APPLY)
        self.check_list(run, created=48, unchanged=2)
        self.check_requests(run, POST=48)
        self.check_server()

    def change_list(self) -> None:
        self.step("One partner's key is changed in the vault, and another's by somebody on the platform.")
        self.rotate("Partner 07")
        self.edit("Partner 11")
        run = self.play(*APPLY)
        self.check_list(run, rotated=1, drifted=1, unchanged=48)
        self.check_requests(run, PUT=2)
        self.check_server()

    def prune(self) -> None:
        self.step(
            "Partners 47 and 48 are taken out of the list, and the run may prune. Partner 47 is still used by an "
            "environment, so it stays; the other is deleted, and a warning names it."
        )
        for name in (SHOP, ERP, *PARTNERS[:47]):
            self.on.simulator.link(self.id_of(name), "Production")
        gone = self.id_of("Partner 48")
        self.write_list([SHOP, ERP, *PARTNERS[:46]])
        del self.secret_of["Partner 48"]
        run = self.play(*APPLY, "-e", "versori_prune=true")
        self.check_list(run, unchanged=48)
        warned = " ".join(run.output.split())  # in lines as long as ansible-core wants
        self.check("the warning names it", f'deleted: "Partner 48" ({gone})' in warned, warned)
        self.check_requests(run, DELETE=1)
        self.check_server()

    def audit(self) -> None:
        self.step(
            "The platform finds Partner 23 invalid by now, and somebody has changed Partner 30. The audit compares "
            "all of it with the list, changes nothing, and writes a page."
        )
        self.on.simulator.invalidate(self.id_of("Partner 23"), ["the server answered 401"])
        self.edit("Partner 30")
        run = self.play("versori.platform.audit", *APPLY[1:], "-e", "versori_audit_html=audit.html")
        self.check("changed=0", run.recap == (0, 0), run.recap)
        self.check_requests(run)
        path = self.on.folder / "audit.html"
        page = path.read_text() if path.is_file() else ""
        counts = Counter(re.findall(r'<tr data-findings="([^"]*)"', page))
        expected = {"invalid": 1, "differs": 1, "unlisted": 1, "nothing": 46}
        self.check("the page has 49 rows, 3 with findings", counts == expected, dict(counts))
        self.check_file(path, page)
        self.check_memory(49)
        if self.page:
            shutil.copy(path, self.page)
            self.claims.append(f"the page is kept as {self.page}")

    # -- what the steps are made of

    def rotate(self, *names: str) -> None:
        """New secrets in the vault."""
        self.vault.update({variable(name): f"{variable(name)}+{secrets.token_hex(8)}/=" for name in names})
        self.on.write_vault(self.vault)

    def edit(self, name: str) -> None:
        """Somebody else's change on the platform."""
        foreign = f"foreign-{secrets.token_hex(8)}"
        self.on.secrets.add(foreign)
        self.on.simulator.edit(self.id_of(name), data={"value": foreign})

    def write_list(self, names: Sequence[str]) -> None:
        lines = ["versori_credentials:"]
        for name in names:
            user = "username: integration-2, " if name == ERP else ""
            lines.append(f"  - name: {name}")
            lines.append(f"    type: {'basic-auth' if name == ERP else 'string'}")
            lines.append(f'    data: {{{user}{self.secret_of[name]}: "{{{{ {variable(name)} }}}}"}}')
        (self.on.folder / "list.yml").write_text("\n".join([*lines, ""]))

    def id_of(self, name: str) -> str:
        return next(credential["id"] for credential in self.on.simulator.state() if credential["name"] == name)

    def shell(self, command: str) -> None:
        self.show(command, call(["sh", "-c", command], self.on.folder, self.on.environment)[0].splitlines())

    def play(self, *words: str, **variables: str) -> Run:
        run = self.on.play(*words, **variables)
        command = "".join(f"{name}='…' " for name in variables) + shlex.join(["ansible-playbook", *words])
        self.show(command, shortened(run.output))
        leaks = self.on.leaks(run.output + json.dumps(run.tasks))  # the output, and the results with all that -vvv would show of them
        self.check("no secret shown", not leaks, f"{len(leaks)} in the output or in a result")
        return run

    def check_tasks(self, run: Run, shop: str, erp: str) -> None:
        changed = [shop, erp].count("unchanged")
        self.check(f"changed={2 - changed}", run.recap == (2 - changed, 0), run.recap)
        self.check(f"decisions: {shop}, {erp}", list(run.decisions.values()) == [shop, erp], run.decisions)

    def check_list(self, run: Run, **decisions: int) -> None:
        self.check("failed=0", run.code == 0 and run.recap[1] == 0, run.recap)
        counted = [result["decisions"] for result in run.tasks.values() if "decisions" in result]
        words = ", ".join(f"{number} {decision}" for decision, number in decisions.items())
        self.check(words, counted == [decisions], counted)

    def check_requests(self, run: Run, **methods: int) -> None:
        """What was sent; how often it was looked, only where a number is given for it."""
        counted = run.methods if "GET" in methods else {**run.methods, "GET": 0}
        claim = ", ".join(f"{number} {name}" for name, number in methods.items() if name != "GET")
        claim = f"sent: {claim}" if claim else "1 GET, not tried again" if methods else "nothing was sent"
        self.check(claim, {"GET": 0, **methods} == counted, run.methods)

    def check_server(self, vault: dict[str, str] | None = None) -> None:
        """That it holds all that is expected, and nothing else, with the secrets of the vault."""
        held = {credential["name"]: self.on.simulator.secret(credential["id"]) for credential in self.on.simulator.state()}
        expected = {name: {field: (vault or self.vault)[variable(name)]} for name, field in self.secret_of.items()}
        self.check("the server holds " + ("what it held" if vault else "the vault's secrets"), held == expected, "it does not")

    def check_memory(self, expected: int) -> None:
        records = [record for record in recorder.records(self.on.memory).values() if "fingerprints" in record]
        self.check(f"{expected} records in the memory", len(records) == expected, len(records))
        self.check_file(self.on.memory / "memory.db", "".join(path.read_text("latin-1") for path in self.on.memory.iterdir()))

    def check_file(self, path: Path, content: str) -> None:
        leaks, mode = self.on.leaks(content), stat.S_IMODE(path.stat().st_mode)
        self.check(f"{path.name} has mode 0600 and no secret", not leaks and mode == 0o600, f"mode {mode:04o}, {len(leaks)} secrets")

    def check(self, claim: str, holds: bool, found: Any) -> None:
        """Judge a claim at once; it is printed with the others of its run."""
        if not holds:
            text = str(found)
            hidden = "(not shown: it holds a secret)" if self.on.leaks(text) else text
            raise NotAsClaimed(f"step {self.number} is not what it claims: {claim}. Found instead: {hidden}")
        self.claims.append(claim)

    def judged(self) -> None:
        text = textwrap.fill("; ".join(self.claims) + ".", WIDTH, initial_indent="  ok  ", subsequent_indent="      ")
        print(text.replace("  ok  ", self.paint("32", "  ok  "), 1), flush=True)
        self.claims.clear()

    def step(self, text: str) -> None:
        self.number += 1
        rule = f"── {self.number} "
        print("\n" + self.paint("1", rule + "─" * (WIDTH - len(rule))))
        self.say(text)

    def say(self, text: str) -> None:
        print(textwrap.fill(text, WIDTH), flush=True)

    def show(self, command: str, output: Iterable[str]) -> None:
        whole = command.replace(" -e ", " -e\xa0")  # no line ends between an option and its value
        shown = " \\\n    ".join(textwrap.wrap(whole, WIDTH - 4, break_long_words=False, break_on_hyphens=False)).replace("\xa0", " ")
        print(self.paint("1", f"$ {shown}"))
        edge = self.paint("2", "│")
        for line in output:
            style = next((style for pattern, style in STYLES.items() if re.match(pattern, line)), "0")
            for piece in textwrap.wrap(line, ROOM, subsequent_indent="  ", break_on_hyphens=False) or [""]:
                print(f"{edge} {self.paint(style, piece)}".rstrip(), flush=True)

    def paint(self, style: str, text: str) -> str:
        return f"\033[{style}m{text}\033[0m" if self.colour else text


def variable(name: str) -> str:
    """The vault's variable for a credential's secret."""
    return "vault_erp_password" if name == ERP else "vault_" + name.lower().replace(" ", "_")


def shortened(output: str) -> Iterator[str]:
    """What ansible-playbook printed, in few lines: of the rows of a table that are alike, one."""
    known = {""}
    for kind, group in itertools.groupby(_joined(output), _kind):
        same = list(group)
        if kind not in known:
            known.add(kind)
            row = same.pop(0)
            yield row if len(row) <= ROOM else row[: ROOM - 1] + "…"
        if kind and same:
            same = [f"… and {len(same)} more: {' '.join(kind.split())}"]
        yield from same


def _kind(line: str) -> str:
    """What rows of a table have in common that are alike: result and decision."""
    found = re.match(r"(ok|changed) +[a-z]+ ", line)
    return found[0] if found else ""


def _joined(output: str) -> Iterator[str]:
    """The lines that say something; a task's name and result are one of them, and what was printed between the two follows."""
    task, between = "", list[str]()
    lines = iter(output.splitlines())
    for line in lines:
        result = re.match(r"(ok|changed|fatal): \[localhost\].*?(?: => ({.*))?$", line)
        if line.startswith("TASK ["):
            yield from between
            task, between = re.sub(r"\[.* : ", "[", line).rstrip(" *"), []  # without the name of the role
        elif result:
            status, content = result.groups()
            yield from [] if task.startswith(QUIET) and status == "ok" else [f"{task} {status}"]
            if content == "{":
                content += "".join(itertools.takewhile(lambda following: following != "}", lines)) + "}"
            said = json.loads(content).get("msg", []) if content else []
            yield from (row for row in said if row.strip(" -")) if isinstance(said, list) else [said]
            yield from between if status != "fatal" else []  # ansible-core 2.19 and newer tell a failure twice
            between = []
        elif "unreachable=" in line:
            yield " ".join(re.sub(r"(unreachable|skipped|rescued|ignored)=\d+", "", line).split())
        elif line.strip(" -") and not line.startswith("PLAY "):
            between.append(line.rstrip())
    yield from between


def interrupted(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    about = (
        "let the simulator read one of the API's open questions in another way (see tests/simulator/switches.py); the demo fails where "
        "that makes a step differ"
    )
    parser.add_argument("--switch", action="append", default=[], metavar="NAME=VALUE", help=about)
    parser.add_argument("--page", type=Path, metavar="FILE", help="keep the page that the audit writes as this file")
    options = parser.parse_args(arguments)
    page = options.page.resolve() if options.page else None
    if page and not page.parent.is_dir():
        parser.error(f"--page: there is no folder {page.parent}.")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no box-drawing characters
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    started = time.monotonic()
    try:
        with stage(options.switch) as on:
            demo = Demo(on, colour, page)
            demo.introduce()
            for step in (
                *(demo.create, demo.repeat, demo.preview, demo.push, demo.fail),
                *(demo.apply_list, demo.change_list, demo.prune, demo.audit),
            ):
                step()
                demo.judged()
    except BrokenPipeError:  # whoever read along has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (NotAsClaimed, NotStarted, OSError) as problem:  # the latter where there is no Ansible, or no place for the page
        print(f"\nThe demo failed: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe demo was interrupted; its folder and its simulator are gone.", file=sys.stderr)
        return 130
    took = time.monotonic() - started
    kept = "" if page else "\nTo keep the audit's page and open it: ./dev demo --page audit.html"
    print(f"\nEvery step was what it claims, in {took:.0f} s. The simulator and the folder are gone.{kept}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
