"""Medians, their spread, and how they are printed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import median, quantiles

RESAMPLES = 2000


def spread(values: Sequence[float]) -> str:
    """Return the median and the quartiles around it: ``0.84 (0.81 to 0.86)``."""
    low, middle, high = quantiles(values, n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def interval(values: Sequence[float], *, seed: int = 1) -> tuple[float, float]:
    """Return the 95 % confidence interval of the median, by bootstrap."""
    draw = random.Random(seed)
    medians = sorted(median(draw.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return medians[int(RESAMPLES * 0.025)], medians[int(RESAMPLES * 0.975)]


def show(what: str, figure: str, goal: str = "") -> None:
    """Print one line of the report."""
    print(f"  {what:<46} {figure:<34} {f'goal {goal}' if goal else ''}".rstrip(), flush=True)


def head(title: str) -> None:
    print(f"\n{title}", flush=True)
