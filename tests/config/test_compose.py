from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from assay.config.check import check
from assay.config.compose import compose, groups
from assay.config.help import default_options, described, help_text
from assay.config.searched import check_any, search_of, without_search
from assay.errors import ConfigError

# Options that need a value which only a person can give.
NEEDED = {
    "folder": ["data.root=photos"],
    "table": ["data.path=table.csv"],
    "torchvision": ["data.root=photos", "data.name=FashionMNIST"],
    "timm": ["model.name=resnet18"],
    "model/ensemble": ["model.members=[0123abcd,89abcdef]"],
    "finetune/none": ["model=ensemble", "model.members=[0123abcd,89abcdef]"],
    "distill": ["loss.teacher=0123abcd"],
    "server": ["tracking.uri=http://127.0.0.1:5000"],
    "amulet": ["data.root=photos"],
    "exposr": ["data.root=photos"],
    **{
        f"{group}/{option}": ["hydra/sweeper=optuna"]
        for group in ("hydra/sweeper/sampler", "hydra/sweeper/pruner")
        for option in groups()[group]
    },
}
OPTIONS = [(group, option) for group, options in groups().items() for option in options]


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_option_composes_passes_the_check_and_is_described(group: str, option: str) -> None:
    extra = ["finetune=two_stage"] if option in ("cutmix", "mixup_cutmix") else []
    if (group, option) == ("finetune", "adapter"):
        pytest.importorskip("peft")
    check(compose([f"{group}={option}", *NEEDED.get(option, []), *NEEDED.get(f"{group}/{option}", []), *extra]))
    assert described(group, option).endswith((".", "?")), f"{group}/{option}.yaml begins without a sentence"


