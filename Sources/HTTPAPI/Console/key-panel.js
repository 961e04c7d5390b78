// The panel of one key: title, status, what can be done, and three tabs.
import {h, button, code, freshID, replace} from './dom.js';
import {get, paths} from './api.js';
import {go, here} from './address.js';
import {isOwner} from './session.js';
import {actionsOn} from './key-dialogs.js';
import {status} from './status.js';
import {overviewTab} from './key-overview.js';
import {scopeTab} from './key-scope.js';
import {activityTab} from './key-activity.js';

const tabs = [
  {name: 'overview', label: 'Overview', build: overviewTab},
  {name: 'scope', label: 'Scope', build: scopeTab},
  {name: 'activity', label: 'Activity', build: activityTab},
];

export class KeyPanel {
  #page;
  #shown = '';
  #cameFrom = document.activeElement;

  constructor(page) {
    this.#page = page;
    this.title = h('h2', {id: freshID('panel'), tabindex: -1});
    this.head = h('div', {class: 'stack'});
    this.body = h('div', {class: 'stack', role: 'tabpanel', tabindex: 0});
    this.element = h('aside', {class: 'panel', 'aria-labelledby': this.title.id,
      onkeydown: (event) => event.key === 'Escape' && !event.defaultPrevented && go({key: null, tab: null})},
    h('div', {class: 'stack'}, this.head, this.body));
  }

  /** Shows the key that the address names; nothing happens when it is shown already. */
  async show(state) {
    const wanted = [state.key, state.at, state.tab].join('|');
    if (wanted === this.#shown) return;
    const isFirst = this.#shown === '';
    this.#shown = wanted;
    const shape = await get(paths.key(state.key), {at: state.at}).catch((problem) => this.#say(problem));
    if (!shape || wanted !== this.#shown) return;
    this.key = shape;
    this.#drawHead(state);
    await this.#drawTab(state);
    if (isFirst) this.title.focus();
  }

  async reload() {
    this.#shown = '';
    await this.show(here());
  }

  /** Gives the focus back to where it was. */
  close() {
    this.element.remove();
    if (this.#cameFrom?.isConnected) this.#cameFrom.focus();
  }

  #say(problem) {
    replace(this.head, h('div', {class: 'line apart'}, replace(this.title, 'Not here'), this.#closeButton()),
      h('p', {class: 'error', role: 'alert'}, problem.message));
    replace(this.body);
  }

  #closeButton() { return button('Close', () => go({key: null, tab: null}), {class: 'quiet'}); }

  #drawHead(state) {
    const {key} = this;
    replace(this.title, key.name);
    const actions = isOwner() && !state.at ? actionsOn(key) : [];
    replace(this.head,
      h('div', {class: 'line apart'}, this.title, this.#closeButton()),
      h('div', {class: 'line'}, status(key, Boolean(state.at)), code(key.masked)),
      actions.length > 0 && h('div', {class: 'line'}, actions.map((action) =>
        button(action.title(key), () => this.#page.act(action, key), {class: action.ends ? 'ends' : null}))),
      this.#tabList(state.tab ?? 'overview'));
  }

  #tabList(current) {
    const items = tabs.map((tab) => button(tab.label, () => go({tab: tab.name}, {replace: true}), {
      role: 'tab', 'aria-selected': String(tab.name === current), tabindex: tab.name === current ? 0 : -1,
    }));
    return h('div', {class: 'tabs', role: 'tablist', 'aria-label': 'About this key', onkeydown: (event) => {
      const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
      if (!step) return;
      const index = (tabs.findIndex((tab) => tab.name === current) + step + tabs.length) % tabs.length;
      go({tab: tabs[index].name}, {replace: true});
      requestAnimationFrame(() => this.head.querySelector('[aria-selected="true"]')?.focus());
    }}, items);
  }

  async #drawTab(state) {
    const tab = tabs.find((each) => each.name === state.tab) ?? tabs[0];
    this.body.setAttribute('aria-label', tab.label);
    try {
      const content = await tab.build(this.key, {at: state.at, changed: () => this.#changed()});
      replace(this.body, content);
    } catch (problem) {
      replace(this.body, h('p', {class: 'error', role: 'alert'}, problem.message));
    }
  }

  async #changed() {
    await this.#page.reload();
    await this.reload();
  }
}
