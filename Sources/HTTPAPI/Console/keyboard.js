// Keys that work everywhere, and the help that lists them.
import {h, button} from './dom.js';
import {openDialog} from './dialog.js';

const help = [
  ['/', 'Search'], ['↑ ↓ PageUp PageDown', 'Move in the table'], ['Enter', 'Open the key'], ['Esc', 'Close what is open'], ['?', 'This help'],
];

/** Listens for `/`, `?` and Esc, while nothing is being typed. */
export function onKeys({search, close}) {
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target.closest?.('input:not([type="radio"], [type="checkbox"], [type="range"]), textarea, select, dialog');
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === '/') search();
    else if (event.key === '?') showHelp();
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  });
}

function showHelp() {
  return openDialog('Keyboard', (close) => h('div', {class: 'stack'},
    h('dl', {class: 'facts'}, help.map(([key, what]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, what)])),
    h('div', {class: 'actions'}, button('Close', () => close()))));
}
