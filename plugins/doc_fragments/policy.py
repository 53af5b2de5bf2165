# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  update_secrets:
    description:
      - V(auto) pushes a secret when it was rotated, when the credential was changed elsewhere, or when it is
        unknown what the server holds.
      - V(always) pushes it in every run, which then always reports C(changed).
      - V(on_create) sends it only when the credential is created. As an update needs the secret too, any other
        difference then is an error.
    type: str
    choices: [auto, always, on_create]
    default: auto
  on_drift:
    description:
      - What to do when the secret is the one pushed last, but the server's time of change has moved since.
      - V(auto) pushes once, and warns without pushing if it moves again right after (C(contested)). For
        C(oauth2-token), whose tokens the platform refreshes itself, it does nothing.
      - V(push) always pushes, V(warn) only warns, V(ignore) accepts what is there without a word, V(fail) stops before
        anything is sent, also where the secret was rotated meanwhile. Of C(oauth2-token), V(fail) takes it as V(auto) does.
      - A warning names each credential that drifted and when it was changed, unless it is V(ignore), or V(auto) does nothing.
    type: str
    choices: [auto, push, warn, ignore, fail]
    default: auto
  on_unknown:
    description:
      - What to do when nothing is remembered of the credential, so that it cannot be said which secret the
        server holds.
      - V(auto) pushes once and warns. For C(oauth2-token) it takes what is there as right, and warns.
      - V(push) pushes, V(adopt) takes what is there as right, V(fail) stops before anything is sent.
      - After an interrupted push, V(adopt) pushes as well, since then nobody knows what is there.
    type: str
    choices: [auto, push, adopt, fail]
    default: auto
  fail_when_invalid:
    description:
      - Fail, after the work is done, when the platform finds the credential invalid. Otherwise its reasons are
        a warning.
    type: bool
    default: false
"""
