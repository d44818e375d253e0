import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';
import { keepFormerName } from '../../src/producer/submit-batch.ts';
import { AT, openLedgerParts } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

function manifestOf(file: string, ...names: readonly string[]) {
  const images = names.map((name) => ({ name, image_url: `bucket:${name}.raw`, min_disk: 40 }));
  const bytes = new TextEncoder().encode(JSON.stringify({ images }));
  const result = parseManifest(bytes, file);
  if (!result.ok) throw new Error('the manifest is not sound');
  return result.manifest;
}

describe('a batch that was called manifest', () => {
  const parts = () => openLedgerParts(server.client);

  test('keeps its name when its file comes again, also with more images', async () => {
    const { batches, ledger } = parts();
    await batches.register('manifest', manifestOf('生产.yaml', 'one', 'two').images, AT);
    const again = manifestOf('生产.yaml', 'zero', 'two', 'three');
    expect((await keepFormerName({ batches, ledger }, again)).name).toBe('manifest');
  });

  test('leaves other files alone', async () => {
    const { batches, ledger } = parts();
    await batches.register('manifest', manifestOf('生产.yaml', 'one').images, AT);
    const other = manifestOf('测试.yaml', 'two');
    expect((await keepFormerName({ batches, ledger }, other)).name).toBe(other.name);
    expect(other.name).toMatch(/^manifest-[0-9a-f]{8}$/);
  });

  test('has a new one once a batch of the new name is there', async () => {
    const { batches, ledger } = parts();
    const manifest = manifestOf('生产.yaml', 'one');
    await batches.register('manifest', manifest.images, AT);
    await batches.register(manifest.name, manifest.images, AT);
    expect((await keepFormerName({ batches, ledger }, manifest)).name).toBe(manifest.name);
  });

  test('is the batch of manifest.yaml, as ever', () => {
    expect(manifestOf('manifest.yaml', 'one')).not.toHaveProperty('formerName');
    expect(manifestOf('manifest.yaml', 'one').name).toBe('manifest');
  });
});
