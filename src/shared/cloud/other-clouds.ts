import type { ImsClient } from './ims/ims-answers.ts';
import type { Writer } from './ims/ims-writer.ts';
import type { Sessions } from './session/session.ts';

/** One cloud, logged in. */
export interface CloudAccess {
  readonly sessions: Sessions;
  readonly ims: ImsClient;
  readonly writer: Writer;
  /** As its entry in clouds.yaml names them. */
  readonly region?: string;
  readonly project?: string;
}

/** What is wrong with another cloud; the name is there once. */
export function aboutCloud(name: string, message: string): string {
  const subject = `cloud ${name}`;
  return message.startsWith(subject) ? message : `${subject}: ${message}`;
}

/** Clouds of clouds.yaml beside the own one: the region of a copy, the project that accepts an image. */
export interface OtherClouds {
  /**
   * Opened on first use; its token is shared by all processes on this Redis.
   * @throws ConfigError when clouds.yaml does not have it or its entry is incomplete
   */
  of(name: string): Promise<CloudAccess>;
  close(): Promise<void>;
}
