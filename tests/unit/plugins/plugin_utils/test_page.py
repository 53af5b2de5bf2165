# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit's page as text: nothing that the platform says becomes markup, wherever it stands; a browser opens it in tests/playbooks."""

from __future__ import annotations

import html.parser

import jinja2
import pytest
from ansible_collections.versori.platform.plugins.plugin_utils._page import page

HOSTILE = "\"' onload=x></td></style></script><script>alert(1)</script>{{ 7 * 7 }}<!--\x1b\n\u202e&lt;"
VISIBLE = HOSTILE.replace("\x1b", "\\x1b").replace("\n", " ").replace("\u202e", "\\u202e")


def audit(text="harmless"):
    """One audit with this text in each place where the platform, or the inventory, has a say."""
    credential = {"name": text, "id": text, "type": text, "updated_at": text, "reasons": [text], "used_by": [text]}
    credential |= {"findings": ["invalid"], "used": True}
    return {"host": text, "organisation_id": text, "compared": True, "credentials": [credential]}


class Elements(html.parser.HTMLParser):
    """The elements of a page with the names of their attributes, and everything that is text or a value."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, [name for name, _value in attrs]))
        self.texts += [value for _name, value in attrs]

    def handle_data(self, data):
        self.texts.append(data)

    handle_comment = handle_decl = handle_pi = handle_data


@pytest.mark.parametrize("organisations", [1, 2])
def test_what_the_platform_says_stays_text(organisations):
    harmless, hostile = (Elements(page([audit(text)] * organisations, text, [text])) for text in ("harmless", HOSTILE))
    assert hostile.elements == harmless.elements
    # Printed as it is visible, never raw; a time is cut in one of its three places.
    printed = [text for text in hostile.texts if text and VISIBLE[:10] in text]
    assert len(printed) == len([text for text in harmless.texts if text and "harmless" in text])
    assert [text for text in printed if VISIBLE not in text] == [VISIBLE[:16]] * organisations


def test_an_audit_that_lacks_something_is_no_page():
    """Rather than one that leaves out what it does not know."""
    incomplete = audit()
    del incomplete["credentials"][0]["updated_at"]
    with pytest.raises(jinja2.UndefinedError, match="updated_at"):
        page([incomplete], "now", [])
