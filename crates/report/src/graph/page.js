"use strict";
(() => {
  const filter = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const nodes = [...document.querySelectorAll("#picture .node")];
  const links = [...document.querySelectorAll("#picture .link")];
  const rows = [...document.querySelectorAll("tr[data-at]")];
  const names = rows.map((row) => row.querySelector("th").firstChild.textContent.toLowerCase());

  // A feature that is found is shown with all that it has to do with; a whole name finds it alone.
  function apply() {
    const wanted = filter.value.trim().toLowerCase();
    const whole = names.indexOf(wanted);
    const is = (at) => (whole >= 0 ? at === whole : names[at].includes(wanted));
    const found = new Set(names.keys().filter(is));
    const near = new Set(found);
    for (const { dataset: { from, to } } of links) {
      if (found.has(+from)) near.add(+to);
      if (found.has(+to)) near.add(+from);
    }
    for (const node of nodes) node.classList.toggle("off", !near.has(+node.dataset.at));
    for (const link of links) {
      const touches = found.has(+link.dataset.from) || found.has(+link.dataset.to);
      link.classList.toggle("off", !touches);
    }
    for (const row of rows) row.hidden = !found.has(+row.dataset.at);
    shown.textContent = wanted ? `${found.size} of ${names.length}` : "";
  }

  filter.addEventListener("input", apply);
  for (const node of nodes) {
    node.addEventListener("click", () => {
      const name = names[+node.dataset.at];
      filter.value = filter.value === name ? "" : name;
      apply();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== filter) {
      event.preventDefault();
      filter.focus();
    }
    if (event.key === "Escape") {
      filter.value = "";
      apply();
    }
  });
})();
