// What changed between two points, key by key: the two handles of the time line, or what is typed.
import {h, code, field, replace} from './dom.js';
import {now} from './api.js';
import {go, link} from './address.js';
import {readPages} from './paging.js';
import {status} from './status.js';
import {rows} from './table.js';
import {exact} from './time.js';

const day = 86_400_000;
const wording = {added: 'Added', changed: 'Changed', ended: 'Ended', removed: 'Removed'};

export async function changesPage(state) {
  const start = state.from ?? new Date(now() - day).toISOString();
  const from = h('input', {class: 'moment', value: start, required: true});
  const to = h('input', {class: 'moment', value: state.at, placeholder: 'now'});
  const compare = (event) => {
    event.preventDefault();
    go({from: from.value.trim(), at: to.value.trim()});
  };
  return h('div', {class: 'page'}, h('section', {}, h('h1', {}, 'What changed'),
    h('p', {class: 'soft'}, `Between the two handles of the time line, in ${state.env ?? 'the ledger'}. Times and numbers of events may be typed too.`),
    h('form', {class: 'line end-aligned', onsubmit: compare}, field('From', from), field('To', to),
      h('button', {class: 'primary', type: 'submit'}, 'Compare')),
    h('div', {'aria-live': 'polite', class: 'stack'}, await difference(start, state))));
}

async function difference(from, {at, env}) {
  const table = rows(['Key', 'Change', 'Before', 'After', 'Events']);
  const told = h('p', {class: 'soft'});
  try {
    const more = await readPages('/v1/diff', {from, to: at ?? new Date(now()).toISOString(), environment: env}, 'keys', (keys, diff) => {
      replace(told, `From ${exact(diff.from.time)} to ${exact(diff.to.time)}.`);
      table.add(keys.map(cells));
    });
    return [told, table.isEmpty() ? h('p', {}, 'Nothing changed.') : table, more];
  } catch (problem) {
    return h('p', {class: 'error', role: 'alert'}, problem.message);
  }
}

function cells(each) {
  const key = each.after ?? each.before;
  return [
    [h('a', link({page: 'keys', env: key.environment, key: each.key, at: null, from: null}), key.name), h('br'), code(each.key)],
    wording[each.change], shape(each.before), shape(each.after),
    each.events.length ? each.events.map((number) => [eventLink(number), ' ']) : 'its grace ended'];
}

const eventLink = (number) => h('a', link({page: 'log', log: String(number), at: null, from: null}), String(number));
const shape = (key) => (key ? [status(key, true), h('br'), h('span', {class: 'small soft'}, key.scope.join(' '))] : '–');
