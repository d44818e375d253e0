import { describe, expect, test } from 'vitest';
import { COPIES, exploreSiblings, KINDS, type SiblingRules } from './siblings-model.ts';

describe('in a cloud that shows no tags no import gets the image of another, and none is lost', () => {
  test.each([
    { what: 'two copies of one name and source', requests: COPIES },
    { what: 'a system image and a data image of one name and source', requests: KINDS },
  ])('with $what', async ({ requests }) => {
    const { wrong, states } = await exploreSiblings({ requests });
    expect(wrong).toEqual({});
    expect(states).toBeGreaterThan(100);
  });
});

const WITHOUT: readonly (Partial<SiblingRules> & { readonly what: string })[] = [
  { what: 'its kind', requests: KINDS, kind: false },
  { what: 'its source', source: false },
  { what: 'its time', time: false },
  { what: 'its owner', owner: false },
  { what: 'the image that a sibling could own', siblings: false },
];

describe('an import gets the image of another', () => {
  test.each(WITHOUT)('where $what is not compared', async ({ what: _, ...rules }) => {
    const { wrong } = await exploreSiblings(rules, 'the image of another');
    expect(wrong).toHaveProperty('the image of another');
  });
});
