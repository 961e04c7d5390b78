// Who could: which keys held a permission, or which users a role, at any moment between two times.
import {h, code, field, replace} from './dom.js';
import {get, now} from './api.js';
import {link} from './address.js';
import {ledgerAt} from './ledger.js';
import {time} from './time.js';
import {count, resourceName} from './words.js';

const days = (number) => new Date(now() - number * 86_400_000).toISOString().slice(0, 10);

export async function couldPage(state) {
  const {environments, resources} = await ledgerAt(state.at);
  const environment = state.env ?? environments.at(-1)?.id;
  const what = h('select', {}, h('optgroup', {label: 'Keys with a permission'}, resources.flatMap((each) =>
    (each.read_only ? ['read'] : ['read', 'write']).map((access) => h('option', {value: `permission=${each.name}:${access}`, selected: state.permission === `${each.name}:${access}`}, `${access} ${resourceName(each.name)}`)))),
  h('optgroup', {label: 'Users with a role'}, ['owner', 'member', 'read_only'].map((role) => h('option', {value: `role=${role}`}, role.replace('_', '-')))));
  const from = h('input', {type: 'date', value: days(30), required: true});
  const to = h('input', {type: 'date', value: days(0), required: true});
  const result = h('div', {'aria-live': 'polite'});
  const ask = async (event) => {
    event?.preventDefault();
    const [name, value] = what.value.split('=');
    try {
      const today = days(0);
      const {could} = await get('/v1/could', {
        [name]: value, environment: name === 'permission' ? environment : null, from: from.value,
        // The day that is named counts whole; today ends now.
        to: to.value >= today ? new Date(now()).toISOString() : `${to.value}T23:59:59.999Z`,
      });
      replace(result, table(could));
    } catch (problem) {
      replace(result, h('p', {class: 'error', role: 'alert'}, problem.message));
    }
  };
  return h('div', {class: 'page'}, h('section', {}, h('h1', {}, 'Who could'),
    h('p', {class: 'soft'}, 'Exact intervals, with the events or the expiration that open and close them. Implied reads and inherited permissions count.'),
    h('form', {class: 'line', onsubmit: ask}, field('What', what), field('From', from), field('To', to), h('button', {class: 'primary', type: 'submit'}, 'Ask')),
    result));
}

function table(could) {
  if (!could.length) return h('p', {}, 'Nobody could, at any moment in between.');
  return [h('p', {class: 'soft'}, count(could.length, 'interval')), h('table', {class: 'rows'},
    h('thead', {}, h('tr', {}, ['Who', 'Since', 'Until'].map((word) => h('th', {scope: 'col'}, word)))),
    h('tbody', {}, could.map((each) => h('tr', {}, h('td', {}, who(each)),
      h('td', {}, time(each.since, 'exact'), ' ', eventLink(each.opened_by)), h('td', {}, each.until ? [time(each.until, 'exact'), ' ', closing(each.closed_by)] : 'still')))))];
}

const who = (each) => (each.key
  ? [h('a', link({page: 'keys', env: each.environment, key: each.key.id}), each.key.name), ' ', code(each.key.masked)]
  : each.user.handle ?? each.user.id);
const eventLink = (number) => h('a', link({page: 'log', log: String(number), at: null}), `event ${number}`);
const closing = (by) => (by === null ? null : typeof by === 'number' ? eventLink(by) : '(grace ended)');
