// The public HTTP API, as any other client uses it. One place knows headers and errors.
import {eventTypes} from './words.js';

/** What the server refused, in its own sentence, or that it could not be reached. */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail ?? body?.title ?? 'The server does not answer.');
    this.status = status;
    this.code = body?.code ?? (status ? 'unknown' : 'unreachable');
    this.errors = body?.errors ?? [];
  }
}

/** Tells `offline`, `online` and `signed-out`. */
export const connection = new EventTarget();

/** How far the server's clock is ahead of this one, in milliseconds, so that durations count by its time. */
let ahead = 0;
export const now = () => Date.now() + ahead;

let isOffline = false;

function noteConnection(works) {
  if (works === !isOffline) return;
  isOffline = !works;
  connection.dispatchEvent(new Event(works ? 'online' : 'offline'));
}

async function send(method, path, {params, body, headers, signal} = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params ?? {})) {
    if (value !== undefined && value !== null && value !== '') query.set(name, value);
  }
  const request = {method, signal, headers: {Accept: 'application/json', ...headers}};
  if (method !== 'GET') {
    // What a page of another origin can't send: the server asks for both.
    request.headers['Content-Type'] = 'application/json';
    request.headers['X-KeyLedger'] = '1';
    request.body = JSON.stringify(body ?? {});
  }
  let response;
  try {
    response = await fetch(query.size ? `${path}?${query}` : path, request);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    noteConnection(false);
    throw new Problem(0);
  }
  noteConnection(true);
  if (response.ok) return response;
  const problem = new Problem(response.status, await response.json().catch(() => null));
  if (response.status === 401 && path !== '/v1/session') connection.dispatchEvent(new Event('signed-out'));
  throw problem;
}

async function json(method, path, options) {
  const response = await send(method, path, options);
  if (response.status === 204) return null;
  const answer = await response.json();
  if (answer.as_of && !options?.params?.at) ahead = Date.parse(answer.as_of.time) - Date.now();
  return answer;
}

export const get = (path, params, options) => json('GET', path, {params, ...options});
export const text = async (path, params) => (await send('GET', path, {params, headers: {Accept: '*/*'}})).text();

/**
 * A change. `once` is a key that belongs to this one intention: sent again after the network failed, it is done once.
 * `revision` refuses the change when somebody else has changed the key meanwhile.
 */
export function change(method, path, body, {once, revision, headers: given} = {}) {
  const headers = {...given};
  if (once) headers['Idempotency-Key'] = once;
  if (revision !== undefined) headers['If-Match'] = `"${revision}"`;
  return json(method, path, {body, headers});
}

/** A key for `once`. */
export const intention = () => crypto.randomUUID();

/** Before a stream that was refused is asked for again: others may have gone by then. Milliseconds. */
const refusedPause = 5_000;

/** Events as they are appended, until `stop` is called. The stream names each by its type. */
export function follow(params, onEvent) {
  let isWanted = true;
  let after = params.after;
  let source;
  const open = () => {
    if (!isWanted) return;
    source = new EventSource(`/v1/events?${new URLSearchParams({...params, ...(after && {after})})}`);
    for (const type of eventTypes) {
      source.addEventListener(type, (message) => {
        after = message.lastEventId;
        onEvent(JSON.parse(message.data));
      });
    }
    source.onerror = () => {
      // Cut off it begins again by itself, refused it does not. The question finds out when the session has ended.
      if (source.readyState !== EventSource.CLOSED) return;
      get('/v1/users/me').catch(() => {}).then(() => setTimeout(open, refusedPause));
    };
  };
  open();
  return {
    stop: () => {
      isWanted = false;
      source.close();
    },
  };
}

export const paths = {
  environment: (environment) => `/v1/environments/${encodeURIComponent(environment)}`,
  keys: (environment) => `/v1/environments/${encodeURIComponent(environment)}/keys`,
  key: (id) => `/v1/keys/${encodeURIComponent(id)}`,
  user: (id) => `/v1/users/${encodeURIComponent(id)}`,
};
