# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks and lists as YAML, where JSON has no word for what a person writes: `!unsafe`, `!vault`, times."""

from __future__ import annotations

from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

PASSWORD = "open sesame"


class Unsafe(str):
    """A text that is not templated."""


class Vaulted(str):
    """A text that is written encrypted."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text)))
_Dumper.add_representer(Vaulted, lambda dumper, text: dumper.represent_scalar("!vault", encrypted(text), style="|"))


def encrypted(text: str | bytes, password: str = PASSWORD) -> str:
    """What `ansible-vault` makes of a text, or of a file."""
    return str(VaultLib([("default", VaultSecret(password.encode()))]).encrypt(text).decode())


def written(value: Any) -> str:
    return str(yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False))
