// Narrows the list that stands on the page: by words, each of which must be found, and by family. Asks for nothing.
(function () {
  "use strict";
  var box = document.getElementById("words") || document.getElementById("q");
  var family = document.getElementById("family"), status = document.getElementById("status");
  var items = Array.from(document.querySelectorAll("[data-k]"));
  var groups = Array.from(document.querySelectorAll("[data-group]"));
  var nothing = document.getElementById("nothing"), count = document.getElementById("count");
  function fold(text) { return text.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean); }
  function narrow() {
    var wanted = fold(box.value), only = family ? family.value : "", found = 0;
    groups.forEach(function (group) {
      var seen = 0;
      group.querySelectorAll("[data-k]").forEach(function (item) {
        var fits = (!only || group.dataset.group === only) &&
          wanted.every(function (word) { return item.dataset.k.indexOf(word) >= 0; });
        item.hidden = !fits;
        seen += fits ? 1 : 0;
      });
      group.hidden = !seen;
      found += seen;
    });
    count.textContent = String(found);
    nothing.hidden = found > 0;
  }
  function links() {
    return items.filter(function (item) { return !item.hidden; }).map(function (item) { return item.querySelector("a"); });
  }
  document.addEventListener("keydown", function (event) {
    var step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    var open = links(), place = open.indexOf(document.activeElement);
    if (!step || (place < 0 && document.activeElement !== box) || !open.length) { return; }
    if (document.activeElement === box && step < 0) { return; }
    event.preventDefault();
    (place + step < 0 ? box : open[Math.min(place + step, open.length - 1)]).focus();
  });
  [box, family].forEach(function (field) { if (field) { field.addEventListener("input", narrow); } });
  box.form.addEventListener("submit", function (event) {
    event.preventDefault();
    var open = links();
    if (open.length) { open[0].focus(); }
  });
  var asked = new URLSearchParams(location.search).get("q");
  if (asked && box.id === "q") { box.value = asked; }
  document.querySelectorAll("#filter, #status").forEach(function (hidden) { hidden.hidden = false; });
  narrow();
  if (asked && box.id === "q") { box.focus(); }
})();
