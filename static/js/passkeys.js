// Passkeys: a form with data-passkey asks the browser's authenticator, and sends what that says.
(() => {
  "use strict";

  const NOT_HERE = "This browser cannot use passkeys at this address. They need https and a host name.";

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      // The general handling of forms must not take this for a form that is on its way.
      event.stopImmediatePropagation();
      try {
        form.elements.credential.value = JSON.stringify(await ask(form));
      } catch (error) {
        say(error);
        return;
      }
      // Sends it without this event, so nothing is asked twice.
      form.submit();
    });
  }

  async function ask(form) {
    if (!window.PublicKeyCredential) throw new DOMException(NOT_HERE, "SecurityError");
    if (form.dataset.passkey === "create") return window.webauthnJSON.create(creation(optionsIn(form).creation_options));
    const options = form.dataset.passkeyOptions ? await fetched(form.dataset.passkeyOptions) : optionsIn(form);
    return window.webauthnJSON.get(options.request_options);
  }

  // Kept on the device where it can be, so that it signs in without a password too.
  function creation(options) {
    const selection = { ...options.publicKey.authenticatorSelection, residentKey: "preferred", requireResidentKey: false };
    return { ...options, publicKey: { ...options.publicKey, authenticatorSelection: selection } };
  }

  function optionsIn(form) {
    return JSON.parse(form.querySelector("#passkey-options").textContent);
  }

  async function fetched(url) {
    const response = await fetch(url, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error("The server did not answer. Try again.");
    return response.json();
  }

  function say(error) {
    const words = {
      NotAllowedError: "No passkey was used. Try again, or choose another way.",
      InvalidStateError: "This device keeps a passkey for you already.",
      SecurityError: NOT_HERE,
    };
    const detail = { message: words[error.name] ?? error.message, kind: "error" };
    document.dispatchEvent(new CustomEvent("toast", { detail }));
  }
})();
