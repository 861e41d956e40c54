"""The bytes of a text file as UTF-8: what its encoding is, decided over the whole file and never in silence."""

import codecs
import re

from lull.data.schema import InputError, Problem

CHUNK = 1 << 24
MARKS = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32", codecs.BOM_UTF16_LE: "utf-16"}
MARKS |= {codecs.BOM_UTF16_BE: "utf-16"}
PROBE = 1_000  # bytes that show UTF-16 without a mark
OTHER_SCRIPT = re.compile(rb"[\x8a\x8c\x8e\x9a\x9c\x9e\x9f\xc0-\xff]{4}")  # western words have no four such letters
UTF8_LETTER = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
ASK = "Name the encoding with --encoding, or save it as CSV (UTF-8)."


def as_utf8(content: bytes, name: str, encoding: str = "") -> tuple[bytes, tuple[str, ...]]:
    """Return text as UTF-8 without a byte order mark, and what was assumed to read it.

    An `encoding` that is given is used. Raises `InputError` for what is no text, and where the encoding is in doubt.
    """
    if encoding:
        return _decoded(content, name, encoding), ()
    if mark := next((each for each in MARKS if content.startswith(each)), None):
        return _decoded(content, name, MARKS[mark]), (f"The file was read as {MARKS[mark].upper()}.",)
    if b"\0" in content:
        return _unmarked(content, name)
    wrong = _first_wrong(content)
    if wrong is None:
        return content.removeprefix(codecs.BOM_UTF8), ()
    return _western(content, name, wrong)


def _decoded(content: bytes, name: str, encoding: str) -> bytes:
    try:
        text = content.decode(encoding)
    except LookupError:
        expected = "the name of an encoding, such as utf-8, utf-16 or windows-1252"
        raise InputError(Problem("--encoding", expected, repr(encoding))) from None
    except (UnicodeError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise InputError(Problem(name, f"text in {encoding.upper()}", f"other bytes ({reason})", ASK)) from None
    if "\0" in text:
        raise _binary(name, text.count("\n", 0, text.index("\0")) + 1)
    try:
        return text.removeprefix("\ufeff").encode()
    except UnicodeEncodeError:
        raise InputError(Problem(name, f"text in {encoding.upper()}", "half of a character", ASK)) from None


def _first_wrong(content: bytes) -> int | None:
    """Return where the bytes stop to be UTF-8."""
    decoder, at = codecs.getincrementaldecoder("utf-8")(), 0
    for at in range(0, max(len(content), 1), CHUNK):
        left = len(decoder.getstate()[0])
        try:
            decoder.decode(content[at : at + CHUNK], final=at + CHUNK >= len(content))
        except UnicodeDecodeError as error:
            return at - left + error.start
    return None


def _unmarked(content: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """Return UTF-16 that has no byte order mark: every other byte of its first letters is 0."""
    probe = content[:PROBE]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(content) % 2 == 0 and not any(probe[first::2]) and all(probe[1 - first :: 2]):
            return _decoded(content, name, encoding), (f"The file was read as {encoding.upper()}.",)
    raise _binary(name, content.count(b"\n", 0, content.index(b"\0")) + 1)


def _western(content: bytes, name: str, wrong: int) -> tuple[bytes, tuple[str, ...]]:
    """Return windows-1252 as UTF-8, unless the text shows that it is something else."""
    line = content.count(b"\n", 0, wrong) + 1
    where, found = f"{name}:line {line}", f"the byte 0x{content[wrong]:02x}, which is not UTF-8"
    if UTF8_LETTER.search(content) or OTHER_SCRIPT.search(content):
        raise InputError(Problem(where, "text in UTF-8", found, ASK))
    try:
        text = content.decode("windows-1252")
    except UnicodeDecodeError:
        raise InputError(Problem(where, "text in UTF-8", found, ASK)) from None
    note = f"The file is not UTF-8 (line {line}) and was read as windows-1252; --encoding says otherwise."
    return text.encode(), (note,)


def _binary(name: str, line: int) -> InputError:
    return InputError(Problem(f"{name}:line {line}", "text (CSV)", "a NUL byte, as in a binary file"))
