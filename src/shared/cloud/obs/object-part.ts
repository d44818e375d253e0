import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { HttpAnswer } from '../http/answer.ts';
import type { HttpResult } from '../http/http.ts';
import { etagOf } from './bucket-page.ts';
import { failed, foreign, isOfObs, type ObsProblem, problemOf } from './obs-problem.ts';

export interface Part {
  readonly offset: number;
  /** Bytes, at least 1. */
  readonly length: number;
  /** Of the object that is meant: another one is reported as changed. */
  readonly etag?: string;
}

export type PartAnswer =
  | {
      readonly kind: 'read';
      /** Fewer than requested only at the end of the object. */
      readonly bytes: Uint8Array;
      /** Of the whole object. */
      readonly size: number;
      readonly etag?: string;
    }
  /** Another object has its place now. */
  | { readonly kind: 'changed'; readonly message: string }
  | ObsProblem;

/** Room for an error page, whatever the length of the part. */
const LEAST_BYTES = 65_536;

export function partHeaders({ offset, length, etag }: Part): Readonly<Record<string, string>> {
  const range = `bytes=${offset}-${offset + length - 1}`;
  return etag === undefined ? { range } : { range, 'if-match': `"${etag}"` };
}

/** A server that knows no ranges sends the whole object: its connection is cut after these. */
export function mostBytes({ length }: Part): number {
  return Math.max(LEAST_BYTES, length);
}

/** What an answer to a request for a part says; pure. */
export function partIn(result: HttpResult, part: Part, bucket: string): PartAnswer {
  if (result.kind !== 'answer') {
    return result.code === 'TOO_LARGE' ? WHOLE : failed(result.code, result.message);
  }
  const { status, headers = {} } = result;
  if (status === 412 && isOfObs(result)) return CHANGED;
  if (status === 416 && isOfObs(result)) {
    const size = wholeNumber(/^bytes \*\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1]);
    return size === undefined ? NO_SIZE : { kind: 'read', bytes: new Uint8Array(), size };
  }
  const problem = problemOf(result, `bucket ${bucket}`);
  if (problem) return problem;
  return isOfObs(result) ? partOf(result, part) : foreign(result);
}

function partOf(
  { status, bytes = new Uint8Array(), headers = {} }: HttpAnswer,
  { offset, length, etag: wanted }: Part,
): PartAnswer {
  const etag = etagOf(headers['etag']);
  if (wanted !== undefined && etag !== undefined && etag !== wanted) return CHANGED;
  const common = { kind: 'read', ...omitUndefined({ etag }) } as const;
  if (status === 200) {
    return { ...common, bytes: bytes.subarray(offset, offset + length), size: bytes.length };
  }
  const [, first, last, whole] =
    /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
  const size = wholeNumber(whole);
  if (status !== 206 || size === undefined) return NO_SIZE;
  const end = Math.min(offset + length, size);
  const isPart = wholeNumber(first) === offset && wholeNumber(last) === end - 1;
  if (!isPart || bytes.length !== end - offset) {
    return failed('UNREADABLE', 'OBS sent another part of the object than the requested one');
  }
  return { ...common, bytes, size };
}

function wholeNumber(text: string | undefined): number | undefined {
  const value = Number(text ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}

const CHANGED = {
  kind: 'changed',
  message: 'the object was replaced while it was being read',
} as const;
const NO_SIZE = failed('UNREADABLE', 'OBS does not say which part of the object it sent');
const WHOLE = failed('NO_RANGES', 'the whole object was sent instead of the requested part of it');
