import type { Redis } from 'ioredis';
import type { SimulatorSettings } from '../../simulator/start-simulator.ts';
import { accountEnv } from './account.ts';
import { cloud } from './cloud.ts';
import { type ImportedImage, importedWorld, retentionManifest } from './imported-images.ts';
import { textFile } from './manifest-file.ts';

/** A family of images, one a week, the oldest first, and a manifest that keeps three of them. */
export async function weeklyImages(
  server: { readonly url: string; readonly client: Redis },
  count: number,
  settings: SimulatorSettings = {},
) {
  const simulator = await cloud(settings);
  const world = importedWorld(simulator, server.client);
  const images: ImportedImage[] = [];
  for (let week = 1; week <= count; week += 1) {
    images.push(await world.imported(`debian-12-0${week}`, week));
  }
  const env = accountEnv(simulator, server.url);
  const file = await textFile('weekly.yaml', retentionManifest(['debian-12-*', 3]));
  const deleted = () => simulator.deleted.map(({ name }) => name);
  return { simulator, world, images, env, file, deleted };
}

/** The same with a copy of each. */
export async function copiedImages(
  server: { readonly url: string; readonly client: Redis },
  count: number,
) {
  const weekly = await weeklyImages(server, count);
  const copies: ImportedImage[] = [];
  for (const [at, image] of weekly.images.entries()) {
    copies.push(await weekly.world.copied(image, at + 1));
  }
  return { ...weekly, images: [...weekly.images, ...copies] };
}

/** Images that failed imports left behind. */
export async function leftImages(
  server: { readonly url: string; readonly client: Redis },
  count: number,
) {
  const simulator = await cloud({});
  const world = importedWorld(simulator, server.client);
  const images: ImportedImage[] = [];
  for (let at = 1; at <= count; at += 1) images.push(await world.failed(`left-${at}`));
  return { simulator, world, images, env: accountEnv(simulator, server.url), file: '' };
}
