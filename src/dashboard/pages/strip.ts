import { type ForeignAlarm, othersText } from '../../shared/ledger/foreign.ts';
import type { Obstacle, ProjectOutlook } from '../../shared/outlook/outlook.ts';
import { obstaclesOf } from '../../shared/outlook/words.ts';
import { withCodeWords } from '../../shared/text/code-words.ts';
import { visible } from '../../ui/format.ts';
import { html, type Markup, type Part } from '../../ui/markup.ts';
import { type DisplayState, stateIcon } from '../../ui/states.ts';
import { timeTag } from '../../ui/time.ts';
import { batchPath, imagePath } from '../addresses.ts';
import type { Viewer } from './page-frame.ts';

/** Colour and icon by kind. */
const STATES: Readonly<Record<Obstacle['kind'], DisplayState>> = {
  stopped: 'failed',
  frozen: 'held',
  paused: 'pending',
  'no-worker': 'held',
  'cloud-away': 'held',
  throttled: 'unknown',
};

/** What of the project the strip needs to know. */
export interface StripFacts {
  readonly outlook: Pick<ProjectOutlook, 'obstacles'>;
  /** Another installation works on the project. */
  readonly others?: ForeignAlarm;
  /** Who is not notified, and why. */
  readonly notes?: readonly string[];
}

/** Why the project, or this batch, is slow or does not advance: above everything else on a page. */
export function obstacleStrip(
  { outlook, others, notes = [] }: StripFacts,
  viewer: Viewer,
  batch?: string,
): Markup | undefined {
  const here = obstaclesOf(outlook.obstacles, batch);
  const items = here.map((obstacle) => obstacleItem(obstacle, viewer));
  if (others) items.push(othersItem(others));
  items.push(...notes.map(noteItem));
  if (items.length === 0) return undefined;
  return html`<div class="strip" role="status" aria-label="Why it is slow or does not advance"><ul>${items}</ul></div>`;
}

function obstacleItem(obstacle: Obstacle, viewer: Viewer): Markup {
  const { kind, code, next, since, until, image } = obstacle;
  const state = STATES[kind];
  const button = buttonOf(obstacle, viewer);
  // The button says the same.
  const advice = button !== undefined && kind === 'paused' ? undefined : next;
  const notes = [
    since === undefined || kind === 'no-worker'
      ? undefined
      : html`since ${timeTag(since, 'short')}`,
    until === undefined ? undefined : html`until about ${timeTag(until, 'short')}`,
    image && html`caused by ${imageLink(image)}`,
  ].filter((one) => one !== undefined);
  const joined = notes.map((one, at) => (at === 0 ? one : html` · ${one}`));
  return html`<li class="is-${state}" id="obstacle-${kind}-${encodeURIComponent(code)}">${stateIcon(state)}<div>
<p><b>${sentence(obstacle)}</b></p>
${advice === undefined ? undefined : html`<p><bdi>${visible(advice)}</bdi></p>`}
${notes.length === 0 ? undefined : html`<p class="note">${joined}</p>`}</div>
${button}</li>`;
}

/** Its own words, except for a time that is shown in the reader's zone. */
function sentence({ kind, text, since }: Obstacle): Part {
  if (kind === 'no-worker' && since !== undefined) {
    return html`No worker has reported since ${timeTag(since, 'short')}.`;
  }
  return html`<bdi>${visible(withCodeWords(text))}</bdi>`;
}

function imageLink({ batch, name, key }: NonNullable<Obstacle['image']>): Part {
  const shown = html`<bdi>${visible(name)}</bdi>`;
  return batch === undefined ? shown : html`<a href="${imagePath(batch, key)}">${shown}</a>`;
}

/** Only what a person has to do: the rest ends by itself. */
function buttonOf(obstacle: Obstacle, { mayChange }: Viewer): Part {
  if (!mayChange) return undefined;
  if (obstacle.kind === 'paused' && obstacle.batch !== undefined) {
    return html`<a class="button" href="${batchPath(obstacle.batch)}/resume">Resume…</a>`;
  }
  if (obstacle.kind !== 'stopped') return undefined;
  const isAuto = obstacle.resumes === 'by-itself';
  return html`${isAuto ? html`<span class="note">Resumes by itself</span>` : undefined}<a class="button" href="/stop/resume">Resume${isAuto ? ' now' : undefined}…</a>`;
}

function noteItem(note: string): Markup {
  return html`<li class="is-held">${stateIcon('held')}<div><p><bdi>${visible(note)}</bdi></p></div></li>`;
}

/** Resuming a batch confirms that this is intended. */
function othersItem(alarm: ForeignAlarm): Markup {
  const [what, ...details] = othersText(alarm).split(': ');
  return html`<li class="is-failed" id="obstacle-others">${stateIcon('failed')}<div><p><b>${visible(what ?? '')}.</b></p><p><bdi>${visible(details.join(': '))}</bdi></p></div></li>`;
}
