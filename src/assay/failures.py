"""What an error of a library or of the system means: a reason that a person can mend, or a fault of the code."""

from __future__ import annotations

import errno
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

FAULT = 70
"""Exit code of a command that failed by a fault of the code: EX_SOFTWARE of BSD's sysexits.h."""
_LONGEST = 400
"""Characters of a library's message that are shown."""


@dataclass(frozen=True)
class Reason:
    """Why something failed, where a person can mend it.

    Attributes:
        what: has happened, as the rest of a sentence about the place.
        remedy: what to do.
        quoted: whether the library's own words say more than `what`.
    """

    what: str
    remedy: str
    quoted: bool = False


FULL = Reason(
    "no space is left on the device",
    "make room, or name another place; assay clean lists what caches and leftovers would give back",
)
LOCKED = Reason(
    "the database is locked by another process",
    "wait until that has finished, or end it, and type the command again",
)
FORBIDDEN = Reason("this user has no right to read or write there", "let its owner allow that, or name another place")
READ_ONLY = Reason("nothing can be written there, only read", "make it writable, or name another place")
HANDLES = Reason(
    "this process may open no further file",
    "allow more by ulimit -n 4096 in the same shell, or take fewer trainer.workers",
)
MEMORY = Reason(
    "there is not enough memory",
    "take a smaller trainer.batch_size or data.image_size, fewer trainer.workers, or end what else uses it",
    quoted=True,
)
WORKERS = Reason(
    "a process that loads images was ended by the system, mostly for want of memory",
    "type the command again with trainer.workers=0, or with a smaller trainer.batch_size",
)
SCHEMA = Reason(
    "the tables of the database are those of another version",
    "take the version that made them, or name another database",
    quoted=True,
)
SILENT = Reason("no answer", "see whether it runs and the network reaches it, then type the command again", quoted=True)
DAMAGED = Reason(
    "damaged, or no file of its kind",
    "put a whole copy in its place, or move it away and make it again",
    quoted=True,
)
DATABASE = Reason("the database refuses", "see to that, then type the command again", quoted=True)
_BY_NUMBER = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EACCES: FORBIDDEN,
    errno.EPERM: FORBIDDEN,
    errno.EROFS: READ_ONLY,
    errno.EMFILE: HANDLES,
    errno.ENFILE: HANDLES,
    errno.ENOMEM: MEMORY,
    **dict.fromkeys(
        (errno.ECONNREFUSED, errno.ECONNRESET, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH), SILENT
    ),
}
_BY_WORDS: tuple[tuple[str, str, Reason], ...] = (
    (r".*", r"No space left on device|database or disk is full|Disk quota exceeded", FULL),
    # torch names no reason where a write was cut off.
    (r"builtins\.RuntimeError", r"PytorchStreamWriter failed writing|unexpected pos \d+ vs \d+", FULL),
    (r"(sqlite3|sqlalchemy|psycopg|pymysql|optuna|mlflow)\b.*", r"is locked|deadlock|[Ll]ock wait timeout", LOCKED),
    (r"(sqlite3|sqlalchemy|mlflow|optuna)\b.*", r"readonly database", READ_ONLY),
    (r"(sqlite3|sqlalchemy|mlflow|optuna)\b.*", r"unable to open database|attempt to write", FORBIDDEN),
    (r"(sqlite3|sqlalchemy|mlflow|optuna)\b.*", r"not a database|is malformed|disk I/O error", DAMAGED),
    (
        r"(sqlite3|sqlalchemy|psycopg|pymysql|mlflow|optuna)\b.*",
        r"no such (table|column)|no column named|[Uu]ndefined(Table|Column)|Can't locate revision|out-of-date database",
        SCHEMA,
    ),
    (r"builtins\.MemoryError|torch.*OutOfMemoryError|numpy.*_ArrayMemoryError", r"", MEMORY),
    (
        r".*",
        r"CUDA out of memory|not enough memory|std::bad_alloc|bad allocation|Failed to allocate memory"
        r"|Cannot allocate memory|(CUBLAS|CUDNN)_STATUS_ALLOC_FAILED",
        MEMORY,
    ),
    (r"builtins\.RuntimeError", r"DataLoader worker .*(killed|exited)|insufficient shared memory", WORKERS),
    (
        r"(requests|urllib3?|httpx|httpcore|huggingface_hub|socket|http\.client|psycopg|pymysql|sqlalchemy|mlflow)\b.*",
        r"[Cc]onnection (was |is )?(refused|reset|aborted|timed out|failed)|could not (connect|translate)"
        r"|Max retries exceeded|[Tt]imed out|[Nn]ame or service not known|server closed the connection"
        r"|API request to .* failed|lost connection|Can't connect",
        SILENT,
    ),
    (r"(requests|urllib3|httpx|httpcore)\b.*(Connect|Timeout|MaxRetry|NewConnection|Proxy|SSL)\w*Error", r"", SILENT),
    (r"(requests|urllib3|httpx|httpcore)\b.*Timeout", r"", SILENT),
    (r"(sqlalchemy|sqlite3|psycopg|pymysql|optuna|mlflow)\b.*(Error|Exception)", r"", DATABASE),
    (
        r"safetensors.*|(.*\.)?SafetensorError|zipfile\.BadZipFile|tarfile\.\w+|zlib\.error|(_?lzma|gzip)\.\w+"
        r"|PIL\.\w+|PIL\.\w+\.\w+|pyarrow\.lib\.Arrow(Invalid|SerializationError)|json\.decoder\.JSONDecodeError"
        r"|yaml\..*|_?pickle\.UnpicklingError|onnxruntime\..*|google\.protobuf\..*|pandas\.errors\.\w+"
        r"|builtins\.(UnicodeDecodeError|EOFError)|struct\.error",
        r"",
        DAMAGED,
    ),
    (r"builtins\.RuntimeError", r"PytorchStreamReader failed|failed finding central directory", DAMAGED),
    (r"builtins\.(OSError|ValueError|SyntaxError)", r"truncated|broken data stream|[Cc]orrupt|magic bytes", DAMAGED),
)
"""Full name of a kind of error, its words -> the reason; the first that fits counts, and "" fits all words."""


