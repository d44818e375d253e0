import type { Listed } from './command.ts';
import { TOOL_COMMANDS } from './tool-commands.ts';

/** By name and arguments, in the order of the help text. */
export const COMMANDS: Readonly<Record<string, Listed>> = {
  'validate <file...>': {
    summary: 'check manifests offline',
    load: async () => (await import('./commands/validate.ts')).validateCommand,
    hasOwnRedis: true,
  },
  'plan <file...>': {
    summary: 'show what would be created, adopted and skipped, and whether it fits the quota',
    load: async () => (await import('./commands/plan.ts')).planCommand,
  },
  init: {
    summary: 'write a first manifest for the images in a bucket',
    load: async () => (await import('./commands/init.ts')).initCommand,
    hasOwnRedis: true,
  },
  schema: {
    summary: "print the manifest's JSON Schema",
    load: async () => (await import('./commands/validate.ts')).schemaCommand,
    hasOwnRedis: true,
  },
  'submit <file...>': {
    summary: 'register and enqueue the images of manifests',
    load: async () => (await import('./commands/submit.ts')).submitCommand,
  },
  'watch <folder>': {
    summary: 'submit every manifest that is dropped into a folder',
    load: async () => (await import('./commands/watch.ts')).watchCommand,
  },
  'up <folder>': {
    summary:
      'watch, work and dashboard in one process, with an embedded Redis unless REDIS_URL is set',
    load: async () => (await import('./commands/up.ts')).upCommand,
    hasOwnRedis: true,
  },
  'status [batch]': {
    summary: 'counts of all batches, or the images of one',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  'show <batch> <image>': {
    summary: 'one image: why it is as it is, its ids and times, and what happened to it',
    load: async () => (await import('./commands/show.ts')).showCommand,
  },
  'report [batch]': {
    summary: 'the outcome of every image of a batch, with failures and advice',
    load: async () => (await import('./commands/report.ts')).reportCommand,
  },
  'pause <batch>': {
    summary: 'stop submitting a batch; images that IMS has are followed to their end',
    load: async () => (await import('./commands/pause.ts')).pauseCommand,
  },
  'resume [batch]': {
    summary:
      'continue after a pause, or after the cause of a stop (quota, money, permission) is fixed',
    load: async () => (await import('./commands/pause.ts')).resumeCommand,
  },
  'retry <batch>': {
    summary: 'start a new attempt for the images that failed',
    load: async () => (await import('./commands/retry.ts')).retryCommand,
  },
  'cancel <batch>': {
    summary: 'cancel images not yet submitted; list those IMS can no longer cancel',
    load: async () => (await import('./commands/retry.ts')).cancelCommand,
  },
  'resolve <batch>': {
    summary: 'show unknown images and why, and resolve those that are held',
    load: async () => (await import('./commands/resolve.ts')).resolveCommand,
  },
  reconcile: {
    summary: 'compare the images that carry our marker with the ledger',
    load: async () => (await import('./commands/reconcile.ts')).reconcileCommand,
  },
  'prune <file...>': {
    summary: 'plan which old images to delete by the retention of manifests; --yes deletes them',
    load: async () => (await import('./commands/prune.ts')).pruneCommand,
  },
  'archive [batch...]': {
    summary: 'move finished batches from the ledger into files',
    load: async () => (await import('./commands/archive.ts')).archiveCommand,
  },
  config: {
    summary: 'the effective settings and where each one came from; secrets are hidden',
    load: async () => (await import('./commands/config.ts')).configCommand,
  },
  doctor: {
    summary: 'check Redis, login, catalog, IMS, quota, clock and OBS',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  work: {
    summary: 'run a worker; start as many as you like, on any number of hosts',
    load: async () => (await import('./commands/work.ts')).workCommand,
  },
  dashboard: {
    summary: 'batches, images and queues in a browser; with a login also pause, retry, resolve',
    load: async () => (await import('./commands/dashboard.ts')).dashboardCommand,
  },
  ...TOOL_COMMANDS,
};
