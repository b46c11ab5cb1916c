/* Drafts that save themselves: a form with data-autosave posts there every 20 seconds when it has changed, and when one leaves the page. */
"use strict";

(() => {
  const every = 20 * 1000;
  const changed = new WeakSet();

  function content(form) {
    const data = new FormData(form);
    form.querySelectorAll("input[type=file]").forEach((field) => data.delete(field.name));
    data.set("autosave", "1");
    return data;
  }

  async function save(form, leaving) {
    if (!changed.has(form) || form.dataset.sent) return;
    changed.delete(form);
    const note = form.querySelector("[data-saved]");
    const { words, sessionEnded, heard } = window.spoiwo;
    note?.replaceChildren(words().saving);
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: content(form), keepalive: leaving });
      if (answer.redirected || answer.status === 401) {
        sessionEnded();
        throw new Error("session ended");
      }
      if (!answer.ok) throw new Error(answer.statusText);
      heard();
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      note?.replaceChildren(`${words().saved} ${time}`);
    } catch {
      changed.add(form);
      note?.replaceChildren(words().unsaved);
    }
  }

  const saveAll = (leaving) => document.querySelectorAll("form[data-autosave]").forEach((form) => save(form, leaving));
  const note = ({ target }) => target.form?.dataset.autosave && changed.add(target.form);

  document.addEventListener("input", note);
  document.addEventListener("change", note);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && saveAll(true));
  setInterval(() => saveAll(false), every);
})();
