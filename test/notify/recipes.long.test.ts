import { chmod, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { signedHeaders } from '../../src/shared/notify/sign.ts';
import { freePort } from '../support/free-port.ts';
import { textFile } from '../support/manifest-file.ts';
import { needing, runProgram, startProgram } from '../support/programs.ts';
import { recipe } from '../support/recipe.ts';
import { until } from '../support/until.ts';

const KEY = Buffer.alloc(32, 5);
const SECRET = `whsec_${KEY.toString('base64')}`;
const BODY = JSON.stringify({ id: 'evt_1', type: 'batch.finished', text: 'Größe: all is done' });

function headersOf(body: string): Readonly<Record<string, string>> {
  return signedHeaders({ id: 'evt_1', now: Date.now(), body, keys: [KEY] });
}

test('the recipe for Python judges as that for Node', needing('python3'), async () => {
  const file = await textFile('is_genuine.py', recipe('is_genuine.py'));
  const check = `
import json, sys
from is_genuine import is_genuine
secret, headers, body, now = json.load(sys.stdin)
print(is_genuine(secret, headers, body.encode(), now))
`;
  const script = join(dirname(file), 'check.py');
  await writeFile(script, check);
  const judged = async (headers: object, body: string, now: number): Promise<string> => {
    const input = JSON.stringify([SECRET, headers, body, now]);
    return (await runProgram('python3', [script], { input })).stdout.trim();
  };
  const now = Date.now() / 1000;
  const headers = headersOf(BODY);
  expect(await judged(headers, BODY, now)).toBe('True');
  expect(await judged(headers, BODY.replace('done', 'lost'), now)).toBe('False');
  expect(await judged({ ...headers, 'webhook-id': 'evt_2' }, BODY, now)).toBe('False');
  expect(await judged(headers, BODY, now + 301)).toBe('False');
});

test('the receiver of the documentation sends what is genuine as mail, and refuses the rest', async () => {
  const file = await textFile('is-genuine.mjs', recipe('is-genuine.mjs'));
  const folder = dirname(file);
  await writeFile(join(folder, 'mail.mjs'), recipe('mail.mjs'));
  const mails = join(folder, 'mails');
  await writeFile(join(folder, 'sendmail'), `#!/bin/sh\necho "$@" >> ${mails}\ncat >> ${mails}\n`);
  await chmod(join(folder, 'sendmail'), 0o700);
  const port = await freePort();
  const child = startProgram('node', [join(folder, 'mail.mjs')], {
    env: {
      PATH: `${folder}:${process.env['PATH']}`,
      IMS_FERRY_NOTIFY_SECRET: SECRET,
      MAIL_TO: 'ops@example.com',
      PORT: String(port),
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const post = async (body: string, headers: Readonly<Record<string, string>>) => {
    const url = `http://127.0.0.1:${port}/`;
    return (await fetch(url, { method: 'POST', body, headers })).status;
  };
  await until(() =>
    post('', {}).then(
      (status) => status === 403,
      () => false,
    ),
  );
  expect(await post(`${BODY} `, headersOf(BODY))).toBe(403);
  expect(await post(BODY, headersOf(BODY))).toBe(204);
  expect(await readFile(mails, 'utf8')).toBe(
    '-t\nTo: ops@example.com\nSubject: ims-ferry: batch.finished\nMessage-ID: <evt_1@ims-ferry>\n\nGröße: all is done\n',
  );
  await writeFile(join(folder, 'sendmail'), '#!/bin/sh\nexit 75\n');
  expect(await post(BODY, headersOf(BODY))).toBe(500);
});
