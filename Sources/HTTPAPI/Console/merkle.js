// The proofs of RFC 9162, checked here: what the server says is only believed when the hashes meet.

const encoder = new TextEncoder();

export const fromBase64 = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
export const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));
export const toHex = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, '0')).join('');

async function sha256(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

/** SHA-256 of a text, in hex: how a pasted secret is looked for without being sent. */
export const fingerprint = async (text) => toHex(await sha256(encoder.encode(text)));

/** SHA-256(0x00 ‖ record) of RFC 9162 §2.1.1. */
export const leafHash = (record) => sha256(Uint8Array.of(0), encoder.encode(record));
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/**
 * RFC 9162 §2.1.3.2. Gives each step with the hash it came to, the last one being held against the root: a right proof
 * ends with `isRight`.
 */
export async function checkInclusion({leaf, index, size, proof, root}) {
  const steps = [{what: 'The record hashes to its leaf', hash: leaf}];
  if (!(index < size)) return {isRight: false, steps: [...steps, {what: 'The leaf is not in a tree of that size'}]};
  let [fn, sn] = [BigInt(index), BigInt(size) - 1n];
  let hash = leaf;
  for (const sibling of proof) {
    if (sn === 0n) return {isRight: false, steps: [...steps, {what: 'The proof is longer than the tree is high'}]};
    if (fn & 1n || fn === sn) {
      hash = await nodeHash(sibling, hash);
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      hash = await nodeHash(hash, sibling);
    }
    fn >>= 1n;
    sn >>= 1n;
    steps.push({what: `Joined with ${toBase64(sibling).slice(0, 12)}…`, hash});
  }
  const isRight = sn === 0n && equal(hash, root);
  steps.push({what: isRight ? 'That is the root of the checkpoint' : 'The root of the checkpoint is another', hash: root});
  return {isRight, steps};
}

/** RFC 9162 §2.1.4.2: whether the tree of `size` and `root` begins with the one of `oldSize` and `oldRoot`. */
export async function checkConsistency({oldSize, oldRoot, size, root, proof}) {
  if (oldSize === 0 || oldSize > size) return false;
  if (oldSize === size) return proof.length === 0 && equal(oldRoot, root);
  const path = (BigInt(oldSize) & (BigInt(oldSize) - 1n)) === 0n ? [oldRoot, ...proof] : [...proof];
  if (!path.length) return false;
  let [fn, sn] = [BigInt(oldSize) - 1n, BigInt(size) - 1n];
  while (fn & 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  let [old, whole] = [path[0], path[0]];
  for (const hash of path.slice(1)) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      old = await nodeHash(hash, old);
      whole = await nodeHash(hash, whole);
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      whole = await nodeHash(whole, hash);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && equal(old, oldRoot) && equal(whole, root);
}

/** The checkpoint in a text, which may be a signed note: origin, size and root. Null for any other text. */
export function parseCheckpoint(text) {
  const [origin, size, root] = text.replaceAll('\r\n', '\n').split('\n');
  if (!origin || !/^(0|[1-9]\d{0,15})$/.test(size ?? '') || !/^[A-Za-z0-9+/]{43}=$/.test(root ?? '')) return null;
  return {origin, size: Number(size), root: fromBase64(root)};
}
