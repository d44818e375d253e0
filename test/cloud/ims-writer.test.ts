import { afterAll, describe, expect, test } from 'vitest';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import { changeTags, patchImage } from '../../src/shared/cloud/ims/change-image.ts';
import { deleteImage } from '../../src/shared/cloud/ims/delete-image.ts';
import { createReader } from '../../src/shared/cloud/ims/ims-reader.ts';
import { createWriter, type Writer } from '../../src/shared/cloud/ims/ims-writer.ts';
import { acceptImage, createMembers } from '../../src/shared/cloud/ims/members.ts';
import type { Sessions } from '../../src/shared/cloud/session/session.ts';
import { LoginRefusedError } from '../../src/shared/errors/errors.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { FOREIGN_PAGES } from '../support/foreign-pages.ts';
import { rawServer } from '../support/raw-server.ts';

const http = createHttp({ clock: systemClock, allowHttp: false });
afterAll(() => http.close());

interface Answered {
  readonly status: number;
  readonly text: string;
}

/** An IMS whose every answer is this one; each renewal brings another token. */
async function imsWith({ status, text }: Answered) {
  let calls = 0;
  let logins = 0;
  const server = await rawServer((_, response) => {
    calls += 1;
    response.writeHead(status).end(text);
  });
  const sessions: Sessions = {
    get: async () => ({
      authorize: () => ({ 'x-auth-token': 't' }),
      fingerprint: `token ${logins}`,
      ...{ projectId: 'p1', imsEndpoint: server.url, expiresAt: 0 },
    }),
    invalidate: async (_, by) => {
      if (by !== 'foreign') logins += 1;
    },
  };
  const [writer, reader] = [createWriter(http, sessions), createReader(http, sessions)];
  return { writer, members: createMembers(reader, writer), seen: () => ({ calls, logins }) };
}

const add = (writer: Writer) =>
  writer.write({
    ...{ operation: 'member', method: 'POST', path: () => '/v2/images/i-1/members' },
    imageId: 'i-1',
  });

/** Glance, `api/v2/images.py`, `api/v2/image_members.py`, `common/exception.py`. */
const GONE = ['No image found with ID i-1', 'Failed to find image i-1', 'Image i-1 not found.'];
const DENIED = [
  'Not allowed to create members for image i-1.',
  'You are not permitted to create image members for the image.',
  'You are not permitted to change members of this image.',
  'You are not authorized to lookup image i-1.',
  'You are not authorized to complete delete_image action.',
  'Image i-1 is protected and cannot be deleted.',
];
/** Glance asks webob, which writes what the caller accepts. */
const SHAPES = {
  text: (text: string) => `403 Forbidden\n\n${text}\n\n   `,
  'a page': (text: string) => `<html><title>Forbidden</title><body>${text}<br /></body></html>`,
  JSON: (text: string) => JSON.stringify({ message: `${text}<br />`, code: '403 x', title: 'x' }),
};
const shaped = (all: readonly string[]) =>
  all.flatMap((words) =>
    Object.entries(SHAPES).map(([as, shape]) => ({ words, as, text: shape(words) })),
  );

describe('what Glance says in its own words', () => {
  test.each(shaped(GONE))('there is no such image: $words (as $as)', async ({ text }) => {
    const { writer, members } = await imsWith({ status: 404, text });
    expect(await add(writer)).toMatchObject({ kind: 'not-found' });
    expect(await members.list('i-1')).toMatchObject({ kind: 'not-found' });
    // Whether it is gone has to be read: a delete never believes a 404 alone.
    expect(await deleteImage(writer, 'i-1', () => true)).toMatchObject({ kind: 'unclear' });
  });

  test.each(shaped(DENIED))('this may not be done: $words (as $as)', async ({ text }) => {
    const { writer, members } = await imsWith({ status: 403, text });
    const refused = { kind: 'refused', status: 403, code: 'HTTP_403' };
    expect(await add(writer)).toMatchObject(refused);
    expect(await members.add('i-1', 'p2')).toMatchObject(refused);
    const accepted = acceptImage(writer, { imageId: 'i-1', projectId: 'p2' });
    expect(await accepted).toMatchObject(refused);
    const deleted = await deleteImage(writer, 'i-1', () => true);
    expect(deleted).toMatchObject({ kind: 'refused', code: 'HTTP_403' });
  });

  test.each([
    { status: 404, text: 'No image found with ID i-2', why: 'another image' },
    { status: 404, text: 'p2 not found in the member list of the image i-1.', why: 'a member' },
    { status: 404, text: 'Not found: /v2/images/i-1/members', why: 'the path, by a proxy' },
    { status: 403, text: 'Denied: https://ims/v2/images/i-1/members', why: 'the address' },
    { status: 403, text: 'No image found with ID i-1', why: 'words under another status' },
    { status: 502, text: 'No image found with ID i-1', why: 'words of a gateway that failed' },
  ])('$why ($status) proves nothing', async ({ status, text }) => {
    const { writer } = await imsWith({ status, text });
    expect(await add(writer)).toMatchObject({ kind: 'failed', foreign: true });
  });
});

describe('a change', () => {
  test.each(['../quota', 'i-1/members', '', 'i-1?x', 'x'.repeat(129)])(
    'of an image with the id "%s" is not sent: an id is never a path',
    async (id) => {
      const { writer, members, seen } = await imsWith({ status: 200, text: '{}' });
      const answers = [
        ...[
          await members.add(id, 'p2'),
          await acceptImage(writer, { imageId: id, projectId: 'p2' }),
        ],
        ...[await patchImage(writer, id, []), await deleteImage(writer, id, () => true)],
        await changeTags(writer, id, { action: 'create', tags: [] }),
        await members.list(id),
      ];
      for (const answer of answers) expect(answer).toMatchObject({ code: 'BAD_ID' });
      expect(seen().calls).toBe(0);
    },
  );

  test.each(FOREIGN_PAGES)(
    'is not judged by what is not the cloud’s own, which costs no login: $what ($status)',
    async ({ status, page, json }) => {
      const { writer, seen } = await imsWith({ status, text: page ?? JSON.stringify(json) });
      const answer = await add(writer);
      if (status >= 400) expect(answer).toMatchObject({ kind: 'failed', foreign: true });
      expect(seen()).toEqual({ calls: 1, logins: 0 });
    },
  );

  test('that finds its token dead is sent once more, with a new one', async () => {
    const text = JSON.stringify({ error_code: 'APIGW.0307', error_msg: 'expired' });
    const { writer, seen } = await imsWith({ status: 401, text });
    expect(await add(writer)).toMatchObject({ kind: 'refused', code: 'APIGW.0307' });
    expect(seen()).toEqual({ calls: 2, logins: 1 });
  });

  test('for which nobody can log in is not sent, and says why', async () => {
    const sessions = {
      get: () => Promise.reject(new LoginRefusedError('wrong password')),
      invalidate: async () => undefined,
    };
    const answer = await add(createWriter(http, sessions));
    expect(answer).toMatchObject({ kind: 'failed', throttled: false, message: 'wrong password' });
    expect(answer).not.toHaveProperty('foreign');
  });
});
