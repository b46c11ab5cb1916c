/* What makes pages kinder with JavaScript on; each works without it. */
"use strict";

(() => {
  const words = () => document.getElementById("words").dataset;
  const tenMinutes = 10 * 60 * 1000;
  let lastHeard = Date.now();

  /* A notice in the live region, said once. */
  function say(tone, sentence, link) {
    const notice = document.createElement("div");
    notice.className = `notice tone-${tone}`;
    const text = notice.appendChild(document.createElement("div"));
    text.append(sentence);
    if (link) {
      const anchor = document.createElement("a");
      Object.assign(anchor, { href: link, target: "_blank", rel: "noopener", textContent: words().signIn });
      text.append(" ", anchor);
    }
    document.getElementById("messages").replaceChildren(notice);
    notice.scrollIntoView({ block: "center" });
  }

  /* Ask whether the session lives; when it does, give open forms a fresh token. */
  async function stillSignedIn() {
    const answer = await fetch(document.body.dataset.session, { headers: { Accept: "application/json" } });
    const { signed_in: signedIn, token } = await answer.json();
    lastHeard = Date.now();
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => (field.value = token));
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
    return signedIn;
  }

  function sessionEnded() {
    say("warn", words().ended, document.body.dataset.signIn);
  }

  window.spoiwo = { say, words, sessionEnded, heard: () => (lastHeard = Date.now()) };

  /* A form is sent once; and not into a session that has ended while it stood open. */
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    if (form.method === "post" && document.body.dataset.signIn && Date.now() - lastHeard > tenMinutes) {
      event.preventDefault();
      const alive = await stillSignedIn().catch(() => true);
      return alive ? form.requestSubmit(event.submitter) : sessionEnded();
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 8000);
  });
  addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent));
  document.addEventListener("htmx:afterRequest", (event) => delete event.target.dataset.sent);

  /* What is not wanted under the choice made, and so not shown, is not sent. */
  document.addEventListener("formdata", ({ target, formData }) => {
    target.querySelectorAll("[data-wanted] :is(input, select, textarea)").forEach((field) => field.checkVisibility() || formData.delete(field.name));
  });

  /* A part that was asked for after the session ended would be the sign-in page, or lead there: say so instead. */
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { signIn } = document.body.dataset;
    const { xhr } = event.detail;
    const led = xhr.getResponseHeader("HX-Redirect") || xhr.responseURL;
    if (!signIn || !led || new URL(led, location.href).pathname !== signIn) return;
    event.preventDefault();
    sessionEnded();
  });
  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) =>
    document.addEventListener(name, () => say("bad", words().failed)),
  );

  /* The summary of errors takes focus, also in a part that was swapped in. */
  const focusErrors = (root) => root.querySelector("[data-error-summary]")?.focus();
  document.addEventListener("htmx:load", (event) => focusErrors(event.detail.elt));
  document.addEventListener("DOMContentLoaded", () => focusErrors(document));

  /* Rows picked: all of a page at once, and how many. */
  const boxes = (form) => [...document.querySelectorAll(`.pick [name][form="${form}"]`)];
  function count(form) {
    const picked = boxes(form).filter((box) => box.checked).length;
    document.querySelector(`[data-picked="${form}"]`)?.replaceChildren(`${words().rowsPicked} ${picked}`);
    const all = document.querySelector(`[data-select-all="${form}"]`);
    if (all) {
      all.checked = picked > 0 && picked === boxes(form).length;
      all.indeterminate = picked > 0 && !all.checked;
    }
  }
  function showSelectAll(root) {
    root.querySelectorAll("[data-select-all]").forEach((box) => {
      box.hidden = false;
      count(box.dataset.selectAll);
    });
  }
  document.addEventListener("change", ({ target }) => {
    const all = target.dataset.selectAll;
    if (all) boxes(all).forEach((box) => (box.checked = target.checked));
    if (all || target.matches(".pick [name]")) count(all || target.getAttribute("form"));
  });
  document.addEventListener("DOMContentLoaded", () => showSelectAll(document));
  document.addEventListener("htmx:load", (event) => showSelectAll(event.detail.elt));

  /* What folds out closes with Escape or a click elsewhere, and gives focus back. */
  document.addEventListener("click", ({ target }) => {
    document.querySelectorAll("details[data-fold][open]").forEach((fold) => fold.contains(target) || (fold.open = false));
  });
  document.addEventListener("keydown", (event) => {
    const fold = event.key === "Escape" && event.target.closest("details[open]");
    if (!fold) return;
    fold.open = false;
    fold.querySelector("summary").focus();
  });
})();
