// One conversation: who else is at it, menus to choose from, notes with names in them, and the panel beside it.
(() => {
  "use strict";
  const ASK_EVERY = 8000;
  const KEPT = "mailhub.";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- Live: who else is here, and what came ----------------------------------------------------------------------

  const live = () => document.getElementById("conversation-live");
  let asking = 0;

  function isWriting() {
    const form = document.getElementById("composer-form");
    if (!form) return false;
    const editor = window.hugerte?.activeEditor;
    const text = editor && form.contains(editor.getElement()) ? editor.getContent({ format: "text" }) : form.elements.body?.value;
    return Boolean((text || "").replace(/<[^>]*>/g, "").trim());
  }

  function told(extra = {}) {
    const place = live();
    const body = new URLSearchParams({ mark: place.dataset.mark, shown: place.dataset.shown || "", ...extra });
    if (isWriting()) body.set("writing", "on");
    return { method: "POST", body, headers: { "X-CSRFToken": csrfToken() }, credentials: "same-origin" };
  }

  function csrfToken() {
    return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  }

  async function ask() {
    const place = live();
    if (!place || document.hidden) return;
    const url = place.dataset.live;
    let answer;
    try {
      answer = await fetch(url, { ...told(), redirect: "manual" });
    } catch {
      return; // Offline: the next time will tell.
    }
    if (live()?.dataset.live !== url) return;
    if ([401, 403, 404].includes(answer.status) || answer.type === "opaqueredirect") return sayGone();
    if (answer.status !== 200) return;
    const html = await answer.text();
    live().dataset.shown = answer.headers.get("X-Shown") || "";
    live().innerHTML = html;
    window.htmx.process(live());
  }

  function sayGone() {
    const template = document.getElementById("conversation-gone");
    const pane = one(".conversation");
    if (!template || !pane) return;
    const unsent = ownWords();
    const body = document.getElementById("composer-form")?.elements.body;
    if (body) window.mailhub.editor.stop(body);
    pane.replaceChildren(template.content.cloneNode(true));
    delete pane.dataset.conversation;
    one("[data-unsent]", pane).hidden = !unsent;
    one("[data-unsent] textarea", pane).value = unsent;
  }

  // What the person was writing, a reply or a note, which can be kept nowhere any more.
  function ownWords() {
    const form = document.getElementById("composer-form");
    const { editor } = window.mailhub;
    const typed = form?.elements.body && (editor.of(form.elements.body)?.getContent() ?? form.elements.body.value);
    const reply = typed && form.elements.body_format.value === "html" ? editor.asText(typed) : typed;
    return [reply, document.getElementById("note-text")?.value].filter((words) => words?.trim()).join("\n\n");
  }

  function leave() {
    const place = live();
    if (place) fetch(place.dataset.live, { ...told({ left: "on" }), keepalive: true }).catch(() => {});
  }

  function keepAsking() {
    clearInterval(asking);
    if (!live()) return;
    ask();
    asking = setInterval(ask, ASK_EVERY);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  addEventListener("pagehide", leave);
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "conversation" && event.detail.shouldSwap) leave();
  });

  // --- Writing: reply or note -----------------------------------------------------------------------------------

  function choose(tab, { focus = false } = {}) {
    if (!tab) return;
    for (const other of all("[data-tab]")) {
      const isChosen = other === tab;
      other.setAttribute("aria-selected", String(isChosen));
      other.tabIndex = isChosen ? 0 : -1;
      document.getElementById(other.dataset.tab).hidden = !isChosen;
    }
    if (focus) tab.focus();
  }

  function writeNote() {
    choose(document.getElementById("tab-note"));
    const field = document.getElementById("note-text");
    field?.scrollIntoView({ block: "nearest" });
    field?.focus();
  }

  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-tab]");
    if (event.target.closest("[data-note]")) writeNote();
    else if (tab) choose(tab);
    if (event.target.closest("[data-panel-toggle]")) togglePanel();
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("[data-tab]");
    if (!tab || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    choose(all("[data-tab]").find((other) => other !== tab), { focus: true });
  });
  // Whoever begins a reply sees it.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "composer") choose(document.getElementById("tab-reply"));
  });

  // --- Notes: what was typed stays until it was taken -------------------------------------------------------------

  const keptAs = (form) => form.dataset.kept && KEPT + form.dataset.kept;

  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-note-form]");
    if (form && keptAs(form)) sessionStorage.setItem(keptAs(form), event.target.value);
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-note-form]");
    if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.elt.closest?.("[data-note-form]");
    if (form && keptAs(form) && event.detail.xhr.status === 200) sessionStorage.removeItem(keptAs(form));
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.id === "note-form") document.getElementById("note-text").focus();
  });

  function bringBackNote() {
    const form = document.getElementById("note-form");
    const kept = form && sessionStorage.getItem(keptAs(form));
    const field = document.getElementById("note-text");
    if (kept && !field.value) field.value = kept;
  }

  // --- Names in notes -------------------------------------------------------------------------------------------

  const colleagues = new Map();

  function namesOf(form) {
    const url = form.dataset.colleagues;
    if (!colleagues.has(url)) {
      const found = fetch(url, { credentials: "same-origin" }).then((answer) => (answer.ok ? answer.json() : { colleagues: [] }));
      colleagues.set(url, found.then((answer) => answer.colleagues).catch(() => []));
    }
    return colleagues.get(url);
  }

  // What stands behind the last "@" before the cursor; null where no name is being written.
  function begun(field) {
    const match = /(?:^|[^\w.+-])@([^@\n]{0,40})$/u.exec(field.value.slice(0, field.selectionStart));
    return match ? match[1] : null;
  }

  const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));

  async function offer(field) {
    const typed = begun(field);
    if (typed === null) return close(field);
    const people = await namesOf(field.closest("[data-note-form]"));
    if (begun(field) !== typed) return;
    const wanted = typed.toLowerCase();
    const fitting = people.filter(({ name, handle }) => {
      const words = [name.toLowerCase(), handle.toLowerCase(), ...name.toLowerCase().split(/\s+/)];
      return words.some((word) => word.startsWith(wanted)) && name.toLowerCase() !== wanted;
    }).slice(0, 8);
    const list = listOf(field);
    list.replaceChildren(...fitting.map((person, place) => itemFor(person, `${list.id}-${place}`)));
    list.hidden = !fitting.length;
    mark(field, 0);
  }

  function itemFor(person, id) {
    const item = Object.assign(document.createElement("li"), { id, textContent: person.name });
    item.setAttribute("role", "option");
    item.dataset.handle = person.handle;
    if (person.handle !== person.name) {
      item.append(" ", Object.assign(document.createElement("span"), { className: "muted", textContent: person.handle }));
    }
    return item;
  }

  function mark(field, place) {
    const items = all("[role=option]", listOf(field));
    items.forEach((item, index) => item.setAttribute("aria-selected", String(index === place)));
    if (items[place]) field.setAttribute("aria-activedescendant", items[place].id);
    else field.removeAttribute("aria-activedescendant");
    items[place]?.scrollIntoView({ block: "nearest" });
  }

  function take(field, item) {
    const typed = begun(field);
    if (typed === null) return close(field);
    const start = field.selectionStart - typed.length;
    field.setRangeText(`${item.dataset.handle} `, start, field.selectionStart, "end");
    close(field);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  function close(field) {
    const list = listOf(field);
    list.hidden = true;
    list.replaceChildren();
    field.removeAttribute("aria-activedescendant");
  }

  document.addEventListener("input", (event) => { if (event.target.matches("[data-mention]")) offer(event.target); });
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.matches?.("[data-mention]") || listOf(field).hidden) return;
    const items = all("[role=option]", listOf(field));
    const chosen = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    const isPlainEnter = event.key === "Enter" && !event.ctrlKey && !event.metaKey;
    if (event.key === "ArrowDown") mark(field, (chosen + 1) % items.length);
    else if (event.key === "ArrowUp") mark(field, (chosen - 1 + items.length) % items.length);
    else if (isPlainEnter || event.key === "Tab") take(field, items[chosen]);
    else if (event.key === "Escape") close(field);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("mousedown", (event) => {
    const item = event.target.closest(".mention-names [role=option]");
    if (!item) return;
    event.preventDefault();
    take(one("[data-mention]", item.closest(".note-field")), item);
  });
  document.addEventListener("focusout", (event) => { if (event.target.matches("[data-mention]")) close(event.target); });

  // --- Menus to choose from ---------------------------------------------------------------------------------------

  const itemsIn = (menu) => all(".dropdown-item, .choice-add input, .choice-add button", menu).filter((item) => !item.hidden);

  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-choice-filter]")) return;
    const typed = event.target.value.trim().toLowerCase();
    for (const item of all(".choice-items .dropdown-item", event.target.form)) {
      item.hidden = !item.textContent.toLowerCase().includes(typed);
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details[data-choices][open]");
    if (!menu) return;
    const isFilter = event.target.matches("[data-choice-filter]");
    if (event.key === "Enter" && isFilter && !event.target.matches("[data-choice-new]")) {
      event.preventDefault();
      all(".choice-items .dropdown-item", menu).find((item) => !item.hidden)?.click();
    }
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.target.type === "datetime-local") return;
    event.preventDefault();
    const items = itemsIn(menu);
    const place = items.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
    items[(place + items.length) % items.length]?.focus();
  });
  // What a menu offers comes when it opens; then one can go through it at once.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!event.detail.target.matches(".menu-choices")) return;
    (one("[data-choice-filter]", event.detail.target) || one(".dropdown-item", event.detail.target))?.focus();
  });
  // The head was drawn anew: the keyboard goes on where it was.
  let hadFocus = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "conversation-head") return;
    const summary = one("summary", document.activeElement?.closest("details[data-choices]") || document.createElement("i"));
    hadFocus = summary ? summary.title : "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.id !== "conversation-head" || !hadFocus) return;
    all("#conversation-head summary").find((summary) => summary.title === hadFocus)?.focus();
    hadFocus = "";
  });

  // --- The panel: beside the conversation, or a sheet over it --------------------------------------------------------

  function togglePanel() {
    const panel = document.getElementById("conversation-panel");
    const isOpen = panel.classList.toggle("is-open");
    const button = one(".panel-toggle");
    button.setAttribute("aria-expanded", String(isOpen));
    (isOpen ? one(".panel-close") : button)?.focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && one(".panel-side.is-open")) togglePanel();
  });

  function begin() {
    keepAsking();
    bringBackNote();
  }

  document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target.id === "conversation") begin(); });
  begin();
})();
