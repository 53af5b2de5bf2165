# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ..plugin_utils._page import page
from ..plugin_utils._settings import to_native

DOCUMENTATION = r"""
name: audit_html
short_description: Audits as one HTML page
version_added: 0.1.0
description:
  - Turns what P(versori.platform.audit#filter) found into one page that needs nothing else, with a table that can be
    sorted and filtered. It can be read without JavaScript too.
author:
  - The versori.platform contributors (@versori-platform)
options:
  _input:
    description: What P(versori.platform.audit#filter) returned, for each organisation.
    type: list
    elements: dict
    required: true
  time:
    description: When the audit was made, as the page is to say it.
    type: str
    required: true
  unread:
    description: Hosts whose organisation could not be read, which the page says at its top.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Write the page
  ansible.builtin.copy:
    content: "{{ [audited] | versori.platform.audit_html(time=now(utc=true, fmt='%Y-%m-%d %H:%M UTC')) }}"
    dest: audit.html
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The page.
  type: str
"""


def audit_html(audits: t.Any, time: str, unread: t.Sequence[str] = ()) -> t.Any:
    """The page for what the audit found in some organisations."""
    if not isinstance(audits, list):
        raise AnsibleFilterError("audit_html wants a list of what the filter audit returned")
    return wrap_var(page(to_native(audits), str(time), to_native(unread)))


class FilterModule:
    """The filter plugin."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"audit_html": audit_html}
