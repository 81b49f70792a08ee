"""What was measured, repeat by repeat, and what it comes to: medians, ratios to a reference of the same repeats."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Bar:
    """What must hold of a figure's median, or of its ratio to the reference: at most so much."""

    limit: float
    of_ratio: bool = False


@dataclass(frozen=True)
class Figure:
    """One thing that was measured, in the order of the repeats; `reference` is what the same repeats measured beside it."""

    name: str
    unit: str
    values: list
    reference: list = ()
    bar: Bar | None = None

    @property
    def median(self):
        return median(self.values)

    @property
    def ratios(self):
        """One for each repeat, whose two runs followed each other: what else the machine did weighs on both."""
        return [value / beside for value, beside in zip(self.values, self.reference, strict=True)] if self.reference else []

    @property
    def judged(self):
        """What the bar is held against."""
        return median(self.ratios) if self.bar.of_ratio else self.median

    @property
    def holds(self):
        return self.judged <= self.bar.limit


@dataclass(frozen=True)
class Section:
    """The figures of one part and, in a paragraph, how they were come by."""

    title: str
    how: str
    figures: list
    reference: str = "floor"  # what the figures stand beside
    plot: str = ""  # the title of their plot, where they have one
