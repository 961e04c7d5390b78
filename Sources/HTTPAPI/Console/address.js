// The page's address holds all that it shows: page, environment, key, tab, filters and the moment. So Back works, and a
// colleague who is sent the address sees the same.

const names = ['page', 'env', 'key', 'tab', 'at', 'from', 'to', 'type', 'status', 'unused', 'q', 'sort', 'removed', 'view', 'log', 'scope', 'actor', 'who'];

export const changes = new EventTarget();

/** Where we are: absent parts are undefined. */
export function here() {
  const query = new URLSearchParams(location.search);
  const state = {};
  for (const name of names) if (query.has(name)) state[name] = query.get(name);
  state.page ??= 'keys';
  return state;
}

/** The address of another place, for a link: what `parts` sets to null is dropped, what it leaves out stays. */
export function address(parts) {
  const state = {...here(), ...parts};
  const query = new URLSearchParams();
  for (const name of names) {
    if (state[name] != null && state[name] !== '' && !(name === 'page' && state.page === 'keys')) {
      query.set(name, state[name]);
    }
  }
  return query.size ? `/?${query}` : '/';
}

/** Goes there. `replace` leaves no step for Back: for what is typed or dragged. */
export function go(parts, {replace = false} = {}) {
  const target = address(parts);
  if (target === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', target);
  refresh();
}

/** Names in the address what was meant without it, with no step and no drawing. */
export const name = (parts) => history.replaceState(null, '', address(parts));

/** Draws the place that we are at again: something in it was changed. */
export const refresh = () => changes.dispatchEvent(new Event('change'));

addEventListener('popstate', refresh);

/** Attributes of a link within the console: a plain click goes without loading the page anew. */
export function link(parts) {
  return {
    href: address(parts),
    onclick: (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      go(parts);
    },
  };
}
