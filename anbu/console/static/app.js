// Clocks that run, and the keys that every page knows. Pages work without this.
"use strict";
(() => {
  const span = (s) => {
    s = Math.abs(Math.trunc(s));
    const d = Math.trunc(s / 86400), h = Math.trunc(s / 3600), m = Math.trunc(s / 60);
    if (d) return h % 24 ? `${d}일 ${h % 24}시간` : `${d}일`;
    if (h) return m % 60 ? `${h}시간 ${m % 60}분` : `${h}시간`;
    return m >= 10 ? `${m}분` : m ? `${m}분 ${s % 60}초` : `${s}초`;
  };
  const tick = () => document.querySelectorAll("[data-due]").forEach((el) => {
    const left = (new Date(el.dataset.due) - Date.now()) / 1000;
    el.dataset.label ??= el.textContent.match(/^\D*?(?=\d)/)?.[0] ?? "";
    const text = el.dataset.label + span(left) + (left < 0 ? " 지남" : " 남음");
    if (el.textContent !== text) el.textContent = text;
    el.classList.toggle("late", left < 0);
  });
  tick();
  setInterval(tick, 1000);

  const problem = document.getElementById("problem");
  if (problem) problem.focus();

  const keys = document.getElementById("keys");
  document.getElementById("keys-button")?.addEventListener("click", () => keys.showModal());
  const typing = (el) => el.closest("input, textarea, select, [contenteditable]") && el.type !== "radio" && el.type !== "checkbox";
  // Pages add their keys: anbu.keys.x = () => …
  window.anbu = { keys: { g: () => { location.href = "/"; }, "?": () => keys?.showModal() } };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) || document.querySelector("dialog[open]")) return;
    const hangul = { "ㅓ": "j", "ㅏ": "k", "ㅁ": "a", "ㅇ": "d", "ㅅ": "t", "ㅎ": "g" };  // the same keys with Hangul input on
    const action = window.anbu.keys[hangul[event.key] ?? event.key];
    if (action) { event.preventDefault(); action(event); }
  });
})();
