"""What lies beside a bundle: archives that hold code, and how one is known to be what was exported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assay.deploy.bundle.format import Format
from assay.errors import BundleError, DataError
from assay.evaluation.record import load_record
from assay.files import sha256_of_file

FOLDER, ABOUT = "exports", "exports.json"


@dataclass(frozen=True)
class Exports:
    """What `exports.json` says.

    Attributes:
        run_id: of the run.
        sha256: of each file, hex, by name.
        formats: each form, by name.
    """

    run_id: str
    sha256: dict[str, str]
    formats: dict[str, Format]


def sealed_exports(folder: Path, *, run_id: str, seal: str) -> dict[str, Path]:
    """Files of the forms in a folder, by name of the form, that may be opened though they hold code.

    Args:
        folder: of the exports.
        run_id: that they have to be of.
        seal: hex sha256 that their list had when they were exported, as the run's tag has it.

    Raises:
        BundleError: there are none, they were not exported like that, or a file was changed since, which is named.
    """
    about = folder / ABOUT
    try:
        if sha256_of_file(about) != seal:
            raise BundleError(f"{about}: is not what was exported; export the run again")
        record = load_record(about, Exports, "list of exports", schema=1)
        if record.run_id != run_id:
            raise BundleError(f"{about}: is of run {record.run_id}, not of {run_id}")
        files = {name: folder / form.file for name, form in record.formats.items()}
        for file in files.values():
            if file.parent != folder or sha256_of_file(file) != record.sha256.get(file.name):
                raise BundleError(f"{file}: is not what was exported; export the run again")
    except OSError as error:
        raise BundleError(f"{error.filename or about}: cannot be read ({error.strerror or error})") from error
    except DataError as error:
        raise BundleError(str(error)) from error
    return files
