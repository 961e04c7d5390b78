// Every change there ever was, newest first, and new ones as they happen.
import {h, button, code, replace} from './dom.js';
import {follow, get} from './api.js';
import {go, link} from './address.js';
import {ledgerAt, nameOfActor} from './ledger.js';
import {inclusion} from './inclusion.js';
import {time} from './time.js';
import {eventTypes} from './words.js';

const enough = 100; // events that are looked for at once
const mostLive = 1000; // lines kept while the log runs by

export class EventsView {
  #stream = null;
  #shown = '';
  #users = [];

  constructor() {
    this.filters = h('div', {class: 'line'});
    this.list = h('div', {});
    this.more = h('div', {});
    this.element = h('div', {class: 'stack'}, this.filters, this.list, this.more);
  }

  async show(state) {
    const wanted = [state.at, state.env, state.log, state.type, state.scope, state.actor].join('|');
    if (wanted === this.#shown) return;
    this.stop();
    this.#shown = wanted;
    const {users, asOf} = await ledgerAt(state.at);
    this.#users = users;
    this.#drawFilters(state);
    replace(this.list);
    replace(this.more);
    if (state.log) return this.#showOne(Number(state.log), state.at);
    const params = {type: state.type, actor: state.actor, environment: state.scope === 'environment' ? state.env : null, at: state.at};
    await this.#showBefore(asOf.sequence + 1, params);
    if (!state.at && wanted === this.#shown) this.#follow(asOf.sequence, params);
  }

  stop() {
    this.#stream?.stop();
    this.#stream = null;
    this.#shown = '';
  }

  #drawFilters(state) {
    if (state.log) return replace(this.filters, h('a', link({log: null}), 'Show the whole log'));
    const type = h('select', {'aria-label': 'Type of event', onchange: () => go({type: type.value})},
      h('option', {value: ''}, 'All types'), eventTypes.map((each) => h('option', {value: each, selected: each === state.type}, each)));
    const scope = h('select', {'aria-label': 'Of what', onchange: () => go({scope: scope.value})},
      h('option', {value: ''}, 'The whole ledger'),
      state.env && h('option', {value: 'environment', selected: state.scope === 'environment'}, `Only ${state.env}`));
    const actor = h('input', {value: state.actor, placeholder: 'Actor, such as user:ada', 'aria-label': 'Actor', onchange: () => go({actor: actor.value.trim()})});
    replace(this.filters, type, scope, actor, !state.at && h('span', {class: 'soft small'}, 'New events appear by themselves.'));
  }

  async #showOne(number, at) {
    const {events} = await get('/v1/events', {after: number - 1, limit: 1, at});
    this.list.append(...events.map((event) => this.#line(event, true)));
  }

  /**
   * Shows the newest events before this number. The server gives a filter's events from a number on, so the stretch that is
   * asked for grows until it holds enough of them or begins with the log.
   */
  async #showBefore(end, params) {
    let [start, found] = [end, []];
    for (let stretch = enough; start > 1 && found.length < enough; stretch *= 4) {
      const after = Math.max(0, start - 1 - stretch);
      found = [...await this.#between(after, start, params), ...found];
      start = after + 1;
    }
    this.list.append(...found.reverse().map((event) => this.#line(event, false)));
    replace(this.more, start > 1 && button('Show earlier events', () => this.#showBefore(start, params)
      .catch((problem) => replace(this.more, h('p', {class: 'error', role: 'alert'}, problem.message)))),
    !this.list.childElementCount && h('p', {class: 'soft'}, 'No event is like that here.'));
  }

  /** All events of the filter with numbers between these two. */
  async #between(after, before, params) {
    const found = [];
    for (;;) {
      const {events} = await get('/v1/events', {...params, after, limit: 1000});
      const inside = events.filter((event) => Number(event.id) < before);
      found.push(...inside);
      if (inside.length < 1000) return found;
      after = Number(inside.at(-1).id);
    }
  }

  #follow(head, {type, actor, environment}) {
    const params = Object.fromEntries(Object.entries({after: head, type, actor, environment}).filter(([, value]) => value));
    this.#stream = follow(params, (event) => {
      this.list.prepend(this.#line(event, false));
      while (this.list.childElementCount > mostLive) this.list.lastElementChild.remove();
    });
  }

  /** One event; it opens to its record and the proof that it is in the log. */
  #line(event, isOpen) {
    const body = h('div', {class: 'body'});
    const subject = event.subject.split('/').at(-1);
    const isKey = subject.startsWith('key_');
    const toKey = isKey && h('p', {}, h('a', link({page: 'keys', env: event.subject.split('/')[1], key: subject, log: null, at: null}), `Open ${subject}`));
    const open = (toggle) => {
      if (toggle.target.open && !body.childElementCount) replace(body, toKey, h('pre', {}, JSON.stringify(event, null, 2)), inclusion(Number(event.id)));
    };
    return h('details', {class: 'entry', open: isOpen, ontoggle: open}, h('summary', {},
      h('span', {}, h('span', {class: 'soft'}, `${event.id} `), h('strong', {}, event.type), ' ', code(isKey ? subject : event.subject),
        ' by ', nameOfActor(event.actor, this.#users)),
      h('span', {class: 'soft'}, time(event.time))), body);
  }
}
