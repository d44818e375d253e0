import { expect } from 'vitest';
import type { SimulatorSettings } from '../../simulator/settings.ts';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv } from './account.ts';
import { cloud } from './cloud.ts';
import { type FerryEnv, runFerry, startFerry } from './ferry.ts';
import { textFile } from './manifest-file.ts';

/** A manifest of these images, with the fields of all or its own. */
export function keptManifest(
  names: readonly string[],
  fields: object,
  own: Record<string, object> = {},
) {
  const images = names.map((name) => {
    return { name, image_url: `bucket:ok/${name}.qcow2`, min_disk: 40, ...(own[name] ?? fields) };
  });
  return textFile('kept.json', JSON.stringify({ name: 'kept', images }));
}

/** A cloud with these images, imported with these fields. */
export async function keptImages(
  redisUrl: string,
  { names, fields }: { readonly names: readonly string[]; readonly fields: object },
  settings: SimulatorSettings = {},
) {
  const simulator = await cloud({ duration: 50, ...settings });
  const env = accountEnv(simulator, redisUrl);
  const worker = startFerry(['work'], env);
  const { code } = await runFerry(['submit', '--wait', await keptManifest(names, fields)], env);
  await worker.stop();
  expect(code).toBe(0);
  return { simulator, env };
}

interface UpdateJson {
  readonly updated: readonly { readonly name: string; readonly changes: readonly object[] }[];
  readonly not_updated: readonly { readonly name: string; readonly code: string }[];
  readonly cannot_change: readonly { readonly name: string; readonly fields: readonly string[] }[];
  readonly unchanged: number;
  readonly not_reached: number;
}

/** What `submit --update --json` prints, and its exit code. */
export async function update(file: string, env: FerryEnv) {
  const { code, stdout, stderr } = await runFerry(['submit', '--update', '--json', file], env);
  const { batches } = JSON.parse(stdout) as {
    readonly batches: readonly [{ readonly update: UpdateJson }];
  };
  return { code, stderr, ...batches[0].update };
}

/** As IMS has it now. */
export function imageOf({ state, accepted }: Simulator, name: string) {
  const id = accepted.find((one) => one.name === name)?.image_ids[0] ?? '';
  const found = state.cloud.images.get(id);
  if (!found) throw new TypeError(`no image ${name}`);
  return found;
}

export function tagsOf(simulator: Simulator, name: string): readonly string[] {
  return imageOf(simulator, name).tags.map(({ key, value }) => `${key}.${value}`);
}
