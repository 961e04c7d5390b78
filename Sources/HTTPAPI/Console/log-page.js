// The log, live; beside it, and told apart from it, what keys were used for; and whether history still extends a
// checkpoint that was kept.
import {h, button, code, field, replace} from './dom.js';
import {follow, get, paths, text} from './api.js';
import {go, here, link} from './address.js';
import {ledgerAt} from './ledger.js';
import {checkConsistency, fromBase64, parseCheckpoint, toBase64} from './merkle.js';
import {inclusion} from './inclusion.js';
import {time} from './time.js';
import {count} from './words.js';

const pageSize = 200;
const mostLive = 1000; // lines kept while the log runs by

export class LogPage {
  #stream = null;
  #shown = '';

  constructor() {
    this.filters = h('div', {class: 'line'});
    this.list = h('div', {'aria-live': 'off'});
    this.more = h('div', {});
    this.access = h('section', {});
    this.element = h('div', {class: 'page'},
      h('section', {}, h('h1', {}, 'Log'), h('p', {class: 'soft'}, 'Every change there ever was, newest first.'), this.filters, this.list, this.more),
      this.access, checkpointSection(), healthSection());
  }

  async show() {
    const state = here();
    const wanted = [state.at, state.env, state.log, state.type].join('|');
    if (wanted === this.#shown && this.#stream) return;
    this.stop();
    this.#shown = wanted;
    const {environments, asOf} = await ledgerAt(state.at);
    this.environment = state.env ?? environments.at(-1)?.id;
    this.#drawFilters(state);
    replace(this.list);
    const head = asOf.sequence;
    if (state.log) await this.#page(Math.max(0, Number(state.log) - 1), 1, state);
    else await this.#page(Math.max(0, head - pageSize), pageSize, state);
    if (!state.at && !state.log) this.#follow(head, state);
    await this.#drawAccess(state);
  }

  stop() {
    this.#stream?.stop();
    this.#stream = null;
    this.#shown = '';
  }

  #drawFilters(state) {
    const type = h('input', {value: state.type ?? '', placeholder: 'key.revoked', 'aria-label': 'Type of event', onchange: () => go({type: type.value.trim()})});
    replace(this.filters, h('label', {class: 'line'}, 'Type', type),
      state.log ? h('a', link({log: null}), 'Show the whole log') : !state.at && h('span', {class: 'soft small'}, 'New events appear by themselves.'));
  }

  async #page(after, limit, state) {
    const {events} = await get('/v1/events', {after, limit, type: state.log ? null : state.type, at: state.at});
    this.list.append(...events.reverse().map((event) => line(event, Boolean(state.log))));
    const isMore = after > 0 && !state.log;
    replace(this.more, isMore && button('Show earlier events', () =>
      this.#page(Math.max(0, after - pageSize), Math.min(pageSize, after), state)), !this.list.childElementCount && h('p', {class: 'soft'}, 'No event is like that here.'));
  }

  #follow(head, state) {
    const params = {after: head};
    if (state.type) params.type = state.type;
    this.#stream = follow(params, (event) => {
      this.list.prepend(line(event, false));
      while (this.list.childElementCount > mostLive) this.list.lastElementChild.remove();
    });
  }

  async #drawAccess(state) {
    if (!this.environment || state.at) return replace(this.access);
    const {access} = await get(`${paths.environment(this.environment)}/access`, {limit: 50});
    replace(this.access, h('h2', {}, `Access to ${this.environment}`),
      h('p', {class: 'soft'}, 'What keys were used for. It is not part of the log: bounded, and proved by nothing.'),
      access.length ? h('table', {class: 'rows'},
        h('thead', {}, h('tr', {}, ['Time', 'Operation', 'Permission', 'Key', 'Outcome'].map((word) => h('th', {scope: 'col'}, word)))),
        h('tbody', {}, access.map((each) => h('tr', {}, h('td', {}, time(each.time)), h('td', {}, code([each.method, each.path].filter(Boolean).join(' '))),
          h('td', {}, each.permission ?? '–'), h('td', {}, each.key ? h('a', link({page: 'keys', key: each.key}), code(each.key)) : '–'),
          h('td', {}, each.outcome))))) : h('p', {}, 'Nothing yet. Gateways ask at /v1/authorize.'));
  }
}

