# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in check mode and say what it would change; neither the server nor the memory is written.
  diff_mode:
    support: full
    description: Shows what it changes; each secret is a fixed word there.
  idempotent:
    support: full
    description: Running it again changes nothing, also for secrets that the API does not show.
"""

    READ = r"""
options: {}
attributes:
  action_group:
    support: full
    description:
      - Belongs to the action group C(versori.platform.versori), so that C(module_defaults) sets the connection once.
    membership: [versori.platform.versori]
"""

    WRITE = r"""
options: {}
attributes:
  action_group:
    support: full
    description:
      - Belongs to the action group C(versori.platform.versori), so that C(module_defaults) sets the connection once, and to
        C(versori.platform.versori_write) for where it remembers and for policies.
    membership: [versori.platform.versori, versori.platform.versori_write]
"""
