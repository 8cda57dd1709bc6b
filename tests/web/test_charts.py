"""Where the words and bars of a chart stand."""

from jieti.web.officer.charts import LABEL_WIDTH, stacked_bars

PARTS = [("survival", "生存型", 3), ("growth", "成长型", 0), ("development", "发展型", 1)]


def test_short_words_stand_beside_their_bars() -> None:
    chart = stacked_bars([("怀柔镇", PARTS), ("长哨营满族乡", PARTS[:1])])
    assert {block.x >= LABEL_WIDTH for block in chart.blocks} == {True}
    assert len(chart.blocks) == 3, "what counts nothing has no block"
    assert [label.text for label in chart.labels] == ["怀柔镇", "4", "长哨营满族乡", "3"]


def test_long_words_stand_above_their_bars() -> None:
    name = "上一年度实际缴纳税款（国家税务总局北京市怀柔区税务局）"
    chart = stacked_bars([(name, PARTS), ("转办", PARTS)])
    words = [label for label in chart.labels if label.x == 0]
    bars = [min(block.y for block in chart.blocks if name in block.title), max(block.y for block in chart.blocks)]
    assert [bar > word.y for bar, word in zip(bars, words, strict=True)] == [True, True]
    assert bars[0] + 20 < words[1].y - 14, "no word lies on the bar before it"
    assert chart.height > max(bars) + 20


def test_a_chart_of_nothing() -> None:
    assert stacked_bars([]).blocks == ()
    assert stacked_bars([("怀柔镇", [("survival", "生存型", 0)])]).blocks == ()
