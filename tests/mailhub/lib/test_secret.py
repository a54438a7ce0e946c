import base64
import copy
import pickle

import pytest

from mailhub.lib.secret import MASK, Secret, mask


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret("pw-CANARY")

    assert f"{secret} {secret!r} {secret:>3} {[secret]}".count("CANARY") == 0
    assert secret.reveal() == "pw-CANARY"


def test_secrets_are_equal_by_value_and_to_nothing_else() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert copy.deepcopy(Secret("a")) == Secret("a")


def test_a_secret_cannot_be_serialised() -> None:
    with pytest.raises(TypeError, match="serialised"):
        pickle.dumps(Secret("a"))


@pytest.mark.parametrize("user", ["", "a", "ad", "ada", "ada@example.com"])
@pytest.mark.parametrize("value", ["pw-CANARY-1", "pässword", 'quo"te\\d', "longer pass phrase of several words"])
def test_mask_takes_out_every_form(user: str, value: str) -> None:
    plain = base64.b64encode(f"\0{user}\0{value}".encode()).decode()
    alone = base64.b64encode(value.encode()).decode()
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')

    masked = mask(f'said {value}, "{quoted}", AUTH {plain} and {alone} end', Secret(value))

    assert masked == f'said {MASK}, "{MASK}", AUTH {MASK} and {MASK} end'


def test_mask_leaves_other_words_alone() -> None:
    assert mask("Authentication failed.", Secret("pw-CANARY"), Secret(""), Secret("x9")) == "Authentication failed."
