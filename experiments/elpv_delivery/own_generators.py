"""Four generators of solar cells, learned from 70 % of them in minutes: `python own_generators.py OUT_FOLDER [name …]`.

quilt lays patches of several cells side by side, phase draws the phases of their fine structure anew, deconv is an
autoencoder with transposed convolutions whose codes are drawn, diffusion a small denoising diffusion model. 640
pictures of each, all for test: `OUT_FOLDER/<name>/<n>.png`, 64 pixels, grey.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

SIDE, DRAWN = 64, 640
PATCH, OVERLAP = 16, 4
STEPS = {"deconv": 800, "diffusion": 700}


def quilt(cells: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Patches from about the same place of other cells, the best of 40 by overlap; after Efros and Freeman (2001)."""
    places = range(0, SIDE - PATCH + 1, PATCH - OVERLAP)
    ramp = np.minimum(1, (np.arange(PATCH) + 1) / (OVERLAP + 1))
    drawn = []
    for _ in range(DRAWN):
        few = cells[rng.choice(len(cells), 12)].astype(np.float32)
        made, known = np.zeros((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), bool)
        for top in places:
            for left in places:
                best, cost = few[0, :PATCH, :PATCH], np.inf
                here = np.s_[top : top + PATCH, left : left + PATCH]
                for _ in range(40):
                    y, x = (int(np.clip(at + rng.integers(-2, 3), 0, SIDE - PATCH)) for at in (top, left))
                    patch = few[rng.integers(len(few)), y : y + PATCH, x : x + PATCH]
                    error = ((patch - made[here])[known[here]] ** 2).mean() if known[here].any() else 0.0
                    if error < cost:
                        best, cost = patch, error
                weight = np.outer(ramp if top else np.ones(PATCH), ramp if left else np.ones(PATCH)).astype(np.float32)
                weight = np.where(known[here], weight, 1)
                made[here] = weight * best + (1 - weight) * made[here]
                known[here] = True
        drawn.append(made)
    return np.stack(drawn)


