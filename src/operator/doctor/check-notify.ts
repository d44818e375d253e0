import type { NotifyConfig } from '../../shared/config/notify-config.ts';
import { testNotification } from '../../shared/notify/notification.ts';
import { createPoster } from '../../shared/notify/post.ts';
import { sendNotification } from '../../shared/notify/send.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Random } from '../../shared/runtime/random.ts';
import { type Finding, failed, ok, skipped } from './finding.ts';

interface NotifyChecks {
  readonly notify: NotifyConfig;
  readonly namespace: string;
  readonly cloud?: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
}

/** Sends a test to everybody who is notified. */
export async function* examineNotify(checks: NotifyChecks): AsyncGenerator<Finding> {
  const { notify, clock, random } = checks;
  if (notify.targets.length === 0) {
    yield skipped('notify', 'nobody is notified: IMS_FERRY_NOTIFY_URL is not set');
    return;
  }
  const poster = createPoster({ ...notify, clock });
  try {
    for (const target of notify.targets) {
      const { name, host, keys } = target;
      const now = clock.now();
      const notification = testNotification(random.id(16), now, checks);
      const result = await sendNotification(notification, { poster, target, now });
      const how = keys.length === 0 ? 'not signed' : 'signed';
      if (result.kind === 'delivered') yield ok('notify', `${name}: ${host} took a test, ${how}`);
      else yield failed('notify', `${name}: ${result.reason}`, ADVICE);
    }
  } finally {
    await poster.close();
  }
}

const ADVICE = 'Check the address in the settings, and what the receiver logs.';
