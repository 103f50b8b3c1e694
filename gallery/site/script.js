// The gallery's pages work without this script; it adds search, filters, keys, copying and a theme.
(() => {
  "use strict";
  const root = document.documentElement;
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];

  // Dark or light: what was chosen here, else what the system prefers.
  const remembered = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("theme");
      localStorage.setItem("theme", value);
    } catch { /* a browser that keeps nothing for pages of a file system */ }
    return null;
  };
  const themeButton = one("#theme");
  const isDark = () => {
    const chosen = root.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const showTheme = () => {
    themeButton.setAttribute("aria-pressed", String(isDark()));
    themeButton.textContent = isDark() ? "Light" : "Dark";
  };
  const chosen = remembered();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  const switchTheme = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remembered(root.dataset.theme);
    showTheme();
  };
  themeButton.addEventListener("click", switchTheme);
  showTheme();

  const keys = one("#keys");
  const showKeys = () => { if (!keys.open) keys.showModal(); };
  one("#help").addEventListener("click", showKeys);

  // Copying, also where a page may not use the clipboard directly.
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.style.position = "fixed";
      area.style.opacity = "0";
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  all(".copy").forEach((button) => {
    button.addEventListener("click", async () => {
      const done = await copy(button.parentElement.querySelector("pre").innerText);
      button.textContent = done ? "Copied" : "Not copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  });

  // Search and filters, in the index that every page has; the address of the first page remembers them.
  const joined = (text) => text.toLowerCase().replace(/β/g, "beta").replace(/[-_'’]/g, "");
  const ALIASES = {
    beta1: "betas", beta2: "betas", learningrate: "lr", wd: "weightdecay", sgdr: "warmrestarts", "1cycle": "onecycle",
    annealing: "anneal", annealed: "anneal", optimiser: "optimizer", checkpoint: "resum", resume: "resum", average: "averag",
  };
  const entries = [...(window.lrvizEntries || []), ...(window.lrvizDocs || [])].map((one) => {
    const [title, told] = [one.title, [one.title, one.tags, one.text, one.words].join(" ")].map(joined);
    return { ...one, name: title, said: told, packed: told.replace(/\s+/g, ""), tagged: joined(one.tags || "") };
  });
  const vocabulary = [...new Set(entries.flatMap((one) => one.said.split(/[^a-z0-9]+/)))].filter((word) => word.length > 3);
  // Whether one word becomes the other by one letter more, less, other, or by two that change places.
  const near = (one, other) => {
    if (Math.abs(one.length - other.length) > 1) return false;
    let at = 0;
    while (at < one.length && one[at] === other[at]) at += 1;
    const [rest, others] = [one.slice(at), other.slice(at)];
    return rest.slice(1) === others.slice(1) || rest.slice(1) === others || rest === others.slice(1)
      || (rest.slice(2) === others.slice(2) && rest[0] === others[1] && rest[1] === others[0]);
  };
  const holds = (entry, word) => entry.said.includes(word) || (word.length > 4 && entry.packed.includes(word));
  const meant = (word) => {
    const known = (one) => entries.some((entry) => holds(entry, one));
    if (ALIASES[word] && known(ALIASES[word])) return [word, ALIASES[word]];
    if (known(word)) return [word];
    if (word.endsWith("s") && known(word.slice(0, -1))) return [word.slice(0, -1)];
    return word.length > 3 ? vocabulary.filter((other) => near(word, other)) : [];
  };
  // Entries that have all words, those that have them in their title first, then in a tag, then in the text.
  const found = (query) => {
    const words = joined(query).split(/\s+/).filter(Boolean).map(meant);
    const whole = joined(query).trim();
    const score = (entry) => words.reduce((sum, word) => sum + Math.min(...word.map((one) => {
      const at = entry.name.search(new RegExp(`\\b${one.replace(/[^a-z0-9]/g, ".")}`));
      return at === 0 ? 0 : at > 0 ? 1 : entry.name.includes(one) ? 2 : entry.tagged.includes(one) ? 3 : 4;
    })), entry.name === whole ? -2 : 0);
    return entries.map((entry, at) => ({ entry, at }))
      .filter(({ entry }) => words.every((word) => word.some((one) => holds(entry, one))))
      .map((one) => ({ ...one, score: score(one.entry) }))
      .sort((one, other) => one.score - other.score || one.at - other.at)
      .map(({ entry }) => entry);
  };

  const linked = (entry) => {
    const link = document.createElement("a");
    link.href = `${document.body.dataset.up}site/${entry.page}`;
    const section = document.createElement("small");
    section.textContent = entry.section;
    link.append(entry.title, section);
    const item = document.createElement("li");
    item.append(link);
    return item;
  };

  const search = one("#search");
  const cards = all(".card");
  const index = cards.length > 0;
  const places = cards.map((card) => card.parentElement);
  const ranked = one("#ranked");
  const tags = all(".filters .tag");
  const state = { q: "", tag: "" };
  const filter = () => {
    const asked = state.q.trim() !== "";
    const matching = asked ? found(state.q) : [];
    const order = asked ? matching.filter((one) => one.id).map((one) => document.getElementById(`card-${one.id}`)) : cards;
    const docs = matching.filter((one) => !one.id).slice(0, 8);
    one("#found-docs").hidden = !docs.length;
    one("#found-docs ul").replaceChildren(...docs.map(linked));
    let shown = 0;
    cards.forEach((card, at) => {
      card.hidden = !order.includes(card) || Boolean(state.tag && !JSON.parse(card.dataset.tags).includes(state.tag));
      shown += card.hidden ? 0 : 1;
      places[at].append(card);
    });
    // What was searched for stands in the order in which it was found, not in its sections.
    if (asked) ranked.append(...order.filter((card) => card && !card.hidden));
    ranked.hidden = !asked;
    all(".section").forEach((section) => {
      section.hidden = !section.querySelector(".card:not([hidden])");
    });
    tags.forEach((tag) => tag.setAttribute("aria-pressed", String(tag.dataset.tag === state.tag)));
    const noun = shown === 1 ? "entry" : "entries";
    one("#found").textContent = shown === cards.length ? `${shown} ${noun}` : `${shown} of ${cards.length} entries`;
  };
  const remember = () => {
    const given = new URLSearchParams(Object.entries(state).filter(([, value]) => value));
    location.replace(`#${given}`);
  };
  const recall = () => {
    const words = location.hash.slice(1);
    if (!words.includes("=")) return;
    const given = new URLSearchParams(words);
    state.q = given.get("q") || "";
    state.tag = given.get("tag") || "";
    search.value = state.q;
    if (state.tag) one("#tags").open = true;
    filter();
  };
  // On another page what is found is a list of links below the search.
  const results = one("#results");
  const list = () => {
    const some = search.value.trim() ? found(search.value).slice(0, 12) : [];
    results.replaceChildren(...some.map(linked));
    results.hidden = !some.length;
  };
  if (index) {
    search.addEventListener("input", () => { state.q = search.value; filter(); remember(); });
    tags.forEach((tag) => tag.addEventListener("click", () => {
      state.tag = state.tag === tag.dataset.tag ? "" : tag.dataset.tag;
      filter();
      remember();
    }));
    window.addEventListener("hashchange", recall);
    recall();
  } else {
    search.addEventListener("input", list);
    search.addEventListener("keydown", (event) => {
      const first = results.querySelector("a");
      if (event.key === "Enter" && first) first.click();
      if (event.key === "ArrowDown" && first) { event.preventDefault(); first.focus(); }
    });
    results.addEventListener("keydown", (event) => {
      const links = [...results.querySelectorAll("a")], at = links.indexOf(document.activeElement);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      (links[to] || search).focus();
    });
  }

  // What can be touched is loaded when somebody wants to touch it.
  const touch = one("#touch");
  const load = (name) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = name;
    script.addEventListener("load", done);
    script.addEventListener("error", failed);
    document.head.append(script);
  });
  if (touch) {
    const said = touch.textContent;
    let view = null;
    window.lrvizData = (given) => { view = given; };
    touch.addEventListener("click", async () => {
      const open = touch.getAttribute("aria-expanded") !== "true";
      if (open && !view) {
        touch.disabled = true;
        const style = document.createElement("link");
        style.rel = "stylesheet";
        style.href = "explorer.css";
        document.head.append(style);
        await Promise.all([load("explorer.js"), load(touch.dataset.source), new Promise((done) => {
          style.addEventListener("load", done);
          style.addEventListener("error", done);
        })]);
        touch.disabled = false;
        one("#view").hidden = false;
        window.lrvizExplore(one("#view"), view);
      }
      one("#view").hidden = !open;
      one("#picture").hidden = open;
      touch.setAttribute("aria-expanded", String(open));
      touch.textContent = open ? "Show the picture" : said;
    });
  }

  // Keys.
  const move = (by) => {
    if (!index) {
      const link = one(by > 0 ? "#after" : "#before");
      if (link) link.click();
      return;
    }
    const open = all(".card:not([hidden]) .open");
    if (!open.length) return;
    const at = open.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : open.length - 1) : Math.min(Math.max(at + by, 0), open.length - 1);
    open[next].focus();
  };
  const clear = () => {
    if (!index) {
      if (search.value || document.activeElement === search) {
        search.value = "";
        search.blur();
        list();
      } else if (one("#back")) one("#back").click();
      return;
    }
    state.q = state.tag = search.value = "";
    search.blur();
    filter();
    remember();
  };
  const actions = {
    "/": () => search.focus(),
    "ArrowRight": () => move(1), "j": () => move(1),
    "ArrowLeft": () => move(-1), "k": () => move(-1),
    "Escape": clear,
    "c": () => { const button = one(".copy"); if (button) button.click(); },
    "t": switchTheme,
    "?": showKeys,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    const typing = event.target.closest("input, textarea");
    if (typing && event.key !== "Escape") return;
    // Arrows scroll what is wider than the page.
    if (event.key.startsWith("Arrow") && event.target.closest("pre, .scroll")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
})();
