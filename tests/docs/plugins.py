# Copyright (c) 2026 the versori.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the modules, which is in them, and of the filters, which is beside their source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from tests.docs.pages import ROOT


@dataclass(frozen=True)
class Plugin:
    """:param path: of its source, or of the YAML that documents it."""

    path: Path

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

    @cached_property
    def documented_options(self) -> dict[str, Any]:
        """Those of its fragments too."""
        merged: dict[str, Any] = {}
        for name in self.documentation.get("extends_documentation_fragment", ()):
            _namespace, _collection, file, *variant = name.split(".")
            fragment = import_module(f"ansible_collections.versori.platform.plugins.doc_fragments.{file}").ModuleDocFragment
            merged.update(_parsed(getattr(fragment, variant[0].upper() if variant else "DOCUMENTATION")).get("options", {}))
        return {**merged, **self.documentation.get("options", {})}

    @property
    def options(self) -> dict[str, Any]:
        """The same, each also under its aliases."""
        return {alias: one for name, one in self.documented_options.items() for alias in (name, *one.get("aliases", ()))}


def _parsed(value: Any) -> Any:
    return yaml.safe_load(value) if isinstance(value, str) else value


MODULES = {path.stem: Plugin(path) for path in sorted((ROOT / "plugins/modules").glob("[!_]*.py"))}
del MODULES["versori_delegate"]  # takes what action plugins send to other hosts
FILTERS = {path.stem: Plugin(path) for path in sorted((ROOT / "plugins/filter").glob("*.yml"))}
PLUGINS = {**MODULES, **FILTERS}
