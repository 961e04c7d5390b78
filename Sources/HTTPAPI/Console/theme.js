// Light, dark, or as the system has it; kept in this browser.
import {button} from './dom.js';

const root = document.documentElement;

/** What was chosen last time. */
export function restoreTheme() {
  const theme = localStorage.getItem('theme');
  if (theme) root.dataset.theme = theme;
}

export const themeButton = () => button('◐', () => {
  root.dataset.theme = isDark() ? 'light' : 'dark';
  localStorage.setItem('theme', root.dataset.theme);
}, {class: 'quiet', 'aria-label': 'Light or dark', title: 'Light or dark'});

const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches);
