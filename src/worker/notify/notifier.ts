import type { NotifyTarget } from '../../shared/config/notify-config.ts';
import type { Poster } from '../../shared/notify/post.ts';

/** Who is notified, and what sends. */
export interface Notifier {
  readonly targets: readonly NotifyTarget[];
  readonly poster: Poster;
  /** The entry of clouds.yaml that this worker serves; absent: the cloud of the environment. */
  readonly cloud?: string;
}
