"""What is served and what is sent: bundles by the house's own export, and pictures of three sizes."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage import data as pictures_of_skimage

ASSAY = [sys.executable, "-c", "from assay.cli import main; main()"]
CLASSES = {"coarse": 5.0, "fine": 1.0, "middle": 2.5}
"""The standard deviation of the blur in pixels, of the pictures that the bundle is trained on."""
SIZES = {"30 kB": 30_000, "140 kB": 140_000, "3 MB": 3_000_000}
QUALITY = 90
NOISE = 6.0
"""Standard deviation of the grain that is laid over pictures, as a camera's: enlarged ones would be smooth."""


@dataclass(frozen=True)
class Bundles:
    """A trained EfficientNet-Lite0 at 224 px, exported twice.

    Attributes:
        project: folder with `mlruns/`, in which commands work.
        run: id of the run.
        onnx: bundle that answers in float ONNX.
        int8: bundle that answers in INT8; None where the export refused it.
    """

    project: Path
    run: str
    onnx: Path
    int8: Path | None


def assay(words: list[str], folder: Path) -> str:
    """What a command says; it has to end well."""
    ended = subprocess.run([*ASSAY, *words], cwd=folder, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"assay {' '.join(words)} ended with {ended.returncode}:\n{ended.stderr[-3000:]}")
    return ended.stdout


def draw_dataset(folder: Path, each: int = 60, size: int = 224) -> None:
    """Smooth random fields of three grains as `folder/CLASS/NNNN.png`."""
    rng = np.random.default_rng(0)
    for name, blur in CLASSES.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for index in range(each):
            field = gaussian_filter(rng.normal(size=(size, size, 3)), (blur, blur, 0))
            field = (field - field.min()) / (field.max() - field.min())
            Image.fromarray(np.rint(field * 255).astype(np.uint8)).save(folder / name / f"{index:04d}.png")


def make_bundles(cache: Path) -> Bundles:
    """The bundles, made once in a cache folder: the default training (a head on frozen features), then the export."""
    project = cache / "project"
    made = project / "run.txt"
    if not made.exists():
        shutil.rmtree(project, ignore_errors=True)
        draw_dataset(project / "pictures")
        assay(["train", "data=folder", "data.root=pictures"], project)
        (run,) = [path.name for path in (project / "mlruns" / "work").iterdir() if len(path.name) == 32]
        for form in ("onnx", "int8"):
            words = ["export", f"run={run}", "formats=[onnx,int8]", f"serve={form}", f"output={form}"]
            if form == "onnx":
                assay(words, project)
            else:  # the gate of the export may refuse it
                subprocess.run([*ASSAY, *words], cwd=project, capture_output=True, check=False)
        made.write_text(run)
    int8 = project / "int8"
    return Bundles(project, made.read_text(), project / "onnx", int8 if int8.is_dir() else None)


def make_pictures() -> dict[str, bytes]:
    """JPEGs of about 30 kB, 140 kB and 3 MB: parts of scikit-image's photographs, enlarged and grained as needed."""
    rng = np.random.default_rng(0)
    photograph = Image.fromarray(pictures_of_skimage.astronaut())
    return {name: _sized(photograph, size, rng) for name, size in SIZES.items()}


def _sized(photograph: Image.Image, size: int, rng: np.random.Generator) -> bytes:
    """The photograph as a JPEG whose size is within 5 % of what is asked for."""
    low, high = 64, 6000
    content = b""
    while high - low > 1:
        side = (low + high) // 2
        pixels = np.asarray(photograph.resize((side, side), Image.Resampling.BICUBIC), dtype=np.float64)
        grained = np.clip(pixels + rng.normal(0, NOISE, pixels.shape), 0, 255).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(grained).save(buffer, "JPEG", quality=QUALITY)
        content = buffer.getvalue()
        if abs(len(content) - size) < 0.05 * size:
            break
        low, high = (side, high) if len(content) < size else (low, side)
    return content
