// What a reader needs, measured in the page as it is shown. Each check returns a list of faults, empty when all is well.
(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });

  // Any colour that CSS can write, as red, green, blue (0-255) and opacity (0-1).
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (front, back) => [0, 1, 2].map((i) => front[i] * front[3] + back[i] * (1 - front[3])).concat(1);

  // What lies behind an element: its own ground and those of its ancestors, down to the first that hides the rest.
  const ground = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const layer = channels(getComputedStyle(each).backgroundColor);
      layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((back, front) => over(front, back), [255, 255, 255, 1]);
  };

  // https://www.w3.org/TR/WCAG22/#dfn-relative-luminance and #dfn-contrast-ratio
  const luminance = (colour) => {
    const [r, g, b] = colour.map((value) => value / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && !element.closest('.unseen') && element.getBoundingClientRect().width > 0;
  const words = (element) => [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)
    .map((node) => node.textContent.trim()).join(' ').trim();
  const name = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute('class')} “${words(element).slice(0, 40)}”`;
  const isLarge = (style) => parseFloat(style.fontSize) >= 24
    || (parseFloat(style.fontSize) >= 18.66 && parseInt(style.fontWeight, 10) >= 700);

  window.checks = {
    texts: () => [...document.body.querySelectorAll('*')]
      .filter((element) => words(element) && isShown(element) && !element.closest('[role="img"]:not(svg)')).length,

    contrast: () => [...document.body.querySelectorAll('*')]
      .filter((element) => words(element) && isShown(element) && !element.closest('[role="img"]:not(svg)'))
      .flatMap((element) => {
        const style = getComputedStyle(element);
        const back = ground(element instanceof SVGElement ? element.closest('svg') : element);
        const front = over(channels(element instanceof SVGElement ? style.fill : style.color), back);
        const found = ratio(front, back);
        return found < (isLarge(style) ? 3 : 4.5) ? [`${name(element)}: ${found.toFixed(2)}`] : [];
      }),

    names: () => [
      ...[...document.images].filter((image) => !image.hasAttribute('alt')).map(name),
      ...[...document.querySelectorAll('a, button, summary')].filter((each) => !each.innerText.trim() && !each.ariaLabel && isShown(each)).map(name),
      ...[...document.querySelectorAll('input:not([type="hidden"]), textarea, select')].filter((each) => !each.labels.length).map(name),
      ...[...document.querySelectorAll('svg:not([aria-hidden])')].filter((each) => each.getAttribute('role') !== 'img' || !each.getAttribute('aria-label')).map(name),
    ],

    outline: () => {
      const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map((each) => Number(each.tagName[1]));
      const jumps = levels.filter((level, i) => i > 0 && level > levels[i - 1] + 1).map((level) => `a jump to h${level}`);
      const parts = ['header', 'main', 'footer', 'nav'].filter((tag) => !document.querySelector(tag)).map((tag) => `no ${tag}`);
      return levels.filter((level) => level === 1).length === 1 ? [...jumps, ...parts] : ['not one h1', ...jumps, ...parts];
    },

    // https://www.w3.org/TR/WCAG22/#target-size-minimum
    targets: () => [...document.querySelectorAll('a, button, summary, label')].filter(isShown).flatMap((each) => {
      const { width, height } = each.getBoundingClientRect();
      return width < 24 || height < 24 ? [`${name(each)}: ${width.toFixed(0)}×${height.toFixed(0)}`] : [];
    }),

    sideways: () => [...document.body.querySelectorAll('*')]
      .filter((each) => isShown(each) && !each.closest('.scroll') && !(each instanceof SVGElement))
      .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1 || each.getBoundingClientRect().left < -1)
      .map(name),
  };
})();
