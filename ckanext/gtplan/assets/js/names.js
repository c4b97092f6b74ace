/* Names what CKAN's scripts make without a name: pickers of choices, the handles by which files
   are put in order (which the arrow keys move, too), the field of a file that is there already. */
(function () {
  "use strict";

  var unnamed = ":not([aria-label])";

  function name(element, text) {
    if (element && text && text.trim()) {
      element.setAttribute("aria-label", text.trim());
    }
  }

  function findLabel(field) {
    var label = field.labels && field.labels[0];
    return label ? label.textContent : field.getAttribute("aria-label") || field.dataset.placeholder;
  }

  function namePicker(field) {
    var text = findLabel(field) || field.name;
    var parts = "[role=combobox], [role=textbox], textarea";
    field.nextElementSibling.querySelectorAll(parts).forEach(function (part) {
      name(part, text);
    });
  }

  function nameHandle(handle) {
    var item = handle.closest(".resource-item");
    name(handle, item.querySelector(".heading").textContent);
    handle.addEventListener("keydown", function (event) {
      var is_up = event.key === "ArrowUp";
      var other = is_up ? item.previousElementSibling : item.nextElementSibling;
      if (other && (is_up || event.key === "ArrowDown")) {
        event.preventDefault();
        other[is_up ? "before" : "after"](item);
        handle.focus();
      }
    });
  }

  function nameAll() {
    document
      .querySelectorAll(".select2-hidden-accessible:not([data-named]) + .select2-container")
      .forEach(function (box) {
        var field = box.previousElementSibling;
        field.dataset.named = "";
        namePicker(field);
      });
    document.querySelectorAll(".resource-item > .handle" + unnamed).forEach(nameHandle);
    document.querySelectorAll("input[readonly]" + unnamed).forEach(function (field) {
      var label = field.closest(".form-group, .controls")?.parentElement.querySelector("label");
      if (!field.labels.length && label) {
        name(field, label.textContent);
      }
    });
  }

  new MutationObserver(nameAll).observe(document.documentElement, {
    childList: true,
    subtree: true,
  });
  nameAll();
})();
