"""Generation: what made a picture, as its file says: program, version, seed and a hash of the prompt."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

_PAIR = re.compile(r'\s*([A-Z][\w ]{1,40}): ("(?:\\.|[^"\\])*"|[^,]*)(?:,|$)')
_FLAG = r"--{} (\S+)"
NODES = ("seed", "noise_seed")


@dataclass(frozen=True)
class Generation:
    """What made a picture.

    Attributes:
        generator: name of the program or service; "" where the file does not say it.
        version: of it, and of the model; "" where unknown.
        seed: as text; "" where unknown.
        prompt_sha256: of the prompt, spaces and case aside, by which pictures of one prompt are known; "" where
            unknown. The prompt itself is kept nowhere: it is its author's text.
    """

    generator: str = ""
    version: str = ""
    seed: str = ""
    prompt_sha256: str = ""

    def over(self, other: Generation) -> Generation:
        """The same, and where this one says nothing what the other says."""
        given = {name: value for name, value in vars(self).items() if value}
        return replace(other, **given)


def prompt_hash(prompt: str) -> str:
    """Hex sha256 of a prompt in small letters with single spaces; "" for none."""
    plain = " ".join(prompt.lower().split())
    return hashlib.sha256(plain.encode()).hexdigest() if plain else ""


def generation_of(texts: Mapping[str, str], file_name: str) -> Generation:
    """What the texts of a file say.

    Args:
        texts: keyword -> text, as `embedded_texts` gives them.
        file_name: of the export, which some services write the prompt into.
    """
    parameters = texts.get("parameters") or texts.get("UserComment", "")
    readers = (
        (_of_fooocus, parameters if parameters.lstrip().startswith("{") else ""),
        (_of_web_ui, parameters if "Steps: " in parameters else ""),
        (_of_invoke_ai, texts.get("invokeai_metadata") or texts.get("sd-metadata", "")),
        (_of_comfy_ui, texts.get("prompt", "")),
        (_of_midjourney, next((text for text in texts.values() if "Job ID:" in text or " --v " in text), "")),
    )
    for read, text in readers:
        if text and (known := read(text)) != Generation():
            return known
    return _of_dalle_name(file_name)


def _of_web_ui(text: str) -> Generation:
    """The block `prompt / Negative prompt: … / Steps: …, Seed: …, Version: …` of the Stable Diffusion web UIs."""
    before, _, last = text.rpartition("Steps: ")
    pairs = {name.strip(): value.strip().strip('"') for name, value in _PAIR.findall("Steps: " + last)}
    prompt = before.partition("\nNegative prompt:")[0]
    version = ", ".join(filter(None, (pairs.get("Version", ""), pairs.get("Model", ""))))
    return Generation("Stable Diffusion web UI", version, pairs.get("Seed", ""), prompt_hash(prompt))


def _of_fooocus(text: str) -> Generation:
    values = _object(text)
    if "prompt" not in values:
        return Generation()
    version = ", ".join(filter(None, (_said(values, "version"), _said(values, "base_model"))))
    return Generation("Fooocus", version, _said(values, "seed"), prompt_hash(_said(values, "prompt")))


def _of_invoke_ai(text: str) -> Generation:
    values = _object(text)
    image = values.get("image")
    inner = {**values, **(image if isinstance(image, dict) else {})}
    prompt = _said(inner, "positive_prompt") or _said(inner, "prompt")
    return Generation("InvokeAI", _said(inner, "app_version"), _said(inner, "seed"), prompt_hash(prompt))


def _of_comfy_ui(text: str) -> Generation:
    """The graph of ComfyUI: seeds are inputs of its samplers, prompts texts of its encoders."""
    nodes = [node for node in _object(text).values() if isinstance(node, dict) and isinstance(node.get("inputs"), dict)]
    if not nodes:
        return Generation()
    seeds = [_said(node["inputs"], name) for node in nodes for name in NODES if _said(node["inputs"], name)]
    prompts = [_said(node["inputs"], "text") for node in nodes if _said(node["inputs"], "text")]
    models = [_said(node["inputs"], "ckpt_name") for node in nodes if _said(node["inputs"], "ckpt_name")]
    return Generation("ComfyUI", next(iter(models), ""), next(iter(seeds), ""), prompt_hash(next(iter(prompts), "")))


def _of_midjourney(text: str) -> Generation:
    described = text.partition("Job ID:")[0]
    prompt = described.partition(" --")[0]
    niji = _flag(described, "niji")
    version = f"niji {niji}" if niji else _flag(described, "v") or _flag(described, "version")
    return Generation("Midjourney", version, _flag(described, "seed"), prompt_hash(prompt))


def _of_dalle_name(name: str) -> Generation:
    """The names that ChatGPT and labs.openai.com give: `DALL·E 2023-10-01 12.00.00 - prompt.png`."""
    match = re.match(r"DALL[·\-. _]?E[ _](?:\d{4}-\d\d-\d\d[ _][\d.]+)? ?[-_]? ?(.*)\.\w+$", name)
    return Generation("DALL·E", "", "", prompt_hash(match[1])) if match else Generation()


def _flag(text: str, name: str) -> str:
    match = re.search(_FLAG.format(name), text)
    return match[1] if match else ""


def _object(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _said(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return str(value)[:300] if isinstance(value, str | int) and not isinstance(value, bool) else ""
