"""Kinds of files that people refuse or allow: extensions, media types, and presets of both (SPEC M24)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mailboxes.folding import folded


class InvalidFileType(ValueError):
    """The text names no kind of file."""


@dataclass(frozen=True)
class Preset:
    """A group of kinds under one name. It is stored by its code, so that it grows with the product."""

    code: str
    words: str
    examples: str
    types: frozenset[str]


def read_types(text: str) -> list[str]:
    """Return the extensions and media types in `text`, separated by commas, blanks or line breaks.

    Raises InvalidFileType. An extension is written with or without its dot, or as "*.exe"; "video/*" is every video.
    """
    found = [_read_type(word) for word in re.split(r"[\s,;]+", text.lower()) if word]
    return list(dict.fromkeys(found))


def expanded(entries: Iterable[str]) -> frozenset[str]:
    """Return the kinds that stored entries mean, presets taken apart."""
    kinds: set[str] = set()
    for entry in entries:
        preset = PRESETS.get(entry)
        kinds |= preset.types if preset else {entry}
    return frozenset(kinds)


def preset_with(entries: Iterable[str], kind: str) -> Preset | None:
    """Return the preset among `entries` that names this kind."""
    chosen = (PRESETS[entry] for entry in entries if entry in PRESETS)
    return next((preset for preset in chosen if kind in preset.types), None)


def kind_among(kinds: frozenset[str], filename: str, content_type: str) -> str:
    """Return the first of `kinds` that the name or the declared type is of; "" for none.

    Of a name every ending counts: "letter.tar.gz" is "gz" and "tar.gz"; "invoice.pdf.exe" is "exe" and not "pdf".
    """
    return next((one for one in (*_endings(filename), *_type_forms(content_type)) if one in kinds), "")


def _endings(filename: str) -> list[str]:
    # The dot may be of full width, and blanks may stand before the last one.
    all_pieces = [piece.strip() for piece in folded(filename).split(".")]
    pieces = all_pieces[-_MOST_ENDINGS:]
    first = 1 if len(pieces) == len(all_pieces) else 0
    return [".".join(pieces[start:]) for start in range(len(pieces) - 1, first - 1, -1)]


def _type_forms(content_type: str) -> tuple[str, str]:
    lowered = content_type.lower()
    return lowered, f"{lowered.partition('/')[0]}/*"


def _read_type(word: str) -> str:
    kind = word.removeprefix("*").removeprefix(".")
    if not (_EXTENSION.fullmatch(kind) or _MEDIA_TYPE.fullmatch(kind)):
        raise InvalidFileType(f"“{word[:60]}” is no extension such as exe, and no media type such as video/*.")
    return kind


def _preset(code: str, words: str, examples: str, types: str) -> Preset:
    return Preset(f"preset:{code}", words, examples, frozenset(types.split()))


_MOST_ENDINGS = 4
_EXTENSION = re.compile(r"[^\W_][\w-]{0,19}(?:\.[^\W_][\w-]{0,19}){0,2}")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/(?:\*|[a-z0-9!#$&^_.+-]{1,100})")

PROGRAMS = _preset(
    "programs",
    "Programs and scripts",
    "exe, msi, js, vbs, ps1, lnk, jar, apk …",
    "exe com scr pif bat cmd cpl dll ocx sys drv msi msp mst msu msix msixbundle appx appxbundle appinstaller jar "
    "jnlp class js jse mjs vb vbs vbe vbscript ws wsf wsh wsc sct hta htc ps1 ps1xml ps2 ps2xml psc1 psc2 psm1 "
    "psd1 msh msh1 msh2 mshxml reg inf ins isp lnk url scf shb shs chm hlp gadget application appref-ms library- "
    "ms search-ms settingcontent-ms diagcab diagcfg diagpack msc xll wll ade adp mde mdz mam maf mag maq mar mas "
    "mat mau mav maw mda xbap website theme desktop grp job xnk vxd nsh ex ex_ rgs sh bash csh ksh zsh fish run "
    "bin elf macho command workflow action scpt applescript app pkg mpkg dmg deb rpm apk ipa appimage snap "
    "flatpak py pyc pyo pyw pyz pyzw rb pl php so dylib kext efi iqy slk application/x-msdownload "
    "application/x-dosexec application/x-msdos-program application/x-executable "
    "application/vnd.microsoft.portable-executable application/x-ms-installer application/x-msi application/hta "
    "application/x-sh application/x-csh application/x-shellscript text/x-shellscript application/x-bat "
    "application/javascript text/javascript application/x-javascript application/ecmascript text/vbscript "
    "application/java-archive application/x-java-archive application/java-vm application/x-java-jnlp-file "
    "application/vnd.android.package-archive application/x-ms-shortcut application/x-elf application/x-mach- "
    "binary application/x-debian-package application/vnd.debian.binary-package application/x-rpm "
    "application/x-apple-diskimage",
)
ARCHIVES = _preset(
    "archives",
    "Archives and disc images",
    "zip, rar, 7z, gz, iso …",
    "zip zipx 7z rar r00 tar gz tgz bz bz2 tbz tbz2 xz txz lz lzma tlz z zst tzst lzh lha arj ace cab arc cpio "
    "alz egg sit sitx uue iso img udf vhd vhdx vmdk wim application/zip application/x-zip application/x-zip- "
    "compressed application/x-7z-compressed application/vnd.rar application/x-rar application/x-rar-compressed "
    "application/x-tar application/gzip application/x-gzip application/x-bzip application/x-bzip2 "
    "application/x-xz application/zstd application/x-lzma application/x-compress application/x-compressed "
    "application/vnd.ms-cab-compressed application/x-lzh-compressed application/x-arj application/x-ace- "
    "compressed application/x-stuffit application/x-iso9660-image application/x-cd-image",
)
MACROS = _preset(
    "macros",
    "Office files with macros",
    "docm, xlsm, xlsb, pptm …",
    "docm dotm xlsm xltm xlsb xlam xla pptm potm ppsm ppam ppa sldm vsdm vssm vstm accdb accde accda mdb "
    "application/vnd.ms-word.document.macroenabled.12 application/vnd.ms-word.template.macroenabled.12 "
    "application/vnd.ms-excel.sheet.macroenabled.12 application/vnd.ms-excel.template.macroenabled.12 "
    "application/vnd.ms-excel.addin.macroenabled.12 application/vnd.ms-excel.sheet.binary.macroenabled.12 "
    "application/vnd.ms-powerpoint.presentation.macroenabled.12 application/vnd.ms- "
    "powerpoint.template.macroenabled.12 application/vnd.ms-powerpoint.slideshow.macroenabled.12 "
    "application/vnd.ms-powerpoint.addin.macroenabled.12 application/vnd.ms-powerpoint.slide.macroenabled.12 "
    "application/msaccess application/vnd.ms-access",
)
PRESETS = {preset.code: preset for preset in (PROGRAMS, ARCHIVES, MACROS)}
