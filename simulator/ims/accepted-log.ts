import { appendFileSync } from 'node:fs';
import type { Task } from './job-life.ts';
import type { Api, Body } from './refusal.ts';
import { type Tag, tagsOf } from './tags.ts';

/** One line of the log of accepted creates, by which tests judge. */
export interface Accepted {
  readonly seq: number;
  readonly at: number;
  readonly api: Api;
  readonly path: string;
  readonly projectId: string;
  readonly name: string;
  readonly image_url: string;
  readonly tags: readonly Tag[];
  /** The value of the tag `imsferry`; of a copy the one in its description. */
  readonly marker: string | null;
  readonly job_id: string;
  readonly image_ids: readonly string[];
  /** The client does not know: a fault took its answer, or it was accepted only later. */
  readonly late: boolean;
}

/** One change of the members of an image, by which tests judge. */
export interface MemberAct {
  readonly at: number;
  readonly imageId: string;
  readonly projectId: string;
  readonly action: 'added' | 'removed' | 'pending' | 'accepted' | 'rejected';
}

/** One line of the log of deleted images, since the start. */
export interface Deleted {
  readonly seq: number;
  readonly at: number;
  readonly image_id: string;
  readonly name: string;
  readonly owner: string;
  /** The value of the tag `imsferry`. */
  readonly marker: string | null;
}

/** The paths of each kind of create; the second is Huawei's newer one. */
export const CREATE_PATHS: Readonly<Record<Api, readonly string[]>> = {
  system: ['/v2/cloudimages/action', '/v2.1/cloudimages/action'],
  data: ['/v1/cloudimages/dataimages/action', '/v2.1/cloudimages/dataimages/action'],
  quick: ['/v2/cloudimages/quickimport/action', '/v2.1/cloudimages/quickimport/action'],
  copy: [
    '/v1/cloudimages/:image/copy',
    '/v2.1/cloudimages/:image/copy',
    '/v1/cloudimages/:image/cross_region_copy',
  ],
};

export interface Create {
  readonly api: Api;
  readonly path: string;
  readonly body: Body;
  /** Of the token or key that it came with. */
  readonly projectId: string;
}

export function acceptedLine(
  { api, path, body, projectId }: Create,
  task: Task,
  { seq, late }: { readonly seq: number; readonly late: boolean },
): Accepted {
  const tags = tagsOf(body);
  return {
    seq,
    at: task.acceptedAt,
    api,
    path,
    projectId,
    name: String(body['name']),
    image_url: String(body['image_url'] ?? ''),
    tags,
    marker: tags.find(({ key }) => key === 'imsferry')?.value ?? describedIn(body) ?? null,
    job_id: task.jobId,
    image_ids: task.imageIds,
    late,
  };
}

function describedIn(body: Body): string | undefined {
  return /\[imsferry-copy:([\w-]{43})\]/.exec(String(body['description'] ?? ''))?.[1];
}

/** Written before the answer is sent: the file is never behind what a client knows. */
export function appendLine(file: string, line: Accepted): void {
  if (file !== '') appendFileSync(file, `${JSON.stringify(line)}\n`);
}
