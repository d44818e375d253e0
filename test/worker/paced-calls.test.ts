import { expect, test } from 'vitest';
import type { WriteAnswer } from '../../src/shared/cloud/ims/ims-writer.ts';
import { pacedMembers, pacedWriter } from '../../src/worker/paced-calls.ts';

const OK: WriteAnswer = { kind: 'ok', body: {} };
const THROTTLED: WriteAnswer = { kind: 'failed', throttled: true, code: 'HTTP_429', message: 'm' };

test('members and tags wait for a turn in the rate of the fleet, and their 429s slow it down', async () => {
  const log: unknown[] = [];
  const pace = {
    acquire: async () => void log.push('turn'),
    answered: (_: number, isThrottled: boolean) => void log.push(isThrottled),
  };
  const deps = { pace, clock: { monotonic: () => 0 } };
  const call = async <T>(name: string, answer: T): Promise<T> => {
    log.push(name);
    return answer;
  };
  const listed = { kind: 'ok', value: [] } as const;
  const members = pacedMembers(
    { list: () => call('list', listed), add: () => call('add', THROTTLED) },
    deps,
  );
  const writer = pacedWriter({ write: () => call('write', OK) }, deps);
  await members.list('i');
  await members.add('i', 'p');
  await writer.write({ operation: 'tag', method: 'POST', path: () => '/' });
  const each = [
    ['turn', 'list', false],
    ['turn', 'add', true],
    ['turn', 'write', false],
  ];
  expect(log).toEqual(each.flat());
});
