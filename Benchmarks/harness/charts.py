# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

"""Bar charts of the ratios, as plain SVG that reads on a light and on a dark page."""

import html
import math

from .cases import RATES
from .report import ratio

CHARTS = (  # file, heading, the kinds of case in it
    ("throughput.svg", "Throughput, libzmq = 1: longer is better", RATES),
    ("latency.svg", "Latency, libzmq = 1: shorter is better", ("lat",)),
)
WIDTH, LABELS, VALUES, ROW, TOP, BOTTOM = 820, 310, 72, 24, 60, 32
LONGEST = 8  # a bar beyond this is cut, so that one doesn't make the others unreadable

STYLE = """
    text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
    .page { fill: #ffffff; }
    .heading { font-size: 15px; font-weight: 600; }
    .small { font-size: 11px; fill: #59636e; }
    .grid { stroke: #d1d9e0; }
    .one { stroke: #59636e; stroke-dasharray: 4 3; }
    .ahead { fill: #2f81c9; }
    .behind { fill: #d1772b; }
    @media (prefers-color-scheme: dark) {
        text { fill: #f0f6fc; }
        .page { fill: #0d1117; }
        .small { fill: #9198a1; }
        .grid { stroke: #3d444d; }
        .one { stroke: #9198a1; }
        .ahead { fill: #4c9be8; }
        .behind { fill: #e08b45; }
    }"""


def write_charts(record, folder, caption):
    """Writes the charts for which `record` has a ratio, and says which."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, heading, kinds in CHARTS:
        chosen = [(case, ratio(sides)) for case, sides in record if case.kind in kinds]
        bars = [(case.title.replace(" latency", ""), found, case.lower_is_better)
                for case, found in chosen if found is not None]
        if bars:
            (folder / name).write_text(chart(heading, bars, caption))
            written.append(folder / name)
    return written


def tick_step(most):
    """A round step that leaves at most seven ticks."""
    return next(step for step in (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, math.inf) if most / step <= 7)


def chart(heading, bars, caption):
    longest = min(LONGEST, max(1.2, *(value for _, value, _ in bars)))
    step = tick_step(longest)
    most = math.ceil(longest / step) * step
    scale = (WIDTH - LABELS - VALUES) / most
    bottom = TOP + ROW * len(bars)
    height = bottom + BOTTOM
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img">',
        "<!-- Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE. -->",
        f"<title>{html.escape(heading)}</title>",
        f"<style>{STYLE}\n</style>",
        # A page of its own: what shows the picture may be dark where the reader's system is light.
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="6"/>',
        f'<text class="heading" x="12" y="22">{html.escape(heading)}</text>',
        f'<text class="small" x="12" y="40">{html.escape(caption)}</text>',
    ]
    for tick in range(round(most / step) + 1):
        x = LABELS + tick * step * scale
        lines.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP - 4}" x2="{x:.1f}" y2="{bottom}"/>')
        lines.append(f'<text class="small" x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{tick * step:g}</text>')
    for index, (title, value, lower_is_better) in enumerate(bars):
        y = TOP + ROW * index
        kind = "ahead" if (value <= 1 if lower_is_better else value >= 1) else "behind"
        end = LABELS + min(value, most) * scale
        cut = " ›" * (value > most)
        lines += [
            f'<text x="{LABELS - 10}" y="{y + 16}" text-anchor="end">{html.escape(title)}</text>',
            f'<rect class="{kind}" x="{LABELS}" y="{y + 4}" width="{end - LABELS:.1f}" height="{ROW - 8}" rx="2"/>',
            f'<text x="{end + 6:.1f}" y="{y + 16}">{value:.2f}{cut}</text>',
        ]
    one = LABELS + scale
    lines.append(f'<line class="one" x1="{one:.1f}" y1="{TOP - 4}" x2="{one:.1f}" y2="{bottom}"/>')
    return "\n".join([*lines, "</svg>"]) + "\n"
