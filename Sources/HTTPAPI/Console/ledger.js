// What all pages know of the ledger: its environments and resources, at the moment that is looked at.
import {get} from './api.js';

let known = {at: undefined, promise: null};

/** `{environments, resources}` as of `at`. Asked once for each moment, and again after `forget`. */
export function ledgerAt(at) {
  if (known.at !== at || !known.promise) {
    const promise = Promise.all([get('/v1/environments', {at}), get('/v1/resources', {at})])
      .then(([environments, resources]) => ({
        environments: environments.environments,
        resources: resources.resources,
        asOf: environments.as_of,
      }));
    promise.catch(() => forget());
    known = {at, promise};
  }
  return known.promise;
}

/** After a change that adds to them. */
export function forget() {
  known = {at: undefined, promise: null};
}
