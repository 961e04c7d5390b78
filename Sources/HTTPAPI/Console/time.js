// Times as people read them, with the exact UTC on hover. One tick keeps all of them true.
import {h} from './dom.js';
import {now} from './api.js';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

const two = (number) => String(number).padStart(2, '0');

/** "14 March 2022, 10:02 UTC" in short: what stands where a time is told in full. */
export function exact(time) {
  const date = new Date(time);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}, `
    + `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} UTC`;
}

/** "14 Mar", and the year where it is another. */
export function shortDay(time, reference = now()) {
  const date = new Date(time);
  const year = date.getUTCFullYear() === new Date(reference).getUTCFullYear() ? '' : ` ${date.getUTCFullYear()}`;
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]}${year}`;
}

/** "3 h", "2 d 4 h": whole units that shrink one by one, two of them where one would jump. */
export function duration(milliseconds) {
  const left = Math.max(0, milliseconds);
  if (left < minute) return `${Math.ceil(left / second)} s`;
  if (left < hour) return `${Math.floor(left / minute)} min`;
  if (left < day) return `${Math.floor(left / hour)} h ${Math.floor((left % hour) / minute)} min`;
  return `${Math.floor(left / day)} d ${Math.floor((left % day) / hour)} h`;
}

function ago(time, reference) {
  const past = reference - Date.parse(time);
  if (past < minute) return 'just now';
  if (past < hour) return `${Math.floor(past / minute)} min ago`;
  if (past < day) return `${Math.floor(past / hour)} h ago`;
  return shortDay(time, reference);
}

const words = {
  ago: (time) => ago(time, now()),
  left: (time) => duration(Date.parse(time) - now()),
  exact: (time) => exact(time),
};

/** A `time` element: how long ago (`ago`), how long still (`left`), or in full (`exact`). */
export function time(iso, style = 'ago') {
  return h('time', {datetime: iso, title: exact(iso), 'data-style': style}, words[style](iso));
}

const ends = new EventTarget();

/** Calls when something that counted down has come to its end. */
export const onEnd = (listener) => ends.addEventListener('end', listener);

function tick() {
  let hasEnded = false;
  for (const element of document.querySelectorAll('time[data-style]')) {
    const text = words[element.dataset.style](element.dateTime);
    if (element.textContent === text) continue;
    element.textContent = text;
    hasEnded ||= element.dataset.style === 'left' && Date.parse(element.dateTime) <= now();
  }
  if (hasEnded) ends.dispatchEvent(new Event('end'));
}

setInterval(tick, second);
