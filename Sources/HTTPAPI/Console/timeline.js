// The time line at the bottom: the whole history, a plot of events per day, and a handle that winds the page back.
import {h, svg, button, replace} from './dom.js';
import {get, now} from './api.js';
import {go, here} from './address.js';
import {exact, shortDay} from './time.js';

const day = 86_400_000;
const bars = 120; // days are put together until no more than so many stand side by side

export class Timeline {
  #days = [];
  #start = 0;

  constructor() {
    this.plot = svg('svg', {class: 'plot', viewBox: `0 0 ${bars} 24`, preserveAspectRatio: 'none', 'aria-hidden': 'true'});
    this.range = h('input', {type: 'range', min: 0, step: 1000, 'aria-label': 'The moment that is shown',
      oninput: () => this.#tell(), onchange: () => this.#wind()});
    this.ends = h('div', {class: 'ends'});
    this.controls = h('div', {class: 'controls'});
    this.element = h('footer', {class: 'timeline'}, this.plot, this.range, this.ends, this.controls);
  }

  /** Fetches events per day for the environment; null is the whole ledger. */
  async load(environment) {
    const {days} = await get('/v1/timeline', {environment});
    this.#days = days.map((each) => ({time: Date.parse(each.day), events: each.events}));
    this.#start = this.#days[0]?.time ?? now() - day;
    this.#drawPlot();
    this.show();
  }

  /** Brings handle and words to the address. */
  show() {
    const {at} = here();
    const end = now();
    this.range.max = Math.ceil((end - this.#start) / 1000) * 1000;
    const moment = at && !/^#?\d+$/.test(at) ? Date.parse(at) : end;
    this.range.value = moment - this.#start;
    this.#tell(at);
    replace(this.controls,
      at && button('Return to now', () => go({at: null})),
      at && here().page !== 'changes' && button('What changed since?', () => go({page: 'changes', from: at, at: null, key: null})));
  }

  get #moment() { return this.#start + Number(this.range.value); }

  #tell(at) {
    const isNow = !at && Number(this.range.value) >= Number(this.range.max) - 1000;
    const words = isNow ? 'now' : at && /^#?\d+$/.test(at) ? `after event ${at}` : exact(this.#moment);
    this.range.setAttribute('aria-valuetext', words);
    replace(this.ends, h('span', {}, shortDay(this.#start)), h('span', {}, words), h('span', {}, 'now'));
  }

  #wind() {
    const isNow = Number(this.range.value) >= Number(this.range.max) - 1000;
    go({at: isNow ? null : new Date(this.#moment).toISOString()}, {replace: true});
  }

  #drawPlot() {
    const span = Math.max(day, now() - this.#start);
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
