// The keys of an environment: counters, filters, search, the table, and the panel of the key that is open.
import {h, button, redraw, replace} from './dom.js';
import {paths} from './api.js';
import {fingerprint} from './merkle.js';
import {go, here} from './address.js';
import {isOwner} from './session.js';
import {ledgerAt} from './ledger.js';
import {notify} from './notice.js';
import {Listing} from './paging.js';
import {KeyTable} from './key-table.js';
import {KeyPanel} from './key-panel.js';
import {actionsOn, createKey} from './key-dialogs.js';
import {onEnd} from './time.js';
import {countOfStatus, statusMeaning, statusName, statusShape} from './words.js';

/** What may be a secret, ours or a migrated one, is never sent, nor put into the address: its digest is. */
const mayBeSecret = (text) => /^(server|client)-/.test(text)
  || (/^\S{20,}$/.test(text) && /\d/.test(text) && /[a-z]/i.test(text) && !text.startsWith('key_'));
const isDigest = (text) => /^[0-9a-f]{64}$/.test(text ?? '');

export class KeysPage {
  #panel = null;
  #shownFor = '';

  constructor() {
    this.tools = h('div', {class: 'tools'});
    this.element = h('div', {class: 'keys'}, this.tools);
    // A grace that ends while somebody looks is a change too.
    onEnd(() => this.element.isConnected && this.reload());
  }

  /** Brings the page to the address: the list anew where its filters changed, then the panel. */
  async show(state) {
    const listed = ['env', 'at', 'type', 'status', 'unused', 'q', 'sort', 'removed'].map((name) => state[name]).join('|');
    if (listed !== this.#shownFor) {
      this.#shownFor = listed;
      await this.#list(state, listed);
    }
    await this.#openPanel(state);
  }

  /** Lists again, since something was changed. Whoever looks at the middle of the table stays there. */
  async reload() {
    const top = this.table?.element.scrollTop ?? 0;
    this.#shownFor = '';
    await this.show(here());
    this.table?.scrollTo(top);
  }

  focusSearch() { this.tools.querySelector('input[type="search"]')?.focus(); }

  async #list(state, listed) {
    const ledger = await ledgerAt(state.at);
    if (!ledger.environments.length) return this.#sayNoEnvironment();
    const {env, q, type, status, sort, removed, at} = state;
    // Uses are no history: away from now nothing is known of them.
    const unused = at ? null : state.unused;
    const listing = new Listing(paths.keys(env), {
      type, status, never_used: unused, sort, removed, at, q: isDigest(q) ? null : q, fingerprint: isDigest(q) ? q : null,
    }, 'keys');
    try {
      await listing.begin();
    } catch (problem) {
      // Asked again, it is to be fetched again.
      this.#shownFor = '';
      throw problem;
    }
    if (listed !== this.#shownFor) return;
    const {counts} = listing.first;
    const total = unused ? counts.never_used : status ? counts[status] : counts.active + counts.expiring + counts.expired;
    this.environment = env;
    this.#drawTools(state, counts, ledger);
    this.table = null;
    if (listing.rows.length === 0) return this.#sayNone(state);
    this.table = new KeyTable(listing, total, {
      isPast: Boolean(at), sort, onSort: (name) => go({sort: name}), onOpen: (key) => go({key: key.id, tab: null}),
      menuFor: (key) => this.#menu(key), onProblem: (problem) => notify(problem.message),
    });
    this.element.replaceChildren(this.tools, this.table.element);
    this.table.draw();
  }

