import type { ReadAnswer } from '../shared/cloud/ims/ims-answers.ts';
import type { WriteAnswer, Writer } from '../shared/cloud/ims/ims-writer.ts';
import type { ImageMembers } from '../shared/cloud/ims/members.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import type { RequestPace } from './request-pace.ts';

interface PaceDeps {
  readonly pace: Pick<RequestPace, 'acquire' | 'answered'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** Every call waits for its turn in the rate of the fleet, and its 429s count there. */
function paced({ pace, clock }: PaceDeps) {
  return async <T extends ReadAnswer<unknown> | WriteAnswer>(
    call: () => Promise<T>,
  ): Promise<T> => {
    await pace.acquire();
    const sentAt = clock.monotonic();
    const answer = await call();
    pace.answered(sentAt, answer.kind === 'failed' && answer.throttled);
    return answer;
  };
}

export function pacedMembers(members: ImageMembers, deps: PaceDeps): ImageMembers {
  const inTurn = paced(deps);
  return {
    list: (imageId) => inTurn(() => members.list(imageId)),
    add: (imageId, projectId) => inTurn(() => members.add(imageId, projectId)),
  };
}

export function pacedWriter(writer: Writer, deps: PaceDeps): Writer {
  const inTurn = paced(deps);
  return { write: (write) => inTurn(() => writer.write(write)) };
}
