/** One call. Nothing in it may be logged: headers hold the token, a login's body the password. */
export interface HttpRequest {
  /** What metrics and traces call it. */
  readonly service: 'iam' | 'ims' | 'obs' | 'ecs';
  readonly operation: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** From the first byte to the last, in milliseconds. @default 30000 */
  readonly timeoutMs?: number;
  /** A longer answer is `unclear`. @default 1 MB */
  readonly maxBytes?: number;
  /** Names of response headers to keep in the answer, in lower case. */
  readonly keep?: readonly string[];
  /** Keep the whole text in the answer: XML of OBS. */
  readonly raw?: boolean;
  /** Keep the bytes of a 2xx in the answer, as they came. Its text is not read. */
  readonly bytes?: boolean;
  /** A redirect is an answer like any other. It is never followed. */
  readonly keepRedirect?: boolean;
  /**
   * Gives the call a connection of its own, and is called when that is there and again right before the
   * first and the last byte. If it returns false, the request does not leave, or not whole.
   */
  readonly beforeSend?: () => boolean;
}
