import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Selection } from '../../operator/batch-actions.ts';
import { type Decision, surveyUnknown } from '../../operator/resolve-held.ts';
import { stateVersion } from '../../shared/state/import-state.ts';
import {
  cancelWork,
  pauseWork,
  resolveWork,
  resumeWork,
  retryWork,
} from '../actions/batch-actions.ts';
import { asShown, scopeOf, selectionOf, wantedOf } from '../actions/selected-images.ts';
import type { Work } from '../actions/tasks.ts';
import type { DashboardContext } from '../context.ts';
import { confirmResolve } from '../pages/confirm-resolve.ts';
import {
  confirmCancel,
  confirmImage,
  confirmPause,
  confirmResume,
  confirmRetry,
  confirmStopResume,
} from '../pages/confirmations.ts';
import {
  addConfirmedAction,
  type BatchTarget,
  type ConfirmedAction,
  findBatch,
  findImage,
  type ImageTarget,
} from './confirmed-action.ts';
import { fieldOf } from './live-page.ts';

/** Everything that changes something. Each action is explained and confirmed first. */
export function addActionRoutes(app: FastifyInstance, context: DashboardContext): void {
  addBatchActions(app, context);
  addImageActions(app, context);
  const { deps } = context;
  addConfirmedAction(app, context, {
    path: '/stop/resume',
    action: 'resume the project',
    find: async () => ({ batch: '', page: '/' }),
    confirm: async () => confirmStopResume(await deps.project.stopped()),
    work: () => async () => {
      await deps.project.resume();
      return 'Submitting is resumed.';
    },
  });
}

type What<T extends BatchTarget | ImageTarget> = Pick<ConfirmedAction<T>, 'confirm' | 'work'>;

/** On a whole batch, on its images with one code, or on selected ones. */
function addBatchActions(app: FastifyInstance, context: DashboardContext): void {
  const { deps } = context;
  const on = (action: string, what: What<BatchTarget>) =>
    addConfirmedAction(app, context, {
      path: `/batches/:batch/${action}`,
      action,
      find: (request) => findBatch(context, request),
      ...what,
    });
  const scope = (
    action: 'retry' | 'cancel' | 'resolve',
    { summary }: BatchTarget,
    request: FastifyRequest,
  ) => scopeOf(deps, action, { summary, wanted: wantedOf(request) });
  on('pause', {
    confirm: ({ summary }) => confirmPause(summary),
    work: ({ batch }) => pauseWork(deps, batch),
  });
  on('resume', {
    confirm: ({ summary }) => confirmResume(summary),
    work: ({ batch }) => resumeWork(deps, batch),
  });
  on('retry', {
    confirm: async (target, request) =>
      confirmRetry(target.batch, await scope('retry', target, request)),
    work: ({ batch }, request) => {
      const wanted = wantedOf(request);
      // A cancelled image is retried only where a person has selected it.
      const cancelled = wanted.versions !== undefined;
      return retryWork(deps, { ...selectionOf(batch, wanted), cancelled });
    },
  });
  on('cancel', {
    confirm: async (target, request) =>
      confirmCancel(target.batch, await scope('cancel', target, request)),
    work: ({ batch }, request) => cancelWork(deps, selectionOf(batch, wantedOf(request))),
  });
  on('resolve', {
    confirm: async (target, request) => {
      const { batch } = target;
      const selection = selectionOf(batch, wantedOf(request));
      const found = await survey(context, { ...selection, most: MAX_LOOKED_UP });
      const shown = (found?.held ?? []).map(({ entry }) => entry);
      const what = asShown(await scope('resolve', target, request), shown);
      return confirmResolve({ batch, scope: what }, found);
    },
    work: ({ batch }, request) => decided(context, selectionOf(batch, wantedOf(request)), request),
  });
}

function addImageActions(app: FastifyInstance, context: DashboardContext): void {
  const { deps } = context;
  const on = (action: string, what: What<ImageTarget>) =>
    addConfirmedAction(app, context, {
      path: `/batches/:batch/images/:key/${action}`,
      action,
      find: (request) => findImage(context, request),
      ...what,
    });
  on('retry', {
    confirm: ({ batch, entry }) => confirmImage('retry', batch, entry),
    work: (target, request) => retryWork(deps, { ...oneImage(target, request), cancelled: true }),
  });
  on('cancel', {
    confirm: ({ batch, entry }) => confirmImage('cancel', batch, entry),
    work: (target, request) => cancelWork(deps, oneImage(target, request)),
  });
  on('resolve', {
    confirm: async ({ batch, key, entry }) => {
      const fields = [['version', stateVersion(entry)]] as const;
      const versions = new Map([[key, stateVersion(entry)]]);
      const found = await survey(context, { batch, versions });
      return confirmResolve({ batch, entry, scope: { count: 1, left: 0, fields } }, found);
    },
    work: (target, request) => decided(context, oneImage(target, request), request),
  });
}

/** One image, in the state in which its confirmation showed it. */
function oneImage({ batch, key }: ImageTarget, request: FastifyRequest): Selection {
  const version = fieldOf(request, 'version');
  return version === undefined ? { batch, key } : { batch, versions: new Map([[key, version]]) };
}

/** Held images that are looked up in IMS before a person decides on all of them. */
const MAX_LOOKED_UP = 20;

async function survey(
  { deps }: DashboardContext,
  selection: Selection & { readonly most?: number },
) {
  const { cloud, project } = deps;
  if (!cloud) return undefined;
  // The image list of another project would show none of the held images.
  await project.checkBound((await cloud.sessions.get()).projectId);
  return surveyUnknown({ ...deps, ...cloud }, selection);
}

function decided(
  { deps }: DashboardContext,
  selection: Selection,
  request: FastifyRequest,
): Work | undefined {
  const decision = decisionOf(fieldOf(request, 'decision'), fieldOf(request, 'image'));
  const { cloud } = deps;
  return cloud && decision && resolveWork({ ...deps, cloud }, selection, decision);
}

function decisionOf(word: string | undefined, imageId: string | undefined): Decision | undefined {
  switch (word) {
    case 'adopt':
      return imageId === undefined ? { kind: word } : { kind: word, imageId };
    case 'resubmit':
    case 'fail':
      return { kind: word };
    default:
      return undefined;
  }
}
