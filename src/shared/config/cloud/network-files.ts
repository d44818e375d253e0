import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Env, EnvReader } from '../env-reader.ts';
import { type NetworkConfig, proxyOf } from '../network-config.ts';
import { CERTIFICATE, PRIVATE_KEY, pairFault } from '../pem.ts';
import type { CloudReader } from './cloud-reader.ts';
import type { Field } from './fields.ts';

/** How the cloud is reached: its CA, our certificate, a proxy. What is wrong is in the reader. */
export async function networkOf(read: CloudReader, env: Env): Promise<NetworkConfig> {
  refuseUnverified(read);
  const ca = await pem(read, 'caFile', CERTIFICATE);
  const cert = await pem(read, 'certFile', CERTIFICATE);
  const ownKey = read.text('keyFile') === undefined ? 'certFile' : 'keyFile';
  const key = cert && (await pem(read, ownKey, PRIVATE_KEY));
  const fault = cert && key && pairFault(cert, key);
  if (fault) read.refuse(ownKey, `does not fit: ${fault}`);
  const isAlone = read.text('certFile') === undefined && read.text('keyFile') !== undefined;
  if (isAlone) read.missing('certFile');
  const reader = new EnvReader(env);
  const proxy = proxyOf(reader);
  read.issues.push(...reader.issues);
  return {
    ...(proxy === undefined ? {} : { proxy }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { client: { cert, key } }),
  };
}

/** Who is between us and IAM could read the password. */
function refuseUnverified(read: CloudReader): void {
  const insecure = read.text('insecure');
  const verify = read.text('verify');
  const why =
    'switches TLS verification off, which is not done; name the CA with OS_CACERT (cacert)';
  if (insecure !== undefined && /^(1|true|yes|on)$/i.test(insecure)) read.refuse('insecure', why);
  if (verify !== undefined && /^(0|false|no|off)$/i.test(verify)) read.refuse('verify', why);
}

async function pem(read: CloudReader, field: Field, shape: RegExp): Promise<string | undefined> {
  const path = read.text(field);
  if (path === undefined) return undefined;
  const at = path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
  const text = await readFile(at, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`;
    read.refuse(field, `names ${path}, which ${why}`);
  });
  if (text === undefined) return undefined;
  if (shape.test(text)) return text;
  const what = shape.source.includes('PRIVATE') ? 'private key' : 'certificate';
  read.refuse(field, `names ${path}, which holds no ${what} in PEM`);
  return undefined;
}
