"""Downloads exact package versions with npm: the one on the path, or a private one."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from scripts.environment import ROOT, UV, VENV, tool_environment

_NODE = VENV / "node"


def pack(packages: Iterable[str], directory: Path) -> dict[str, Path]:
    """Download `name@version` packages into `directory`; return the tarball of each name. Their scripts never run."""
    # One process for all of them: each start costs about a second.
    command = [_program(), "pack", *packages, "--json", "--ignore-scripts", "--pack-destination", directory]
    done = subprocess.run(command, capture_output=True, text=True, env=_environment(), cwd=directory, check=False)
    if done.returncode != 0:
        sys.exit(f"npm pack failed:\n{done.stderr[-2000:]}")
    packed = json.loads(done.stdout)
    entries = packed if isinstance(packed, list) else packed.values()
    # Some versions of npm name the file of @scope/name as it is on disk, others as the package is named.
    return {entry["name"]: directory / entry["filename"].removeprefix("@").replace("/", "-") for entry in entries}


def _program() -> str | Path:
    return shutil.which("npm") or _private_program()


def _private_program() -> Path:
    program = _NODE / "bin" / "npm"
    if not program.exists():
        print("setup: npm is not on the path, installing a private one", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", _NODE], check=True)
        subprocess.run(
            [
                *(UV, "pip", "install", "--quiet", "--python", _NODE / "bin" / "python"),
                *("--require-hashes", "-r", ROOT / "requirements-node.txt"),
            ],
            check=True,
            env=tool_environment(),
        )
    return program


def _environment() -> dict[str, str]:
    # npm is a script that looks for `node` on the path.
    return {**tool_environment(), "PATH": f"{os.environ['PATH']}{os.pathsep}{_NODE / 'bin'}"}
