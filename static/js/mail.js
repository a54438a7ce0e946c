// The panes of mail: which conversation is open, folding, menus. What the list does stands in queue-*.js.
(() => {
  "use strict";
  const isNarrow = () => matchMedia("(max-width: 899.98px)").matches;

  // --- Panes ----------------------------------------------------------------------------------------------------

  function chosenId() {
    const shown = document.querySelector("[data-conversation]");
    return shown ? `conversation-${shown.dataset.conversation}` : "";
  }

  function markChosen() {
    const chosen = chosenId();
    for (const row of document.querySelectorAll("[data-row]")) {
      if (row.id === chosen) row.setAttribute("aria-current", "true");
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

  document.addEventListener("queue:rows", markChosen);
  document.addEventListener("htmx:afterSwap", (event) => {
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
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  if (document.querySelector("[data-conversation]")) {
    document.getElementById(chosenId())?.scrollIntoView({ block: "nearest" });
    showNewest();
  } else if (location.hash.startsWith("#conversation-")) {
    document.getElementById(location.hash.slice(1))?.focus();
  }
})();
