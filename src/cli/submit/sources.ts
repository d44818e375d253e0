import { hasAuto, hasUnsized, sizeDisks, unsizedIssues } from '../../producer/expand/size-disks.ts';
import { formatIssue } from '../../producer/manifest/issue.ts';
import { drawBar } from '../../producer/progress.ts';
import type { ObsClient } from '../../shared/cloud/obs/obs-client.ts';
import { patientObs } from '../../shared/cloud/obs/patient-obs.ts';
import { findCloudConfig, loadObsConfig } from '../../shared/config/cloud/load-cloud.ts';
import type { Config } from '../../shared/config/config.ts';
import type { Dialect } from '../../shared/dialect/dialect.ts';
import { dialectOf } from '../../shared/dialect/regions.ts';
import { readDiskFile } from '../../shared/disk-file/read-disk-file.ts';
import { ConfigError } from '../../shared/errors/errors.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import { createHeaderCache } from '../../shared/ledger/header-cache.ts';
import type { ImportStore } from '../../shared/ledger/import-store.ts';
import { ledgerKeys } from '../../shared/ledger/ledger-keys.ts';
import type { RedisConnection } from '../../shared/redis/redis-connection.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { packageVersion } from '../../shared/runtime/package-file.ts';
import { createSourceFiles, type SourceFiles } from '../../shared/source-file/source-files.ts';
import { type Io, type ProgressLine, progressLine } from '../io.ts';
import { withObs } from './read-manifests.ts';

interface SourceEnv {
  readonly config: Pick<Config, 'allowHttp' | 'cloud' | 'namespace'>;
  readonly io: Pick<Io, 'env'>;
  /** Where headers that were read are kept; absent: nowhere. */
  readonly redis?: RedisConnection;
}

/**
 * The objects of the bucket, with the keys of the settings; `undefined` where none are set.
 * @throws ConfigError when only one key is set
 */
export function withSources<T>(
  { config, io, redis }: SourceEnv,
  work: (sources: SourceFiles | undefined) => Promise<T>,
): Promise<T> {
  return withObs({ config, io }, (obs) => work(obs && sourcesOf(obs, config.namespace, redis)));
}

function sourcesOf(obs: ObsClient, namespace: string, redis?: RedisConnection): SourceFiles {
  const keys = ledgerKeys(namespace);
  const cache = redis && createHeaderCache({ redis, keys, version: packageVersion() });
  const patient = patientObs(obs, systemClock);
  return createSourceFiles({ obs: patient, readFile: readDiskFile, ...omitUndefined({ cache }) });
}

interface SizingEnv extends SourceEnv {
  readonly io: Pick<Io, 'env'> & Partial<Pick<Io, 'err' | 'draw' | 'terminal'>>;
  readonly ledger: Pick<ImportStore, 'readMany'>;
  readonly sources: SourceFiles | undefined;
  readonly recreate?: boolean;
}

const OBJECTS_PER_STEP = 50;

/** The manifest with a number for every `min_disk: auto`; an image of which it is not known says why. */
export async function sizeManifest(manifest: Manifest, env: SizingEnv): Promise<Manifest> {
  const { config, io, ledger, sources, recreate = false } = env;
  if (!hasAuto(manifest)) return manifest;
  const { err, draw, terminal = false } = io;
  const line = err && draw && progressLine({ err, draw, terminal }, systemClock, false);
  const onRead = (done: number, total: number): void => {
    if (line) headersRead(line, total)(done);
  };
  const wanted = { env: io.env, cloud: config.cloud };
  const dialect = await dialectFor(wanted);
  const sizing = { ledger, dialect, onRead, recreate, ...omitUndefined({ sources }) };
  return sizeDisks(manifest, sizing).finally(() => line?.end());
}

/** Shows how many headers are read, on a line that is drawn over. */
export function headersRead(line: ProgressLine, total: number): (done: number) => void {
  return (done) => {
    if (done % OBJECTS_PER_STEP > 0 && done < total) return;
    const text = `${done}/${total} headers read`;
    line.show(`${drawBar(done / total, 20)} ${text}`, text);
  };
}

/**
 * The same for several; `undefined` after printing why, where no header can be read at all. An image whose
 * file is bad is left to the plan, which leaves it out.
 */
export async function sizeManifests(
  manifests: readonly Manifest[],
  env: SizingEnv,
): Promise<readonly Manifest[] | undefined> {
  const sized: Manifest[] = [];
  for (const manifest of manifests) sized.push(await sizeManifest(manifest, env));
  if (env.sources || !sized.some(hasUnsized)) return sized;
  for (const issue of sized.flatMap(unsizedIssues)) env.io.err?.(formatIssue(issue));
  return undefined;
}

/** By the login, else by the endpoint of OBS: a producer needs no login. */
export async function dialectFor(wanted: Parameters<typeof findCloudConfig>[0]): Promise<Dialect> {
  const login = await findCloudConfig(wanted).catch(ignoreConfig);
  if (login) return login.dialect;
  const obs = await loadObsConfig(wanted);
  return dialectOf(obs?.endpoint ?? '', obs?.region);
}

function ignoreConfig(error: unknown): undefined {
  if (!(error instanceof ConfigError)) throw error;
}
