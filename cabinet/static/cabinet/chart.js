// Draws the prices on a card. The table below it says the same to who has no scripts, and to screen readers.
"use strict";

(() => {
  const LONG_DASH = "–";
  const place = document.querySelector("[data-chart]");
  if (!place) return;

  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  // Days stand before months here, in English too.
  const language = document.documentElement.lang.replace(/^en$/, "en-GB");
  const tenge = (amount) => `${Math.round(amount).toLocaleString(language)} ₸`;
  const moment = new Intl.DateTimeFormat(language, {
    timeZone: "Asia/Almaty", day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit",
  });

  const dataset = (line, index) => ({
    label: line.name,
    data: line.points,
    stepped: true,
    borderColor: line.is_ours ? color("--accent") : color(`--line-${index}`),
    borderWidth: line.is_ours ? 3 : 1.5,
    pointRadius: 0,
    pointHitRadius: 8,
    order: line.is_ours ? 0 : 1,
  });

  const draw = ({ lines }) => {
    if (!lines.length) return;
    place.hidden = false;
    document.querySelector(place.dataset.table).open = false;
    const axis = { color: color("--soft"), maxRotation: 0, maxTicksLimit: 5 };
    const grid = { color: color("--line") };
    const moments = lines.flatMap((line) => line.points.map((point) => point.x));
    new Chart(place.querySelector("canvas"), {
      type: "line",
      data: { datasets: lines.map(dataset) },
      options: {
        parsing: false,
        animation: false,
        maintainAspectRatio: false,
        interaction: { mode: "nearest", axis: "x", intersect: false },
        scales: {
          x: { type: "linear", min: Math.min(...moments), max: Math.max(...moments), grid, ticks: { ...axis, callback: (at) => moment.format(at) } },
          y: { grid, ticks: { ...axis, callback: tenge } },
        },
        plugins: {
          legend: { position: "bottom", labels: { color: color("--ink"), boxWidth: 14, boxHeight: 2 } },
          tooltip: {
            callbacks: {
              title: ([item]) => moment.format(item.parsed.x),
              label: ({ dataset: { label }, parsed: { y } }) => `${label}: ${y === null ? LONG_DASH : tenge(y)}`,
            },
          },
        },
      },
    });
  };

  fetch(place.dataset.chart, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : { lines: [] }))
    .then(draw);
})();
