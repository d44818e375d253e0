import { createPrivateKey, X509Certificate } from 'node:crypto';

export const CERTIFICATE = /-----BEGIN (TRUSTED )?CERTIFICATE-----/;
export const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** Why a certificate of ours and its key are no use; `undefined` for a pair. Nothing of them is told. */
export function pairFault(cert: string, key: string): string | undefined {
  const certificate = tried(() => new X509Certificate(cert));
  if (!certificate) return 'the certificate is damaged';
  const own = tried(() => createPrivateKey(key));
  if (!own) return 'the private key is damaged, or wants a passphrase';
  return certificate.checkPrivateKey(own) ? undefined : 'the key is not that of the certificate';
}

function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
