// Charts by Apache ECharts, drawn as SVG; colours come from the style sheet, so that light and dark fit.
const charts = new Set();
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const palette = () => css("--palette").split(" ");

/** Draws a chart into an element once it has a size, and again when size or colours change. */
function mountChart(host, build) {
  const entry = { host, build, chart: null };
  charts.add(entry);
  new ResizeObserver(() => drawChart(entry)).observe(host);
  return entry;
}

function drawChart(entry) {
  const { host } = entry;
  if (!host.isConnected) {
    entry.chart?.dispose();
    charts.delete(entry);
    return;
  }
  if (host.clientWidth < 10 || host.clientHeight < 10) return;
  if (!entry.chart) entry.chart = echarts.init(host, null, { renderer: "svg" });
  entry.chart.resize();
  entry.chart.setOption(entry.build(host.clientWidth), true);
  host.dataset.drawn = "true";
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach(drawChart));

/** What all charts have in common. */
function baseOption() {
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 250,
    textStyle: { color: css("--text"), fontFamily: css("--font") },
    tooltip: {
      trigger: "axis",
      renderMode: "richText", // drawn, and never read as HTML
      confine: true,
      backgroundColor: css("--card"),
      borderColor: css("--line"),
      textStyle: { color: css("--text"), fontSize: 12 },
    },
    legend: { show: false },
  };
}

/** Lines, areas or bars over time. */
function timeOption(widget, width, hidden) {
  const [start, step, count] = widget.times;
  const withDate = step >= 3600 || count * step > 86400;
  const label = (n) => (step >= 86400 ? formatDay(start + n * step).replace(/ \d{4}$/, (year) => (count * step > 300 * 86400 ? year : "")) : formatTime(start + n * step, { withDate }));
  const categories = Array.from({ length: count }, (_, n) => label(n));
  const every = Math.max(1, Math.ceil(count / Math.max(2, Math.floor(width / (withDate ? 110 : 80)))));
  const axisStyle = { axisLine: { lineStyle: { color: css("--line") } }, axisLabel: { color: css("--muted"), fontSize: 11, hideOverlap: true } };
  const series = widget.series.map((one, n) => seriesOption(widget, one, n)).filter((_, n) => !hidden.has(n));
  if (series.length && widget.horizontal?.length) series[0].markLine = markLines(widget.horizontal);
  return {
    ...baseOption(),
    grid: { left: 8, right: 16, top: 12, bottom: 4, containLabel: true },
    xAxis: { type: "category", data: categories, boundaryGap: widget.bars, ...axisStyle, axisLabel: { ...axisStyle.axisLabel, interval: (n) => n % every === 0 }, axisTick: { show: false } },
    yAxis: valueAxis(widget, axisStyle),
    series,
  };
}

function valueAxis(widget, style) {
  const values = widget.series.flatMap((one) => one.values).filter((value) => value !== null);
  const marks = (widget.horizontal ?? []).map((one) => one.value);
  const whole = values.every(Number.isInteger);
  const { min, max } = widget.axis ?? {};
  return {
    type: "value", min: min ?? (values.some((v) => v < 0) ? null : 0), max: max ?? ((range) => Math.max(range.max, ...marks, 1)), minInterval: whole ? 1 : 0, splitNumber: 4,
    ...style, axisLabel: { ...style.axisLabel, formatter: (value) => formatNumber(value) }, splitLine: { lineStyle: { color: css("--grid") } },
  };
}

function colorOf(one, n) {
  return one.color || palette()[n % palette().length];
}

function seriesOption(widget, one, n) {
  const color = colorOf(one, n);
  const points = one.values.filter((value) => value !== null).length;
  const common = { name: one.label, data: one.values, color, itemStyle: { color }, emphasis: { focus: "series" } };
  if (widget.bars) return { ...common, type: "bar", stack: widget.stacked ? "all" : null, barCategoryGap: "15%" };
  return {
    ...common, type: "line", stack: widget.stacked ? "all" : null, symbol: "circle", symbolSize: 4, showSymbol: points < 3,
    lineStyle: { width: widget.stacked ? 1 : 1.75, color }, areaStyle: widget.stacked ? { color, opacity: 0.75 } : undefined, connectNulls: false,
  };
}

function markLines(horizontal) {
  return {
    silent: true, symbol: "none", animation: false,
    data: horizontal.map((one) => ({
      yAxis: one.value, lineStyle: { color: one.color || css("--alarm"), type: "dashed", width: 1.25 },
      label: { formatter: () => one.label, position: "insideStartTop", color: css("--text"), backgroundColor: css("--card"), padding: [1, 3], fontSize: 11 },
    })),
  };
}

/** Shares of a whole. */
function pieOption(parts, hidden) {
  const data = parts.map((one, n) => ({ name: one.label, value: one.value, itemStyle: { color: colorOf(one, n) } })).filter((_, n) => !hidden.has(n));
  return {
    ...baseOption(),
    tooltip: { ...baseOption().tooltip, trigger: "item" },
    series: [{ type: "pie", radius: ["50%", "88%"], label: { show: false }, itemStyle: { borderColor: css("--card"), borderWidth: 2 }, data }],
  };
}

/** A chart with a legend of buttons, which the keyboard reaches. */
function renderChart(items, describe, build) {
  const hidden = new Set();
  const host = h("div", { class: "chart", role: "img", "aria-label": describe });
  const entry = mountChart(host, (width) => build(width, hidden));
  const legend = h("ul", { class: "legend" }, items.map((one, n) => {
    const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
    const color = one.color || `var(--c${n % palette().length})`;
    swatch.style.background = color;
    const toggle = (event) => {
      hidden.has(n) ? hidden.delete(n) : hidden.add(n);
      event.currentTarget.setAttribute("aria-pressed", String(!hidden.has(n)));
      drawChart(entry);
    };
    return h("li", {}, h("button", { type: "button", "aria-pressed": "true", onclick: toggle }, swatch, h("span", {}, one.label), one.text ? h("span", { class: "count" }, one.text) : null));
  }));
  return [host, legend];
}

/** A line without axes below a number. */
function renderSparkline(values, color) {
  const known = values.map((value) => value ?? 0);
  const [low, high] = [Math.min(...known, 0), Math.max(...known, 1)];
  const x = (n) => (known.length > 1 ? (n * 100) / (known.length - 1) : 50);
  const points = known.map((value, n) => `${x(n).toFixed(2)},${(28 - (26 * (value - low)) / (high - low)).toFixed(2)}`);
  const line = svg("polyline", { points: points.join(" "), class: "spark-line" });
  const area = svg("polygon", { points: `0,30 ${points.join(" ")} 100,30`, class: "spark-area" });
  if (color) [line.style.stroke, area.style.fill] = [color, color];
  return svg("svg", { class: "spark", viewBox: "0 0 100 30", preserveAspectRatio: "none", "aria-hidden": "true" }, area, line);
}
