import { describe, expect, test } from 'vitest';
import type { SimulatorSettings } from '../../simulator/start-simulator.ts';
import { alteredIms } from '../support/altered-ims.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { putImage, weekAt } from '../support/imported-images.ts';
import { rawServer } from '../support/raw-server.ts';
import { useRedis } from '../support/use-redis.ts';
import { weeklyImages } from '../support/weekly-images.ts';

const server = useRedis({ emptied: true });

type Row = readonly [what: string, settings: SimulatorSettings, says: string];

/** The image is deleted once, whatever the answers to its DELETE are. */
const PASSING: readonly Row[] = [
  ['429', { nextDeletes: { throttle: 1 } }, 'deleted'],
  ['500 before', { nextDeletes: { http500: 1 } }, 'deleted'],
  ['502 of the gateway before', { nextDeletes: { http502: 1 } }, 'deleted'],
  ['a cut connection before', { nextDeletes: { dropBefore: 1 } }, 'deleted'],
  ['a redirect', { nextDeletes: { redirect: 1 } }, 'deleted'],
  ['500 afterwards', { nextDeletes: { http500Accepted: 1 } }, 'deleted'],
  ['504 afterwards', { nextDeletes: { http504Accepted: 1 } }, 'deleted'],
  ['a cut connection afterwards', { nextDeletes: { dropAfter: 1 } }, 'deleted'],
];

/** IMS says no: the image stays, and the import's story says why. */
const REFUSED: readonly Row[] = [
  ['IMG.0090', { answers: { delete: 'IMG.0090' } }, 'refused: IMG.0090'],
  ['IMG.0028', { answers: { delete: 'IMG.0028' } }, 'refused: IMG.0028'],
  ['IMG.0091', { answers: { delete: 'IMG.0091' } }, 'refused: IMG.0091'],
  ['IMG.0092', { answers: { delete: 'IMG.0092' } }, 'refused: IMG.0092'],
  ['no right', { missingRights: ['ims:images:delete'] }, 'denied: IMG.0026'],
  ['no such call', { answers: { delete: 'APIGW.0101' } }, 'denied: APIGW.0101'],
];

describe('an answer to a DELETE', () => {
  test.each(PASSING)('that is %s: the image is deleted once', async (_, settings) => {
    const { simulator, env, file, deleted } = await weeklyImages(server, 4);
    simulator.set(settings);
    const { code, stderr } = await runFerry(['prune', '--yes', file], env);
    expect([code, stderr]).toEqual([0, '1 image deleted.\n']);
    expect(deleted()).toEqual(['debian-12-01']);
  });

  test.each(REFUSED)('that is %s: the image stays', async (_, settings, says) => {
    const { simulator, env, file, deleted } = await weeklyImages(server, 4);
    simulator.set(settings);
    const { code, stdout, stderr } = await runFerry(['prune', '--yes', file], env);
    expect(code).toBe(1);
    expect(stdout).toContain(says);
    expect(stderr).toContain('0 images deleted; 1 of the plan is left.');
    expect(stderr.includes('ims:images:delete')).toBe(says.startsWith('denied'));
    expect(deleted()).toEqual([]);
    const shown = await runFerry(['show', 'debian-12-01', 'debian-12-01'], env);
    expect(shown.stdout).toMatch(/image \S+ not deleted/);
    expect(shown.stdout).not.toContain('Pruned');
  });

  test('that is never clear is reported as such, and the next run finishes it', async () => {
    const { simulator, env, file, deleted } = await weeklyImages(server, 4);
    simulator.set({ nextDeletes: { http500: 4 } });
    const first = await runFerry(['prune', '--yes', file], env);
    expect([first.code, first.stdout]).toEqual([1, expect.stringContaining('unclear: HTTP_500')]);
    expect((await runFerry(['prune', file], env)).stderr).toContain(
      '1 image of an interrupted run',
    );
    expect((await runFerry(['prune', '--yes', file], env)).code).toBe(0);
    expect(deleted()).toEqual(['debian-12-01']);
    expect((await runFerry(['prune', file], env)).stderr).toBe('');
  });
});

const UNREAD: readonly Row[] = [
  [
    'servers without the right',
    { missingRights: ['ecs:cloudServers:list'] },
    'ecs:cloudServers:list',
  ],
  ['servers that answer 503', { answers: { servers: { code: '503' } } }, 'list of servers'],
  [
    'a list without the right',
    { missingRights: ['ims:images:list'] },
    'The login needs ims:images:list;',
  ],
];

