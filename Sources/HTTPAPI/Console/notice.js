// The line at the bottom that says what happened, with the event's number and a link to it.
import {h, replace} from './dom.js';
import {link, refresh} from './address.js';
import {forget} from './ledger.js';

const shown = 8000;
let timer;

/** The live region; it stands in the frame from the beginning, so that readers notice what enters it. */
export const noticeLine = h('div', {class: 'notice', role: 'status'});

/** Says what was done. `answer` is that of the change: its last event is linked. */
export function notify(sentence, answer) {
  const event = answer?.events?.at(-1);
  const where = event && h('a', link({page: 'log', log: String(event.sequence), key: null, at: null}), `event ${event.sequence}`);
  replace(noticeLine, sentence, where && ' ', where);
  clearTimeout(timer);
  timer = setTimeout(() => replace(noticeLine), shown);
}

/** Waits for a change that was asked for; when it was made, says so and draws the page again. */
export async function afterwards(doing) {
  const done = await doing;
  if (!done) return;
  forget();
  notify(done.sentence, done);
  refresh();
}
