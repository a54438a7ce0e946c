// Templates while one writes: find one, put it in at the cursor, keep a letter as one; and the whole letter as it leaves.
(() => {
  "use strict";
  const RECENT = "mailhub.templates", MOST_RECENT = 6;
  const UNREACHABLE = "This did not work: there is no connection just now. Try again.";
  const form = () => document.getElementById("composer-form");
  const tools = () => form()?.querySelector("[data-templates]");
  const picker = () => document.getElementById("template-picker");
  const filter = () => picker().querySelector("[data-template-filter]");
  const options = () => [...picker().querySelectorAll("[data-template]")];
  const offered = () => options().filter((option) => !option.hidden);

  const editorOf = (element) => window.mailhub.editor.of(element.elements.body);

  // --- Finding one ----------------------------------------------------------------------------------------------

  async function open() {
    if (!picker() || picker().open) return;
    filter().value = "";
    say("");
    picker().showModal();
    filter().focus();
    const answer = await ask(tools().dataset.list);
    if (!answer?.ok) return say(UNREACHABLE);
    picker().querySelector("[data-template-options]").innerHTML = await answer.text();
    recent().reverse().forEach((id) => {
      const option = options().find((one) => one.dataset.template === id);
      option?.parentElement.prepend(option);
    });
    narrow();
  }

  function narrow() {
    const words = filter().value.toLocaleLowerCase().split(/\s+/);
    for (const option of options()) {
      const text = option.textContent.toLocaleLowerCase();
      option.hidden = !words.every((word) => text.includes(word));
    }
    choose(offered()[0]);
    say(options().length && !offered().length ? "No template is called like that." : "");
  }

  function choose(chosen) {
    for (const option of options()) option.setAttribute("aria-selected", String(option === chosen));
    if (!chosen) return filter().removeAttribute("aria-activedescendant");
    filter().setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  }

  const chosen = () => offered().find((option) => option.getAttribute("aria-selected") === "true");

  function step(by) {
    const all = offered(), place = all.indexOf(chosen());
    if (all.length) choose(all[(place + by + all.length) % all.length]);
  }

  function say(words) {
    picker().querySelector("[data-template-words]").textContent = words;
  }

  // --- Which were used last, in this browser ----------------------------------------------------------------------

  function recent() {
    try {
      return JSON.parse(localStorage.getItem(RECENT) ?? "[]");
    } catch {
      return [];
    }
  }

  function remember(id) {
    try {
      localStorage.setItem(RECENT, JSON.stringify([id, ...recent().filter((one) => one !== id)].slice(0, MOST_RECENT)));
    } catch {
      // A browser that keeps nothing shows them by name.
    }
  }

  // --- Putting it in ----------------------------------------------------------------------------------------------

  async function insert(option) {
    const element = form(), { conversation } = tools().dataset, data = new FormData();
    for (const name of ["server", "to", "subject"]) data.set(name, element.elements[name]?.value ?? "");
    data.set("conversation", conversation);
    const answer = await ask(option.dataset.url, data);
    const isAnswered = answer?.headers.get("Content-Type")?.startsWith("application/json");
    if (!isAnswered) return say(answer ? "This template is not there any more." : UNREACHABLE);
    const filled = await answer.json();
    if (!answer.ok) return say(filled.words);
    remember(option.dataset.template);
    picker().close();
    put(element, filled);
  }

  function put(element, filled) {
    const editor = editorOf(element), { body, subject } = element.elements;
    if (subject && !subject.value.trim() && filled.subject) subject.value = filled.subject;
    if (editor) {
      editor.focus();
      editor.insertContent(filled.html);
    } else {
      body.focus();
      body.setRangeText(filled.text, body.selectionStart, body.selectionEnd, "end");
    }
    body.dispatchEvent(new Event("input", { bubbles: true }));
    warn(element, filled);
  }

  // The warning stays until what it names is written.
  function warn(element, { unfilled, words }) {
    const note = element.querySelector("[data-template-note]");
    const isLeft = () => {
      const text = `${element.elements.subject?.value ?? ""} ${editorOf(element)?.getContent({ format: "text" }) ?? element.elements.body.value}`;
      return unfilled.some((name) => new RegExp(`\\{\\{\\s*${name}\\b`).test(text));
    };
    note.textContent = words;
    if (!words) return;
    const look = () => {
      if (!isLeft() && note.textContent === words) note.textContent = "";
    };
    element.addEventListener("input", look);
    editorOf(element)?.on("input change undo redo", look);
  }

  // --- Keeping what is written as a template ----------------------------------------------------------------------

  function saveAsTemplate() {
    const element = form(), editor = editorOf(element), sent = document.createElement("form");
    sent.method = "post";
    sent.action = tools().dataset.add;
    sent.target = "_blank";
    sent.hidden = true;
    const values = {
      csrfmiddlewaretoken: element.elements.csrfmiddlewaretoken.value,
      from_letter: "1",
      subject: element.elements.subject?.value ?? "",
      body: editor?.getContent() ?? element.elements.body.value,
      body_format: editor ? "html" : "text",
    };
    for (const [name, value] of Object.entries(values)) {
      const field = document.createElement("textarea");
      field.name = name;
      field.value = value;
      sent.append(field);
    }
    document.body.append(sent);
    sent.submit();
    sent.remove();
    picker().close();
  }

  // --- The whole letter -------------------------------------------------------------------------------------------

  async function preview() {
    const element = form(), { kind, conversation, answers, preview: url } = tools().dataset;
    const data = new FormData(element), dialog = document.getElementById("letter-preview");
    const shown = dialog.querySelector("[data-letter-shown]");
    data.delete("attachments");
    data.set("body", editorOf(element)?.getContent() ?? element.elements.body.value);
    for (const [name, value] of Object.entries({ kind, answers })) if (!data.get(name)) data.set(name, value);
    data.set("conversation", conversation);
    shown.textContent = "";
    shown.setAttribute("aria-busy", "true");
    if (!dialog.open) dialog.showModal();
    const answer = await ask(url, data);
    shown.removeAttribute("aria-busy");
    if (answer?.ok || answer?.status === 422) shown.innerHTML = await answer.text();
    else shown.textContent = answer ? "This conversation is not there any more." : UNREACHABLE;
  }

  async function ask(url, data) {
    const headers = { "X-CSRFToken": form().elements.csrfmiddlewaretoken.value, "HX-Request": "true" };
    try {
      return await fetch(url, { method: data ? "POST" : "GET", body: data, headers });
    } catch {
      return null;
    }
  }

  // --- Mouse and keyboard -----------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const option = event.target.closest("[data-template]");
    if (option) insert(option);
    else if (event.target.closest("[data-template-open]")) open();
    else if (event.target.closest("[data-template-save]")) saveAsTemplate();
    else if (event.target.closest("[data-letter-preview]")) preview();
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-template-filter]")) narrow();
  });
  const KEYS = { ArrowDown: () => step(1), ArrowUp: () => step(-1), Enter: () => chosen() && insert(chosen()) };
  const isTyping = (target) => target.isContentEditable || target.closest("input, textarea, select, dialog[open], [role=menu]") !== null;

  function openByKey(event) {
    if (event.key !== ";" || !tools()) return;
    const isCommand = event.ctrlKey || event.metaKey;
    if (event.altKey || (!isCommand && isTyping(event.target))) return;
    event.preventDefault();
    open();
  }

  document.addEventListener("keydown", (event) => {
    if (!event.target.matches("[data-template-filter]")) return openByKey(event);
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  // Keys that are pressed in the editor stay in its frame.
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      if (target.id === "composer-form") {
        editorOf(target)?.on("keydown", (event) => {
          if (event.ctrlKey || event.metaKey) openByKey(event);
        });
      }
    }
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-is-ready"], subtree: true });
})();
