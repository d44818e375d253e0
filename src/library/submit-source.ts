import type { OpenLedger } from '../cli/open/open-ledger.ts';
import { expandPatterns } from '../cli/submit/read-manifests.ts';
import { sizeManifest, withSources } from '../cli/submit/sources.ts';
import { checkLogin, updatedJson, updateImages } from '../cli/submit/update-images.ts';
import { differingLine } from '../producer/describe-submitted.ts';
import { hasAuto, unsizedIssues } from '../producer/expand/size-disks.ts';
import { formatIssue, type ParseResult } from '../producer/manifest/issue.ts';
import { loadManifest, parseBytes } from '../producer/manifest/load-manifest.ts';
import { keepFormerName, submitBatch } from '../producer/submit-batch.ts';
import type { Config } from '../shared/config/config.ts';
import { UsageError } from '../shared/errors/errors.ts';
import type { Manifest } from '../shared/image/image-request.ts';
import type { ManifestContent, ManifestSource, SubmitOptions, SubmitReceipt } from './batch.ts';
import { ManifestError } from './library-errors.ts';

interface SubmitDeps {
  readonly open: OpenLedger;
  readonly config: Config;
  readonly env: Record<string, string | undefined>;
  readonly stop: AbortSignal;
}

/** @throws ManifestError UsageError CloudError */
export async function submitSource(
  source: ManifestSource,
  { retryFailed = false, recreate = false, update = false }: SubmitOptions,
  deps: SubmitDeps,
): Promise<SubmitReceipt> {
  const { open, env, stop } = deps;
  const read = await readSource(source, stop);
  const expanded = read.ok ? await expandPatterns(read.manifest, { env }) : read;
  if (!expanded.ok) throw new ManifestError(expanded.issues, expanded.issues.map(formatIssue));
  await joinCloud(expanded.manifest, deps);
  const updating = { config: deps.config, io: { ...SILENT, env, stop } };
  if (update) await checkLogin(open, updating);
  const named = await keepFormerName(open, expanded.manifest);
  const manifest = hasAuto(named) ? await sized(named, recreate, deps) : named;
  const result = await submitBatch({ ...open, stop }, manifest, { retryFailed, recreate });
  const { batch, total, counts } = result;
  const updated = update ? await updateImages(open, [manifest], updating) : undefined;
  // What differs in images that exist is in the report of their update.
  const differing = result.differing.filter(({ kind }) => !update || kind !== 'succeeded');
  const notes = expanded === read ? read.warnings : [...read.warnings, ...expanded.warnings];
  return {
    ...{ batch, total },
    enqueued: (counts.new ?? 0) + (counts.again ?? 0) + (counts.pending ?? 0),
    warnings: [...notes.map(formatIssue), ...differing.map(differingLine)],
    ...(updated && { update: updatedJson(updated, batch) }),
  };
}

/** A library prints nothing. */
const SILENT = {
  err: () => undefined,
  draw: () => undefined,
  terminal: false,
  columns: Number.POSITIVE_INFINITY,
};

/** @throws ManifestError where a header does not say it, or cannot be read */
async function sized(
  named: Manifest,
  recreate: boolean,
  { open: { redis, ledger }, config, env }: SubmitDeps,
): Promise<Manifest> {
  const io = { env };
  const manifest = await withSources({ config, io, redis }, (sources) =>
    sizeManifest(named, { config, io, ledger, sources, recreate }),
  );
  const issues = unsizedIssues(manifest);
  if (issues.length > 0) throw new ManifestError(issues, issues.map(formatIssue));
  return manifest;
}

async function readSource(source: ManifestSource, stop: AbortSignal): Promise<ParseResult> {
  // Callers without TypeScript give anything.
  if (!isSource(source)) {
    throw new UsageError(
      'submitManifest takes {file}, {text, fileName} or {manifest}.',
      "For a file: submitManifest({ file: 'images.yaml' }).",
    );
  }
  if ('file' in source) return loadManifest(source.file, { stop });
  const [text, fileName] =
    'text' in source ? [source.text, source.fileName] : [asJson(source.manifest), 'manifest'];
  return parseBytes(new TextEncoder().encode(text), fileName, { stop });
}

function isSource(source: unknown): boolean {
  if (typeof source !== 'object' || source === null) return false;
  return ['file', 'text', 'manifest'].some((name) => name in source);
}

function asJson(manifest: ManifestContent): string {
  try {
    return JSON.stringify(manifest, undefined, 1);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The manifest cannot be written as JSON: ${why}`);
  }
}

/**
 * Announces the cloud of these settings to the workers.
 * @throws UsageError when the manifest names another one
 */
async function joinCloud({ file, cloud }: Manifest, { open, config, env }: SubmitDeps) {
  const { clouds } = open.project;
  const own = cloud === undefined ? undefined : env['OS_CLOUD']?.trim() || (await clouds.own());
  if (cloud !== undefined && cloud !== config.cloud && cloud !== own) {
    throw new UsageError(
      `${file} is for cloud ${cloud}, not for that of these settings.`,
      `Open another connection with IMS_FERRY_CLOUD: '${cloud}'.`,
    );
  }
  if (config.cloud !== undefined) await clouds.add(config.cloud);
}
