// What all pages know of the ledger: its environments, resources and people, at the moment that is looked at.
import {get} from './api.js';

let known = {at: undefined, promise: null};

/** `{environments, resources, users, asOf}` as of `at`. Asked once for each moment, and again after `forget`. */
export function ledgerAt(at) {
  if (known.at !== at || !known.promise) {
    const promise = ask(at);
    promise.catch(() => forget());
    known = {at, promise};
  }
  return known.promise;
}

async function ask(at) {
  const paths = ['/v1/environments', '/v1/resources', '/v1/users'];
  const [environments, resources, users] = await Promise.all(paths.map((path) => get(path, {at})));
  return {
    environments: environments.environments, resources: resources.resources, users: users.users, asOf: environments.as_of,
  };
}

/** After a change that adds to them. */
export function forget() {
  known = {at: undefined, promise: null};
}

/** The environment that is meant where the address names none: production, else the first that there was. */
export function usualEnvironment(environments) {
  return (environments.find((each) => each.id === 'production') ?? environments.at(-1))?.id;
}

/** An actor of the log as people know it: a user by the handle, where the vault still has it. */
export function nameOfActor(actor, users) {
  const user = users.find((each) => `user:${each.id}` === actor);
  return user?.handle ?? actor;
}
