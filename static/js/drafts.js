// Drafts: what is written is saved a second after the last key, and kept in the browser only while that does not work.
(() => {
  "use strict";
  const mailhub = (window.mailhub ??= {});
  const SAVE_AFTER = 900, AGAIN_AFTER = 5000;
  const TYPED = ["server", "to", "cc", "bcc", "subject", "body", "body_format"];
  const TICKED = ["with_quote", "is_signed", "is_encrypted", "is_held_by_replies"];
  const states = new WeakMap();
  const form = () => document.getElementById("composer-form");
  const field = (element, name) => element.elements[name];
  const localKey = (element) => `${element.dataset.draft}.${field(element, "letter_id").value}`;

  // A form is known from the moment on in which it has what it started with.
  function begin(element) {
    field(element, "page").value = crypto.randomUUID();
    const { isKept, attach = "", discard = "" } = element.dataset;
    const state = { timer: 0, running: null, isDirty: false, isHeld: false, isDone: false, isKept: isKept !== undefined, attach, discard, other: null };
    states.set(element, state);
    state.blank = contentOf(element);
    if (restoreLocal(element)) saveSoon(element);
  }

  const stateOf = (element) => states.get(element);
  function fieldsOf(element) {
    const fields = {};
    for (const name of TYPED) if (field(element, name)) fields[name] = field(element, name).value;
    for (const name of TICKED) if (field(element, name)) fields[name] = field(element, name).checked ? "on" : "";
    fields.decided = field(element, "decided").value;
    const editor = mailhub.editor.of(field(element, "body"));
    if (editor) fields.body = editor.getContent();
    return fields;
  }

  function apply(element, fields) {
    for (const name of [...TYPED, "decided"]) if (field(element, name) && name in fields) field(element, name).value = fields[name];
    for (const name of TICKED) if (field(element, name) && name in fields) field(element, name).checked = Boolean(fields[name]);
    element.dispatchEvent(new CustomEvent("drafts:applied", { bubbles: true, detail: fields }));
  }

  // Without the format, which the editor sets: by that nobody has written anything.
  const contentOf = (element) => JSON.stringify({ ...fieldsOf(element), body_format: "" });
  const isBlank = (element) => contentOf(element) === stateOf(element).blank;
  const note = (element, words) => { element.querySelector("[data-draft-note]").textContent = words; };

  // --- Saving ---------------------------------------------------------------------------------------------------

  function saveSoon(element, after = SAVE_AFTER) {
    const state = stateOf(element);
    state.isDirty = true;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => save(element), after);
  }

  // Saves what has changed; the promise ends when nothing is on its way any more.
  async function save(element, { isLeaving = false, isForced = false } = {}) {
    const state = stateOf(element);
    clearTimeout(state.timer);
    if (state.isDone || state.isHeld || (!isForced && !state.isDirty)) return;
    // What is typed into an editor that still starts can be read a moment later.
    const body = field(element, "body");
    if (mailhub.editor.startedOf(body) && !mailhub.editor.of(body)) return saveSoon(element);
    if (state.running && !isLeaving) {
      await state.running;
      return state.isDirty || isForced ? save(element, { isForced }) : undefined;
    }
    if (!isForced && !state.isKept && isBlank(element)) return;
    state.isDirty = false;
    return (state.running = post(element, isLeaving).finally(() => { state.running = null; }));
  }

  async function post(element, isLeaving) {
    const data = new FormData(element), fields = fieldsOf(element);
    data.delete("attachments");
    for (const [name, value] of Object.entries(fields)) data.set(name, value);
    field(element, "count").value = Number(field(element, "count").value) + 1;
    data.set("count", field(element, "count").value);
    for (const name of ["kind", "conversation", "answers"]) if (!data.get(name)) data.set(name, element.dataset[name]);
    let response;
    try {
      // A way to the sign-in page is no answer: whoever was signed out has not saved.
      response = await fetch(element.dataset.save, { method: "POST", body: data, keepalive: isLeaving, redirect: "manual" });
    } catch {
      return keepHere(element, fields, "no connection");
    }
    if (response.type === "opaqueredirect") return keepHere(element, fields, "you are signed out");
    if (response.status >= 500 || response.status === 429) return keepHere(element, fields, "the server has a problem");
    if (response.ok) return saved(element, await response.json());
    if (response.status === 409) return overtaken(element, await response.json(), fields);
    if (response.status === 422) return note(element, `Not saved: ${(await response.json()).words}`);
    note(element, "Not saved: you may not write here any more. Copy your text before you leave this page.");
  }

  function saved(element, { revision, saved: at, url, attach, discard }) {
    const state = stateOf(element);
    Object.assign(state, { attach, discard, isKept: true });
    field(element, "revision").value = revision;
    localStorage.removeItem(localKey(element));
    note(element, `Saved ${at}`);
    if (element.dataset.kind === "new") history.replaceState(history.state, "", url);
    if (state.isAdopted) location.assign(url);
    const facts = element.querySelector("#composer-facts");
    if (facts) window.htmx.trigger(facts, "check");
  }

  function keepHere(element, fields, reason) {
    try {
      localStorage.setItem(localKey(element), JSON.stringify({ fields, revision: field(element, "revision").value, letter: field(element, "letter_id").value, at: Date.now() }));
      note(element, `Not saved yet: ${reason}. Kept in this browser meanwhile.`);
    } catch {
      note(element, `Not saved: ${reason}, and this browser keeps nothing. Copy your text.`);
    }
    if (reason !== "you are signed out") saveSoon(element, AGAIN_AFTER);
  }

  function restoreLocal(element) {
    const isFresh = !stateOf(element).isKept;
    const keys = Object.keys(localStorage).filter((key) => key === localKey(element) || (isFresh && key.startsWith(`${element.dataset.draft}.`)));
    const kept = keys.map((key) => JSON.parse(localStorage.getItem(key))).sort((one, other) => other.at - one.at)[0];
    if (!kept) return false;
    for (const key of keys) if (JSON.parse(localStorage.getItem(key)).letter === kept.letter) localStorage.removeItem(key);
    field(element, "letter_id").value = kept.letter;
    field(element, "revision").value = kept.revision;
    apply(element, kept.fields);
    return true;
  }

  // --- Two pages with one draft ---------------------------------------------------------------------------------

  function overtaken(element, answer, fields) {
    const state = stateOf(element);
    if (answer.is_sent) {
      field(element, "letter_id").value = answer.letter_id;
      field(element, "revision").value = 0;
      note(element, answer.words);
      return saveSoon(element);
    }
    Object.assign(state, { isHeld: true, other: answer });
    note(element, "Not saved");
    element.querySelector("[data-conflict-words]").textContent = answer.words;
    element.querySelector("[data-conflict]").hidden = false;
  }

  function showOther(element, button) {
    const { other } = stateOf(element), mine = fieldsOf(element);
    apply(element, other.fields);
    other.fields = mine;
    button.textContent = button.textContent.startsWith("Show the") ? "Back to what I wrote here" : "Show the other version";
  }

  function keepThis(element) {
    const state = stateOf(element);
    // The letter goes on as the draft that the other page has made, which brings its files.
    state.isAdopted = field(element, "letter_id").value !== state.other.letter_id && !state.isKept;
    field(element, "letter_id").value = state.other.letter_id;
    field(element, "revision").value = state.other.revision;
    Object.assign(state, { isHeld: false, other: null });
    element.querySelector("[data-conflict]").hidden = true;
    save(element, { isForced: true });
  }

  document.addEventListener("click", (event) => {
    const show = event.target.closest("[data-conflict-show]"), keep = event.target.closest("[data-conflict-keep]");
    if (show) showOther(show.form, show);
    if (keep) keepThis(keep.form);
  });

  // --- Leaving --------------------------------------------------------------------------------------------------

  function leave(element) {
    if (states.has(element) && stateOf(element).isDirty) save(element, { isLeaving: true });
  }

  function forget(element) {
    clearTimeout(stateOf(element).timer);
    stateOf(element).isDone = true;
    localStorage.removeItem(localKey(element));
  }

  document.addEventListener("input", (event) => {
    if (event.target.form?.id === "composer-form" && event.target.type !== "file") saveSoon(event.target.form);
  });
  document.addEventListener("focusout", (event) => {
    const element = event.target.closest?.("#composer-form");
    if (element && states.has(element) && stateOf(element).isDirty) save(element);
  });
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (event.target.id === "composer-form") leave(event.target);
  });
  window.addEventListener("online", () => form() && stateOf(form()).isDirty && save(form()));
  window.addEventListener("pagehide", () => form() && leave(form()));
  window.addEventListener("pageshow", (event) => {
    // Come back by the Back button: the draft may be another one meanwhile.
    if (event.persisted && form()) location.reload();
  });
  // Whoever sits here next must find nothing.
  document.addEventListener("submit", (event) => {
    if (form() && new URL(event.target.action, location.href).pathname.endsWith("/logout/")) forget(form());
  });

  mailhub.drafts = { begin, stateOf, fieldsOf, save, saveSoon, forget, note };
})();
