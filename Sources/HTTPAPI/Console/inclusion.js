// "Verify" on an event: the browser fetches record, proof and checkpoint, hashes them itself, and shows each step.
import {h, button, code, replace} from './dom.js';
import {get, text} from './api.js';
import {checkInclusion, fromBase64, leafHash, parseCheckpoint, toBase64} from './merkle.js';

/** The record of an event and the button that proves that it is in the log. */
export function inclusion(sequence) {
  const place = h('div', {class: 'stack'});
  const verify = button(`Verify event ${sequence}`, async () => {
    verify.disabled = true;
    replace(place, h('p', {class: 'soft'}, 'Fetching record, checkpoint and proof …'));
    try {
      replace(place, ...await proveHere(sequence));
    } catch (problem) {
      replace(place, verdict(false, problem.message));
    }
    verify.disabled = false;
  });
  return h('div', {class: 'stack'}, h('div', {}, verify), place);
}

async function proveHere(sequence) {
  const [record, checkpointText] = await Promise.all([recordOf(sequence), text('/v1/checkpoint')]);
  const checkpoint = parseCheckpoint(checkpointText);
  if (!checkpoint) return [verdict(false, 'The server’s checkpoint is none.')];
  const proof = await get('/v1/proofs/inclusion', {sequence, size: checkpoint.size});
  const leaf = await leafHash(record);
  const result = await checkInclusion({
    leaf, index: sequence - 1, size: checkpoint.size, proof: proof.hashes.map(fromBase64), root: checkpoint.root,
  });
  const parsed = JSON.parse(record);
  const isNamed = parsed.id === String(sequence);
  const isRight = result.isRight && isNamed;
  return [
    verdict(isRight, isRight ? `Event ${sequence} is in the log of ${checkpoint.size} events.` : `Event ${sequence} is not proved.`),
    h('ol', {class: 'steps'}, result.steps.map((step, i) => h('li', {
      class: i < result.steps.length - 1 ? 'note' : isRight ? 'right' : 'wrong',
    }, h('span', {}, step.what, step.hash && [' ', code(toBase64(step.hash))]))),
    !isNamed && h('li', {class: 'wrong'}, h('span', {}, `The record says that it is event ${parsed.id}`))),
    h('details', {}, h('summary', {}, 'The record, as it was hashed'), h('pre', {}, record)),
    h('details', {}, h('summary', {}, 'The checkpoint'), h('pre', {}, checkpointText)),
  ];
}

/** The stored bytes of one event. */
async function recordOf(sequence) {
  const response = await fetch(`/v1/events?after=${sequence - 1}&limit=1`, {headers: {Accept: 'application/x-ndjson'}});
  if (!response.ok) throw new Error('The record can’t be fetched.');
  return (await response.text()).split('\n')[0];
}

const verdict = (isRight, sentence) => h('p', {class: `verdict ${isRight ? 'right' : 'wrong'}`, role: 'status'}, `${isRight ? '✓' : '✗'} ${sentence}`);
