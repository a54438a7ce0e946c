"""Brings the front-end files of other projects into `static/vendor`, as `assets.json` pins them.

usage: python3 -m scripts.assets

Each package is fetched once, checked against its pinned SHA-512, and only the listed files are unpacked. The icon
sprite is cut down to the icons that we use.
"""

import base64
import hashlib
import json
import re
import shutil
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scripts import icons, npm
from scripts.environment import CACHE, ROOT

VENDOR = ROOT / "static" / "vendor"
_PINS = ROOT / "assets.json"
_STAMP = VENDOR / ".stamp"
_SPRITE_PACKAGE, _SPRITE = "@tabler/icons-sprite", "dist/tabler-sprite.svg"
# Django's manifest storage refuses a sourceMappingURL whose map is not there.
_SOURCE_MAP = re.compile(rb"\n?(//[#@] sourceMappingURL=\S+|/\*[#@] sourceMappingURL=\S+?\s*\*/)\s*$")


@dataclass(frozen=True)
class Package:
    """A pinned package: `files` maps what is in it to where it goes in `static/vendor`."""

    name: str
    version: str
    integrity: str
    files: dict[str, str]

    @property
    def tarball(self) -> Path:
        """Where the package is kept once it was fetched."""
        return CACHE / "assets" / f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"

    @property
    def is_cached(self) -> bool:
        """Whether the very package that was pinned is here."""
        return self.tarball.exists() and _integrity(self.tarball) == self.integrity


def main() -> None:
    """Bring `static/vendor` up to date; end with a message when a package or an icon is not what was pinned."""
    wanted = _digest()
    if _STAMP.exists() and _STAMP.read_text() == wanted:
        return
    packages = [Package(name, **pin) for name, pin in json.loads(_PINS.read_text()).items()]
    _fetch([package for package in packages if not package.is_cached])
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        fresh = Path(name) / "vendor"
        for package in packages:
            _unpack(package, fresh)
        (fresh / "icons.svg").write_text(_sprite(packages))
        (fresh / ".stamp").write_text(wanted)
        _replace(fresh)
    print(f"setup: static/vendor has {len(packages)} packages", flush=True)


def _digest() -> str:
    inputs = [_PINS.read_text(), *sorted(icons.used(ROOT))]
    return hashlib.sha256("\n".join(inputs).encode()).hexdigest()


def _fetch(packages: list[Package]) -> None:
    if not packages:
        return
    print(f"setup: fetching {', '.join(package.name for package in packages)}", flush=True)
    directory = CACHE / "assets"
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory) as name:
        tarballs = npm.pack([f"{package.name}@{package.version}" for package in packages], Path(name))
        for package in packages:
            found = _integrity(tarballs[package.name])
            if found != package.integrity:
                sys.exit(f"{package.name}@{package.version} is {found}, but {package.integrity} was pinned")
            tarballs[package.name].rename(package.tarball)


def _unpack(package: Package, directory: Path) -> None:
    with tarfile.open(package.tarball) as tarball:
        for source, destination in package.files.items():
            path = directory / destination
            path.parent.mkdir(parents=True, exist_ok=True)
            contents = _member(tarball, source)
            path.write_bytes(_SOURCE_MAP.sub(b"\n", contents) if path.suffix in {".css", ".js"} else contents)


def _sprite(packages: list[Package]) -> str:
    [package] = [package for package in packages if package.name == _SPRITE_PACKAGE]
    with tarfile.open(package.tarball) as tarball:
        return icons.cut(_member(tarball, _SPRITE).decode(), icons.used(ROOT))


def _member(tarball: tarfile.TarFile, name: str) -> bytes:
    try:
        member = tarball.extractfile(f"package/{name}")
    except KeyError:
        member = None
    if member is None:
        sys.exit(f"{tarball.name!s} has no file {name}")
    return member.read()


def _replace(fresh: Path) -> None:
    if VENDOR.exists():
        shutil.rmtree(VENDOR)
    VENDOR.parent.mkdir(exist_ok=True)
    fresh.rename(VENDOR)


def _integrity(path: Path) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


if __name__ == "__main__":
    main()
