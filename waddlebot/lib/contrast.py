"""Text that can be read on a colour (WCAG 2)."""

from typing import Final

BLACK: Final = "#000000"
WHITE: Final = "#ffffff"


def readable_on(color: str) -> str:
    """Return black or white, whichever stands out more from `#rrggbb`: by 4.58 to 1 or better."""
    luminance = _luminance(color)
    return BLACK if (luminance + 0.05) ** 2 > 1.05 * 0.05 else WHITE


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
