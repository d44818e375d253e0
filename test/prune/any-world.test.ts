import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PruneWorld, planPrune } from '../../src/operator/prune/decide.ts';
import type { ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import { compileGlob } from '../../src/shared/image/glob.ts';
import { omitUndefined } from '../../src/shared/runtime/omit-undefined.ts';
import {
  copyEntry,
  deletedIn,
  entry,
  image,
  keyOf,
  OPEN_STATES,
  PROJECT,
  worldOf,
} from './prune-world.ts';

test('never names an image that has to stay, whatever the world is like', () => {
  fc.assert(
    fc.property(anyWorld(), (world) => {
      for (const id of deletedIn(world)) expect(whyItMustStay(world, id)).toBe('');
    }),
    { numRuns: 500 },
  );
});

test('of random worlds many have something to delete', () => {
  const worlds = fc.sample(anyWorld(), { numRuns: 300, seed: 7 });
  expect(worlds.filter((world) => deletedIn(world).length > 0).length).toBeGreaterThan(30);
});

const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** Worlds of up to seven images, in which anything may be odd. */
function anyWorld(): fc.Arbitrary<PruneWorld> {
  const often = <T>(usual: T, ...others: T[]) =>
    fc.oneof({ arbitrary: fc.constant(usual), weight: 6 }, fc.constantFrom(usual, ...others));
  const anyImage = (id: string) =>
    fc.record({
      isThere: often(true, false),
      name: often(`debian-12-${id}`, `web-${id}`),
      status: often('active', 'saving', 'killed'),
      owner: often(PROJECT, 'q'),
      marker: often(id, 'a', ''),
      isCopy: often(false, true),
      source: fc.constantFrom('a', 'b', 'g', 'z'),
      createdAt: often(IDS.indexOf(id) + 1, 0, 3),
      isProtected: often<boolean | undefined>(false, true, undefined),
      isShared: often(false, true),
      state: often(entry(id).state, ...OPEN_STATES, { status: 'cancelled' }),
    });
  const some = fc.constantFrom<readonly string[]>([], [], [], ['a'], ['b', 'e']);
  return fc
    .record({
      all: fc.tuple(...IDS.map(anyImage)),
      keep: fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })),
      family: fc.constantFrom('debian-12-*', '*', 'debian-*', 'debian-12-[ab]', '*-a', 'web-?'),
      ...{ servers: some, others: some, needed: some, unfinished: some, lost: some, shared: some },
    })
    .map(({ all, keep, family, servers, others, needed, unfinished, lost, shared }) => {
      const images = all.flatMap(
        ({ isThere, marker, isCopy, state: _, source: __, ...fields }, at) => {
          const tags = marker === '' ? [] : [`imsferry${isCopy ? '-copy' : ''}=${keyOf(marker)}`];
          const { isProtected: ___, ...plain } = image(IDS[at] ?? '');
          return isThere ? [{ ...plain, ...omitUndefined({ ...fields, tags }) }] : [];
        },
      );
      const changed = all.map(({ state, isCopy, source }, at) => {
        const id = IDS[at] ?? '';
        return isCopy ? { ...copyEntry(id, source), state } : entry(id, { state });
      });
      const known = changed.filter(({ key }) => !lost.some((id) => key === keyOf(id)));
      return worldOf(images, {
        entries: new Map(known.map((one) => [one.key, one])),
        rules: [
          { family: 'debian-12-*', keepLast: keep[0] },
          { family, keepLast: keep[1] },
        ],
        servers: new Map(servers.map((id) => [id, ['s']])),
        others: new Set(others),
        needed: new Set(needed),
        unfinished: new Set(unfinished.map((id) => `batch-${id}`)),
        shared: new Map(shared.map((id) => [id, { projects: ['q'] }])),
      });
    });
}

const keyIn = ({ tags }: ImsImage) => tags[0]?.split('=')[1];
const isCopyOf = ({ tags }: ImsImage) => tags[0]?.startsWith('imsferry-copy');

/** The copies of one image count as one. */
function unitIn({ entries }: PruneWorld, it: ImsImage): string {
  const { key = it.id, request } = entries.get(keyIn(it) ?? '') ?? {};
  return request?.kind === 'copy' ? request.source : key;
}

/** The keys of the images that a rule keeps as the newest. */
function newestIn(world: PruneWorld): readonly string[] {
  return planPrune(world).flatMap(({ image: one, key, keep }) =>
    keep === 'newest' && !isCopyOf(one) ? [key] : [],
  );
}

/** The rules of the product once more, one after the other; empty: it may go. */
function whyItMustStay(world: PruneWorld, id: string): string {
  const it = world.images.find((one) => one.id === id);
  if (!it) return 'not listed';
  const key = keyIn(it);
  const made = key === undefined ? undefined : world.entries.get(key);
  const { state } = made ?? {};
  if (it.owner !== world.projectId) return 'of another project';
  if (key === undefined || made === undefined) return 'not ours';
  if (state?.status !== 'succeeded' || state.imageId !== id) return 'not the image of its import';
  if (it.status !== 'active' || it.isProtected !== false) return 'not active, or protected';
  if (world.servers.has(id) || it.isShared || world.shared.has(id)) return 'in use';
  if (world.others.has(id) || world.needed.has(id)) return 'of others, or needed';
  if (made.batches.some((batch) => world.unfinished.has(batch))) return 'its batch is open';
  const sames = world.images.filter(
    (one) => one.owner === world.projectId && one.status !== 'killed' && keyIn(one) === key,
  );
  if (sames.length > 1) return 'two images have its marker';
  const rules = world.rules.filter(({ family }) => compileGlob(family).matches(it.name));
  if (rules.length === 0) return 'of no family';
  const unit = unitIn(world, it);
  if (isCopyOf(it) && newestIn(world).includes(unit)) return 'its source stays';
  for (const { family, keepLast } of rules) {
    const newer = world.images.filter(
      (one) =>
        one.owner === world.projectId &&
        one.status === 'active' &&
        keyIn(one) !== undefined &&
        isCopyOf(one) === isCopyOf(it) &&
        compileGlob(family).matches(one.name) &&
        one.createdAt > it.createdAt,
    );
    const counted = new Set(newer.map((one) => unitIn(world, one)).filter((one) => one !== unit));
    if (counted.size < keepLast) return `one of the newest ${keepLast} of ${family}`;
  }
  return '';
}
