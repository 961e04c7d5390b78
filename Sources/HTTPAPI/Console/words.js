// The words of the console, each in one place.

/** What a status means, for those who hover or listen. */
export const statusMeaning = {
  active: 'Valid, with no end set. Requests with it are accepted.',
  expiring: 'It was rotated, and is valid until its grace period ends. Requests with it are accepted.',
  expired: 'Not valid any more. Requests with it get 401.',
  never_used: 'Accepted, and not used once since it was made. A key that is older than the journal of uses does not count: nothing is known of it.',
};

export const statusName = {active: 'Active', expiring: 'Expires soon', expired: 'Expired'};

/** "12 active", "1 expires soon", "2 expire soon", "1 never used". */
export function countOfStatus(status, number) {
  const words = status === 'expiring' && number !== 1 ? 'expire soon' : (statusName[status] ?? 'never used').toLowerCase();
  return `${number.toLocaleString('en')} ${words}`;
}

export const statusShape = {active: '●', expiring: '◐', expired: '○', never_used: '!'};
export const endingName = {grace_ended: 'Grace ended', revoked: 'Revoked', removed: 'Removed'};

/** The grace periods, longest last; `milliseconds` to tell when the old key ends. */
export const gracePeriods = [
  {value: 'now', label: 'Now', milliseconds: 0},
  {value: '1h', label: 'In 1 hour', milliseconds: 3_600_000},
  {value: '24h', label: 'In 24 hours', milliseconds: 86_400_000},
  {value: '3d', label: 'In 3 days', milliseconds: 259_200_000},
  {value: '7d', label: 'In 7 days', milliseconds: 604_800_000},
];

/** Every type of event, in the order of a ledger's life. */
export const eventTypes = [
  'ledger.created', 'ledger.restored', 'plan.changed', 'resource.added', 'user.added', 'user.role_changed', 'user.token_renewed',
  'user.token_ended', 'user.removed', 'user.forgotten', 'environment.provisioned', 'key.created', 'key.migrated', 'key.renamed',
  'scope.updated', 'key.rotated', 'grace.changed', 'key.revoked', 'key.revealed', 'key.removed', 'integration.connected',
  'integration.disconnected', 'client_security.enforced', 'client_security.relaxed', 'client_security.secret_revealed',
  'client_security.secret_rotated',
];

/** What a verification can come to, of those that the access journal lists. */
export const outcomes = [
  'valid', 'insufficient_scope', 'expired', 'revoked', 'removed', 'wrong_environment', 'customer_token_required', 'customer_token_invalid',
];

export const roleName = {owner: 'owner', member: 'member', read_only: 'read-only'};

/** "a, b and c". */
export function enumerate(items) {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** "1 key", "2 keys". */
export const count = (number, noun) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

/** A resource as a person says it. */
export const resourceName = (resource) => resource.replaceAll('_', ' ');

/** What a scope lets its key do, in one sentence. */
export function scopeSentence(scope) {
  if (scope.includes('*')) {
    return 'Everything in this environment, and whatever is added to the platform later.';
  }
  const written = scope.filter((each) => each.endsWith(':write')).map((each) => resourceName(each.split(':')[0]));
  const read = scope.filter((each) => each.endsWith(':read')).map((each) => resourceName(each.split(':')[0]));
  if (!written.length && !read.length) return 'Nothing yet: choose at least one permission.';
  const parts = [];
  if (written.length) parts.push(`read and change ${enumerate(written)}`);
  if (read.length) parts.push(`read ${enumerate(read)}`);
  return `It can ${parts.join(', and ')}. Nothing else, and nothing that is added later.`;
}
