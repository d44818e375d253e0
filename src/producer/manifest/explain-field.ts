import { nearest } from './suggest.ts';

/** Parts of names under which people keep secrets and endpoints, without - and _. */
const SECRET =
  /password|passwd|passphrase|secret|token|credential|proxy|endpoint|accesskey|apikey|privatekey|authurl|authorization|username|redisurl|webhook|clouds?config/;
const SECRET_WORDS = new Set(
  [
    'auth',
    'ak',
    'sk',
    'headers',
    'header',
    'cookie',
    'cacert',
    'insecure',
    'verify',
    'user',
  ].concat(['login', 'cloud', 'region', 'project', 'projectid', 'domain', 'bearer']),
);

/** Something that comes from the settings and never from a manifest. */
export function isSetting(field: string): boolean {
  const bare = field.toLowerCase().replace(/[^a-z0-9]/g, '');
  return SECRET.test(bare) || SECRET_WORDS.has(bare.replace(/^os(?=[a-z]{4})/, ''));
}

/** An unknown field: what was meant, or why it has no place here. Its value is never repeated. */
export function explainUnknownField(field: string, known: readonly string[]): string {
  if (isSetting(field)) {
    return 'has no place in a manifest; endpoints, regions and credentials come from the settings';
  }
  const near = nearest(field, known);
  return near === undefined
    ? `is not a field; fields are ${known.join(', ')}`
    : `is not a field; did you mean ${near}?`;
}
