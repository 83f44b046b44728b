"use strict";
(() => {
  const filter = document.getElementById("filter");
  const onlyBad = document.getElementById("only-bad");
  const shown = document.getElementById("shown");

  // What is closed at first is text until somebody wants to see it.
  function build(details) {
    const later = details.querySelector(":scope > noscript");
    if (!later) return;
    const made = document.createElement("template");
    made.innerHTML = later.textContent;
    later.replaceWith(made.content);
  }

  const features = [...document.querySelectorAll("details.feature")].map((element) => ({
    element,
    name: element.querySelector("summary b").textContent,
    opened: element.open,
    text: null,
    rows: null,
  }));

  // Whether it is worth looking at the rows of a feature.
  function mayFit(feature, words) {
    const { element, name } = feature;
    const later = element.querySelector(":scope > noscript");
    if (!later) return true;
    feature.text ??= `${name} ${later.textContent}`.toLowerCase();
    return words.every((word) => feature.text.includes(word)) &&
      (!onlyBad.checked || feature.text.includes("data-bad"));
  }

  function rowsOf(feature) {
    const { element, name } = feature;
    build(element);
    const columns = element.querySelector("thead").textContent;
    feature.rows ??= [...element.querySelectorAll("tbody tr")].map((row) => ({
      row,
      text: `${name} ${row.querySelector("th").textContent} ${columns}`.toLowerCase(),
      bad: row.querySelector("[data-bad]") !== null,
    }));
    return feature.rows;
  }

  // As it stands in the text of a page.
  function escaped(word) {
    const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
    return word.replace(/[&<>"]/g, (c) => escapes[c]);
  }

  function apply() {
    const words = filter.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const filtered = words.length > 0 || onlyBad.checked;
    let tests = 0;
    for (const feature of features) {
      const { element, opened } = feature;
      let any = !filtered;
      if (!filtered) {
        for (const { row } of feature.rows ?? []) row.hidden = false;
      } else if (mayFit(feature, words.map(escaped))) {
        for (const { row, text, bad } of rowsOf(feature)) {
          const fits = words.every((word) => text.includes(word)) && (bad || !onlyBad.checked);
          row.hidden = !fits;
          any ||= fits;
          tests += fits ? 1 : 0;
        }
      }
      element.hidden = !any;
      element.open = filtered ? any && (opened || tests < 200) : opened;
    }
    shown.textContent = filtered ? `${tests} ${tests === 1 ? "test" : "tests"}` : "";
  }

  // Where a link leads, built if it has to be.
  function target() {
    const id = location.hash.slice(1);
    const there = document.getElementById(id);
    if (there || !/^(job|failure)-[0-9]+$/.test(id)) return there;
    const later = [...document.querySelectorAll("details > noscript")]
      .find((text) => text.textContent.includes(`id="${id}"`));
    if (later) build(later.parentElement);
    return document.getElementById(id);
  }

  // A link to a job leads to it even where its table is closed or hidden.
  function reveal() {
    const there = target();
    const details = there?.closest("details.feature, details.more");
    if (!details) return;
    if (there.closest("[hidden]")) {
      filter.value = "";
      onlyBad.checked = false;
      apply();
    }
    details.open = true;
    there.scrollIntoView({ block: "center" });
  }

  filter.addEventListener("input", apply);
  onlyBad.addEventListener("change", apply);
  addEventListener("hashchange", reveal);
  addEventListener("toggle", (event) => event.target.open && build(event.target), true);
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      filter.focus();
    }
  });
  reveal();
})();
