// The rich-text editor in the place of a plain text field, for every page that has one, and what text becomes in it.
(() => {
  "use strict";
  const mailhub = (window.mailhub ??= {});
  const BLOCKS = "P,DIV,LI,UL,OL,BLOCKQUOTE,H1,H2,H3,H4,H5,H6,PRE,TABLE,TR,HR";
  let loading = null;

  function load(base) {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${base}hugerte.min.js`;
      script.onload = () => resolve(window.hugerte);
      script.onerror = () => reject(new Error("The editor could not be loaded."));
      document.head.append(script);
    });
    return loading;
  }

  // Puts the editor in the place of `field`, which must hold HTML when it starts; `setup` gets the editor.
  async function start(field, { base, label, setup }) {
    const hugerte = await load(base);
    if (!field.isConnected) return;
    hugerte.get(field.id)?.remove();
    await hugerte.init({ target: field, iframe_aria_text: label, setup, ...looks(base) });
  }

  function looks(base) {
    const isDark = document.documentElement.dataset.bsTheme === "dark";
    const colours = isDark ? "background: #141517; color: #edeef0;" : "";
    return {
      base_url: base.replace(/\/$/, ""),
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
      content_style: `body { font: 14px/1.5 Inter, system-ui, sans-serif; ${colours} margin: 10px }${isDark ? " a { color: #b1a9ff }" : ""}`,
    };
  }

  const startedOf = (field) => window.hugerte?.get(field.id);

  // The editor of a field; none while it starts, because the field below it still holds the text.
  function of(field) {
    const editor = startedOf(field);
    return editor?.initialized ? editor : undefined;
  }

  // Takes the editor away again: the field holds what was in it.
  function stop(field) {
    startedOf(field)?.remove();
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

  // --- Plain text: every word stays, addresses of links too ------------------------------------------------------

  function asText(html) {
    const body = new DOMParser().parseFromString(html, "text/html").body;
    return words(body).replace(/[ \t]+\n/g, "\n").replace(/\n{3,}/g, "\n\n").replace(/^\n+|\s+$/g, "");
  }

  function words(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent.replace(/[ \t\r\n\f]+/g, " ");
    if (node.nodeName === "BR") return "\n";
    const inner = [...node.childNodes].map(words).join("");
    return node.matches?.(BLOCKS) ? `\n${ofBlock(node, inner.replace(/^\n+|\n+$/g, ""))}\n` : ofInline(node, inner);
  }

  function ofBlock(node, inner) {
    if (node.nodeName === "LI") return `${marker(node)} ${inner.replace(/\n+/g, "\n  ")}`;
    if (node.nodeName === "BLOCKQUOTE") return inner.split("\n").map((line) => `> ${line}`).join("\n");
    if (node.nodeName === "HR") return "---";
    // An empty paragraph is an empty line.
    return node.nodeName === "P" && !inner ? "\n" : inner;
  }

  function ofInline(node, inner) {
    if (node.nodeName === "TD" || node.nodeName === "TH") return `${inner.trim()}\t`;
    const address = node.nodeName === "A" ? node.getAttribute("href") ?? "" : "";
    const isSaid = !address || address.replace(/^mailto:/, "") === inner.trim();
    return isSaid ? inner : `${inner} <${address}>`;
  }

  function marker(item) {
    if (item.parentElement?.nodeName !== "OL") return "-";
    return `${[...item.parentElement.children].indexOf(item) + 1}.`;
  }

  // Whether plain text would lose something else than words.
  function isFormatted(html) {
    const body = new DOMParser().parseFromString(html, "text/html").body;
    return body.querySelector("b, strong, i, em, u, s, h1, h2, h3, h4, ul, ol, table, img, blockquote, a, [style]") !== null;
  }

  mailhub.editor = { start, stop, of, startedOf, asHtml, asText, isFormatted };
})();
