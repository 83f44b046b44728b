"use strict";
(() => {
  const filter = document.getElementById("filter");
  const onlyBad = document.getElementById("only-bad");
  const shown = document.getElementById("shown");
  const features = [...document.querySelectorAll("details.feature")].map((element) => ({
    element,
    name: element.querySelector("summary b").textContent,
    columns: element.querySelector("thead").textContent,
    opened: element.open,
    rows: [...element.querySelectorAll("tbody tr")].map((row) => ({
      row,
      text: row.querySelector("th").textContent,
      bad: row.querySelector("[data-bad]") !== null,
    })),
  }));

  function apply() {
    const words = filter.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const filtered = words.length > 0 || onlyBad.checked;
    let tests = 0;
    for (const { element, name, columns, opened, rows } of features) {
      let any = false;
      for (const { row, text, bad } of rows) {
        const all = `${name} ${text} ${columns}`.toLowerCase();
        const fits = words.every((word) => all.includes(word)) && (bad || !onlyBad.checked);
        row.hidden = !fits;
        any ||= fits;
        tests += fits ? 1 : 0;
      }
      element.hidden = !any;
      element.open = filtered ? any && (opened || tests < 200) : opened;
    }
    shown.textContent = filtered ? `${tests} ${tests === 1 ? "test" : "tests"}` : "";
  }

  // A link to a job leads to it even where its table is closed or hidden.
  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    const feature = target?.closest("details.feature");
    if (!feature) return;
    if (target.closest("[hidden]")) {
      filter.value = "";
      onlyBad.checked = false;
      apply();
    }
    feature.open = true;
    target.scrollIntoView({ block: "center" });
  }

  filter.addEventListener("input", apply);
  onlyBad.addEventListener("change", apply);
  addEventListener("hashchange", reveal);
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      filter.focus();
    }
  });
  reveal();
})();
