import { expect, test } from 'vitest';
import { unknownCopyClouds } from '../../src/cli/submit/copy-clouds.ts';
import { aboutCloud } from '../../src/shared/cloud/other-clouds.ts';
import type { ImageRequest } from '../../src/shared/image/image-request.ts';
import { imageRequest } from '../support/images.ts';
import { textFile } from '../support/manifest-file.ts';

/** What is warned of, and what is refused, of one image and its copy to another region. */
async function checked(acceptAs: string, copyTo: string, env: Record<string, string>) {
  const image = imageRequest('vm', { members: ['p'], accept_as: [acceptAs] });
  const to = { cloud: copyTo, agency: 'a' };
  const copy = { ...image, kind: 'copy', source: 's', of: 'system', to } as ImageRequest;
  const images = [image, copy].map((request) => ({ request, line: 3 }));
  const warnings: string[] = [];
  const err = (line: string) => void warnings.push(line);
  const issues = await unknownCopyClouds({ file: 'm.yaml', images }, { env, err });
  return { warnings, refused: issues.map(({ field, message }) => `${field}: ${message}`) };
}

test('a cloud that clouds.yaml does not have is refused for a copy, and warned of for an acceptance', async () => {
  const file = await textFile('clouds.yaml', 'clouds: { otc-nl: {}, partner: {} }');
  const env = { OS_CLIENT_CONFIG_FILE: file };
  expect(await checked('partner', 'otc-nl', env)).toEqual({ warnings: [], refused: [] });
  const missing = `is not in ${file}; it has otc-nl, partner`;
  expect(await checked('partnr', 'otc-ln', env)).toEqual({
    warnings: [`Warning: m.yaml:3:1 accept_as: cloud partnr ${missing}`],
    refused: [`copies: cloud otc-ln ${missing}`],
  });
});

test('without a clouds.yaml the entries that workers need are named', async () => {
  const nowhere = { HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent' };
  expect(await checked('partner', 'otc-nl', nowhere)).toEqual({
    warnings: [
      'Warning: m.yaml needs partner, otc-nl in the clouds.yaml of the workers; there is none here.',
    ],
    refused: [],
  });
});

test('what is wrong with a cloud names it once', () => {
  expect(aboutCloud('nl', 'cloud nl: no clouds.yaml found')).toBe('cloud nl: no clouds.yaml found');
  expect(aboutCloud('nl', 'the login was refused')).toBe('cloud nl: the login was refused');
});
