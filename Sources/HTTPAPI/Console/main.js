// The console: signs in, then shows what the address says, and follows it.
import {h, replace} from './dom.js';
import {changes, go, here, link} from './address.js';
import {connection} from './api.js';
import {enter} from './session.js';
import {Frame} from './frame.js';
import {KeysPage} from './keys-page.js';
import {LogPage} from './log-page.js';
import {couldPage} from './could-page.js';
import {changesPage} from './changes-page.js';
import {usersPage} from './users-page.js';
import {settingsPage} from './settings-page.js';
import {onKeys} from './keyboard.js';
import {restoreTheme} from './theme.js';

/** Pages that are made anew each time; the others keep what they have. */
const builders = {could: couldPage, changes: changesPage, users: usersPage, settings: settingsPage};

let frame, keys, log;
let turn = 0;

async function show() {
  turn += 1;
  const mine = turn;
  // Whoever goes on meanwhile is not to be brought back by an answer that comes late.
  const put = (element) => mine === turn && frame.put(element);
  try {
    await frame.show();
    if (mine !== turn) return;
    const state = here();
    if (state.page !== 'log') log.stop();
    if (builders[state.page]) {
      put(await builders[state.page](state));
    } else {
      const page = state.page === 'log' ? log : keys;
      put(page.element);
      await page.show(state);
    }
  } catch (problem) {
    if (problem.status !== 401) put(h('div', {class: 'empty'}, h('h1', {}, 'This can’t be shown'),
      h('p', {class: 'error', role: 'alert'}, problem.message), h('a', link({at: null, from: null, log: null}), 'Return to now')));
  }
}

async function begin() {
  restoreTheme();
  await enter();
  frame = new Frame();
  keys = new KeysPage();
  log = new LogPage();
  changes.addEventListener('change', show);
  await show();
}

// The session has ended: the page begins anew at the same address, with the sign-in.
connection.addEventListener('signed-out', () => frame && location.reload());
onKeys({search: () => (here().page === 'keys' ? keys.focusSearch() : go({page: 'keys'})), close: () => here().key && go({key: null, tab: null})});

begin().catch((problem) => replace(document.body, h('main', {class: 'gate'}, h('p', {class: 'error', role: 'alert'}, problem.message))));
