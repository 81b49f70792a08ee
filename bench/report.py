"""A run of `./dev bench` as Markdown, with a plot by gnuplot: the bars first, then every part with its figures."""

import subprocess
from statistics import median

from harness.reports import commit, kafka_version, machine, now, table


def markdown(sections, plot=None):
    parts = [_head(), _bars(sections)]
    if plot:
        parts.append(f"![The medians, beside their references]({plot})")
    return "\n\n".join(parts + [_section(section) for section in sections]) + "\n"


def _head():
    return (
        "# Performance\n\n"
        f"A run of `./dev bench` on {now()}, commit `{commit()}`: the gateway's release build on {machine()}, "
        f"Apache Kafka {kafka_version()} where a real one is named. Every program of the run shared that machine. "
        "A figure is the median of its repeats, with the smallest and the largest of them; a ratio is to the floor, "
        "`bench/floor_main.cc`: a bare epoll server that reads, answers with canned bytes and checks nothing. Gateway and floor "
        "take turns, and each repeat has its own ratio."
    )


def _bars(sections):
    rows = [(figure.name, _limit(figure, section.reference), _judged(figure), "yes" if figure.holds else "**no**")
            for section in sections for figure in section.figures if figure.bar]
    return "## What must hold\n\n" + (table(("figure", "at most", "measured", "holds"), rows) if rows else "None of it was measured.")


def _limit(figure, reference):
    return f"{figure.bar.limit:g} × the {reference}" if figure.bar.of_ratio else amount(figure.bar.limit, figure.unit)


def _judged(figure):
    return f"{figure.judged:.2f} ×" if figure.bar.of_ratio else amount(figure.judged, figure.unit)


def _section(section):
    beside = any(figure.reference for figure in section.figures)
    head = ("", "gateway", section.reference, "ratio") if beside else ("", "gateway")
    rows = [_row(figure)[:len(head)] for figure in section.figures]
    return f"## {section.title}\n\n{section.how}\n\n{table(head, rows)}"


def _row(figure):
    if not figure.reference:
        return figure.name, _told(figure.values, figure.unit), "", ""
    return figure.name, _told(figure.values, figure.unit), _told(figure.reference, figure.unit), _told(figure.ratios, "")


def _told(values, unit):
    text = amount(median(values), unit)
    if len(values) == 1:
        return text
    return f"{text} ({_digits(min(values))} – {_digits(max(values))})"


def amount(value, unit):
    return f"{_digits(value)} {unit}".rstrip()


def _digits(value):
    """Three digits that count, and all of those before the point."""
    size = abs(value)
    decimals = 2 if size < 10 else 1 if size < 100 else 0
    return f"{value:,.{decimals}f}"


_GNUPLOT = """\
set terminal svg size 1080,480 font "sans-serif,12" background "white"
set output "{file}"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.8 border -1
set boxwidth 0.9
set grid ytics
set yrange [0:*]
set key top left
set xtics rotate by 40 right
set bmargin 10
set lmargin 12
set rmargin 3
set multiplot layout 1,{panels}
"""
_PANEL = """\
{name} << END
{rows}
END
set title "{title}"
plot {name} using 2:xtic(1) title "gateway" linecolor "#2a6f97", {name} using 3 title "{reference}" linecolor "#adb5bd"
"""


def draw(sections, file):
    """The medians of every section that has a plot, beside each other."""
    plotted = [section for section in sections if section.plot]
    panels = "".join(_panel(section, f"$panel{number}") for number, section in enumerate(plotted))
    script = _GNUPLOT.format(file=file, panels=len(plotted)) + panels
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def _panel(section, name):
    rows = "\n".join(f'"{each.name}" {each.median} {median(each.reference)}' for each in section.figures if each.reference)
    return _PANEL.format(name=name, rows=rows, title=section.plot, reference=section.reference)
