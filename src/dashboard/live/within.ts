import { RedisError } from '../../shared/errors/errors.ts';
import { atMost, type Clock, LATE } from '../../shared/runtime/clock.ts';

const PATIENCE_MS = 5000;

/**
 * The same, but not for ever: a connection to Redis waits until Redis is back, a person does not.
 * @throws RedisError after five seconds
 */
export async function withinPatience<T>(clock: Clock, work: Promise<T>): Promise<T> {
  const result = await atMost(clock, PATIENCE_MS, work);
  if (result !== LATE) return result;
  throw new RedisError('Redis does not answer.', 'The page comes back by itself once it does.');
}
