# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

"""What is made of the figures: medians, and the rows of the tables."""

import statistics

from .cases import IDLE, RATES

HEADER = ("case", "ours", "libzmq", "ours/libzmq", "CPU ours", "CPU libzmq", "beside")
WIDTHS = (60, 28, 28, 12, 20, 20, 0)

# The tables of the Markdown form: heading, the kinds of case in it, the columns that it has.
TABLES = (
    ("Throughput: more is better", RATES, HEADER[:6]),
    ("Latency, one way: less is better", ("lat",), HEADER[:6]),
    ("Idle connections: less is better", IDLE, HEADER[:4]),
)
LARGE_TITLE = "Large messages, beside others"


def summary(runs):
    if not runs:
        return None
    values = [run["value"] for run in runs]
    result = {"median": statistics.median(values), "min": min(values), "max": max(values), "values": values}
    ends = runs[0].get("cpu_us_per_message", {})
    if ends:
        result["cpu_us_per_message"] = {
            end: statistics.median(run["cpu_us_per_message"][end] for run in runs) for end in ends
        }
    if "runtime" in runs[0]:
        result["runtime"] = statistics.median(run["runtime"] for run in runs)
    return result


def short(value):
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {unit}" if value < 999.5 * size else f"{value / size:.0f} {unit}"
    return f"{value:.3g}"


FORMS = {  # of a figure: how a value is written, and its unit
    "rate": (short, "/s"),
    "lat": (lambda value: f"{value:.1f}", " µs"),
    "memory": (lambda value: f"{value / 1024:.1f}", " KiB"),
    "topicmemory": (lambda value: f"{value:.0f}", " B"),
    "wakeups": (lambda value: f"{value:.3g}", "/s"),
    "fair": (lambda value: f"{value * 100:.2f}", " %"),
}


def spread(side, figure):
    if side is None:
        return "-"
    form, unit = FORMS[figure]
    return f"{form(side['median'])}{unit} ({form(side['min'])}–{form(side['max'])})"


def ratio(sides):
    ours, theirs = sides.get("ours"), sides.get("libzmq")
    return ours["median"] / theirs["median"] if ours and theirs and theirs["median"] else None


def cpu_cell(side):
    return " + ".join(f"{value:.2f}" for value in (side or {}).get("cpu_us_per_message", {}).values()) or "-"


def row(case, sides):
    """A row of the printed table; `beside` names what further programs did."""
    found = ratio(sides)
    beside = [f"{name} {spread(sides[name], case.figure)}" for name in case.beside if sides.get(name)]
    beside += [f"{side}: and {found['runtime']:.3g}/s of the language's runtime"
               for side, found in sides.items() if found and found.get("runtime")]
    return (
        case.title, spread(sides.get("ours"), case.figure), spread(sides.get("libzmq"), case.figure),
        "-" if found is None else f"{found:.2f}", cpu_cell(sides.get("ours")), cpu_cell(sides.get("libzmq")),
        "; ".join(beside),
    )


def print_row(cells):
    print(" ".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS)).rstrip(), flush=True)


def print_markdown(record):
    """The tables of `record`, which is a list of cases with what their sides did."""
    for heading, kinds, columns in TABLES:
        rows = [row(case, sides)[:len(columns)] for case, sides in record if case.kind in kinds]
        print_table(heading, columns, rows)
    names = list(dict.fromkeys(name for case, sides in record for name in case.beside if sides.get(name)))
    rows = [
        (case.title, *(spread(sides.get(name), case.figure) for name in ("ours", "libzmq", *names)))
        for case, sides in record if any(sides.get(name) for name in case.beside)
    ]
    print_table(LARGE_TITLE, ("case", "ours", "libzmq", *names), rows)


def print_table(heading, columns, rows):
    if rows:
        print(f"\n{heading}:\n\n| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    for cells in rows:
        print("| " + " | ".join(cells) + " |")
