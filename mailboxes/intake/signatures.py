"""What a file really is, by its first octets: a name and a declared type are what the sender says (SPEC M24)."""

import re
from dataclasses import dataclass, field

# Enough for what stands deepest, the mark of a disc image.
HEAD_OCTETS = 33 * 1024


@dataclass(frozen=True)
class Content:
    """What octets are: in words, as which kinds of file they are judged, and under which names they are honest."""

    words: str
    judged_as: tuple[str, ...]
    honest: frozenset[str]
    begins: re.Pattern[bytes] = field(repr=False)
    at: int = 0


def content_of(head: bytes) -> Content | None:
    """Return what a file with this head is; None for what has no mark, such as text."""
    return next((one for one in _CONTENTS if one.begins.match(head, one.at)), None)


def _content(words: str, judged_as: str, honest: str, begins: bytes, at: int = 0) -> Content:
    kinds = tuple(judged_as.split())
    return Content(words, kinds, frozenset((*kinds, *honest.split())), re.compile(begins, re.DOTALL), at)


# Packages that are a ZIP archive inside, and are not taken for one.
_ZIP_PACKAGES = (
    "docx docm dotx dotm xlsx xlsm xlsb xltx xltm xlam pptx pptm potx potm ppsx ppsm ppam sldx sldm thmx vsdx vsdm "
    "odt ods odp odg odf odc ott ots otp otg epub pages numbers key jar war ear apk ipa xpi crx msix appx kmz 3mf idml "
    "zipx sketch fig mmap xmind cbz wgt nupkg whl vsix oxt one pbix twbx gpkg"
)
_OLE_FILES = "doc dot xls xlt xla ppt pps pot ppa msg oft msi msp mst vsd vss vst pub mpp mdb wps wdb db sldprt max hwp"
_CONTENTS = (
    _content(
        "a Windows program",
        "exe",
        "dll scr com cpl ocx sys drv pif xll wll ax efi mui acm tsp bin",
        # A text may begin with these letters too; no text has a NUL there.
        rb"MZ(?=.{0,62}\x00)",
    ),
    _content("a Linux program", "elf", "so o bin run ko appimage", rb"\x7fELF"),
    _content("a macOS program", "macho", "dylib bundle o bin", rb"(?:\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe)"),
    _content("a Java or macOS program", "class", "macho dylib jar", rb"\xca\xfe\xba\xbe"),
    _content("a script", "sh", "bash csh ksh zsh py pyw pl rb php js mjs lua tcl awk cgi command run", rb"#! ?/"),
    _content("a Windows shortcut", "lnk", "", rb"L\x00\x00\x00\x01\x14\x02\x00"),
    _content("a compiled help file", "chm", "", rb"ITSF"),
    _content("a Windows registry file", "reg", "", rb"REGEDIT4|Windows Registry Editor"),
    _content("a ZIP archive", "zip", _ZIP_PACKAGES, rb"PK(?:\x03\x04|\x05\x06|\x07\x08)"),
    _content("a RAR archive", "rar", "r00 cbr", rb"Rar!\x1a\x07"),
    _content("a 7-Zip archive", "7z", "cb7", rb"7z\xbc\xaf\x27\x1c"),
    _content("a gzip archive", "gz", "tgz svgz emz wmz adz", rb"\x1f\x8b"),
    _content("a bzip2 archive", "bz2", "tbz tbz2", rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"),
    _content("an xz archive", "xz", "txz", rb"\xfd7zXZ\x00"),
    _content("a Zstandard archive", "zst", "tzst", rb"\x28\xb5\x2f\xfd"),
    _content("a cabinet archive", "cab", "msu", rb"MSCF\x00"),
    _content("an LHA archive", "lzh", "lha", rb"-l[hz][0-9ds]-", at=2),
    _content("an ACE archive", "ace", "", rb"\*\*ACE\*\*", at=7),
    _content("a tar archive", "tar", "", rb"ustar", at=257),
    _content("a disc image", "iso", "img udf", rb"CD001", at=32769),
    # It may be either, and neither belongs under the name of something else.
    _content("an old Office file or an installer", "doc msi", _OLE_FILES, rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    _content("a PDF", "pdf", "ai fdf", rb"%PDF-"),
    _content("an RTF document", "rtf", "doc", rb"\{\\rtf"),
    _content("a PNG picture", "png", "apng", rb"\x89PNG\r\n\x1a\n"),
    _content("a JPEG picture", "jpg", "jpeg jpe jfif jif mpo", rb"\xff\xd8\xff"),
    _content("a GIF picture", "gif", "", rb"GIF8[79]a"),
    _content("a WebP picture", "webp", "", rb"RIFF.{4}WEBP"),
    _content("a TIFF picture", "tif", "tiff dng nef cr2 arw", rb"(?:II\*\x00|MM\x00\*)"),
)
