# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/troubleshooting.md has each message of the collection, no other, and a cure for each."""

from __future__ import annotations

import re
from collections import Counter

from tests.docs.messages import PARTS, messages
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
CURES = dict(re.findall(r"^- `([^`]+)`\n\n  (\S.*)$", PAGE, re.MULTILINE))


def test_each_message_is_there() -> None:
    missing = {text: where for text, where in messages().items() if text not in {*CURES, *PARTS}}
    assert not missing, "write these into docs/troubleshooting.md:\n" + "".join(
        f"\n- `{text}`\n\n  ({where})\n" for text, where in missing.items()
    )


def test_no_other_is_there() -> None:
    said = set(messages())
    assert set(CURES) - said == set(), "nothing in the collection says this"
    assert PARTS - said == set(), "nothing in the collection has this part"


def test_each_has_one_cure() -> None:
    listed = re.findall(r"^- `([^`]+)`$", PAGE, re.MULTILINE)
    assert Counter(listed).most_common(1)[0][1] == 1
    assert set(listed) == set(CURES)
