import type { Listed } from './command.ts';

/** Commands for trying everything out, and for shells. */
export const TOOL_COMMANDS: Readonly<Record<string, Listed>> = {
  simulator: {
    summary: 'a stand-in for IAM, IMS and OBS, to try everything without an account',
    load: async () => (await import('./commands/simulator.ts')).simulatorCommand,
    hasOwnRedis: true,
  },
  demo: {
    summary: 'a complete import with everything embedded: Redis, simulator, producer, worker',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
    hasOwnRedis: true,
  },
  'completion <shell>': {
    summary: 'print the completion script of bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).completionCommand,
    hasOwnRedis: true,
  },
  'batch-names': {
    summary: 'print the names of the batches, for completion scripts',
    load: async () => (await import('./commands/completion.ts')).batchNamesCommand,
    isHidden: true,
  },
  'man-page': {
    summary: 'print the man page',
    load: async () => (await import('./commands/completion.ts')).manPageCommand,
    hasOwnRedis: true,
    isHidden: true,
  },
};
