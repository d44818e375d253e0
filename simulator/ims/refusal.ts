export type Body = Readonly<Record<string, unknown>>;
export type Api = 'system' | 'data' | 'quick' | 'copy';

/** Why IMS refuses a create. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export function refusal(number: string, message: string): Refusal {
  return { code: `IMG.${number}`, message };
}

export const MALFORMED = refusal('0001', 'The request message format is invalid.');
export const EMPTY_BODY = refusal('0007', 'The request body is empty.');
