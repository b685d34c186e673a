"""Exports of generators come in with what made them, and without what their files say of themselves."""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image, PngImagePlugin

from assay.collection.importers.generation import Generation, generation_of, prompt_hash
from assay.collection.importers.stripped import stripped
from assay.data.image import decode_image
from assay.data.sources.folder import FolderSource
from assay.errors import ConfigError
from assay.provenance.embedded_text import embedded_texts

WEB_UI = (
    "a jade ring on velvet, 50mm\nNegative prompt: blurry, hands\nSteps: 20, Sampler: Euler a, CFG scale: 7, "
    'Seed: 965400086, Size: 512x512, Model hash: 6ce0161689, Model: v1-5-pruned, Lora hashes: "a: 1, b: 2", '
    "Version: v1.6.0"
)
COMFY = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 156680208700286, "steps": 20, "model": ["4", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a jade ring", "clip": ["4", 1]}},
}
MIDJOURNEY = "a jade ring on velvet --ar 3:2 --v 6.1 --seed 42 Job ID: 0b8c6a55-3d0b-4a4b-8d5c-1f0a6f1a2b3c"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/'
    b"trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType></x:xmpmeta>"
)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def pixels(number: int, side: int = 80) -> np.ndarray:
    rng = np.random.default_rng(number)
    small = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    return np.asarray(small.resize((side, side), Image.Resampling.BICUBIC))


