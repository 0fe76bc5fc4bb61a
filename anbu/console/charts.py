"""The board's charts, drawn by pygal as SVG pictures. Every number is on the page as text too."""

from __future__ import annotations

from datetime import date

import pygal
from pygal.style import Style

from anbu.assessment.vocabulary import BAND_KO, PRIORITIES, vocabulary
from anbu.casework.board import BANDS, Board, by_week

DAILY = 31  # days shown one by one; beyond that by week
FONT = "Pretendard, 'Noto Sans KR', 'Malgun Gothic', NanumGothic, 'Nanum Gothic', sans-serif"
COLOURS = {
    "attempts": "#9aa5a1", "answered": "#2f8f83", "completed": "#0b5d56", "high": "#b0001e", "medium": "#d9822b",
    "low": "#e6c35c", "none": "#8fbf9f", "held": "#8d8fa8", "p50": "#2f8f83", "p95": "#b3430b", "holds": "#b3430b",
    "decided": "#2f8f83", "signal": "#b0001e",
}  # fmt: skip


def draw(name: str, found: Board) -> bytes | None:
    """The SVG of a chart, or None when there is no such chart."""
    drawer = CHARTS.get(name)
    return drawer(found).render(is_unicode=False) if drawer else None


def _style(*keys: str) -> Style:
    return Style(
        background="transparent", plot_background="transparent", foreground="#1c2422", foreground_strong="#1c2422",
        foreground_subtle="#4d5a56", font_family=FONT, label_font_size=15, major_label_font_size=15,
        legend_font_size=16, value_font_size=15, value_label_font_size=15, no_data_font_size=20, tooltip_font_size=15,
        opacity="1", opacity_hover="1", colors=tuple(COLOURS[k] for k in keys),
    )  # fmt: skip


def _options(style: Style, **more) -> dict:
    return {
        "style": style, "width": 760, "height": 380, "legend_at_bottom": True, "js": [], "margin": 12,
        "show_minor_x_labels": False, "no_data_text": "아직 자료가 없어요", "truncate_legend": -1, "truncate_label": -1,
        "disable_xml_declaration": False, **more,
    }  # fmt: skip


def _days(days: dict[date, dict[str, int]], keys) -> tuple[list[str], dict[str, list[int]]]:
    if len(days) > DAILY:
        days = by_week(days, keys)
    labels = [f"{d.month}/{d.day}" for d in days]
    return labels, {key: [counts.get(key, 0) for counts in days.values()] for key in keys}


def _spaced(chart, labels: list[str]) -> None:
    """Not every day's name: they would lie over each other."""
    step = max(1, -(-len(labels) // 8))
    chart.x_labels, chart.x_labels_major = labels, labels[::step]


def calls(found: Board) -> pygal.Graph:
    keys = ("attempts", "answered", "completed")
    labels, values = _days(found.by_day, keys)
    chart = pygal.Line(**_options(_style(*keys), dots_size=2.5, stroke_style={"width": 3}, min_scale=3))
    _spaced(chart, labels)
    for key, ko in zip(keys, ("건 전화", "받은 전화", "끝까지 한 전화"), strict=True):
        chart.add(ko, values[key])
    return chart


def bands(found: Board) -> pygal.Graph:
    labels, values = _days(found.bands, BANDS)
    chart = pygal.StackedBar(**_options(_style(*BANDS), min_scale=3))
    _spaced(chart, labels)
    for band in BANDS:
        chart.add(BAND_KO[band], values[band])
    return chart


def signals(found: Board) -> pygal.Graph:
    kinds = vocabulary().signals
    most = sorted(found.signals, key=lambda code: found.signals[code])[-8:]
    chart = pygal.HorizontalBar(**_options(_style("signal"), show_legend=False, print_values=True))
    chart.x_labels = [kinds[code].ko if code in kinds else code for code in most]
    chart.value_formatter = lambda value: f"{value:.1f}" if value is not None else ""
    chart.add("1,000통화당", [found.per_thousand(code) for code in most])
    return chart


def acknowledged(found: Board) -> pygal.Graph:
    """Half and 95 % of the cases, against the deadline of their priority = 100."""
    chart = pygal.Bar(**_options(_style("p50", "p95"), print_values=True))
    chart.x_labels = [f"{p} {vocabulary().priorities[p].ko}" for p in PRIORITIES]
    chart.value_formatter = lambda value: f"{value:.0f}%" if value is not None else ""
    for part, ko in (("p50", "절반은 이 안에 (p50)"), ("p95", "95%는 이 안에 (p95)")):
        chart.add(ko, [_share(found.acknowledged.get(p), part) for p in PRIORITIES])
    return chart


def load(found: Board) -> pygal.Graph:
    people = found.load[:12][::-1]
    height = max(240, 90 + 34 * len(people))
    chart = pygal.HorizontalStackedBar(**_options(_style("holds", "decided"), height=height))
    chart.x_labels = [person.name for person in people]
    chart.add("지금 맡은 사례", [person.holds for person in people])
    chart.add("결정한 사례", [person.decided for person in people])
    return chart


def _share(waits, part: str) -> float | None:
    value = getattr(waits, part) if waits else None
    return 100 * value / waits.target_s if value is not None and waits.target_s else None


CHARTS = {"calls": calls, "bands": bands, "signals": signals, "acknowledged": acknowledged, "load": load}
