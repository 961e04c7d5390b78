// The console: signs in, then shows what the address says, and follows it.
import {h, replace} from './dom.js';
import {changes, go, here} from './address.js';
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

const theme = localStorage.getItem('theme');
if (theme) document.documentElement.dataset.theme = theme;

const builders = {could: couldPage, changes: changesPage, users: usersPage, settings: settingsPage};

let frame, keys, log;

async function show() {
  const state = here();
  try {
    await frame.show();
    if (state.page !== 'log') log.stop();
    if (builders[state.page]) {
      frame.put(await builders[state.page](state));
    } else {
      const page = state.page === 'log' ? log : keys;
      frame.put(page.element);
      await page.show();
    }
  } catch (problem) {
    if (problem.status !== 401) frame.put(h('div', {class: 'empty'}, h('p', {class: 'error', role: 'alert'}, problem.message)));
  }
}

async function begin() {
  await enter();
  frame = new Frame();
  keys = new KeysPage();
  log = new LogPage();
  await show();
}

let isBeginning = false;
connection.addEventListener('signed-out', async () => {
  if (isBeginning || !frame) return;
  isBeginning = true;
  await begin().finally(() => { isBeginning = false; });
});
changes.addEventListener('change', show);
onKeys({search: () => (here().page === 'keys' ? keys.focusSearch() : go({page: 'keys'})), close: () => here().key && go({key: null, tab: null})});

begin().catch((problem) => replace(document.body, h('main', {class: 'gate'}, h('p', {class: 'error', role: 'alert'}, problem.message))));
