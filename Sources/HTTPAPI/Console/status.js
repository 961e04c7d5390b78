// A status is a word and a shape, then a colour.
import {h} from './dom.js';
import {exact, time} from './time.js';
import {endingName, statusMeaning, statusShape} from './words.js';

/** The status of a key, with what it means on hover. `isPast`: as of then, so nothing counts down. */
export function status(key, isPast = false) {
  return h('span', {class: `status ${key.status}`, title: statusMeaning[key.status]},
    h('span', {class: 'shape', 'aria-hidden': 'true'}, statusShape[key.status]), wording(key, isPast));
}

function wording(key, isPast) {
  switch (key.status) {
    case 'active': return 'Active';
    case 'expiring': return isPast ? ['Expires ', time(key.expires_at, 'exact')] : ['Expires in ', time(key.expires_at, 'left')];
    default: return endingName[key.expired_because] ?? 'Expired';
  }
}

/** When it was last used, with "never" and "no record" told apart. */
export function lastUsed(use) {
  if (!use?.since) return h('span', {class: 'soft', title: 'No record is kept of it.'}, '–');
  if (use.at) return time(use.at);
  return h('span', {class: 'soft', title: `No use since ${exact(use.since)}, when the record begins.`}, 'Never');
}
