/** Every kind of call, by the name that it has in the statistics and in the switch `answers`. */
export const CALL_NAMES = [
  'login',
  'verify',
  'catalog',
  'projects',
  'create system',
  'create data',
  'create quick',
  'job',
  'list',
  'glance list',
  'quota',
  'os versions',
  'versions',
  'image',
  'patch',
  'delete',
  'tags',
  'tag',
  'obs GET',
  'obs HEAD',
  'control',
] as const;

export type CallName = (typeof CALL_NAMES)[number];
