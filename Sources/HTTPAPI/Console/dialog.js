// Dialogs as the browser has them: focus stays inside, Esc closes, focus returns to where it came from.
import {h, button, freshID} from './dom.js';

/**
 * Opens a dialog. `build(close)` gives its content; `close(result)` ends it. Resolves to the result, or to undefined
 * when it was dismissed. One with `stays` is not closed by Esc: what it shows is shown once.
 */
export function openDialog(title, build, {stays = false, wide = false} = {}) {
  return new Promise((resolve) => {
    const heading = h('h2', {id: freshID('dialog')}, title);
    const dialog = h('dialog', {'aria-labelledby': heading.id, class: wide ? 'wide' : null});
    let result;
    const close = (value) => {
      result = value;
      dialog.close();
    };
    dialog.append(h('div', {class: 'stack'}, heading, build(close, dialog)));
    dialog.addEventListener('cancel', (event) => stays && event.preventDefault());
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * A dialog around one change: `content`, Cancel, and a button named by its object. The change is tried until it
 * succeeds or is given up; what the server refuses stands above the buttons, in its own sentence.
 */
export function askAndDo(title, {content, action, danger = false, isReady = () => true, wide}, perform) {
  return openDialog(title, (close) => {
    const error = h('p', {class: 'error', role: 'alert'});
    const submit = h('button', {type: 'submit', class: danger ? 'danger' : 'primary'}, action);
    // The dangerous button is never where Enter lands first.
    const cancel = button('Cancel', () => close(), {autofocus: danger});
    const form = h('form', {method: 'dialog', class: 'stack'}, content, error,
      h('div', {class: 'actions'}, cancel, submit));
    const update = () => { submit.disabled = !isReady(); };
    form.addEventListener('input', update);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (submit.disabled) return;
      submit.disabled = true;
      error.textContent = '';
      try {
        close(await perform());
      } catch (problem) {
        error.textContent = problem.message;
        update();
      }
    });
    update();
    return form;
  }, {wide});
}
