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
    if (e.key === "/" && e.target === box && !box.value) { e.preventDefault(); return; }
    if (!on() || typing(e.target)) { return; }
    if (e.key === "/" && box) { e.preventDefault(); box.focus(); box.select(); return; }
    if (e.key === "j" || (e.key === "ArrowDown" && rows().includes(e.target))) { if (move(1)) { e.preventDefault(); } return; }
    if (e.key === "k" || (e.key === "ArrowUp" && rows().includes(e.target))) { if (move(-1)) { e.preventDefault(); } return; }
    var row = e.target.closest("[data-rows] > *"), box2 = row && row.querySelector("input.pick");
    if (e.key === "x" && box2) { e.preventDefault(); box2.click(); return; }
    var named = /^[a-zA-Z?]$/.test(e.key) && document.querySelector('[data-key="' + e.key + '"]');
    if (!named) { return; }
    e.preventDefault();
    if ("picked" in named.dataset && box2 && !document.querySelector("input.pick:checked")) { box2.checked = true; }
    named.click();
    var open = named.tagName === "SUMMARY" && named.parentElement.open;
    if (open) { named.parentElement.querySelector("select, textarea, input:not([type=hidden])").focus(); }
  });
  document.addEventListener("change", function (e) {
    var picks = document.querySelectorAll("input.pick:checked").length;
    if (e.target.classList.contains("pick")) { document.getElementById("status").textContent = document.body.dataset.picked.replace("#", picks); }
  });
  function announce(root) {
    var said = root.querySelector("[data-status]");
    if (said) { document.getElementById("status").textContent = said.textContent; }
  }
  // Password boxes get a button that shows what was typed; it is hidden again before the form leaves.
  function addShow(box) {
    var show = document.createElement("button");
    function set(on) { box.type = on ? "text" : "password"; show.textContent = document.body.dataset[on ? "hideTyped" : "showTyped"]; }
    show.type = "button"; show.className = "usa-button usa-button--unstyled show-typed"; show.setAttribute("aria-controls", box.id);
    show.addEventListener("click", function () { set(box.type === "password"); });
    box.form.addEventListener("submit", function () { set(false); });
    set(false); box.after(show);
  }
  // After so many seconds without use, names and birth dates are blurred as in privacy mode.
  function blurAtRest() {
    var body = document.body, seconds = Number(body.dataset.blurAfter), always = body.classList.contains("privacy"), timer;
    function used() { clearTimeout(timer); body.classList.toggle("privacy", always); timer = setTimeout(function () { body.classList.add("privacy"); }, seconds * 1000); }
    if (seconds > 0) { ["keydown", "pointerdown"].forEach(function (kind) { document.addEventListener(kind, used); }); used(); }
  }
  function openDialog() {
    var asks = document.querySelector("dialog[data-modal][open]");
    if (asks && !asks.matches(":modal")) { asks.removeAttribute("open"); asks.showModal(); }
  }
  document.addEventListener("htmx:afterSwap", openDialog);
  document.addEventListener("htmx:afterSwap", function (e) { announce(e.detail.elt.parentElement || document); });
  document.addEventListener("htmx:afterSettle", function (e) {
    var count = document.getElementById("count");
    if (count && e.target.id === "results" && document.activeElement === document.body) { count.focus(); }
  });
  // htmx notes the address of the page there, which may name a child; we keep no history cache that needs it.
  var forget = function () { sessionStorage.removeItem("htmx-current-path-for-history"); };
  document.addEventListener("htmx:pushedIntoHistory", forget);
  document.addEventListener("DOMContentLoaded", function () {
    forget();
    document.querySelectorAll("input[type=password]").forEach(addShow);
    blurAtRest();
    var first = document.querySelector("[data-focus]");
    if (first) { first.focus(); }
    announce(document);
  });
})();
