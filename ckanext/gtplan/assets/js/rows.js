/* Adds, moves and removes the rows of a question that may have several answers. Without it an
   empty row stands ready, and the place and a tick box of a row do the same when it is saved. */
ckan.module("gtplan-rows", function () {
  "use strict";

  return {
    initialize: function () {
      var field = this.el[0];
      var template = field.querySelector(":scope > template");
      var button = field.querySelector(":scope > [data-add]");
      var next = this._list(field).length;
      button.hidden = false;
      button.addEventListener("click", function () {
        var copy = document.createElement("div");
        copy.innerHTML = template.innerHTML
          .replace(/REPEATING-INDEX0/g, next)
          .replace(/REPEATING-INDEX1/g, next + 1);
        next += 1;
        var row = copy.firstElementChild;
        template.before(row);
        show(row);
        number(field);
        row.querySelector("input, select, textarea").focus();
      });
      this._list(field).forEach(show);
      field.addEventListener("click", function (event) {
        var mover = event.target.closest("[data-move]");
        if (mover && mover.closest("[data-module='gtplan-rows']") === field) {
          move(mover);
          number(field);
        }
      });
    },

    _list: list,
  };

  function list(field) {
    return Array.from(field.querySelectorAll(":scope > .gtplan-row"));
  }

  function show(row) {
    row.querySelectorAll("[data-move]").forEach(function (button) {
      button.hidden = false;
    });
  }

  function move(button) {
    var row = button.closest(".gtplan-row");
    var up = button.dataset.move === "up";
    var other = up ? row.previousElementSibling : row.nextElementSibling;
    if (other && other.classList.contains("gtplan-row")) {
      other[up ? "before" : "after"](row);
      button.focus();
    }
  }

  /* Each row says the place that it has now. */
  function number(field) {
    list(field).forEach(function (row, index) {
      var place = row.querySelector("[name$='-gtplan_position']");
      if (place) {
        place.value = index + 1;
      }
    });
  }
});
