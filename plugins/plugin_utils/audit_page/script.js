/* Copyright (c) 2026 the versori.platform contributors
   SPDX-License-Identifier: GPL-3.0-or-later */
(() => {
  'use strict';
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const body = document.querySelector('tbody'), search = document.querySelector('form');
  const input = search.querySelector('input'), status = search.querySelector('output');
  const printed = document.querySelector('.filtered'), none = document.querySelector('.none');
  // The same text may be written in several ways; the names of findings in the JSON file are found too.
  const fold = (text) => text.normalize('NFKC').toLowerCase();
  const rows = Array.from(body.rows, (element) => (
    {element, text: fold(element.textContent + ' ' + element.dataset.findings), findings: element.dataset.findings.split(' ')}));
  const order = new Intl.Collator(undefined, {numeric: true, sensitivity: 'base'});
  let finding = '', label = '';

  const show = () => {
    const typed = input.value.trim(), words = fold(typed).split(/\s+/).filter(Boolean);
    for (const row of rows) {
      row.element.hidden = (finding && !row.findings.includes(finding)) || !words.every((word) => row.text.includes(word));
    }
    const shown = rows.filter((row) => !row.element.hidden).length;
    status.textContent = shown + ' of ' + rows.length + ' shown';
    none.hidden = shown > 0;
    // Paper has neither the filter nor the search, so it says in words what they are set to.
    const by = [finding && label, typed && 'search \u201c' + typed + '\u201d'].filter(Boolean);
    printed.hidden = by.length === 0;
    printed.textContent = 'Filtered: ' + shown + ' of ' + rows.length + ' credentials shown (' + by.join(', ') + ').';
  };
  const makeButton = (nodes, act) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...nodes);
    button.addEventListener('click', act);
    return button;
  };

  const filters = all('.sums li').map((item) => {
    const filter = makeButton(item.firstElementChild.childNodes, () => {
      finding = item.dataset.finding;
      label = filter.lastElementChild.textContent;
      for (const button of filters) { button.setAttribute('aria-pressed', String(button === filter)); }
      show();
    });
    filter.setAttribute('aria-pressed', String(item.dataset.finding === ''));
    item.replaceChildren(filter);
    return filter;
  });

  body.parentElement.classList.add('sortable');
  const heads = all('thead th');
  heads.forEach((head, column) => {
    head.append(makeButton(head.childNodes, () => {
      const up = head.getAttribute('aria-sort') !== 'ascending';
      for (const sorted of heads) { sorted.removeAttribute('aria-sort'); }
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      for (const row of rows) {
        const cell = row.element.cells[column];
        row.key = cell.dataset.sort ?? cell.textContent.trim();
      }
      rows.sort((a, b) => (up ? 1 : -1) * order.compare(a.key, b.key));
      body.append(...rows.map((row) => row.element));
    }));
  });

  input.addEventListener('input', show);
  search.addEventListener('submit', (event) => event.preventDefault());
  search.hidden = rows.length === 0;
  show();
})();