/** One event; it opens to its proof. */
function line(event, isOpen) {
  const body = h('div', {class: 'body'});
  const subject = event.subject.split('/').at(-1);
  const isKey = subject.startsWith('key_');
  const toKey = isKey && h('p', {}, h('a', link({page: 'keys', env: event.subject.split('/')[1], key: subject, log: null}), `Open ${subject}`));
  return h('details', {class: 'entry', open: isOpen, ontoggle: (toggle) => {
    if (toggle.target.open && !body.childElementCount) replace(body, toKey, h('pre', {}, JSON.stringify(event, null, 2)), inclusion(Number(event.id)));
  }}, h('summary', {}, h('span', {}, h('span', {class: 'soft'}, `${event.id} `), h('strong', {}, event.type), ' ', code(isKey ? subject : event.subject), ' by ', event.actor),
    h('span', {class: 'soft'}, time(event.time))), body);
}

/** Consistency, computed here. */
function checkpointSection() {
  const kept = h('textarea', {rows: 4, spellcheck: 'false', class: 'mono'});
  const asked = field('A checkpoint that you kept', kept, 'Origin, number of events and root, a line each; a signed note serves too.');
  const current = h('div', {class: 'stack'});
  const verdict = h('p', {role: 'status'});
  const say = (isRight, sentence) => {
    verdict.className = `verdict ${isRight ? 'right' : 'wrong'}`;
    verdict.textContent = `${isRight ? '✓' : '✗'} ${sentence}`;
  };
  return h('section', {}, h('h2', {}, 'Checkpoint'),
    h('div', {}, button('Show the checkpoint of now', async () => replace(current, h('pre', {}, await text('/v1/checkpoint')), h('p', {class: 'soft small'}, 'Keep it where nobody who keeps this ledger can change it.')))),
    current,
    h('form', {class: 'stack', onsubmit: async (event) => {
      event.preventDefault();
      try {
        await compare(kept.value, say);
      } catch (problem) {
        say(false, problem.message);
      }
    }}, asked, h('div', {}, h('button', {type: 'submit'}, 'Check that history still extends it'))), verdict);
}

async function compare(keptText, say) {
  const old = parseCheckpoint(keptText.trim());
  const fresh = parseCheckpoint(await text('/v1/checkpoint'));
  if (!old) return say(false, 'That is no checkpoint: three lines, origin, size and root.');
  if (!fresh || old.origin !== fresh.origin) return say(false, 'That is the checkpoint of another ledger.');
  if (old.size > fresh.size) return say(false, `The log has ${count(fresh.size, 'event')}, fewer than the ${old.size} that you saw.`);
  const {hashes} = await get('/v1/proofs/consistency', {from: old.size, to: fresh.size});
  const isRight = await checkConsistency({oldSize: old.size, oldRoot: old.root, size: fresh.size, root: fresh.root, proof: hashes.map(fromBase64)});
  say(isRight, isRight
    ? `The first ${count(old.size, 'event')} are the ones that you saw; root now ${toBase64(fresh.root)}.`
    : 'History is not the one that you saw: what was before your checkpoint has been changed.');
}

function healthSection() {
  const place = h('div', {class: 'stack'});
  return h('section', {}, h('h2', {}, 'Health'), h('div', {}, button('Look now', async () => {
    try {
      const health = await get('/v1/health');
      replace(place, h('pre', {}, JSON.stringify(health, null, 2)));
    } catch (problem) {
      replace(place, h('p', {class: 'error'}, problem.message));
    }
  })), place);
}
