import { describe, expect, test } from 'vitest';
import { obstacleStrip } from '../../src/dashboard/pages/strip.ts';
import type { Obstacle } from '../../src/shared/outlook/outlook.ts';

const OPS = { user: 'ops', mayChange: true, mayResolve: true };
const READER = { user: 'this machine', mayChange: false, mayResolve: false };
const QUOTA: Obstacle = {
  kind: 'stopped',
  resumes: 'by-itself',
  code: 'IMG.0015',
  text: 'Stopped: IMG.0015: The quota is used up (49 waiting, 0 free).',
  next: 'Delete images.',
  since: Date.UTC(2026, 2, 1, 14, 20),
  image: { batch: 'spring', name: 'web-7', key: 'key-7' },
};
const RIGHT: Obstacle = {
  kind: 'stopped',
  resumes: 'by-hand',
  code: 'IMG.0026',
  text: 'Stopped: IMG.0026: A right is missing.',
};
const PAUSED: Obstacle = {
  kind: 'paused',
  code: 'PAUSED',
  batch: 'spring',
  text: 'Batch spring is paused: 3 images wait.',
  next: 'To resume: ims-ferry resume spring',
};
const drawn = (obstacles: readonly Obstacle[], viewer = OPS, batch?: string): string =>
  obstacleStrip({ outlook: { obstacles } }, viewer, batch)?.text ?? '';

describe('the strip', () => {
  test('is not there when nothing is the matter', () => {
    expect(drawn([])).toBe('');
  });

  test('says what, since when, which image, and what to do', () => {
    const text = drawn([QUOTA]);
    expect(text).toContain('The quota is used up (49 waiting, 0 free).');
    expect(text).toContain('Delete images.');
    expect(text).toContain('since <time datetime="2026-03-01T14:20:00.000Z"');
    expect(text).toContain('caused by <a href="/batches/spring/images/key-7"><bdi>web-7</bdi></a>');
    expect(text).toContain('Resumes by itself');
    expect(text).toContain('>Resume now…</a>');
  });

  test('has a button where a person must act, for those who may', () => {
    expect(drawn([RIGHT])).toContain('<a class="button" href="/stop/resume">Resume…</a>');
    expect(drawn([RIGHT], READER)).not.toContain('/stop/resume');
    const frozen: Obstacle = { kind: 'frozen', code: 'REDIS_BEHIND', text: 'Redis lost data.' };
    expect(drawn([frozen])).not.toContain('<a ');
  });

  test('names a target of notifications that fails, without markup of it', () => {
    const notes = ['Notifications to ops have failed for 2 h: it answered <b>404</b>.'];
    const text = obstacleStrip({ outlook: { obstacles: [] }, notes }, READER)?.text;
    expect(text).toContain('have failed for 2 h: it answered &lt;b&gt;404&lt;/b&gt;.');
  });

  test('shows what concerns one batch on its page only', () => {
    expect(drawn([PAUSED])).toBe('');
    expect(drawn([PAUSED], OPS, 'summer')).toBe('');
    expect(drawn([PAUSED], OPS, 'spring')).toContain('href="/batches/spring/resume"');
    expect(drawn([PAUSED], READER, 'spring')).toContain('ims-ferry resume spring');
  });

  test('shows texts from outside as text, and codes of programs in words', () => {
    const text = drawn([{ ...RIGHT, text: '<b>UND_ERR_SOCKET</b>' }]);
    expect(text).toContain('&lt;b&gt;Connection closed before the answer&lt;/b&gt;');
  });

  test('shows when a worker was seen last as a time of the reader', () => {
    const obstacle: Obstacle = {
      kind: 'no-worker',
      code: 'NO_WORKER',
      text: 'No worker has reported since 2026-03-01 14:20 UTC.',
      since: Date.UTC(2026, 2, 1, 14, 20),
    };
    expect(drawn([obstacle])).toContain(
      'No worker has reported since <time datetime="2026-03-01T14:20:00.000Z"',
    );
  });
});
