// The inbox: new mail without jumps, one pane on phones, and the keyboard.
(() => {
  "use strict";
  const isNarrow = () => matchMedia("(max-width: 899.98px)").matches;
  const list = () => document.getElementById("mail-list");
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const idsIn = (root) => [...root.querySelectorAll("[data-row]")].map((row) => row.id);

  // --- New mail -------------------------------------------------------------------------------------------------

  let waiting = null;

  function isBusyWith(element) {
    const scrolled = isNarrow() ? window.scrollY : element.scrollTop;
    return scrolled > 8 || element.matches(":hover") || element.contains(document.activeElement);
  }

  function announce(html, count) {
    waiting = html;
    const bar = document.getElementById("news-bar");
    bar.querySelector("[data-news-count]").textContent = count;
    bar.hidden = false;
  }

  function showWaiting() {
    document.getElementById("inbox-rows").outerHTML = waiting;
    waiting = null;
    document.getElementById("news-bar").hidden = true;
    window.htmx.process(document.getElementById("inbox-rows"));
    markChosen();
    list().scrollTop = 0;
    if (isNarrow()) window.scrollTo(0, 0);
  }

  // Rows may change where they are at any time. Another order waits until nobody has pointer or focus in the list.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "inbox-rows" || event.detail.xhr.status !== 200) return;
    const incoming = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
    const before = idsIn(document), after = idsIn(incoming);
    const isSameOrder = before.length === after.length && before.every((id, place) => id === after[place]);
    if (isSameOrder || !isBusyWith(list())) return;
    event.detail.shouldSwap = false;
    const unread = [...incoming.querySelectorAll("[data-row].is-unread")].filter((row) => isNews(row)).length;
    for (const count of incoming.querySelectorAll("[hx-swap-oob]")) {
      document.getElementById(count.id)?.replaceChildren(...count.childNodes);
    }
    announce(incoming.getElementById("inbox-rows").outerHTML, unread || after.filter((id) => !before.includes(id)).length || 1);
  });

  function isNews(row) {
    const shown = document.getElementById(row.id);
    return !shown || !shown.classList.contains("is-unread");
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("#news-bar") && waiting) showWaiting();
  });

  // Nobody looks at a hidden page, so it asks for nothing.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.matches("[data-poll]")) event.preventDefault();
  });

  // --- Panes ----------------------------------------------------------------------------------------------------

  function chosenId() {
    const shown = document.querySelector("[data-conversation]");
    return shown ? `conversation-${shown.dataset.conversation}` : "";
  }

  function markChosen() {
    for (const row of rows()) {
      if (row.id === chosenId()) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }

  // On a phone the list is where one goes on; beside the list the next conversation takes the place of a closed one.
  document.addEventListener("submit", (event) => {
    if (!isNarrow() || !event.target.querySelector("[data-close-conversation]")) return;
    const then = Object.assign(document.createElement("input"), { type: "hidden", name: "then", value: "list" });
    event.target.append(then);
  });

  function markRead(row) {
    row?.classList.remove("is-unread");
    row?.querySelector("[data-unread-word]")?.remove();
  }

  // On a phone a row is an ordinary link: the browser then keeps the place in the list.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isNarrow() && event.detail.elt.matches("[data-row]")) {
      event.preventDefault();
      location.assign(event.detail.elt.href);
    }
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "inbox-rows") markChosen();
    if (event.detail.target.id !== "conversation") return;
    document.querySelector(".mail")?.classList.add("has-conversation");
    markChosen();
    markRead(document.getElementById(chosenId()));
    document.title = document.querySelector(".conversation-subject")?.textContent || document.title;
    showNewest();
  });

  function showNewest() {
    const scroller = document.querySelector(".conversation-scroll");
    if (!scroller || location.hash || scroller.querySelector("#composer-form")) return;
    const letters = scroller.querySelectorAll(".letter");
    if (letters.length > 1) letters[letters.length - 1].scrollIntoView({ block: "start" });
  }

  // --- Folding: the same link opens and closes ------------------------------------------------------------------

  document.addEventListener("htmx:beforeRequest", (event) => {
    const link = event.detail.elt;
    if (!link.dataset.toggle) return;
    const place = document.getElementById(link.dataset.toggle);
    const isOpen = place.dataset.shows === link.pathname;
    place.dataset.shows = isOpen ? "" : link.pathname;
    if (!isOpen) return;
    place.replaceChildren();
    event.preventDefault();
  });

  // A link to a message of the same conversation opens it where it stands.
  document.addEventListener("click", (event) => {
    const name = event.target.closest("[data-letter]")?.dataset.letter;
    document.getElementById(name)?.querySelector(".letter-fold")?.click();
  });

  // --- Menus: they open and close by themselves; another one, a click elsewhere and Escape close them too ---------

  function closeMenus(kept) {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) if (menu !== kept) menu.open = false;
  }

  document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // --- The keyboard ---------------------------------------------------------------------------------------------

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const current = all.findIndex((row) => row === document.activeElement);
    const chosen = all.findIndex((row) => row.getAttribute("aria-current") === "true");
    const from = current >= 0 ? current : chosen;
    const next = all[Math.max(0, Math.min(all.length - 1, from < 0 ? 0 : from + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    o: () => document.activeElement?.closest("[data-row]")?.click(),
    r: () => document.querySelector("[data-reply]")?.click(),
    e: () => document.querySelector("[data-close-conversation]")?.click(),
    u: () => document.querySelector("[data-back]")?.click(),
  };

  function isTyping(target) {
    return target.isContentEditable || target.closest("input, textarea, select, dialog[open], [role=menu]") !== null;
  }

  let wasGoing = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    // "g" begins a way to another page; the letter behind it is not ours.
    const isPlace = wasGoing;
    wasGoing = event.key === "g";
    if (isPlace || !(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key]();
  });

  if (document.querySelector("[data-conversation]")) {
    document.getElementById(chosenId())?.scrollIntoView({ block: "nearest" });
    showNewest();
  } else if (location.hash.startsWith("#conversation-")) {
    document.getElementById(location.hash.slice(1))?.focus();
  }
})();
