# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis for tests, and what a memory in it is told to use."""

import os
import shutil
import socket
import subprocess

import pytest
import redis

PLUGIN, KEY = "community.general.redis", "kf" * 20
PASSWORD = "hush:redis-password"  # with a colon, which also separates the parts of a connection

COLLECTIONS = os.environ.get("TEST_COLLECTIONS")
needs_collections = pytest.mark.skipif(not COLLECTIONS, reason="TEST_COLLECTIONS names no folder with community.general")


class Redis:
    """`with Redis(folder) as server:` serves on a free port; skips the test where there is no Redis."""

    def __init__(self, folder):
        if not shutil.which("redis-server"):
            pytest.skip("redis-server is not installed")
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.connection = f"127.0.0.1:{self.port}:0:{PASSWORD}"
        self.client = redis.Redis(port=self.port, password=PASSWORD, decode_responses=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        config = self.folder / "redis.conf"
        config.write_text(f'port {self.port}\nbind 127.0.0.1\nrequirepass "{PASSWORD}"\nsave ""\nappendonly no\ndir {self.folder}\n')
        self.process = subprocess.Popen(["redis-server", str(config)], stdout=subprocess.PIPE, text=True)
        assert any("eady to accept connections" in line for line in self.process.stdout), "redis-server did not start"

    def stop(self):
        self.process.terminate()
        self.process.communicate()