def png(number: int, **texts: str) -> bytes:
    info, out = PngImagePlugin.PngInfo(), io.BytesIO()
    for keyword, text in texts.items():
        info.add_text(keyword, text, zip=len(text) > 100)
    Image.fromarray(pixels(number)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


@pytest.mark.parametrize(
    ("texts", "name", "expected"),
    [
        (
            {"parameters": WEB_UI},
            "00012-965400086.png",
            Generation(
                "Stable Diffusion web UI", "v1.6.0, v1-5-pruned", "965400086", sha("a jade ring on velvet, 50mm")
            ),
        ),
        (
            {"prompt": json.dumps(COMFY), "workflow": "{}"},
            "ComfyUI_00001_.png",
            Generation("ComfyUI", "sd_xl_base_1.0.safetensors", "156680208700286", sha("a jade ring")),
        ),
        (
            {"invokeai_metadata": json.dumps({"app_version": "4.2.0", "seed": 7, "positive_prompt": "A  Jade ring"})},
            "x.png",
            Generation("InvokeAI", "4.2.0", "7", sha("a jade ring")),
        ),
        (
            {"parameters": json.dumps({"prompt": "jade", "seed": "9", "version": "Fooocus v2.5", "base_model": "j"})},
            "x.png",
            Generation("Fooocus", "Fooocus v2.5, j", "9", sha("jade")),
        ),
        ({"Description": MIDJOURNEY}, "x.png", Generation("Midjourney", "6.1", "42", sha("a jade ring on velvet"))),
        ({}, "DALL·E 2023-10-01 12.00.00 - a jade ring.png", Generation("DALL·E", "", "", sha("a jade ring"))),
        ({"prompt": "[]", "Comment": "holiday"}, "IMG_1.png", Generation()),
        ({"parameters": "{broken"}, "x.png", Generation()),
    ],
)
def test_what_made_a_picture_is_read_from_its_file(texts: dict[str, str], name: str, expected: Generation) -> None:
    assert generation_of(embedded_texts(png(1, **texts)), name) == expected


def test_a_jpeg_of_the_web_ui_says_it_in_its_comment() -> None:
    exif, out = Image.Exif(), io.BytesIO()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + WEB_UI.encode("utf-16-be")
    Image.fromarray(pixels(1)).save(out, "JPEG", exif=exif)
    assert generation_of(embedded_texts(out.getvalue()), "x.jpg").seed == "965400086"


def test_a_text_that_unpacks_to_gigabytes_is_not_unpacked() -> None:
    packed = zlib.compress(bytes(50_000_000))
    data = b"parameters\0\0" + packed
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    whole = png(1)
    assert len(embedded_texts(whole[:33] + chunk + whole[33:])["parameters"]) == 1_000_000


def files() -> dict[str, bytes]:
    """Pictures of many kinds, each with something to say."""
    made: dict[str, bytes] = {"png": png(1, parameters=WEB_UI), "png without": png(2)}

    def save(name: str, image: Image.Image, kind: str, **how: Any) -> None:
        out = io.BytesIO()
        image.save(out, kind, **how)
        made[name] = out.getvalue()

    rgb = Image.fromarray(pixels(3))
    exif = Image.Exif()
    exif[0x010E] = "a jade ring, Steps: 20"
    turned = Image.Exif()
    turned[0x0112], turned[0x010E] = 6, "taken upright"
    half = Image.fromarray(pixels(4, 64)).crop((0, 0, 64, 40))
    save("jpeg", rgb, "JPEG", exif=exif, comment=b"a comment", xmp=XMP)
    save("turned jpeg", half, "JPEG", exif=turned)
    save("progressive", rgb, "JPEG", exif=exif, progressive=True, quality=70)
    save("cmyk", rgb.convert("CMYK"), "JPEG", exif=exif)
    save("grey", rgb.convert("L"), "JPEG", exif=exif)
    save("webp", rgb, "WEBP", exif=exif, xmp=XMP)
    save("lossless webp", rgb.convert("RGBA"), "WEBP", exif=exif, lossless=True)
    save("palette", rgb.quantize(16), "PNG", exif=exif)
    alpha = np.dstack([pixels(5), pixels(6)[..., 0]])
    save("alpha", Image.fromarray(alpha, "RGBA"), "PNG", exif=exif)
    save("16 bits", Image.fromarray(pixels(7)[..., 0].astype(np.uint16) * 257), "PNG", exif=exif)
    save("gif", rgb.quantize(16), "GIF", comment=b"a jade ring")
    save("tiff", rgb, "TIFF", exif=exif)
    return made


@pytest.mark.parametrize("name", files())
def test_pixels_stay_and_nothing_else_does(name: str) -> None:
    content = files()[name]
    bare = stripped(content)
    assert np.array_equal(decode_image(bare, name), decode_image(content, name))
    for trace in (b"jade", b"Steps", b"comment", b"upright", b"xmpmeta", b"Exif", b"trainedAlgorithmicMedia"):
        assert trace not in bare
    assert embedded_texts(bare) == {}
    assert stripped(bare) == bare


def test_an_export_comes_in_with_generator_version_seed_and_prompt_hash(
    world: Callable[..., Any], collected: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "outputs"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.png").write_bytes(png(number, parameters=WEB_UI.replace("965400086", str(number))))
    (folder / "bare.png").write_bytes(png(9))
    (folder / "again.png").write_bytes(png(2, parameters=WEB_UI))
    (folder / "broken.png").write_bytes(png(11)[:700])
    asked = {"export": str(folder), "label": "made", "license": "CC0-1.0", "evidence": "made by myself"}
    result = collected(world(), "stable_diffusion", **asked, query="", endpoint="")
    rows = pd.read_parquet(tmp_path / "stones" / "metadata.parquet").sort_values("seed")
    assert rows["seed"].tolist() == ["", "0", "1", "2", "3"]
    assert set(rows["generator"]) == {"Stable Diffusion web UI"}
    assert rows["generator_version"].tolist() == ["", *["v1.6.0, v1-5-pruned"] * 4]
    assert set(rows["prompt_sha256"][1:]) == {prompt_hash("a jade ring on velvet, 50mm")}
    assert set(rows["license"]) == {"CC0-1.0"}
    assert b"jade" not in b"".join(path.read_bytes() for path in (tmp_path / "stones" / "made").iterdir())
    assert "velvet" not in (tmp_path / "stones" / "manifest.json").read_text()
    reasons = {(each.outcome, each.count) for each in result.summary.outcomes}
    assert {("duplicate", 1), ("skipped", 1), ("kept", 5)} <= reasons
    manifest = FolderSource(str(tmp_path / "stones")).build(tmp_path / "cache")
    assert set(manifest.table["generator"]) == {"Stable Diffusion web UI"}


def test_a_part_of_diffusiondb_brings_its_licence_seed_and_prompt(
    world: Callable[..., Any], collected: Callable[..., Any], tmp_path: Path
) -> None:
    part = tmp_path / "images" / "part-000001"
    part.mkdir(parents=True)
    table = {}
    for number in range(3):
        (part / f"{number}.png").write_bytes(png(number))
        table[f"{number}.png"] = {"p": f"Prompt {number}", "se": 1000 + number, "c": 7.0, "st": 50, "sa": "k_lms"}
    (part / "part-000001.json").write_text(json.dumps(table))
    collected(world(), "diffusiondb", export=str(tmp_path / "images"), label="made", query="", endpoint="")
    rows = pd.read_parquet(tmp_path / "stones" / "metadata.parquet").sort_values("seed")
    assert rows["seed"].tolist() == ["1000", "1001", "1002"]
    assert rows["prompt_sha256"].tolist() == [sha(f"prompt {number}") for number in range(3)]
    assert set(rows["license"]) == {"CC0-1.0"}
    assert rows["evidence_at"].iloc[0] == "https://huggingface.co/datasets/poloclub/diffusiondb"


def test_a_generated_picture_is_not_taken_for_a_real_one(
    world: Callable[..., Any], collected: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "real.png").write_bytes(png(1))
    (folder / "made.png").write_bytes(png(2, parameters=WEB_UI))
    out = io.BytesIO()
    Image.fromarray(pixels(3)).save(out, "JPEG", xmp=XMP)
    (folder / "signed.jpg").write_bytes(out.getvalue())
    asked = {"export": str(folder), "license": "CC-BY-4.0", "evidence": "my own photos", "author": "Ada"}
    result = collected(world(), "folder", kind="real", **asked, query="", endpoint="")
    rows = pd.read_parquet(tmp_path / "stones" / "metadata.parquet")
    assert rows[["title", "author", "generator"]].to_numpy().tolist() == [["real", "Ada", ""]]
    reasons = sorted(each.reason for each in result.summary.outcomes if each.outcome == "skipped")
    assert [reason.partition("(")[2].partition(")")[0] for reason in reasons] == [
        "Stable Diffusion web UI",
        "trainedAlgorithmicMedia",
    ]


def test_whose_licence_nobody_has_stated_is_refused_with_what_to_type(
    worlds: ModuleType, world: Callable[..., Any], collected: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "outputs"
    folder.mkdir()
    (folder / "a.png").write_bytes(png(1))
    asked = {"export": str(folder), "label": "made", "query": "", "endpoint": ""}
    with pytest.raises(ConfigError) as refused:
        collected(world(), "lexica", **asked)
    typed = dict(re.findall(r"(\w+)=(\S+)", str(refused.value).partition("as in ")[2]))
    with pytest.raises(ConfigError, match="license=mine: is none that is known"):
        collected(world(), "lexica", **asked, license="mine", evidence="made by myself")
    assert collected(world(), "lexica", **asked, **typed).summary.trainable == 1
