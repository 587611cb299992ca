import itertools

from waddlebot.lib.contrast import readable_on


def luminance(color: str) -> float:
    """As WCAG 2 says it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_can_be_read_on_every_color() -> None:
    for parts in itertools.product(range(0, 256, 17), repeat=3):
        color = "#{:02x}{:02x}{:02x}".format(*parts)

        darker, lighter = sorted([luminance(color), luminance(readable_on(color))])

        assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_text_is_black_on_light_and_white_on_dark() -> None:
    assert [readable_on(color) for color in ("#ffffff", "#000000", "#ffcc00", "#1e3a8a")] == [
        "#000000",
        "#ffffff",
        "#000000",
        "#ffffff",
    ]
