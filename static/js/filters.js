// The form of a discard filter: what is looked at decides which other fields there are.
(() => {
  "use strict";

  function follow(form) {
    const field = form.elements.field.value;
    for (const part of form.querySelectorAll("[data-when-field]")) {
      part.hidden = !part.dataset.whenField.split(" ").includes(field);
    }
    // Only sizes are compared in this way, and they in no other.
    const atLeast = form.querySelector('[name="operator"] [value="is_at_least"]');
    atLeast.hidden = atLeast.disabled = field !== "size";
    if (field !== "size" && atLeast.selected) form.elements.operator.value = "contains";
  }

  for (const form of document.querySelectorAll("[data-discard-filter]")) {
    form.addEventListener("change", () => follow(form));
    follow(form);
  }
})();
