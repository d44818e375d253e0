import type { Redis } from 'ioredis';
import type { ImageRequest } from '../../src/shared/image/image-request.ts';
import { type DashboardOptions, openDashboard, type TestDashboard } from './dashboard.ts';
import { imageRequest } from './images.ts';
import { AT, admitted, readAs } from './ledger-parts.ts';

/** What an attacker writes where he may write something. */
export const EVIL = `"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'\u202e{{7*7}}`;

export interface ServedDashboard extends TestDashboard {
  readonly url: string;
}

/** A dashboard on a port, with images in every state. */
export async function serveDashboard(
  redis: Redis,
  options: DashboardOptions = {},
): Promise<ServedDashboard> {
  const dashboard = await openDashboard(redis, { count: 8, ...options });
  await bringIntoEveryState(dashboard, 'no answer');
  const url = await dashboard.app.listen({ host: '127.0.0.1', port: 0 });
  return { ...dashboard, url };
}

/** A second batch of one image whose every field, and whatever IMS reported about it, is hostile. */
export async function addHostile(dashboard: TestDashboard): Promise<void> {
  const { batches, guard, ledger } = dashboard;
  const request = hostileRequest();
  await batches.register(EVIL, [{ request, line: 1 }], AT);
  await guard.scanned(await guard.beginScan());
  const [key = ''] = await batches.members(EVIL, 0, 1);
  await admitted({ ...dashboard, members: [key] }, 0);
  const reason = { code: EVIL, message: EVIL, advice: EVIL, requestId: EVIL };
  await ledger.change(key, { type: 'accepted', epoch: 1, at: 1100, jobId: EVIL }, AT);
  const of = await readAs(dashboard, key);
  await ledger.change(key, { type: 'failed', of, reason, imageId: EVIL }, AT);
  const project = { reason: 'quota', code: EVIL, message: EVIL, advice: EVIL, at: 1 } as const;
  await dashboard.project.stop(project);
}

function hostileRequest(): ImageRequest {
  const texts = {
    name: EVIL,
    image_url: EVIL,
    description: EVIL,
    os_version: EVIL,
    cmk_id: EVIL,
    enterprise_project_id: EVIL,
    tags: [{ key: EVIL, value: EVIL }],
    data_images: [{ image_url: EVIL, min_disk: 1, name: EVIL, description: EVIL }],
  };
  return imageRequest('evil', texts);
}

async function bringIntoEveryState(dashboard: TestDashboard, message: string): Promise<void> {
  const { ledger, members } = dashboard;
  const change = (index: number, event: Parameters<typeof ledger.change>[1]) =>
    ledger.change(members[index] ?? '', event, AT);
  const of = (index: number) => readAs(dashboard, members[index] ?? '');
  for (const index of [0, 1, 2, 3, 4, 5]) await admitted(dashboard, index);
  for (const index of [0, 1]) {
    await change(index, { type: 'accepted', epoch: 1, at: 1100, jobId: `job-${index}` });
  }
  const done = { imageId: 'image-id-0', otherImageIds: [] };
  await change(0, { type: 'succeeded', of: await of(0), ...done });
  await change(1, {
    type: 'polled',
    at: 1,
    of: await of(1),
    overdue: false,
    lost: false,
    progress: 0.4,
  });
  const reason = { code: 'IMG.0044', message: 'The file is broken', advice: 'Upload it again.' };
  await change(2, { type: 'refused', epoch: 1, at: 1100, reason });
  const timeout = { code: 'TIMEOUT', message };
  for (const index of [3, 4]) {
    await change(index, { type: 'unclear', epoch: 1, at: 1100, reason: timeout });
  }
  await change(4, { type: 'not-found', of: await of(4), verdict: 'hold', at: 9000 });
  await change(6, { type: 'cancel' });
}