def test_every_default_is_an_option() -> None:
    known = groups()
    assert all(option is None or option in known[group] for group, option in default_options().items())


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("model=efficientnet_bo", "model=efficientnet_bo: no such option; did you mean efficientnet_b0? (options: "),
        ("modle=resnet50", "did you mean model?"),
        ("optimizer.lrr=0.1", "did you mean lr?"),
        ("trainer.batchsize=3", "did you mean batch_size?"),
        ("sede=3", "did you mean seed?"),
        ("seed=abc", "seed: must be a whole number, got 'abc'"),
        ("optimizer.lr=fast", "optimizer.lr: must be float, got 'fast'"),
        ("trainer.batch_size=0", "trainer.batch_size: must be at least 1, got 0"),
        ("trainer.strategy=dpd", "trainer.strategy: must be auto or ddp"),
        ("data.task=grades", "data.task: must be grade or binary"),
        ("data.fold=1", "data.fold and data.folds belong together"),
        ("+foo=1", "foo: no such key; "),
        ("optimizer.betas=[1]", "optimizer.betas: must be two numbers from 0 to below 1, as in [0.9,0.999], got [1]"),
        ("optimizer.betas=[a,b]", "optimizer.betas: must be"),
        ("optimizer.betas=[0.9,1]", "optimizer.betas: must be two numbers from 0 to below 1"),
        ("loss.label_smoothing=1", "loss.label_smoothing: must be at least 0 and below 1, got 1"),
        ("trainer.ema_decay=1", "trainer.ema_decay: must be at least 0 and below 1, got 1"),
        ("trainer.devices=some", "trainer.devices: must be int or auto, got 'some'"),
        ("trainer.devices=-1", "trainer.devices: must be at least 1, got -1"),
        ("trainer.workers=1000000", "trainer.workers: must be from 0 to 1024, got 1000000"),
        ("mirror_limit=much", "mirror_limit=much: a size is needed, as 500MB"),
        ("data.split.train=nan", "data.split: shares must add up to 1 and not be negative; got train nan"),
        ("evaluation.resamples=1000000000", "evaluation.resamples: must be from 20 to 100000, got 1000000000"),
        ("evaluation.latency_runs=1000000000", "evaluation.latency_runs: must be from 1 to 100000, got 1000000000"),
        ("data.pseudo_ratio=-1", "data.pseudo_ratio: must be from 0.01 to 10, got -1"),
        ("data.pseudo_ratio=nan", "data.pseudo_ratio: must be from 0.01 to 10, got nan"),
        ("aug.image=3", "aug.image: must be given by its entries, aug.image.NAME._target_=…, got 3"),
        ("optimizer=[adamw]", "optimizer=[adamw]: takes one option; type optimizer=adamw"),
        ("name=${model.nme}", "${model.nme} stands for the value of a key, and model.nme: no such key 'nme' in model"),
        ("optimizer={lrr: 1}", "optimizer.lrr: no such key 'lrr' in optimizer; did you mean lr?"),
        ("+seeed=1", "seeed: no such key; did you mean seed?"),
        ("+loss._args_=[1]", "loss._args_: no such key"),
        ("data.split.test=0.9", "data.split: shares must add up to 1"),
        ("data.resize=squish", "did you mean squash?"),
        ("aug=cutmix", "CutMix needs pictures"),
        ("aug=[standard,strong]", "aug=[standard,strong]: each of them makes a view of the whole picture; take one"),
        ("aug=[standard,none]", "aug=[standard,none]: none goes with no other; take aug=standard, or aug=none"),
        ("aug=[none,strong,mixup]", "none goes with no other; take aug=[strong,mixup], or aug=none"),
        ("aug=[mixup,cutmix]", "aug=[mixup,cutmix]: a batch is mixed in one way"),
        ("+aug.image._target_=assay.augment.strong.Strong", "aug.image: each entry needs a name of its own"),
        ("finetune.views=3", "add aug=standard"),
        ("model.weights=none", "the backbone would stay random"),
        ("++model._target_=os.system", "os.system is not allowed"),
        ("model._target_=subprocess.run", "subprocess.run is not allowed"),
        ("ood/detector=knnn", "ood/detector=knnn: no such option; did you mean knn? (options: auto, energy,"),
        ("ood/detektor=knn", "ood/detektor: no such group; did you mean ood/detector?"),
        ("ood.detector.normalise=true", "did you mean normalize?"),
        ("ood.out_rate=0.2", "ood.out_rate=0.2 must not be above ood.unsure_rate=0.05"),
        ("data.ood_val=[textures]", "data.ood and data.ood_val both have textures"),
        ("data.ood=[texture]", "neither a file or folder nor a set that comes with Assay; did you mean textures?"),
        ("data.ood=textures", "data.ood: must be a list, as in data.ood=[a,b]"),
        (
            "data.root=photos",
            "'root' in data; data.root belongs to data=exposr, data=folder, data=table and data=torch",
        ),
        ("loss.gamma=2", "loss.gamma belongs to loss=focal: type loss=focal loss.gamma=…"),
        ("root=photos", "root: no such key 'root'; data.root belongs to data=exposr, data=folder, data=table"),
        ("head.strength=1", "head.strength belongs to head="),
        ("~loss", "~loss: a training needs one; take another, loss=… (options: balanced_softmax"),
        ("~ood", "~ood: a training needs one; take another, ood=…"),
        ("~nope", "nope: no such key 'nope'"),
        ("~optimizer.lrr", "did you mean lr?"),
        ("foo", "foo: cannot be understood"),
        ("optimizer.lr=[", "optimizer.lr=[: cannot be understood"),
    ],
)
def test_a_wrong_word_is_answered_with_the_nearest_right_one(override: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(compose([override]))
    assert said in str(caught.value)


def test_a_missing_value_is_asked_for() -> None:
    with pytest.raises(ConfigError, match=r"data\.root"):
        check(compose(["data=folder"]))
    with pytest.raises(ConfigError, match=r"data\.root: a value is needed; give data\.root=…"):
        check(compose(["data=folder", "data.root=photos", "~data.root"]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["reject=none", "reject.coverage=0.3"], r"reject\.coverage belongs to reject=coverage: type reject=coverage"),
        (["ood=none", "ood.out_rate=0.1"], r"ood\.out_rate belongs to ood="),
        (["evaluation=val", "evaluation.resamples=50"], r"evaluation\.resamples belongs to .*evaluation=quick"),
    ],
)
def test_a_key_that_the_chosen_option_has_not_is_said_to_be_of_another(words: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        compose(words)
    compose(words[1:])


def test_what_belongs_to_another_option_is_accepted_as_the_message_says() -> None:
    for words in (
        ["data=folder", "data.root=photos"],
        ["loss=focal", "loss.gamma=2"],
        ["head=logistic", "head.strength=1"],
    ):
        with pytest.raises(ConfigError, match=f"{words[0]}.*: type "):
            compose(words[1:])
        compose(words)


def test_several_options_are_for_several_trainings_as_the_message_says() -> None:
    with pytest.raises(ConfigError, match=r"type loss=focal, or -m loss=focal,ldam_drw for a training with each"):
        compose(["loss=[focal,ldam_drw]"])
    assert compose(["loss=focal"]).loss.gamma
    assert compose(["aug=[strong,mixup]"]).aug.mix
    assert compose(["experiment=[strong]"]).seed == 0


def test_pictures_are_no_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    (tmp_path / "list.csv").touch()
    (tmp_path / "folder").mkdir()
    for word, said in {
        "data=photos": "data=photos: is a folder, not an option; type data=folder data.root=photos",
        "data=list.csv": "data=list.csv: is a file, not an option; type data=table data.path=list.csv",
        f"data={tmp_path}": f"data=folder data.root={tmp_path}",
    }.items():
        with pytest.raises(ConfigError) as refused:
            compose([word])
        assert said in str(refused.value)
        data = compose(shlex.split(str(refused.value).partition("type ")[2])).data
        assert (data.get("path") or data.root) == word.partition("=")[2]
    assert compose(["data=folder", "data.root=x"]).data.root == "x"


def test_the_cnn_from_scratch_is_trained_in_full_unless_told_otherwise() -> None:
    assert compose(["model=baseline_cnn"]).finetune._target_.endswith(".Full")
    with pytest.raises(ConfigError, match="stay random"):
        check(compose(["model=baseline_cnn", "finetune=head_only"]))


def test_a_group_inside_another_needs_an_option_that_has_it() -> None:
    with pytest.raises(ConfigError, match="ood/detector: this option of ood has none"):
        compose(["ood=none", "ood/detector=knn"])


def test_help_names_every_group_and_option() -> None:
    shown = help_text("python train.py")
    for group, option in OPTIONS:
        assert f"\n{group}" in shown
        assert f" {option} " in shown


def test_config_is_composed_without_anything_heavy() -> None:
    program = (
        "import sys\nfrom assay.config.check import check\nfrom assay.config.compose import compose\n"
        "check(compose(['aug=mixup', 'data=folder', 'data.root=x']))\n"
        "print([m for m in ('torch', 'mlflow', 'timm', 'pandas', 'numpy', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_config_error_exits_with_two_and_starts_nothing(tmp_path: Path) -> None:
    train = Path(__file__).parents[2] / "train.py"
    done = subprocess.run(
        [sys.executable, str(train), "-m", "seed=0,1", "model=resnet50,resnet5O"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("ConfigError: model=resnet5O: no such option; did you mean resnet50?")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", groups()["sweep"])
def test_a_ready_made_search_is_one_that_works(option: str) -> None:
    search = search_of([f"sweep={option}"], multirun=True)
    assert search is not None
    check_any([f"sweep={option}"], search)


def test_the_command_line_has_the_last_word_in_a_ready_made_search() -> None:
    typed = ["sweep=head", "evaluation=full", "hydra/sweeper/sampler=random", "hydra.sweeper.n_trials=3"]
    search = search_of(typed, multirun=True)
    assert search is not None
    assert (search["n_trials"], search["sampler"]["_target_"]) == (3, "optuna.samplers._random.RandomSampler")
    assert compose(typed).evaluation.robustness is not None


@pytest.mark.parametrize(
    ("words", "multirun", "said"),
    [
        (["sweep=head"], False, "sweep=head: a search is many trainings; add -m before it"),
        (["hydra/sweeper=optuna"], False, "hydra/sweeper=optuna: a search is many trainings; add -m before it"),
        (["sweep=head,finetune"], True, "one search at a time; take one of finetune, head"),
        (["sweep=haed"], True, "sweep=haed: no such option; did you mean head?"),
    ],
)
def test_a_search_that_cannot_be_is_answered(words: list[str], multirun: bool, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        search_of(words, multirun=multirun)
    assert said in str(caught.value)


def test_what_is_no_search_is_left_to_hydra() -> None:
    assert search_of(["sweep=null", "hydra/sweeper=basic"], multirun=False) is None
    assert search_of(["loss=choice(focal)", "loss.gamma=1"], multirun=True) is None


def test_a_search_whose_conditions_make_it_work_is_not_refused(tmp_path: Path) -> None:
    (tmp_path / "hook.py").write_text(
        "def mend(point, draw):\n    assert point['aug'] == 'cutmix' and draw('optimizer.lr=interval(0,1)') < 2\n"
        "    draw('finetune=choice(full,two_stage)')\n"
    )
    words = ["hydra/sweeper=optuna", "aug=cutmix", "seed=range(3)"]
    search = search_of(words, multirun=True)
    assert search is not None
    with pytest.raises(ConfigError, match="CutMix needs pictures"):
        check_any(words, search)
    words.append(f"hydra.sweeper.conditional={tmp_path}/hook.py:mend")
    search = search_of(words, multirun=True)
    assert search is not None
    check_any(words, search)
    with pytest.raises(ConfigError, match=r"hydra.sweeper.conditional: AssertionError: .*hook.py, line 2"):
        check_any([*words, "aug=mixup"], search)


def test_cfg_job_prints_yaml_that_can_be_read_again(tmp_path: Path) -> None:
    train = Path(__file__).parents[2] / "train.py"
    done = subprocess.run(
        [sys.executable, str(train), "seed=7", "--cfg", "job"], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert OmegaConf.create(done.stdout).seed == 7


@pytest.mark.parametrize("name", groups()["sweep"])
def test_a_trial_of_a_ready_made_search_is_trained_again_without_its_name(name: str) -> None:
    trial = [f"sweep={name}", "optimizer.lr=0.01"]
    again = without_search(trial)
    assert not any(word.startswith("sweep=") for word in again)
    assert OmegaConf.to_container(compose(again)) == OmegaConf.to_container(
        compose([f"sweep={name}", "optimizer.lr=0.01"])
    )


def test_a_new_entry_of_a_mapping_is_added_as_the_error_says() -> None:
    words = ["data=folder", "data.root=x", "evaluation=delivery"]
    with pytest.raises(
        ConfigError, match=r"has no entry 'mine'; a new one is added by \+evaluation\.delivery\.chains\.mine=…"
    ):
        compose([*words, "evaluation.delivery.chains={mine: [{jpeg: 60}]}"])
    chains = compose([*words, "+evaluation.delivery.chains.mine=[{jpeg: 60}]"]).evaluation.delivery.chains
    assert chains.mine == [{"jpeg": 60}]
