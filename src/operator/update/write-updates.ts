import type { Explained } from '../../shared/cloud/http/service-error.ts';
import { changeTags, patchImage } from '../../shared/cloud/ims/change-image.ts';
import type { ImsClient } from '../../shared/cloud/ims/ims-answers.ts';
import type { WriteAnswer, Writer } from '../../shared/cloud/ims/ims-writer.ts';
import { STOPPED } from '../../shared/cloud/ims/patient-writer.ts';
import { toImage } from '../../shared/cloud/ims/read-bodies.ts';
import { refusalAdvice } from '../../shared/cloud/ims/rights.ts';
import { NEEDED, type Needed } from '../../shared/dialect/rights.ts';
import type { ImportStore } from '../../shared/ledger/import-store.ts';
import { canonicalRequest, type LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { isRefusedForGood } from '../../shared/look-up/inspect-images.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { inParallel } from '../../shared/runtime/in-parallel.ts';
import { stateVersion } from '../../shared/state/import-state.ts';
import { describeUpdates } from '../../shared/update/describe-updates.ts';
import { updatesFor } from '../../shared/update/image-updates.ts';
import { IMAGE_GONE, type NotUpdated, type ToUpdate } from './find-updates.ts';

interface WriteDeps {
  readonly ledger: Pick<ImportStore, 'read' | 'change'>;
  readonly ims: Pick<ImsClient, 'images'>;
  /** Repeats what may be repeated. */
  readonly writer: Writer;
  readonly clock: Pick<Clock, 'now'>;
  /** Once aborted, no further image is begun. */
  readonly stop: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Written {
  readonly updated: readonly ToUpdate[];
  readonly notUpdated: readonly NotUpdated[];
  /** Why it ended before the last image: a right is missing, or IMS does not answer. */
  readonly ended?: Explained;
  /** Images that were not reached. */
  readonly left: readonly ToUpdate[];
}

const AT_ONCE = 8;
/** Images in a row that IMS does not answer for. */
const MOST_UNANSWERED = 5;

/**
 * Brings images to what their manifests say, several at once. It can be killed and run again at any time: what
 * was changed is compared first.
 */
export async function writeUpdates(deps: WriteDeps, all: readonly ToUpdate[]): Promise<Written> {
  const run = new Run(deps, all.length);
  const [first, ...others] = all;
  // Alone: if a right is missing, the first one shows it.
  if (first && !deps.stop.aborted) await run.update(first);
  const next = async (one: ToUpdate): Promise<void> => {
    if (!deps.stop.aborted && !run.ended) await run.update(one);
  };
  await inParallel(others, next, { atOnce: AT_ONCE });
  const { updated, notUpdated, ended } = run;
  const done = new Set([...updated, ...notUpdated].map(({ key }) => key));
  const left = all.filter(({ key }) => !done.has(key));
  return { updated, notUpdated, left, ...(ended && { ended }) };
}

class Run {
  readonly updated: ToUpdate[] = [];
  readonly notUpdated: NotUpdated[] = [];
  ended: Explained | undefined;
  readonly #deps: WriteDeps;
  readonly #total: number;
  #hasRight = false;
  #unanswered = 0;

  constructor(deps: WriteDeps, total: number) {
    this.#deps = deps;
    this.#total = total;
  }

  async update(one: ToUpdate): Promise<void> {
    const reason = await this.#write(one);
    if (reason === STOPPED) return;
    if (reason === undefined) this.updated.push(one);
    else this.notUpdated.push({ ...one, reason });
    this.#deps.onProgress?.(this.updated.length + this.notUpdated.length, this.#total);
  }

  /** Why it was not done, if it was not. */
  async #write(one: ToUpdate): Promise<Explained | undefined> {
    const before = await this.#deps.ledger.read(one.key);
    if (!before || !isAsCompared(before, one)) return isDone(before, one) ? undefined : MOVED;
    const { writer } = this.#deps;
    const { patch, removeTags, setTags } = one.updates;
    const calls = [
      // First, so that there is room for others.
      removeTags.length > 0 &&
        (() => changeTags(writer, one.imageId, { action: 'delete', tags: removeTags })),
      setTags.length > 0 &&
        (() => changeTags(writer, one.imageId, { action: 'create', tags: setTags })),
      patch.length > 0 && (() => patchImage(writer, one.imageId, patch)),
    ];
    for (const call of calls) {
      const answer = call ? await call() : undefined;
      const fault = answer && (await this.#judge(answer, one));
      if (fault) return fault;
    }
    return this.#record(one, before);
  }

  async #judge(answer: WriteAnswer, one: ToUpdate): Promise<Explained | undefined> {
    if (answer === STOPPED) return STOPPED;
    const isAnswered = answer.kind !== 'failed';
    this.#unanswered = isAnswered ? 0 : this.#unanswered + 1;
    if (answer.kind === 'ok') {
      this.#hasRight = true;
      return ignored(answer.body, one);
    }
    const { code, message, advice, requestId } = answer;
    const reason = { code, message, ...(advice && { advice }), ...(requestId && { requestId }) };
    if (answer.kind === 'refused' && isRefusedForGood(code)) {
      const lacking = { ...reason, advice: refusalAdvice(neededFor(one), code) };
      if (!this.#hasRight) this.ended = lacking;
      return lacking;
    }
    if (answer.kind === 'not-found' || !isAnswered || UNKNOWN_IMAGE.has(code)) {
      if (await this.#isGone(one)) {
        this.#unanswered = 0;
        return IMAGE_GONE;
      }
    }
    if (this.#unanswered >= MOST_UNANSWERED) this.ended = reason;
    return reason;
  }

  /** Glance answers in words of its own, so IMS is asked again in the way that all images are found. */
  async #isGone({ imageId: id, entry: { request } }: ToUpdate): Promise<boolean> {
    const { enterprise_project_id: own } = request;
    const where = own === undefined ? {} : { enterpriseProjectId: own };
    const listed = await this.#deps.ims.images({ id, ...where });
    return listed.kind === 'ok' && listed.value.length === 0 && listed.odd === undefined;
  }

  /** The ledger holds what the image was made to be: later submits find no difference. */
  async #record(one: ToUpdate, before: LedgerEntry): Promise<Explained | undefined> {
    const { updates, noted, request } = one.updates;
    const named = updates.map(({ field }) => field.replace(/^tags\..*$/s, 'tags'));
    const fields = [...new Set([...named, ...noted])];
    const answer = await this.#deps.ledger.change(
      one.key,
      { type: 'updated', of: stateVersion(before), fields },
      {
        ...{ now: this.#deps.clock.now(), due: 0, request, seen: before },
        onlyIf: (entry) => isAsCompared(entry, one),
      },
    );
    if (answer.kind === 'changed') return undefined;
    return isDone(answer.entry, one) ? undefined : MOVED;
  }
}

/** The answer to a PATCH is the image: IMS may accept what it does not do. */
function ignored(body: unknown, { imageId, updates }: ToUpdate): Explained | undefined {
  const image = toImage(body);
  if (image?.id !== imageId) return undefined;
  const written = updates.updates.map(({ field }) => field);
  const { updates: still } = updatesFor(image, updates.request, updates.request);
  const left = still.filter(({ field }) => written.includes(field) && !field.startsWith('tags.'));
  if (left.length === 0) return undefined;
  const message = `IMS has accepted the change and does not show it: ${describeUpdates(left).join('; ')}`;
  return { code: 'NOT_CHANGED', message };
}

/** IMS: the image does not exist. */
const UNKNOWN_IMAGE = new Set(['IMG.0027', 'IMG.0086', 'IMG.0144']);

const MOVED: Explained = {
  code: 'CHANGED_MEANWHILE',
  message: 'the import was changed by another process meanwhile',
  advice: 'Run it again.',
};

function hasImage({ state }: LedgerEntry, { imageId }: ToUpdate): boolean {
  return state.status === 'succeeded' && state.imageId === imageId;
}

/** Another process was faster with the same request. */
function isDone(entry: LedgerEntry | undefined, one: ToUpdate): boolean {
  if (!entry || !hasImage(entry, one)) return false;
  return canonicalRequest(entry.request) === canonicalRequest(one.updates.request);
}

function neededFor({ updates }: ToUpdate): Needed {
  const moves = updates.patch.some(({ path }) => path === '/enterprise_project_id');
  return moves ? NEEDED.move : NEEDED.update;
}

/** Still the import that was compared, with the image that was compared. */
function isAsCompared(entry: LedgerEntry, one: ToUpdate): boolean {
  const isSame = canonicalRequest(entry.request) === canonicalRequest(one.entry.request);
  return isSame && hasImage(entry, one);
}
