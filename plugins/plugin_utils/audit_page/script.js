/* Copyright (c) 2026 the versori.platform contributors
   SPDX-License-Identifier: GPL-3.0-or-later */
(() => {
  'use strict';
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const body = document.querySelector('tbody'), search = document.querySelector('form');
  const input = search.querySelector('input'), status = search.querySelector('output');
  const rows = Array.from(body.rows, (element) => (
    {element, text: element.textContent.toLowerCase(), findings: element.dataset.findings.split(' ')}));
  const order = new Intl.Collator(undefined, {numeric: true, sensitivity: 'base'});
  let finding = '';

  const show = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      row.element.hidden = (finding && !row.findings.includes(finding)) || !words.every((word) => row.text.includes(word));
    }
    status.textContent = rows.filter((row) => !row.element.hidden).length + ' of ' + rows.length + ' shown';
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
      for (const button of filters) { button.setAttribute('aria-pressed', String(button === filter)); }
      show();
    });
    filter.setAttribute('aria-pressed', String(item.dataset.finding === ''));
    item.replaceChildren(filter);
    return filter;
  });

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
