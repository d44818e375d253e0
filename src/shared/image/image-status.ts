/**
 * IMS: `queued`, `saving`, `active`, `killed`, `deleted`; Glance also `importing`, `uploading`, `deactivated`,
 * `pending_delete`. Only these three say that there is no image and will be none. Every other word, also
 * one that nobody has documented, is that of an image which is there or will be.
 */
const DEAD = new Set(['killed', 'deleted', 'pending_delete']);
/** Glance: only an image that was active can be deactivated, so its import is done. */
const DONE = new Set(['active', 'deactivated']);

export function isDead(status: string): boolean {
  return DEAD.has(status);
}

/** Its import has come to its end. */
export function isDone(status: string): boolean {
  return DONE.has(status);
}

export function isInCreation(status: string): boolean {
  return !isDead(status) && !isDone(status);
}
