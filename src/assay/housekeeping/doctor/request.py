"""What is asked of `assay doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.bounds import Between
from assay.config.request import Help
from assay.serving.keys_request import STORE


@dataclass(frozen=True)
class DoctorRequest:
    """The words of `assay doctor` itself.

    Attributes:
        checks: names of the checks that look; () for all.
        mend: whether what a machine can put right is put right.
        store: of the service.
        kept: folder of kept pictures.
        jobs: folder of what was sent as jobs.
        tls_cert: certificate of the service; "" for none.
        tls_key: its private key; "" for the same file.
        address: of a running service, which is asked whether it is ready; "" for none.
        full_days: within which a disk that fills up is warned of.
        retrain_hours: without a look for what is due, after which its timer does not run.
    """

    checks: Annotated[tuple[str, ...], Help("those alone, as [disk,clock]; all without it")] = ()
    mend: Annotated[bool, Help("put right what a machine can: missing indexes, migrations, modes of files")] = False
    store: Annotated[str, Help(STORE)] = ""
    kept: Annotated[str, Help("folder of kept pictures, as assay serve takes it")] = ""
    jobs: Annotated[str, Help("folder of what was sent as jobs, as assay serve takes it")] = ""
    tls_cert: Annotated[str, Help("certificate of the service, as assay serve takes it", shown="FILE")] = ""
    tls_key: Annotated[str, Help("its private key, as assay serve takes it", shown="FILE")] = ""
    address: Annotated[str, Help("of the running service, such as http://127.0.0.1:8000; not asked without it")] = ""
    full_days: Annotated[float, Between(1, 3650), Help("warn where the log fills the disk within so many days")] = 30.0
    retrain_hours: Annotated[float, Between(0.1, 8760), Help("after which a timer of assay retrain due is late")] = 26.0
