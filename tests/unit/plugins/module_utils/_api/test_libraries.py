# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which versions of requests and urllib3 will do; tests/acceptance/test_interpreters.py has those that cannot be imported."""

import functools
import os
import subprocess
import sys

import pytest
from ansible_collections.versori.platform.plugins.module_utils._api import libraries
from ansible_collections.versori.platform.plugins.module_utils._api.client import Client
from ansible_collections.versori.platform.plugins.module_utils._api.connection import read_connection
from ansible_collections.versori.platform.plugins.module_utils._core.failure import Failure

OLD, NEW = ("2.25.0", "1.25.10"), ("2.99.9", "2.99.0.dev3")


@pytest.mark.parametrize("versions", [OLD, NEW, ("2.25.1", "1.26"), ("2.100", "2.0.7")])
def test_versions_that_will_do(monkeypatch, versions):
    have(monkeypatch, *versions)
    libraries.check()


@pytest.mark.parametrize(
    "versions",
    [
        ("2.24.0", OLD[1]),
        (OLD[0], "1.25.9"),
        (OLD[0], "1.25"),
        ("2.9.2", NEW[1]),
        ("3.0.0", NEW[1]),
        (NEW[0], "3.0.0a1"),
        ("2.20.0", "1.24.3"),
    ],
)
def test_versions_that_will_not_do_are_told_before_anything_is_sent(sim, monkeypatch, versions):
    have(monkeypatch, *versions)
    with pytest.raises(Failure) as caught:
        Client(read_connection({"api_url": sim.url, "api_key": sim.api_key}))
    assert caught.value.msg == (
        f"The Python that this task runs in, {sys.executable}, has requests {versions[0]} and urllib3 {versions[1]}, and needs requests "
        f"2.25.0 or newer with urllib3 1.25.10 or newer, both below 3: install them for that Python. Nothing was sent."
    )
    assert sim.requests == []


def test_nothing_is_printed_where_they_are_imported(tmp_path):
    """requests warns of versions beside it that are newer than itself; on another host that would stand in the module's output."""
    (tmp_path / "chardet.py").write_text('__version__ = "99.0.0"')
    run = functools.partial(subprocess.run, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert "RequestsDependencyWarning" in run([sys.executable, "-c", "import requests"]).stderr
    done = run([sys.executable, "-c", f"import {libraries.__name__} as libraries; libraries.check()"])
    assert (done.stdout, done.stderr) == ("", "")


def have(monkeypatch, requests, urllib3):
    monkeypatch.setattr("requests.__version__", requests)
    monkeypatch.setattr("urllib3.__version__", urllib3)
