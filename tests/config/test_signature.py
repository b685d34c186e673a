import sys

import pytest

from assay.config.signature import signature_of


def problem(target: str, key: str, value: object) -> str | None:
    found = signature_of(target)
    assert found is not None
    return found[0][key].problem(value)


SETTINGS = "assay.models.trainer_settings.TrainerSettings"


def test_a_dataclass_is_read_field_by_field() -> None:
    signature, takes_any = signature_of(SETTINGS)
    assert not takes_any
    assert list(signature)[:2] == ["batch_size", "accelerator"]
    assert not signature["batch_size"].required


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("batch_size", 32, None),
        ("batch_size", "many", "must be int, got 'many'"),
        ("batch_size", 2.5, "must be int, got 2.5"),
        ("batch_size", True, "must be int, got True"),
        ("batch_size", 0, "must be at least 1, got 0"),
        ("patience", None, None),
        ("patience", 0, "must be at least 1, got 0"),
        ("ema_decay", 0.99, None),
        ("ema_decay", 1.5, "must be at least 0 and below 1, got 1.5"),
        ("gradient_clip", 0, "must be above 0, got 0"),
        ("gradient_clip", float("inf"), "must be a finite number, got inf"),
        ("gradient_clip", float("nan"), "must be a finite number, got nan"),
        ("workers", "auto", None),
        ("workers", 2, None),
        ("strategy", "dpd", "must be auto or ddp, got 'dpd'"),
        ("compile", "yes", "must be bool, got 'yes'"),
    ],
)
def test_values_are_held_against_types_choices_and_bounds(key: str, value: object, said: str | None) -> None:
    assert problem(SETTINGS, key, value) == said


def test_a_class_of_torch_is_read_without_importing_torch() -> None:
    before = "torch" in sys.modules
    assert problem("torch.optim.adamw.AdamW", "lr", "fast") is not None
    assert problem("torch.optim.adamw.AdamW", "lr", 1e-3) is None
    assert ("torch" in sys.modules) == before


def test_a_name_that_is_not_there_has_no_signature() -> None:
    assert signature_of("assay.models.trainer_settings.Settings") is None
    assert signature_of("assay.nowhere.Settings") is None
    assert signature_of("not_installed_at_all.Thing") is None
