import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '../errors/error-code.ts';

const PEM = {
  certificate: /-----BEGIN (TRUSTED )?CERTIFICATE-----/,
  'private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
} as const;

export type PemKind = keyof typeof PEM;

/** The text of a PEM file that a setting names. `refuse` gets what is wrong with it. */
export function pemAt(
  path: string | undefined,
  kind: PemKind,
  refuse: (why: string) => void,
): string | undefined {
  if (path === undefined) return undefined;
  const file = readText(path.startsWith('~/') ? join(homedir(), path.slice(2)) : path);
  const fault = file.fault ?? (PEM[kind].test(file.text) ? undefined : `holds no ${kind} in PEM`);
  if (fault === undefined) return file.text;
  refuse(`names ${path}, which ${fault}`);
  return undefined;
}

/** A small file that a setting names. `fault`: why it is of no use; it follows a `which` or the path. */
export function readText(path: string): { readonly text: string; readonly fault?: string } {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    const code = codeOf(error) ?? 'unknown error';
    return { text: '', fault: code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})` };
  }
}

/** Why a certificate and a key do not work together; `undefined` for a pair. Quotes neither of them. */
export function pairFault(cert: string, key: string): string | undefined {
  const certificate = parsed(() => new X509Certificate(cert));
  if (!certificate) return 'the certificate is damaged';
  const own = parsed(() => createPrivateKey(key));
  if (!own) return 'the private key is damaged, or needs a passphrase';
  return certificate.checkPrivateKey(own)
    ? undefined
    : 'the key does not belong to the certificate';
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
