# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's loader is there before the first import of the collection, or it finds no lookup of it: tests.playing sees to that."""

import pytest
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar

from tests.playing import controller


@pytest.fixture
def look():
    def look(lookup, terms, variables=None):
        loader, _context = controller()
        variables = variables or {}
        plugin = lookup_loader.get(f"versori.platform.{lookup}", loader=loader, templar=Templar(loader=loader, variables=variables))
        return plugin.run(terms, variables)

    return look
