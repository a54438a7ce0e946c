// Forms of mail servers: ports that follow the choice, words that follow the switches, and the answer to a test.
(() => {
  "use strict";

  function prepare(part) {
    const field = (name) => part.querySelector(`[name$="-${name}"]`);
    const ports = JSON.parse(part.dataset.ports);
    const [host, port, security, protocol] = ["host", "port", "security", "protocol"].map(field);
    const onServer = [...part.querySelectorAll('[name$="-on_server"]')];
    const archive = [...part.querySelectorAll('[name$="-archive_mode"]')];
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
      if (!isCopyUntouched) return;
      for (const one of onServer) one.checked = one.value === (protocol.value === "imap" ? "keep" : "remove");
    }

    function show(selector, isShown) {
      for (const one of part.querySelectorAll(selector)) one.hidden = !isShown;
    }

    const oauth = part.querySelector("[data-oauth]");
    const choices = oauth ? JSON.parse(oauth.dataset.oauth) : null;

    function followOAuth() {
      if (!oauth) return;
      const [enabled, provider, method] = ["oauth_enabled", "oauth_provider", "oauth_method"].map(field);
      const methods = choices.methods[provider.value];
      for (const option of method.options) option.hidden = option.disabled = !methods.includes(option.value);
      if (!methods.includes(method.value)) method.value = methods[0];
      const asked = choices.fields[`${provider.value}/${method.value}`];
      show("[data-when-oauth]", enabled.checked);
      show("[data-oauth-methods]", methods.length > 1);
      for (const one of part.querySelectorAll("[data-oauth-field]")) one.hidden = !asked.includes(one.dataset.oauthField);
      show("[data-oauth-connect]", method.value === "connected");
      for (const one of part.querySelectorAll("[data-oauth-connect-with]")) {
        one.hidden = one.dataset.oauthConnectWith !== provider.value;
      }
      show("[data-own-password]", !enabled.checked || asked.includes("password"));
    }

    // The provider's own servers, unless the person typed others.
    function proposeServer() {
      if (!oauth || !field("oauth_enabled").checked) return;
      const kind = protocol ? protocol.value : "smtp";
      const usual = choices.servers[field("oauth_provider").value];
      const known = Object.values(choices.servers).flatMap((servers) => Object.values(servers).map(([name]) => name));
      if (!usual || (host.value !== "" && !known.includes(host.value))) return;
      [host.value, port.value, security.value] = usual[kind];
      usualPort = portOfChoice();
      host.dispatchEvent(new Event("input", { bubbles: true }));
    }

    function follow() {
      show("[data-when-plaintext]", security.value === "none");
      const chosen = onServer.find((one) => one.checked)?.value;
      show("[data-when-kept]", chosen === "keep");
      show("[data-when-later]", chosen === "later");
      show("[data-when-removed]", chosen === "remove");
      const archived = archive.find((one) => one.checked)?.value;
      show("[data-when-archived]", archived === "archive");
      show("[data-when-left]", archived === "none");
      show("[data-when-new]", archived === "new");
      show("[data-when-imap]", protocol?.value === "imap");
      for (const name of part.querySelectorAll("[data-host-name]")) name.textContent = host.value.trim() || "the server";
      followOAuth();
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
      if (onServer.includes(event.target)) isCopyUntouched = false;
      if (event.target === protocol) proposeCopy();
      if (event.target === protocol || event.target === security) movePort();
      if ([protocol, field("oauth_enabled"), field("oauth_provider")].includes(event.target)) proposeServer();
      follow();
    });
    part.addEventListener("input", follow);
    // Others who fill in fields (a draft that is restored) say so with this event.
    part.addEventListener("server-form:filled", () => {
      isCopyUntouched = false;
      usualPort = portOfChoice();
      follow();
    });
    // The person takes the provider that was found: only these two change, and whoever keeps a draft hears of it.
    part.addEventListener("server-form:use-oauth", (event) => {
      if (!oauth) return;
      field("oauth_enabled").checked = true;
      field("oauth_provider").value = event.detail;
      for (const kind of ["input", "change"]) part.dispatchEvent(new Event(kind, { bubbles: true }));
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
