// Activity: what happened to the key. A row opens to its details, its record, and the proof that it is in the log.
import {h, code, replace} from './dom.js';
import {paths} from './api.js';
import {readPages} from './paging.js';
import {time} from './time.js';
import {inclusion} from './inclusion.js';

export async function activityTab(key, {at}) {
  const list = h('div', {});
  const draw = async (chain) => {
    const entries = h('div', {});
    const more = await readPages(`${paths.key(key.id)}/activity`, {at, chain: chain ? 'true' : null}, 'activity',
      (activity) => entries.append(...activity.map((entry) => activityEntry(entry, key.id))));
    replace(list, entries, more);
  };
  await draw(false);
  const chain = (key.predecessor || key.successor) && h('label', {class: 'choice'},
    h('input', {type: 'checkbox', onchange: (event) => draw(event.target.checked)}), 'With the keys before and after it');
  return [chain, list];
}

/** One event, closed: when, what, who. */
function activityEntry(entry, keyID) {
  const body = h('div', {class: 'body'});
  const open = () => {
    if (body.childElementCount) return;
    replace(body,
      h('dl', {class: 'facts'}, details(entry).map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
      inclusion(entry.sequence));
  };
  return h('details', {class: 'entry', ontoggle: open},
    h('summary', {},
      h('span', {}, h('strong', {}, entry.event), ' by ', entry.actor_name ?? entry.actor, entry.key && entry.key !== keyID && [' · ', code(entry.key)]),
      h('span', {class: 'soft'}, time(entry.timestamp))),
    body);
}

function details(entry) {
  const facts = [['Event', String(entry.sequence)], ['Time', time(entry.timestamp, 'exact')], ['Actor', code(entry.actor)], ['Type', code(entry.type)]];
  for (const [name, value] of Object.entries(entry.details ?? {})) {
    if (value === null || value === '') continue;
    facts.push([sentenceCase(name.replaceAll('_', ' ')), code(Array.isArray(value) ? value.join(', ') : String(value))]);
  }
  return facts;
}

const sentenceCase = (words) => words[0].toUpperCase() + words.slice(1);
