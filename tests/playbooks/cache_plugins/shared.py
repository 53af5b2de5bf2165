# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cache that controllers share, for tests that have no Redis: a folder, with a file for each key."""

import json
from pathlib import Path

from ansible.plugins.cache import BaseCacheModule

DOCUMENTATION = """
name: shared
short_description: For tests
description: For tests.
options:
  _uri: {description: A folder., type: str}
  _prefix: {description: What names begin with., type: str, default: ''}
  _timeout: {description: Seconds., type: int, default: 86400}
"""


class CacheModule(BaseCacheModule):
    def _path(self, key):
        folder = Path(self.get_option("_uri"))
        folder.mkdir(exist_ok=True)
        return folder / f"{self.get_option('_prefix')}{key}"

    def get(self, key):
        try:
            return json.loads(self._path(key).read_text())
        except FileNotFoundError:
            raise KeyError(key) from None

    def set(self, key, value):
        self._path(key).write_text(json.dumps(value))

    def delete(self, key):
        self._path(key).unlink()

    def keys(self):
        raise NotImplementedError

    contains = flush = copy = keys  # ansible-core 2.16 wants a copy() too
