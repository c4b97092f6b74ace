/* Adds an empty row to a question that may have several answers; without it one stands ready. */
ckan.module("gtplan-rows", function () {
  "use strict";

  return {
    initialize: function () {
      var field = this.el[0];
      var template = field.querySelector("template");
      var button = field.querySelector("[data-add]");
      button.hidden = false;
      button.addEventListener("click", function () {
        var number = field.querySelectorAll(".gtplan-row").length;
        var copy = document.createElement("div");
        copy.innerHTML = template.innerHTML
          .replace(/REPEATING-INDEX0/g, number)
          .replace(/REPEATING-INDEX1/g, number + 1);
        var row = copy.firstElementChild;
        template.before(row);
        row.querySelector("input, select, textarea").focus();
      });
    },
  };
});
