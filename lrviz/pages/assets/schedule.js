// Schedules over one another: panels of lines over one time axis, and their values at a position.
(() => {
  "use strict";
  const { DASHES, PROJECTED, make, style, written, count, running, last, clamp, button, checkbox, swatch, plot, moved, sized, themed, slider } = lrvizParts;

  lrvizParts.schedule = (place, view) => {
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
          ctx.fillText(mark.label, middle, bbox.top - (view.spans.length ? 22 : 8) * ratio);
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
})();
