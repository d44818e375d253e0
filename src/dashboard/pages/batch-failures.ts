import { verdictOf } from '../../shared/dialect/error-catalogue.ts';
import type { BatchSummary, FailureCount } from '../../shared/ledger/batch-store.ts';
import { visible } from '../../ui/format.ts';
import { html, type Markup } from '../../ui/markup.ts';
import { adviceText, type Failure, failureSection } from '../../ui/page.ts';
import { batchPath } from '../addresses.ts';
import { failureQuery } from '../live/view.ts';
import type { Viewer } from './page-frame.ts';

/** What went wrong in a batch, by code, with what can be done about it. */
export function batchFailures(
  { batch, troubles }: BatchSummary,
  viewer: Viewer,
): Markup | undefined {
  return failureSection(troubles.map((one) => failureOf(batch, one, viewer)));
}

function failureOf(batch: string, failure: FailureCount, viewer: Viewer): Failure {
  const { kind, code, count } = failure;
  const isHeld = kind === 'held';
  const canAct = viewer.mayChange && (!isHeld || viewer.mayResolve);
  const path = batchPath(batch);
  const action = `${path}/${isHeld ? 'resolve' : 'retry'}?code=${encodeURIComponent(code)}`;
  const button = html`<a class="button quiet" href="${action}">${isHeld ? 'Resolve' : 'Retry'} these<span class="unseen"> with ${visible(code)}</span>…</a>`;
  return {
    state: kind,
    code,
    count,
    id: `trouble-${kind}-${encodeURIComponent(code)}`,
    buttons: html`<span class="quiet-row"><a class="button quiet" data-view href="${path}${failureQuery(failure)}">Show<span class="unseen"> images with ${visible(code)}</span></a>${canAct ? button : undefined}</span>`,
    details: adviceText(isHeld ? HELD_ADVICE : adviceOn(code)),
  };
}

const HELD_ADVICE =
  'It is not known whether IMS created the image. Check what its list shows now, and decide.';

/** Of codes that are ours, not the cloud's. */
const OWN_ADVICE: ReadonlyMap<string, string> = new Map([
  [
    'NOT_AS_REQUESTED',
    'Correct the image in IMS, or the manifest. A retry then compares the same image again, and creates no other one.',
  ],
  ['SOURCE_FAILED', 'Retry the image that it copies: its copies start again with it.'],
]);

function adviceOn(code: string): string | undefined {
  const verdict = verdictOf(code);
  return OWN_ADVICE.get(code) ?? (verdict && `${verdict.reason} ${verdict.advice}`);
}
