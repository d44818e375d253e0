import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Selection } from '../../operator/batch-actions.ts';
import { type Decision, surveyUnknown } from '../../operator/resolve-held.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { pauseWork, resolveWork, resumeWork, retryWork } from '../actions/batch-actions.ts';
import type { Work } from '../actions/tasks.ts';
import type { DashboardContext } from '../context.ts';
import {
  confirmPause,
  confirmResolve,
  confirmResume,
  confirmRetry,
  confirmRetryImage,
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
import { fieldOf, queryOf } from './live-page.ts';

/** Everything that changes something. Each action is explained and confirmed first. */
export function addActionRoutes(app: FastifyInstance, context: DashboardContext): void {
  const { deps } = context;
  const onBatch = (action: string, what: Pick<ConfirmedAction<BatchTarget>, 'confirm' | 'work'>) =>
    addConfirmedAction(app, context, {
      path: `/batches/:batch/${action}`,
      action,
      find: (request) => findBatch(context, request),
      ...what,
    });
  const onImage = (action: string, what: Pick<ConfirmedAction<ImageTarget>, 'confirm' | 'work'>) =>
    addConfirmedAction(app, context, {
      path: `/batches/:batch/images/:key/${action}`,
      action,
      find: (request) => findImage(context, request),
      ...what,
    });
  onBatch('pause', {
    confirm: ({ summary }) => confirmPause(summary),
    work: ({ batch }) => pauseWork(deps, batch),
  });
  onBatch('resume', {
    confirm: ({ summary }) => confirmResume(summary),
    work: ({ batch }) => resumeWork(deps, batch),
  });
  onBatch('retry', {
    confirm: ({ summary }, request) => confirmRetry(summary, codeOf(queryOf(request)['code'])),
    work: ({ batch }, request) => {
      const code = codeOf(fieldOf(request, 'code'));
      return retryWork(deps, omitUndefined({ batch, cancelled: false, code }));
    },
  });
  onImage('retry', {
    confirm: ({ batch, entry }) => confirmRetryImage(batch, entry),
    work: ({ batch, key }) => retryWork(deps, { batch, key, cancelled: true }),
  });
  onBatch('resolve', {
    confirm: async ({ batch, summary }) =>
      confirmResolve(summary, await survey(context, { batch, most: MAX_LOOKED_UP })),
    work: ({ batch }, request) => decided(context, { batch }, request),
  });
  onImage('resolve', {
    confirm: async ({ batch, key, entry }) => {
      const summary = await deps.batches.summary(batch);
      return summary && confirmResolve(summary, await survey(context, { batch, key }), entry);
    },
    work: ({ batch, key }, request) => decided(context, { batch, key }, request),
  });
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

function codeOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
