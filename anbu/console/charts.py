"""The board's charts, drawn on the server (pygal) as SVG images: no script, and nothing a table beside them lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import pygal
from pygal.style import Style

from anbu.assessment.vocabulary import BAND_KO, PRIORITIES, vocabulary
from anbu.casework.board import BANDS, Board, Waits, by_week

FONT = "Pretendard, 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', NanumGothic, 'Nanum Gothic', sans-serif"
BRAND, SOFT, GREY = "#0b5d56", "#7fb8ae", "#b9c2be"
ALARM, RUST, WARM, GOLD = "#b0001e", "#b3430b", "#d9772b", "#c99700"
INK, LINE, PAPER = "#1c2422", "#d5dcd8", "#ffffff"
BAND_COLOURS = {"high": ALARM, "medium": WARM, "low": GOLD, "none": SOFT, "held": GREY}
MOST_DAYS = 35  # a longer period is drawn by weeks
CALL_KEYS = ("attempts", "answered", "completed")
SIZE = {"width": 640, "height": 360}


def calls(board: Board) -> str:
    """How the calls went, by day or week."""
    days = _spread(board, board.by_day, CALL_KEYS)
    chart = _chart(pygal.StackedBar, (BRAND, SOFT, GREY), days)
    chart.add("끝까지 통화", [d["completed"] for d in days.values()])
    chart.add("도중에 끝남", [d["answered"] - d["completed"] for d in days.values()])
    chart.add("받지 않음", [d["attempts"] - d["answered"] for d in days.values()])
    return chart.render(is_unicode=True)


def bands(board: Board) -> str:
    """What the calls were judged, by day or week."""
    days = _spread(board, board.bands, BANDS)
    chart = _chart(pygal.StackedBar, [BAND_COLOURS[b] for b in BANDS], days)
    for band in BANDS:
        chart.add(BAND_KO[band], [d[band] for d in days.values()])
    return chart.render(is_unicode=True)


def signals(board: Board) -> str:
    """Danger signals per 1,000 calls, the most frequent on top."""
    kinds = vocabulary().signals
    found = sorted((c for c in board.signals if c in kinds), key=board.per_thousand)
    colours = {"P0": ALARM, "P1": RUST}
    chart = _chart(pygal.HorizontalBar, (BRAND,), [kinds[c].ko for c in found], show_legend=False, print_values=True)
    chart.value_formatter = lambda value: f"{value:.1f}"
    rows = [{"value": round(board.per_thousand(c), 1), "color": colours[kinds[c].priority]} for c in found]
    chart.add("1,000통화당", rows)
    return chart.render(is_unicode=True)


def acknowledged(board: Board) -> str:
    """Time to acknowledge as a share of its target: beyond 100% is late."""
    return _against_target(board.acknowledged)


def decided(board: Board) -> str:
    """Time to decide as a share of its target."""
    return _against_target(board.decided)


def waiting(board: Board) -> str:
    """Cases that wait for a decision, in time and overdue."""
    kinds = vocabulary().priorities
    chart = _chart(pygal.StackedBar, (BRAND, ALARM), [f"{p} {kinds[p].ko}" for p in PRIORITIES])
    overdue = [board.overdue.get(p, 0) for p in PRIORITIES]
    chart.add("기한 안", [board.waiting.get(p, 0) - late for p, late in zip(PRIORITIES, overdue, strict=True)])
    chart.add("기한 지남", overdue)
    return chart.render(is_unicode=True)


def load(board: Board) -> str:
    """What lies with each person, the fullest on top."""
    people = sorted(board.load, key=lambda person: (person.holds, person.decided))[-12:]
    chart = _chart(pygal.HorizontalBar, (BRAND, SOFT), [person.name for person in people])
    chart.add("지금 맡음", [person.holds for person in people])
    chart.add("이 기간에 결정", [person.decided for person in people])
    return chart.render(is_unicode=True)


def draw(name: str, board: Board) -> str | None:
    """The chart of that name as SVG; None when there is none."""
    return CHARTS[name](board) if name in CHARTS else None


CHARTS: dict[str, Callable[[Board], str]] = {
    chart.__name__: chart for chart in (calls, bands, signals, acknowledged, decided, waiting, load)
}


def _against_target(waits: Mapping[str, Waits]) -> str:
    kinds = vocabulary().priorities
    found = [p for p in reversed(PRIORITIES) if p in waits and waits[p].p50 is not None]
    chart = _chart(pygal.HorizontalBar, (SOFT, BRAND), [f"{p} {kinds[p].ko}" for p in found], print_values=True)
    chart.value_formatter = lambda value: f"{value:,.0f}%"
    for name, pick in (("보통 (p50)", "p50"), ("느린 쪽 (p95)", "p95")):
        chart.add(name, [100 * getattr(waits[p], pick) / waits[p].target_s for p in found])
    return chart.render(is_unicode=True)


def _spread(board: Board, days: dict[date, dict[str, int]], keys) -> dict[str, dict[str, int]]:
    """Labels and counts in order: every day of a short period, else its weeks."""
    first, last = board.period.first, board.period.last
    every = {first.fromordinal(n): dict.fromkeys(keys, 0) for n in range(first.toordinal(), last.toordinal() + 1)}
    every.update({day: counts for day, counts in days.items() if day in every})
    spread = every if len(every) <= MOST_DAYS else by_week(every, keys)
    return {f"{day.month}/{day.day}": counts for day, counts in spread.items()}


def _chart(kind, colours, labels, **more):
    style = Style(
        background="transparent", plot_background="transparent", foreground=INK, foreground_strong=INK,
        foreground_subtle=LINE, guide_stroke_color=LINE, major_guide_stroke_color=LINE, guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0", opacity="1", opacity_hover="1", colors=tuple(colours), font_family=FONT,
        label_font_size=15, major_label_font_size=15, legend_font_size=15, value_font_size=14, no_data_font_size=20,
        value_colors=tuple(INK if colour in (SOFT, GREY) else PAPER for colour in colours),
    )  # fmt: skip
    labels = list(labels)
    # pygal takes letters to be half as wide as they are high, which Korean ones are not
    beside = 8 + 7 * max(map(len, labels), default=0) if kind is pygal.HorizontalBar else 8
    options = {"print_values": False, "show_legend": True, **more}
    chart = kind(
        **SIZE, style=style, js=(), disable_xml_declaration=True, legend_at_bottom=True, legend_box_size=14, margin=8,
        margin_left=beside, max_scale=8, truncate_label=-1, truncate_legend=-1, no_data_text="아직 없어요",
        show_minor_x_labels=True, rounded_bars=2, print_zeroes=False, **options,
    )  # fmt: skip
    chart.add_xml_filter(_without_script)
    chart.x_labels = labels
    if kind is pygal.StackedBar and len(labels) > 10:  # some of many days, so that they can be read
        chart.x_labels_major_every, chart.show_minor_x_labels = -(-len(labels) // 7), False
    return chart


def _without_script(root):
    """An image needs none, and none may run here."""
    for parent in list(root.iter()):
        for child in [c for c in parent if str(c.tag).endswith("script")]:
            parent.remove(child)
    return root
