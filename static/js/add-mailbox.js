// Adding a mailbox: steps that open one after the other, proposals, and a draft that survives leaving the page. The page
// that says "added" forgets it (app.js), so that a lost connection or a fault on our side loses nothing.
(() => {
  "use strict";
  const form = document.querySelector("[data-steps]");
  if (!form) return;
  const steps = [...form.querySelectorAll("[data-step]")];
  const save = form.querySelector("[data-save]");

  // --- The draft: what was typed, except secrets, in this tab only ------------------------------------------------

  const key = form.dataset.draft;

  function isKept(input) {
    return input.name && !["password", "hidden", "submit", "button"].includes(input.type) && input.autocomplete !== "new-password";
  }

  function keep() {
    const draft = {};
    for (const input of form.elements) {
      if (!isKept(input)) continue;
      if (input.type === "checkbox") draft[input.name] = input.checked;
      else if (input.type !== "radio" || input.checked) draft[input.name] = input.value;
    }
    sessionStorage.setItem(key, JSON.stringify(draft));
  }

  function restore() {
    const draft = JSON.parse(sessionStorage.getItem(key) || "null");
    if (draft === null) return;
    for (const input of form.elements) {
      if (!isKept(input) || !(input.name in draft)) continue;
      if (input.type === "checkbox") input.checked = draft[input.name];
      else if (input.type === "radio") input.checked = input.value === draft[input.name];
      else input.value = draft[input.name];
    }
    for (const part of form.querySelectorAll("[data-server-form]")) part.dispatchEvent(new Event("server-form:filled"));
  }

  // --- Proposals: a field that the person did not fill in otherwise follows the one that it is proposed from --------

  const PROPOSALS = [
    ["address", "incoming-username", (address) => address],
    ["address", "outgoing-from_address", (address) => address],
    ["name", "outgoing-display_name", (name) => name],
    ["incoming-host", "outgoing-host", (host) => host.replace(/^(pop|pop3|imap)(?=\.)/i, "smtp")],
  ];

  function follow(from, to, propose) {
    const source = form.elements[from];
    const target = form.elements[to];
    let proposed = propose(source.value);
    source.addEventListener("input", () => {
      if (target.value === "" || target.value === proposed) {
        target.value = propose(source.value);
        // Not typed by the person: static/js/discovery.js may still propose something better.
        target.dispatchEvent(new CustomEvent("input", { bubbles: true, detail: "proposed" }));
      }
      proposed = propose(source.value);
    });
  }

  // --- Steps ------------------------------------------------------------------------------------------------------

  const bodyOf = (step) => step.querySelector(".setup-step-body");
  const isSeen = (element) => element.closest("[hidden]") === null;

  function open(chosen) {
    const last = Math.max(steps.indexOf(chosen), ...steps.map((step, position) => (step.dataset.seen ? position : 0)));
    steps.forEach((step, position) => {
      const isOpen = step === chosen;
      if (isOpen) step.dataset.seen = "yes";
      step.dataset.state = isOpen ? "open" : position <= last ? "done" : "later";
      bodyOf(step).hidden = !isOpen;
      const toggle = step.querySelector("[data-step-toggle]");
      toggle.setAttribute("aria-expanded", String(isOpen));
      toggle.disabled = step.dataset.state === "later";
      step.querySelector("[data-continue-foot]")?.toggleAttribute("hidden", !isOpen);
      summarise(step);
    });
    save.hidden = !steps.at(-1).dataset.seen;
  }

  function openAll() {
    for (const step of steps) {
      step.dataset.seen = "yes";
      step.dataset.state = "open";
    }
  }

  function summarise(step) {
    const summary = step.querySelector("[data-summary]");
    if (!summary) return;
    const isOff = summary.dataset.summarySwitch && !form.elements[summary.dataset.summarySwitch].checked;
    const words = summary.dataset.summary.split(" ").map((name) => form.elements[name].value).filter(Boolean);
    const isDone = step.dataset.state === "done";
    summary.textContent = isDone ? (isOff ? "switched off" : words.join(" · ")) : "";
  }

  function goOn(step) {
    const inputs = [...bodyOf(step).querySelectorAll("input, select, textarea")];
    const wrong = inputs.find((input) => isSeen(input) && !input.checkValidity());
    if (wrong) {
      wrong.reportValidity();
      return;
    }
    const next = steps[steps.indexOf(step) + 1];
    open(next);
    bodyOf(next).querySelector("input, select")?.focus();
  }

  function followSwitch(name) {
    form.querySelector(`[data-part="${name}"]`).hidden = !form.elements[name].checked;
  }

  form.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (event.target.closest("[data-continue]")) goOn(step);
    else if (event.target.closest("[data-step-toggle]")) open(step);
    else if (event.target.closest("[data-forget-draft]")) sessionStorage.removeItem(key);
  });
  // Enter goes on to the next step, as long as the last one was not reached.
  form.addEventListener("keydown", (event) => {
    const isField = event.target.matches("input:not([type=checkbox]), select");
    const step = event.target.closest("[data-step]");
    if (event.key !== "Enter" || !isField || step.dataset.state !== "open" || !save.hidden) return;
    event.preventDefault();
    goOn(step);
  });
  form.addEventListener("change", (event) => {
    if (["receives", "sends"].includes(event.target.name)) followSwitch(event.target.name);
    keep();
  });
  form.addEventListener("input", () => {
    keep();
    steps.forEach(summarise);
  });

  const isAnswered = "answered" in form.dataset;
  if (!isAnswered) restore();
  for (const [from, to, propose] of PROPOSALS) follow(from, to, propose);
  for (const name of ["receives", "sends"]) followSwitch(name);
  // After an answer with errors all steps stay open, so that none is overlooked; what was typed is a draft again.
  if (isAnswered) {
    openAll();
    keep();
  } else open(steps[0]);
})();
