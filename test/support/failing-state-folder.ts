import { open } from 'node:fs/promises';

/**
 * Loaded into a worker before anything else (`node --import`): from SIGUSR2 on nothing can be written
 * into its state folder any more; what is there stays.
 */
const some = await open('/dev/null', 'w');
const { prototype } = some.constructor as { prototype: { write: unknown } };
await some.close();
process.on('SIGUSR2', () => {
  prototype.write = () => Promise.reject(new Error('EIO: i/o error, write'));
});
