// The time line at the bottom: the whole history, a plot of events per day, and a handle that winds the page back. Where
// changes are looked at there are two: from, and to.
import {h, svg, button, replace} from './dom.js';
import {get, now} from './api.js';
import {go, here} from './address.js';
import {exact, shortDay} from './time.js';

const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
const bars = 120; // days are put together until no more than so many stand side by side

export class Timeline {
  #days = null;
  #start = 0;
  #end = 0;
  #asOf = null;

  constructor() {
    this.plot = svg('svg', {class: 'plot', viewBox: `0 0 ${bars} 24`, preserveAspectRatio: 'none', 'aria-hidden': 'true'});
    this.from = this.#handle('From this moment', 'from');
    this.at = this.#handle('The moment that is shown', 'at');
    this.first = h('span', {});
    this.typed = h('input', {placeholder: 'now', spellcheck: 'false', autocomplete: 'off', onchange: () => go({at: this.typed.value.trim()}),
      title: 'A time in UTC, how long ago (-7d), or the number of an event (#42)'});
    this.controls = h('div', {class: 'line'});
    this.element = h('footer', {class: 'timeline', 'aria-label': 'History'}, this.plot, this.from, this.at,
      h('div', {class: 'ends'}, this.first, h('label', {class: 'line'}, 'As of', this.typed), this.controls, h('span', {}, 'now')));
  }

  /** Fetches events per day for the environment; of the whole ledger where there is none. */
  async load(environment) {
    const {days} = await get('/v1/timeline', {environment});
    // Another environment may have been chosen meanwhile.
    if (environment !== here().env) return;
    this.#days = days.map((each) => ({time: Date.parse(each.day), events: each.events}));
    this.#start = this.#days[0]?.time ?? now() - day;
    this.#end = now();
    this.#drawPlot();
    this.show(this.#asOf);
  }

  /** Brings handles and words to the address, whose moment is `asOf`. */
  show(asOf) {
    const {at, from, page} = here();
    this.#asOf = asOf;
    if (!this.#days) return;
    this.#end = now();
    for (const handle of [this.from, this.at]) {
      handle.max = Math.ceil((this.#end - this.#start) / second) * second;
      handle.disabled = false;
    }
    this.from.hidden = page !== 'changes';
    this.from.value = (Date.parse(from) || this.#end - day) - this.#start;
    const moment = at ? Date.parse(asOf.time) : this.#end;
    this.at.value = moment - this.#start;
    replace(this.first, shortDay(this.#start));
    this.#tell(this.at, at ? exact(moment) : 'now');
    this.#tell(this.from, exact(this.#momentOf(this.from)));
    this.typed.value = at ?? '';
    replace(this.controls,
      at && page !== 'changes' && button('What changed since?', () => go({page: 'changes', from: at, at: null, key: null, tab: null})),
      at && button('Return to now', () => go({at: null})));
  }

  #handle(label, name) {
    const range = h('input', {type: 'range', min: 0, step: second, disabled: true, 'aria-label': label,
      oninput: () => this.#tell(range, this.#isNow(range) ? 'now' : exact(this.#momentOf(range))),
      onchange: () => this.#wind(name, range),
      onkeydown: (event) => this.#step(event, name, range)});
    return range;
  }

  #momentOf(range) { return this.#start + Number(range.value); }

  #isNow(range) { return Number(range.value) >= Number(range.max) - second; }

  #tell(range, words) {
    range.setAttribute('aria-valuetext', words);
    if (range === this.at) this.typed.value = this.#isNow(range) ? '' : new Date(this.#momentOf(range)).toISOString();
  }

  #wind(name, range) {
    const isNow = name === 'at' && this.#isNow(range);
    go({[name]: isNow ? null : new Date(this.#momentOf(range)).toISOString()}, {replace: true});
  }

  /** An arrow moves by what can be told apart on the whole line, with Shift by a second. */
  #step(event, name, range) {
    const direction = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1}[event.key];
    if (!direction) return;
    event.preventDefault();
    const span = this.#end - this.#start;
    const stride = event.shiftKey ? second : span > 60 * day ? day : span > 2 * day ? hour : minute;
    range.value = Number(range.value) + direction * stride;
    this.#wind(name, range);
  }

  #drawPlot() {
    const span = Math.max(day, this.#end - this.#start);
    const sums = new Array(bars).fill(0);
    for (const each of this.#days) sums[Math.min(bars - 1, Math.floor((each.time - this.#start) / span * bars))] += each.events;
    const most = Math.max(...sums, 1);
    replace(this.plot, sums.map((sum, i) => {
      // By the root, so that a quiet week is still seen beside the day of a migration.
      const height = sum ? Math.max(2, 24 * Math.sqrt(sum / most)) : 0;
      return svg('rect', {x: i + 0.1, y: 24 - height, width: 0.8, height});
    }));
  }
}
