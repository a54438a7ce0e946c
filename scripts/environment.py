"""Where the tools of the project live, and the environment that they run in."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
CACHE = VENV / "cache"


def tool_environment() -> dict[str, str]:
    """Return the environment for uv and npm: no download of interpreters, and caches that we may write to."""
    variables = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(VENV)}
    if not os.access(Path.home(), os.W_OK):
        variables |= {"UV_CACHE_DIR": str(CACHE / "uv"), "npm_config_cache": str(CACHE / "npm"), "HOME": str(CACHE)}
    return variables
