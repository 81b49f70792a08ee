"""What `./dev bench` makes of its measurements: medians, ratios to the floor of the same repeat, and the report."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from figures import Bar, Figure, Section  # noqa: E402
from report import amount, markdown  # noqa: E402


def test_a_figure_is_the_median_of_its_repeats():
    assert Figure("latency", "ms", [9.0, 1.0, 2.0]).median == 2.0
    assert Figure("latency", "ms", [1.0, 2.0]).median == 1.5


def test_a_ratio_is_of_two_runs_that_followed_each_other():
    """In the second repeat the machine was slow for both: that makes nobody look better or worse."""
    figure = Figure("CPU", "µs", [10.0, 30.0, 12.0], [5.0, 15.0, 5.0], Bar(2.0, of_ratio=True))
    assert figure.ratios == [2.0, 2.0, 2.4]
    assert figure.judged == 2.0
    assert figure.holds


def test_a_bar_is_held_against_the_median_and_is_missed_by_what_lies_above_it():
    assert Figure("p99", "ms", [1.0, 5.0, 50.0], bar=Bar(5)).holds
    assert not Figure("p99", "ms", [1.0, 5.1, 5.2], bar=Bar(5)).holds
    assert not Figure("CPU", "µs", [20.0], [10.0], Bar(1.9, of_ratio=True)).holds


def test_a_repeat_without_its_reference_is_a_mistake():
    with pytest.raises(ValueError):
        assert Figure("CPU", "µs", [1.0, 2.0], [1.0]).ratios


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.5, "1,234 µs"), (43.21, "43.2 µs"), (9.876, "9.88 µs"), (0, "0.00 µs"), (-2048, "-2,048 µs")],
)
def test_an_amount_has_three_digits_or_all_before_the_point(value, text):
    assert amount(value, "µs") == text


def test_the_report_shows_bars_medians_spreads_and_ratios():
    cpu = Section("CPU", "How it was measured.", [
        Figure("Heartbeat", "µs", [16.0, 18.0, 17.0], [8.0, 8.0, 8.0], Bar(1.9, of_ratio=True)),
        Figure("alone", "B", [1000.0], bar=Bar(1200)),
    ])
    report = markdown([cpu], "figures.svg")
    assert "](figures.svg)" in report
    assert "| Heartbeat | 1.9 × the floor | 2.12 × | **no** |" in report
    assert "| alone | 1,200 B | 1,000 B | yes |" in report
    assert "## CPU\n\nHow it was measured.\n\n|  | gateway | floor | ratio |" in report
    assert "| Heartbeat | 17.0 µs (16.0 – 18.0) | 8.00 µs (8.00 – 8.00) | 2.12 (2.00 – 2.25) |" in report
    assert "| alone | 1,000 B |  |  |" in report


def test_a_section_without_a_reference_has_no_columns_for_one():
    report = markdown([Section("Cycles", "Many.", [Figure("memory", "B", [3.0])])])
    assert "|  | gateway |\n|---|---|\n| memory | 3.00 B |" in report
    assert "svg" not in report