def message_of(error: BaseException) -> str | None:
    """What a command says of an error that is not Assay's; None where a person mends nothing.

    Args:
        error: as it was raised, with its traceback.
    """
    reason = reason_of(error)
    place = place_of(error)
    if reason is None:
        if not (isinstance(error, OSError) and error.strerror and place):
            return None
        reason = Reason(error.strerror, "mend that, or name another place (--debug says where)")
    what = f"{reason.what} ({words_of(error)})" if reason.quoted and words_of(error) else reason.what
    return f"{type(error).__name__}: {f'{place}: ' if place else ''}{what}; {reason.remedy}"


def reason_of(error: BaseException) -> Reason | None:
    """The reason of an error or of what it was raised from; None for one that is not known."""
    causes = list(_causes(error))
    for cause in causes:
        number = _number(cause)
        if number in _BY_NUMBER:
            return _BY_NUMBER[number]
    for kind, words, reason in _BY_WORDS:
        for cause in causes:
            if any(re.fullmatch(kind, name) for name in _names(type(cause))) and re.search(words, str(cause)):
                return reason
    return None


def place_of(error: BaseException) -> str:
    """The file that an error names, else the one that was in hand where it was raised; "" where none was."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, OSError) and (cause.filename2 or cause.filename):
            return os.fsdecode(cause.filename2 or cause.filename)
    for cause in causes:
        for frame in reversed(_frames(cause)):
            if _package(frame) in ("assay", "hydra_plugins"):
                if paths := [value for value in frame.f_locals.values() if isinstance(value, Path)]:
                    return str(next((path for path in paths if path.is_file()), paths[-1]))
                break
    return ""


def words_of(error: BaseException) -> str:
    """The line of an error's message that says most, cut where it has no end."""
    # SQLAlchemy puts the statement with all its values behind the reason.
    text = str(getattr(error, "orig", None) or error).strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    line = next((line for line in lines if not line.endswith(":")), lines[0])
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …"


def fault_of(
    error: BaseException, words: Sequence[str], others: Sequence[str] = (), *, clean: Callable[[str], str] = str
) -> str:
    """What a command says of an error that nobody but the author of the code can mend, whose traceback it keeps.

    Args:
        error: as it was raised.
        words: of the command.
        others: packages beside Assay whose code may be at fault: plug-ins.
        clean: takes out of a text what is to be in no file, as passwords.

    Returns:
        One sentence with the file that holds the traceback.
    """
    frames = [frame for frame in _frames(error) if _package(frame) in ("assay", "hydra_plugins", *others)]
    owner = _package(frames[-1]) if frames else "assay"
    owner = owner if owner in others else "assay"
    where = f" in {frames[-1].f_globals['__name__']}" if frames else ""
    brief = f"{type(error).__name__}: {words_of(error)}".removesuffix(": ")
    text = "".join(traceback.format_exception(error))
    try:
        number, file = tempfile.mkstemp(prefix="assay-fault-", suffix=".txt")
        with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as opened:
            opened.write(clean(f"assay {' '.join(words)}\nPython {sys.version}\n\n{text}"))
    except OSError as unwritten:
        return f"{text}{owner} is at fault, not what was typed (its traceback cannot be kept: {unwritten.strerror})"
    return f"{brief}{where}; {owner} is at fault, not what was typed; report it with its traceback, {file}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was raised from; what a library was handling counts too."""
    known: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or cause in known:
            continue
        known.append(cause)
        yield cause
        handled = None if cause.__suppress_context__ or type(cause).__module__ == "builtins" else cause.__context__
        waiting += [getattr(cause, "orig", None), cause.__cause__, handled]


def _names(kind: type[BaseException]) -> list[str]:
    ours = [base for base in kind.__mro__ if base not in (object, BaseException, Exception)]
    return [f"{base.__module__}.{base.__qualname__}" for base in ours]


def _number(error: BaseException) -> int | None:
    """The system's number of an error; libraries in Rust and C++ say it in words alone."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    match = re.search(r"\(os error (\d+)\)|\[[Ee]rrno (\d+)\]|errno: ?(\d+)", str(error))
    return int(next(filter(None, match.groups()))) if match else None


def _frames(error: BaseException) -> list[FrameType]:
    return [frame for frame, _ in traceback.walk_tb(error.__traceback__)]


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
