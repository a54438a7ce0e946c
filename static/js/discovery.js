// Fills in what a discovery found, except what a person chose: nothing that was typed is ever overwritten.
(() => {
  "use strict";
  const area = document.querySelector("[data-discovery]");
  const form = area?.closest("form");
  if (!form) return;
  // The parts of a place belong together: with one of them chosen by the person, the others stay as well.
  const PLACE = ["protocol", "security", "host", "port"];
  const PAUSE = 900;
  const touched = new Set();
  const filled = new Set();
  const address = form.elements.address;
  const isAnswered = "answered" in form.dataset;

  const isChoice = (input) => input.name && !["hidden", "submit", "button"].includes(input.type);
  const partOf = (name) => name.split("-")[1];

  // --- What the person did --------------------------------------------------------------------------------------------

  function isChanged(input) {
    if (input.type === "checkbox" || input.type === "radio") return input.checked !== input.defaultChecked;
    if (input.options) return [...input.options].some((option) => option.selected !== option.defaultSelected);
    return input.value !== input.defaultValue;
  }

  // A draft that was restored, and a form that came back with errors, are the person's own.
  for (const input of form.elements) if (isChoice(input) && (isAnswered || isChanged(input))) touched.add(input.name);

  function note(event) {
    // What a script proposes says so.
    if (event.detail !== "proposed" && event.target.name) touched.add(event.target.name);
  }
  form.addEventListener("input", note);
  form.addEventListener("change", note);

  // --- Filling in -----------------------------------------------------------------------------------------------------

  function write(name, value) {
    const input = form.elements[name];
    if (!input) return;
    // A choice that is not offered here leaves the field as it is.
    if (input.options && ![...input.options].some((option) => option.value === value)) return;
    input.value = value;
    for (const kind of ["input", "change"]) input.dispatchEvent(new CustomEvent(kind, { bubbles: true, detail: "proposed" }));
  }

  function fill(fields, isAllowed) {
    for (const [name, value] of Object.entries(fields)) {
      if (!isAllowed(name)) continue;
      write(name, value);
      filled.add(name);
    }
    followSignIn();
  }

  // What was found for another address leaves again; the address itself is the first guess at a user name.
  function takeBack() {
    for (const name of filled) {
      const input = form.elements[name];
      if (!input || !isUntouched(name)) continue;
      const usual = input.options ? [...input.options].find((option) => option.defaultSelected)?.value : input.defaultValue;
      write(name, name === "incoming-username" ? address.value.trim() : (usual ?? input.value));
    }
    filled.clear();
  }

  // Different user names cannot be "the same as for receiving".
  function followSignIn() {
    const same = form.elements["outgoing-same_sign_in"];
    const names = ["incoming-username", "outgoing-username"].map((name) => form.elements[name]?.value);
    if (!same || touched.has(same.name) || names.includes(undefined) || names.includes("")) return;
    same.checked = names[0] === names[1];
    same.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: "proposed" }));
  }

  function isUntouched(name) {
    const direction = name.split("-")[0];
    if (!PLACE.includes(partOf(name))) return !touched.has(name);
    return PLACE.every((part) => !touched.has(`${direction}-${part}`));
  }

  function fillInBest() {
    takeBack();
    for (const direction of ["incoming", "outgoing"]) {
      const best = area.querySelector(`[data-found="${direction}"] [data-use]`);
      if (best) fill(JSON.parse(best.dataset.use), isUntouched);
    }
    markChosen();
  }

  // The fields belong to server-form.js, which shows those that the provider asks for.
  function useOAuth(provider) {
    for (const part of form.querySelectorAll("[data-server-form]")) {
      part.dispatchEvent(new CustomEvent("server-form:use-oauth", { detail: provider }));
    }
  }

  function markOAuth() {
    // On the page that adds a mailbox there are two; what holds for receiving comes first.
    const [enabled, chosen] = ["oauth_enabled", "oauth_provider"].map((name) => form.querySelector(`[name$="-${name}"]`));
    for (const button of area.querySelectorAll("[data-use-oauth]")) {
      button.disabled = enabled.checked && chosen.value === button.dataset.useOauth;
      button.querySelector("span").textContent = button.disabled ? "OAuth is on" : "Use OAuth";
    }
  }

  // Says which of the servers stands in the form, and leaves out those for which it has no fields.
  function markChosen() {
    for (const button of area.querySelectorAll("[data-use]")) {
      const fields = Object.entries(JSON.parse(button.dataset.use)).filter(([name]) => PLACE.includes(partOf(name)));
      const isChosen = fields.every(([name, value]) => form.elements[name]?.value === value);
      button.closest("li").hidden = !form.elements[fields[0][0]];
      button.textContent = isChosen ? "Filled in" : "Use";
      button.disabled = isChosen;
    }
    markOAuth();
  }

  area.addEventListener("click", (event) => {
    const oauth = event.target.closest("[data-use-oauth]");
    if (oauth) useOAuth(oauth.dataset.useOauth);
    const button = event.target.closest("[data-use]");
    if (!button) return;
    fill(JSON.parse(button.dataset.use), () => true);
    markChosen();
  });
  form.addEventListener("change", markChosen);
  area.addEventListener("htmx:afterSwap", () => (isAnswered ? markChosen() : fillInBest()));

  // --- When to ask ----------------------------------------------------------------------------------------------------

  const isAtOnce = "discoverAtOnce" in address.dataset;
  let asked = "";
  let pause = null;

  function ask() {
    clearTimeout(pause);
    const value = address.value.trim();
    if (value === asked || !/^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$/.test(value)) return;
    asked = value;
    htmx.trigger(area, "discover");
  }

  if (!isAtOnce) {
    address.addEventListener("change", ask);
    address.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(ask, PAUSE);
    });
  }
  document.addEventListener("DOMContentLoaded", () => {
    if (!isAnswered && (isAtOnce || touched.has("address"))) ask();
  });
})();
