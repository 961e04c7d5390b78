// Who could: which keys held a permission, or which users a role, at any moment between two times.
import {h, code, field, replace} from './dom.js';
import {now} from './api.js';
import {go, link} from './address.js';
import {ledgerAt} from './ledger.js';
import {readPages} from './paging.js';
import {rows} from './table.js';
import {time} from './time.js';
import {resourceName, roleName} from './words.js';

const dayOf = (milliseconds) => new Date(milliseconds).toISOString().slice(0, 10);
const month = 30 * 86_400_000;

export async function couldPage(state) {
  const {resources} = await ledgerAt(state.at);
  const what = question(resources, state.who);
  const end = state.at ? Date.parse(state.at) || now() : now();
  const from = h('input', {type: 'date', value: state.from ?? dayOf(end - month), required: true});
  const to = h('input', {type: 'date', value: state.to ?? dayOf(end), required: true});
  const ask = (event) => {
    event.preventDefault();
    go({who: what.value, from: from.value, to: to.value});
  };
  return h('div', {class: 'page'}, h('section', {}, h('h1', {}, 'Who could'),
    h('p', {class: 'soft'}, 'Exact intervals, with the events or the expiration that open and close them. Implied reads and inherited permissions count.'),
    h('form', {class: 'line end-aligned', onsubmit: ask}, field('What', what), field('From', from), field('To', to),
      h('button', {class: 'primary', type: 'submit'}, 'Ask')),
    h('div', {'aria-live': 'polite', class: 'stack'}, state.who && await answer(state))));
}

/** Permissions of keys and roles of users, each with the parameter that asks for it. */
function question(resources, chosen) {
  const option = (value, words) => h('option', {value, selected: value === chosen}, words);
  return h('select', {},
    h('optgroup', {label: 'Keys with a permission'}, resources.flatMap((each) => (each.read_only ? ['read'] : ['read', 'write'])
      .map((access) => option(`permission=${each.name}:${access}`, `${access} ${resourceName(each.name)}`)))),
    h('optgroup', {label: 'Users with a role'}, Object.entries(roleName).map(([role, words]) => option(`role=${role}`, words))));
}

async function answer({who, from, to, env, at}) {
  const [name, value] = who.split('=');
  // The day that is named counts whole; today ends now.
  const until = to >= dayOf(now()) ? new Date(now()).toISOString() : `${to}T23:59:59.999Z`;
  const table = rows(['Who', 'Since', 'Until']);
  try {
    const more = await readPages('/v1/could', {[name]: value, environment: name === 'permission' ? env : null, from, to: until, at}, 'could',
      (intervals) => table.add(intervals.map(cells)));
    return table.isEmpty() ? h('p', {}, 'Nobody could, at any moment in between.') : [table, more];
  } catch (problem) {
    return h('p', {class: 'error', role: 'alert'}, problem.message);
  }
}

function cells(each) {
  return [who(each), [time(each.since, 'exact'), ' ', eventLink(each.opened_by)],
    each.until ? [time(each.until, 'exact'), ' ', closing(each.closed_by)] : 'still'];
}

const who = (each) => (each.key
  ? [h('a', link({page: 'keys', env: each.environment, key: each.key.id, who: null, from: null, to: null}), each.key.name), ' ', code(each.key.masked)]
  : each.user.handle ?? each.user.id);
const eventLink = (number) => h('a', link({page: 'log', log: String(number), at: null, who: null, from: null, to: null}), `event ${number}`);
const closing = (by) => (typeof by === 'number' ? eventLink(by) : by && '(its grace ended)');
