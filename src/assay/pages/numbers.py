"""Numbers as people read them."""

from __future__ import annotations

from collections.abc import Callable

from assay.measurement import Measurement


def shown(value: float | None, digits: int = 3) -> str:
    """A number for people: three decimals, no minus before zero, "—" where it is undefined."""
    return "—" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"


def interval(
    measured: Measurement, digits: int = 3, *, between: str = " to ", write: Callable[[float], str] | None = None
) -> str:
    """`0.712 to 0.804`, or "" where there is no interval; `write` writes the ends in another way."""
    if measured.low is None or measured.high is None:
        return ""
    low, high = (f"{end:.{digits}f}" if write is None else write(end) for end in (measured.low, measured.high))
    return f"{low}{between}{high}"


def signed(value: float | None, digits: int = 3) -> str:
    """`+0.012`, `−0.004`, `0.000`; "—" where it is undefined."""
    if value is None:
        return "—"
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def images(count: int) -> str:
    """`1 image`, `2,624 images`."""
    return f"{count:,} image" if count == 1 else f"{count:,} images"


def file_size(count: int) -> str:
    """Bytes as `0 B`, `812 B`, `34.2 MB`; MB is 10^6 bytes."""
    if count < 1000:
        return f"{count} B"
    power = next((power for power in (1, 2, 3) if count < 999.5 * 1000**power), 4)
    return f"{count / 1000**power:.3g} {('kB', 'MB', 'GB', 'TB')[power - 1]}"


def percent(share: float | None) -> str:
    """A share in whole per cent that never rounds something to nothing: `<1%`, `>99%`; "—" where it is undefined."""
    if share is None:
        return "—"
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{share:.0%}"


def sizes(counts: tuple[int, ...], limit: int = 6) -> str:
    """Images by the size of their set, `1: 336 · 2: 151`; sizes beyond `limit` in one."""
    named = [f"{size}: {count}" for size, count in enumerate(counts[: limit + 1]) if count]
    more = sum(counts[limit + 1 :])
    return " · ".join([*named, f"more: {more}"] if more else named)
