// Forms of mail servers: ports that follow the choice, words that follow the switches, and the answer to a test.
(() => {
  "use strict";

  function prepare(part) {
    const field = (name) => part.querySelector(`[name$="-${name}"]`);
    const ports = JSON.parse(part.dataset.ports);
    const [host, port, security, protocol] = ["host", "port", "security", "protocol"].map(field);
    const copyMail = field("copy_mail");
    let isCopyUntouched = "untouched" in part.dataset;
    let usualPort = portOfChoice();

    function portOfChoice() {
      return String(ports[`${protocol ? protocol.value : "smtp"}/${security.value}`]);
    }

    // A port that is not the usual one was chosen by the person, and stays.
    function movePort() {
      if (port.value === "" || port.value === usualPort) port.value = portOfChoice();
      usualPort = portOfChoice();
    }

    function proposeCopy() {
      if (isCopyUntouched) copyMail.checked = protocol.value === "imap";
    }

    function show(selector, isShown) {
      for (const one of part.querySelectorAll(selector)) one.hidden = !isShown;
    }

    function follow() {
      show("[data-when-plaintext]", security.value === "none");
      if (copyMail) {
        show("[data-when-copied]", copyMail.checked);
        show("[data-when-removed]", !copyMail.checked);
      }
      for (const name of part.querySelectorAll("[data-host-name]")) name.textContent = host.value.trim() || "the server";
      followSignIn();
    }

    function followSignIn() {
      const authenticate = field("authenticate");
      if (!authenticate) return;
      const same = field("same_sign_in");
      const receives = document.querySelector('[name="receives"]');
      const isSameOffered = same !== null && (receives === null || receives.checked);
      show("[data-when-authenticate]", authenticate.checked);
      show("[data-same-sign-in]", isSameOffered);
      show("[data-own-sign-in]", !(isSameOffered && same.checked));
    }

    part.addEventListener("change", (event) => {
      if (event.target === copyMail) isCopyUntouched = false;
      if (event.target === protocol) proposeCopy();
      if (event.target === protocol || event.target === security) movePort();
      follow();
    });
    part.addEventListener("input", follow);
    // Others who fill in fields (a draft that is restored) say so with this event.
    part.addEventListener("server-form:filled", () => {
      isCopyUntouched = false;
      usualPort = portOfChoice();
      follow();
    });
    document.addEventListener("change", (event) => {
      if (event.target.name === "receives") follow();
    });
    follow();
  }

  for (const part of document.querySelectorAll("[data-server-form]")) prepare(part);

  // "Too many tests" is an answer for this place and no failure.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 429 || !event.detail.target.matches(".test-result")) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });

  // What a test said is true for what was typed then.
  document.addEventListener("input", (event) => {
    const result = event.target.closest("[data-server-form]")?.querySelector("[data-test-result]");
    if (result) result.replaceChildren();
  });
})();
