import type { ReadAnswer } from '../../shared/cloud/ims/ims-answers.ts';
import type { WriteAnswer } from '../../shared/cloud/ims/ims-writer.ts';
import type { ImageMembers } from '../../shared/cloud/ims/members.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { RequestPace } from '../request-pace.ts';

interface PaceDeps {
  readonly pace: Pick<RequestPace, 'acquire' | 'answered'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** Every call waits for its turn in the rate of the fleet, and its 429s count there. */
export function pacedMembers(members: ImageMembers, { pace, clock }: PaceDeps): ImageMembers {
  const paced = async <T extends ReadAnswer<unknown> | WriteAnswer>(
    call: () => Promise<T>,
  ): Promise<T> => {
    await pace.acquire();
    const sentAt = clock.monotonic();
    const answer = await call();
    pace.answered(sentAt, answer.kind === 'failed' && answer.throttled);
    return answer;
  };
  return {
    list: (imageId) => paced(() => members.list(imageId)),
    add: (imageId, projectId) => paced(() => members.add(imageId, projectId)),
  };
}
