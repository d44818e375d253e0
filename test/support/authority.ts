import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './programs.ts';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of one test file. */
export interface Authority {
  /** Where its files are: `ca.pem`, and `NAME.pem` and `NAME.key` of what it has issued. */
  readonly folder: string;
  /** Its certificate. */
  readonly ca: string;
  /** Certificate and key for a host (name or address), valid for this number of days. */
  issue(name: string, host: string, days: number): Promise<Pair>;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export async function openAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-tls-'));
  const openssl = async (...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await runProgram('openssl', args, { cwd: folder });
    if (code !== 0) throw new Error(`openssl ${args[0]} ended with ${code}: ${stderr}`);
  };
  const own = ['-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test-ca'];
  await openssl('req', '-x509', ...EC, ...own);
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const issue: Authority['issue'] = async (name, host, days) => {
    const asked = ['-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${host}`];
    await openssl('req', '-new', ...EC, ...asked);
    const kind = isIP(host) === 0 ? 'DNS' : 'IP';
    await writeFile(join(folder, `${name}.ext`), `subjectAltName=${kind}:${host}`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    const files = ['-extfile', `${name}.ext`, '-in', `${name}.csr`, '-out', `${name}.pem`];
    await openssl('x509', '-req', ...signed, ...files, '-days', String(days));
    return { cert: await read(`${name}.pem`), key: await read(`${name}.key`) };
  };
  return { folder, ca: await read('ca.pem'), issue };
}
