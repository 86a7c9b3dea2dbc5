"""Characters as people see them: where a text may be parted, and which it must not carry. No I/O."""

import re
import unicodedata

_JOINERS = "\u200c\u200d"
_FLAG = "\U0001f3f4"

_UNSEEN_CHARACTERS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but tab and newline
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0"  # soft hyphen, fillers
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # zero width, direction, annotation
    "\U0001d173-\U0001d17a\U000e0100-\U000e01ef"  # musical formatting, selectors that smuggle bytes
)
_UNSEEN = re.compile(f"[{_UNSEEN_CHARACTERS}]+")
_TAGS = re.compile(f"({_FLAG}[\U000e0061-\U000e007a\U000e0030-\U000e0039]{{2,8}}\U000e007f)|[\U000e0000-\U000e007f]+")
_STRAY_JOINERS = re.compile(f"(?:(?<=[\x00-\x7f])|^)[{_JOINERS}]+|(?<=[{_JOINERS}])[{_JOINERS}]+")
_ODD = re.compile(f"[{_UNSEEN_CHARACTERS}\u200c\u200d\u2028\u2029\ud800-\udfff\U000e0000-\U000e007f]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """The text without what nobody can see: controls, changes of direction, invisible and smuggled characters.

    Joiners stay within scripts and emoji that need them, tags within flags. Half a character becomes U+FFFD.
    """
    if text.isascii():
        is_plain = text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable()
    else:
        is_plain = not _ODD.search(text)
    if is_plain:
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    if _LONE.search(text):
        text = _LONE.sub("\ufffd", _PAIR.sub(_joined, text))
    text = _TAGS.sub(lambda match: match[1] or "", _UNSEEN.sub("", text))
    return _STRAY_JOINERS.sub("", text)


def may_part(text: str, at: int) -> bool:
    """Whether `text` may be parted before `text[at]`: not within a grapheme, a surrogate pair, a joined emoji, a flag.

    A little stricter than Unicode's rules (never after a joiner); it looks at nothing beyond `text[at]`, so what was
    parted stays so while the text grows.
    """
    before, after = text[at - 1], text[at]
    if before < "\u0300" and after < "\u0300":
        return before != "\r" or after != "\n"
    if before == _JOINERS[1] or _extends(after):
        return False
    if _is_regional(after) and _is_regional(before):
        return _regionals_before(text, at) % 2 == 0
    if "\udc00" <= after <= "\udfff":
        return not "\ud800" <= before <= "\udbff"
    return not (_is_jamo(after) and _is_hangul(before))


def part_at_most(text: str, most: int) -> int:
    """The last place from 1 to `most` before which `text` may be parted; `most` when one character fills it all."""
    at = most
    while at > 0 and not may_part(text, at):
        at -= 1
    if at > 0:
        return at
    split_pair = most > 1 and "\ud800" <= text[most - 1] <= "\udbff" and "\udc00" <= text[most] <= "\udfff"
    return most - 1 if split_pair else most


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _extends(char: str) -> bool:
    return (
        char in _JOINERS
        or unicodedata.category(char) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= char <= "\U000e007f"  # tags of a flag
    )


def _is_regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _regionals_before(text: str, at: int) -> int:
    start = at
    while start > 0 and _is_regional(text[start - 1]):
        start -= 1
    return at - start


def _is_jamo(char: str) -> bool:
    return "\u1100" <= char <= "\u11ff" or "\ua960" <= char <= "\ua97c" or "\ud7b0" <= char <= "\ud7fb"


def _is_hangul(char: str) -> bool:
    return _is_jamo(char) or "\uac00" <= char <= "\ud7a3"
