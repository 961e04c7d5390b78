// The menu of a row: arrows move, Enter does, Esc closes and gives the focus back.
import {h, button} from './dom.js';

/** Opens under `anchor`. An entry is `{label, run, ends}`. */
export function openMenu(anchor, entries) {
  const close = () => {
    menu.remove();
    document.removeEventListener('pointerdown', outside);
    anchor.focus();
  };
  const outside = (event) => menu.contains(event.target) || close();
  const items = entries.map((entry) => button(entry.label, () => {
    close();
    entry.run();
  }, {role: 'menuitem', class: entry.ends ? 'ends' : null}));
  const menu = h('div', {class: 'menu', role: 'menu', onkeydown: (event) => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step) {
      const index = items.indexOf(document.activeElement);
      items[(index + step + items.length) % items.length].focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }}, items);
  anchor.closest('main').append(menu);
  const place = anchor.getBoundingClientRect();
  menu.style.top = `${Math.min(place.bottom, innerHeight - menu.offsetHeight - 8)}px`;
  menu.style.left = `${Math.max(8, place.right - menu.offsetWidth)}px`;
  document.addEventListener('pointerdown', outside);
  items[0]?.focus();
}
