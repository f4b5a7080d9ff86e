
(() => {
  'use strict';
  const form = document.getElementById('find');
  const words = document.getElementById('words');
  const found = document.getElementById('found');
  const files = [...document.querySelectorAll('details.file')].map((file) => ({
    file,
    wasOpen: file.open,
    name: file.querySelector('summary').textContent.toLowerCase(),
    cases: [...file.querySelectorAll('details.case')],
  }));
  const total = files.reduce((sum, { cases }) => sum + cases.length, 0);
  const texts = new WeakMap();
  const textOf = (element) => {
    if (!texts.has(element)) texts.set(element, element.textContent.toLowerCase());
    return texts.get(element);
  };
  const apply = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = new Set([...form.elements.verdict ? [form.elements.verdict].flatMap((one) => (one.length === undefined ? [one] : [...one])) : []]
      .filter((box) => box.checked).map((box) => box.value));
    let shown = 0;
    for (const { file, wasOpen, name, cases } of files) {
      let here = 0;
      for (const one of cases) {
        const is = verdicts.has(one.dataset.verdict) && wanted.every((word) => name.includes(word) || textOf(one).includes(word));
        one.hidden = !is;
        if (is) here += 1;
      }
      file.hidden = here === 0;
      file.open = wanted.length > 0 ? here > 0 : wasOpen;
      shown += here;
    }
    found.textContent = `${shown} of ${total} cases`;
  };
  const turn = (open) => {
    for (const { file, cases } of files) {
      if (file.hidden) continue;
      file.open = open;
      for (const one of cases) if (!one.hidden) one.open = open;
    }
  };
  let waiting = 0;
  words.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  form.addEventListener('change', apply);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    apply();
  });
  document.getElementById('open-all').addEventListener('click', () => turn(true));
  document.getElementById('close-all').addEventListener('click', () => turn(false));
  form.hidden = total === 0;
  apply();
})();
