# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit's page in a real browser, clicked and typed into as a person does, with names that would break it."""

import pytest
from ansible_collections.versori.platform.plugins.plugin_utils._audit import judge
from ansible_collections.versori.platform.plugins.plugin_utils._page import page

from tests.playbooks.browser import PROGRAM, Browser

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="no chromium here, so the page is parsed (test_page.py), but not opened in a browser"),
    pytest.mark.timeout(300),
]

HOSTILE = [
    "<script>document.title = 'owned'</script>",
    '"><img src=x onerror="document.title = \'owned\'">',
    "&lt;b&gt; 'quoted' \"twice\"",
    "\u202egnp.terces\u202c",
    "مفتاح المتجر",
    "日本語のキー",
    "A" * 400,
    "many words " * 40,
]
PLAIN = ["Key 10", "Key 2", "Schlu\u0308ssel", "Drifted", "Invalid"]
SHOWN = """
[...document.querySelectorAll('tbody tr')].filter((row) => row.checkVisibility()).map((row) => row.cells[0].firstChild.textContent.trim())
"""
NONE = "[...document.querySelectorAll('.none')].map((line) => line.checkVisibility() ? line.textContent : '').join('')"
STATUS = "document.querySelector('output').textContent"


def credential(number, name):
    updated = f"2026-01-{number % 28 + 1:02d}T03:04:05Z"
    return {"id": f"01KK9J6VFKZSB86BQQT{number:07d}", "name": name, "type": "string", "usages": [], "updatedAt": updated}


def listed(item, decision, changed=False):
    return {"credential_id": item["id"], "name": item["name"], "decision": decision, "changed": changed, "failed": False, "changes": []}


def audit(credentials, results=None):
    judged = judge(credentials, results)
    return {"host": "shop", "organisation_id": "01HFS2NEAZ6ECZBZMN4FF775P7", "compared": results is not None, "credentials": judged}


def everything():
    credentials = [credential(number, name) for number, name in enumerate([*HOSTILE, *PLAIN])]
    sound, drifted, invalid = credentials[-3:]
    sound.update(usages=[{"environment": {"name": "Production"}}])
    invalid.update(errors=["the server answered 401 & <b>more</b>"], usages=[{"environment": {"name": "Production"}}])
    results = [listed(invalid, "unchanged"), listed(sound, "unchanged"), listed(drifted, "drifted", changed=True)]
    return page([audit(credentials, results)], "2026-01-02 03:04 UTC", ["lost"])


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "audit.html"
    path.write_text(everything())
    return path


@pytest.fixture
def opened(browser, path):
    browser.open(path)
    return browser


def test_nothing_is_run_and_nothing_is_fetched(opened, path):
    assert opened.value("document.title") == "Credentials audit"
    assert opened.asked_for() == [path.as_uri()]
    assert opened.complaints() == []
    assert opened.value("document.images.length") == 0
    names = opened.value(SHOWN)
    # A name that would turn the text around is spelt out; all others are shown as they are.
    assert sorted(names) == sorted(name.replace("\u202e", "\\u202e").replace("\u202c", "\\u202c").strip() for name in [*HOSTILE, *PLAIN])


def test_the_policy_holds(browser, path, tmp_path):
    """Even a script that somebody had got into the page would not run."""
    broken = tmp_path / "broken.html"
    broken.write_text(path.read_text().replace("</main>", "<script>document.title = 'owned'</script><img src=x onerror=alert(1)></main>"))
    browser.open(broken)
    assert browser.value("document.title") == "Credentials audit"
    assert "Content Security Policy" in "".join(browser.complaints())
    assert browser.value(STATUS) == "13 of 13 shown"


def test_sorted_by_clicks(opened):
    assert opened.value(SHOWN)[:2] == ["Invalid", "Drifted"]  # what matters most
    sort = "[...document.querySelectorAll('thead th')].map((head) => head.getAttribute('aria-sort'))"
    opened.click("Credential")
    up = opened.value(SHOWN)
    assert up.index("Key 2") < up.index("Key 10")  # as a person counts
    assert opened.value(sort) == ["ascending", *[None] * 5]
    opened.click("Credential")
    assert opened.value(SHOWN) == up[::-1]
    assert opened.value(sort) == ["descending", *[None] * 5]
    opened.click("Last changed")
    assert opened.value(SHOWN)[0] == HOSTILE[0]
    assert opened.value(sort) == [*[None] * 5, "ascending"]


