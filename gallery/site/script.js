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

  // Search and filters; the address remembers them.
  const search = one("#search");
  const cards = all(".card");
  const tags = all(".filters .tag");
  const state = { q: "", tag: "" };
  const filter = () => {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    cards.forEach((card) => {
      const tagged = !state.tag || JSON.parse(card.dataset.tags).includes(state.tag);
      const there = tagged && words.every((word) => card.dataset.search.includes(word));
      card.hidden = !there;
      shown += there ? 1 : 0;
    });
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
    filter();
  };
  if (search) {
    search.addEventListener("input", () => { state.q = search.value; filter(); remember(); });
    tags.forEach((tag) => tag.addEventListener("click", () => {
      state.tag = state.tag === tag.dataset.tag ? "" : tag.dataset.tag;
      filter();
      remember();
    }));
    window.addEventListener("hashchange", recall);
    recall();
  }

  // Keys.
  const move = (by) => {
    if (!search) {
      one(by > 0 ? "#after" : "#before").click();
      return;
    }
    const open = all(".card:not([hidden]) .open");
    if (!open.length) return;
    const at = open.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : open.length - 1) : Math.min(Math.max(at + by, 0), open.length - 1);
    open[next].focus();
  };
  const clear = () => {
    if (!search) {
      one("#back").click();
      return;
    }
    state.q = state.tag = search.value = "";
    search.blur();
    filter();
    remember();
  };
  const actions = {
    "/": () => (search ? search.focus() : one("#back").click()),
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
