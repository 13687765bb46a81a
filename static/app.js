// What plain HTML cannot do: keys, focus after a swap, announcing results. All of it works without this file too.
(function () {
  "use strict";
  var on = function () { return document.body.dataset.keys === "on"; };
  var typing = function (el) { return el.closest("input, textarea, select, [contenteditable]"); };
  var rows = function () { return Array.from(document.querySelectorAll("[data-rows] a.hit")); };
  function move(step) {
    var all = rows(), at = all.indexOf(document.activeElement);
    if (all.length) { all[Math.max(0, Math.min(all.length - 1, at + step))].focus(); }
    return all.length > 0;
  }
  document.addEventListener("keydown", function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey) { return; }
    var box = document.getElementById("q");
    if (e.target === box && e.key === "ArrowDown" && move(1)) { e.preventDefault(); return; }
    if (e.key === "Escape" && box && rows().includes(document.activeElement)) { box.focus(); return; }
    if (!on() || typing(e.target)) { return; }
    if (e.key === "/" && box) { e.preventDefault(); box.focus(); box.select(); return; }
    if (e.key === "j" || (e.key === "ArrowDown" && rows().includes(e.target))) { if (move(1)) { e.preventDefault(); } return; }
    if (e.key === "k" || (e.key === "ArrowUp" && rows().includes(e.target))) { if (move(-1)) { e.preventDefault(); } return; }
    var named = /^[a-zA-Z?]$/.test(e.key) && document.querySelector('[data-key="' + e.key + '"]');
    if (named) { e.preventDefault(); named.click(); }
  });
  function announce(root) {
    var said = root.querySelector("[data-status]");
    if (said) { document.getElementById("status").textContent = said.textContent; }
  }
  function openDialog() {
    var asks = document.querySelector("dialog[data-modal][open]");
    if (asks && !asks.matches(":modal")) { asks.removeAttribute("open"); asks.showModal(); }
  }
  document.addEventListener("htmx:afterSwap", openDialog);
  document.addEventListener("htmx:afterSwap", function (e) { announce(e.detail.elt.parentElement || document); });
  document.addEventListener("DOMContentLoaded", function () {
    var first = document.querySelector("[data-focus]");
    if (first) { first.focus(); }
    announce(document);
  });
})();
