// How the service fares: where log and views stand. While the views are built again it looks by itself.
import {h, button, code, replace} from './dom.js';
import {get} from './api.js';
import {count} from './words.js';

const interval = 2000;

export async function healthView() {
  const place = h('div', {class: 'stack'});
  const look = async () => {
    try {
      const health = await get('/v1/health');
      replace(place, facts(health));
      if (!health.closed && health.views < health.head) setTimeout(() => place.isConnected && look(), interval);
    } catch (problem) {
      replace(place, h('p', {class: 'error', role: 'alert'}, problem.message));
    }
  };
  await look();
  return [place, h('div', {}, button('Look again', look))];
}

function facts({ledger, head, views, restored, closed, guard, journal, streams}) {
  const isBehind = views < head;
  const lines = [
    ['Ledger', code(ledger)], ['Log', count(head, 'event')],
    ['Views', closed ? 'none of this log' : isBehind
      ? [`built to event ${views.toLocaleString('en')} `, h('progress', {value: views, max: head, 'aria-label': 'Views built'})]
      : 'up to date'],
    ['Access journal', `${count(journal.written, 'operation')} written${journal.dropped ? `, ${journal.dropped} not kept` : ''} since the service began`],
    ['Streams', `${streams} open`],
  ];
  return [[restored, closed, guard].map((problem) => problem && h('p', {class: 'error'}, problem)), h('dl', {class: 'facts'}, lines.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))];
}
