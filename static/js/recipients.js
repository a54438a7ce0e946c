// Recipients as chips, with people to choose from. The field below stays: it has what is sent, as text.
(() => {
  "use strict";
  const mailhub = (window.mailhub ??= {});
  const ASK_AFTER = 120;
  const BOXES = new WeakMap();
  const PIECE = /(?:"(?:[^"\\]|\\.)*"|[^,;\r\n])+/g;
  const ADDRESS = /^(?:[^<>]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/;

  const piecesOf = (text) => (text.match(PIECE) ?? []).map((piece) => piece.trim()).filter(Boolean);
  const shownName = (piece) => /^"?([^"<]*?)"?\s*<[^<>]+>$/.exec(piece)?.[1] || piece.replace(/[<>]/g, "");

  function prepare(source) {
    if (BOXES.has(source)) return;
    const box = make("div", "recipients"), chips = make("ul", "recipient-chips"), input = make("input", "recipient-input"), list = make("ul", "recipient-list");
    const label = document.querySelector(`label[for="${source.id}"]`);
    Object.assign(input, { type: "text", id: `${source.id}_typed`, autocomplete: "off", spellcheck: false });
    list.id = `${source.id}_people`;
    list.hidden = true;
    attributes(input, { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, "aria-describedby": source.getAttribute("aria-describedby") ?? "" });
    attributes(list, { role: "listbox", "aria-label": `People for ${label.textContent.trim()}` });
    attributes(chips, { "aria-label": `Chosen for ${label.textContent.trim()}` });
    if (source.classList.contains("is-invalid")) input.setAttribute("aria-invalid", "true");
    label.htmlFor = input.id;
    source.hidden = true;
    box.append(chips, input, list);
    source.after(box);
    const state = { source, chips, input, list, pieces: [], timer: 0, chosen: -1 };
    BOXES.set(source, state);
    read(state);
    listen(state);
  }

  function make(name, className) {
    const element = document.createElement(name);
    element.className = className;
    return element;
  }

  function attributes(element, values) {
    for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
  }

  function read(state) {
    state.pieces = piecesOf(state.source.value);
    draw(state);
  }

  // What is typed and not finished is part of the letter too.
  function write(state) {
    const before = state.source.value;
    state.source.value = [...state.pieces, state.input.value.trim()].filter(Boolean).join(", ");
    if (state.source.value !== before) state.source.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function draw(state) {
    state.chips.replaceChildren(...state.pieces.map((piece, place) => {
      const chip = make("li", ADDRESS.test(piece) ? "recipient-chip" : "recipient-chip is-invalid"), words = make("span", ""), remove = make("button", "recipient-remove");
      words.textContent = shownName(piece);
      chip.title = piece;
      remove.type = "button";
      remove.textContent = "×";
      remove.setAttribute("aria-label", `Remove ${piece}`);
      remove.addEventListener("click", () => { removeAt(state, place); state.input.focus(); });
      words.addEventListener("dblclick", () => editAt(state, place));
      chip.append(words, remove);
      return chip;
    }));
    state.chips.hidden = !state.pieces.length;
  }

  function take(state, text) {
    for (const piece of piecesOf(text)) if (!state.pieces.includes(piece)) state.pieces.push(piece);
    state.input.value = "";
    close(state);
    draw(state);
    write(state);
  }

  function removeAt(state, place) {
    state.pieces.splice(place, 1);
    draw(state);
    write(state);
  }

  function editAt(state, place) {
    state.input.value = state.pieces[place];
    removeAt(state, place);
    state.input.focus();
  }

  // --- People to choose from ------------------------------------------------------------------------------------

  async function ask(state) {
    const wanted = state.input.value.trim(), form = state.source.form;
    if (!wanted) return close(state);
    const query = new URLSearchParams({ q: wanted, conversation: form.dataset.conversation });
    const response = await fetch(`${form.dataset.people}?${query}`, { redirect: "manual" }).catch(() => null);
    if (!response?.ok || state.input.value.trim() !== wanted || document.activeElement !== state.input) return;
    const people = new DOMParser().parseFromString(`<ul>${await response.text()}</ul>`, "text/html").querySelectorAll("[role=option]");
    state.list.replaceChildren(...[...people].filter((one) => !state.pieces.includes(one.dataset.value)));
    for (const option of state.list.children) option.id = `${state.list.id}_${option.id}`;
    state.list.hidden = !state.list.children.length;
    state.input.setAttribute("aria-expanded", String(!state.list.hidden));
    choose(state, -1);
  }

  function choose(state, place) {
    const options = [...state.list.children];
    state.chosen = options.length ? (place + options.length + 1) % (options.length + 1) : -1;
    if (state.chosen === options.length) state.chosen = -1;
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === state.chosen)));
    const option = options[state.chosen];
    if (option) state.input.setAttribute("aria-activedescendant", option.id);
    else state.input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  function close(state) {
    clearTimeout(state.timer);
    state.list.hidden = true;
    state.list.replaceChildren();
    state.input.setAttribute("aria-expanded", "false");
    choose(state, -1);
  }

  function listen(state) {
    const { input, list } = state;
    input.addEventListener("input", (event) => {
      event.stopPropagation();
      if (/[,;\n]/.test(input.value) && piecesOf(input.value).length && !/^"[^"]*$/.test(input.value)) return take(state, input.value);
      write(state);
      clearTimeout(state.timer);
      state.timer = setTimeout(() => ask(state), ASK_AFTER);
    });
    input.addEventListener("keydown", (event) => press(state, event));
    input.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      if (!/[,;\r\n]/.test(text)) return;
      event.preventDefault();
      take(state, input.value + text);
    });
    input.addEventListener("blur", () => take(state, input.value));
    // Before the field loses the focus, which would take what was typed so far.
    list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) take(state, option.dataset.value);
    });
  }

  function press(state, event) {
    const { input } = state, isOpen = !state.list.hidden;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown" && isOpen) choose(state, state.chosen + 1);
    else if (event.key === "ArrowUp" && isOpen) choose(state, state.chosen - 1);
    else if (event.key === "Escape" && isOpen) close(state);
    else if (event.key === "Enter" || (event.key === "Tab" && state.chosen >= 0)) take(state, state.list.children[state.chosen]?.dataset.value ?? input.value);
    else if (event.key === "Backspace" && !input.value && state.pieces.length) editAt(state, state.pieces.length - 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function prepareAll(root) {
    for (const source of root.querySelectorAll("[data-recipients]")) prepare(source);
  }

  document.addEventListener("drafts:applied", (event) => {
    for (const source of event.target.querySelectorAll("[data-recipients]")) if (BOXES.has(source)) read(BOXES.get(source));
  });
  document.addEventListener("htmx:load", (event) => prepareAll(event.detail.elt.parentElement ?? document));

  mailhub.recipients = { focus: (source) => BOXES.get(source)?.input.focus(), isFilled: (source) => Boolean(source.value) };
})();
