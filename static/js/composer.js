// Writing: the editor in the place of the plain field, drafts that survive, files, and sending.
(() => {
  "use strict";
  const DRAFTS = "mailhub.draft.";
  const MAX_BYTES = 25 * 1024 * 1024;
  const SAVE_AFTER = 400;
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
        editor.on("init", () => focusFirst(element, editor));
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

  const editorOf = (element) => window.hugerte?.get(element.elements.body.id);

  // --- Drafts: the text of what is being written, on this machine only -------------------------------------------

  let timer = 0;

  function saveSoon(element) {
    clearTimeout(timer);
    timer = setTimeout(() => save(element), SAVE_AFTER);
  }

  function save(element) {
    if (!element.isConnected || element.dataset.isDone) return;
    const fields = {};
    for (const name of ["letter_id", "body_format", "to", "cc", "subject"]) {
      if (element.elements[name]) fields[name] = element.elements[name].value;
    }
    fields.body = editorOf(element)?.getContent() ?? element.elements.body.value;
    if (!fields.body.trim()) return;
    try {
      localStorage.setItem(element.dataset.draft, JSON.stringify(fields));
      element.querySelector("[data-draft-note]").textContent = "Draft kept in this browser";
    } catch {
      element.querySelector("[data-draft-note]").textContent = "This browser keeps no draft: its storage is full or off.";
    }
  }

  function restoreDraft(element) {
    const kept = localStorage.getItem(element.dataset.draft);
    if (!kept || element.elements.body.value) return;
    // The id comes back too: a letter whose sending we did not see the end of is still the same letter.
    for (const [name, value] of Object.entries(JSON.parse(kept))) {
      if (element.elements[name]) element.elements[name].value = value;
    }
    if (element.elements.cc.value) showCc(element);
    element.querySelector("[data-draft-note]").textContent = "Draft restored";
  }

  function forget(element) {
    clearTimeout(timer);
    element.dataset.isDone = "yes";
    localStorage.removeItem(element.dataset.draft);
  }

  document.addEventListener("input", (event) => {
    const element = event.target.closest("#composer-form");
    if (element) saveSoon(element);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-discard-draft]")) forget(form());
  });
  // Whoever sits here next must find nothing.
  document.addEventListener("submit", (event) => {
    if (!new URL(event.target.action, location.href).pathname.endsWith("/logout/")) return;
    for (const key of Object.keys(localStorage)) if (key.startsWith(DRAFTS)) localStorage.removeItem(key);
  });

  // --- Files ----------------------------------------------------------------------------------------------------

  function showFiles(input) {
    const place = input.form.querySelector("[data-files]");
    place.replaceChildren(...[...input.files].map(chip));
    const total = [...input.files].reduce((sum, file) => sum + file.size, 0);
    input.setCustomValidity(total > MAX_BYTES ? "too large" : "");
    const place_of_error = document.getElementById("composer-attachments-error");
    place_of_error.textContent = total > MAX_BYTES
      ? `These files are ${size(total)} together, and a mail carries at most ${size(MAX_BYTES)}. Choose fewer or smaller ones.`
      : "";
    place_of_error.classList.toggle("field-error", total > MAX_BYTES);
  }

  function chip(file) {
    const item = document.createElement("li");
    item.className = "attachment";
    item.textContent = `${file.name} · ${size(file.size)}`;
    return item;
  }

  function size(bytes) {
    if (bytes < 1024) return `${bytes} bytes`;
    const isLarge = bytes >= 1024 * 1024;
    return `${(bytes / (isLarge ? 1024 * 1024 : 1024)).toFixed(1)} ${isLarge ? "MB" : "KB"}`;
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("#composer-form input[type=file]")) showFiles(event.target);
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
    if (editor) event.detail.parameters.set?.("body", editor.getContent()) ?? (event.detail.parameters.body = editor.getContent());
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    // A way to the sign-in page is no way to the letter: what was written then waits for the person to come back.
    const isSent = event.detail.xhr.getResponseHeader("HX-Redirect")?.includes("#sent-");
    if (event.detail.elt.id === "composer-form" && isSent) forget(event.detail.elt);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "composer-head") document.querySelector("#composer-head .is-invalid")?.focus();
  });

  document.addEventListener("htmx:load", (event) => {
    const element = event.detail.elt.matches?.("#composer-form") ? event.detail.elt : event.detail.elt.querySelector?.("#composer-form");
    if (element && !element.dataset.isPrepared) {
      element.dataset.isPrepared = "yes";
      prepare(element);
    }
  });
})();
