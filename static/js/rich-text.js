// A text field with the rich-text editor in its place, and fields that are filled in later.
(() => {
  "use strict";

  function load(base) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${base}hugerte.min.js`;
      script.onload = () => resolve(window.hugerte);
      script.onerror = () => reject(new Error("The editor could not be loaded."));
      document.head.append(script);
    });
  }

  async function prepare(holder) {
    const base = holder.dataset.richText;
    const field = holder.querySelector("textarea"), format = holder.querySelector('input[type="hidden"][name$="body_format"]');
    const hugerte = await load(base);
    const isDark = document.documentElement.dataset.bsTheme === "dark";
    if (format.value !== "html") field.value = asHtml(field.value);
    format.value = "html";
    await hugerte.init({
      target: field,
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
      content_style: isDark
        ? "body { font: 14px/1.5 Inter, system-ui, sans-serif; background: #141517; color: #edeef0; margin: 10px } a { color: #b1a9ff }"
        : "body { font: 14px/1.5 Inter, system-ui, sans-serif; margin: 10px }",
      iframe_aria_text: "Text of the answer.",
      setup: (editor) => {
        // The field below always has what is written, for the form and for the preview.
        editor.on("input change undo redo ExecCommand", () => editor.save());
        editor.on("init", () => { holder.dataset.isReady = "yes"; });
      },
    });
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

  function insert(form, words) {
    const field = form.querySelector("[data-rich-text] textarea");
    const editor = window.hugerte?.get(field.id);
    if (!editor?.initialized) return field.setRangeText(words);
    editor.insertContent(words);
    editor.focus();
  }

  // A template that is there needs no text here.
  function showNew(select) {
    const part = select.form.querySelector("[data-new-template]");
    if (part) part.hidden = Boolean(select.value);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (button) insert(button.closest("form"), button.dataset.insert);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches('select[name="template"]')) showNew(event.target);
  });
  document.querySelectorAll('select[name="template"]').forEach(showNew);
  document.querySelectorAll("[data-rich-text]").forEach(prepare);
})();
