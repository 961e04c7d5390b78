// Overview: what the key is. Owners edit name and description, and show the secret, which the log notes.
import {h, button, code, copyButton, field, replace} from './dom.js';
import {change, paths} from './api.js';
import {link} from './address.js';
import {isOwner} from './session.js';
import {clientSecurity} from './client-security.js';
import {notify} from './notice.js';
import {lastUsed, status} from './status.js';
import {time} from './time.js';
import {count, statusMeaning} from './words.js';

export function overviewTab(key, {at, changed}) {
  const mayChange = isOwner() && !at;
  const facts = [
    ['Id', code(key.id)], ['Type', `${key.type} (${key.class})`], ['Key', secretLine(key, mayChange)],
    ['Status', [status(key, Boolean(at)), h('p', {class: 'small soft'}, statusMeaning[key.status])]],
    key.expires_at && ['Ends', time(key.expires_at, 'exact')],
    ['Environment', key.environment], ['Created', time(key.created_at, 'exact')], ['Last used', use(key)],
    key.integration && ['Integration', key.integration],
    key.predecessor && ['Replaces', h('a', link({key: key.predecessor, tab: null}), key.predecessor)],
    key.successor && ['Replaced by', h('a', link({key: key.successor, tab: null}), key.successor)],
    ['Fingerprint', code(key.fingerprint)],
  ].filter(Boolean);
  const isEditable = mayChange && key.kind === 'scoped' && key.status !== 'expired';
  return [
    isEditable ? nameForm(key, changed) : key.description && h('p', {}, key.description),
    h('dl', {class: 'facts'}, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    key.kind === 'publishable' && clientSecurity(key.environment, {at, mayChange}),
  ];
}

function use(key) {
  const {last_used: last} = key;
  return [lastUsed(key), last?.at && h('span', {class: 'soft'}, `, ${count(last.count, 'time')} since `, time(last.since, 'exact'))];
}

function nameForm(key, changed) {
  const name = h('input', {value: key.name, maxlength: 100, required: true, autocomplete: 'off'});
  const description = h('textarea', {maxlength: 500, rows: 2}, key.description);
  const named = field('Name', name);
  const described = field('Description', description, 'Both stand in the log for ever: write nothing secret or personal.');
  const save = h('button', {type: 'submit', disabled: true}, 'Save name and description');
  return h('form', {class: 'stack', oninput: () => { save.disabled = false; }, onsubmit: async (event) => {
    event.preventDefault();
    named.complain(null);
    try {
      const answer = await change('PATCH', paths.key(key.id),
        {name: name.value.trim(), description: description.value.trim()}, {revision: key.revision});
      notify(`${answer.name} is saved,`, answer);
      await changed();
    } catch (problem) {
      named.complain(problem.message);
    }
  }}, named, described, h('div', {}, save));
}

/** The masked form with Show and Copy. To show is an event first, then an answer. */
function secretLine(key, mayReveal) {
  const shown = h('span', {class: 'line'}, code(key.masked));
  if (!mayReveal || !key.revealable || key.status === 'expired') return shown;
  let secret = null;
  const error = h('span', {class: 'error', role: 'alert'});
  const reveal = async () => {
    const answer = await change('POST', `${paths.key(key.id)}/reveal`);
    secret = answer.secret;
    notify(`The secret of ${key.name} was shown; the log says so,`, answer);
  };
  const draw = () => replace(shown, code(secret ?? key.masked), toggle, secret && copyButton('Copy', () => secret), error);
  const toggle = button('Show', async () => {
    error.textContent = '';
    if (secret) {
      secret = null;
    } else {
      await reveal().catch((problem) => { error.textContent = problem.message; });
    }
    toggle.textContent = secret ? 'Hide' : 'Show';
    draw();
  }, {class: 'quiet', title: 'Showing the secret is noted in the log.'});
  draw();
  return shown;
}