def phase(cells: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The coarse structure of a cell as it is; above six cycles its amplitudes with phases of white noise."""
    rows, columns = np.fft.fftfreq(SIDE)[:, None] * SIDE, np.fft.rfftfreq(SIDE)[None] * SIDE
    fine = 1 / (1 + np.exp(-(np.hypot(rows, columns) - 6) * 2))
    drawn = []
    for cell in cells[rng.choice(len(cells), DRAWN)].astype(np.float64):
        spectrum = np.fft.rfft2(cell)
        noise = np.fft.rfft2(rng.normal(size=cell.shape))
        mixed = spectrum * (1 - fine) + np.abs(spectrum) * noise / np.abs(noise) * fine
        drawn.append(np.fft.irfft2(mixed, s=cell.shape))
    return np.stack(drawn)


def deconv(cells: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Codes of 96 numbers between those of two cells and from their spread, decoded by transposed convolutions."""
    torch.manual_seed(1)
    steps = [(1, 24), (24, 48), (48, 64), (64, 96)]
    encoder = nn.Sequential(
        *(part for a, b in steps for part in (nn.Conv2d(a, b, 4, 2, 1), nn.GroupNorm(8, b), nn.SiLU())),
        nn.Flatten(),
        nn.Linear(96 * 16, 96),
    )
    decoder = nn.Sequential(
        nn.Linear(96, 96 * 16),
        nn.Unflatten(1, (96, 4, 4)),
        *(part for b, a in reversed(steps) for part in (nn.SiLU(), nn.ConvTranspose2d(a, b if b > 1 else 1, 4, 2, 1))),
    )
    optimizer = torch.optim.AdamW([*encoder.parameters(), *decoder.parameters()], 2e-3)
    pictures = _scaled(cells)
    for _ in range(STEPS["deconv"]):
        batch = _some(pictures, 64, rng)
        code = encoder(batch)
        loss = functional.l1_loss(decoder(code + 0.05 * torch.randn_like(code)), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        codes = encoder(pictures)
        a, b = (codes[torch.from_numpy(rng.integers(len(codes), size=DRAWN))] for _ in range(2))
        share = torch.from_numpy(rng.uniform(0.2, 0.8, size=(DRAWN, 1))).float()
        code = share * a + (1 - share) * b + 0.2 * codes.std(0) * torch.from_numpy(rng.normal(size=a.shape)).float()
        return _bytes(torch.cat([decoder(part) for part in code.split(200)]))


class _Denoiser(nn.Module):
    """A small U-Net over pixels of 4 by 4, told how much noise there is."""

    def __init__(self, width: int = 48) -> None:
        super().__init__()
        self.told = nn.Sequential(nn.Linear(16, 64), nn.SiLU(), nn.Linear(64, 6 * width))
        self.enter = nn.Conv2d(16, width, 3, padding=1)
        self.first = nn.ModuleList(_block(width, width) for _ in range(2))
        self.down = nn.Conv2d(width, 2 * width, 3, 2, 1)
        self.second = nn.ModuleList(_block(2 * width, 2 * width) for _ in range(2))
        self.deeper = nn.Conv2d(2 * width, 2 * width, 3, 2, 1)
        self.third = nn.ModuleList(_block(2 * width, 2 * width) for _ in range(3))
        self.up = nn.Conv2d(4 * width, 2 * width, 3, padding=1)
        self.fourth = _block(2 * width, 2 * width)
        self.out = nn.Conv2d(3 * width, width, 3, padding=1)
        self.fifth = _block(width, width)
        self.last = nn.Conv2d(width, 16, 3, padding=1)

    def forward(self, noisy: Tensor, time: Tensor) -> Tensor:
        waves = time[:, None] * 2.0 ** torch.arange(8)
        a, b, c = self.told(torch.cat([waves.sin(), waves.cos()], 1))[:, :, None, None].split(
            [self.enter.out_channels, 2 * self.enter.out_channels, 3 * self.enter.out_channels], 1
        )
        one = self.enter(functional.pixel_unshuffle(noisy, 4)) + a
        for block in self.first:
            one = one + block(one)
        two = self.down(one) + b
        for block in self.second:
            two = two + block(two)
        three = self.deeper(two) + c[:, : two.shape[1]]
        for block in self.third:
            three = three + block(three)
        two = self.up(torch.cat([two, functional.interpolate(three, scale_factor=2)], 1))
        two = two + self.fourth(two)
        one = self.out(torch.cat([one, functional.interpolate(two, scale_factor=2)], 1))
        return functional.pixel_shuffle(self.last(one + self.fifth(one)), 4)


def diffusion(cells: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Learns v of a cosine schedule (Salimans and Ho, 2022); drawn in 15 deterministic steps (Song et al., 2021)."""
    torch.manual_seed(2)
    model = _Denoiser()
    kept = {name: value.detach().clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, STEPS["diffusion"])
    pictures = _scaled(cells)
    for step in range(STEPS["diffusion"]):
        batch = _some(pictures, 32, rng)
        time = torch.from_numpy(rng.uniform(0.002, 0.998, size=len(batch))).float()
        noise = torch.randn_like(batch)
        signal, spread = ((time * np.pi / 2).cos().view(-1, 1, 1, 1), (time * np.pi / 2).sin().view(-1, 1, 1, 1))
        loss = functional.mse_loss(model(signal * batch + spread * noise, time), signal * noise - spread * batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
        share = min(0.995, step / (step + 10))
        for name, value in model.state_dict().items():
            kept[name].lerp_(value, 1 - share)
        if step % 250 == 0:
            print(step, loss.item(), flush=True)
    model.load_state_dict(kept)
    made = []
    with torch.no_grad():
        for _ in range(-(-DRAWN // 100)):
            now = torch.randn(100, 1, SIDE, SIDE)
            times = np.linspace(0.998, 0.0, 16) * np.pi / 2
            for before, after in pairwise(times):
                velocity = model(now, torch.full((100,), before / (np.pi / 2)).float())
                clean = (np.cos(before) * now - np.sin(before) * velocity).clamp(-1, 1)
                noise = (now - np.cos(before) * clean) / np.sin(before)
                now = np.cos(after) * clean + np.sin(after) * noise
            made.append(now)
    return _bytes(torch.cat(made)[:DRAWN])


def _block(into: int, out: int) -> nn.Module:
    return nn.Sequential(
        nn.GroupNorm(8, into), nn.SiLU(), nn.Conv2d(into, out, 3, padding=1),
        nn.GroupNorm(8, out), nn.SiLU(), nn.Conv2d(out, out, 3, padding=1),
    )  # fmt: skip


def _some(pictures: Tensor, count: int, rng: np.random.Generator) -> Tensor:
    batch = pictures[torch.from_numpy(rng.integers(len(pictures), size=count))]
    return batch.flip(3) if rng.random() < 0.5 else batch


def _scaled(cells: np.ndarray) -> Tensor:
    return torch.from_numpy(cells.astype(np.float32) / 127.5 - 1)[:, None]


def _bytes(pictures: Tensor) -> np.ndarray:
    return ((pictures[:, 0] + 1) * 127.5).numpy()


GENERATORS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "quilt": quilt,
    "phase": phase,
    "deconv": deconv,
    "diffusion": diffusion,
}


def training_cells() -> np.ndarray:
    """uint8 [1836, 64, 64], the 70 % of cells that every generator learns from."""
    import elpv_dataset

    folder = Path(elpv_dataset.__file__).parent / "data"
    names = [line.split()[0] for line in (folder / "labels.csv").read_text(encoding="utf-8").splitlines()]
    order = np.random.default_rng(0).permutation(len(names))[: int(0.7 * len(names))]
    read = (cv2.imread(str(folder / names[place]), cv2.IMREAD_GRAYSCALE).astype(np.float32) for place in order)
    small = [cv2.resize(cell, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for cell in read]
    return np.clip(np.rint(small), 0, 255).astype(np.uint8)


def main(out: Path, names: list[str]) -> None:
    """Write the pictures of each generator; those that are there already stay."""
    cells = training_cells()
    for seed, name in enumerate(GENERATORS):
        last = out / name / f"{DRAWN - 1:04d}.png"
        if (names and name not in names) or last.exists():
            continue
        last.parent.mkdir(parents=True, exist_ok=True)
        pictures = GENERATORS[name](cells, np.random.default_rng(100 + seed))
        for number, picture in enumerate(np.clip(np.rint(pictures), 0, 255).astype(np.uint8)):
            cv2.imwrite(str(last.with_name(f"{number:04d}.png")), picture)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