describe('nothing is deleted', () => {
  test.each(UNREAD)('with %s', async (_, settings, says) => {
    const { simulator, env, file, deleted } = await weeklyImages(server, 4);
    simulator.set(settings);
    const { code, stderr, stdout } = await runFerry(['prune', '--yes', file], env);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain(says);
    expect(deleted()).toEqual([]);
  });

  test.each([
    {
      what: 'is endless',
      alter: (listed: readonly unknown[]) => [...listed, ...listed.slice(0, 1)],
    },
    { what: 'shows nothing', alter: () => [] },
    { what: 'hides the newest', alter: (listed: readonly unknown[]) => listed.slice(1) },
  ])('of the images that have to stay where the list $what', async ({ alter }) => {
    const { simulator, env, file, deleted } = await weeklyImages(server, 4);
    const ims = await alteredIms(simulator);
    ims.alter(alter);
    await runFerry(['prune', '--yes', file], { ...env, IMS_ENDPOINT: ims.url });
    const stays = ['debian-12-02', 'debian-12-03', 'debian-12-04'];
    expect(deleted().filter((name) => stays.includes(name))).toEqual([]);
  });

  test.each([
    { what: 'is cut off', body: { count: 3, servers: [{ id: 'a', image: { id: 'x' } }] } },
    { what: 'has a server without an id', body: { count: 1, servers: [{ name: 'a' }] } },
    { what: 'has an image of another type', body: { count: 1, servers: [{ id: 'a', image: 7 }] } },
    { what: 'has no number', body: { servers: [] } },
    { what: 'is none', body: {} },
    { what: 'is a page of something else', body: undefined },
  ])('where the list of servers $what', async ({ body }) => {
    const { env, file, deleted } = await weeklyImages(server, 4);
    const ecs = await rawServer((_, response) => {
      const text = body === undefined ? '<html>login</html>' : JSON.stringify(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    });
    const { code, stderr } = await runFerry(['prune', '--yes', file], {
      ...env,
      ECS_ENDPOINT: ecs.url,
    });
    expect([code, stderr]).toEqual([3, expect.stringContaining('so prune deletes no image')]);
    expect(deleted()).toEqual([]);
  });

  test('while another process deletes in the project', async () => {
    const { env, file, deleted, world } = await weeklyImages(server, 4);
    expect(await world.project.lease('prune', 'another', 60_000)).toBe(true);
    const { code, stderr } = await runFerry(['prune', '--yes', file], env);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Another process deletes')]);
    expect(deleted()).toEqual([]);
  });
});

test('without the right to read with whom images are shared they stay, and the plan names it', async () => {
  const { simulator, env, file, deleted } = await weeklyImages(server, 4);
  simulator.set({ missingRights: ['ims:images:share'] });
  const { code, stdout } = await runFerry(['prune', '--yes', file], env);
  expect([code, deleted()]).toEqual([0, []]);
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /shared cannot be read: IMG\.0026: .*; the login needs ims:images:get and ims:images:share/,
  );
});

test('nothing is deleted while an image may hide a marker', async () => {
  const { simulator, env, file, deleted } = await weeklyImages(server, 4);
  const ims = await alteredIms(simulator);
  const odd = { id: 'odd', name: 'x', status: 'active', owner: simulator.state.options.projectId };
  ims.alter((listed) => [...listed, { ...odd, tags: 7 }]);
  const args = ['prune', '--yes', file];
  const { code, stderr } = await runFerry(args, { ...env, IMS_ENDPOINT: ims.url });
  expect([code, stderr]).toEqual([3, expect.stringContaining('IMS lists 1 image that cannot be')]);
  expect(deleted()).toEqual([]);
});

test('servers on many pages are all read, and an image in use stays', async () => {
  const { simulator, env, file, deleted, images } = await weeklyImages(server, 5);
  const servers = Array.from({ length: 230 }, (_, at) => ({
    ...{ id: `s${at}`, name: `web-${at}` },
    imageId: at === 229 ? (images[0]?.id ?? '') : at % 2 === 0 ? '' : 'a-public-image',
  }));
  simulator.set({ servers });
  const { stdout } = await runFerry(['prune', '--yes', file], env);
  expect(stdout).toContain('servers were made from it: web-229');
  expect(deleted()).toEqual(['debian-12-02']);
  // Three pages for the plan, and for the one image that is deleted.
  expect(simulator.stats.calls['servers']).toBe(6);
});

test('two runs at once delete each image once', async () => {
  const { env, file, deleted } = await weeklyImages(server, 9);
  const runs = [
    startFerry(['prune', '--yes', file], env),
    startFerry(['prune', '--yes', file], env),
  ];
  const codes = await Promise.all(runs.map(({ exited }) => exited));
  expect(codes).toContain(0);
  expect(deleted()).toHaveLength(6);
});

test('look-alikes, shared ones and images of others stay', async () => {
  const { simulator, env, file, deleted, images } = await weeklyImages(server, 5);
  const [first, second] = images;
  const at = { created_at: weekAt(0) };
  await putImage(simulator, { ...at, name: 'debian-12-x', tags: [`imsferry=${'z'.repeat(43)}`] });
  await putImage(simulator, { ...at, name: 'debian-12-y', tags: [`imsferry=${first?.key}`] });
  await putImage(simulator, { ...at, name: 'debian-12-z', tags: ['imsferry=short'] });
  const owner = 'f'.repeat(32);
  await putImage(simulator, {
    ...at,
    owner,
    name: 'debian-12-q',
    tags: [`imsferry=${second?.key}`],
  });
  const { stdout } = await runFerry(['prune', '--yes', file], env);
  expect(stdout).toContain('several images carry its marker');
  expect(stdout).toContain('its import is not in this ledger');
  expect(deleted()).toEqual(['debian-12-02']);
});
