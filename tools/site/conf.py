# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's settings for the site that ./dev docs builds. Nothing is fetched: neither while it is built nor by its pages."""

from pathlib import Path
from typing import Any

import yaml
from docutils import nodes

project = "versori.platform"
author = "the versori.platform contributors"
release = yaml.safe_load((Path(__file__).resolve().parents[2] / "galaxy.yml").read_text(encoding="utf-8"))["version"]
extensions = ["myst_parser", "sphinx_antsibull_ext"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = f"{project} {release}"
html_show_copyright = html_show_sphinx = html_copy_source = html_use_index = False
html_static_path = ["static"]
html_css_files = ["site.css"]

# What antsibull-docs refers to in Ansible's own documentation; without a network there is no list of its labels.
ANSIBLE = "https://docs.ansible.com/ansible/latest"
LABELS = {
    "action_plugins": f"{ANSIBLE}/plugins/action.html",
    "ansible_configuration_settings": f"{ANSIBLE}/reference_appendices/config.html",
    "common_return_values": f"{ANSIBLE}/reference_appendices/common_return_values.html",
}


def link_to_ansible(_app: Any, _env: Any, node: Any, contnode: Any) -> Any:
    target = node.get("reftarget", "")
    url = LABELS.get(target)
    if target.startswith("ansible_collections.ansible.builtin."):
        url = f"{ANSIBLE}/collections/ansible/builtin/{target.split('.')[3]}.html"
    return nodes.reference("", "", contnode, refuri=url, internal=False) if url else None


def setup(app: Any) -> None:
    app.connect("missing-reference", link_to_ansible)
