// Files of a letter: uploaded as soon as they are chosen, dropped or pasted, each with its progress.
(() => {
  "use strict";
  const mailhub = (window.mailhub ??= {});
  const MAX_BYTES = 25 * 1024 * 1024;
  // One after the other, so that what is too much is known before it is sent.
  const queues = new WeakMap();
  const waiting = new Set();

  function size(bytes) {
    if (bytes < 1024) return `${bytes} bytes`;
    const isLarge = bytes >= 1024 * 1024;
    return `${(bytes / (isLarge ? 1024 * 1024 : 1024)).toFixed(1)} ${isLarge ? "MB" : "KB"}`;
  }

  function total(form) {
    const kept = [...form.querySelectorAll("[data-files] [data-size]")].reduce((sum, item) => sum + Number(item.dataset.size), 0);
    return [...waiting].filter((one) => one.form === form && !one.error).reduce((sum, one) => sum + one.file.size, kept);
  }

  function add(form, files) {
    for (const file of files) {
      const upload = { form, file, name: file.name || "pasted.png", item: document.createElement("li"), request: null, error: "" };
      waiting.add(upload);
      form.querySelector("[data-uploads]").append(upload.item);
      start(upload);
    }
  }

  function start(upload) {
    upload.error = "";
    if (total(upload.form) > MAX_BYTES) {
      return fail(upload, `With it the files would be ${size(total(upload.form))}, and a mail carries at most ${size(MAX_BYTES)}.`, false);
    }
    show(upload, 0);
    const before = queues.get(upload.form) ?? Promise.resolve();
    queues.set(upload.form, before.then(() => send(upload)));
  }

  async function send(upload) {
    if (!waiting.has(upload)) return;
    // The file belongs to the draft, so there must be one.
    const state = mailhub.drafts.stateOf(upload.form);
    if (!state.attach) await mailhub.drafts.save(upload.form, { isForced: true });
    if (!state.attach) return fail(upload, "It could not be uploaded: the draft is not saved.", true);
    await new Promise((resolve) => transfer(upload, state.attach, resolve));
  }

  function transfer(upload, url, done) {
    const data = new FormData(), request = new XMLHttpRequest();
    data.append("csrfmiddlewaretoken", upload.form.elements.csrfmiddlewaretoken.value);
    data.append("attachments", upload.file, upload.name);
    upload.request = request;
    request.open("POST", url);
    request.upload.addEventListener("progress", (event) => show(upload, event.loaded / event.total));
    request.addEventListener("load", () => arrived(upload, request));
    request.addEventListener("error", () => fail(upload, "The server cannot be reached.", true));
    request.addEventListener("loadend", done);
    request.send(data);
  }

  function arrived(upload, request) {
    if (request.status === 200 && !request.responseURL.includes("/login/")) {
      upload.request = null;
      drop(upload);
      replaceList(upload.form, request.responseText);
    } else if (request.status === 422) {
      fail(upload, JSON.parse(request.responseText).words, false);
    } else {
      fail(upload, "It could not be uploaded.", true);
    }
  }

  function replaceList(form, html) {
    const list = new DOMParser().parseFromString(html, "text/html").querySelector("[data-files]");
    form.querySelector("[data-files]").replaceWith(list);
    window.htmx.process(list);
    changed(form);
  }

  function changed(form) {
    const facts = form.querySelector("#composer-facts");
    if (facts) window.htmx.trigger(facts, "check");
  }

  function fail(upload, words, mayRetry) {
    upload.error = words;
    show(upload, 0, mayRetry);
  }

  function drop(upload) {
    waiting.delete(upload);
    upload.request?.abort();
    upload.item.remove();
  }

  function show(upload, share, mayRetry = false) {
    const words = document.createElement("span");
    words.textContent = `${upload.name} · ${upload.error || size(upload.file.size)}`;
    upload.item.className = upload.error ? "attachment attachment-failed" : "attachment";
    upload.item.setAttribute("role", upload.error ? "alert" : "listitem");
    upload.item.replaceChildren(words, ...(upload.error ? [] : [bar(upload, share)]));
    if (upload.error && mayRetry) upload.item.append(button("Try again", "btn btn-sm", `Try again: ${upload.name}`, () => start(upload)));
    upload.item.append(button("×", "icon-button attachment-remove", `Remove ${upload.name}`, () => drop(upload)));
  }

  function bar(upload, share) {
    const progress = document.createElement("progress");
    progress.value = share;
    progress.setAttribute("aria-label", `Uploading ${upload.name}`);
    return progress;
  }

  function button(words, name, label, act) {
    const element = document.createElement("button");
    element.type = "button";
    element.className = name;
    element.textContent = words;
    element.setAttribute("aria-label", label);
    element.addEventListener("click", act);
    return element;
  }

  // --- Choosing, dropping and pasting ---------------------------------------------------------------------------

  const formAt = (event) => event.target.closest?.("#composer-form");
  const filesOf = (transfer) => [...(transfer?.files ?? [])];

  // True if files were in it, which are taken then.
  function take(form, transfer) {
    const files = filesOf(transfer);
    if (files.length) add(form, files);
    return files.length > 0;
  }

  document.addEventListener("change", (event) => {
    if (!event.target.matches("#composer-form input[type=file]")) return;
    add(event.target.form, [...event.target.files]);
    event.target.value = "";
  });
  document.addEventListener("dragover", (event) => {
    const form = formAt(event);
    if (!form || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.dataset.isOver = "yes";
  });
  document.addEventListener("dragleave", (event) => delete formAt(event)?.dataset.isOver);
  document.addEventListener("drop", (event) => {
    const form = formAt(event);
    if (!form) return;
    delete form.dataset.isOver;
    if (take(form, event.dataTransfer)) event.preventDefault();
  });
  document.addEventListener("paste", (event) => {
    const form = formAt(event);
    if (form && take(form, event.clipboardData)) event.preventDefault();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "composer-file-list") changed(document.getElementById("composer-form"));
  });

  // Ends when all files are there; false if one is not.
  async function settled(form) {
    await queues.get(form);
    return ![...waiting].some((one) => one.form === form);
  }

  mailhub.attachments = { take, settled };
})();
