"use strict";
// Draws every chart of the page from the data beside it; without script the tables say the same.
(function () {
  const NARROW = 600;
  function narrowed(option) {
    const small = JSON.parse(JSON.stringify(option));
    small.textStyle.fontSize = 12;
    for (const axis of [small.xAxis, small.yAxis]) {
      if (axis && axis.type === "category") {
        axis.axisLabel.fontSize = 12;
        if (axis.inverse) { axis.axisLabel.width = 96; axis.axisLabel.overflow = "break"; }
      }
    }
    if (small.legend) { small.legend.textStyle = { fontSize: 12 }; }
    if (small.grid && small.series[0].type !== "bar") { small.grid.top = 96; }
    for (const one of small.series) {
      if (one.type === "sankey") { one.right = 92; one.label.fontSize = 12; }
    }
    return small;
  }
  for (const place of document.querySelectorAll("[data-chart]")) {
    const option = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    place.classList.add("drawn");
    const chart = echarts.init(place, null, { renderer: "canvas" });
    let small = null;
    const draw = () => {
      const now = place.clientWidth < NARROW;
      chart.resize();
      if (now !== small) { small = now; chart.setOption(now ? narrowed(option) : option, true); }
    };
    draw();
    new ResizeObserver(draw).observe(place);
  }
})();
