import pytest

from apikeys.invisible import shows_something


def code_points(text: str) -> str:
    return " ".join(f"U+{ord(character):04X}" for character in text) or "nothing"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\u00a0\u3000",
        "\u00ad",
        "\u034f",
        "\u115f\u1160",
        "\u17b4",
        "\u180b\u180f",
        "\u200b\u200d\u2060",
        "\u2800",
        "\u3164",
        "\ufe0f",
        "\uffa0",
        "\ufff9\ufffb",
        "\ufffc",
        "\U00013441\U00013442",
        "\U00016fe4",
        "\U0001d159",
        "\U000e0061\U000e0100",
        "\U000e0fff",
    ],
    ids=code_points,
)
def test_invisible_characters_count_as_nothing(text: str) -> None:
    assert not shows_something(text)
    assert shows_something(f"{text}x{text}")


@pytest.mark.parametrize(
    "text",
    ["x", "❤\ufe0f", "名前", "⠁", "가", ".", "\ufffd", "\u2422", "𓀀", "𘬀", "𝅘"],
    ids=code_points,
)
def test_visible_characters_count(text: str) -> None:
    assert shows_something(text)