def test_filtered_by_clicks_and_typing(opened):
    assert [node["name"] for node in opened.tree() if node.get("pressed") == "true"] == ["13 All"]
    opened.click("Unused")
    assert opened.value(STATUS) == "11 of 13 shown"
    opened.click("Differs")
    assert opened.value(SHOWN) == ["Drifted"]
    opened.click("All")
    opened.value("document.querySelector('input').focus()")
    opened.type("PRODUCTION 401")
    assert opened.value(SHOWN) == ["Invalid"]
    assert opened.value(STATUS) == "1 of 13 shown"
    opened.enter()  # sends no form
    assert opened.value(STATUS) == "1 of 13 shown"
    assert not opened.value(NONE)
    opened.click("Differs")
    assert opened.value(STATUS) == "0 of 13 shown"
    assert opened.value(NONE) == "No credential matches."


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("01kk9j6vfkzsb86bqqt0000011", ["Drifted"]),
        ("BQQT0000011 ", ["Drifted"]),
        ("drif STRING", ["Drifted"]),
        ("invalid", ["Invalid"]),
        ("answered 401", ["Invalid"]),
        ("schl\u00fcssel", ["Schlu\u0308ssel"]),  # written in the other way
        ("nothing found", ["Schlu\u0308ssel"]),
        ("2026-01-12 03:04", ["Drifted"]),
        ("differs unlisted", []),
    ],
)
def test_what_the_search_finds(opened, typed, shown):
    opened.value("document.querySelector('input').focus()")
    opened.type(typed)
    assert opened.value(SHOWN) == shown


def test_a_sound_one_says_so(opened):
    opened.click("Nothing found")
    assert opened.value(SHOWN) == ["Schlu\u0308ssel"]
    assert opened.value("document.querySelector('tbody tr:not([hidden]) .found').textContent") == "Nothing found"


FILTERED = "[...document.querySelectorAll('.filtered')].filter((line) => line.checkVisibility()).map((line) => line.textContent)"


def test_printed_as_it_is_filtered(opened):
    """Paper shows the rows that the screen shows, and says in words what they were chosen by."""
    opened.print_preview()
    assert opened.value(FILTERED) == []
    assert len(opened.value(SHOWN)) == 13
    opened.print_preview(False)
    opened.click("Unused")
    opened.value("document.querySelector('input').focus()")
    opened.type("Drifted")
    assert opened.value(FILTERED) == []  # on the screen, filter and search show it themselves
    opened.print_preview()
    assert opened.value(FILTERED) == ["Filtered: 1 of 13 credentials shown (Unused, search \u201cDrifted\u201d)."]
    assert opened.value(SHOWN) == ["Drifted"]
    assert not opened.value("document.querySelector('form').checkVisibility()")
    opened.print_preview(False)


def test_printed_on_white_even_from_a_dark_screen(browser, path):
    backgrounds = []
    for dark in (False, True):
        browser.open(path, dark=dark)
        browser.print_preview(dark=dark)
        backgrounds.append(browser.value(CONTRAST)[0])
        browser.print_preview(False)
    assert backgrounds[0] == backgrounds[1]


def test_by_keyboard_alone(opened):
    """Everything is reached by Tab, in the order of the page, and shows that it has the focus."""
    reached = []
    for _number in range(14):
        opened.tab()
        reached.append(opened.value("document.activeElement.textContent || document.activeElement.tagName"))
        assert opened.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert reached[:7] == ["13 All", "1 Invalid", "1 Differs", "10 Not listed", "11 Unused", "1 Nothing found", "INPUT"]
    assert reached[7].startswith("13 credentials")  # the frame, for the arrow keys to scroll
    assert reached[8:] == ["Credential", "Found", "Why", "Type", "Used by", "Last changed (UTC)"]

    for _number in range(12):
        opened.tab(back=True)
    opened.enter()
    assert opened.value(STATUS) == "1 of 13 shown"


