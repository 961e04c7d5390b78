// Scope: the matrix. Editable for scoped keys, to be read for all others.
import {h, button} from './dom.js';
import {change, paths} from './api.js';
import {isOwner} from './session.js';
import {ledgerAt} from './ledger.js';
import {notify} from './notice.js';
import {scopeMatrix} from './matrix.js';

const whyFixed = {
  full_access: 'A full access key may do everything; its scope can’t be changed.',
  publishable: 'A publishable key reads what clients may read; its scope can’t be changed.',
  integration: 'The scope of an integration’s key is fixed when it is connected.',
};

export async function scopeTab(key, {at, changed}) {
  const {resources} = await ledgerAt(at);
  const isEditable = key.kind === 'scoped' && key.status !== 'expired' && isOwner() && !at;
  const matrix = scopeMatrix(resources, key.scope, {isEditable});
  const reason = whyFixed[key.kind] && h('p', {class: 'soft'}, whyFixed[key.kind]);
  if (!isEditable) return [reason, matrix];

  const error = h('p', {class: 'error', role: 'alert'});
  const before = [...key.scope].sort().join();
  const isChanged = () => matrix.scope().sort().join() !== before && matrix.scope().length > 0;
  const save = button('Save scope', async () => {
    save.disabled = true;
    error.textContent = '';
    try {
      const answer = await change('PUT', `${paths.key(key.id)}/scope`, {scope: matrix.scope()}, {revision: key.revision});
      notify(`The scope of ${key.name} is updated,`, answer);
      await changed();
    } catch (problem) {
      error.textContent = problem.message;
      save.disabled = !isChanged();
    }
  }, {class: 'primary', disabled: true});
  const undo = button('Undo', () => {
    matrix.set(key.scope);
    save.disabled = undo.disabled = true;
  }, {disabled: true});
  matrix.addEventListener('input', () => {
    save.disabled = !isChanged();
    undo.disabled = false;
  });
  return [matrix, error, h('div', {class: 'line'}, save, undo)];
}
