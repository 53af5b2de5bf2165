# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`./dev docs` builds the site without a warning, everything is on it, and its pages need nothing from elsewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from ansible.release import __version__ as core

from tests.docs.pages import ROOT
from tests.docs.plugins import FILTERS, MODULES

pytestmark = [
    pytest.mark.timeout(0),  # it makes an environment
    pytest.mark.skipif(core.startswith("2.16."), reason="./dev docs has an environment of its own, whatever the tests run on"),
]


# What a browser loads for a page.
LOADED = re.compile(
    r'<(?:script|img|iframe|source|video|audio|object|embed|link(?=[^>]*\srel="[^"]*(?:stylesheet|icon|preload|preconnect)))'
    r'\s[^>]*?\b(?:src|href|data)="([^"]+)"'
)


@pytest.fixture(scope="module")
def site() -> Path:
    done = subprocess.run(["./dev", "docs"], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + re.sub(r"^WARNING: Location .*$", "", done.stderr, flags=re.MULTILINE)
    return ROOT / ".dev/site"


def test_everything_is_on_it(site: Path) -> None:
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} | {"readme", "contributing", "role"}
    assert pages <= {path.stem for path in site.glob("*.html")}
    plugins = {f"{name}_module" for name in MODULES} | {f"{name}_filter" for name in FILTERS} | {"credentials_role"}
    assert plugins <= {path.stem for path in (site / "collection").glob("*.html")}
    front = (site / "index.html").read_text(encoding="utf-8")
    for page in pages - {"index"}:
        assert f'href="{page}.html"' in front
    module = (site / "collection/versori_credential_module.html").read_text(encoding="utf-8")
    assert "parameter-update_secrets" in module and "parameter-_" not in module


def test_needs_nothing_from_elsewhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        loaded = LOADED.findall(path.read_text(encoding="utf-8"))
        assert loaded and not [url for url in loaded if re.match(r"(https?:)?//", url)], path
    for path in site.rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:)?//", path.read_text(encoding="utf-8")), path
