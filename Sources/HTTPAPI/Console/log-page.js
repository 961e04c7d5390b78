// The log and what stands beside it, each under its tab: events, the access journal, checkpoints, health.
import {h, replace} from './dom.js';
import {link} from './address.js';
import {accessView} from './access-view.js';
import {checkpointView} from './checkpoint-view.js';
import {EventsView} from './events-view.js';
import {healthView} from './health-view.js';

const views = [
  {name: 'events', label: 'Events'}, {name: 'access', label: 'Access journal', build: accessView},
  {name: 'checkpoint', label: 'Checkpoint', build: checkpointView}, {name: 'health', label: 'Health', build: healthView},
];

export class LogPage {
  #events = new EventsView();

  constructor() {
    this.tabs = h('nav', {class: 'tabs', 'aria-label': 'Of the log'});
    this.body = h('div', {class: 'stack'});
    this.element = h('div', {class: 'page'}, h('section', {}, h('h1', {}, 'Log'), this.tabs, this.body));
  }

  async show(state) {
    const current = views.find((each) => each.name === state.view) ?? views[0];
    replace(this.tabs, views.map((each) => h('a', {
      ...link({view: each === views[0] ? null : each.name, log: null}), 'aria-current': each === current ? 'page' : null,
    }, each.label)));
    if (current.build) {
      this.stop();
      replace(this.body, await current.build(state));
    } else {
      if (this.body.firstElementChild !== this.#events.element) replace(this.body, this.#events.element);
      await this.#events.show(state);
    }
  }

  /** Follows no longer: another page is shown. */
  stop() { this.#events.stop(); }
}
