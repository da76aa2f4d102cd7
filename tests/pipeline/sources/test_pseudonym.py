import pytest

from pipeline.errors import SettingsError
from pipeline.pseudonym import Pseudonyms, load_pseudonyms
from pipeline.settings import Settings

KEY = b"0123456789abcdef"


def test_it_is_128_bits_of_lower_hex(pseudonyms: Pseudonyms) -> None:
    pseudonym = pseudonyms.of("irc", "mdiggory")
    assert len(pseudonym) == 32
    assert pseudonym == f"{int(pseudonym, 16):032x}"


def test_it_is_the_hmac_that_any_language_can_compute() -> None:
    # printf '3:ircmdiggory' | openssl dgst -sha256 -hmac 0123456789abcdef | cut -c1-32
    assert Pseudonyms(KEY).of("irc", "mdiggory") == "ee47fb191b06172a65f94f19316a1730"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("irc", "ann"), ("irc", "bob")),
        (("irc", "ann"), ("slack", "ann")),
        (("irc", "ann"), ("irca", "nn")),
        (("irc", "ann"), ("irc", "Ann")),
    ],
)
def test_persons_are_told_apart(
    one: tuple[str, str], other: tuple[str, str], pseudonyms: Pseudonyms
) -> None:
    assert pseudonyms.of(*one) != pseudonyms.of(*other)


def test_another_key_gives_other_persons_and_another_key_id() -> None:
    one, other = Pseudonyms(KEY), Pseudonyms(KEY + b"!")
    assert one.of("irc", "ann") != other.of("irc", "ann")
    assert one.key_id != other.key_id


def test_any_text_can_be_a_person(pseudonyms: Pseudonyms) -> None:
    assert len({pseudonyms.of("irc", name) for name in ("", "\ud800", "群友", "a\nb", "🙂")}) == 5


def test_a_missing_key_says_how_to_make_one() -> None:
    with pytest.raises(SettingsError, match="openssl rand -hex 32"):
        load_pseudonyms(Settings(pseudonym_key=""))  # type: ignore[arg-type]
