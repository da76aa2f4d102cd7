"use strict";
// Draws the page's charts. What is shown, and how a number is written, came with the options.
(() => {
  const options = JSON.parse(document.getElementById("charts").textContent);
  const charts = new Map();
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const tones = () => {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue(`--${name}`).trim();
  };

  const COLOURS = new Set(["color", "borderColor", "backgroundColor"]);
  const coloured = (value, key, tone) => {
    if (typeof value === "string") {
      return COLOURS.has(key) && value[0] === "@" ? tone(value.slice(1)) : value;
    }
    if (Array.isArray(value)) return value.map((one) => coloured(one, key, tone));
    if (value === null || typeof value !== "object") return value;
    const found = {};
    for (const [name, one] of Object.entries(value)) found[name] = coloured(one, name, tone);
    return found;
  };

  const nearest = (texts) => (value) => {
    let best = texts[0];
    for (const one of texts) if (Math.abs(one[0] - value) < Math.abs(best[0] - value)) best = one;
    return best ? best[1] : "";
  };

  const line = (mark, name, text) => {
    const row = document.createElement("div");
    row.className = "pointed";
    const bold = document.createElement("b");
    bold.textContent = text;
    if (mark) {
      const dot = document.createElement("span");
      dot.style.cssText = `display:inline-block;width:9px;height:9px;margin-right:6px;border-radius:50%;background:${mark}`;
      row.append(dot);
    }
    row.append(`${name}  `, bold);
    return row;
  };

  const told = (option) => (params) => {
    const box = document.createElement("div");
    const several = Array.isArray(params);
    const points = several ? params : [params];
    if (several) {
      const first = points[0];
      box.append(option.times ? nearest(option.times)(first.axisValue) : String(first.axisValue));
    }
    for (const point of points) {
      const series = option.series[point.seriesIndex];
      if (series.type === "heatmap") {
        const [x, y] = point.data.value;
        box.append(line("", `${option.yAxis.data[y]}, ${option.xAxis.data[x]}`, point.data.text));
      } else if (series.type === "pie") {
        box.append(line(point.color, point.name, `${point.data.text} (${point.percent}%)`));
      } else if (series.texts[point.dataIndex] !== null) {
        box.append(line(point.color, series.title, series.texts[point.dataIndex]));
      }
    }
    return box;
  };

  const finished = (number) => {
    const tone = tones();
    const option = coloured(options[number], "", tone);
    for (const name of ["xAxis", "yAxis"]) {
      for (const axis of [option[name] ?? []].flat()) {
        if (axis.axisLabel?.texts) axis.axisLabel.formatter = nearest(axis.axisLabel.texts);
      }
    }
    Object.assign(option.tooltip, {
      backgroundColor: tone("panel"),
      borderColor: tone("line"),
      textStyle: { color: tone("text"), fontSize: 12 },
      formatter: told(option),
    });
    option.textStyle = { fontFamily: getComputedStyle(document.body).fontFamily };
    return option;
  };

  const draw = (panel) => {
    const place = panel.querySelector(".chart");
    if (!place || !place.clientWidth) return;
    const number = panel.id.slice("panel-".length);
    const chart = charts.get(number) ?? echarts.init(place, null, { renderer: "svg" });
    charts.set(number, chart);
    chart.setOption(finished(number), true);
    chart.resize();
  };

  // Rows that end below the panel's edge fade there, until one has scrolled to the last.
  const fade = (rows) => {
    rows.classList.toggle("more", rows.scrollTop + rows.clientHeight < rows.scrollHeight - 2);
  };

  const drawAll = () => {
    document.querySelectorAll(".panel").forEach(draw);
    document.querySelectorAll(".rows").forEach(fade);
  };
  document.querySelectorAll(".rows").forEach((rows) => rows.addEventListener("scroll", () => fade(rows)));

  document.querySelectorAll("details").forEach((row) => row.addEventListener("toggle", drawAll));
  dark.addEventListener("change", drawAll);
  const openAll = () => document.querySelectorAll("details").forEach((row) => { row.open = true; });
  addEventListener("beforeprint", () => { openAll(); drawAll(); });
  addEventListener("afterprint", drawAll);
  new ResizeObserver(() => charts.forEach((chart) => chart.resize())).observe(document.body);

  document.querySelectorAll(".key").forEach((key) => key.addEventListener("click", () => {
    const panel = key.closest(".panel");
    const shown = key.getAttribute("aria-pressed") !== "true";
    key.setAttribute("aria-pressed", String(shown));
    const type = shown ? "legendSelect" : "legendUnSelect";
    charts.get(panel.id.slice("panel-".length))?.dispatchAction({ type, name: key.dataset.series });
  }));

  document.querySelectorAll("th").forEach((head) => head.addEventListener("click", () => {
    const place = [...head.parentNode.children].indexOf(head);
    const body = head.closest("table").tBodies[0];
    const down = head.getAttribute("aria-sort") !== "descending";
    [...head.parentNode.children].forEach((one) => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const numeric = head.classList.contains("number");
    const key = (row) => {
      const cell = row.children[place];
      return numeric ? (cell.dataset.key === undefined ? null : Number(cell.dataset.key)) : cell.textContent;
    };
    const rows = [...body.rows].sort((a, b) => {
      const [one, two] = [key(a), key(b)];
      if (one === null || two === null) return (one === null) - (two === null);
      const order = numeric ? one - two : one.localeCompare(two);
      return down ? -order : order;
    });
    body.append(...rows);
  }));

  if (location.hash === "#all") openAll();
  drawAll();
  document.documentElement.dataset.drawn = String(charts.size);
})();
