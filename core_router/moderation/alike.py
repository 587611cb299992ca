# ruff: noqa: RUF001 - looking alike is the point.
"""What each character that passes for another, or for nothing, passes for."""

from collections.abc import Mapping
from typing import Final

# Cyrillic and Greek letters, and some of their relatives, that look Latin.
_ALIKE: Final = (
    ("АВСЕНІЈКМОРЅТХҮЗԌԍҺԜԚҐЬ", "ABCEHIJKMOPSTXY3GgHWQrb"),
    ("аеіјорсѕухԁԛԝһӏүвкмнтгԌь", "aeijopcsyxdqwhlybkmhtrGb"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "ABEZHIKMNOPTYXCJ"),
    ("αεικνορτυχϲϳηω", "aeikvoptuxcjnw"),
    ("ӐӑӒӓЀѐЁёЇїӦӧЎўАа", "AaAaEeEeIiOoYyAa"),
    ("ıİſƖɩɑɡɢɪʀʏʙʜʟᴀᴄᴅᴇᴊᴋᴍɴᴏᴘꜱᴛᴜᴠᴡᴢ", "iIslIagGIRYBHLACDEJKMNOPSTUVWZ"),
    ("ացհոսօԱՍՏՕ", "wghnuoUUSO"),
    ("ⲀⲂⲈⲎⲒⲔⲘⲚⲞⲢⲤⲦⲬ", "ABEHIKMNOPCTX"),
    ("ⲁⲉⲟⲣⲥⲭ", "aeopcx"),
    ("ᎪᏴᏟᎠᎬᎻᎫᏦᏞᎷᏢᏚᎢᏙᎳᏃ", "ABCDEHJKLMPSTVWZ"),
)
# Joiners, direction marks, variation selectors, fillers, tags: nothing a reader sees.
_INVISIBLE: Final = (
    *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0),
    *range(0x180B, 0x1810), *range(0x200B, 0x2010), *range(0x202A, 0x202F),
    *range(0x2060, 0x2070), *range(0xFE00, 0xFE10), *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE0080), *range(0xE0100, 0xE01F0),
)  # fmt: skip
PLAIN: Final[Mapping[str, str]] = {
    **{alike: latin for these, those in _ALIKE for alike, latin in zip(these, those, strict=True)},
    **dict.fromkeys(map(chr, _INVISIBLE), ""),
}
