// The table of keys. Rows are made as they come into view; the scroll bar tells the true length.
import {h, button, code, replace} from './dom.js';
import {time} from './time.js';
import {lastUsed, status} from './status.js';
import {openMenu} from './menu.js';

const margin = 8; // rows made beyond each edge of the view

const columns = [
  {label: 'Name', orders: ['name']}, {label: 'Type'}, {label: 'Key'}, {label: 'Status', orders: ['expires_at']},
  {label: 'Created', orders: ['-created_at', 'created_at']}, {label: 'Last used'}, {label: ''},
];

/**
 * `listing` gives the rows and `total` their number. `onOpen(key)` for a click or Enter, `menuFor(key)` the entries of the
 * row's menu, `onSort(name)` when a heading is chosen.
 */
export class KeyTable {
  #listing;
  #total;
  #options;
  #rows = new Map();
  #selected = 0;

  constructor(listing, total, options) {
    [this.#listing, this.#total, this.#options] = [listing, total, options];
    this.body = h('div', {class: 'body', role: 'rowgroup'});
    this.element = h('div', {
      class: 'table', role: 'grid', tabindex: 0, 'aria-label': 'Keys', 'aria-rowcount': total + 1,
      onscroll: () => this.draw(), onkeydown: (event) => this.#onKey(event),
    }, this.#head(), this.body);
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** Goes on where another table of the same keys was. */
  scrollTo(top) {
    this.element.scrollTop = top;
    this.draw();
  }

  /** Marks the row of a key, as far as it has been fetched. */
  mark(key) { this.#select(this.#listing.rows.findIndex((each) => each?.id === key)); }

  get #rowHeight() { return Number.parseFloat(getComputedStyle(this.element).getPropertyValue('--row')) || 48; }

  #head() {
    const {sort = '-created_at', onSort} = this.#options;
    return h('div', {class: 'head', role: 'row'}, columns.map(({label, orders = []}) => {
      const place = orders.indexOf(sort);
      const order = place < 0 ? null : sort.startsWith('-') ? 'descending' : 'ascending';
      const mark = {ascending: ' ↑', descending: ' ↓'}[order] ?? '';
      return h('div', {role: 'columnheader', 'aria-sort': order}, orders.length > 0
        ? button(label + mark, () => onSort(orders[(place + 1) % orders.length]))
        : h('span', {}, label || h('span', {class: 'visually-hidden'}, 'Actions')));
    }));
  }

  /** Makes the rows in view, drops the others, and fetches what is missing. */
  draw() {
    const height = this.#rowHeight;
    this.body.style.height = `${this.#total * height}px`;
    const first = Math.max(0, Math.floor(this.element.scrollTop / height) - margin);
    const last = Math.min(this.#total, Math.ceil((this.element.scrollTop + this.element.clientHeight) / height) + margin);
    for (const [index, row] of this.#rows) {
      if (index < first || index >= last) {
        row.remove();
        this.#rows.delete(index);
      }
    }
    for (let index = first; index < last; index += 1) {
      if (!this.#rows.has(index)) this.#place(index, height);
    }
    if (!this.#listing.has(first, last)) {
      this.#listing.reach(first, last).then(() => this.refresh(), this.#options.onProblem);
    }
  }

  /** Draws all rows again: the data has changed. */
  refresh(total = this.#total) {
    this.#total = total;
    this.element.setAttribute('aria-rowcount', total + 1);
    this.#rows.clear();
    replace(this.body);
    this.draw();
  }

  #place(index, height) {
    const key = this.#listing.rows[index];
    const row = key ? this.#row(key, index) : h('div', {class: 'row waiting', role: 'row'}, h('span', {role: 'gridcell'}, '…'));
    row.style.top = `${index * height}px`;
    this.#rows.set(index, row);
    this.body.append(row);
  }

  #row(key, index) {
    const {isPast, onOpen, menuFor} = this.#options;
    const entries = menuFor(key);
    const more = button('⋮', (event) => {
      event.stopPropagation();
      openMenu(more, entries);
    }, {class: 'quiet', 'aria-label': `Actions on ${key.name}`, 'aria-haspopup': 'menu', tabindex: -1});
    const cell = (name, ...children) => h('span', {class: name, role: 'gridcell'}, ...children);
    return h('div', {
      class: 'row', role: 'row', id: `row-${index}`, 'aria-rowindex': index + 2, 'aria-selected': String(index === this.#selected),
      onclick: () => {
        this.#select(index);
        onOpen(key);
      },
    },
    cell('name', h('span', {}, key.name), code(key.id)), cell('type', key.type), cell('masked', code(key.masked)),
    h('span', {role: 'gridcell', class: 'status-cell'}, status(key, isPast)), cell('created', time(key.created_at)),
    cell('used', lastUsed(key)), cell('more', more));
  }

  #select(index) {
    this.#rows.get(this.#selected)?.setAttribute('aria-selected', 'false');
    this.#selected = index;
    this.#rows.get(index)?.setAttribute('aria-selected', 'true');
    this.element.setAttribute('aria-activedescendant', `row-${index}`);
  }

  #onKey(event) {
    if (event.target !== this.element) return;
    const page = Math.floor(this.element.clientHeight / this.#rowHeight) - 1;
    const step = {ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity}[event.key];
    const key = this.#listing.rows[this.#selected];
    if (step !== undefined) {
      this.#select(Math.max(0, Math.min(this.#total - 1, this.#selected + step)));
      this.#reveal(this.#selected);
    } else if (event.key === 'Enter' && key) {
      this.#options.onOpen(key);
    } else {
      return;
    }
    event.preventDefault();
  }

  #reveal(index) {
    const height = this.#rowHeight;
    const head = this.element.firstElementChild.offsetHeight;
    const top = index * height;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top + height + head > this.element.scrollTop + this.element.clientHeight) {
      this.element.scrollTop = top + height + head - this.element.clientHeight;
    }
    this.draw();
    this.#select(index);
  }
}
