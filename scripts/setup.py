"""Sets up `.venv` and `static/vendor`; quick when nothing changed.

usage: python3 -m scripts.setup [--dev]

Plain, it installs what runs mailhub; with --dev, also what tests and checks need. What a development environment has
is never taken away. It needs nothing but Python's standard library.
"""

import argparse
import hashlib
import importlib.util
import subprocess
import sys

from scripts.environment import PYTHON, ROOT, UV, VENV, tool_environment

_STAMP = VENV / "installed"
_RUNTIME, _DEVELOPMENT, _TOOL = "requirements.txt", "requirements-dev.txt", "requirements-uv.txt"


def main() -> None:
    """Bring the environment and the front-end files up to date; end the process with the status of the last step."""
    parser = argparse.ArgumentParser(description="Set up .venv and static/vendor.")
    parser.add_argument("--dev", action="store_true", help="also install what tests and checks need")
    wants_development = parser.parse_args().dev
    if sys.version_info < (3, 11):  # noqa: UP036 (this very file is where an older Python arrives)
        sys.exit(f"mailhub needs Python 3.11 or newer, this is {sys.version.split()[0]}: make PYTHON=python3.12 setup")
    requirements = _DEVELOPMENT if wants_development or (VENV / "bin" / "pytest").exists() else _RUNTIME
    if _installed() != _wanted(requirements):
        _make_venv()
        _install(requirements)
    sys.exit(subprocess.run([PYTHON, "-m", "scripts.assets"], check=False, cwd=ROOT).returncode)


def _installed() -> str:
    return _STAMP.read_text() if _STAMP.exists() and PYTHON.exists() else ""


def _wanted(requirements: str) -> str:
    contents = b"".join((ROOT / name).read_bytes() for name in (requirements, _TOOL))
    return f"{requirements} {hashlib.sha256(contents).hexdigest()}\n"


def _make_venv() -> None:
    if not PYTHON.exists():
        _check_for_venv_module()
        _say("making .venv")
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    subprocess.run(
        [
            *(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--require-hashes", "-r", ROOT / _TOOL),
        ],
        check=True,
        env=tool_environment(),
    )


def _check_for_venv_module() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit("Python's venv module is not complete. On Debian and Ubuntu: apt-get install python3-venv")


def _install(requirements: str) -> None:
    _say(f"installing {requirements}")
    # uv leaves pip and itself alone in an environment that `python -m venv` made.
    subprocess.run(
        [UV, "pip", "sync", "--quiet", "--require-hashes", ROOT / requirements],
        check=True,
        env=tool_environment(),
    )
    _STAMP.write_text(_wanted(requirements))


def _say(what: str) -> None:
    print(f"setup: {what}", flush=True)


if __name__ == "__main__":
    main()
