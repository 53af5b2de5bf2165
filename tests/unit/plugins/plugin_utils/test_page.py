# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit's page as text: nothing that the platform says becomes markup, wherever it stands; a browser opens it in tests/playbooks."""

import base64
import hashlib
import html.parser

import jinja2
import pytest
from ansible_collections.versori.platform.plugins.plugin_utils._audit import FINDINGS
from ansible_collections.versori.platform.plugins.plugin_utils._page import page

HOSTILE = "\"' onload=x></td></style></script><script>alert(1)</script>{{ 7 * 7 }}<!--\x1b\n\u202e&lt;"
VISIBLE = HOSTILE.replace("\x1b", "\\x1b").replace("\n", " ").replace("\u202e", "\\u202e")


def audit(text="harmless"):
    """One audit with this text in each place where the platform, or the inventory, has a say."""
    credential = {"name": text, "id": text, "type": text, "updated_at": text, "reasons": [text], "used_by": [text]}
    credential |= {"findings": ["invalid"], "used": True}
    return {"host": text, "organisation_id": text, "compared": True, "credentials": [credential]}


class Elements(html.parser.HTMLParser):
    """The elements of a page with their attributes, what is text or a value, and whether elements are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.open, self.inside = [], [], [], {}
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.texts += [value for _name, value in attrs]
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)
        if self.open:
            self.inside.setdefault(self.open[-1], []).append(data)

    handle_comment = handle_decl = handle_pi = handle_data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("organisations", [1, 2])
def test_what_the_platform_says_stays_text(organisations):
    harmless, hostile = (Elements(page([audit(text)] * organisations, text, [text])) for text in ("harmless", HOSTILE))
    shape, expected = ([(tag, list(attributes)) for tag, attributes in page.elements] for page in (hostile, harmless))
    assert shape == expected
    # Printed as it is visible, never raw; a time is cut in one of its three places.
    printed = [text for text in hostile.texts if text and VISIBLE[:10] in text]
    assert len(printed) == len([text for text in harmless.texts if text and "harmless" in text])
    assert [text for text in printed if VISIBLE not in text] == [VISIBLE[:16]] * organisations


def test_one_accessible_file_that_needs_nothing_else():
    text = page([audit()], "now", [])
    elements = Elements(text)
    assert len(elements.all("script")) == len(elements.all("style")) == 1
    assert not [attributes for _tag, attributes in elements.elements if {"src", "href", "onclick", "style"} & set(attributes)]
    assert "url(" not in elements.inside["style"][0]
    assert "://" not in text

    policy = next(meta["content"] for meta in elements.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(elements.inside[kind][0].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy

    assert elements.all("html") == [{"lang": "en"}]
    assert [len(elements.all(tag)) for tag in ("title", "main", "h1", "caption", "thead", "tbody")] == [1] * 6
    assert len(elements.all("tr")) == 2  # the head, and one for the credential
    assert {head["scope"] for head in elements.all("th")} == {"col", "row"}
    assert [label["for"] for label in elements.all("label")] == [field["id"] for field in elements.all("input")]


@pytest.mark.parametrize("findings", [[], ["invalid", "unused"], list(FINDINGS)])
def test_what_was_found_is_a_filter_and_a_badge(findings):
    """Whatever the table of findings has; and that nothing was found, is said too."""
    found = audit()
    found["credentials"][0]["findings"] = findings
    elements = Elements(page([found], "now", []))
    filters = [item["data-finding"] for item in elements.all("li") if "data-finding" in item]
    assert filters == ["", *(findings or ["nothing"])]
    assert [row["data-findings"] for row in elements.all("tr")[1:]] == [" ".join(findings or ["nothing"])]
    badges = [span["class"].removeprefix("badge ") for span in elements.all("span") if "badge" in span.get("class", "")]
    assert badges == (findings or ["fine"])
    words = [FINDINGS[finding] for finding in findings] or ["Nothing found"]
    assert [text for text in elements.texts if text in {*FINDINGS.values(), "Nothing found"}] == [*words, *words]


def test_an_audit_that_lacks_something_is_no_page():
    """Rather than one that leaves out what it does not know."""
    incomplete = audit()
    del incomplete["credentials"][0]["updated_at"]
    with pytest.raises(jinja2.UndefinedError, match="updated_at"):
        page([incomplete], "now", [])
