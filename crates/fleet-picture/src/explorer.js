"use strict";
(() => {
  const { cells, items } = JSON.parse(document.getElementById("data").textContent);
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const list = document.getElementById("list");
  const detail = document.getElementById("detail");
  const buttons = [...document.querySelectorAll("[data-by]")];
  // The most results, and the most rows that a fold shows at once.
  const MOST = 50;
  const MORE = 200;
  let by = "place";
  let texts = null;

  // Whatever comes from files becomes text, and nothing else.
  function make(name, text, ...inside) {
    const element = document.createElement(name);
    if (text) element.append(text);
    element.append(...inside);
    return element;
  }

  const titled = (item) => (item.title ? `${item.name}: ${item.title}` : item.name);
  const keyOf = (item) => `${item.kind}/${item.name}`;
  const known = new Map(items.map((item) => [keyOf(item), item]));

  function linkTo(item, withKind) {
    const link = make("a", titled(item));
    if (withKind) link.append(" ", Object.assign(make("span", item.kind), { className: "facts" }));
    link.href = `#${encodeURIComponent(keyOf(item))}`;
    if (link.hash === location.hash) link.setAttribute("aria-current", "true");
    return link;
  }

  function rows(all, withKind) {
    const rest = make("div");
    let next = 0;
    const more = make("button");
    more.type = "button";
    const show = () => {
      const part = make("ul");
      for (const item of all.slice(next, next + MORE)) part.append(make("li", "", linkTo(item, withKind)));
      next = Math.min(next + MORE, all.length);
      more.before(part);
      more.textContent = `Show more: ${all.length - next} are left`;
      if (next === all.length) more.remove();
      return part;
    };
    rest.append(more);
    show();
    more.addEventListener("click", () => show().querySelector("a").focus());
    return rest;
  }

  // What is within a fold is made when it is opened for the first time.
  function fold(title, count, fill) {
    const within = make("div");
    const number = count.toLocaleString("en");
    const details = make("details", "", make("summary", `${title} (${number})`), within);
    details.addEventListener("toggle", () => {
      if (details.open && !within.hasChildNodes()) within.append(...fill());
    });
    return details;
  }

  const hosts = items.filter((item) => item.kind === "host");

  function group(all, names) {
    const groups = new Map();
    for (const item of all) {
      for (const name of names(item)) {
        if (!groups.has(name)) groups.set(name, []);
        groups.get(name).push(item);
      }
    }
    return groups;
  }

  function byPlace() {
    const places = items.filter((item) => item.kind === "place");
    const below = group(places, (item) => [known.has(`place/${item.within}`) ? item.within : ""]);
    const here = group(hosts, (item) => [item.within ?? ""]);
    const count = (name, seen) => {
      if (seen.has(name)) return 0;
      seen.add(name);
      const own = (here.get(name) ?? []).length;
      return (below.get(name) ?? []).reduce((sum, it) => sum + count(it.name, seen), own);
    };
    const folds = (name) => (below.get(name) ?? []).map((place) => {
      return fold(titled(place), count(place.name, new Set()), () => {
        const own = here.get(place.name) ?? [];
        return [linkTo(place, true), ...folds(place.name), ...(own.length ? [rows(own)] : [])];
      });
    });
    const nowhere = here.get("") ?? [];
    const rest = nowhere.length ? [fold("no place", nowhere.length, () => [rows(nowhere)])] : [];
    return [...folds(""), ...rest];
  }

  function byRole() {
    const groups = group(hosts, (item) => item.roles ?? [""]);
    const roles = items.filter((item) => item.kind === "role");
    const folds = roles.map((role) => {
      const all = groups.get(role.name) ?? [];
      return fold(role.name, all.length, () => [linkTo(role, true), ...(all.length ? [rows(all)] : [])]);
    });
    const none = groups.get("") ?? [];
    return none.length ? [...folds, fold("no role", none.length, () => [rows(none)])] : folds;
  }

  function others() {
    const kinds = [["unit", "Units"], ["person", "People and agents"], ["network", "Networks"],
      ["policy", "Policies"], ["group", "Groups of people"], ["application", "Applications"],
      ["repository", "Repositories"], ["account", "Accounts"], ["secret", "Secrets"],
      ["equipment", "Equipment"], ["term", "Terms"],
      ["view", "Views"], ["context", "Other fleets"]];
    return kinds.flatMap(([kind, title]) => {
      const all = items.filter((item) => item.kind === kind);
      return all.length ? [fold(title, all.length, () => [rows(all)])] : [];
    });
  }

  function browse() {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.by === by));
    list.replaceChildren(...(by === "place" ? byPlace() : byRole()), ...others());
    const [first, ...more] = list.querySelectorAll("details");
    if (first && more.length < 8) first.open = true;
    found.textContent = "";
  }

  // What an item is found by: its name, title, and all that is said of it.
  function prepare() {
    const lower = cells.map((cell) => cell[0].toLowerCase());
    texts = items.map((item) => {
      const said = item.rows.flatMap(([, numbers]) => numbers.map((number) => lower[number]));
      const name = item.name.toLowerCase();
      return { name, all: [name, (item.title ?? "").toLowerCase(), item.kind, ...said].join("\n") };
    });
  }

  function apply() {
    const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return browse();
    if (!texts) prepare();
    const ranked = [[], [], [], []];
    const whole = words.join(" ");
    texts.forEach(({ name, all }, at) => {
      if (!words.every((word) => all.includes(word))) return;
      const rank = name === whole ? 0 : name.startsWith(whole) ? 1 : name.includes(whole) ? 2 : 3;
      ranked[rank].push(items[at]);
    });
    const all = ranked.flat();
    const some = all.slice(0, MOST);
    list.replaceChildren(make("ul", "", ...some.map((item) => make("li", "", linkTo(item, true)))));
    const first = all.length > MOST ? `, the first ${MOST} are shown` : "";
    found.textContent = `${all.length.toLocaleString("en")} found${first}`;
  }

  // Shows what the address of the page names.
  function show(focus) {
    let key = "";
    try { key = decodeURIComponent(location.hash.slice(1)); } catch { /* It names nothing. */ }
    const item = known.get(key);
    for (const link of list.querySelectorAll("a")) {
      if (link.hash === location.hash) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (!item) {
      const hint = "Search, or open a fold: a host shows its levels, addresses and who may reach it.";
      return detail.replaceChildren(Object.assign(make("p", hint), { className: "facts" }));
    }
    const facts = make("dl");
    for (const [label, numbers] of item.rows) {
      facts.append(make("dt", label));
      for (const number of numbers) {
        const [text, to, at] = cells[number];
        const row = make("dd", "", known.has(to) ? Object.assign(make("a", text), { href: `#${encodeURIComponent(to)}` }) : text);
        if (at) row.append(" ", make("code", at));
        facts.append(row);
      }
    }
    if (item.kind === "host") {
      const why = make("dd", "", make("code", `cargo xtask fleet why ${item.name}.features`));
      facts.append(make("dt", "Why it has its features"), why);
    }
    const head = make("h2", item.name);
    const title = item.title ? [make("p", item.title)] : [];
    const file = Object.assign(make("p", `${item.kind} · `, make("code", item.file)), { className: "facts" });
    detail.replaceChildren(head, ...title, file, facts);
    detail.scrollTop = 0;
    if (focus) detail.focus();
  }

  // What can be reached with the arrow keys, from above.
  const stops = () => [...list.querySelectorAll("a, summary, button")].filter((it) => it.checkVisibility());

  function move(step) {
    const all = stops();
    const at = all.indexOf(document.activeElement);
    if (at + step < 0 || (at < 0 && step < 0)) return search.focus();
    all[Math.min(at + step, all.length - 1)]?.focus();
  }

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inList = list.contains(target);
    const summary = target.closest?.("summary");
    if (key === "/" && target !== search) search.focus(), search.select();
    else if (key === "ArrowDown" && (inList || target === search)) move(1);
    else if (key === "ArrowUp" && inList) move(-1);
    else if (key === "ArrowRight" && summary) summary.parentElement.open = true;
    else if (key === "ArrowLeft" && summary) summary.parentElement.open = false;
    else if (key === "Enter" && target === search && search.value.trim()) list.querySelector("a")?.click();
    else if (key === "Escape" && target !== search) search.focus();
    else if (key === "Escape") search.value = "", apply();
    else return;
    event.preventDefault();
  });
  search.addEventListener("input", apply);
  for (const button of buttons) {
    button.addEventListener("click", () => {
      by = button.dataset.by;
      search.value = "";
      browse();
    });
  }
  // The address stays what it is where the same thing is opened again.
  document.addEventListener("click", ({ target }) => {
    const link = target.closest("a");
    if (link && link.hash === location.hash) show(true);
  });
  window.addEventListener("hashchange", () => show(true));
  browse();
  show(false);
  search.focus();
  setTimeout(() => texts ?? prepare());
})();
