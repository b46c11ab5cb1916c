/* Single keys for lists; off where the body says data-shortcuts="off". Help: the dialog that `?` opens. */
"use strict";

(() => {
  const busy = "input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable], dialog[open] *";
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.querySelector("[data-open]"));
  const current = () => document.activeElement.closest("[data-row]");
  let going = 0;

  /* Focus goes to the row's own link, so that Enter opens it and a screen reader reads it. */
  function step(by) {
    const all = rows();
    const row = all[Math.min(Math.max(all.indexOf(current()) + by, 0), all.length - 1)];
    row?.querySelector("[data-open]").focus();
  }

  const keys = {
    "/": () => document.getElementById("quick-search")?.focus(),
    j: () => step(1),
    k: () => step(-1),
    x: () => current()?.querySelector(".pick [name]")?.click(),
    "?": () => document.getElementById("shortcuts").showModal(),
    g: () => (going = Date.now()),
  };

  document.addEventListener("keydown", (event) => {
    if (document.body.dataset.shortcuts === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches(busy)) return;
    const place = Date.now() - going < 1500 && document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    going = 0;
    const act = place ? () => place.click() : Object.hasOwn(keys, event.key) && keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
