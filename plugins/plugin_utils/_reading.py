# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads files of the controller's, vaulted or not, and says why one cannot be used, without a word of what is in it."""

from __future__ import annotations

import typing as t

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import AnsibleVaultFormatError, is_encrypted

from ..module_utils._files import read_regular


def read_decrypted(loader: DataLoader, path: str) -> bytes:
    """A file's content, decrypted where it is vaulted.

    :param path: the whole path.
    :raises OSError: where it cannot be read; its ``strerror`` says why.
    """
    content = read_regular(path)
    if not is_encrypted(content):
        return content
    try:
        # get_real_file, which copy uses, would put what it decrypts into a temporary file
        return bytes(loader._get_file_contents(path)[0])
    except (AnsibleError, ValueError) as problem:
        raise OSError(0, f"it is vaulted, and {why_not_opened(problem)}") from None


def why_not_opened(problem: BaseException) -> str:
    """Why a vaulted file or value cannot be decrypted.

    :param problem: what Ansible raised; only its words tell a password that is missing from one that is wrong.
    """
    if isinstance(problem, (AnsibleVaultFormatError, ValueError)):
        return "its vault is damaged"
    text = str(problem)
    if "no vault secrets found" in text or "password must be specified" in text:
        return "no vault password was given (--ask-vault-pass, --vault-password-file)"
    if "no vault secrets were found that could decrypt" in text:
        return "no vault password that was given opens it"
    return "its vault cannot be opened"


def position_of(problem: BaseException | None, content: str) -> str:
    """Where a parser has stopped, as an ending of a sentence; empty where nobody knows.

    :param problem: what Ansible's loader or PyYAML raised.
    """
    while problem is not None:
        mark = getattr(problem, "problem_mark", None)
        if mark is not None:
            return f": look at line {mark.line + 1}, column {mark.column + 1}"
        if isinstance(problem, yaml.reader.ReaderError):  # which counts bytes or characters, as the parser does
            odd = yaml.reader.Reader.NON_PRINTABLE.search(content)
            before = content[: odd.start()] if odd else ""
            return f": look at line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}" if odd else ""
        problem = problem.__cause__ or problem.__context__
    return ""


def unopened(value: t.Any, where: str) -> t.Iterator[tuple[str, str]]:
    """The values in what Ansible's loader made of a file that are vaulted and cannot be decrypted: where each is, and why.

    :param where: what the value is called: ``credentials``.
    """
    if isinstance(value, t.Mapping):
        for key, item in value.items():
            yield from unopened(item, f"{where}.{key}" if where else str(key))
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            yield from unopened(item, f"{where}[{position}]")
    else:
        try:
            str(value)
        except AnsibleError as problem:
            yield where, why_not_opened(problem)
