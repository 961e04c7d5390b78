// One's own account: who is signed in, a new token, and the way out.
import {h, button, code, copyButton, replace} from './dom.js';
import {change} from './api.js';
import {openDialog} from './dialog.js';
import {me, renewToken} from './session.js';
import {roleName} from './words.js';

/** The name and role of whoever is signed in; it opens what can be done with the account. */
export const accountButton = () => button([me.handle ?? me.id, h('span', {class: 'soft'}, roleName[me.role])], openAccount, {class: 'quiet'});

export const signOutButton = () => button('Sign out', leave, {class: 'quiet'});

async function leave() {
  await change('DELETE', '/v1/session');
  location.assign('/');
}

function openAccount() {
  return openDialog(me.handle ?? me.id, (close) => {
    const place = h('div', {class: 'stack', 'aria-live': 'polite'});
    const renew = button('Renew my token', async () => {
      try {
        const token = await renewToken();
        // The old token has ended, and with it the session that it began.
        await change('POST', '/v1/session', {token});
        replace(place, h('p', {}, 'Your new token, shown this once. The old one has ended.'),
          h('div', {class: 'secret line apart'}, code(token), copyButton('Copy', () => token)));
      } catch (problem) {
        replace(place, h('p', {class: 'error', role: 'alert'}, problem.message));
      }
    });
    return h('div', {class: 'stack'},
      h('dl', {class: 'facts'}, h('dt', {}, 'Id'), h('dd', {}, code(me.id)), h('dt', {}, 'Role'), h('dd', {}, roleName[me.role])),
      h('div', {}, renew), place, h('div', {class: 'actions'}, button('Close', () => close())));
  }, {stays: true});
}
