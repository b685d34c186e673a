"""What a launcher may be told, with types and bounds; one class for each option of `hydra/launcher`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from assay.config.bounds import AtLeast
from assay.config.check import check_node
from assay.config.extras import require


@dataclass(frozen=True)
class JoblibSettings:
    """Jobs in processes of this machine.

    Attributes:
        n_jobs: how many at once; "auto" for one per GPU or, without a GPU, one per core.
    """

    n_jobs: Annotated[int | Literal["auto"], AtLeast(1)] = "auto"


@dataclass(frozen=True)
class SubmititLocalSettings:
    """Jobs in processes of this machine that know nothing of each other.

    Attributes:
        submitit_folder: for what goes to and from a process, and its logs.
        n_jobs: how many at once; "auto" for one per GPU or, without a GPU, one per core.
        timeout_min: minutes after which a job is ended.
    """

    submitit_folder: str
    n_jobs: Annotated[int | Literal["auto"], AtLeast(1)] = "auto"
    timeout_min: Annotated[int, AtLeast(1)] = 10_080


@dataclass(frozen=True)
class SubmititSlurmSettings:
    """Jobs of a Slurm cluster.

    Attributes:
        submitit_folder: for what goes to and from a job, and its logs; every node sees it.
        name: of the jobs in Slurm's queue.
        timeout_min: minutes after which Slurm ends a job.
        cpus_per_task: cores of a job.
        gpus_per_node: GPUs of a job; 0 for none.
        mem_gb: memory of a job, in GB; None leaves it to the cluster.
        array_parallelism: how many jobs of a multirun run at once, at most.
        partition: of the cluster.
        account: that is charged.
        qos: quality of service.
        constraint: on the nodes, e.g. a kind of GPU.
        setup: shell lines before each job, e.g. `source .venv/bin/activate`.
        additional_parameters: further flags of sbatch, by name.
    """

    submitit_folder: str
    name: str = "assay"
    timeout_min: Annotated[int, AtLeast(1)] = 1440
    cpus_per_task: Annotated[int, AtLeast(1)] = 8
    gpus_per_node: Annotated[int, AtLeast(0)] = 1
    mem_gb: Annotated[int | None, AtLeast(1)] = None
    array_parallelism: Annotated[int, AtLeast(1)] = 256
    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    setup: list[str] | None = None
    additional_parameters: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class RaySettings:
    """Jobs as tasks of a Ray cluster.

    Attributes:
        address: of the cluster, "auto" for the one of this machine; "local" starts one here for the multirun.
        num_cpus: cores of a cluster that is started here; None for all.
        cpus_per_job: cores that a job takes.
        gpus_per_job: GPUs that a job takes; "auto" for one where the cluster has any.
    """

    address: str = "local"
    num_cpus: Annotated[int | None, AtLeast(1)] = None
    cpus_per_job: Annotated[int, AtLeast(1)] = 1
    gpus_per_job: Annotated[float | Literal["auto"], AtLeast(0)] = "auto"


S = TypeVar("S", JoblibSettings, SubmititLocalSettings, SubmititSlurmSettings, RaySettings)


def read_settings(
    kind: type[S], values: Mapping[str, Any], *, package: str, extra: str, place: str = "hydra.launcher"
) -> S:
    """Settings from a plain config node, once what they are for is installed.

    Args:
        kind: of the settings.
        values: the node, without its target.
        package: whose absence means that the extra is not installed.
        extra: of Assay, that brings it.
        place: of the node, for errors.

    Raises:
        ConfigError: it is not installed, a key is unknown, or a value of the wrong type.
    """
    require(place.replace(".", "/"), package, extra)
    check_node(place, {**values, "_target_": f"{__name__}.{kind.__name__}"})
    return kind(**values)