# The contrast of each text with what is behind it, as WCAG 2 reckons it.
CONTRAST = """
(() => {
  const parts = (color) => color.match(/[0-9.]+/g).map(Number);
  const light = (color) => parts(color).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const color = getComputedStyle(node).backgroundColor;
      if ((parts(color)[3] ?? 1) > 0) { return color; }
    }
    return 'rgb(255, 255, 255)';
  };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT), ratios = {};
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !node.checkVisibility()) { continue; }
    ratios[node.tagName + '.' + node.className] = ratio(getComputedStyle(node).color, behind(node));
  }
  const input = document.querySelector('input');
  ratios.placeholder = ratio(getComputedStyle(input, '::placeholder').color, behind(input));
  return [ratios, behind(document.body)];
})()
"""


def test_contrast_in_both_schemes(browser, path):
    pages = []
    for dark in (False, True):
        browser.open(path, dark=dark)
        ratios, background = browser.value(CONTRAST)
        assert len(ratios) > 10
        assert {what: round(ratio, 1) for what, ratio in ratios.items() if ratio < 4.5} == {}
        pages.append(background)
    assert pages[0] != pages[1]


# What of a page reaches out of the window sideways.
OUTSIDE = """
[...document.querySelectorAll('main *')].filter((element) => element.checkVisibility())
  .filter((element) => element.getBoundingClientRect().right > innerWidth || element.getBoundingClientRect().left < 0)
  .map((element) => element.tagName + '.' + element.className)
"""


@pytest.mark.parametrize("width", [320, 390, 800])
@pytest.mark.parametrize("scripts", [True, False])
def test_on_a_narrow_screen(browser, path, width, scripts):
    """Nothing has to be scrolled sideways: what was found, and why, stands under each name."""
    browser.open(path, width=width, height=844, scripts=scripts)
    assert browser.value("document.documentElement.scrollWidth") == width
    assert browser.value(OUTSIDE) == []
    roles = [node["role"] for node in browser.tree()]
    assert (roles.count("rowheader"), roles.count("row")) == (13, 14 if scripts else 13)  # still a table to a screen reader
    heights = browser.value("['th', '.found', '.why', '.kind'].map((cell) => document.querySelector('tbody ' + cell).offsetTop)")
    assert heights == sorted(set(heights))
    if scripts:
        browser.click("Differs")
        assert browser.value(SHOWN) == ["Drifted"]
        browser.click("Credential")
        assert browser.value("document.querySelector('[aria-sort]').textContent") == "Credential"


def test_two_organisations_on_a_small_screen_and_on_a_large_one(browser, tmp_path):
    text = page([audit([credential(number, f"Key {number}")]) for number in range(2)], "2026-01-02 03:04 UTC", [])
    (tmp_path / "audit.html").write_text(text)
    for width in (390, 1280):
        browser.open(tmp_path / "audit.html", width=width)
        assert browser.value(OUTSIDE) == []


def test_without_scripts(browser, path):
    """All of it can be read; nothing is offered that would do nothing."""
    browser.open(path, scripts=False)
    roles = [node["role"] for node in browser.tree()]
    assert roles.count("rowheader") == 13
    assert not {"button", "searchbox"} & set(roles)


@pytest.mark.parametrize("count", [0, 2000])
def test_few_and_many(browser, tmp_path, count):
    text = page([audit([credential(number, f"Key {number}") for number in range(count)])], "2026-01-02 03:04 UTC", [])
    assert len(text) < 12_000 + 600 * count
    path = tmp_path / "audit.html"
    path.write_text(text)
    browser.open(path)
    assert browser.value(STATUS) == f"{count} of {count} shown"
    assert browser.value(NONE) == ("" if count else "There is no credential.")
    assert browser.value("document.querySelector('form').checkVisibility()") is (count > 0)
    assert browser.complaints() == []
