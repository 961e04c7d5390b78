// The frame around all pages: the bar, the strip that tells the past, the line that tells what was done.
import {h, redraw, replace} from './dom.js';
import {go, here, link, name, refresh} from './address.js';
import {connection, get} from './api.js';
import {ledgerAt, usualEnvironment} from './ledger.js';
import {accountButton, signOutButton} from './account.js';
import {noticeLine} from './notice.js';
import {themeButton} from './theme.js';
import {Timeline} from './timeline.js';
import {exact} from './time.js';

const pages = [
  {name: 'keys', label: 'Keys'}, {name: 'log', label: 'Log'}, {name: 'could', label: 'Who could'},
  {name: 'changes', label: 'Changes'}, {name: 'users', label: 'Users'}, {name: 'settings', label: 'Settings'},
];

export class Frame {
  #environmentShown;

  constructor() {
    this.bar = h('header', {class: 'bar'});
    this.strip = h('div', {class: 'strip', role: 'status'});
    this.main = h('main', {id: 'main', tabindex: -1});
    this.timeline = new Timeline();
    this.element = h('div', {class: 'frame'}, h('a', {class: 'skip', href: '#main'}, 'To the content'),
      this.bar, this.strip, this.main, this.timeline.element);
    replace(document.body, this.element, noticeLine);
    connection.addEventListener('offline', () => this.#sayOffline());
    connection.addEventListener('online', () => refresh());
  }

  /** Brings bar, strip and time line to the address, which names its environment from then on. */
  async show() {
    const {at} = here();
    let refusal = null;
    // A moment that is none leaves the frame as it is now, with the way back in it.
    const {environments, asOf} = await ledgerAt(at).catch((problem) => {
      refusal = problem;
      return ledgerAt();
    });
    // Whoever drags on meanwhile is not pulled back: the moment that came after is on its way.
    if (here().at !== at) return;
    const isPast = Boolean(at) && !refusal;
    document.documentElement.classList.toggle('past', isPast);
    if (!here().env && environments.length > 0) name({env: usualEnvironment(environments)});
    const state = here();
    this.#drawBar(state, environments);
    replace(this.strip, isPast && pastNote(asOf));
    const title = state.page === 'keys' ? state.env : pages.find((page) => page.name === state.page)?.label;
    document.title = [title, 'KeyLedger'].filter(Boolean).join(' · ');
    this.timeline.show(asOf);
    if (this.#environmentShown !== state.env) {
      this.#environmentShown = state.env;
      // It counts a long history: the page does not wait for it.
      this.timeline.load(state.env).catch(() => { this.#environmentShown = null; });
    }
    if (refusal) throw refusal;
  }

  /** Puts a page into the frame. */
  put(element) {
    if (this.main.firstElementChild !== element) replace(this.main, element);
  }

  #drawBar(state, environments) {
    const names = environments.map((each) => each.id);
    // As of a moment before it was provisioned, it is named all the same.
    if (state.env && !names.includes(state.env)) names.unshift(state.env);
    const choice = h('select', {'aria-label': 'Environment', onchange: () => go({env: choice.value, key: null, q: null})},
      names.map((each) => h('option', {value: each, selected: each === state.env}, each)));
    redraw(this.bar, h('a', {class: 'brand', ...link({page: 'keys', key: null})}, 'KeyLedger'), names.length > 0 && choice,
      h('nav', {'aria-label': 'Pages'}, pages.map((page) => h('a', {
        ...link(onlyPlace(page.name)), 'aria-current': state.page === page.name ? 'page' : null,
      }, page.label))),
      h('div', {class: 'who'}, accountButton(), themeButton(), signOutButton()));
    // Where it is narrow the pages' names are a strip that scrolls.
    this.bar.querySelector('[aria-current]')?.scrollIntoView({block: 'nearest', inline: 'nearest'});
  }

  #sayOffline() {
    replace(this.strip, h('p', {}, 'The server does not answer. The page goes on by itself when it does.'));
    this.#knock();
  }

  /** Asks again, more and more slowly, until it answers. */
  async #knock(wait = 1000) {
    await new Promise((resolve) => { setTimeout(resolve, wait); });
    await get('/v1/users/me').catch((problem) => problem.status === 0 && this.#knock(Math.min(wait * 2, 30_000)));
  }
}

/** Another page at the same moment and of the same environment; what belonged to the last one is left behind. */
const onlyPlace = (page) => ({
  page, key: null, tab: null, log: null, type: null, status: null, unused: null, q: null, sort: null, removed: null, view: null, scope: null,
  actor: null, who: null, from: null, to: null,
});

function pastNote(asOf) {
  return h('p', {}, h('span', {class: 'past-note'}, `As it stood on ${exact(asOf.time)}, after event ${asOf.sequence.toLocaleString('en')}. `),
    'Nothing can be changed here. ', asOf.backfilled && 'It rests on history that was recorded afterwards. ',
    h('a', link({at: null}), 'Return to now'));
}
