// What can be touched of a schedule or a race. It draws values that lrviz stored, and computes none of them.
(() => {
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

  const schedule = (view) => {
    const state = { log: view.log, share: view.share, reach: null, x: 0 };
    const lines = view.panels.flatMap((panel) => panel.lines);
    lines.forEach((line) => {
      line.shown = true;
      line.ticks = line.gaps ? running(line.gaps) : line.values.map((_, at) => line.first + at);
      line.drawn = { colour: `c${line.colour % 10}`, dash: line.look === "projected" ? PROJECTED : DASHES[line.dash % DASHES.length] };
    });
    const at = (line, tick) => (state.share ? (100 * tick) / line.whole : tick * line.scale);
    // Marks and phases are on the axis in time; those of one schedule have a share, too.
    const alone = lines[0];
    const marked = (x) => (state.share ? (100 * x) / (alone.whole * alone.scale) : x);
    const whole = () => (state.share
      ? [100 * Math.min(...lines.map((line) => line.ticks[0] / line.whole)), 100 * Math.max(...lines.map((line) => line.end / line.whole))]
      : view.limits);
    const words = (x) => {
      if (state.share) return `${count(x)}% of the run`;
      const other = view.axis.other ? ` · ${view.axis.other[0]} ${count(Math.floor(x * view.axis.other[1] + 1e-9))}` : "";
      const phase = view.spans.find((span) => x >= span.start && x < span.stop);
      return `${view.axis.noun} ${count(view.axis.noun === "step" ? Math.floor(x + 1e-9) : x)}${other}${phase ? ` · ${phase.label}` : ""}`;
    };

    const panels = view.panels.map((panel) => ({ ...panel, element: make("div", { class: "panel" }) }));
    let plots = [], stops = [];
    const position = slider("Position", 1, (index) => show(stops[index], null));
    const cells = new Map();
    const show = (x, from) => {
      state.x = x;
      position.input.value = String(clamp(last(stops, x + 1e-9), 0, stops.length - 1));
      position.told.textContent = words(x);
      position.input.setAttribute("aria-valuetext", words(x));
      lines.forEach((line) => {
        const [value, where] = cells.get(line);
        const index = last(line.xs, x + 1e-9);
        const there = index >= 0 && x <= at(line, line.end) + 1e-9;
        value.textContent = there ? written(line.values[Math.min(index, line.values.length - 1)]) : "–";
        where.textContent = there ? `${line.unit} ${count(line.ticks[Math.min(index, line.ticks.length - 1)])}` : "";
      });
      plots.filter((own) => own !== from).forEach((own) => moved(own, x));
    };
    const reach = () => state.reach ?? whole();
    const zoom = (low, high) => {
      const [first, final] = whole();
      state.reach = [Math.max(low, first), Math.min(high, final)];
      if (!(state.reach[1] > state.reach[0])) state.reach = null;
      plots.forEach((own) => { own.setScale("x", { min: reach()[0], max: reach()[1] }); });
      show(state.x, null);
    };
    const scaled = (factor) => {
      const [low, high] = reach();
      const middle = clamp(state.x, low, high);
      zoom(middle - (middle - low) * factor, middle + (high - middle) * factor);
    };
    const reset = () => { state.reach = null; zoom(...whole()); };
    const over = (own) => {
      const { ctx, bbox } = own, ratio = devicePixelRatio;
      ctx.save();
      ctx.font = `${11 * ratio}px system-ui, sans-serif`;
      ctx.textBaseline = "middle";
      const free = (taken, left, right) => taken.every(([a, b]) => right < a || left > b) && left >= bbox.left && right <= bbox.left + bbox.width;
      const phases = [], names = [];
      view.spans.forEach((span) => {
        const left = Math.max(own.valToPos(marked(span.start), "x", true), bbox.left);
        const right = Math.min(own.valToPos(marked(span.stop), "x", true), bbox.left + bbox.width);
        const wide = ctx.measureText(span.label).width;
        if (right - left > wide + 8 * ratio) {
          ctx.fillStyle = style("--faint");
          ctx.textAlign = "center";
          ctx.fillText(span.label, (left + right) / 2, bbox.top - 8 * ratio);
          phases.push([left, right]);
        }
        ctx.strokeStyle = style("--rule");
        if (left > bbox.left + 1) { ctx.beginPath(); ctx.moveTo(left, bbox.top - 14 * ratio); ctx.lineTo(left, bbox.top); ctx.stroke(); }
      });
      view.marks.forEach((mark) => {
        const x = own.valToPos(marked(mark.at), "x", true);
        if (x < bbox.left || x > bbox.left + bbox.width) return;
        ctx.strokeStyle = ctx.fillStyle = style(mark.cause ? "--bad" : "--faint");
        ctx.globalAlpha = mark.cause ? 0.9 : 0.45;
        ctx.setLineDash(mark.cause ? [] : [3 * ratio, 3 * ratio]);
        ctx.beginPath(); ctx.moveTo(x, bbox.top); ctx.lineTo(x, bbox.top + bbox.height); ctx.stroke();
        ctx.globalAlpha = 1;
        const wide = ctx.measureText(mark.label).width / 2 + 4 * ratio;
        const middle = clamp(x, bbox.left + wide, bbox.left + bbox.width - wide);
        if (free(names, middle - wide, middle + wide)) {
          names.push([middle - wide, middle + wide]);
          ctx.textAlign = "center";
          ctx.fillText(mark.label, middle, bbox.top - 22 * ratio);
        }
      });
      ctx.restore();
    };
    const build = () => {
      plots.forEach((own) => own.destroy());
      lines.forEach((line) => { line.xs = line.ticks.map((tick) => at(line, tick)); });
      stops = [...new Set(panels[0].lines.flatMap((line) => line.xs))].sort((a, b) => a - b);
      position.input.max = String(stops.length - 1);
      plots = panels.map((panel, index) => {
        const drawn = panel.lines.map((line) => ({
          look: line.drawn, stairs: line.look === "stairs", dots: line.look === "dots", shown: line.shown,
          // A value holds until the next one, the last to the end of the run; of a log no more is known than its values.
          xs: line.look === "dots" ? line.xs : [...line.xs, at(line, line.end)],
          ys: line.look === "dots" ? line.values : [...line.values, line.values[line.values.length - 1]],
        }));
        const bottom = index === panels.length - 1;
        const own = plot(panel.element, drawn, {
          height: index ? 150 : 340, above: index ? 10 : 10 + (view.spans.length ? 14 : 0) + (view.marks.length ? 16 : 0),
          log: index === 0 && state.log, name: index === 0 && state.log ? `${panel.name} (log)` : panel.name,
          label: bottom ? (state.share ? "share of the run" : view.axis.label) : "", reach, zoom, whole: reset,
          place: (x) => (state.share ? `${written(x)}%` : x >= 1e4 ? `${written(x / 1e3)}k` : written(x)),
          hover: (x) => { show(clamp(x, ...whole()), own); },
          over: index ? null : over, told: `${panel.name} over the run; the values at the position of the slider stand in the table`,
        });
        return own;
      });
      show(clamp(state.x, ...whole()), null);
    };

    const table = make("table", { class: "values" });
    panels.forEach((panel, index) => {
      table.append(make("thead", {}, make("tr", {}, ...[panel.name, "value", "at"].map((text) => make("th", { scope: "col" }, text)))));
      const body = make("tbody");
      panel.lines.forEach((line, own) => {
        const name = checkbox("", true, (on) => { line.shown = on; plots[index].setSeries(own + 1, { show: on }); });
        name.append(swatch(line.drawn), make("span", {}, line.name));
        const pair = [make("td", { class: "number" }), make("td", { class: "where" })];
        cells.set(line, pair);
        body.append(make("tr", {}, make("th", { scope: "row" }, name), ...pair));
      });
      table.append(body);
    });
    const several = new Set(lines.map((line) => line.whole * line.scale)).size > 1;
    place.append(
      make("div", { class: "tools", role: "group", "aria-label": "How the curves are shown" },
        checkbox("Log axis", state.log, (on) => { state.log = on; build(); }),
        checkbox("Share of the run", state.share, (on) => {
          state.share = on; state.reach = null; state.x = 0; build();
        }),
        button("Zoom in", () => scaled(0.5)), button("Zoom out", () => scaled(2)), button("Whole run", reset)),
      make("div", { class: "beside" },
        make("div", {}, ...panels.map((panel) => panel.element), position.row),
        make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Values at the position" }, table)),
      make("p", { class: "hint" }, `Point at a curve, or move the slider, for its values; drag over a part to zoom, double-click for the whole run.${several ? " Share of the run compares runs of different lengths." : ""} ${view.stored}`),
    );
    build();
    show(whole()[0], null);
    sized(panels[0].element, (wide) => plots.forEach((own) => own.setSize({ width: wide, height: own.height })));
    themed(() => plots.forEach((own) => own.redraw(false)));
  };

  const race = (view) => {
    const [[left, right], [low, high]] = view.box;
    const entries = view.entries;
    const state = { log: view.loss.log, cost: view.cost.most, box: [left, right, low, high], reach: null, hovered: null };
    entries.forEach((one) => {
      one.rows = one.gaps ? running(one.gaps) : one.x.map((_, at) => at);
      one.costs = one.spent ? running(one.spent) : one.rows;
      one.shown = true;
      // Colours first, then again with the next dashes, as in the pictures.
      one.dash = DASHES[Math.floor(one.colour / 6) % DASHES.length];
      one.colour = `p${one.colour % 6}`;
      const gone = one.x.indexOf(null);
      one.finite = gone < 0 ? one.x.length : gone;
    });
    const rowAt = (one, cost) => Math.min(last(one.costs, cost + 1e-9), one.finite - 1);
    const noun = view.cost.label.replace(/s$/, "");

    // The map.
    const canvas = make("canvas", { tabindex: "0", role: "img", "aria-label": `The surface with the paths; ${view.scale}; arrow keys move a part that is zoomed, plus and minus zoom` });
    const frame = make("div", { class: "map" }, canvas);
    const readout = make("p", { class: "readout", role: "status" });
    const ground = document.createElement("canvas");
    let grey = null;
    const coloured = () => {
      if (!grey) return;
      const [from, to] = ["--low", "--high"].map((name) => style(name).split(" ").map(Number));
      const picture = new ImageData(ground.width, ground.height);
      for (let at = 0; at < grey.length; at += 4) {
        const share = grey[at] / 255;
        for (let part = 0; part < 3; part += 1) picture.data[at + part] = from[part] + (to[part] - from[part]) * share;
        picture.data[at + 3] = 255;
      }
      ground.getContext("2d").putImageData(picture, 0, 0);
      paint();
    };
    const image = new Image();
    image.addEventListener("load", () => {
      ground.width = image.naturalWidth; ground.height = image.naturalHeight;
      const context = ground.getContext("2d", { willReadFrequently: true });
      context.drawImage(image, 0, 0);
      grey = context.getImageData(0, 0, ground.width, ground.height).data;
      coloured();
    });
    const pixel = (x, y) => {
      const [a, b, c, d] = state.box;
      return [((x - a) / (b - a)) * canvas.width, (1 - (y - c) / (d - c)) * canvas.height];
    };
    const star = (context, x, y, size) => {
      context.beginPath();
      for (let point = 0; point < 10; point += 1) {
        const turn = (point * Math.PI) / 5 - Math.PI / 2, far = point % 2 ? size * 0.42 : size;
        context.lineTo(x + far * Math.cos(turn), y + far * Math.sin(turn));
      }
      context.closePath();
    };
    const trail = (context, xs, ys, from, to) => {
      context.beginPath();
      for (let row = from; row <= to; row += 1) {
        if (xs[row] === null || ys[row] === null) continue;
        context.lineTo(...pixel(xs[row], ys[row]));
      }
    };
    const paint = () => {
      const context = canvas.getContext("2d"), ratio = devicePixelRatio, [a, b, c, d] = state.box;
      context.clearRect(0, 0, canvas.width, canvas.height);
      if (grey) {
        const wide = ground.width / (right - left), tall = ground.height / (high - low);
        context.imageSmoothingQuality = "high";
        context.drawImage(ground, (a - left) * wide, (high - d) * tall, (b - a) * wide, (d - c) * tall, 0, 0, canvas.width, canvas.height);
      }
      context.font = `${10.5 * ratio}px system-ui, sans-serif`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      const taken = [];
      view.contours.forEach((contour) => {
        context.strokeStyle = style("--contour");
        context.lineWidth = 0.8 * ratio;
        let best = [];
        contour.lines.forEach((line) => {
          context.beginPath();
          for (let at = 0; at < line.length; at += 2) context.lineTo(...pixel(line[at], line[at + 1]));
          context.stroke();
          if (line.length > best.length) best = line;
        });
        for (let at = 0; at < best.length; at += 6) {
          const [x, y] = pixel(best[at], best[at + 1]);
          const wide = context.measureText(contour.level).width / 2 + 4 * ratio, tall = 8 * ratio;
          if (x < wide || y < tall || x > canvas.width - wide || y > canvas.height - tall) continue;
          if (taken.some(([u, v]) => Math.abs(u - x) < 3 * wide && Math.abs(v - y) < 3 * tall)) continue;
          taken.push([x, y]);
          context.strokeStyle = `rgb(${style("--high")})`;
          context.lineWidth = 3 * ratio;
          context.strokeText(contour.level, x, y);
          context.fillStyle = style("--level");
          context.fillText(contour.level, x, y);
          break;
        }
      });
      context.lineJoin = "round";
      const shown = entries.filter((one) => one.shown);
      shown.forEach((one) => {
        const now = rowAt(one, state.cost), colour = style(`--${one.colour}`);
        const paths = one.average ? [[one, 1.4, one.dash, 0.5], [one.average, 3, [6, 4], 1]] : [[one, 2.2, one.dash, 1]];
        paths.forEach(([path, wide, dash, strong]) => {
          [[0, now, strong], [now, one.finite - 1, 0.22]].forEach(([from, to, alpha]) => {
            trail(context, path.x, path.y, from, to);
            context.globalAlpha = alpha * 0.8;
            context.strokeStyle = `rgb(${style("--high")})`;
            context.lineWidth = (wide + 2) * ratio;
            context.setLineDash([]);
            context.stroke();
            context.globalAlpha = alpha;
            context.strokeStyle = colour;
            context.lineWidth = wide * ratio;
            context.setLineDash(dash.map((part) => part * ratio));
            context.stroke();
            context.setLineDash([]);
            context.globalAlpha = 1;
          });
        });
      });
      context.lineWidth = 1.2 * ratio;
      context.strokeStyle = style("--ink");
      view.minima.forEach(([x, y]) => { star(context, ...pixel(x, y), 9 * ratio); context.fillStyle = "#ffd84d"; context.fill(); context.strokeStyle = "#1d2126"; context.stroke(); });
      const ring = (x, y, size, fill, edge) => {
        context.beginPath(); context.arc(...pixel(x, y), size * ratio, 0, 7); context.fillStyle = fill; context.fill();
        context.lineWidth = 2 * ratio; context.strokeStyle = edge; context.stroke();
      };
      ring(...view.start, 5, "#ffffff", "#1d2126");
      shown.forEach((one) => {
        const now = rowAt(one, state.cost), path = one.average && one.average.x[now] !== null ? one.average : one;
        ring(path.x[now], path.y[now], 5, style(`--${one.colour}`), `rgb(${style("--high")})`);
      });
      if (state.hovered) ring(state.hovered[0].x[state.hovered[1]], state.hovered[0].y[state.hovered[1]], 7, "transparent", style("--ink"));
      if (state.drag) {
        const [x0, y0, x1, y1] = state.drag;
        context.strokeStyle = style("--accent"); context.lineWidth = 1.5 * ratio;
        context.strokeRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
      }
    };
    const boxed = (box) => { state.box = box; paint(); };
    const scaled = (factor) => {
      const [a, b, c, d] = state.box, x = (a + b) / 2, y = (c + d) / 2;
      if (factor > 1 && (b - a) * factor >= right - left) return boxed([left, right, low, high]);
      return boxed([x - ((b - a) / 2) * factor, x + ((b - a) / 2) * factor, y - ((d - c) / 2) * factor, y + ((d - c) / 2) * factor]);
    };
    const shifted = (x, y) => {
      const [a, b, c, d] = state.box, wide = b - a, tall = d - c;
      const from = clamp(a + x * wide, left, right - wide), foot = clamp(c + y * tall, low, high - tall);
      boxed([from, from + wide, foot, foot + tall]);
    };
    const reset = () => { state.box = [left, right, low, high]; state.reach = null; build(); paint(); };
    const spot = (event) => {
      const box = canvas.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * canvas.width, ((event.clientY - box.top) / box.height) * canvas.height];
    };
    const near = ([x, y]) => {
      let best = null, least = 24 * devicePixelRatio;
      entries.filter((one) => one.shown).forEach((one) => {
        for (let row = 0; row < one.finite; row += 1) {
          const [u, v] = pixel(one.x[row], one.y[row]), far = Math.hypot(u - x, v - y);
          if (far < least) { least = far; best = [one, row]; }
        }
      });
      return best;
    };
    canvas.addEventListener("pointermove", (event) => {
      const at = spot(event);
      if (state.drag) { state.drag = [state.drag[0], state.drag[1], ...at]; paint(); return; }
      state.hovered = near(at);
      tell();
      paint();
    });
    canvas.addEventListener("pointerleave", () => { state.hovered = null; tell(); paint(); });
    canvas.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button) return;
      canvas.setPointerCapture(event.pointerId);
      state.drag = [...spot(event), ...spot(event)];
    });
    canvas.addEventListener("pointerup", () => {
      if (!state.drag) return;
      const [x0, y0, x1, y1] = state.drag, [a, b, c, d] = state.box;
      state.drag = null;
      if (Math.abs(x1 - x0) > 8 && Math.abs(y1 - y0) > 8) {
        const xs = [x0, x1].sort((u, v) => u - v).map((x) => a + (x / canvas.width) * (b - a));
        const ys = [y0, y1].sort((u, v) => v - u).map((y) => d - (y / canvas.height) * (d - c));
        state.box = [...xs, ...ys];
      }
      paint();
    });
    canvas.addEventListener("dblclick", reset);
    const keys = {
      ArrowLeft: () => shifted(-0.2, 0), ArrowRight: () => shifted(0.2, 0), ArrowUp: () => shifted(0, 0.2),
      ArrowDown: () => shifted(0, -0.2), "+": () => scaled(0.6), "=": () => scaled(0.6), "-": () => scaled(1 / 0.6), 0: reset,
    };
    canvas.addEventListener("keydown", (event) => {
      const act = keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    });

    // The curves.
    const whole = () => [0, view.cost.most];
    const reach = () => state.reach ?? whole();
    const losses = make("div", { class: "panel" }), rates = make("div", { class: "panel" });
    let plots = [];
    const zoom = (from, to) => {
      state.reach = [Math.max(from, 0), Math.min(to, view.cost.most)];
      plots.forEach((own) => own.setScale("x", { min: reach()[0], max: reach()[1] }));
    };
    const tolerance = (own) => {
      const value = view.loss.tolerance;
      if (value === null || (state.log ? false : value < own.scales.y.min)) return;
      const { ctx, bbox } = own, ratio = devicePixelRatio, y = own.valToPos(value, "y", true);
      if (y < bbox.top || y > bbox.top + bbox.height) return;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = style("--faint");
      ctx.setLineDash([5 * ratio, 4 * ratio]);
      ctx.beginPath(); ctx.moveTo(bbox.left, y); ctx.lineTo(bbox.left + bbox.width, y); ctx.stroke();
      ctx.font = `${11 * ratio}px system-ui, sans-serif`;
      ctx.textAlign = "right"; ctx.textBaseline = "bottom";
      ctx.fillText(`tolerance ${written(value)}`, bbox.left + bbox.width - 4 * ratio, y - 2 * ratio);
      ctx.restore();
    };
    const build = () => {
      plots.forEach((own) => own.destroy());
      const shared = {
        reach, zoom, whole: reset, place: (x) => written(x), label: view.cost.label,
        hover: (cost) => show(clamp(Math.floor(cost + 0.5), 0, view.cost.most), false),
        left: () => show(Number(scrubber.input.value), false),
      };
      const lines = entries.flatMap((one) => {
        const main = { xs: one.costs, ys: one.loss, look: { colour: one.colour, dash: one.dash, width: one.average ? 1.2 : 2 }, shown: one.shown };
        return one.average ? [main, { ...main, ys: one.average.loss, look: { colour: one.colour, dash: [3, 2], width: 3 } }] : [main];
      });
      plots = [plot(losses, lines, { ...shared, height: 330, log: state.log, least: view.loss.least, largest: view.loss.largest,
                                     name: view.loss.label.split(";")[0], over: tolerance, told: "the losses of all entries" })];
      if (view.scheduled) {
        const own = entries.map((one) => ({ xs: one.costs, ys: one.lr, stairs: true, look: { colour: one.colour, dash: one.dash }, shown: one.shown }));
        plots.push(plot(rates, own, { ...shared, height: 140, log: false, name: "learning rate", told: "the learning rate of each step" }));
      }
      plots.forEach((own) => moved(own, state.cost));
    };

    const cells = new Map();
    const tell = () => {
      if (!state.hovered) {
        readout.textContent = "Point at a path for its values.";
        return;
      }
      const [one, row] = state.hovered;
      readout.textContent = `${one.name}, step ${count(one.rows[row])}: x ${written(one.x[row])}, y ${written(one.y[row])}, loss ${written(one.loss[row])}`;
    };
    const show = (cost, move = true) => {
      state.cost = cost;
      if (move) scrubber.input.value = String(cost);
      scrubber.told.textContent = `${count(cost)} of ${count(view.cost.most)}`;
      scrubber.input.setAttribute("aria-valuetext", `${noun} ${scrubber.told.textContent}`);
      entries.forEach((one) => {
        const row = rowAt(one, cost), path = one.average && one.average.loss[row] !== null ? one.average : one;
        const ended = one.finite < one.x.length && cost >= one.costs[one.finite];
        const lr = one.lr.length > 1 ? one.lr[row] : one.lr[0];
        [ended ? "not finite" : written(path.loss[row]), `${written(path.x[row], 4)}, ${written(path.y[row], 4)}`, written(lr)]
          .forEach((text, at) => { cells.get(one)[at].textContent = text; });
      });
      tell();
      plots.forEach((own) => moved(own, cost));
      paint();
    };
    const scrubber = slider(noun === "step" ? "Step" : "Evaluation", view.cost.most, (cost) => { stop(); show(cost, false); });
    let playing = null;
    const stop = () => {
      cancelAnimationFrame(playing);
      playing = null;
      play.textContent = "Play";
    };
    const play = button("Play", () => {
      if (playing !== null) { stop(); return; }
      const from = state.cost >= view.cost.most ? 0 : state.cost, begun = performance.now();
      play.textContent = "Pause";
      const next = (now) => {
        const cost = Math.min(Math.floor(from + ((now - begun) / 8000) * view.cost.most), view.cost.most);
        show(cost);
        if (cost >= view.cost.most) stop(); else playing = requestAnimationFrame(next);
      };
      playing = requestAnimationFrame(next);
    });
    const table = make("table", { class: "values" },
      make("thead", {}, make("tr", {}, ...["entry", "loss", "x, y", "lr"].map((text) => make("th", { scope: "col" }, text)))));
    const body = make("tbody");
    entries.forEach((one) => {
      const name = checkbox("", true, (on) => { one.shown = on; build(); paint(); });
      name.append(swatch(one), make("span", {}, one.average ? one.average.name : one.name));
      const own = [0, 1, 2].map(() => make("td", { class: "number" }));
      cells.set(one, own);
      body.append(make("tr", {}, make("th", { scope: "row" }, name, make("small", {}, one.words)), ...own));
    });
    table.append(body);
    place.append(
      make("div", { class: "tools", role: "group", "aria-label": "How the race is shown" },
        checkbox("Log axis", state.log, (on) => { state.log = on; build(); }),
        button("Zoom in", () => scaled(0.6)), button("Zoom out", () => scaled(1 / 0.6)), button("Whole", reset)),
      make("div", { class: "sides" },
        make("div", {}, frame, readout, make("div", { class: "scrub" }, play, scrubber.row)),
        make("div", {}, losses, rates,
          make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Values at the step" }, table))),
      make("p", { class: "hint" }, `${view.scale}; the stars are minima, the white ring is the start. Move the slider through the steps; point at a path for its values; drag over a part to zoom, double-click for the whole. ${view.stored}`),
    );
    const fit = () => {
      const wide = Math.max(frame.clientWidth, 200);
      canvas.width = wide * devicePixelRatio;
      canvas.height = Math.min(wide * 0.96, 560) * devicePixelRatio;
      canvas.style.height = `${canvas.height / devicePixelRatio}px`;
      paint();
    };
    build();
    fit();
    show(view.cost.most);
    image.src = view.ground;
    sized(frame, fit);
    sized(losses, (wide) => plots.forEach((own) => own.setSize({ width: wide, height: own.height })));
    themed(() => { coloured(); plots.forEach((own) => own.redraw(false)); });
  };

  window.lrvizExplore = (element, view) => {
    place = element;
    place.replaceChildren();
    if (view.kind === "race") race(view); else schedule(view);
  };
})();
