// What views of schedules and of races share: numbers, controls, and plots of lines. Nothing here computes a value of a
// curve: what lrviz stored is placed on axes.
const lrvizParts = (() => {
  "use strict";
  const DASHES = [[], [10, 4], [2.5, 3], [12, 3, 2.5, 3], [18, 6], [6, 2.5, 2, 2.5, 2, 2.5], [5, 5]];
  const PROJECTED = [6, 4];
  const FEW = 150; // values of a line that have a dot each

  const make = (tag, attributes = {}, ...inside) => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => {
      if (name in element && typeof value !== "string") element[name] = value;
      else element.setAttribute(name, value);
    });
    element.append(...inside);
    return element;
  };
  const style = (name) => getComputedStyle(place).getPropertyValue(name).trim();
  const written = (value, digits = 6) => {
    if (value === null || value === undefined || Number.isNaN(value)) return "–";
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e-3 && size < 1e7) return String(Number(value.toPrecision(digits)));
    const [mantissa, power] = value.toExponential(digits - 1).split("e");
    return `${Number(mantissa)}e${Number(power)}`;
  };
  const count = (value) => Number(value.toFixed(2)).toLocaleString("en-US");
  const running = (gaps) => { let sum = 0; return gaps.map((gap) => (sum += gap)); };
  // The last of ascending numbers that is not above one, -1 where all are.
  const last = (numbers, most) => {
    let low = 0, high = numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[middle] <= most) low = middle + 1; else high = middle;
    }
    return low - 1;
  };
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const button = (text, act) => {
    const one = make("button", { type: "button" }, text);
    one.addEventListener("click", act);
    return one;
  };
  const checkbox = (text, checked, act) => {
    const input = make("input", { type: "checkbox", checked });
    input.addEventListener("change", () => act(input.checked));
    return make("label", { class: "check" }, input, text);
  };
  const swatch = (look) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 28 8");
    svg.setAttribute("class", `swatch ${look.colour}`);
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", "M0 4H28");
    line.setAttribute("stroke-dasharray", look.dash.join(" "));
    svg.append(line);
    return svg;
  };

  let place; // where the view stands, for the colours of its theme

  // A plot of lines, [{xs, ys, look, stairs, dots}], that keeps to the width of its element.
  const plot = (element, lines, given) => {
    const axis = (more) => ({
      stroke: () => style("--faint"),
      grid: { stroke: () => style("--grid"), width: 1, ...(more.filter ? { filter: more.filter } : {}) },
      ticks: { stroke: () => style("--grid"), width: 1, size: 4, ...(more.filter ? { filter: more.filter } : {}) },
      font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif", ...more,
    });
    // A log axis is numbered at powers of ten, and at 2 and 5 where it has few of those.
    const round = (split, few) => {
      const digit = Number(split.toExponential(3).split("e")[0]);
      return digit === 1 || (few && (digit === 2 || digit === 5));
    };
    const values = (_, splits) => splits.map((split) => (split === null || split === undefined ? "" : written(split)));
    const seen = (own, splits) => {
      const few = own.scales.y.max < 150 * own.scales.y.min;
      return splits.map((split) => (split !== null && round(split, few) ? split : null));
    };
    const clean = (line) => (given.log ? line.ys.map((y) => (y > 0 ? y : null)) : line.ys);
    const range = (_, low, high) => {
      if (low === null || high === null || low === undefined) return given.log ? [0.1, 1] : [0, 1];
      if (given.log) {
        const [least, largest] = [Math.max(low, given.least ?? 0), Math.min(high, given.largest ?? Infinity)];
        const ends = largest > least ? [least, largest] : [low, high];
        // Its ends have one digit: from others uPlot counts its ticks for ever.
        return [Math.floor, Math.ceil].map((rounded, end) => {
          const [digit, power] = (end ? ends[1] * 1.1 : ends[0] / 1.1).toExponential(12).split("e");
          return Number(`${rounded(digit)}e${power}`);
        });
      }
      const foot = low >= 0 && low < 0.6 * high ? 0 : low;
      const air = 0.06 * (high - foot) || 0.1 * Math.abs(high) || 1;
      return [foot === 0 ? 0 : foot - air, high + air];
    };
    const options = {
      width: Math.max(element.clientWidth, 200), height: given.height, legend: { show: false },
      padding: [given.above ?? 10, 30, 0, 0],
      cursor: {
        drag: { x: true, y: false, setScale: false }, y: false, points: { show: false },
        bind: { dblclick: () => () => { given.whole(); return null; } },
      },
      scales: {
        x: { time: false, range: () => given.reach() },
        y: { distr: given.log ? 3 : 1, range },
      },
      axes: [
        axis({ label: given.label || null, labelSize: given.label ? 18 : 0, size: given.label ? 30 : 6,
               values: (_, splits) => splits.map((split) => (given.label ? given.place(split) : "")) }),
        axis({ label: given.name, labelSize: 20, size: 58, values, ...(given.log ? { filter: seen } : {}) }),
      ],
      series: [{}, ...lines.map((line) => ({
        show: line.shown !== false, stroke: () => style(`--${line.look.colour}`), width: line.look.width ?? 2,
        dash: line.look.dash, spanGaps: false, pxAlign: 0,
        points: { show: Boolean(line.dots && line.xs.length <= FEW) || line.xs.length < 2, size: 5,
                  fill: () => style(`--${line.look.colour}`) },
        paths: line.stairs ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear(),
      }))],
      hooks: {
        setCursor: [(own) => { if (own.cursor.left >= 0 && own.cursor.event) given.hover(own.posToVal(own.cursor.left, "x")); }],
        setSelect: [(own) => {
          const { left, width } = own.select;
          if (width > 3) given.zoom(own.posToVal(left, "x"), own.posToVal(left + width, "x"));
          own.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        }],
        drawClear: given.under ? [given.under] : [],
        draw: given.over ? [given.over] : [],
      },
    };
    const one = new uPlot(options, uPlot.join(lines.map((line) => [line.xs, clean(line)])), element);
    if (given.left) one.over.addEventListener("mouseleave", given.left);
    one.over.setAttribute("role", "img");
    one.over.setAttribute("aria-label", given.told);
    return one;
  };
  const moved = (own, x) => own.setCursor({ left: own.valToPos(x, "x"), top: 10 }, false);
  const sized = (element, act) => new ResizeObserver(() => act(element.clientWidth)).observe(element);
  const themed = (act) => {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", act);
    new MutationObserver(act).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  };
  // A slider with its words: every position of a plot is reached by keys, and by a thumb.
  const slider = (name, most, act) => {
    const input = make("input", { type: "range", min: "0", max: String(most), step: "1", value: String(most) });
    const told = make("output", { class: "told" });
    input.addEventListener("input", () => act(Number(input.value)));
    return { input, told, row: make("div", { class: "slide" }, make("label", {}, make("span", {}, name), input), told) };
  };

  const at = (element) => { place = element; };
  return { at, DASHES, PROJECTED, make, style, written, count, running, last, clamp, button, checkbox, swatch, plot, moved, sized, themed, slider };
})();
