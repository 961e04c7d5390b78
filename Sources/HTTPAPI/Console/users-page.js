// The people of the ledger: who may look, and who may change.
import {h, button, code, copyButton, field} from './dom.js';
import {change, get, intention, paths} from './api.js';
import {isOwner} from './session.js';
import {askAndDo, openDialog} from './dialog.js';
import {afterwards} from './notice.js';
import {rows} from './table.js';
import {roleName} from './words.js';

const roles = ['owner', 'member', 'read_only'];

export async function usersPage(state) {
  const {users} = await get('/v1/users', {at: state.at});
  const mayChange = isOwner() && !state.at;
  return h('div', {class: 'page'}, h('section', {},
    h('div', {class: 'line apart'}, h('h1', {}, 'Users'), mayChange && button('+ User', () => afterwards(addUser()), {class: 'primary'})),
    h('p', {class: 'soft'}, 'Names stand in the vault, not in the log: who is forgotten is forgotten, and every proof stays valid.'),
    rows(['Name', 'Id', 'Role', ''], users.map((user) => cells(user, mayChange)))));
}

function cells(user, mayChange) {
  const name = user.handle ?? `(${user.handle_state})`;
  return [[name, user.state !== 'active' && h('span', {class: 'soft'}, ` ${user.state}`)], code(user.id), roleName[user.role],
    mayChange && h('div', {class: 'line'}, actions(user, name).map(({label, run, ends}) =>
      button(label, () => afterwards(run()), {class: ends ? 'ends' : null})))];
}

function actions(user, name) {
  if (user.state !== 'active') return user.state === 'removed' ? [{label: `Forget ${name}`, ends: true, run: () => forgetUser(user, name)}] : [];
  return [{label: 'Change role', run: () => changeRole(user, name)}, {label: 'End token', run: () => endToken(user, name)},
    {label: `Remove ${name}`, ends: true, run: () => remove(user, name)}];
}

function roleChoice(chosen) {
  return h('select', {}, roles.map((role) => h('option', {value: role, selected: role === chosen}, roleName[role])));
}

async function addUser() {
  const handle = h('input', {required: true, maxlength: 254, autocomplete: 'off', autofocus: true});
  const role = roleChoice('member');
  const once = intention();
  const answer = await askAndDo('Add a user', {
    content: [field('E-mail address or login name', handle), field('Role', role)], action: 'Add user', isReady: () => handle.value.trim() !== '',
  }, () => change('POST', '/v1/users', {handle: handle.value.trim(), role: role.value}, {once}));
  if (answer?.token) await showToken(answer.user, answer.token);
  return answer && {...answer, sentence: `${answer.user.handle} is added,`};
}

function showToken(user, token) {
  return openDialog(`The token of ${user.handle}`, (close) => h('div', {class: 'stack'},
    h('p', {}, 'Shown this once. It is good for one thing: to be renewed, by its owner, who signs in with it.'),
    h('div', {class: 'secret line apart'}, code(token), copyButton('Copy', () => token)),
    h('div', {class: 'actions'}, button('Done', () => close(), {class: 'primary'}))), {stays: true});
}

async function changeRole(user, name) {
  const role = roleChoice(user.role);
  const answer = await askAndDo(`Change the role of ${name}`, {content: field('Role', role), action: 'Change role'},
    () => change('PUT', `${paths.user(user.id)}/role`, {role: role.value}));
  return answer && {...answer, sentence: `The role of ${name} is ${roleName[role.value]},`};
}

const endToken = (user, name) => ending(`End the token of ${name}`, 'Requests with it get 401 from this moment. An operator can issue another.',
  () => change('DELETE', `${paths.user(user.id)}/token`), `The token of ${name} has ended,`);
const remove = (user, name) => ending(`Remove ${name}`, 'They can do nothing here from this moment. What they did stays in the log.',
  () => change('DELETE', paths.user(user.id)), `${name} is removed,`);
const forgetUser = (user, name) => ending(`Forget ${name}`, `The log will say ${user.id} and nobody can tell any more who that was. This cannot be undone.`,
  () => change('POST', `${paths.user(user.id)}/forget`), `${user.id} is forgotten,`);

async function ending(title, consequence, perform, sentence) {
  const answer = await askAndDo(title, {content: h('p', {}, consequence), action: title, danger: true}, perform);
  return answer && {...answer, sentence};
}
