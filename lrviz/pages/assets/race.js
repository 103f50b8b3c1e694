// A race: the surface with the paths, a slider through their steps, and the losses; and which view shows what.
(() => {
  "use strict";
  const { DASHES, make, style, written, count, running, last, clamp, button, checkbox, swatch, plot, moved, sized, themed, slider } = lrvizParts;

  lrvizParts.race = (place, view) => {
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
        const row = rowAt(one, cost);
        const ended = one.finite < one.x.length && cost >= one.costs[one.finite];
        const lr = one.lr.length > 1 ? one.lr[row] : one.lr[0];
        const filled = (path, ...texts) => texts.forEach((text, at) => { cells.get(path)[at].textContent = text; });
        const where = (path) => `${written(path.x[row], 4)}, ${written(path.y[row], 4)}`;
        filled(one, ended ? "not finite" : written(one.loss[row]), where(one), written(lr));
        if (!one.average) return;
        if (one.average.loss[row] === null) filled(one.average, "not yet", "", "");
        else filled(one.average, written(one.average.loss[row]), where(one.average), "");
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
      name.append(swatch(one), make("span", {}, one.name));
      const listed = (path, ...told) => {
        const own = [0, 1, 2].map(() => make("td", { class: "number" }));
        cells.set(path, own);
        body.append(make("tr", {}, make("th", { scope: "row" }, ...told), ...own));
      };
      listed(one, name, make("small", {}, one.words));
      if (one.average) listed(one.average, swatch({ ...one, dash: [3, 2] }), " ", make("span", {}, one.average.name));
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


  window.lrvizExplore = (place, view) => {
    lrvizParts.at(place);
    place.replaceChildren();
    (view.kind === "race" ? lrvizParts.race : lrvizParts.schedule)(place, view);
  };
})();
