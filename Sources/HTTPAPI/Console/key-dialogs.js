// What can be done to a key, each as a dialog that states the consequence with the numbers in it.
import {h, button, code, copyButton, field, freshID} from './dom.js';
import {change, get, intention, now, paths} from './api.js';
import {askAndDo, openDialog} from './dialog.js';
import {scopeMatrix} from './matrix.js';
import {duration, exact, time} from './time.js';
import {count, gracePeriods} from './words.js';

const inTheLog = 'It stands in the log for ever: write nothing secret or personal.';

/** Asks for name, description and scope, and makes the key. Resolves to the answer with its secret, or to undefined. */
export async function createKey(environment, resources) {
  const name = h('input', {required: true, maxlength: 100, autofocus: true, autocomplete: 'off'});
  const description = h('textarea', {maxlength: 500, rows: 2});
  const matrix = scopeMatrix(resources, []);
  const once = intention();
  const answer = await askAndDo('Add a scoped key', {
    content: [field('Name', name, inTheLog), field('Description (optional)', description),
      h('div', {class: 'stack'}, h('h3', {}, 'What it may do'), matrix)],
    action: 'Create key', wide: true,
    isReady: () => name.value.trim() !== '' && matrix.scope().length > 0,
  }, () => change('POST', paths.keys(environment),
    {name: name.value.trim(), description: description.value.trim(), scope: matrix.scope()}, {once}));
  if (answer) await showSecret(`“${answer.name}” is created`, answer);
  return answer;
}

/** Shows a new secret. It does not close by accident. */
export function showSecret(title, key) {
  const {secret} = key;
  if (!secret) return Promise.resolve();
  const resource = key.scope[0] === '*' ? 'none' : key.scope[0];
  const curl = `curl -i -H "X-API-Key: ${secret}" ${location.origin}/v1/authorize/${key.environment}/${resource}`;
  const variable = `${(key.name || 'API key').normalize('NFKD').replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase()}=${secret}`;
  return openDialog(title, (close) => h('div', {class: 'stack'},
    h('p', {}, 'This is its secret. Put it where it is used, now; owners can show it again, and the log says so.'),
    h('div', {class: 'secret line apart'}, code(secret), copyButton('Copy', () => secret)),
    h('h3', {}, 'For an .env file'), h('div', {class: 'copyable'}, h('pre', {}, variable), copyButton('Copy line', () => variable)),
    h('h3', {}, 'To try it'), h('div', {class: 'copyable'}, h('pre', {}, curl), copyButton('Copy command', () => curl)),
    h('div', {class: 'actions'}, button('Done', () => close(), {class: 'primary'}))), {stays: true, wide: true});
}

/** Five choices as radio buttons, the absolute end told. `value()` is the one chosen. */
function graceChoice(chosen) {
  const name = freshID('grace');
  const end = h('p', {class: 'soft', 'aria-live': 'polite'});
  const inputs = gracePeriods.map(({value}) => h('input', {type: 'radio', name, value, checked: value === chosen, autofocus: value === chosen}));
  const value = () => inputs.find((input) => input.checked).value;
  const tell = () => {
    const {milliseconds} = gracePeriods.find((period) => period.value === value());
    end.textContent = milliseconds === 0
      ? 'The old secret gets 401 from this moment.'
      : `The old secret is accepted until ${exact(now() + milliseconds)}.`;
  };
  const element = h('fieldset', {class: 'stack'}, h('legend', {}, 'The old secret ends'),
    h('div', {}, inputs.map((input, i) => h('label', {class: 'choice'}, input, gracePeriods[i].label))), end);
  element.addEventListener('input', tell);
  tell();
  return Object.assign(element, {value});
}

/** "Used 2 minutes ago." and its like. */
function useSentence(use) {
  if (!use?.since) return 'There is no record of its use. ';
  if (!use.at) return `Never used since ${exact(use.since)}. `;
  return `Used ${duration(now() - Date.parse(use.at))} ago, ${count(use.count, 'time')} since ${exact(use.since)}. `;
}

const managesKeys = (key) => key.scope.includes('*') || key.scope.includes('api_keys:write');

/** Replaces a key by one with a new secret. */
export async function rotateKey(key) {
  const choice = graceChoice('24h');
  const once = intention();
  const answer = await askAndDo(`Rotate ${key.name}`, {
    content: [h('p', {}, 'A new key with the same name and scope takes its place.'),
      managesKeys(key) && h('p', {}, 'This key may manage keys. While it expires, the old secret verifies and reads as before but ',
        'changes nothing: replace it first where keys are managed.'), choice],
    action: `Rotate ${key.name}`,
  }, () => change('POST', `${paths.key(key.id)}/rotate`, {grace: choice.value()}, {once, revision: key.revision}));
  if (answer) await showSecret(`“${key.name}” has a new secret`, answer.key);
  return answer;
}

/** Moves the end of a rotated key. */
export function changeGrace(key) {
  const choice = graceChoice('24h');
  const once = intention();
  return askAndDo(`Change the grace period of ${key.name}`, {
    content: [h('p', {}, 'It ends ', time(key.expires_at, 'exact'), '. The new period counts from now.'), choice],
    action: 'Change grace period',
  }, () => change('POST', `${paths.key(key.id)}/grace`, {grace: choice.value()}, {once, revision: key.revision}));
}

/** Ends a key for good. The name is typed only where much hangs on it. */
export async function revokeKey(key) {
  const {last_used: use} = await get(paths.key(key.id));
  const isHot = use?.at && now() - Date.parse(use.at) < 86_400_000;
  const mustType = isHot || key.kind === 'full_access';
  const typed = h('input', {autocomplete: 'off'});
  const once = intention();
  return askAndDo(`Revoke ${key.name}`, {
    content: [
      h('p', {}, useSentence(use), 'Requests with it get 401 from this moment. This cannot be undone.'),
      h('dl', {class: 'facts'}, h('dt', {}, 'Key'), h('dd', {}, code(key.masked)), h('dt', {}, 'Environment'), h('dd', {}, key.environment)),
      mustType && field(`Type its name, ${key.name}, to go on`, typed)],
    action: `Revoke ${key.name}`, danger: true,
    isReady: () => !mustType || typed.value.trim() === key.name,
  }, () => change('POST', `${paths.key(key.id)}/revoke`, {}, {once, revision: key.revision}));
}

const rotation = {label: 'Rotate key', run: rotateKey, title: (key) => `Rotate ${key.name}`, done: (key) => `${key.name} is rotated,`};
const graceChange = {label: 'Change grace period', run: changeGrace, title: () => 'Change grace period',
  done: (key) => `The grace period of ${key.name} is changed,`};
const revocation = {label: 'Revoke', run: revokeKey, title: (key) => `Revoke ${key.name}`, done: (key) => `${key.name} is revoked,`, ends: true};

/** What a key takes, for those who may: `run(key)` does it; `title` and `done` name it with its object. */
export function actionsOn(key) {
  const mayRevoke = key.kind === 'scoped' ? key.status !== 'expired' : key.status === 'expiring';
  return [key.status === 'active' && rotation, key.status === 'expiring' && graceChange, mayRevoke && revocation].filter(Boolean);
}
