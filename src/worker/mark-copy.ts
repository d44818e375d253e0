import { tagCopy } from '../shared/cloud/ims/copy-tags.ts';
import type { Writer } from '../shared/cloud/ims/ims-writer.ts';
import type { Step } from './step.ts';

/**
 * Tags a copy that is active, before its success is recorded: whoever resumes after a crash does it again.
 * False: nobody can say whether it has its tags. A refusal is final, and the description has the marker.
 */
export async function markCopy(step: Step, imageId: string): Promise<boolean> {
  const { deps, key, entry, log } = step;
  const { request } = entry;
  if (request.kind !== 'copy') return true;
  const writer = request.to ? await writerOf(step, request.to.cloud) : deps.writer;
  if (!writer) return false;
  const answer = await tagCopy(writer, { imageId, key, source: request.source });
  if (answer.kind === 'ok') return true;
  const { code, message } = answer;
  const isFinal = answer.kind !== 'failed';
  const what = isFinal ? 'its description has the marker' : 'trying again';
  log.warn({ imageId, code, message }, `copy not tagged: ${what}`);
  return isFinal;
}

async function writerOf({ deps }: Step, cloud: string): Promise<Writer | undefined> {
  try {
    return (await deps.others?.of(cloud))?.writer;
  } catch {
    // The image has just been read there: this passes.
    return undefined;
  }
}
