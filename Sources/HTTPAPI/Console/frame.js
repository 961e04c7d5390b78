// The frame around all pages: the bar, the strip that tells the past, the line that tells what was done.
import {h, button, replace} from './dom.js';
import {address, go, here, link} from './address.js';
import {connection, get} from './api.js';
import {ledgerAt} from './ledger.js';
import {me, renewToken, signOutButton} from './session.js';
import {noticeLine, notify} from './notice.js';
import {openDialog} from './dialog.js';
import {code, copyButton} from './dom.js';
import {Timeline} from './timeline.js';
import {exact} from './time.js';
import {roleName} from './words.js';

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
    connection.addEventListener('offline', () => this.#say(true));
    connection.addEventListener('online', () => this.#say(false));
  }

  /** Brings bar, strip and time line to the address. */
  async show() {
    const state = here();
    document.documentElement.classList.toggle('past', Boolean(state.at));
    const {environments, asOf} = await ledgerAt(state.at);
    const environment = state.env ?? environments.at(-1)?.id;
    this.#drawBar(state, environments, environment);
    replace(this.strip, state.at && pastNote(asOf));
    document.title = [state.page === 'keys' ? environment : pages.find((page) => page.name === state.page)?.label, 'KeyLedger'].filter(Boolean).join(' · ');
    if (this.#environmentShown !== environment) {
      this.#environmentShown = environment;
      await this.timeline.load(environment);
    } else {
      this.timeline.show();
    }
  }

  /** Puts a page into the frame. */
  put(element) {
    if (this.main.firstElementChild !== element) replace(this.main, element);
  }

  #drawBar(state, environments, environment) {
    const choice = h('select', {'aria-label': 'Environment', onchange: () => go({env: choice.value, key: null, q: null})},
      environments.map((each) => h('option', {value: each.id, selected: each.id === environment}, each.id)));
    replace(this.bar, h('a', {class: 'brand', ...link({page: 'keys', key: null})}, 'KeyLedger'),
      environments.length > 0 && choice,
      h('nav', {'aria-label': 'Pages'}, pages.map((page) => h('a', {
        ...link({page: page.name, key: null, tab: null, log: null}), 'aria-current': state.page === page.name ? 'page' : null,
      }, page.label))),
      h('div', {class: 'who'}, button([me.handle ?? me.id, h('span', {class: 'soft'}, roleName[me.role])], aboutMe, {class: 'quiet'}),
        themeButton(), signOutButton()));
  }

  #say(isOffline) {
    const note = this.strip.querySelector('.offline');
    if (isOffline && !note) this.strip.append(h('p', {class: 'offline'}, 'The server does not answer. The page goes on by itself when it does.'));
    if (!isOffline) note?.remove();
    if (isOffline) this.#knock();
  }

  /** Asks again, more and more slowly, until it answers. */
  async #knock(wait = 1000) {
    await new Promise((resolve) => { setTimeout(resolve, wait); });
    await get('/v1/users/me').then(() => location.assign(address({})), () => this.#knock(Math.min(wait * 2, 30_000)));
  }
}

function pastNote(asOf) {
  return h('p', {}, h('span', {class: 'past-note'}, `As it stood on ${exact(asOf.time)}, after event ${asOf.sequence.toLocaleString('en')}. `),
    'Nothing can be changed here. ', h('a', link({at: null}), 'Return to now'));
}

/** Light, dark, or as the system has it; kept in this browser. */
function themeButton() {
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches);
  return button('◐', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    localStorage.setItem('theme', root.dataset.theme);
  }, {class: 'quiet', 'aria-label': 'Light or dark', title: 'Light or dark'});
}

function aboutMe() {
  return openDialog(me.handle ?? me.id, (close) => {
    const place = h('div', {class: 'stack'});
    const renew = button('Renew my token', async () => {
      try {
        const token = await renewToken();
        replace(place, h('p', {}, 'Your new token, shown this once. The old one has ended.'),
          h('div', {class: 'secret line apart'}, code(token), copyButton('Copy', () => token)));
      } catch (problem) {
        notify(problem.message);
      }
    });
    return h('div', {class: 'stack'}, h('dl', {class: 'facts'}, h('dt', {}, 'Id'), h('dd', {}, code(me.id)), h('dt', {}, 'Role'), h('dd', {}, roleName[me.role])),
      h('div', {}, renew), place, h('div', {class: 'actions'}, button('Close', () => close())));
  });
}
