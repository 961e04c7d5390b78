// The access journal of an environment: what its keys were used for. It is no part of the log, and looks like none.
import {h, code, replace} from './dom.js';
import {paths} from './api.js';
import {go, link} from './address.js';
import {readPages} from './paging.js';
import {rows} from './table.js';
import {time} from './time.js';
import {count, outcomes} from './words.js';

export async function accessView(state) {
  if (!state.env) return h('p', {}, 'There is no environment yet.');
  const outcome = h('select', {'aria-label': 'Outcome', onchange: () => go({type: outcome.value})},
    h('option', {value: ''}, 'All outcomes'), outcomes.map((each) => h('option', {value: each, selected: each === state.type}, each.replaceAll('_', ' '))));
  const note = h('p', {class: 'soft'});
  const table = rows(['Time', 'Operation', 'Permission', 'Key', 'Outcome']);
  const more = await readPages(`${paths.environment(state.env)}/access`, {outcome: state.type, at: state.at}, 'access', (entries, answer) => {
    table.add(entries.map(cells));
    replace(note, unlisted(answer));
  });
  return [
    h('p', {class: 'soft'}, `What keys of ${state.env} were used for. It is not part of the log: bounded, and proved by nothing.`),
    h('div', {class: 'line'}, outcome), table.isEmpty() ? h('p', {}, 'Nothing yet. Gateways ask at /v1/authorize.') : table, more, note,
  ];
}

function cells(each) {
  return [time(each.time), code([each.method, each.path].filter(Boolean).join(' ')), each.permission ?? '–',
    each.key ? h('a', link({page: 'keys', key: each.key, view: null, type: null}), code(each.key)) : '–', each.outcome.replaceAll('_', ' ')];
}

/** What is counted only: secrets of no key, and what came too fast. */
function unlisted({unlisted: {unknown, malformed}, dropped}) {
  const parts = [unknown && count(unknown, 'unknown secret'), malformed && count(malformed, 'malformed secret'), dropped && `${dropped} not kept`];
  return parts.some(Boolean) && `Beside these: ${parts.filter(Boolean).join(', ')}.`;
}
