"""Characters that show nothing by themselves.

Owns the list. It consists of Unicode's property Default_Ignorable_Code_Point, which Python does not have and
which includes the Hangul fillers; the marks of interlinear annotation, and the one that replaces an object;
and what Unicode's list of names calls blank, null or a filler and has no glyph: in Braille, Egyptian
hieroglyphs, the Khitan small script and music. What joins letters, or selects their form, is not in it: the
letters show it. The settings page gets the list with its document, and marks the same characters where it
shows a name.
https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
https://www.unicode.org/Public/UCD/latest/ucd/NamesList.txt
"""

import re
import unicodedata

#: The first and the last of each range of code points.
RANGES = (
    *((0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5)),
    *((0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800)),
    *((0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFC)),
    *((0x13441, 0x13442), (0x16FE4, 0x16FE4), (0x1BCA0, 0x1BCA3), (0x1D159, 0x1D159), (0x1D173, 0x1D17A)),
    (0xE0000, 0xE0FFF),
)

#: One such character.
INVISIBLE = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in RANGES) + "]")


def shows_something(text: str) -> bool:
    """Whether there is anything to see in `text`. Spaces, controls and unassigned characters show nothing."""
    return any(unicodedata.category(character)[0] not in "CZ" for character in INVISIBLE.sub("", text))
