// The live page: a frame on the socket says "look again", and htmx fetches what is true now.
"use strict";

(() => {
  const { store, moved } = document.body.dataset;
  if (!store) return;

  const COLLECT_MS = 150;
  const LONGEST_PAUSE_MS = 15000;
  const sign = document.getElementById("live");
  const waiting = new Set();
  let timer = null;
  let pause = 500;

  const show = (isLive) => {
    if (!sign) return;
    sign.textContent = isLive ? sign.dataset.on : sign.dataset.off;
    sign.classList.toggle("is-on", isLive);
  };

  const onPage = () => new Set([...document.querySelectorAll("tr[data-product]")].map((row) => row.dataset.product));

  const lookAgain = () => {
    timer = null;
    if (!moved) return;
    const visible = onPage();
    const ids = [...waiting].filter((id) => visible.has(id));
    waiting.clear();
    htmx.ajax("GET", `${moved}&ids=${ids.join(",")}`, { swap: "none" });
  };

  const note = (productIds) => {
    productIds.forEach((id) => waiting.add(String(id)));
    timer ??= setTimeout(lookAgain, COLLECT_MS);
  };

  const listen = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/stores/${store}/`);
    socket.onopen = () => {
      pause = 500;
      show(true);
      note(onPage()); // what moved while nobody listened
      htmx.trigger(document.body, "orders");
    };
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === "uploads" || frame.type === "orders") htmx.trigger(document.body, frame.type);
      else note(frame.type === "prices" ? frame.product_ids : []);
    };
    socket.onclose = () => {
      show(false);
      setTimeout(listen, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    };
  };

  listen();
})();
