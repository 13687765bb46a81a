// What plain HTML cannot do: keys, focus after a swap, announcing results. All of it works without this file too.
(function () {
  "use strict";
  var body = document.body, find = document.querySelector.bind(document), listen = document.addEventListener.bind(document);
  function say(text) { find("#status").textContent = text; }
  function rows() { return Array.from(document.querySelectorAll("[data-rows] a.hit")); }
  function move(step) {
    var all = rows(), at = all.indexOf(document.activeElement);
    if (all.length) { all[Math.max(0, Math.min(all.length - 1, at + step))].focus(); }
    return all.length > 0;
  }
  // With the focus in live results, keys of the page beneath keep still.
  function keyed(key, found) {
    if (found) { return find(".site-header " + key + ", #results " + key); }
    return find("main > :not(#results) " + key) || find(key);
  }
  listen("keydown", function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey) { return; }
    var box = find("#q"), inRows = rows().includes(e.target);
    if (e.target === box && e.key === "ArrowDown" && move(1)) { e.preventDefault(); return; }
    if (e.key === "Escape" && box && inRows) { box.focus(); return; }
    if (e.key === "/" && e.target === box && !box.value) { e.preventDefault(); return; }
    if (body.dataset.keys !== "on" || e.target.closest("input, textarea, select, [contenteditable]")) { return; }
    if (e.key === "/" && box) { e.preventDefault(); box.focus(); box.select(); return; }
    var step = { j: 1, k: -1 }[e.key] || (inRows && { ArrowDown: 1, ArrowUp: -1 }[e.key]);
    if (step) { if (move(step)) { e.preventDefault(); } return; }
    var row = e.target.closest("[data-rows] > *"), box2 = row && row.querySelector("input.pick");
    if (e.key === "x" && box2) { e.preventDefault(); box2.click(); return; }
    var named = /^[a-zA-Z?]$/.test(e.key) && keyed('[data-key="' + e.key + '"]', e.target.closest("#results"));
    if (!named) { return; }
    e.preventDefault();
    if ("picked" in named.dataset && box2 && !find("input.pick:checked")) { box2.checked = true; }
    named.click();
    var open = named.tagName === "SUMMARY" && named.parentElement.open;
    if (open) { named.parentElement.querySelector("select, textarea, input:not([type=hidden])").focus(); }
  });
  // Back from a record opened while typing leads to the list.
  listen("click", function (e) {
    var list = !e.ctrlKey && !e.metaKey && !e.shiftKey && e.target.matches("a.hit") && e.target.closest("[data-list]");
    if (!list) { return; }
    history.replaceState({ htmx: true }, "");
    history.pushState({ htmx: true }, "", list.dataset.list);
  });
  listen("change", function (e) {
    var picks = document.querySelectorAll("input.pick:checked").length;
    if (e.target.classList.contains("pick")) { say(body.dataset.picked.replace("#", picks)); }
  });
  function announce(root) {
    var said = root.querySelector("[data-status]");
    if (said) { say(said.textContent); }
  }
  // Password boxes get a button that shows what was typed; it is hidden again before the form leaves.
  function addShow(box) {
    var show = document.createElement("button");
    function set(on) { box.type = on ? "text" : "password"; show.textContent = body.dataset[on ? "hideTyped" : "showTyped"]; }
    show.type = "button"; show.className = "usa-button usa-button--unstyled show-typed"; show.setAttribute("aria-controls", box.id);
    show.addEventListener("click", function () { set(box.type === "password"); });
    box.form.addEventListener("submit", function () { set(false); });
    set(false); box.after(show);
  }
  // After so many seconds without use, names and birth dates are blurred as in privacy mode.
  function blurAtRest() {
    var seconds = Number(body.dataset.blurAfter), always = body.classList.contains("privacy"), timer;
    function used() { clearTimeout(timer); body.classList.toggle("privacy", always); timer = setTimeout(function () { body.classList.add("privacy"); }, seconds * 1000); }
    if (seconds > 0) { ["keydown", "pointerdown"].forEach(function (kind) { listen(kind, used); }); used(); }
  }
  listen("htmx:afterSwap", function (e) {
    var asks = find("dialog[data-modal][open]:not(:modal)");
    if (asks) { asks.removeAttribute("open"); asks.showModal(); }
    announce(e.detail.elt.parentElement || document);
  });
  listen("htmx:afterSettle", function (e) {
    var count = find("#count");
    if (count && e.target.id === "results" && document.activeElement === body) { count.focus(); }
  });
  // htmx notes the address of the page there, which may name a child; we keep no history cache that needs it.
  function forget() { sessionStorage.removeItem("htmx-current-path-for-history"); }
  listen("htmx:pushedIntoHistory", forget);
  listen("DOMContentLoaded", forget);
  document.querySelectorAll("input[type=password]").forEach(addShow);
  blurAtRest();
  var first = find("[data-focus]");
  if (first) { first.focus(); }
  announce(document);
})();
