// Orders: clocks that count down, a box that ticks all, and another look when something moved.
"use strict";

(() => {
  const DAY_S = 86400;
  const COLLECT_MS = 1000;
  let timer = null;
  let isMissed = false;

  const two = (number) => String(number).padStart(2, "0");

  const tick = () => {
    document.querySelectorAll("[data-ends]").forEach((clock) => {
      const left = Math.floor((Date.parse(clock.dataset.ends) - Date.now()) / 1000);
      if (left >= DAY_S) return;
      if (left < 0) {
        clock.parentElement.classList.add("is-over");
        return;
      }
      clock.textContent = `${Math.floor(left / 3600)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
    });
  };

  // Ticked boxes go along and come back ticked.
  const chosen = () => [...document.querySelectorAll("#orders [name=orders]:checked")].map((box) => `&orders=${box.value}`);

  const isBusy = (part) => part.querySelector("details.do[open]") !== null;

  const lookAgain = () => {
    timer = null;
    const part = document.querySelector("#orders, #order");
    if (!part) return;
    // Whoever is about to confirm something is not interrupted, and sees what has moved as soon as the question is closed.
    isMissed = isBusy(part);
    if (isMissed) return;
    const address = part.dataset.here ? `${part.dataset.here}${chosen().join("")}` : location.pathname;
    htmx.ajax("GET", address, { target: part, select: `#${part.id}`, swap: "outerHTML" });
  };

  const showCheckAll = () => document.querySelectorAll(".check-all[hidden]").forEach((label) => { label.hidden = false; });

  document.addEventListener("change", ({ target }) => {
    if (!target.matches("[data-check-all]")) return;
    document.querySelectorAll("#orders [name=orders]").forEach((box) => { box.checked = target.checked; });
  });
  document.addEventListener("orders", () => { timer ??= setTimeout(lookAgain, COLLECT_MS); });
  document.addEventListener("toggle", () => { if (isMissed) lookAgain(); }, true);
  document.addEventListener("htmx:afterSettle", () => { tick(); showCheckAll(); });

  tick();
  showCheckAll();
  setInterval(tick, 1000);
})();
