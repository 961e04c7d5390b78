// Plain tables, for what is short. They scroll by themselves where they are too wide.
import {h} from './dom.js';

/**
 * A table with these headings; one without a word is that of the actions. `lines` are lists of cells; `add(lines)` adds more, and
 * `isEmpty()` tells whether there are none.
 */
export function rows(heads, lines = []) {
  const body = h('tbody', {});
  const element = h('div', {class: 'wide-table', tabindex: 0, role: 'group', 'aria-label': `Table: ${heads.filter(Boolean).join(', ')}`},
    h('table', {class: 'rows'}, h('thead', {}, h('tr', {}, heads.map(heading))), body));
  const add = (more) => body.append(...more.map((cells) => h('tr', {}, cells.map((cell) => h('td', {}, cell)))));
  add(lines);
  return Object.assign(element, {add, isEmpty: () => body.childElementCount === 0});
}

const heading = (word) => h('th', {scope: 'col'}, word || h('span', {class: 'visually-hidden'}, 'Actions'));
