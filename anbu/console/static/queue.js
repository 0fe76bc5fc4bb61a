// The queue lives: rows, counts, title and sound follow the server's news; j/k/Enter/a/d move through it.
"use strict";
(() => {
  const rows = document.getElementById("rows"), live = document.getElementById("live"), sound = document.getElementById("sound");
  const title = document.body.dataset.title;
  let selected = null, audio = null, fetching = false, again = false;

  // Selection
  const all = () => [...rows.querySelectorAll(".case")];
  const select = (li) => {
    rows.querySelector(".selected")?.classList.remove("selected");
    if (!li) return;
    selected = li.dataset.case;
    li.classList.add("selected");
    li.querySelector(".open").focus({ preventScroll: true });
    li.scrollIntoView({ block: "nearest" });
  };
  const current = () => rows.querySelector(`[data-case="${selected}"]`);
  const step = (by) => {
    const list = all(), at = list.indexOf(current());
    select(list[at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + by, 0), list.length - 1)]);
  };
  Object.assign(window.anbu.keys, {
    j: () => step(1),
    k: () => step(-1),
    a: () => current()?.querySelector(".holder form")?.requestSubmit(),
    d: () => { const li = current(); if (li) location.href = li.querySelector(".open").href + "#decide"; },
    "/": () => document.getElementById("search").focus(),
  });
  rows.addEventListener("focusin", (event) => {
    const li = event.target.closest(".case");
    if (li && li.dataset.case !== selected) { rows.querySelector(".selected")?.classList.remove("selected"); li.classList.add("selected"); selected = li.dataset.case; }
  });

  // Rows anew, keeping the selection
  const refresh = async () => {
    if ("still" in rows.dataset) return;
    if (fetching) { again = true; return; }
    fetching = true;
    try {
      const answer = await fetch(rows.dataset.url, { headers: { "X-Requested-With": "fetch" }, redirect: "error" });
      if (answer.ok) {
        const had = rows.contains(document.activeElement);
        rows.innerHTML = await answer.text();
        const li = current();
        if (li) { li.classList.add("selected"); if (had) li.querySelector(".open").focus({ preventScroll: true }); }
      }
    } catch { live.textContent = "새 목록을 가져오지 못했어요. 잠시 뒤에 다시 해 볼게요."; }
    fetching = false;
    if (again) { again = false; refresh(); }
  };

  // Sound: two plain tones; browsers allow it after a click
  const loud = () => localStorage.getItem("anbu-sound") === "on";
  const show = () => { sound.textContent = loud() ? "긴급 알림 소리 끄기" : "긴급 알림 소리 켜기"; sound.setAttribute("aria-pressed", String(loud())); };
  const beep = () => {
    if (!loud()) return;
    try {
      audio ??= new AudioContext();
      audio.resume();
      [0, 0.35, 0.7].forEach((after, n) => {
        const tone = audio.createOscillator(), volume = audio.createGain();
        tone.frequency.value = n % 2 ? 660 : 880;
        volume.gain.setValueAtTime(0.2, audio.currentTime + after);
        volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + after + 0.3);
        tone.connect(volume).connect(audio.destination);
        tone.start(audio.currentTime + after);
        tone.stop(audio.currentTime + after + 0.3);
      });
      document.body.dataset.beeped = String(Number(document.body.dataset.beeped ?? 0) + 1);
    } catch { /* no sound device */ }
  };
  sound.addEventListener("click", () => { localStorage.setItem("anbu-sound", loud() ? "off" : "on"); show(); beep(); });
  show();

  const count = (numbers) => {
    for (const el of document.querySelectorAll("[data-count]")) {
      const n = numbers[el.dataset.count];
      if (n !== undefined) el.textContent = n;
      if (el.dataset.count === "urgent") el.closest("li").classList.toggle("alarm", n > 0);
    }
    document.title = (numbers.urgent ? `(${numbers.urgent}) ` : "") + title;
  };
  const clock = () => new Date().toLocaleTimeString("ko-KR", { hour: "2-digit", minute: "2-digit" });

  const news = new EventSource("/live");
  news.addEventListener("numbers", (event) => { count(JSON.parse(event.data)); live.textContent = "새 사례가 오면 바로 보여 드려요."; });
  news.addEventListener("changed", (event) => { count(JSON.parse(event.data)); live.textContent = `${clock()}에 바뀌었어요.`; refresh(); });
  news.addEventListener("urgent", (event) => { count(JSON.parse(event.data)); live.textContent = `${clock()} 긴급 사례가 들어왔어요.`; beep(); refresh(); });
  news.addEventListener("ended", () => { news.close(); beep(); live.textContent = "로그인이 끝나 새 소식을 받지 못해요. 다시 로그인해 주세요."; live.classList.add("problem"); });
  news.onerror = () => { if (!live.classList.contains("problem")) live.textContent = "연결이 끊겨 다시 잇고 있어요. 급하면 화면을 새로 열어 주세요."; };
  window.addEventListener("pagehide", () => news.close());
})();
