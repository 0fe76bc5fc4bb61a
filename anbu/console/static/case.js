// The case page: fields that belong to a choice appear with it; a, d and t.
"use strict";
(() => {
  const follow = () => {
    for (const [name, choice] of [["dated", "[data-dated]"], ["refer", "[data-refer]"], ["override", "[data-override]"]]) {
      const field = document.querySelector(`[data-for="${name}"]`);
      if (field) field.hidden = !document.querySelector(`${choice}:checked`);
    }
  };
  document.addEventListener("change", follow);
  follow();
  // A link to a folded row unfolds it.
  const unfold = () => { const fold = location.hash.length > 1 && document.getElementById(location.hash.slice(1))?.closest("details"); if (fold) { fold.open = true; document.getElementById(location.hash.slice(1)).scrollIntoView(); } };
  window.addEventListener("hashchange", unfold);
  unfold();
  const go = (id) => {
    const form = document.getElementById(id);
    if (!form) return false;
    form.scrollIntoView();
    form.querySelector("input[type=radio], textarea")?.focus({ preventScroll: true });
    return true;
  };
  Object.assign(window.anbu.keys, {
    a: () => document.getElementById("take")?.requestSubmit(),
    d: () => go("decide") || go("check"),
    t: () => { const link = document.getElementById("open-transcript"); if (link) link.click(); else document.getElementById("transcript").scrollIntoView(); },
  });
  // What was typed is not left behind by mistake.
  let typed = false;
  document.querySelectorAll("form textarea").forEach((el) => el.addEventListener("input", () => { typed = true; }));
  document.addEventListener("submit", () => { typed = false; });
  window.addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
})();
