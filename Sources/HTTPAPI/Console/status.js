// A status is a word and a shape, then a colour.
import {h} from './dom.js';
import {exact, shortDay, time} from './time.js';
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

/** When it was last used, with "never" and "no record of it before" told apart. */
export function lastUsed({created_at: made, last_used: use}) {
  if (!use?.since) return h('span', {class: 'soft', title: 'No record is kept of it.'}, '–');
  if (use.at) return time(use.at);
  if (Date.parse(made) >= Date.parse(use.since)) return h('span', {class: 'soft', title: 'Not used once since it was made.'}, 'Never');
  return h('span', {class: 'soft', title: `No use since ${exact(use.since)}. There is no record before that.`}, `Not since ${shortDay(use.since)}`);
}
