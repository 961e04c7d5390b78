// The checkpoint of now, and whether history still extends one that was kept: computed here, not by the server.
import {h, button, copyButton, field, replace} from './dom.js';
import {get, text} from './api.js';
import {checkConsistency, fromBase64, parseCheckpoint, toBase64} from './merkle.js';
import {count} from './words.js';

export function checkpointView() {
  return [currentCheckpoint(), keptCheckpoint()];
}

function currentCheckpoint() {
  const place = h('div', {class: 'stack'});
  const show = async () => {
    try {
      const checkpoint = await text('/v1/checkpoint');
      replace(place, h('pre', {}, checkpoint), h('div', {class: 'line'}, copyButton('Copy checkpoint', () => checkpoint)),
        h('p', {class: 'soft small'}, 'Keep it where nobody who keeps this ledger can change it.'));
    } catch (problem) {
      replace(place, h('p', {class: 'error', role: 'alert'}, problem.message));
    }
  };
  return h('section', {class: 'stack'}, h('h2', {}, 'The checkpoint of now'),
    h('p', {}, 'A few lines that stand for every event so far. Who keeps them can tell later whether any of it was changed.'),
    h('div', {}, button('Show the checkpoint', show)), place);
}

function keptCheckpoint() {
  const kept = h('textarea', {rows: 4, spellcheck: 'false', class: 'mono'});
  const verdict = h('p', {role: 'status'});
  const say = ({isRight, sentence}) => {
    verdict.className = `verdict ${isRight ? 'right' : 'wrong'}`;
    verdict.textContent = `${isRight ? '✓' : '✗'} ${sentence}`;
  };
  const check = async (event) => {
    event.preventDefault();
    say(await compare(kept.value).catch((problem) => no(problem.message)));
  };
  return h('section', {}, h('h2', {}, 'I keep a checkpoint'), h('form', {class: 'stack', onsubmit: check},
    field('The checkpoint that you kept', kept, 'Origin, number of events and root, a line each; a signed note serves too.'),
    h('div', {}, h('button', {type: 'submit'}, 'Check that history still extends it'))), verdict);
}

const no = (sentence) => ({isRight: false, sentence});

async function compare(keptText) {
  const old = parseCheckpoint(keptText.trim());
  if (!old) return no('That is no checkpoint: three lines, origin, size and root.');
  const fresh = parseCheckpoint(await text('/v1/checkpoint'));
  if (!fresh) return no('What the server gives as its checkpoint is none.');
  if (old.origin !== fresh.origin) return no('That is the checkpoint of another ledger.');
  if (old.size > fresh.size) return no(`The log has ${count(fresh.size, 'event')}, fewer than the ${old.size} that you saw.`);
  const {hashes} = await get('/v1/proofs/consistency', {from: old.size, to: fresh.size});
  const isRight = await checkConsistency({oldSize: old.size, oldRoot: old.root, size: fresh.size, root: fresh.root, proof: hashes.map(fromBase64)});
  if (!isRight) return no('History is not the one that you saw: what was before your checkpoint has been changed.');
  return {isRight, sentence: `The first ${count(old.size, 'event')} are the ones that you saw. The log has ${fresh.size} now, and its root is ${toBase64(fresh.root)}.`};
}
