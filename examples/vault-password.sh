#!/bin/sh
# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# ANSIBLE_VAULT_PASSWORD_FILE=./vault-password.sh: Ansible runs it, and reads the password from what it prints. So the
# password stays in the environment, where CI systems keep their secrets, and is never in a file.
printf '%s\n' "${VAULT_PASSWORD:?is not set}"
