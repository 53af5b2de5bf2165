# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plugins can be found, as in a run of Ansible."""

import pytest
from ansible.plugins.loader import init_plugin_loader
from ansible.utils.collection_loader import AnsibleCollectionConfig


@pytest.fixture(scope="session", autouse=True)
def plugin_loader():
    if AnsibleCollectionConfig.collection_finder is None:  # another test of this process may have been first
        init_plugin_loader()
