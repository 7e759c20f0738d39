"""Writes the commit that a wheel or source archive is built from into it (radprep/revision.py)."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CommitHook(BuildHookInterface[Any]):
    """Adds the file; an editable install goes on asking git, and gets none."""

    written: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it packs."""
        package = Path(self.root) / "radprep"
        if version == "editable":
            return
        spec = importlib.util.spec_from_file_location("revision", package / "revision.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        commit = module.revision(package)
        if commit is None or (package / module.BUILT_FROM).exists():
            return
        with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
            file.write(f"{commit}\n")
        self.written = Path(file.name)
        build_data["force_include"][file.name] = f"radprep/{module.BUILT_FROM}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called by hatchling once it has packed: nothing is left behind."""
        if self.written:
            self.written.unlink(missing_ok=True)
