// Who looks. The token buys a session cookie that no script can read; the page forgets the token at once.
import {h, button, code, copyButton, field, replace} from './dom.js';
import {change, get} from './api.js';
import {openDialog} from './dialog.js';

/** The user who is signed in: id, handle, role. Null before. */
export let me = null;

export const isOwner = () => me?.role === 'owner';

/** Puts a token into the sign-in that is shown, if one is. */
let offer = null;

// A link that is opened in this very tab changes what is behind `#` and nothing else.
addEventListener('hashchange', () => {
  const token = takeTokenFromAddress();
  if (token) offer?.(token);
});

/** Asks who we are; shows the sign-in when nobody is. Returns once somebody is. */
export async function enter() {
  let token = takeTokenFromAddress();
  for (;;) {
    try {
      me = await get('/v1/users/me');
      return me;
    } catch (problem) {
      if (problem.status !== 401) throw problem;
      await askForToken(token);
      token = null;
    }
  }
}

/**
 * A link may hold the token behind `#`, which browsers never send; it goes out of the address. Whoever is signed in
 * stays who he is, and nobody is signed in by a link alone: it may be somebody else's, who waits for what we do in his name.
 */
function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

/** The page that asks for a token, `offered` by a link or typed, until the server takes one. */
function askForToken(offered) {
  return new Promise((resolve) => {
    const token = h('input', {type: 'password', name: 'token', autocomplete: 'current-password', required: true});
    const asked = field('Your token', token, 'It begins with “user-”. Whoever looks after this ledger gave it to you.');
    const submit = h('button', {class: 'primary', type: 'submit'}, 'Sign in');
    const renewal = h('div', {});
    const finish = () => {
      offer = null;
      resolve();
    };
    const signIn = async (event) => {
      event.preventDefault();
      asked.complain(null);
      submit.disabled = true;
      try {
        await change('POST', '/v1/session', {token: token.value.trim()});
        finish();
      } catch (problem) {
        asked.complain(problem.status === 401 ? 'No user of this ledger has that token.' : problem.message);
        if (problem.code === 'token_must_be_renewed') replace(renewal, button('Renew it and sign in', () => renewFirst(token.value.trim(), finish, asked)));
        token.select();
      } finally {
        submit.disabled = false;
      }
    };
    const form = h('form', {onsubmit: signIn},
      h('h1', {}, 'KeyLedger'), asked, renewal, submit,
      h('p', {class: 'soft small'}, 'No token? On the ledger’s machine: ',
        h('code', {}, 'keyledger user token you@example.com')));
    replace(document.body, h('main', {class: 'gate'}, form));
    offer = (value) => {
      token.value = value;
      submit.focus();
    };
    if (offered) offer(offered);
    else token.focus();
  });
}

/** A token that another user handed over is good for one thing, to be renewed. The new one is shown, then used. */
async function renewFirst(token, finish, asked) {
  try {
    const renewed = await renewToken({Authorization: `Bearer ${token}`});
    await openDialog('Your own token', (close) => h('div', {class: 'stack'},
      h('p', {}, 'Shown this once. Keep it where you keep passwords: the old one has ended.'),
      h('div', {class: 'secret line apart'}, code(renewed), copyButton('Copy', () => renewed)),
      h('div', {class: 'actions'}, button('Done', () => close(), {class: 'primary'}))), {stays: true});
    await change('POST', '/v1/session', {token: renewed});
    finish();
  } catch (problem) {
    asked.complain(problem.message);
  }
}

/** Renews one's own token. */
export const renewToken = async (headers) => (await change('POST', '/v1/users/me/token', {}, {headers})).token;
