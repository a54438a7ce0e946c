// Writing: the editor in the place of the plain field, drafts that survive, files, and sending.
(() => {
  "use strict";
  const DRAFTS = "mailhub.draft.";
  const MAX_BYTES = 25 * 1024 * 1024;
  const SAVE_AFTER = 400;
  // A page that writes says so this often; one that was silent for longer than the other has crashed or sleeps.
  const BEAT = 30_000, SILENT = 150_000;
  const DISCARDED = "mailhub.discarded";
  const UNDO = "#undo-discard";
  const form = () => document.getElementById("composer-form");

  // --- The editor -----------------------------------------------------------------------------------------------

  let loading = null;

  function loadEditor(base) {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${base}hugerte.min.js`;
      script.onload = () => resolve(window.hugerte);
      script.onerror = () => reject(new Error("The editor could not be loaded."));
      document.head.append(script);
    });
    return loading;
  }

  async function prepare(element) {
    const field = element.elements.body;
    restoreDraft(element);
    const hugerte = await loadEditor(element.dataset.editor);
    if (!field.isConnected) return;
    hugerte.get(field.id)?.remove();
    const isDark = document.documentElement.dataset.bsTheme === "dark";
    if (element.elements.body_format.value !== "html") field.value = asHtml(field.value);
    element.elements.body_format.value = "html";
    await hugerte.init({
      target: field,
      base_url: element.dataset.editor.replace(/\/$/, ""),
      suffix: ".min",
      plugins: "autolink link lists table code",
      toolbar: "bold italic underline | bullist numlist blockquote | link table | removeformat code",
      menubar: false,
      statusbar: false,
      promotion: false,
      branding: false,
      contextmenu: false,
      convert_urls: false,
      paste_data_images: false,
      browser_spellcheck: true,
      height: 260,
      skin: isDark ? "oxide-dark" : "oxide",
      content_css: "default",
      content_style: isDark
        ? "body { font: 14px/1.5 Inter, system-ui, sans-serif; background: #141517; color: #edeef0; margin: 10px } a { color: #b1a9ff }"
        : "body { font: 14px/1.5 Inter, system-ui, sans-serif; margin: 10px }",
      iframe_aria_text: "Message. Press Ctrl and Enter to send.",
      setup: (editor) => {
        editor.on("input change undo redo ExecCommand", () => saveSoon(element));
        editor.on("keydown", (event) => sendByKey(event));
        editor.on("init", () => {
          element.dataset.isReady = "yes";
          focusFirst(element, editor);
        });
      },
    });
  }

  // Whoever writes in a field already, because the editor took its time, is not moved.
  function focusFirst(element, editor) {
    if (element.contains(document.activeElement)) return;
    if (element.elements.to.value) editor.focus();
    else element.elements.to.focus();
    // The editor is taller than the field that it took the place of.
    element.scrollIntoView({ block: "nearest" });
  }

  function asHtml(text) {
    const holder = document.createElement("div");
    for (const line of text.split(/\r?\n/)) {
      const paragraph = document.createElement("p");
      paragraph.textContent = line;
      if (!line) paragraph.append(document.createElement("br"));
      holder.append(paragraph);
    }
    return text ? holder.innerHTML : "";
  }

  const startedEditorOf = (element) => window.hugerte?.get(element.elements.body.id);

  // While it starts, the field below it still holds the text.
  function editorOf(element) {
    const editor = startedEditorOf(element);
    return editor?.initialized ? editor : undefined;
  }

  // --- Drafts: what is being written, on this machine only -------------------------------------------------------
  // Every page keeps its draft under a key of its own, so that two tabs never write one letter. A page that opens a
  // composer takes over the newest draft that no living page holds.

  const page = newId();
  const states = new WeakMap();

  function newId() {
    const octets = crypto.getRandomValues(new Uint8Array(16));
    octets[6] = (octets[6] & 0x0f) | 0x40;
    octets[8] = (octets[8] & 0x3f) | 0x80;
    const hex = [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  const keyOf = (element) => `${element.dataset.draft}.${page}`;

  function stateOf(element) {
    if (!states.has(element)) {
      const blank = { to: element.elements.to.value, cc: element.elements.cc.value, subject: element.elements.subject?.value };
      states.set(element, { blank, timer: 0, missing: [], wasKept: false, asked: "" });
    }
    return states.get(element);
  }

  function fieldsOf(element) {
    const fields = {};
    for (const name of ["letter_id", "body_format", "to", "cc", "subject"]) {
      if (element.elements[name]) fields[name] = element.elements[name].value;
    }
    fields.body = editorOf(element)?.getContent() ?? element.elements.body.value;
    return fields;
  }

  function isWorthKeeping(element, fields) {
    const { blank } = stateOf(element);
    return Boolean(fields.body.trim()) || ["to", "cc", "subject"].some((name) => fields[name] !== blank[name]);
  }

  function saveSoon(element) {
    const state = stateOf(element);
    clearTimeout(state.timer);
    state.timer = setTimeout(() => save(element), SAVE_AFTER);
  }

  function save(element) {
    const state = stateOf(element), key = keyOf(element);
    clearTimeout(state.timer);
    state.timer = 0;
    if (!element.isConnected || element.dataset.isDone) return;
    // What is typed into an editor that still starts can be read a moment later.
    if (startedEditorOf(element) && !editorOf(element)) return saveSoon(element);
    // Another page took the draft over while this one slept: what is written here is another letter now.
    if (state.wasKept && localStorage.getItem(key) === null) element.elements.letter_id.value = newId();
    const fields = fieldsOf(element);
    if (!isWorthKeeping(element, fields)) {
      state.wasKept = false;
      localStorage.removeItem(key);
      return;
    }
    const files = [...state.missing, ...chosenFiles(element.elements.attachments).map((file) => file.name)];
    const note = element.querySelector("[data-draft-note]");
    try {
      localStorage.setItem(key, JSON.stringify({ fields, files, at: Date.now(), isLeft: false }));
      state.wasKept = true;
      note.textContent = "Draft kept in this browser";
    } catch {
      note.textContent = "This browser keeps no draft: its storage is full or off.";
    }
  }

  const readDraft = (key) => JSON.parse(localStorage.getItem(key) ?? "null");

  // The page goes or the composer is closed: whoever opens one next may go on with the draft.
  function leave(element) {
    if (!states.has(element) || element.dataset.isDone) return;
    if (stateOf(element).timer) save(element);
    const draft = readDraft(keyOf(element));
    if (draft) localStorage.setItem(keyOf(element), JSON.stringify({ ...draft, at: Date.now(), isLeft: true }));
  }

  function beat() {
    const draft = form() && readDraft(keyOf(form()));
    if (draft) localStorage.setItem(keyOf(form()), JSON.stringify({ ...draft, at: Date.now() }));
  }

  function takeOver(element) {
    const own = keyOf(element);
    const free = Object.keys(localStorage)
      .filter((key) => key.startsWith(`${element.dataset.draft}.`))
      .map((key) => ({ key, draft: readDraft(key) }))
      .filter(({ key, draft }) => key === own || draft.isLeft || Date.now() - draft.at > SILENT)
      .sort((one, other) => other.draft.at - one.draft.at)[0];
    if (!free) return null;
    localStorage.removeItem(free.key);
    return free.draft;
  }

  function restoreDraft(element) {
    const state = stateOf(element);
    if (element.elements.body.value) return;
    const undone = takeBackDiscarded(element);
    const draft = undone ?? takeOver(element);
    if (!draft) return;
    // The id comes back too: a letter whose sending we did not see the end of is still the same letter.
    for (const [name, value] of Object.entries(draft.fields)) {
      if (element.elements[name]) element.elements[name].value = value;
    }
    state.missing = draft.files;
    save(element);
    if (element.elements.cc.value) showCc(element);
    showFiles(element.elements.attachments);
    element.querySelector("[data-draft-note]").textContent = "Draft restored";
  }

  function forget(element) {
    clearTimeout(stateOf(element).timer);
    element.dataset.isDone = "yes";
    localStorage.removeItem(keyOf(element));
  }

  // What was discarded can be taken back from the page that comes next.
  function discard(element) {
    save(element);
    const draft = readDraft(keyOf(element));
    const url = element.getAttribute("action") + UNDO;
    if (draft) sessionStorage.setItem(DISCARDED, JSON.stringify({ draft, url, place: element.dataset.draft }));
    forget(element);
  }

  function takeBackDiscarded(element) {
    const discarded = JSON.parse(sessionStorage.getItem(DISCARDED) ?? "null");
    if (location.hash !== UNDO || discarded?.place !== element.dataset.draft) return null;
    sessionStorage.removeItem(DISCARDED);
    history.replaceState(history.state, "", location.pathname + location.search);
    return discarded.draft;
  }

  function offerUndo() {
    const discarded = JSON.parse(sessionStorage.getItem(DISCARDED) ?? "null");
    if (!discarded || discarded.isOffered || location.hash === UNDO) return;
    sessionStorage.setItem(DISCARDED, JSON.stringify({ ...discarded, isOffered: true }));
    const detail = { message: "Your text was discarded.", kind: "info", url: discarded.url, label: "Undo" };
    document.dispatchEvent(new CustomEvent("toast", { detail }));
  }

  document.addEventListener("input", (event) => {
    const element = event.target.closest("#composer-form");
    if (element) saveSoon(element);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-discard-draft]")) discard(form());
  });
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (event.target.id === "composer-form") leave(event.target);
  });
  window.addEventListener("pagehide", () => {
    if (form()) leave(form());
  });
  window.addEventListener("pageshow", (event) => {
    // Come back by the Back button: the draft may be in other hands meanwhile.
    if (event.persisted && form()) location.reload();
  });
  setInterval(beat, BEAT);
  // Whoever sits here next must find nothing.
  document.addEventListener("submit", (event) => {
    if (!new URL(event.target.action, location.href).pathname.endsWith("/logout/")) return;
    if (form()) forget(form());
    for (const key of Object.keys(localStorage)) if (key.startsWith(DRAFTS)) localStorage.removeItem(key);
    sessionStorage.removeItem(DISCARDED);
  });

  // --- Files ----------------------------------------------------------------------------------------------------

  const chosen = new WeakMap();
  const chosenFiles = (input) => chosen.get(input) ?? [];

  function addFiles(input) {
    const before = chosenFiles(input);
    const isNew = (file) => !before.some((one) => one.name === file.name && one.size === file.size && one.lastModified === file.lastModified);
    stateOf(input.form).missing = [];
    setFiles(input, [...before, ...[...input.files].filter(isNew)]);
  }

  function setFiles(input, files) {
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    input.files = transfer.files;
    chosen.set(input, files);
    showFiles(input);
    saveSoon(input.form);
  }

  function showFiles(input) {
    const files = chosenFiles(input), { missing } = stateOf(input.form);
    input.form.querySelector("[data-files]").replaceChildren(...files.map((file) => chip(input, file)));
    const total = files.reduce((sum, file) => sum + file.size, 0);
    const note = input.form.querySelector("[data-files-note]");
    note.textContent = files.length > 1 ? `${files.length} files, ${size(total)} together` : "";
    if (missing.length) note.textContent = `A draft keeps no files. Choose them again: ${missing.join(", ")}`;
    input.setCustomValidity(total > MAX_BYTES ? "too large" : "");
    const error = document.getElementById("composer-attachments-error");
    error.textContent = total > MAX_BYTES
      ? `These files are ${size(total)} together, and a mail carries at most ${size(MAX_BYTES)}. Choose fewer or smaller ones.`
      : "";
    error.classList.toggle("field-error", total > MAX_BYTES);
  }

  function chip(input, file) {
    const item = document.createElement("li"), words = document.createElement("span"), button = document.createElement("button");
    item.className = "attachment";
    words.textContent = `${file.name} · ${size(file.size)}`;
    button.type = "button";
    button.className = "icon-button attachment-remove";
    button.textContent = "×";
    button.setAttribute("aria-label", `Remove ${file.name}`);
    button.addEventListener("click", () => {
      setFiles(input, chosenFiles(input).filter((one) => one !== file));
      input.focus();
    });
    item.append(words, button);
    return item;
  }

  function size(bytes) {
    if (bytes < 1024) return `${bytes} bytes`;
    const isLarge = bytes >= 1024 * 1024;
    return `${(bytes / (isLarge ? 1024 * 1024 : 1024)).toFixed(1)} ${isLarge ? "MB" : "KB"}`;
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("#composer-form input[type=file]")) addFiles(event.target);
  });

  // --- Copies ---------------------------------------------------------------------------------------------------

  function showCc(element) {
    element.querySelector("[data-cc]").removeAttribute("data-cc-empty");
    const button = element.querySelector("[data-show-cc]");
    if (button) button.hidden = true;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show-cc]");
    if (!button) return;
    showCc(button.form || form());
    form().elements.cc.focus();
  });

  // --- Sending --------------------------------------------------------------------------------------------------

  function sendByKey(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form()?.requestSubmit(document.getElementById("composer-send"));
  }

  document.addEventListener("keydown", (event) => {
    if (event.target.closest("#composer-form")) sendByKey(event);
  });
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.id !== "composer-form") return;
    const editor = editorOf(event.detail.elt);
    stateOf(event.detail.elt).asked = JSON.stringify(fieldsOf(event.detail.elt));
    if (editor) event.detail.parameters.set?.("body", editor.getContent()) ?? (event.detail.parameters.body = editor.getContent());
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    // A way to the sign-in page is no way to the letter: what was written then waits for the person to come back.
    const isSent = event.detail.xhr.getResponseHeader("HX-Redirect")?.includes("#sent-");
    if (event.detail.elt.id === "composer-form" && isSent) settle(event.detail.elt);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "composer-head") return;
    document.querySelector("#composer-head .is-invalid")?.focus();
    // The answer may have brought another id for the letter.
    if (stateOf(form()).wasKept) save(form());
  });

  // What was changed after the letter had gone is the beginning of another one.
  function settle(element) {
    if (JSON.stringify(fieldsOf(element)) === stateOf(element).asked) return forget(element);
    element.elements.letter_id.value = newId();
    save(element);
  }

  document.addEventListener("htmx:load", (event) => {
    const element = event.detail.elt.matches?.("#composer-form") ? event.detail.elt : event.detail.elt.querySelector?.("#composer-form");
    if (element && !element.dataset.isPrepared) {
      element.dataset.isPrepared = "yes";
      prepare(element);
    }
  });
  offerUndo();
})();
