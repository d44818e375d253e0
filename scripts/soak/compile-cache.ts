import { fileURLToPath } from 'node:url';

/** `NODE_COMPILE_CACHE` of processes: compiled sources are kept, or each would compile them anew. */
export const CACHE = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url));
