import type { NotifyTarget } from '../config/notify-config.ts';
import type { Notification } from './notification.ts';
import type { Poster, PostResult } from './post.ts';
import { signedHeaders } from './sign.ts';

interface Sending {
  readonly poster: Pick<Poster, 'post'>;
  readonly target: NotifyTarget;
  /** Milliseconds since 1970, for the signature. */
  readonly now: number;
}

/** Signs a notification and sends it once. */
export function sendNotification(
  notification: Notification,
  { poster, target, now }: Sending,
): Promise<PostResult> {
  const body = JSON.stringify(notification);
  const headers = signedHeaders({ id: notification.id, now, body, keys: target.keys });
  return poster.post(target, body, headers);
}
