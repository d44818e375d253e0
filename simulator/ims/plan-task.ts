import type { Random } from '../../src/shared/runtime/random.ts';
import type { SimulatorOptions } from '../options.ts';
import type { Create } from './accepted-log.ts';
import { contentFault } from './content-rules.ts';
import { copyJobType } from './copies.ts';
import { drawDuration, type Task } from './job-life.ts';
import type { Body } from './refusal.ts';
import { BROKEN, bytesOf, isBroken, isOva, isStuck } from './source-rules.ts';

/** The images of a create: the main one, then data disks or the other disks of an OVA. */
export function bodiesOf({ body }: Create, options: SimulatorOptions): readonly Body[] {
  const name = String(body['name']);
  const disks = disksOf(body);
  if (disks.length === 0 && isOva(body)) {
    const { image_url, min_disk } = body;
    const others = Array.from({ length: Math.max(0, options.ovaImages - 1) }, (_, index) => ({
      name: `${name}-disk${index + 1}`,
      image_url,
      min_disk,
    }));
    return [body, ...others];
  }
  return [body, ...disks.map((disk, index) => ({ name: `${name}-data${index + 1}`, ...disk }))];
}

interface TaskPlan {
  readonly create: Create;
  readonly options: SimulatorOptions;
  readonly random: Random;
}

/** What an accepted create becomes: its ids, its duration and its outcome. */
export function planTask(
  { create, options, random }: TaskPlan,
  times: { readonly acceptedAt: number; readonly startsAt: number },
): Task {
  const bodies = bodiesOf(create, options);
  const length = drawDuration(options.durationMs, random, bytesOf(create.body, options));
  const fails = options.failShare > 0 && random.next() < options.failShare;
  const { failCode: code } = options;
  const reason = code === BROKEN.code ? BROKEN.reason : `The import failed with ${code}.`;
  const isFailing = fails || isBroken(create.body);
  const failure = isFailing
    ? { code, reason }
    : firstFault([create.body, ...disksOf(create.body)], options);
  return {
    jobId: `ff8080${hex(random, 13)}`,
    jobType: jobTypeOf(create),
    owner: create.projectId,
    imageIds: bodies.map(() => uuid(random)),
    imageNames: bodies.map((body) => String(body['name'])),
    ...times,
    endsAt: isStuck(create.body) ? Number.POSITIVE_INFINITY : times.startsAt + length,
    ...(failure ? { failure } : {}),
  };
}

function disksOf(body: Body): readonly Body[] {
  return Array.isArray(body['data_images']) ? (body['data_images'] as Body[]) : [];
}

function firstFault(bodies: readonly Body[], options: SimulatorOptions): Task['failure'] {
  return bodies.map((body) => contentFault(body, options)).find(Boolean);
}

function jobTypeOf(create: Create): string {
  const { api, body } = create;
  if (api === 'copy') return copyJobType(create);
  if (api === 'data' || body['type'] === 'DataImage') return 'imsImportDataImageJob';
  return isOva(body) && body['data_images'] === undefined
    ? 'imsImportOvaImageJob'
    : 'imsImportImageJob';
}

function hex(random: Random, bytes: number): string {
  return Buffer.from(random.id(bytes), 'base64url').toString('hex');
}

export function uuid(random: Random): string {
  const digits = hex(random, 16);
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`];
  return [...parts, `a${digits.slice(17, 20)}`, digits.slice(20)].join('-');
}
