// What changed between two points, key by key.
import {h, code, field, replace} from './dom.js';
import {get, now} from './api.js';
import {go, link} from './address.js';
import {status} from './status.js';
import {exact} from './time.js';
import {count} from './words.js';

const wording = {added: 'Added', changed: 'Changed', ended: 'Ended', removed: 'Removed'};

export async function changesPage(state) {
  const from = h('input', {value: state.from ?? new Date(now() - 86_400_000).toISOString(), required: true});
  const to = h('input', {value: state.at ?? '', placeholder: 'now'});
  const result = h('div', {'aria-live': 'polite'});
  const form = h('form', {class: 'line', onsubmit: (event) => {
    event.preventDefault();
    go({from: from.value.trim(), at: to.value.trim()});
  }}, field('From (a time or an event)', from), field('To', to), h('button', {class: 'primary', type: 'submit'}, 'Compare'));
  if (state.from) await compare(state, result);
  return h('div', {class: 'page'}, h('section', {}, h('h1', {}, 'What changed'), form, result));
}

async function compare(state, result) {
  try {
    const diff = await get('/v1/diff', {from: state.from, to: state.at ?? new Date(now()).toISOString()});
    replace(result, h('p', {class: 'soft'}, `From ${exact(diff.from.time)} to ${exact(diff.to.time)}: ${count(diff.keys.length, 'key')}.`),
      h('table', {class: 'rows'}, h('thead', {}, h('tr', {}, ['Key', 'Change', 'Before', 'After', 'Events'].map((word) => h('th', {scope: 'col'}, word)))),
        h('tbody', {}, diff.keys.map(row))));
  } catch (problem) {
    replace(result, h('p', {class: 'error', role: 'alert'}, problem.message));
  }
}

function row(each) {
  return h('tr', {}, h('td', {}, h('a', link({page: 'keys', env: each.after.environment, key: each.key, at: null}), each.after.name), h('br'), code(each.key)),
    h('td', {}, wording[each.change]), h('td', {}, each.before ? shape(each.before) : '–'), h('td', {}, shape(each.after)),
    h('td', {}, each.events.length ? each.events.map((number) => [h('a', link({page: 'log', log: String(number), at: null}), String(number)), ' ']) : 'its grace ended'));
}

const shape = (key) => [status(key, true), h('br'), h('span', {class: 'small soft'}, key.scope.join(' '))];