  #drawTools(state, counts, ledger) {
    const counter = (name, isChosen, choice) => button([
      h('span', {'aria-hidden': 'true', class: `status ${name}`}, h('span', {class: 'shape'}, statusShape[name])), countOfStatus(name, counts[name]),
    ], () => go({status: null, unused: null, ...!isChosen && choice}), {class: 'counter', 'aria-pressed': String(isChosen), title: statusMeaning[name]});
    const counters = Object.keys(statusName).map((status) => counter(status, state.status === status, {status}));
    if (counts.never_used !== null) counters.push(counter('never_used', Boolean(state.unused), {unused: 'true'}));
    const search = h('input', {type: 'search', placeholder: 'Name, id or a leaked secret', 'aria-label': 'Search', autocomplete: 'off',
      spellcheck: 'false', value: state.q, onchange: () => this.#search(search.value.trim())});
    const removed = h('label', {class: 'choice'}, h('input', {
      type: 'checkbox', checked: state.removed === 'true', onchange: (event) => go({removed: event.target.checked ? 'true' : null}),
    }), 'Removed too');
    const add = isOwner() && !state.at && button('+ Scoped key', () => this.#create(ledger), {class: 'primary'});
    redraw(this.tools, h('h1', {class: 'visually-hidden'}, `Keys of ${this.environment}`),
      h('div', {class: 'line counters', role: 'group', 'aria-label': 'Filter by status'}, counters),
      filter('Type', 'types', {default: 'Default', scoped: 'Scoped'}, state.type, (type) => go({type})),
      filter('Status', 'statuses', statusName, state.status, (status) => go({status, unused: null})),
      removed, h('div', {class: 'end'}, search, add));
  }

  async #search(text) {
    go({q: !isDigest(text) && mayBeSecret(text) ? await fingerprint(text) : text});
  }

  async #create(ledger) {
    const answer = await createKey(this.environment, ledger.resources);
    if (!answer) return;
    notify(`${answer.name} is created,`, answer);
    await this.reload();
    go({key: answer.id});
  }

  #menu(key) {
    const open = {label: 'Key details', run: () => go({key: key.id})};
    if (!isOwner() || here().at) return [open];
    return [open, ...actionsOn(key).map((action) => ({...action, run: () => this.act(action, key)}))];
  }

  /** Runs one of a key's actions, then shows what became of it. */
  async act(action, key) {
    const answer = await action.run(key);
    if (!answer) return;
    notify(action.done(key), answer);
    await this.reload();
    await this.#panel?.reload();
  }

  async #openPanel(state) {
    if (!state.key) {
      this.#panel?.close();
      this.#panel = null;
      return;
    }
    if (!this.#panel) {
      this.#panel = new KeyPanel(this);
      this.element.append(this.#panel.element);
    } else if (!this.#panel.element.isConnected) {
      this.element.append(this.#panel.element);
    }
    this.table?.mark(state.key);
    await this.#panel.show(state);
  }

  #sayNoEnvironment() {
    this.table = null;
    replace(this.tools);
    this.element.replaceChildren(this.tools, h('div', {class: 'empty'},
      h('h1', {}, here().at ? 'There was no environment yet' : 'No environment yet'),
      h('p', {}, 'Each environment has its own keys; two of them come with it.'),
      isOwner() && !here().at && button('Provision an environment', () => go({page: 'settings'}), {class: 'primary'}),
      h('pre', {}, 'keyledger env create production')));
  }

  #sayNone(state) {
    const isFiltered = state.q || state.type || state.status || state.unused;
    this.element.replaceChildren(this.tools, h('div', {class: 'empty'},
      h('p', {}, isFiltered ? 'No key is like that.' : 'No key stood here then.'),
      isFiltered && button('Show all keys', () => go({q: null, type: null, status: null, unused: null}), {class: 'primary'}),
      h('pre', {}, `keyledger key list --env ${state.env}`)));
  }
}

/** A choice of one of these, or of all. */
function filter(label, plural, choices, chosen, onchange) {
  const options = [['', `All ${plural}`], ...Object.entries(choices)];
  const select = h('select', {'aria-label': label, onchange: () => onchange(select.value)},
    options.map(([value, words]) => h('option', {value, selected: (chosen ?? '') === value}, words)));
  return select;
}
