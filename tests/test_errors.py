import pytest

from assay.errors import ConfigError, DataError, did_you_mean


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("efficientnet_bo", "efficientnet_b0"),
        ("efficientnet-lite0", "efficientnet_lite0"),
        ("RESNET50", "resnet50"),
        ("resnet5O", "resnet50"),
    ],
)
def test_the_nearest_name_is_named(name: str, nearest: str) -> None:
    options = ["efficientnet_b0", "efficientnet_b3", "efficientnet_lite0", "resnet50", "resnet101"]
    assert did_you_mean(name, options).startswith(f"did you mean {nearest}? (options: ")


def test_what_is_near_to_nothing_gets_the_options_alone() -> None:
    assert did_you_mean("zebra", ["b", "a"]) == "(options: a, b)"
    assert did_you_mean("zebra", map(str, range(100))).endswith("…)")


def test_a_wrong_config_has_an_exit_code_of_its_own() -> None:
    assert (ConfigError.exit_code, DataError.exit_code) == (2, 1)
