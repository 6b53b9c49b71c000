"""A comparison in sentences, the same on a terminal and on a page."""

from __future__ import annotations

from evaluator.paired import LEVEL, METHOD, POWER, say_p

from .compare import Comparison, Pair


def points(share: float) -> str:
    """Return a difference of accuracies in percentage points."""
    return f"{100 * share:+.2f}"


def effect(pair: Pair) -> str:
    """Return the difference with its interval."""
    found = pair.difference
    text = f"{pair.names[0]} minus {pair.names[1]}: {points(found.mean)} points"
    if found.half_width is None:
        return f"{text} on one instance, which tells nothing of its spread."
    low, high = found.mean - found.half_width, found.mean + found.half_width
    return f"{text}, 95 % interval {points(low)} to {points(high)}."


def method(comparison: Comparison, pair: Pair | None = None) -> str:
    """Say by what method, of one pair or of all."""
    pairs, n = len(comparison.pairs), pair.difference.n if pair else 0
    freedom = f" ({n} instances, {n - 1} degrees of freedom)" if n > 1 else ""
    text = f"By {METHOD}{freedom}"
    if pairs > 1:
        text += f"; p after Holm for {pairs} pairs, each interval for its pair alone"
    return text


def ahead(pair: Pair) -> int | None:
    """Return which of the two is shown to be ahead, 0 or 1; None where neither is."""
    return int(pair.difference.mean < 0) if pair.shown else None


def verdict(pair: Pair) -> str:
    """Say whether one is shown to be ahead."""
    if pair.p is None:
        return "tied: one instance can show nothing; score at least two."
    which = ahead(pair)
    if which is not None:
        return f"{pair.names[which]} is ahead, p {say_p(pair.p)}."
    return f"tied: no difference is shown, p {say_p(pair.p)}."


def passed_over(pair: Pair) -> list[str]:
    """Say which instances are not compared, and why."""
    return [f"not compared: {each}" for each in pair.reasons]


def few(pair: Pair) -> str:
    """Say what instances so few cannot show at all; nothing where they can."""
    n, least = pair.difference.n, pair.difference.least
    if n < 2 or least <= LEVEL:
        return ""
    return (
        f"{n} instances alone, without a word on how differences are spread, can show nothing "
        f"at {100 * LEVEL:.0f} %: the smallest p of a sign-flip or rank test is {least:.4g}. "
        "The t test takes them to be about normal."
    )


def limits(pair: Pair) -> list[str]:
    """Say what so many instances can show and what they cannot."""
    found, power = pair.difference, pair.power
    if power is None or found.sd is None:
        return []
    lines = [line] if (line := few(pair)) else []
    if found.signs is not None:
        lines.append(
            "Exact sign-flip test, which takes them to be no more than symmetric: "
            f"p {found.signs:.4g}."
        )
    if power.detectable:
        lines.append(
            f"With this spread (sd {100 * found.sd:.2f} points), {found.n} "
            f"instances show a true difference of {100 * power.detectable:.2f} points in "
            f"{100 * POWER:.0f} % of the cases, and a smaller one less often."
        )
    return lines


def settled(pair: Pair) -> str:
    """Say how many instances would settle it; nothing where it is settled, or cannot be said."""
    found, power = pair.difference, pair.power
    if pair.shown or power is None or abs(found.mean) <= 1e-12:
        return ""
    if power.needed is None:
        return "To show so small a difference would take more than 10,000 instances."
    most = "more than 10,000" if power.most is None else f"{power.most:,}"
    least = "more than 10,000" if power.fewest is None else f"{power.fewest:,}"
    return (
        f"Were the difference what it seems, about {power.needed:,} instances would show it in "
        f"{100 * POWER:.0f} % of the cases ({least} to {most}, as the spread is known from "
        f"{found.n} alone)."
    )


def images(pair: Pair) -> str:
    """Say on how many images they disagree; nothing where predictions are missing."""
    if pair.images is None:
        return ""
    count, sd = pair.images.all, pair.difference.sd
    text = (
        f"Of {count.images:,} test images both get {count.both:,} right, {pair.names[0]} alone "
        f"{count.first:,}, {pair.names[1]} alone {count.second:,}, neither {count.neither:,}"
    )
    if sd:
        text += (
            f"; so many images alone would spread the difference by {100 * pair.images.sd:.2f} "
            f"points from instance to instance, and {100 * sd:.2f} are seen"
        )
    return f"{text}."
