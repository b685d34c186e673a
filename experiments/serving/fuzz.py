"""Do made-up bytes bring the decoding of pictures down? atheris on the function that the decoding process calls.

    python experiments/serving/fuzz.py [--minutes 30] [--quick] [--folder DIR]

It begins with parts of scikit-image's photographs in every format that a client may send, and keeps what it learns in a
corpus, with which the next run goes on. A picture may take ten seconds and 3 GB, as in the service. atheris lies in an
environment of its own, and sees which lines of Python a picture reaches, not what libjpeg, libpng and libwebp do. What
it stops at is tried once more alone, because the clock of a busy machine runs out on a sound picture too.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rival_servers import environment
from skimage import data as pictures_of_skimage

PACKAGES = ("atheris==3.0.0",)
LIMITS, LONGEST = ("-timeout=10", "-rss_limit_mb=3000"), 20_000
"""Of a picture: seconds and megabytes; bytes that are made up."""
SIDE = 24
FORMATS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("JPEG", "RGB", {}),
    ("JPEG", "RGB", {"progressive": True, "quality": 60}),
    ("JPEG", "L", {}),
    ("JPEG", "CMYK", {}),
    ("PNG", "RGB", {}),
    ("PNG", "RGBA", {}),
    ("PNG", "LA", {}),
    ("PNG", "P", {}),
    ("PNG", "1", {}),
    ("PNG", "I;16", {}),
    ("WEBP", "RGB", {}),
    ("WEBP", "RGBA", {"lossless": True}),
    ("GIF", "P", {}),
    ("GIF", "P", {"save_all": True, "frames": 3}),
    ("WEBP", "RGB", {"save_all": True, "frames": 3}),
    ("MPO", "RGB", {"save_all": True, "frames": 2}),
)


def samples() -> Iterator[bytes]:
    """Files of small pictures in every format and mode that is taken, one with an orientation in its EXIF."""
    photographs = [Image.fromarray(draw()) for draw in (pictures_of_skimage.astronaut, pictures_of_skimage.cat)]
    for photograph in photographs:
        small = photograph.resize((SIDE, SIDE + 5))
        for kind, mode, options in FORMATS:
            rest = {name: value for name, value in options.items() if name != "frames"}
            picture = _in_mode(small, mode)
            if frames := options.get("frames", 0):
                rest["append_images"] = [picture.rotate(90 * n) for n in range(1, frames)]
            yield _file(picture, kind, rest)
        turned = Image.Exif()
        turned[0x0112] = 6
        yield _file(small, "JPEG", {"exif": turned})


def _in_mode(picture: Image.Image, mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture.convert("L"), dtype=np.uint16) * 257)
    return picture.convert(mode)


def _file(picture: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--quick", action="store_true", help="half a minute")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "assay-serving")
    asked = parser.parse_args(arguments)
    programs = environment("atheris", PACKAGES, asked.folder)
    (packages,) = programs.parent.glob("lib/python*/site-packages")
    corpus, findings = asked.folder / "corpus", asked.folder / "findings"
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(samples()):
        (corpus / f"sample-{number:02d}").write_bytes(content)
    seconds = 30 if asked.quick else round(60 * asked.minutes)
    tried, real, doubtful = 0, set[Path](), set[Path]()
    ends = time.monotonic() + seconds
    while (left := round(ends - time.monotonic())) > 0:
        before = set(findings.iterdir())
        words = [str(corpus), f"-max_total_time={left}", f"-max_len={LONGEST}", f"-artifact_prefix={findings}/"]
        ended = fuzzed(packages, *words, "-print_final_stats=1")
        units = re.search(r"number_of_executed_units: (\d+)", ended.stderr)
        new = set(findings.iterdir()) - before
        if units is None or (ended.returncode and not new):
            print(ended.stderr[-4000:])
            return 1
        tried += int(units[1])
        real |= {path for path in new if fuzzed(packages, str(path)).returncode}
        doubtful |= new - real
    print(f"{tried} pictures tried in {seconds / 60:g} minutes, {len(real)} findings, {len(doubtful)} not again alone")
    for path in sorted(real):
        print(f"finding: {path}\n{fuzzed(packages, str(path)).stdout[-2000:]}")
    return 1 if real or not tried else 0


def fuzzed(packages: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What `fuzzed.py` ends with.

    Args:
        packages: folder of atheris.
        words: of libFuzzer.
    """
    # This environment's packages first, so that what is fuzzed is what serves; atheris alone comes from its own.
    paths = [os.environ.get("PYTHONPATH", ""), *sys.path, str(packages)]
    return subprocess.run(
        [sys.executable, str(Path(__file__).with_name("fuzzed.py")), *LIMITS, *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


if __name__ == "__main__":
    raise SystemExit(main())
