# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the modules, which is in them, and of the filters, which is beside their source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.versori.platform.plugins.module_utils import _options

from tests.docs.pages import ROOT


@dataclass(frozen=True)
class Plugin:
    """:param path: of its source, or of the YAML that documents it."""

    path: Path
    spec: _options.Spec = field(default_factory=dict)

    @cached_property
    def _texts(self) -> Mapping[str, Any]:
        if self.path.suffix == ".yml":
            return yaml.safe_load(self.path.read_text(encoding="utf-8"))
        return vars(import_module(f"ansible_collections.versori.platform.plugins.modules.{self.path.stem}"))

    @cached_property
    def documentation(self) -> dict[str, Any]:
        return _parsed(self._texts["DOCUMENTATION"])

    @property
    def examples(self) -> str:
        return self._texts["EXAMPLES"]

    @cached_property
    def returned(self) -> dict[str, Any]:
        return _parsed(self._texts["RETURN"])

    def documented(self, part: str) -> dict[str, Any]:
        """Its options or attributes as they are documented, those of its fragments too."""
        merged: dict[str, Any] = {}
        for name in self.documentation.get("extends_documentation_fragment", ()):
            _namespace, _collection, file, *variant = name.split(".")
            fragment = import_module(f"ansible_collections.versori.platform.plugins.doc_fragments.{file}").ModuleDocFragment
            merged.update(_parsed(getattr(fragment, variant[0].upper() if variant else "DOCUMENTATION")).get(part, {}))
        return {**merged, **self.documentation.get(part, {})}

    @cached_property
    def documented_options(self) -> dict[str, Any]:
        return self.documented("options")

    @property
    def options(self) -> dict[str, Any]:
        """The same, each also under its aliases."""
        return {alias: one for name, one in self.documented_options.items() for alias in (name, *one.get("aliases", ()))}


def _parsed(value: Any) -> Any:
    return yaml.safe_load(value) if isinstance(value, str) else value


SPECS = {
    "versori_credential": _options.VERSORI_CREDENTIAL,
    "versori_credentials": _options.VERSORI_CREDENTIALS,
    "versori_credential_info": _options.VERSORI_CREDENTIAL_INFO,
    "versori_doctor": _options.VERSORI_DOCTOR,
}
_FILES = {path.stem: path for path in sorted((ROOT / "plugins/modules").glob("[!_]*.py"))}
DELEGATE = Plugin(_FILES.pop("versori_delegate"), _options.VERSORI_DELEGATE)  # what action plugins send to other hosts
MODULES = {name: Plugin(path, SPECS[name]) for name, path in _FILES.items()}
FILTERS = {path.stem: Plugin(path) for path in sorted((ROOT / "plugins/filter").glob("*.yml"))}
PLUGINS = {**MODULES, **FILTERS}
